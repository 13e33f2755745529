"""How far a long run is, for those who wait for it at a terminal."""

from __future__ import annotations

import sys
import time

from gracelint.base.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Self

PATIENCE = 1.0  # seconds after which people want to see something
EVERY = 0.1  # seconds


class Progress:
    """One line on standard error, written over and over; nothing where that is no terminal."""

    def __init__(self) -> None:
        self._shows = sys.stderr.isatty()
        self._next = time.monotonic() + PATIENCE
        self._shown = False

    def __call__(self, done: int, total: int) -> None:
        """Tell that so many files of so many are done."""
        if self._shows and time.monotonic() >= self._next:
            self._next = time.monotonic() + EVERY
            self._shown = True
            self._write(f"\r{done} of {total} files\x1b[K")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            self._write("\r\x1b[K")  # leave nothing of it

    def _write(self, text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()
