from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.facts import Word
from gracelint.base.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def words(text: str) -> list[Word]:
    """The words of `text`; `?` is one of an unknown value, `*` any number of unknown ones."""
    return [
        Word(None, reason="unknown here", many=part == "*") if part in {"?", "*"} else Word(part)
        for part in text.split()
    ]


def plain(found: Iterable[Word] | None) -> str | None:
    return None if found is None else " ".join(word.value or "?" for word in found)


class View:
    """The files of a container, given as path and text."""

    def __init__(self, files: Mapping[str, str], commands: Sequence[str] = ()) -> None:
        self.files = {path: Source(path, text) for path, text in files.items()}
        self.runs = commands

    def commands(self) -> Sequence[str]:
        return self.runs

    def text(self, path: str) -> Source | None:
        return self.files.get(path)

    def partly(self, path: str) -> Source | None:
        return self.files.get(path)

    def names(self, folder: str) -> list[str] | None:
        prefix = folder.rstrip("/") + "/"
        inside = [path[len(prefix) :] for path in self.files if path.startswith(prefix)]
        return sorted({path.split("/")[0] for path in inside}) or None
