"""Places in a text that another program fills in before anybody reads it as what it is."""

from __future__ import annotations

from gracelint.base import lazy
from gracelint.base.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from gracelint.base.source import Span

_MARKS = lazy.compile(
    r"\{\{|\{%|<%|%%|(?<!\$)\{[A-Z][A-Z0-9_]*\}|@[A-Z][A-Z0-9_]*@|\b__[A-Z][A-Z0-9_]*__\b"
    r"|(?:^|[\s\"':/])![A-Za-z][\w.-]*!(?!\w)"
)

_CHARACTERS = ("{%", "%%", "<%", "@", "__", "!")


def has_placeholder(place: Span) -> bool:
    """Whether a line of `place`, or the one above it, holds a tag or a name to be filled in."""
    source = place.source
    first, last = max(1, place.first.line - 1), place.last.line
    return any(_MARKS.search(source.line(number)) for number in range(first, last + 1))


def may_have_placeholder(text: str) -> bool:
    """Whether any line of a text may hold such a tag or name; most texts lack its characters."""
    if text.count("{") == text.count("${") and not any(one in text for one in _CHARACTERS):
        return False
    return _MARKS.search(text) is not None
