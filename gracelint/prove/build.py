"""Images built by an engine's own client, as people build them."""

from __future__ import annotations

import subprocess
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING

from gracelint.images.engine import client
from gracelint.images.layers import ImageProblem
from gracelint.prove.engine import EngineError, asked
from gracelint.prove.keep import label_of

if TYPE_CHECKING:
    from pathlib import Path

    from gracelint.prove.engine import Engine
    from gracelint.prove.trial import Recipe

MAX_SECONDS = 1800
_KEPT = 64_000  # bytes of what a build writes
_LINES = 15  # of what a build that failed wrote
_ADVERTISED = ("DEPRECATED: ", "Install the buildx", "https://docs.docker.com/go/buildx")
"""Beginnings of lines in which the client speaks of itself."""


def build(engine: Engine, recipe: Recipe, root: Path, tag: str, network: str | None) -> None:
    """Build an image under the name `tag`; EngineError with the end of what the builder wrote.

    root: the tree's. network: what `RUN` gets; None for what the builder gives by itself.
    """
    words = [*_client(engine), *words_of(recipe, root, tag, network)]
    status, said = _built(words, recipe, engine.env)
    if status and b"requires BuildKit" in said:
        status, said = _built(words, recipe, {**engine.env, "DOCKER_BUILDKIT": "1"})
    if status:
        lines = said.decode(errors="replace").splitlines()
        output = [line for line in lines if not line.strip().startswith(_ADVERTISED)]
        kept = [line for line in output if line.strip()][-_LINES:]
        raise EngineError("\n".join(["it cannot be built:", *kept]))


def _built(words: list[str], recipe: Recipe, env: dict[str, str]) -> tuple[int, bytes]:
    """The client's exit status and the end of what it wrote. env: its variables."""
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(  # noqa: S603
            words, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, env=env
        )
    except OSError as error:
        raise EngineError(f"{words[0]} cannot be run: {error}") from error
    said = bytearray()
    reader = Thread(target=_read, args=(process, said), daemon=True)
    reader.start()
    try:
        _hand_over(process, (recipe.inline or "").encode(errors="surrogateescape"))
        status = process.wait(MAX_SECONDS)
    except subprocess.TimeoutExpired:
        raise EngineError(f"it was not built within {MAX_SECONDS} s") from None
    finally:
        _end(process)
        reader.join()
    return status, bytes(said)


def _read(process: subprocess.Popen[bytes], said: bytearray) -> None:
    """Keep the end of what a client writes, however much that is."""
    assert process.stdout is not None
    with process.stdout as written:
        for chunk in iter(lambda: written.read(4096), b""):
            said += chunk
            del said[:-_KEPT]


def _hand_over(process: subprocess.Popen[bytes], text: bytes) -> None:
    assert process.stdin is not None
    with suppress(OSError), process.stdin as wanted:  # it may have ended already
        wanted.write(text)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Let a client that still builds have the builder stop, too."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def words_of(recipe: Recipe, root: Path, tag: str, network: str | None) -> list[str]:
    """The words behind the client's name."""
    path = "-" if recipe.dockerfile is None else str(root / recipe.dockerfile)
    words = ["build", "--force-rm", "--file", path, "--tag", tag, "--label", label_of(tag)]
    words += ["--network", network] if network else []
    words += ["--target", recipe.target] if recipe.target else []
    words += [w for name, value in recipe.args.items() for w in ("--build-arg", f"{name}={value}")]
    return [*words, str(root / recipe.folder)]


def _client(engine: Engine) -> list[str]:
    try:
        if engine.served:
            return client("podman")
        command = client("docker")
    except ImageProblem as error:
        raise EngineError(f"an image has to be built, and {error}") from error
    return [*command, "--host", engine.address]


def pull(engine: Engine, reference: str) -> None:
    """Fetch an image from its registry."""
    name, _, tag = reference.rpartition(":")
    named = (name, tag) if name and "/" not in tag else (reference, "latest")
    with asked():
        for line in engine.api.pull(named[0], tag=named[1], stream=True, decode=True):
            if line.get("error"):
                raise EngineError(f"{reference} cannot be pulled: {line['error']}")
