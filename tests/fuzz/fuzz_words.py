"""The words that trees are made of, from words.toml, and how one of many is taken."""

from __future__ import annotations

import tomllib
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from random import Random

T = TypeVar("T")

TABLE = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))
NUMBERS = [*TABLE["numbers"].split(), "9" * 400, "1" + "0" * 5000, "''", '"30"', "' 30 '"]
SIGNALS = [*TABLE["signals"].split(), "''", "TERM INT", "-"]
IMAGES = TABLE["images"].split()
PROGRAMS = [program.replace("~", " ").split("|") for program in TABLE["programs"].split()]

_BITS = 32
_ODD = 2_654_435_761


class Steady(Generic[T]):
    """Things of which one is taken by chance, mostly the same one where others are added.

    The trees of a seed then stay what they are when the project has one example more.
    """

    def __init__(self, things: Iterable[T], text: Callable[[T], str] = str) -> None:
        """Things to take from. text: by which each is known."""
        self._things = [
            (zlib.crc32(text(thing).encode(errors="replace")), thing) for thing in things
        ]

    def one(self, random: Random) -> T:
        """The one whose number, mixed with another, is highest."""
        mixed = random.getrandbits(_BITS)
        return max(self._things, key=lambda known: (known[0] ^ mixed) * _ODD % (1 << _BITS))[1]
