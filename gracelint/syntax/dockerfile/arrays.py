"""JSON arrays of strings in a Dockerfile, read as the engine's builder reads them."""

from __future__ import annotations

import json

from gracelint.base.typed import TYPE_CHECKING, Literal
from gracelint.base.values import dataclass
from gracelint.syntax.json import string_at

if TYPE_CHECKING:
    from gracelint.base.source import Text
    from gracelint.syntax.json import String

_BLANK = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Array:
    """What was read.

    kind: `strings`, `others` (valid JSON with members that are no strings, which the engine
    rejects), `invalid` (no JSON, so the text is taken as it stands). end: behind the closing
    bracket.
    """

    kind: Literal["strings", "others", "invalid"]
    items: tuple[String, ...] = ()
    end: int = 0


def read_array(host: Text, start: int, end: int) -> Array:
    """Read the array whose bracket stands at `start`, ending before `end`."""
    text, items, at = host.text[:end], [], _skip(host.text[:end], start + 1)
    if text[at : at + 1] == "]":
        return Array("strings", (), at + 1)
    while True:
        if text[at : at + 1] != '"':
            return _others(text, start)
        item = string_at(host, at, end)
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
