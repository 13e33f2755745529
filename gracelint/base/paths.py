"""Paths as strings with `/`: in an image, and below the folder that is checked."""

from __future__ import annotations

import posixpath

from gracelint.base.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""PATH where nobody sets it."""


_OPEN = frozenset(("", ".", "/"))
"""How a path begins, if not with a name."""


def absolute(path: str, workdir: str) -> str:
    """`path` seen from `workdir`, without `.`, `..` and doubled slashes."""
    if path[:1] == "/" and "//" not in path and "/." not in path and path[-1] != "/":
        return path  # as nearly all are
    parts: list[str] = []
    for part in (path if path.startswith("/") else f"{workdir}/{path}").split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in {"", "."}:
            parts.append(part)
    return "/" + "/".join(parts)


def clean_path(path: str) -> str | None:
    """The path without `.` and `..`; None when it leads out of the root."""
    if "\0" in path:
        return None
    if path[:1] not in _OPEN and path[-1:] != "/" and "/." not in path and "//" not in path:
        return path  # as nearly all are
    clean = posixpath.normpath(path) if path else ""
    if clean.startswith(("/", "../")) or clean == "..":
        return None
    return "" if clean == "." else clean


def join(folder: str, name: str) -> str:
    """The path of `name` in a folder."""
    return f"{folder}/{name}" if folder else name


def folder_of(path: str) -> str:
    """The folder that a file is in, "" for the root."""
    return path.rpartition("/")[0]


def name_of(path: str) -> str:
    """The last part of a path."""
    return path.rpartition("/")[2]


def upwards(folder: str) -> Iterator[str]:
    """A folder of an image and those above it, up to the root."""
    while True:
        yield folder
        if not folder.strip("/"):
            return
        folder = folder.rpartition("/")[0] or "/"


def seen_from(folder: str, path: str) -> str | None:
    """`path` seen from `folder`, from the root; None where it leads out of it."""
    if path.startswith(("/", "~")):
        return None
    parts: list[str] = []
    for part in f"{folder}/{path}".split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)


def confined(folder: str, path: str) -> str:
    """`path` within `folder`, which it cannot leave: `..` at the top leads nowhere."""
    inner = path[1:] if path[:1] == "/" else path
    if inner[:1] in _OPEN or "//" in inner or "/." in inner or inner[-1] == "/":
        inner = absolute(f"/{path}", "/")[1:]
    if folder in {"", "."}:
        return inner or "."
    return f"{folder.rstrip('/')}/{inner}" if inner else folder.rstrip("/") or "."
