"""JSON that every reader takes, whatever stands in the strings."""

from __future__ import annotations

import json

from gracelint.base import lazy
from gracelint.base.typed import TYPE_CHECKING

if TYPE_CHECKING:
    import re

_ESCAPE = lazy.compile(r"\\(?:u(d[89ab]..)\\u(d[c-f]..)|u(d[89a-f]..)|.)")
_COMMAND = lazy.compile(r"##(?=[A-Za-z]*\[)")


def dumps(value: object, *, indent: int | None = None) -> str:
    r"""`value` as JSON in ASCII.

    Bytes that are no text, which Python keeps as lone surrogates, are written as `\xff`, because
    JSON has no way to write them. ValueError for numbers that JSON does not have. What some CI
    systems take for a command to them (`##[…]`) is spelt otherwise and reads the same.
    """
    text = json.dumps(value, indent=indent, allow_nan=False)
    if "\\ud" in text:
        text = _ESCAPE.sub(_whole, text)
    return _COMMAND.sub(r"\\u0023#", text) if "##" in text else text


def _whole(escape: re.Match[str]) -> str:
    alone = escape[3]
    if alone is None:
        return escape[0]
    number = int(alone, 16)
    byte = 0xDC80 <= number <= 0xDCFF
    return f"\\\\x{number - 0xDC00:02x}" if byte else f"\\\\u{{{number:x}}}"
