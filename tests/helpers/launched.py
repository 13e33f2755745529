"""Workloads of one image, made of a command line and a few files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.facts import Known, Word
from gracelint.base.source import Source, Span
from gracelint.model.workload import Base, Command, ImageFile, ImageFiles, Launch, Workload

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SERVER = "\0"  # the start of a program that is no text


def launched(
    command: Sequence[str] | str,
    files: Mapping[str, str],
    *,
    signal: str = "TERM",
    env: Mapping[str, str] | None = None,
) -> Workload:
    """An image with `files` in /srv that starts `command`, a text through /bin/sh (dash)."""
    source = Source("Dockerfile", "CMD")
    span = Span(source, 0, 3)
    argv = ("/bin/sh", "-c", command) if isinstance(command, str) else tuple(command)
    words = tuple(Word(word, span) for word in argv)
    launch = Launch(Known(words), Known(Command("CMD", "exec", span, span, words)), Known(None))
    placed = {f"/srv/{name}": text for name, text in files.items()}
    there = {path: ImageFile(path, Source(path, text), True) for path, text in placed.items()}
    there["/app/server"] = ImageFile("/app/server", None, True)
    return Workload(
        "dockerfile",
        "Dockerfile",
        source,
        span,
        launch,
        Base("debian:12", Known("dash")),
        env={name: Word(value, span) for name, value in (env or {}).items()},
        workdir=Known("/srv"),
        files=ImageFiles(there),
        stop_signal=Known(f"SIG{signal}"),
    )
