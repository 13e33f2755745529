"""Python that is newer than the one that runs: written so that an older one reads it.

What a formatted string computes, and the parameters of types, say nothing of processes: they are
replaced by something of the same length that every version reads, so that all places stay.
Source: PEP 695 (type parameters) and PEP 701 (any quotes within formatted strings), Python 3.12.
"""

from __future__ import annotations

import re

from gracelint.base import lazy

MAX_NESTING = 12  # strings within strings

_START = lazy.compile(r"#[^\n]*|(?P<prefix>[rbuftRBUFT]{0,3})(?P<quote>'''|\"\"\"|'|\")")
_WITHIN = lazy.compile(r"(?P<prefix>[rbuftRBUFT]{0,3})(?P<quote>'''|\"\"\"|'|\")|[{}]")
_ENDS = lazy.compile(r"\\|'''|\"\"\"|['\"\n{]")
_BRACKETS = r"\[(?:[^\[\]\n]|\[[^\[\]\n]*\])*\]"
_PARAMETERS = lazy.compile(
    rf"^([ \t]*(?:(?:async[ \t]+)?def|class)[ \t]+\w+)({_BRACKETS})", re.MULTILINE
)
_ALIAS = lazy.compile(rf"^([ \t]*)type[ \t]+(\w+(?:{_BRACKETS})?[ \t]*=)", re.MULTILINE)


def plainer(text: str) -> str:
    """The same program for an older Python, with everything else at its place."""
    pieces, last, at = [], 0, 0
    while (opening := _START.search(text, at)) is not None:
        at = opening.end()
        if opening["quote"] is None:
            continue
        at, holes = _string(text, at, opening["quote"], opening["prefix"], 0)
        for start, end in holes:
            pieces += [text[last:start], _blank("0", text[start:end])]
            last = end
    written = "".join([*pieces, text[last:]])
    written = _PARAMETERS.sub(lambda m: m[1] + _blank("", m[2]), written)
    return _ALIAS.sub(lambda m: f"{m[1]}{m[2]}{' ' * (len(m[0]) - len(m[1]) - len(m[2]))}", written)


def _blank(first: str, replaced: str) -> str:
    """As much text as is replaced, on as many lines, with `first` where the text began."""
    at = len(replaced) - len(replaced.lstrip())
    blanked = ["\n" if c == "\n" else " " for c in replaced]
    blanked[at : at + len(first)] = first[: len(replaced) - at]
    return "".join(blanked)


def _string(
    text: str, at: int, quote: str, prefix: str, depth: int
) -> tuple[int, list[tuple[int, int]]]:
    """Where a string ends, and what it computes in braces."""
    holes: list[tuple[int, int]] = []
    formatted = not {"f", "t"}.isdisjoint(prefix.lower())
    while (mark := _ENDS.search(text, at)) is not None:
        at = mark.end()
        if mark[0] == "\\":
            at += 1
        elif mark[0] == quote or (mark[0] == "\n" and len(quote) == 1):
            return at, holes
        elif mark[0] == quote * 3:  # '' and another one
            return mark.start() + 1, holes
        elif mark[0] == "{" and formatted and text[at : at + 1] == "{":
            at += 1
        elif mark[0] == "{" and formatted:
            end = _expression(text, at, depth)
            holes.append((at, end))
            at = end + 1
        elif len(mark[0]) > 1:
            at = mark.start() + 1
    return len(text), holes


def _expression(text: str, at: int, depth: int) -> int:
    """Where what is computed ends: at the brace that closes it."""
    opened = 1
    while depth < MAX_NESTING and (mark := _WITHIN.search(text, at)) is not None:
        at = mark.end()
        if mark["quote"] is not None:
            at, _ = _string(text, at, mark["quote"], mark["prefix"], depth + 1)
            continue
        opened += 1 if mark[0] == "{" else -1
        if not opened:
            return mark.start()
    return len(text)
