"""Extended regular expressions of POSIX: whether a text has a match, in a time that is bounded."""

from __future__ import annotations

import re
from functools import lru_cache

from gracelint.base import lazy

MAX_PATTERN = 200
MAX_STEPS = 200_000
"""More ways than these to lay an expression over a text are not tried."""

_ATOM = lazy.compile(
    r"\\[^A-Za-z0-9]|[().|^$]|[^\\\[\]{}*+?().|^$]"
    r"|\[\^?\]?(?:\[:(?:alpha|digit|alnum|upper|lower|space|blank|xdigit|punct|word):\]|[^\]\\\[])*\]"
)
_REPEAT = lazy.compile(r"[*+?]|\{([0-9]{1,3})(?:(,)([0-9]{0,3}))?\}")
CLASSES = {
    "alpha": "A-Za-z",
    "digit": "0-9",
    "alnum": "A-Za-z0-9",
    "upper": "A-Z",
    "lower": "a-z",
    "space": r" \t\n\r\f\v",
    "blank": r" \t",
    "xdigit": "0-9A-Fa-f",
    "punct": r"!-/:-@\[-`{-~",
    "word": "A-Za-z0-9_",
}
"""What the names in `[[:digit:]]` stand for, within brackets of a regular expression."""


def search(text: str, pattern: str) -> re.Match[str] | bool | None:
    """The match, False where there is none; None where this does not read the pattern."""
    found = searched([text], pattern)
    return found[0] if found is not None else None


def searched(texts: list[str], pattern: str) -> list[re.Match[str] | bool] | None:
    """The same for each of several texts."""
    read = _read(pattern)
    if read is None:
        return None
    expression, repeats, ways = read
    spans = repeats + (0 if pattern.startswith("^") else 1)
    if sum(effort(len(text), spans, ways) for text in texts) > MAX_STEPS:
        return None
    return [expression.search(text) or False for text in texts]


def effort(length: int, spans: int, ways: int = 1) -> int:
    """The most steps that matching takes: how often so many spans can be laid over a text.

    ways: how many expressions without alternatives and optional parts it stands for.
    """
    from math import comb

    return comb(length + spans, spans) * ways


def escaped(value: str) -> str:
    """Text that stands for itself in such an expression."""
    return "".join("\\" + c if c in "\\[](){}.*+?|^$" else c for c in value)


@lru_cache(maxsize=256)
def _read(pattern: str) -> tuple[re.Pattern[str], int, int] | None:
    """The expression, how many of its parts are repeated, and how many ways it has otherwise."""
    out, at, repeats, ways = list[str](), 0, 0, 1
    arms = [1]
    while at < len(pattern) <= MAX_PATTERN:
        atom = _ATOM.match(pattern, at)
        repeat = _REPEAT.match(pattern, atom.end()) if atom else None
        many = repeat is not None and repeat[0] != "?"
        if atom is None or (many and atom[0] in {"(", ")", "|", "^", "$"}):
            return None
        if atom[0] == ")" and len(arms) > 1:
            ways *= arms.pop()
        arms += [1] * (atom[0] == "(")
        arms[-1] += atom[0] == "|"
        repeats, ways = repeats + many, ways << (repeat is not None and not many)
        out.append(_atom(atom[0]) + (repeat[0] if repeat else ""))
        at = (repeat or atom).end()
    try:
        expression = re.compile("".join(out))
    except re.error:
        return None
    return (expression, repeats, ways * arms[0]) if len(pattern) <= MAX_PATTERN else None


def _atom(text: str) -> str:
    if text == "$":
        return r"\Z"
    if not text.startswith("["):
        return text if text in {"(", ")", ".", "|", "^"} or text[0] == "\\" else re.escape(text)
    return _bracket(text)


def _bracket(text: str) -> str:
    """A bracket of POSIX, in which a backslash is none and classes have names."""
    negated = text[1] == "^"
    body = text[1 + negated : -1]
    out = re.sub(r"\[:([a-z]+):\]", lambda m: CLASSES[m[1]], body)
    closing = "\\]" if out.startswith("]") else ""
    rest = out[1:] if closing else out
    return f"[{'^' if negated else ''}{closing}{rest.replace('&&', '&').replace('~~', '~')}]"
