"""How a Dockerfile's instructions cut their line into flags and words."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING, TypeAlias
from gracelint.syntax.dockerfile.lines import BLANKS, SPACES

if TYPE_CHECKING:
    from collections.abc import Iterator

Cut: TypeAlias = tuple[int, int]  # where a part of a line begins and ends


def strip(text: str, start: int, end: int) -> Cut:
    """A part of `text` without the white space around it."""
    while start < end and text[start] in SPACES:
        start += 1
    while end > start and text[end - 1] in SPACES:
        end -= 1
    return start, end


def first_word(text: str, start: int, end: int) -> int:
    """Where the word that begins at `start` ends."""
    while start < end and text[start] not in BLANKS:
        start += 1
    return start


def blank_separated(text: str, start: int, end: int) -> Iterator[Cut]:
    """Words between blanks; quotes mean nothing."""
    while start < end:
        stop = first_word(text, start, end)
        if stop > start:
            yield start, stop
        start = stop + 1


def flags(text: str, start: int, end: int, escape: str) -> tuple[list[tuple[Cut, str]], int]:
    """The `--name=value` words at the start, with quotes and escapes removed; where they end."""
    pairs: list[tuple[Cut, str]] = []
    while True:
        while start < end and text[start] in SPACES:
            start += 1
        if text[start : min(start + 2, end)] != "--":
            return pairs, start
        stop, value = _flag(text, start, end, escape)
        if value == "--":
            return pairs, stop
        pairs.append(((start, stop), value))
        start = stop


def _flag(text: str, at: int, end: int, escape: str) -> tuple[int, str]:
    value, quote = [], ""
    while at < end:
        char = text[at]
        if not quote and char in SPACES:
            break
        if char == quote:
            quote = ""
        elif not quote and char in "'\"":
            quote = char
        elif char == escape:
            at += 1
            value.append(text[at : min(at + 1, end)])
        else:
            value.append(char)
        at += 1
    return min(at, end), "".join(value)


def quoted_words(text: str, start: int, end: int, escape: str) -> Iterator[Cut]:
    """Words between white space outside quotes; quotes and escapes are left in."""
    at = start
    while True:
        while at < end and text[at] in SPACES:
            at += 1
        if at >= end:
            return
        begin, quote = at, ""
        while at < end and (quote or text[at] not in SPACES):
            char = text[at]
            if char == quote:
                quote = ""
            elif not quote and char in "'\"":
                quote = char
            elif char == escape and quote != "'":
                at += 1
            at += 1
        at = min(at, end)
        yield begin, at
