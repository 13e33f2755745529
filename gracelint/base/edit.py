"""A change of a file's text."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gracelint.base.source import Span, Text


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text at `span` by `content` (in the file's own writing, ready to be put in)."""

    span: Span
    content: str

    @classmethod
    def replace(cls, text: Text, start: int, end: int, content: str) -> Edit | None:
        """Make `text` read `content` from `start` to `end`; None where the host cannot hold it."""
        written = text.insertion(content, start)
        return None if written is None else cls(text.span(start, end), written)

    @classmethod
    def insert(cls, text: Text, at: int, content: str) -> Edit | None:
        """Make `text` read `content` at `at`; None where the host cannot hold it."""
        return cls.replace(text, at, at, content)


def applied(text: str, edits: Iterable[Edit]) -> str:
    """`text` with edits that do not overlap."""
    parts, at = [], 0
    for edit in sorted(edits, key=lambda edit: edit.span.start):
        parts += [text[at : edit.span.start], edit.content]
        at = edit.span.end
    return "".join([*parts, text[at:]])
