"""Signals that ask the run to end: not in the middle of writing."""

from __future__ import annotations

import signal
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType


class Interrupted(KeyboardInterrupt):
    """A signal that came while something was written. number: which one."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


_ASKING = ("SIGINT", "SIGTERM", "SIGHUP")


@contextmanager
def held() -> Iterator[None]:
    """Let the inner block come to its end, then raise Interrupted for the first signal."""
    met: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        met.append(number)

    with _handled(note):
        yield
    if met:
        raise Interrupted(met[0])


@contextmanager
def raised() -> Iterator[None]:
    """Let every such signal end the inner block as Ctrl-C does, so that it can clean up."""

    def end(number: int, _frame: FrameType | None) -> None:
        raise Interrupted(number)

    with _handled(end):
        yield


@contextmanager
def _handled(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Have a handler for the signals that are not ignored, as long as the inner block lasts."""
    before = {}
    with suppress(ValueError):  # only the main thread may ask for signals
        for name in _ASKING:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, handler)
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)
