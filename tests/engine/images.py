"""Base images for the engine tests, made here: nothing is pulled.

One Debian root file system is made with debootstrap and kept in a cache folder
(GRACELINT_ENGINE_CACHE, else ~/.cache/gracelint-engine). It is imported under the names that the
launches use. The three images differ in what /bin/sh is, as the real ones do: dash on
Debian, busybox ash on Alpine, bash on Fedora.

The images of languages stand on the Debian one and are made when a launch first asks for one:
`bases.toml` lists their packages. PyPI's and npm's are fetched by the pip and npm of this machine.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from engine import Engine, EngineError

SUITE = "bookworm"
PYTHON = "3.11"
FETCH_TIMEOUT = 900.0
PACKAGES = (
    *("python3-minimal", "procps", "bash", "dash", "busybox", "mksh", "zsh"),
    *("tini", "dumb-init", "catatonit", "gosu", "sudo", "supervisor", "runit", "s6"),
)
MADE = "gracelint.base"  # the label of the images made here
SHELLS = {"debian:12-slim": "dash", "alpine:3.20": "busybox", "fedora:40": "bash"}
BASES: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("bases.toml").read_text(encoding="utf-8")
)


def make_base_images(engine: Engine) -> None:
    """Import and tag the base images that the engine does not hold yet.

    Raises EngineError where debootstrap is missing or fails, and where the engine holds other
    images under these names, which are not to be lost.
    """
    key = _key()
    found = {name: engine.labels(name) for name in SHELLS}
    strange = [name for name, labels in found.items() if labels is not None and MADE not in labels]
    if strange:
        raise EngineError(f"the engine has {' and '.join(strange)}, which the tests would replace")
    if engine.labels(f"gracelint-base:{key}") is None:
        archive = _archive(key)
        with archive.open("rb") as stream:
            engine.import_image("gracelint-base", key, stream)
    for name, shell in SHELLS.items():
        if (found[name] or {}).get(MADE) != key:
            steps = f"FROM gracelint-base:{key}\nLABEL {MADE}={key}\nRUN ln -sf {shell} /bin/sh\n"
            engine.build(name, {"Dockerfile": steps.encode()})


def make_language_image(engine: Engine, name: str) -> None:
    """Make the image of `bases.toml` that is called `name`, unless the engine holds it.

    Raises EngineError where a package cannot be had, and where the engine holds another image
    under the name.
    """
    base = BASES[name]
    key = hashlib.sha256(repr((base, _key())).encode()).hexdigest()[:12]
    labels = engine.labels(name)
    if labels is not None and labels.get(MADE) == key:
        return
    if labels is not None and MADE not in labels:
        raise EngineError(f"the engine has {name}, which the tests would replace")
    fetched = {tool: _fetched(tool, base[tool]) for tool in ("pip", "npm") if tool in base}
    install = "apt-get install -y --no-install-recommends"
    steps = [
        "FROM debian:12-slim",
        f"LABEL {MADE}={key}",
        f"RUN apt-get update && {install} {' '.join(base['packages'])} && apt-get clean",
        *(f"ADD {tool}.tar /" for tool in fetched),
        *base.get("steps", "").splitlines(),
    ]
    context = {f"{tool}.tar": archive.read_bytes() for tool, archive in fetched.items()}
    engine.build(name, {"Dockerfile": "\n".join(steps).encode(), **context}, network=True)


def _fetched(tool: str, packages: list[str]) -> Path:
    """A tar archive of PyPI's or npm's packages as they lie in an image; kept in the cache."""
    digest = hashlib.sha256(" ".join((tool, PYTHON, *packages)).encode()).hexdigest()[:12]
    archive = _cache() / f"{tool}-{digest}.tar"
    if not archive.exists():
        with tempfile.TemporaryDirectory(dir=_cache()) as folder:
            local = Path(folder) / "root" / "usr/local"
            local.mkdir(parents=True)
            (_fetch_from_pypi if tool == "pip" else _fetch_from_npm)(local, packages)
            made = Path(folder) / "made.tar"
            _run("tar", "-C", f"{folder}/root", "--owner=0", "--group=0", "-cf", str(made), ".")
            made.rename(archive)
    return archive


def _fetch_from_pypi(local: Path, packages: list[str]) -> None:
    site = local / "lib" / f"python{PYTHON}" / "dist-packages"
    options = ("--python-version", PYTHON, "--only-binary", ":all:", "--target", str(site))
    _run(sys.executable, "-m", "pip", "install", "-q", *options, *packages)
    (site / "bin").rename(local / "bin")
    for program in filter(Path.is_file, (local / "bin").iterdir()):
        lines = program.read_bytes().split(b"\n")
        if lines[0].startswith(b"#!") and b"python" in lines[0]:
            lines[0] = b"#!/usr/local/bin/python3"
            program.write_bytes(b"\n".join(lines))


def _fetch_from_npm(local: Path, packages: list[str]) -> None:
    options = ("--global", "--ignore-scripts", "--no-audit", "--no-fund", f"--prefix={local}")
    _run("npm", "install", *options, *packages)


def _key() -> str:
    text = " ".join((SUITE, *PACKAGES)).encode()
    return hashlib.sha256(text).hexdigest()[:12]


def _cache() -> Path:
    default = Path.home() / ".cache" / "gracelint-engine"
    cache = Path(os.environ.get("GRACELINT_ENGINE_CACHE", default))
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EngineError(f"no folder for the base images: {error}") from error
    return cache


def _archive(label: str) -> Path:
    archive = _cache() / f"{label}.tar"
    if not archive.exists():
        with tempfile.TemporaryDirectory(dir=_cache()) as folder:
            _bootstrap(Path(folder) / "root", Path(folder) / "root.tar")
            (Path(folder) / "root.tar").rename(archive)
    return archive


def _bootstrap(root: Path, archive: Path) -> None:
    if not shutil.which("debootstrap"):
        raise EngineError("debootstrap is not installed, and the base images are made with it")
    _run("debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", SUITE, str(root))
    (root / "bin/ash").symlink_to("busybox")
    (root / "log").mkdir()
    for folder in ("var/cache/apt/archives", "var/lib/apt/lists", "usr/share/doc"):
        shutil.rmtree(root / folder, ignore_errors=True)
    _run("tar", "-C", str(root), "--one-file-system", "-cf", str(archive), ".")


def _run(*command: str) -> None:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=FETCH_TIMEOUT
        )
    except subprocess.TimeoutExpired as error:
        raise EngineError(f"{command[0]} takes longer than {FETCH_TIMEOUT} s") from error
    if done.returncode:
        raise EngineError(f"{command[0]}: {(done.stdout + done.stderr)[-1500:]}")
