"""Finds the package's own modules where they have to be, and reads their bytecode there.

Python asks several finders, one after another, and each looks through folders; then it works out
piece by piece where the bytecode lies and whether it is that of the source. A run over one small
Dockerfile loads two hundred modules of this package, and spent an eighth of its time so.
"""

from __future__ import annotations

import marshal
import os
import sys
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import MAGIC_NUMBER

import gracelint
from gracelint.base.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import CodeType, ModuleType

_PACKAGE = f"{gracelint.__name__}."
_BY_TIME = MAGIC_NUMBER + bytes(4)
"""How bytecode begins that says which source it is of by the source's time and size."""


class Loader(SourceFileLoader):
    """Takes bytecode that says the time and size of the source; the rest is left to Python."""

    def __init__(self, name: str, path: str, cached: str, there: os.stat_result) -> None:
        super().__init__(name, path)
        self._cached = cached
        self._there = there

    def get_code(self, fullname: str) -> CodeType | None:
        """As importlib's loader has it."""
        time, size = int(self._there.st_mtime) & 0xFFFFFFFF, self._there.st_size & 0xFFFFFFFF
        head = _BY_TIME + time.to_bytes(4, "little") + size.to_bytes(4, "little")
        most = 4 * self._there.st_size + 4096  # no module's bytecode comes near that
        try:
            file = os.open(self._cached, os.O_RDONLY | getattr(os, "O_BINARY", 0))
            try:
                data = os.read(file, most)
            finally:
                os.close(file)
        except OSError:
            return super().get_code(fullname)
        if data.startswith(head) and len(data) < most:
            code: CodeType = marshal.loads(memoryview(data)[len(head) :])  # noqa: S302
            if code.co_filename == self.path:
                return code
        return super().get_code(fullname)


class Finder:
    """Modules below a folder; what is not there is left to the other finders."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        sample = self._spec(f"{_PACKAGE}x", SourceFileLoader("x", ""), f"{folder}/x.py").cached
        before = f"{folder}/__pycache__/x"
        self._tail = sample[len(before) :] if sample and sample.startswith(before) else ""

    def find_spec(
        self,
        name: str,
        path: Sequence[str] | None = None,  # noqa: ARG002
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """As importlib's finders have it."""
        if not name.startswith(_PACKAGE) or not self._tail:
            return None
        base = f"{self._folder}/{name[len(_PACKAGE) :].replace('.', '/')}"
        found = self._module(name, base)
        if found is None and (found := self._module(name, f"{base}/__init__")) is not None:
            found.submodule_search_locations = [base]
        return found

    def _module(self, name: str, base: str) -> ModuleSpec | None:
        file = f"{base}.py"
        try:
            there = os.stat(file)
        except OSError:
            return None
        folder, _, stem = base.rpartition("/")
        cached = f"{folder}/__pycache__/{stem}{self._tail}"
        spec = self._spec(name, Loader(name, file, cached, there), file)
        spec.cached = cached
        return spec

    @staticmethod
    def _spec(name: str, loader: SourceFileLoader, file: str) -> ModuleSpec:
        spec = ModuleSpec(name, loader, origin=file)
        spec.has_location = True
        return spec


def find_quickly() -> None:
    """Have this finder asked first, where the package lies in one folder as files of source."""
    loader, there = gracelint.__spec__.loader, any(isinstance(f, Finder) for f in sys.meta_path)
    if type(loader) is SourceFileLoader and len(gracelint.__path__) == 1 and not there:
        sys.meta_path.insert(0, Finder(gracelint.__path__[0]))
