"""Facts: what the files tell, with where it was read, or that they do not tell it."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING, Generic, TypeAlias, TypeVar
from gracelint.base.values import dataclass

if TYPE_CHECKING:
    from gracelint.base.source import Span, Text

T = TypeVar("T")

GAP = "\ufdd0"
"""Stands in a text for what is not known of it. It is no character of any text."""


@dataclass(frozen=True, slots=True)
class Atlas:
    """An atlas entry as the origin of a fact: its key, and what it was measured on or read from."""

    entry: str
    source: str


Origin: TypeAlias = "Span | Atlas"


@dataclass(frozen=True, slots=True)
class Known(Generic[T]):
    """A fact. assumed: nothing says so, but it is what holds unless something says otherwise."""

    value: T
    origins: tuple[Origin, ...] = ()
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """A fact that the files do not tell, with the reason in words ("`$APP` is not set here")."""

    reason: str
    origins: tuple[Origin, ...] = ()


Fact: TypeAlias = "Known[T] | Unknown"


@dataclass(frozen=True, slots=True)
class Word:
    """One argument as the program receives it.

    value: None when the files do not tell; `reason` then says why. span: where it is written. text:
    its value as text with a place in the file for every character, where it is literally there (so
    that `sh -c "…"` can be parsed and edited). many: stands for any number of arguments.
    """

    value: str | None
    span: Span | None = None
    text: Text | None = None
    reason: str = ""
    many: bool = False

    def __str__(self) -> str:
        return self.value if self.value is not None else "…"

    @property
    def plain(self) -> str:
        """Its value, "" where that is not known."""
        return self.value or ""

    @property
    def called(self) -> str:
        """What a program is called that it is the path of, "" where that is not known."""
        return self.plain.rpartition("/")[2]
