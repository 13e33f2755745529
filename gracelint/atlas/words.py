"""Words and strings with their places, out of configuration files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gracelint.base.facts import Word
from gracelint.base.source import Embedded, Segment

if TYPE_CHECKING:
    from gracelint.base.source import Text

_BLANK = " \t\r\n"
_MAX_JSON = 1_000_000


def split(text: Text) -> tuple[Word, ...] | None:
    """The words of a command line by the quoting of a shell, without expansion.

    None when a quotation is not closed.
    """
    found: list[Word] = []
    at, end = 0, len(text.text)
    while at < end:
        if text.text[at] in _BLANK:
            at += 1
            continue
        word = _word(text, at)
        if word is None:
            return None
        found.append(word[0])
        at = word[1]
    return tuple(found)


def _word(text: Text, start: int) -> tuple[Word, int] | None:
    """The word at `start`, and where it ends."""
    value: list[str] = []
    at, quote = start, ""
    while at < len(text.text) and (quote or text.text[at] not in _BLANK):
        char = text.text[at]
        if char == quote:
            quote = ""
        elif not quote and char in "'\"":
            quote = char
        elif char == "\\" and quote != "'" and at + 1 < len(text.text):
            at += 1
            value.append(text.text[at])
        else:
            value.append(char)
        at += 1
    if quote:
        return None
    return _placed(text, start, at, "".join(value)), at


def _placed(text: Text, start: int, end: int, value: str) -> Word:
    """The word with its text where that stands in the file as one piece."""
    for first, last in ((start, end), (start + 1, end - 1)):
        if text.text[first:last] == value:
            return Word(value, text.span(start, end), Embedded.slice(text, first, last))
    return Word(value, text.span(start, end))


def json_string(text: Text, *path: str) -> Word | None:
    """The string under `path` in a JSON object, with its place; None when there is none."""
    if len(text.text) > _MAX_JSON:
        return None
    keys: list[str | None] = []
    awaiting, last = False, ""
    for start, end, mark in _tokens(text.text):
        if mark == "{":
            keys.append(None)
            awaiting = True
        elif mark == "[":
            keys.append("[")
            awaiting = False
        elif mark in {"}", "]"}:
            del keys[-1:]
            awaiting = False
        elif mark == ",":
            awaiting = bool(keys) and keys[-1] != "["
        elif mark == ":" and keys:
            keys[-1] = last
        elif mark == '"':
            if not awaiting and tuple(keys) == path:
                return _json_word(text, start, end)
            last = _decoded(text.text[start:end]) if awaiting else ""
            awaiting = False
    return None


def _tokens(text: str) -> list[tuple[int, int, str]]:
    """Strings (as `"`) and punctuation of JSON with their places, in order."""
    found: list[tuple[int, int, str]] = []
    at = 0
    while at < len(text):
        char = text[at]
        if char == '"':
            end = _string_end(text, at)
            found.append((at, end, '"'))
            at = end
            continue
        if char in "{}[],:":
            found.append((at, at + 1, char))
        at += 1
    return found


def _string_end(text: str, at: int) -> int:
    at += 1
    while at < len(text) and text[at] != '"':
        at += 2 if text[at] == "\\" else 1
    return min(at + 1, len(text))


def _decoded(literal: str) -> str:
    try:
        return str(json.loads(literal))
    except ValueError:
        return ""


def _json_word(text: Text, start: int, end: int) -> Word:
    literal = text.text[start:end]
    segments: list[Segment] = []
    inner, at = 0, start + 1
    while at < end - 1:
        length = _escape_length(text.text, at)
        value = _decoded(f'"{text.text[at : at + length]}"') if length > 1 else text.text[at]
        segments.append(Segment(inner, len(value), at, length))
        inner += len(value)
        at += length
    value = _decoded(literal)
    if sum(s.length for s in segments) != len(value):
        return Word(value, text.span(start, end))
    return Word(value, text.span(start, end), Embedded(text, value, segments, "json"))


def _escape_length(text: str, at: int) -> int:
    r"""How many characters write the one at `at`: `\u` pairs, `\uXXXX`, `\n`, or itself."""
    if text[at] != "\\":
        return 1
    if text[at + 1 : at + 2] != "u":
        return 2
    paired = text[at + 2 : at + 3] in "dD" and text[at + 6 : at + 8] == "\\u"
    return 12 if paired else 6
