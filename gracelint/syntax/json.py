"""Strings of JSON, with a place in the file for every character."""

from __future__ import annotations

from functools import lru_cache

from gracelint.base import lazy
from gracelint.base.facts import Word
from gracelint.base.source import Embedded, Segment
from gracelint.base.typed import TYPE_CHECKING, Any, TypeAlias
from gracelint.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.base.source import Text

    Path: TypeAlias = tuple[str | int | None, ...]

MAX_SIZE = 1_000_000
"""Longer texts are not searched."""

MAX_DEPTH = 100
"""Strings below more brackets are not found."""

_SIMPLE = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_HEX = frozenset("0123456789abcdefABCDEF")
_TOKEN = lazy.compile(r'"(?:[^"\\]|\\.)*+"?|[{}\[\],:]')


@dataclass(frozen=True, slots=True)
class String:
    """One string. start, end: with its quotes. text: its value, mapped."""

    start: int
    end: int
    text: Embedded


def string_at(host: Text, start: int, end: int) -> String | None:
    """The string whose quote stands at `start`, ending before `end`; None where it is no JSON.

    Halves of surrogate pairs and bytes that are no text become the replacement character.
    """
    text = host.text
    value: list[str] = []
    segments: list[Segment] = []
    at = plain = start + 1
    inner = 0
    while at < end:
        char = text[at]
        if char >= " " and char not in '"\\':
            at += 1
            continue
        if at > plain:
            segments.append(Segment(inner, at - plain, plain, at - plain))
            value.append(_sound(text[plain:at]))
            inner += at - plain
        if char == '"':
            segments = segments or [Segment(0, 0, at, 0)]
            return String(start, at + 1, Embedded(host, "".join(value), segments, "json"))
        escape = _escape(text[at : min(at + 12, end)]) if char == "\\" else None
        if escape is None:
            return None
        char, length = escape
        segments.append(Segment(inner, 1, at, length))
        value.append(char)
        inner += 1
        at = plain = at + length
    return None


def _sound(text: str) -> str:
    if text.isascii():
        return text
    return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text)


def _escape(text: str) -> tuple[str, int] | None:
    """The character that an escape stands for, and the length of the escape."""
    if text[1:2] in _SIMPLE:
        return _SIMPLE[text[1]], 2
    unit = _unit(text)
    if unit is None:
        return None
    if 0xD800 <= unit < 0xDC00:
        low = _unit(text[6:])
        if low is not None and 0xDC00 <= low < 0xE000:
            return chr(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)), 12
    return ("\ufffd" if 0xD800 <= unit < 0xE000 else chr(unit)), 6


def _unit(text: str) -> int | None:
    digits = text[2:6]
    if text[:2] != "\\u" or len(digits) != 4 or not _HEX.issuperset(digits):
        return None
    return int(digits, 16)


def strings(host: Text) -> Iterator[tuple[Path, int, int]]:
    """Every string that is a value: the keys and indices that lead to it, and its place.

    What is no JSON is read as far as its brackets and commas make sense of it.
    """
    path: list[str | int | None] = []  # None: the next string is a key
    key = ""
    for token in _TOKEN.finditer(host.text):
        mark = token[0][0]
        if mark in "{[":
            path.append(None if mark == "{" else 0)
        elif mark in "}]":
            del path[-1:]
        elif mark == "," and path:
            last = path[-1]
            path[-1] = last + 1 if isinstance(last, int) else None
        elif mark == ":" and path:
            path[-1] = key
        elif mark == '"' and path and path[-1] is None:
            literal = string_at(host, token.start(), token.end())
            key = literal.text.text if literal is not None else ""
        elif mark == '"' and len(path) <= MAX_DEPTH:
            yield tuple(path), token.start(), token.end()


def string(host: Text, *path: str) -> Word | None:
    """The string under `path` in an object; None when there is none. Of several the last counts."""
    if len(host.text) > MAX_SIZE:
        return None
    given: tuple[Any, ...] = (host,)
    place = _places(*given).get(path)
    literal = string_at(host, *place) if place is not None else None
    if literal is None:
        return None
    return Word(literal.text.text, host.span(literal.start, literal.end), literal.text)


@lru_cache(maxsize=32)
def _places(host: Any) -> dict[Path, tuple[int, int]]:
    """Where the strings of a text are by what leads to them: the same few are asked many times."""
    return {path: (start, end) for path, start, end in strings(host)}
