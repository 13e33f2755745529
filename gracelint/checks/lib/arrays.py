"""Text that was meant as a JSON array of words, and is none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gracelint.base import lazy

if TYPE_CHECKING:
    import re

_QUOTES = {
    "'": "'",
    '"': '"',
    "\u2018": "\u2019",
    "\u2019": "\u2019",
    "\u201c": "\u201d",
    "\u201d": "\u201d",
}
_MEMBER = lazy.compile(
    r"""\s*(?:"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>[^']*)'"""
    r"""|[\u2018\u2019](?P<bent>[^\u2018\u2019]*)[\u2018\u2019]"""
    r"""|[\u201c\u201d](?P<curly>[^\u201c\u201d]*)[\u201c\u201d]|(?P<bare>[^\s,'"\[\]]+))\s*"""
)
LIMIT = 10_000


def meant_as_array(text: str) -> bool:
    """Whether `text` looks like an array of words rather than like a shell's test.

    A test has a blank behind its bracket and no commas between its words.
    """
    inner = text.strip()
    if not inner.startswith("[") or len(inner) > LIMIT:
        return False
    rest = inner[1:].lstrip()
    tight = inner[1:2] not in {" ", "\t", "["}
    if rest[:1] in _QUOTES and tight:
        return True
    return members(text) is not None and ("," in inner or rest[:1] in _QUOTES or tight)


def members(text: str) -> list[str] | None:
    """The words of such an array where they are unambiguous; None otherwise."""
    inner = text.strip()
    if not (inner.startswith("[") and inner.endswith("]")) or len(inner) > LIMIT:
        return None
    found: list[str] = []
    at, end = 1, len(inner) - 1
    while at < end:
        member = _MEMBER.match(inner, at, end)
        if member is None:
            return found if not inner[at:end].strip() else None
        found.append(_value(member))
        at = member.end()
        if at < end:
            if inner[at] != ",":
                return None
            at += 1
    return found


def _value(member: re.Match[str]) -> str:
    value = next(v for v in member.groups() if v is not None)
    return _unescaped(value) if member["double"] else value


def _unescaped(value: str) -> str:
    """What a JSON string holds; one that JSON does not know is taken as it is written."""
    try:
        return str(json.loads(f'"{value}"'))
    except ValueError:
        return value
