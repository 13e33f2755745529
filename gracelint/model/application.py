"""What an application does on signals, as far as anything tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.values import dataclass
from gracelint.model.entries import Reaction

if TYPE_CHECKING:
    from gracelint.model.entries import Program

ASSUMED = frozenset({"TERM", "INT", "QUIT"})
"""Signals that a program about which nothing is known is assumed to stop on."""

STARTED = "start"
"""The key of a daemon that `SOMETHING start` may have left behind."""

_BRIEF = 1.0  # seconds


@dataclass(frozen=True, slots=True)
class Application:
    """An application, or any other program that starts nothing that matters.

    program: its atlas entry; None: nothing is known. caught: signals that its own source handles;
    None: no source was judged. duration: seconds after which it ends by itself; None: it stays.
    helper: it only passes on what others write.
    """

    program: Program | None = None
    caught: frozenset[str] | None = None
    duration: float | None = None
    helper: bool = False

    @property
    def placeholder(self) -> bool:
        """Whether it only keeps the container alive or copies a stream."""
        return bool(self.program and self.program.placeholder)

    @property
    def guessed(self) -> bool:
        """Whether it is only taken to be there, as something was told to start it."""
        return self.program is not None and self.program.key == STARTED

    @property
    def serves(self) -> bool:
        """Whether it is surely an application, no placeholder and no copier of streams."""
        return not (self.helper or self.placeholder or self.guessed or self.duration)

    @property
    def brief(self) -> bool:
        """Whether it ends by itself before anybody would ask it to."""
        return self.duration is not None and self.duration < _BRIEF

    @property
    def assumed(self) -> bool:
        """Whether its reactions are an assumption."""
        if self.program is None:
            return True
        return self.program.interpreter and self.caught is None

    @property
    def cleans_up(self) -> bool:
        """Whether it finishes its work on one signal or another."""
        reactions = self.program.reactions if self.program is not None else {}
        return self.assumed or bool(self.caught) or Reaction.GRACEFUL in reactions.values()

    def reaction(self, signal: str) -> Reaction | None:
        """What the signal does to it; None: unknown."""
        if self.caught is not None and signal in self.caught:
            return Reaction.GRACEFUL
        if self.assumed:
            return Reaction.GRACEFUL if signal in ASSUMED else Reaction.DEFAULT
        if self.program is None:
            return None
        return self.program.reactions.get(signal, self.program.rest)

    def ignores(self, signal: str, inherited: frozenset[str]) -> bool:
        """Whether it leaves a signal ignored that it was started with ignored."""
        return signal in inherited and not self._installs(signal)

    def _installs(self, signal: str) -> bool:
        """Whether it installs a handler also for a signal that it inherited as ignored.

        Programs about which nothing is known are taken to leave INT and QUIT ignored, as those do
        that follow the custom for background jobs.
        """
        if self.caught is not None and signal in self.caught:
            return True
        if self.assumed and signal in {"INT", "QUIT"}:
            return False
        return self.reaction(signal) not in {Reaction.DEFAULT, None}

    def stops_on(self, signal: str, inherited: frozenset[str]) -> bool:
        """Whether a handler of its own ends it on the signal."""
        if self.ignores(signal, inherited):
            return False
        return self.reaction(signal) in {Reaction.GRACEFUL, Reaction.FAST}
