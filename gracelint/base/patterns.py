"""Shell patterns: whether a string matches, and cutting and replacing by them.

As regular expressions they take no time to speak of, whoever wrote them; so do those of paths.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import groupby

from gracelint.base import lazy
from gracelint.base.expressions import CLASSES, MAX_STEPS, effort

MAX_LENGTH = 4096
"""Longer texts are not compared with patterns, nor are longer patterns read."""

STAR = "[^/]*"
MAX_DEEP = 3
"""Times that `**` may stand in a pattern: each multiplies the time by the length of a path."""

_STARS = lazy.compile(r"(?:\[\^/\]\*){2,}")
_BETWEEN = lazy.compile(r"\[\^/\]\*((?:\[\^/\](?![*+])|(?!\[\^/\]|\(\?)[^/])+)(?=\[\^/\]\*)")
_LOOSE = lazy.compile(r"\[\^/\]\*(?!\?)")
_MAX_CUT = 512  # a cut tries every length of the text
_BRACKET = lazy.compile(rf"\[([!^]?)(\]?(?:\[:(?:{'|'.join(CLASSES)}):\]|[^\]\[]|\[(?!:))*)\]")
_GROUP = lazy.compile(r"[?*+@!]\(")
_IN_BRACKET = lazy.compile(r"(?s)\[:([a-z]+):\]|(.)")


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> tuple[re.Pattern[str], int, int] | None:
    """A shell pattern as a regular expression, how many groups are repeated in it, and how many
    ways its groups have otherwise; None where it has parts that this does not read.
    """
    out: list[str] = []
    at, loose, repeats, ways = 0, False, 0, 1
    while at < len(pattern):
        grouped = pattern[at] in "?*+@!" and pattern[at + 1 : at + 2] == "("
        piece, length = _group(pattern, at) if grouped else _piece(pattern, at)
        loose |= grouped and pattern[at] != "@"
        if not length or (loose and out.count(".*") > 1):
            return None
        if grouped:
            repeats += pattern[at] in "*+"
            ways *= pattern.count("|", at, at + length) + 1 + (pattern[at] == "?")
        out.append(piece)
        at += length
    try:
        regex = re.compile(joined(out, ".*"), re.DOTALL)
    except re.error:
        return None
    return regex, repeats + (bool(out.count(".*")) if loose else 0), ways


def _regex(text: str, pattern: str, times: int = 1) -> re.Pattern[str] | None:
    """The pattern for a text that is held against it so often; None where that takes too long."""
    if max(len(text), len(pattern)) > MAX_LENGTH or (read := _compiled(pattern)) is None:
        return None
    regex, repeats, ways = read
    hard = repeats or ways > 1
    return None if hard and effort(len(text), repeats, ways) * times > MAX_STEPS else regex


def _piece(pattern: str, at: int) -> tuple[str, int]:
    """One character or bracket as a regular expression, and its length; 0: not to be read."""
    char = pattern[at]
    if char == "[":
        return _bracket(pattern, at)
    if char == "\\" and at + 1 < len(pattern):
        return re.escape(pattern[at + 1]), 2
    return {"*": ".*", "?": "."}.get(char) or re.escape(char), 1


def _bracket(pattern: str, at: int) -> tuple[str, int]:
    match = _BRACKET.match(pattern, at)
    if match is None:
        return "", 0
    inner = "".join(
        CLASSES.get(name, "") or re.escape(plain).replace(r"\-", "-")
        for name, plain in _IN_BRACKET.findall(match[2])
    )
    return f"[{'^' if match[1] else ''}{inner}]", match.end() - at


def _group(pattern: str, at: int) -> tuple[str, int]:
    """`@(a|b)`, `?(a|b)`, `!(a|b)` at the end, and `+(a)` and `*(a)` of one character."""
    close = pattern.find(")", at)
    texts = pattern[at + 2 : close].split("|")
    ways = [_plain(text) for text in texts]
    kind, length = pattern[at], close - at + 1
    one = len(texts) == 1 and texts[0] and _piece(texts[0], 0)[1] == len(texts[0])
    last = close == len(pattern) - 1
    if close < 0 or None in ways or (kind in "*+" and not one) or (kind == "!" and not last):
        return "", 0
    either = f"(?:{'|'.join(w or '' for w in ways)})"
    if kind == "!":
        return f"(?!{either}\\Z)(?s:.)*", length
    return either + ("" if kind == "@" else kind), length


def _plain(pattern: str) -> str | None:
    """A part of a group; None where it may match texts of several lengths."""
    out, at = [], 0
    while at < len(pattern):
        piece, length = _piece(pattern, at)
        if not length or pattern[at] in "*()":
            return None
        out.append(piece)
        at += length
    return "".join(out)


def matches(text: str, pattern: str) -> bool | None:
    """Whether the whole text matches; None when the pattern cannot be judged."""
    regex = _regex(text, pattern)
    return None if regex is None else regex.fullmatch(text) is not None


def replaced(text: str, pattern: str, with_: str, *, every: bool, anchor: str) -> str | None:
    """`${x/p/r}`; None when the pattern cannot be judged. anchor: `#` the start, `%` the end."""
    if len(text) > _MAX_CUT and "*" in pattern:
        return None
    if not pattern:
        return with_ + text if anchor == "#" else text + with_ if anchor == "%" else text
    grouped = _GROUP.search(pattern) is not None
    regex = _regex(text, pattern, (len(text) + 1) * (len(text) + 1 if grouped else 1))
    if regex is None:
        return None
    if regex.search(text) is None:
        return text
    if anchor == "%":
        starts = (at for at in range(len(text) + 1) if regex.fullmatch(text, at))
        at = next(starts, None)
        return text if at is None else text[:at] + with_
    if anchor == "#":
        hit = _longest(regex, text, 0, grouped=grouped)
        return text if hit is None else with_ + text[hit:]
    out, at = [], 0
    while at <= len(text):
        end = _longest(regex, text, at, grouped=grouped) if at < len(text) else None
        if end is None or end == at:
            out.append(text[at : at + 1])
            at += 1
            continue
        out.append(with_)
        at = end
        if not every:
            break
    return "".join(out) + text[at:]


def _longest(pattern: re.Pattern[str], text: str, start: int, *, grouped: bool) -> int | None:
    """Where the longest match from `start` on ends; None: there is none.

    grouped: whether it has groups, of which the first way that fits need not be the longest.
    """
    if not grouped:
        match = pattern.match(text, start)
        return match.end() if match else None
    ends = range(len(text), start - 1, -1)
    return next((end for end in ends if pattern.fullmatch(text, start, end)), None)


def cut(text: str, pattern: str, operator: str) -> str | None:
    """`${x#p}`, `##`, `%`, `%%`; None when the pattern cannot be judged."""
    if len(text) > _MAX_CUT and "*" in pattern:
        return None
    regex = _regex(text, pattern, len(text) + 1)
    if regex is None:
        return None
    first = regex.match(text)
    if operator[0] == "#" and first is None:
        return text
    if operator == "##" and first is not None and not _GROUP.search(pattern):
        return text[first.end() :]
    lengths = list(range(len(text) + 1))
    if len(operator) == 2:
        lengths.reverse()
    for length in lengths:
        piece = text[:length] if operator[0] == "#" else text[len(text) - length :]
        if regex.fullmatch(piece):
            return text[length:] if operator[0] == "#" else text[: len(text) - length]
    return text


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
