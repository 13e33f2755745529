"""A folder outside of the tree for programs that want files."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

from gracelint.base.paths import confined

if TYPE_CHECKING:
    from collections.abc import Mapping


class Scratch:
    """A temporary folder, there as long as this is in use. root: where it is, absolute."""

    def __init__(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="gracelint-")).resolve()
        weakref.finalize(self, shutil.rmtree, self.root, ignore_errors=True)

    def fill(self, folder: str, files: Mapping[str, bytes]) -> Path:
        """Let `folder` hold exactly these files, by their paths in it; where it then is."""
        top = self.root / confined("", folder)
        shutil.rmtree(top, ignore_errors=True)
        return self.put(folder, files)

    def put(self, folder: str, files: Mapping[str, bytes]) -> Path:
        """Write files into `folder` beside what it holds."""
        top = self.root / confined("", folder)
        top.mkdir(parents=True, exist_ok=True)
        for path, data in files.items():
            place = top / confined("", path)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        return top
