"""A long run tells how far it is, on a terminal alone."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

from gracelint.cli import progress

if TYPE_CHECKING:
    import pytest


class Terminal(io.StringIO):
    """Standard error that says what it is."""

    def __init__(self, *, is_one: bool) -> None:
        super().__init__()
        self._is_one = is_one

    def isatty(self) -> bool:
        return self._is_one


class Clock:
    """Time that passes when the test says so."""

    def __init__(self) -> None:
        self.now = 5.0

    def monotonic(self) -> float:
        return self.now


def told(monkeypatch: pytest.MonkeyPatch, moments: tuple[float, ...], *, terminal: bool) -> str:
    """What is written when files are done at these seconds of a run."""
    clock, stream = Clock(), Terminal(is_one=terminal)
    monkeypatch.setattr(progress, "time", clock)
    monkeypatch.setattr(sys, "stderr", stream)
    with progress.Progress() as tell:
        for done, moment in enumerate(moments):
            clock.now = 5.0 + moment
            tell(done, len(moments))
    return stream.getvalue()


def test_nothing_is_told_in_the_first_second(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch, (0.0, 0.5, 0.99), terminal=True) == ""


def test_a_line_is_written_over_and_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    written = told(monkeypatch, (0.0, 1.0, 1.05, 2.0), terminal=True)
    assert written == "\r1 of 4 files\x1b[K\r3 of 4 files\x1b[K\r\x1b[K"


def test_a_pipe_is_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch, (0.0, 1.0, 2.0), terminal=False) == ""
