"""Images that a local engine has: its own `save` hands them over."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from typing import TYPE_CHECKING

from gracelint.atlas.images import normal
from gracelint.images.archive import images
from gracelint.images.layers import ImageProblem
from gracelint.images.lock import locked

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from gracelint.model.lock import LockedImage

ENGINES = ("docker", "podman")
MAX_SECONDS = 1800
"""A large image takes minutes to be handed over."""


def from_engine(engine: str, wanted: Collection[str]) -> Iterator[LockedImage]:
    """The images that are wanted and that an engine has.

    engine: `docker` or `podman`, or the path of a socket that speaks Docker's protocol.
    ImageProblem where there is no such engine, or where it does not answer.
    """
    words = client(engine)
    _run([*words, "version"], f"{engine} does not answer")
    for name in sorted(wanted):
        if _done([*words, "image", "inspect", name]).returncode == 0:
            yield _saved(words, name)


def client(engine: str) -> list[str]:
    """The words that an engine's own client begins with; ImageProblem where there is none.

    engine: as in `from_engine`.
    """
    name = engine if engine in ENGINES else "docker"
    path = shutil.which(name)
    if path is None or not os.path.isabs(path):  # noqa: PTH117  # none from the working folder
        raise ImageProblem(f"there is no `{name}` in PATH")
    if engine in ENGINES:
        return [path]
    if not os.path.exists(engine):  # noqa: PTH110
        raise ImageProblem(f"there is no socket {engine}")
    return [path, "--host", f"unix://{os.path.abspath(engine)}"]  # noqa: PTH100


def _done(words: list[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603
            words,
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=MAX_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ImageProblem(f"{words[0]} does not answer: {error}") from error


def _run(words: list[str], what: str) -> None:
    done = _done(words)
    if done.returncode:
        raise ImageProblem(f"{what}: {' '.join(done.stderr.split())[-300:]}")


def _saved(words: list[str], name: str) -> LockedImage:
    with tempfile.TemporaryDirectory(prefix="gracelint-") as folder:
        path = os.path.join(folder, "image.tar")  # noqa: PTH118
        _run([*words, "image", "save", "-o", path, name], f"{name} cannot be saved")
        with images(path) as stored:
            named = [one for one in stored if name in {normal(n) for n in one.names}] or stored
            if not named:
                raise ImageProblem(f"{name} was saved without any image")
            return locked(name, named[0])
