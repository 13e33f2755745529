"""Programs of the system, none of which is taken from the tree that is checked."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def find(name: str, root: Path) -> Path | None:
    """The program of that name in PATH; nothing that lies in the tree that is checked counts."""
    suffixes = ("", ".exe") if os.name == "nt" else ("",)
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        for suffix in suffixes if Path(folder).is_absolute() else ():
            path = Path(folder, name + suffix)
            if os.access(path, os.X_OK) and path.is_file():
                inside = {path.absolute(), path.resolve()}
                if not any(p.is_relative_to(root) for p in inside):
                    return path
    return None


def limited(command: Sequence[str], *limits: str | int) -> list[str]:
    """The command under limits as the shell's `ulimit` has them, where the system knows them.

    limits: an option, and its number.
    """
    if os.name == "nt":
        return [*command]
    pairs = zip(limits[::2], limits[1::2], strict=True)
    said = "".join(f"ulimit {option} {number} 2>/dev/null; " for option, number in pairs)
    return ["/bin/sh", "-c", said + 'exec "$@"', "sh", *command]
