"""What was probably meant by a word that is none of those known."""

from __future__ import annotations

from functools import lru_cache

from gracelint.base.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_LENGTH = 80
"""Longer words are compared with nothing."""


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The known word that differs least from `word`; None where none is near.

    Only what people see is compared: not case, nor characters that take no room. A third of the
    letters may differ, and of several words that are as near the first is taken.
    """
    shown = _visible(word)
    if not shown or len(word) > MAX_LENGTH:
        return None
    best, near = max(1, len(shown) // 3) + 1, None
    for one in words:
        apart = distance(shown, _visible(one), best)
        if apart < best:
            best, near = apart, one
    return near


def hint(word: str, words: Iterable[str], otherwise: str) -> str:
    """What to do about a word: take the nearest known one, or `otherwise` where none is near."""
    near = nearest(word, words)
    return otherwise if near is None else f"did you mean `{near}`?"


def distance(a: str, b: str, least: int) -> int:
    """How many letters are put in, left out, changed, or exchanged with their neighbour.

    `least` and more are not told apart.
    """
    if abs(len(a) - len(b)) >= least:
        return least
    pairs = zip(a, b, strict=False)
    same = next((at for at, (x, y) in enumerate(pairs) if x != y), min(len(a), len(b)))
    a, b = a[same:], b[same:]
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        above, row = row, [i]
        for j, y in enumerate(b, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) >= least:
            return least
        before = above
    return min(row[-1], least)


@lru_cache(maxsize=1000)  # the known words are the same each time
def _visible(word: str) -> str:
    """The word as it looks: without characters that are not shown, whatever its case."""
    from unicodedata import category, normalize

    looks = normalize("NFKC", word[: MAX_LENGTH + 1]).casefold()
    return "".join(c for c in looks if category(c)[0] not in "CZ" and category(c) != "Mn")
