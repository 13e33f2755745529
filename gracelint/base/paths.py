"""Paths as strings with `/`: in an image, and below the folder that is checked."""

from __future__ import annotations

import posixpath


def absolute(path: str, workdir: str) -> str:
    """`path` seen from `workdir`, without `.`, `..` and doubled slashes."""
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
    clean = posixpath.normpath(path) if path else ""
    if clean.startswith(("/", "../")) or clean == "..":
        return None
    return "" if clean == "." else clean


def join(folder: str, name: str) -> str:
    """The path of `name` in a folder."""
    return f"{folder}/{name}" if folder else name
