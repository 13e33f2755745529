"""Brace expansion: `{a,b}`, `{1..20}`, `{01..10..2}`, `{a..e}`, as bash, mksh and zsh do it.

Source: bash(1), "Brace Expansion". dash and busybox ash leave braces alone.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from gracelint.base import lazy
from gracelint.syntax.shell.tree import Chars

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gracelint.syntax.shell.tree import Words

MAX_WORDS = 1_000
"""A word that stands for more is left unknown."""

WITHOUT = frozenset({"posix", "ash"})
"""Dialects that leave braces alone."""

_RANGE = lazy.compile(
    r"(?:(-?[0-9]{1,9})\.\.(-?[0-9]{1,9})|([A-Za-z])\.\.([A-Za-z]))(?:\.\.(-?[0-9]{1,4}))?"
)

_RANGE_AT_MOST = 40  # characters that any range has, and more

Char = tuple[str, bool]
"""A character, and whether it is quoted."""


def written(words: Words) -> bool:
    """Whether a word may have a brace expansion in it."""
    return any(isinstance(p, Chars) and not p.quoted and "{" in p.value for p in words.parts)


def expanded(words: Words) -> list[str] | None:
    """What a word without other expansions stands for; None: too much, or not to be told here."""
    chars: list[Char] = []
    for part in words.parts:
        if not isinstance(part, Chars):
            return None
        chars += [(char, part.quoted) for char in part.value]
    done: list[str] = []
    queue = [chars]
    while queue:
        at = queue.pop()
        brace = _first(at)
        if brace is None:
            done.append("".join(char for char, _ in at))
        else:
            start, end, pieces = brace
            queue += [[*at[:start], *piece, *at[end:]] for piece in reversed(pieces)]
        if len(done) + len(queue) > MAX_WORDS:
            return None
    return done


def _first(chars: Sequence[Char]) -> tuple[int, int, list[list[Char]]] | None:
    """The first brace expression: where it stands, and what takes its place."""
    for start, (end, commas) in sorted(_pairs(chars).items()):
        if start and chars[start - 1] == ("$", False):
            continue
        if commas:
            bounds = [start, *commas, end]
            pieces = [list(chars[a + 1 : b]) for a, b in pairwise(bounds)]
            return start, end + 1, pieces
        inner = chars[start + 1 : min(end, start + _RANGE_AT_MOST)]
        values = _range("".join(c for c, _ in inner)) if not any(q for _, q in inner) else None
        if values is not None:
            return start, end + 1, [[(c, True) for c in value] for value in values]
    return None


def _pairs(chars: Sequence[Char]) -> dict[int, tuple[int, list[int]]]:
    """For each opening brace that is closed: where, and the commas between the two."""
    pairs: dict[int, tuple[int, list[int]]] = {}
    opened: list[tuple[int, list[int]]] = []
    for index, char in enumerate(chars):
        match char:
            case ("{", False):
                opened.append((index, []))
            case ("}", False) if opened:
                start, commas = opened.pop()
                pairs[start] = (index, commas)
            case (",", False) if opened:
                opened[-1][1].append(index)
    return pairs


def _range(text: str) -> list[str] | None:
    match = _RANGE.fullmatch(text) if ".." in text else None
    if not match:
        return None
    step = abs(int(match[5] or 1)) or 1
    if match[3]:
        first, last = ord(match[3]), ord(match[4])
        return [chr(code) for code in _steps(first, last, step)]
    first, last = int(match[1]), int(match[2])
    if abs(last - first) // step >= MAX_WORDS:
        return None
    padded = any(
        t.lstrip("-").startswith("0") and len(t.lstrip("-")) > 1 for t in match.group(1, 2)
    )
    width = max(len(match[1]), len(match[2])) if padded else 0
    return [str(number).zfill(width) for number in _steps(first, last, step)]


def _steps(first: int, last: int, step: int) -> range:
    return range(first, last + 1, step) if first <= last else range(first, last - 1, -step)
