"""Extended regular expressions of POSIX: whether a text has a match, in a time that is bounded."""

from __future__ import annotations

import re
from functools import lru_cache

from gracelint.base import lazy

MAX_PATTERN = 200
MAX_STEPS = 200_000
"""More ways than these to lay the repetitions over a text are not tried."""

_MAX_OPTIONAL = 8  # parts that may be missing: each doubles the ways
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
    read = _read(pattern)
    if read is None:
        return None
    expression, repeats = read
    starts = 0 if pattern.startswith("^") else 1
    if (len(text) + 1) ** (repeats + starts) > MAX_STEPS:
        return None
    return expression.search(text) or False


def escaped(value: str) -> str:
    """Text that stands for itself in such an expression."""
    return "".join("\\" + c if c in "\\[](){}.*+?|^$" else c for c in value)


@lru_cache(maxsize=256)
def _read(pattern: str) -> tuple[re.Pattern[str], int] | None:
    """The expression, and how many of its parts are repeated."""
    out, at, repeats, optional = [], 0, 0, 0
    while at < len(pattern) <= MAX_PATTERN:
        atom = _ATOM.match(pattern, at)
        repeat = _REPEAT.match(pattern, atom.end()) if atom else None
        many = repeat is not None and repeat[0] != "?"
        if atom is None or (many and atom[0] in {"(", ")", "|", "^", "$"}):
            return None
        repeats, optional = repeats + many, optional + (repeat is not None and not many)
        out.append(_atom(atom[0]) + (repeat[0] if repeat else ""))
        at = (repeat or atom).end()
    try:
        expression = re.compile("".join(out))
    except re.error:
        return None
    few = len(pattern) <= MAX_PATTERN and optional <= _MAX_OPTIONAL
    return (expression, repeats) if few else None


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
