"""Base images for the engine tests, made here: nothing is pulled.

One Debian root file system is made with debootstrap and kept in a cache folder
(GRACELINT_ENGINE_CACHE, else ~/.cache/gracelint-engine). It is imported under the names that the
launches use. The three images differ in what /bin/sh is, as the real ones do: dash on
Debian, busybox ash on Alpine, bash on Fedora.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from engine import Engine, EngineError

SUITE = "bookworm"
BOOTSTRAP_TIMEOUT = 900.0
PACKAGES = (
    *("python3-minimal", "procps", "bash", "dash", "busybox", "mksh", "zsh"),
    *("tini", "dumb-init", "catatonit", "gosu", "sudo", "supervisor", "runit", "s6"),
)
MADE = "gracelint.base"  # the label of the images made here
SHELLS = {"debian:12-slim": "dash", "alpine:3.20": "busybox", "fedora:40": "bash"}


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


def _key() -> str:
    text = " ".join((SUITE, *PACKAGES)).encode()
    return hashlib.sha256(text).hexdigest()[:12]


def _archive(label: str) -> Path:
    default = Path.home() / ".cache" / "gracelint-engine"
    cache = Path(os.environ.get("GRACELINT_ENGINE_CACHE", default))
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EngineError(f"no folder for the base images: {error}") from error
    archive = cache / f"{label}.tar"
    if not archive.exists():
        with tempfile.TemporaryDirectory(dir=cache) as folder:
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
            command, capture_output=True, text=True, check=False, timeout=BOOTSTRAP_TIMEOUT
        )
    except subprocess.TimeoutExpired as error:
        raise EngineError(f"{command[0]} takes longer than {BOOTSTRAP_TIMEOUT} s") from error
    if done.returncode:
        raise EngineError(f"{command[0]}: {(done.stdout + done.stderr)[-1500:]}")
