"""JSON arrays of strings in a Dockerfile, read as the engine's builder reads them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

from gracelint.base.source import Embedded, Segment
from gracelint.base.values import dataclass

if TYPE_CHECKING:
    from gracelint.base.source import Text

_BLANK = " \t\r\n"
_SIMPLE = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_HEX = frozenset("0123456789abcdefABCDEF")


@dataclass(frozen=True, slots=True)
class Item:
    """One string of the array. start, end: with its quotes. text: its value, mapped."""

    start: int
    end: int
    text: Embedded


@dataclass(frozen=True, slots=True)
class Array:
    """What was read.

    kind: `strings`, `others` (valid JSON with members that are no strings, which the engine
    rejects), `invalid` (no JSON, so the text is taken as it stands). end: behind the closing
    bracket.
    """

    kind: Literal["strings", "others", "invalid"]
    items: tuple[Item, ...] = ()
    end: int = 0


def read_array(host: Text, start: int, end: int) -> Array:
    """Read the array whose bracket stands at `start`, ending before `end`."""
    text, items, at = host.text[:end], [], _skip(host.text[:end], start + 1)
    if text[at : at + 1] == "]":
        return Array("strings", (), at + 1)
    while True:
        if text[at : at + 1] != '"':
            return _others(text, start)
        item = _string(host, text, at)
        if item is None:
            return Array("invalid")
        items.append(item)
        at = _skip(text, item.end)
        if text[at : at + 1] == "]":
            return Array("strings", tuple(items), at + 1)
        if text[at : at + 1] != ",":
            return Array("invalid")
        at = _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANK:
        at += 1
    return at


def _others(text: str, start: int) -> Array:
    """Tell JSON with other members from what is no JSON."""
    try:
        _, end = json.JSONDecoder(parse_constant=_refuse).raw_decode(text, start)
    except (ValueError, RecursionError):
        return Array("invalid")
    return Array("others", (), end)


def _refuse(name: str) -> None:
    raise ValueError(name)


def _string(host: Text, text: str, start: int) -> Item | None:
    """The string whose quote stands at `start`; None where it is no JSON."""
    value: list[str] = []
    segments: list[Segment] = []
    at = plain = start + 1
    inner = 0
    while at < len(text):
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
            return Item(start, at + 1, Embedded(host, "".join(value), segments, "json"))
        escape = _escape(text, at) if char == "\\" else None
        if escape is None:
            return None
        char, length = escape
        segments.append(Segment(inner, 1, at, length))
        value.append(char)
        inner += 1
        at = plain = at + length
    return None


def _sound(text: str) -> str:
    """Bytes that are no text become the replacement character, as the engine makes them."""
    if text.isascii():
        return text
    return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text)


def _escape(text: str, at: int) -> tuple[str, int] | None:
    """The character that the escape at `at` stands for, and the length of the escape."""
    kind = text[at + 1 : at + 2]
    if kind in _SIMPLE:
        return _SIMPLE[kind], 2
    unit = _unit(text, at)
    if unit is None:
        return None
    if 0xD800 <= unit < 0xDC00:
        low = _unit(text, at + 6)
        if low is not None and 0xDC00 <= low < 0xE000:
            return chr(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)), 12
    return ("\ufffd" if 0xD800 <= unit < 0xE000 else chr(unit)), 6


def _unit(text: str, at: int) -> int | None:
    digits = text[at + 2 : at + 6]
    if text[at : at + 2] != "\\u" or len(digits) != 4 or not _HEX.issuperset(digits):
        return None
    return int(digits, 16)
