"""Streams: what goes where, in which encoding, and whether in colour."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gracelint.model.result import Problem

PIPE_CLOSED = 141
"""What a shell reports of a program that SIGPIPE ended."""


def out(text: str) -> None:
    """Write a report to standard output; what its encoding lacks is written as an escape."""
    encoding = sys.stdout.encoding or "utf-8"
    out_bytes(text.encode(encoding, "backslashreplace"))


def out_bytes(data: bytes) -> None:
    """Write bytes to standard output as they are."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def line(text: str) -> str:
    """`text` as one line of plain text, whatever stands in it."""
    from gracelint.report.text import harmless, visible

    return harmless(visible(text)) + "\n"


def err(text: str) -> None:
    """Write a line to standard error."""
    encoding = sys.stderr.encoding or "utf-8"
    sys.stderr.write(line(text).encode(encoding, "backslashreplace").decode(encoding))


def problem(given: Problem) -> None:
    """Tell of a problem on one line."""
    kind = "note" if given.hint else "error"
    path = f"{given.path}: " if given.path else ""
    err(f"gracelint: {kind}: {path}{given.message}")


def in_color(choice: str, *, to_file: bool) -> bool:
    """Whether to use colour. choice: `always`, `never`, or `auto` for what the terminal says."""
    if choice != "auto":
        return choice == "always"
    if to_file:
        return False
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def columns() -> int:
    """How wide the terminal is; 80 where there is none."""
    given = os.environ.get("COLUMNS", "")
    if given.isascii() and given.isdigit() and int(given[:9]):
        return max(40, int(given[:9]))
    try:
        return max(40, os.get_terminal_size(sys.__stdout__.fileno()).columns or 80)  # type: ignore[union-attr]
    except (AttributeError, ValueError, OSError):
        return 80


def closed_quietly() -> int:
    """The reader has gone: keep the interpreter from complaining about it when it ends."""
    null = os.open(os.devnull, os.O_WRONLY)
    with suppress(OSError, ValueError):
        os.dup2(null, sys.stdout.fileno())
    return PIPE_CLOSED
