"""Streams: what goes where, in which encoding, and whether in colour."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from gracelint.base.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from gracelint.model.result import Problem

PIPE_CLOSED = 141
"""What a shell reports of a program that SIGPIPE ended."""


DRAWN = str.maketrans("─━│├└┌┐┘┤┬·→…", "-=||`,.'|-->~")
"""What trees and time bars are drawn with, and what stands for it where an encoding has no lines.
One character for one, so that columns stay."""


heard: list[tuple[str, bytes]] | None = None
"""What has been written to `out` and `err`, where somebody keeps it."""


def out(text: str) -> None:
    """Write what people read to standard output, in its encoding.

    What that lacks is drawn with simpler characters or written as an escape.
    """
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        data = text.encode(encoding)
    except UnicodeEncodeError:
        data = text.translate(DRAWN).encode(encoding, "backslashreplace")
    out_bytes(data)


def out_data(text: str) -> None:
    """Write what programs read to standard output: UTF-8, whatever the terminal's encoding."""
    out_bytes(text.encode("utf-8", "backslashreplace"))


def out_bytes(data: bytes) -> None:
    """Write bytes to standard output as they are; Unwritten where it does not take them."""
    if sys.stdout is None:
        raise Unwritten("it is closed")
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Unwritten.because(error) from None
    if heard is not None:
        heard.append(("out", data))


class Unwritten(Exception):  # noqa: N818
    """Standard output takes no more. why: in words."""

    def __init__(self, why: str) -> None:
        super().__init__(f"standard output cannot be written: {why}")

    @classmethod
    def because(cls, error: OSError) -> Unwritten:
        """For what the system says; what is left to write is dropped, so that it is said once."""
        _drop()
        return cls((error.strerror or type(error).__name__).lower())


def open_all() -> None:
    """Put something in the place of standard streams that were closed before the start.

    Else the next file to be opened would get their number, and what is said to nobody would be
    written there. Standard output stays None: that a report is lost has to be said.
    """
    if sys.stdin is not None and sys.stdout is not None and sys.stderr is not None:
        return
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number, which is this one
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123


def line(text: str) -> str:
    """`text` as one line of plain text, whatever stands in it."""
    from gracelint.report.text import harmless, visible

    return harmless(visible(text)) + "\n"


def err(text: str) -> None:
    """Write a line to standard error."""
    encoding = sys.stderr.encoding or "utf-8"
    err_bytes(line(text).encode(encoding, "backslashreplace"))


def err_bytes(data: bytes) -> None:
    """Write bytes in the encoding of standard error to it."""
    sys.stderr.write(data.decode(sys.stderr.encoding or "utf-8", "replace"))
    if heard is not None:
        heard.append(("err", data))


def problem(given: Problem) -> None:
    """Tell of a problem on one line."""
    kind = "note" if given.hint else "error"
    path = f"{given.path}: " if given.path else ""
    err(f"gracelint: {kind}: {path}{given.message}")


def in_one_place() -> bool:
    """Whether standard output and standard error are the same terminal or file."""
    try:
        streams = [os.fstat(stream.fileno()) for stream in (sys.stdout, sys.stderr)]
    except (AttributeError, ValueError, OSError):
        return False
    return os.path.samestat(*streams)


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
    return sys.stdout is not None and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


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
    _drop()
    return PIPE_CLOSED


def _drop() -> None:
    null = os.open(os.devnull, os.O_WRONLY)
    with suppress(OSError, ValueError):
        os.dup2(null, sys.stdout.fileno())
