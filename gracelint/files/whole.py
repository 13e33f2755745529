"""Absolute paths as strings: loading pathlib takes longer than checking a small file."""

from __future__ import annotations

import errno
import os

from gracelint.base.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def whole(path: str | os.PathLike[str]) -> str:
    """The path from the top, without `.` and doubled slashes; links and `..` stay."""
    drive, rest = os.path.splitdrive(os.path.join(os.getcwd(), path))
    parts = rest.replace(os.altsep or os.sep, os.sep).split(os.sep)
    return f"{drive}{os.sep}" + os.sep.join(part for part in parts if part not in {"", "."})


def real(path: str | os.PathLike[str]) -> str:
    """The path without links; OSError where they lead round in a circle."""
    found = os.path.realpath(path)
    try:
        os.stat(found)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise
    return found


def above(path: str) -> Iterator[str]:
    """The folders that an absolute path is in, the nearest first."""
    while (folder := os.path.dirname(path)) != path:
        yield folder
        path = folder


def below(path: str, top: str) -> str | None:
    """The path, with `/`, as it is seen from a folder; None where it is not below it."""
    start = top if top.endswith(os.sep) else top + os.sep
    if path == top:
        return ""
    return path[len(start) :].replace(os.sep, "/") if path.startswith(start) else None
