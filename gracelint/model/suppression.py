"""What keeps findings back: comments and annotations that ask for it, and entries of a baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.values import dataclass

if TYPE_CHECKING:
    from gracelint.base.source import Source, Span


@dataclass(frozen=True, slots=True)
class Ignore:
    """One code that a comment or an annotation asks to leave out.

    code: as written, in capitals. span: where the code is written. around: the whole comment, or
    the annotation's value. covers: the place it speaks of, None for all of its file. count: how
    many codes stand beside each other. editable: whether `around` is a comment that may be cut.
    """

    code: str
    span: Span
    around: Span
    covers: Span | None
    count: int = 1
    editable: bool = True

    @property
    def reason(self) -> str:
        """What stands behind the codes of a comment, on one line."""
        said = self.around.text.partition("]")[2] if self.editable else ""
        return " ".join(said.partition("*/")[0].split())

    @property
    def source(self) -> Source:
        """The file it stands in."""
        return self.span.source

    def covers_span(self, span: Span) -> bool:
        """Whether a finding that rests on `span` is meant."""
        if span.source.path != self.source.path:
            return False
        return self.covers is None or self.covers.start <= span.start < max(
            self.covers.end, self.covers.start + 1
        )


@dataclass(frozen=True, slots=True)
class BaselineEntry:
    """An entry of a baseline. path: of the finding's file. span: where the entry is written."""

    code: str
    path: str
    fingerprint: str
    span: Span
