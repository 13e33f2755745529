"""Paths in an image's file system."""

from __future__ import annotations


def absolute(path: str, workdir: str) -> str:
    """`path` seen from `workdir`, without `.`, `..` and doubled slashes."""
    parts: list[str] = []
    for part in (path if path.startswith("/") else f"{workdir}/{path}").split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in {"", "."}:
            parts.append(part)
    return "/" + "/".join(parts)
