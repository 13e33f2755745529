"""Finds the package's own modules where they have to be.

Python asks several finders, one after another, and each looks through folders. A run over one small
Dockerfile loads two hundred modules of this package, and spent a twentieth of its time so.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import ModuleSpec, SourceFileLoader
from typing import TYPE_CHECKING

import gracelint

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

_PACKAGE = f"{gracelint.__name__}."


class Finder:
    """Modules below a folder; packages, and what is not there, are left to the other finders."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def find_spec(
        self,
        name: str,
        path: Sequence[str] | None = None,  # noqa: ARG002
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """As importlib's finders have it."""
        if not name.startswith(_PACKAGE):
            return None
        file = f"{self._folder}/{name[len(_PACKAGE) :].replace('.', '/')}.py"
        try:
            os.stat(file)  # noqa: PTH116
        except OSError:
            return None
        spec = ModuleSpec(name, SourceFileLoader(name, file), origin=file)
        spec.has_location = True
        return spec


def find_quickly() -> None:
    """Have this finder asked first, where the package lies in one folder as files of source."""
    loader, there = gracelint.__spec__.loader, any(isinstance(f, Finder) for f in sys.meta_path)
    if type(loader) is SourceFileLoader and len(gracelint.__path__) == 1 and not there:
        sys.meta_path.insert(0, Finder(gracelint.__path__[0]))
