"""Shell patterns: whether a string matches, and cutting and replacing by them."""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache(maxsize=512)
def compiled(pattern: str) -> re.Pattern[str] | None:
    """A shell pattern as a regular expression; None when it cannot be one (`[` unclosed, extglob)."""
    out: list[str] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char in "?*+@!" and pattern[at + 1 : at + 2] == "(":
            return None
        if char == "*":
            if not out or out[-1] != ".*":
                out.append(".*")
        elif char == "?":
            out.append(".")
        elif char == "[":
            close = pattern.find("]", at + 2)
            if close < 0:
                return None
            body = pattern[at + 1 : close]
            if "[:" in body:
                return None
            negated = body[0] in "!^"
            inner = re.escape(body[negated:]).replace(r"\-", "-")
            out.append(f"[{'^' if negated else ''}{inner}]")
            at = close
        elif char == "\\" and at + 1 < len(pattern):
            at += 1
            out.append(re.escape(pattern[at]))
        else:
            out.append(re.escape(char))
        at += 1
    try:
        return re.compile("".join(out), re.DOTALL)
    except re.error:
        return None


def matches(text: str, pattern: str) -> bool | None:
    """Whether the whole text matches; None when the pattern cannot be judged."""
    if len(text) > 4096 or pattern.count("*") > 8:
        return None
    found = compiled(pattern)
    return None if found is None else found.fullmatch(text) is not None


def cut(text: str, pattern: str, operator: str) -> str | None:
    """`${x#p}`, `##`, `%`, `%%`; None when the pattern cannot be judged."""
    lengths = list(range(len(text) + 1))
    if len(operator) == 2:
        lengths.reverse()
    for length in lengths:
        piece = text[:length] if operator[0] == "#" else text[len(text) - length :]
        hit = matches(piece, pattern)
        if hit is None:
            return None
        if hit:
            return text[length:] if operator[0] == "#" else text[: len(text) - length]
    return text
