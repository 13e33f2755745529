"""Wildcards as regular expressions that take no time to speak of, whoever wrote the pattern."""

from __future__ import annotations

from itertools import groupby

from gracelint.base import lazy

STAR = "[^/]*"
MAX_DEEP = 3
"""Times that `**` may stand in a pattern: each multiplies the time by the length of a path."""

_STARS = lazy.compile(r"(?:\[\^/\]\*){2,}")
_BETWEEN = lazy.compile(r"\[\^/\]\*((?:\[\^/\](?![*+])|(?!\[\^/\]|\(\?)[^/])+)(?=\[\^/\]\*)")
_LOOSE = lazy.compile(r"\[\^/\]\*(?!\?)")


def joined(pieces: list[str], star: str, *, greedy: bool = True) -> str:
    """One expression from pieces, of which those that equal `star` match any text.

    What stands between two stars is looked for once, as far left as can be: where that does not
    lead to a match, nothing does. Only the last star is tried at several lengths.
    """
    runs = [
        (wild, star if wild else "".join(run))
        for wild, run in groupby(pieces, key=lambda piece: piece == star)
    ]
    last = max((at for at, (wild, _) in enumerate(runs) if wild), default=-1)
    out, before = [], ""
    for at, (wild, text) in enumerate(runs):
        if wild and at < last:
            before = star
        elif before:
            out.append(f"(?>{star}?{text})")
            before = ""
        else:
            out.append(text if greedy or not wild else f"{star}?")
    return "".join(out)


def hardened(regex: str, names: int) -> str | None:
    """What a library made of a path pattern, with the stars of each name joined as above.

    names: how many names, parted by slashes, the pattern has. None: it cannot be done.
    """
    out = _BETWEEN.sub(rf"(?>{STAR}?\1)", _STARS.sub(STAR, regex))
    return out if len(_LOOSE.findall(out)) <= names else None
