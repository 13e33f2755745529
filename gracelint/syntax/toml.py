"""TOML with places: keys and plain values by their dotted path.

tree-sitter reads the grammar, as `tomllib` gives no places; values are those of `tomllib`.
"""

from __future__ import annotations

from bisect import bisect_left

from gracelint.base import lazy
from gracelint.base.source import Embedded
from gracelint.base.typed import TYPE_CHECKING, Any
from gracelint.base.values import dataclass
from gracelint.syntax.parsers import parser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.base.source import Source, Span

Path = tuple[str, ...]

_NAMED = frozenset({"pair", "table", "table_array_element"})


@dataclass(frozen=True, slots=True)
class Entry:
    """A key with a value. path: the tables above it and its own name. data: as Python has it.

    text: a one-line string without escapes, for edits; else None.
    """

    path: Path
    key: Span
    value: Span
    data: Any
    text: Embedded | None = None


_DEEP = lazy.compile(r"(?m)^[ \t\[]*(?:(?:[\w-]+|\"[^\"\n]*\"|'[^'\n]*')[ \t]*\.[ \t]*){200}")
"""A key of too many parts: each would be a table in the one before."""


def read(text: str) -> dict[str, Any]:
    """The values of a TOML file; ValueError where it is none, mostly with the line."""
    import tomllib

    if _DEEP.search(text):
        raise ValueError("It is nested too deeply")
    try:
        return tomllib.loads(text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError:
        raise
    except RecursionError:
        raise ValueError("It is nested too deeply") from None
    except ValueError:
        raise ValueError("It has a number of too many digits") from None


def parse(source: Source) -> list[Entry]:
    """Every plain value of a TOML file, in order; ValueError with the line where it is none."""
    data = read(source.text)
    root = parser("tree_sitter_toml").parse(source.text.encode("utf-8", "surrogatepass")).root_node
    offsets = _Offsets(source.text)
    return list(_tables(source, offsets, root, data))


class _Offsets:
    """Characters of bytes: tree-sitter counts bytes."""

    def __init__(self, text: str) -> None:
        self._starts = None if text.isascii() else list(_starts(text))

    def __call__(self, at: int) -> int:
        return at if self._starts is None else bisect_left(self._starts, at)


def _starts(text: str) -> Iterator[int]:
    at = 0
    for char in text:
        yield at
        at += len(char.encode("utf-8", "surrogatepass"))


def _tables(source: Source, offsets: _Offsets, root: Any, data: Any) -> Iterator[Entry]:
    counts: dict[Path, int] = {}
    for node in root.children:
        if node.type == "pair":
            yield from _pair(source, offsets, node, (), data)
        if node.type not in {"table", "table_array_element"}:
            continue
        names = [c for c in node.children if c.type in {"bare_key", "quoted_key", "dotted_key"}]
        path = _names(names[0]) if names else ()
        if node.type == "table_array_element":
            counts[path] = counts.get(path, -1) + 1
        for child in node.children:
            if child.type == "pair":
                yield from _pair(source, offsets, child, path, _at(data, path, counts))


def _at(data: Any, path: Path, counts: dict[Path, int]) -> Any:
    """The table at a path; of an array of tables the one that is being read."""
    for index, name in enumerate(path):
        data = data.get(name) if isinstance(data, dict) else None
        if isinstance(data, list):
            data = data[counts.get(path[: index + 1], len(data) - 1)]
    return data


def _pair(source: Source, offsets: _Offsets, node: Any, path: Path, data: Any) -> Iterator[Entry]:
    parts = [c for c in node.children if c.is_named and c.type != "comment"]
    if len(parts) != 2:
        return
    names, value = _names(parts[0]), parts[1]
    for name in names:
        data = data.get(name) if isinstance(data, dict) else None
    key = source.span(offsets(parts[0].start_byte), offsets(parts[0].end_byte))
    place = source.span(offsets(value.start_byte), offsets(value.end_byte))
    plain = isinstance(data, str) and place.text[1:-1] == data
    text = Embedded.slice(source, place.start + 1, place.end - 1) if plain else None
    yield Entry((*path, *names), key, place, data, text)


def _names(node: Any) -> Path:
    """The parts of a key, quotes taken away."""
    names, queue = [], [node]
    while queue:
        at = queue.pop()
        if at.type == "dotted_key":
            queue += reversed(at.children)
        elif at.type in {"bare_key", "quoted_key"}:
            names.append(_name(at.text.decode("utf-8", "replace")))
    return tuple(names)


def _name(written: str) -> str:
    if written.startswith('"') and "\\" in written:
        import tomllib

        return next(iter(tomllib.loads(f"{written} = 0")))
    return written.strip("\"'")


def places(source: Source) -> dict[Path, Span]:
    """Where each table and key of a valid file is written, those of inline tables too.

    Of several places of a table the first counts.
    """
    tree = parser("tree_sitter_toml").parse(source.text.encode("utf-8", "surrogatepass"))
    offsets = _Offsets(source.text)
    spans: dict[Path, Span] = {}
    queue: list[tuple[Any, Path]] = [(node, ()) for node in reversed(tree.root_node.children)]
    while queue:
        node, above = queue.pop()
        names = next((c for c in node.children if c.type.endswith("_key")), None)
        if names is None or node.type not in _NAMED:
            continue
        path = (*above, *_names(names))
        span = source.span(offsets(names.start_byte), offsets(names.end_byte))
        for length in range(len(above) + 1, len(path) + 1):
            spans.setdefault(path[:length], span)
        inner = [c for n in (node, *node.children) for c in n.children if c.type == "pair"]
        queue += [(pair, path) for pair in reversed(inner)]
    return spans
