"""Programs of the system, none of which is taken from the tree that is checked."""

from __future__ import annotations

import os
from pathlib import Path


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
