"""The escapes of `$'…'`."""

from __future__ import annotations

import re

from gracelint.base import lazy

_ESCAPE = lazy.compile(
    r"\\(?:x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|([0-7]{1,3})|c(.)|(.))",
    re.DOTALL,
)
_NAMED = {
    "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t",
    "v": "\v", "\\": "\\", "'": "'", '"': '"', "?": "?",
}  # fmt: skip


def unescape(text: str, at: int) -> tuple[str, int]:
    """The value that starts at `at`, behind `$'`, and where its closing quote ends.

    The second is -1 when there is no closing quote.
    """
    values: list[str] = []
    while at < len(text) and text[at] != "'":
        escape = _ESCAPE.match(text, at)
        values.append(_value(escape) if escape else text[at])
        at = escape.end() if escape else at + 1
    return "".join(values), at + 1 if at < len(text) else -1


def _value(escape: re.Match[str]) -> str:
    hexadecimal = escape[1] or escape[2] or escape[3]
    if hexadecimal:
        code = int(hexadecimal, 16)
        return chr(code) if code <= 0x10FFFF else "\ufffd"
    if escape[4]:
        return chr(int(escape[4], 8) & 0xFF)
    if escape[5]:
        return chr(ord(escape[5].upper()) & 0x1F)
    return _NAMED.get(escape[6], escape[0])
