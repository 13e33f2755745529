"""Libraries: what a package does with signals in a program that uses it."""

from __future__ import annotations

from functools import cache

from gracelint.atlas.table import table
from gracelint.base.typed import TYPE_CHECKING, Any
from gracelint.model.entries import Handlers, Library, Reaction

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@cache
def library(language: str, name: str) -> Library | None:
    """The library that code of a language imports by this name; None when none is listed.

    language: `python`, `node`, `ruby`, `php`, `perl`, `go`, `java`, `dotnet`, `rust`.
    """
    entry = table("libraries").find(f"{language} {name}")
    return None if entry is None else _library(entry)


def libraries(language: str) -> Iterator[Library]:
    """All libraries of a language that are listed."""
    return (_library(e) for e in table("libraries") if e["language"] == language)


def _library(entry: Mapping[str, Any]) -> Library:
    ways = tuple(_handlers(way) for way in entry.get("handlers", ()))
    return Library(**{**entry, "handlers": ways})


def _handlers(way: Mapping[str, Any]) -> Handlers:
    return Handlers(
        calls=tuple(way.get("calls", ())),
        when=tuple(way.get("when", ())),
        unless=tuple(way.get("unless", ())),
        signals=frozenset(way.get("signals", ())),
        does=Reaction(way["does"]) if "does" in way else None,
        serves=way.get("serves", False),
        passes_on=way.get("passes-on", False),
        own=way.get("own", False),
        named_by=tuple(way.get("named-by", ())),
        work=way.get("work", ""),
        reloads=way.get("reloads", False),
        pinned=way.get("pinned", ""),
        ended_by=tuple(way.get("ended-by", ())),
    )
