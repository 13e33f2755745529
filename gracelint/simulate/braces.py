"""Brace expansion: `{a,b}`, `{1..20}`, `{01..10..2}`, `{a..e}`, as bash, mksh and zsh do it.

Source: bash(1), "Brace Expansion". dash and busybox ash leave braces alone.
"""

from __future__ import annotations

from itertools import pairwise, zip_longest

from gracelint.base import lazy
from gracelint.base.typed import TYPE_CHECKING, TypeAlias
from gracelint.base.values import replace
from gracelint.syntax.shell.tree import Chars, Parameter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gracelint.syntax.shell.tree import Part, Words

MAX_WORDS = 1_000
"""A word that stands for more is left unknown."""

WITHOUT = frozenset({"posix", "ash"})
"""Dialects that leave braces alone."""

_RANGE = lazy.compile(
    r"(?:(-?[0-9]{1,9})\.\.(-?[0-9]{1,9})|([A-Za-z])\.\.([A-Za-z]))(?:\.\.(-?[0-9]{1,4}))?"
)

_RANGE_AT_MOST = 40  # characters that any range has, and more

Char: TypeAlias = "tuple[str | Part, bool]"
"""A character, and whether it is quoted; or another part of a word, which is as if it were."""


def written(words: Words) -> bool:
    """Whether a word may have a brace expansion in it."""
    return any(isinstance(p, Chars) and not p.quoted and "{" in p.value for p in words.parts)


def expanded(words: Words) -> list[list[Part]] | None:
    """The parts of each of the words that a word stands for; None: too many, or not to be told:
    `$a{b,c}` is `$ab $ac`.
    """
    chars: list[Char] = []
    for part, following in zip_longest(words.parts, words.parts[1:]):
        if isinstance(part, Chars):
            chars += [(char, part.quoted) for char in part.value]
        elif _goes_on(part, following):
            return None
        else:
            chars.append((part, True))
    done: list[list[Part]] = []
    queue = [chars]
    while queue:
        at = queue.pop()
        brace = _first(at)
        if brace is None:
            done.append(_parts(words, at))
        else:
            start, end, pieces = brace
            queue += [[*at[:start], *piece, *at[end:]] for piece in reversed(pieces)]
        if len(done) + len(queue) > MAX_WORDS:
            return None
    return done


def _goes_on(part: Part, following: Part | None) -> bool:
    """Whether a brace behind a variable's name would make the name longer."""
    if not isinstance(part, Parameter) or part.quoted or not isinstance(following, Chars):
        return False
    return part.end - part.start == len(part.name) + 1 and following.value[:1] == "{"


def _parts(words: Words, chars: Sequence[Char]) -> list[Part]:
    """Parts of a word again; none of the characters is split."""
    parts: list[Part] = []
    for char, _ in chars:
        if not isinstance(char, str):
            parts.append(char)
        elif parts and isinstance(last := parts[-1], Chars):
            parts[-1] = replace(last, value=last.value + char)
        else:
            parts.append(Chars(words.start, words.end, char))
    return parts


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
        values = None if any(q for _, q in inner) else _range("".join(str(c) for c, _ in inner))
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
    padded = any(
        t.lstrip("-").startswith("0") and len(t.lstrip("-")) > 1 for t in match.group(1, 2)
    )
    width = max(len(match[1]), len(match[2])) if padded else 0
    numbers = _steps(first, last, step)[: MAX_WORDS + 1]
    return [str(number).zfill(width) for number in numbers]


def _steps(first: int, last: int, step: int) -> range:
    return range(first, last + 1, step) if first <= last else range(first, last - 1, -step)
