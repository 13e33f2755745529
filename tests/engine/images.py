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
PACKAGES = (
    *("python3-minimal", "procps", "bash", "dash", "busybox", "mksh", "zsh"),
    *("tini", "dumb-init", "catatonit", "gosu", "sudo", "supervisor", "runit", "s6"),
)
SHELLS = {"debian:12-slim": "dash", "alpine:3.20": "busybox", "fedora:40": "bash"}


def make_base_images(engine: Engine) -> None:
    """Import and tag the base images that the engine does not hold yet.

    Raises EngineError where debootstrap is missing or fails.
    """
    label = _key()
    if not engine.has_image(f"gracelint-base:{label}"):
        archive = _archive(label)
        with archive.open("rb") as stream:
            engine.import_image("gracelint-base", label, stream)
    for name, shell in SHELLS.items():
        steps = f"FROM gracelint-base:{label}\nRUN ln -sf {shell} /bin/sh\n"
        engine.build(name, {"Dockerfile": steps.encode()})


def _key() -> str:
    text = " ".join((SUITE, *PACKAGES)).encode()
    return hashlib.sha256(text).hexdigest()[:12]


def _archive(label: str) -> Path:
    default = Path.home() / ".cache" / "gracelint-engine"
    cache = Path(os.environ.get("GRACELINT_ENGINE_CACHE", default))
    cache.mkdir(parents=True, exist_ok=True)
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
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise EngineError(f"{command[0]}: {(done.stdout + done.stderr)[-1500:]}")
