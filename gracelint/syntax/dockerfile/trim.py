"""`${name#pattern}` and `${name%pattern}`, as the builder cuts them."""

from __future__ import annotations

import re

from gracelint.base import patterns

_LENGTH = 2048  # longer values are not matched against patterns


class LexError(ValueError):
    """The word cannot be read; the engine rejects it."""


def trimmed(value: str, operator: str, pattern: str) -> str:
    """`${name#pattern}` and `${name%pattern}`; a doubled operator takes the longest match."""
    longest = pattern[:1] == operator
    pattern = pattern[1:] if longest else pattern
    value = short(value)
    if operator == "#":
        match = re.match(regex(pattern, greedy=longest), value, re.DOTALL)
        return value[match.end() :] if match else value
    compiled = re.compile(f"(?:{regex(pattern, greedy=True)})\\Z", re.DOTALL)
    starts = range(len(value) + 1) if longest else range(len(value), -1, -1)
    for start in starts:
        if compiled.match(value, start):
            return value[:start]
    return value


def short(value: str) -> str:
    """The value, where it is short enough to be matched; LexError otherwise."""
    if len(value) > _LENGTH:
        raise LexError("the value of a substitution is too long")
    return value


def regex(pattern: str, *, greedy: bool) -> str:
    """The pattern as a regular expression; LexError where it is too involved."""
    if len(pattern) > _LENGTH:
        raise LexError("the pattern of a substitution is too involved")
    parts, at = [], 0
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if char == "*":
            parts.append(".*")
        elif char == "?":
            parts.append(".")
        elif char == "\\" and at < len(pattern):
            parts.append(re.escape(pattern[at]))
            at += 1
        else:
            parts.append(re.escape(char))
    return patterns.joined(parts, ".*", greedy=greedy)
