"""The entries of the atlas, each read when it is first asked for."""

from __future__ import annotations

import json
import os
import re
from functools import cache

from gracelint.base.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_DATA = f"{__file__.rpartition(os.sep)[0]}/data"


class Table:
    """The entries of one kind: `programs`, `wrappers`, `inits`, `shells`, `images`, …

    data: an index of names and patterns, then a line for each entry, as `compile` writes them.
    """

    __slots__ = ("_entries", "_fitting", "_keys", "_lines", "_names", "_patterns")

    def __init__(self, data: bytes) -> None:
        self._lines = data.split(b"\n")
        index = json.loads(self._lines[0])
        self._keys: list[str] = index["keys"]
        self._names: dict[str, int] = index["names"]
        self._patterns: list[tuple[str, str, int]] = index["patterns"]
        self._entries: dict[int, dict[str, Any]] = {}
        self._fitting: dict[str, int] = {}

    def find(self, name: str) -> dict[str, Any] | None:
        """The entry with this name, or else the first with a pattern that fits all of it."""
        line = self._names.get(name)
        if line is None:
            line = self._fitting.get(name)
        if line is None:
            # Most patterns are not even compiled: a name lacks what all that fits them has.
            tried = (n for part, p, n in self._patterns if part in name and re.fullmatch(p, name))
            line = next(tried, 0)
            self._fitting[name] = line
        return self._entry(line) if line else None

    def entry(self, key: str) -> dict[str, Any] | None:
        """The entry in the file of this name, which need not be one of the names."""
        return self._entry(self._keys.index(key) + 1) if key in self._keys else None

    def names(self) -> Iterator[str]:
        """All names that are written out, except those of the entries with patterns alone."""
        return iter(self._names)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (self._entry(n) for n in range(1, len(self._lines)))

    def _entry(self, line: int) -> dict[str, Any]:
        if line not in self._entries:
            self._entries[line] = json.loads(self._lines[line])
        return self._entries[line]


@cache
def table(kind: str) -> Table:
    """The entries of a kind. In a checkout they are compiled from their TOML files."""
    try:
        with open(f"{_DATA}/{kind}.jsonl", "rb") as file:
            data = file.read()
    except FileNotFoundError:
        from gracelint.atlas.compile import compiled

        data = compiled(kind).partition(b"\n")[2]
    return Table(data)
