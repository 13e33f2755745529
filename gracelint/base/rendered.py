"""Text that a program made of other files, with the way back to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from gracelint.base.source import Source

if TYPE_CHECKING:
    from gracelint.base.source import Span


class Places(Protocol):
    """Where the pieces of a rendered text come from."""

    def place(self, start: int, end: int) -> Span:
        """The text of a file that became the characters from `start` up to `end`."""


class Rendered(Source):
    """What a program wrote. path: of the file that it was told to render.

    Its spans are read, compared and edited like those of a file; `Span.place` leads to the file in
    which people find the same.
    """

    __slots__ = ("places",)

    def __init__(self, path: str, text: str, places: Places) -> None:
        super().__init__(path, text)
        self.places = places

    def place(self, span: Span) -> Span:
        """The text that became `span`."""
        return self.places.place(span.start, span.end)
