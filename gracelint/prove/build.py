"""Images built by an engine's own client, as people build them."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from gracelint.images.engine import client
from gracelint.images.layers import ImageProblem
from gracelint.prove.engine import MARK, EngineError, asked

if TYPE_CHECKING:
    from pathlib import Path

    from gracelint.prove.engine import Engine
    from gracelint.prove.trial import Recipe

MAX_SECONDS = 1800
_LINES = 15  # of what a build that failed wrote
_ADVERTISED = ("DEPRECATED: ", "Install the buildx", "https://docs.docker.com/go/buildx")
"""Beginnings of lines in which the client speaks of itself."""


def build(engine: Engine, recipe: Recipe, root: Path, tag: str, network: str | None) -> None:
    """Build an image under the name `tag`; EngineError with the end of what the builder wrote.

    root: the tree's. network: what `RUN` gets; None for what the builder gives by itself.
    """
    words = [*_client(engine), *words_of(recipe, root, tag, network)]
    done = _built(words, recipe, {})
    if done.returncode and b"requires BuildKit" in done.stdout:
        done = _built(words, recipe, {"DOCKER_BUILDKIT": "1"})
    if done.returncode:
        lines = done.stdout.decode(errors="replace").splitlines()
        told = [line for line in lines if not line.strip().startswith(_ADVERTISED)]
        kept = [line for line in told if line.strip()][-_LINES:]
        raise EngineError("\n".join(["it cannot be built:", *kept]))


def _built(
    words: list[str], recipe: Recipe, more: dict[str, str]
) -> subprocess.CompletedProcess[bytes]:
    """The client's end. more: variables that it gets besides those that there are."""
    own = {name: value for name, value in os.environ.items() if name != "DOCKER_CONTEXT"}
    try:
        return subprocess.run(  # noqa: S603
            words,
            check=False,
            input=(recipe.inline or "").encode(errors="surrogateescape"),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=MAX_SECONDS,
            env={**own, **more},
        )
    except subprocess.TimeoutExpired:
        raise EngineError(f"it was not built within {MAX_SECONDS} s") from None
    except OSError as error:
        raise EngineError(f"{words[0]} cannot be run: {error}") from error


def words_of(recipe: Recipe, root: Path, tag: str, network: str | None) -> list[str]:
    """The words behind the client's name."""
    path = "-" if recipe.dockerfile is None else str(root / recipe.dockerfile)
    words = ["build", "--file", path, "--tag", tag, "--label", f"{MARK}={tag}"]
    words += ["--network", network] if network else []
    words += ["--target", recipe.target] if recipe.target else []
    words += [w for name, value in recipe.args.items() for w in ("--build-arg", f"{name}={value}")]
    return [*words, str(root / recipe.folder)]


def _client(engine: Engine) -> list[str]:
    try:
        if engine.served:
            return client("podman")
        found = client("docker")
    except ImageProblem as error:
        raise EngineError(f"an image has to be built, and {error}") from error
    return [*found, "--host", engine.address]


def pull(engine: Engine, reference: str) -> None:
    """Fetch an image from its registry."""
    name, _, tag = reference.rpartition(":")
    named = (name, tag) if name and "/" not in tag else (reference, "latest")
    with asked():
        for line in engine.api.pull(named[0], tag=named[1], stream=True, decode=True):
            if line.get("error"):
                raise EngineError(f"{reference} cannot be pulled: {line['error']}")
