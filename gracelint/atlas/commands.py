"""What commands do to others: stop a server, or nothing that matters."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from gracelint.atlas.argv import base_name
from gracelint.atlas.table import table
from gracelint.model.entries import Stop

if TYPE_CHECKING:
    from collections.abc import Sequence


def stop(words: Sequence[str | None]) -> Stop | None:
    """The server that a command tells to stop, and how; None where it is not known to.

    words: the command's, None for those that are not known.
    """
    name = base_name(words[0]) if words and words[0] else ""
    for kind in ("wrappers", "programs"):
        entry = table(kind).find(name)
        for way in entry.get("stops", ()) if entry is not None else ():
            if not set(way["words"]).isdisjoint(words[1:]):
                return Stop(tuple(way["programs"]), way["signal"], way.get("waits", False))
    return None


def brief(name: str) -> bool:
    """Whether a program works on a few files or settings, and is done in a moment."""
    entry = table("programs").find(name)
    return entry is not None and bool(entry.get("brief"))


def is_runtime(name: str) -> bool:
    """Whether a program runs others, and comes with the image rather than with their packages."""
    entry = table("programs").find(name)
    return entry is not None and bool(entry.get("runtime") or entry.get("interpreter"))


@cache
def inert(name: str) -> bool:
    """Whether what a command does cannot matter for which processes there are."""
    entry = table("programs").find(name)
    return entry is not None and bool(entry.get("inert"))
