"""What an application does on signals, as far as anything tells."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass, field
from gracelint.model.entries import Reaction

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gracelint.base.facts import Origin, Unknown
    from gracelint.base.source import Span
    from gracelint.model.entries import Program

ASSUMED = frozenset({"TERM", "INT", "QUIT"})
"""Signals that a program about which nothing is known is assumed to stop on."""

STARTED = "start"
"""The key of a daemon that `SOMETHING start` may have left behind."""

_BRIEF = 1.0  # seconds
_ENDS = frozenset({Reaction.GRACEFUL, Reaction.FAST})
_NO_HANDLER = frozenset({Reaction.DEFAULT, None})


@dataclass(frozen=True, slots=True)
class Reloads:
    """A call that has a development reloader start the application, in words and where it is.

    finishes: whether the reloader lets the application finish on a stop.
    """

    words: str
    span: Span
    finishes: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """What the sources of an application that are in sight show.

    reactions: what happens on the signals that they handle or ignore, by name without SIG. work:
    what is cut off when the application ends at once, as in `Program`; "" where they show nothing.
    guess: what of this is not certain, as the rest of a sentence that begins with "if"; "" for
    nothing. life: the same of how long it runs. origins: where it is written. reloads: the call
    that has a development reloader start the application. failed: the kind of the exception by
    which it ended when it was told to stop; "" for none. cut: where it ends, or has others end,
    before they are through. meant: its handler ends it there, whatever it has in hand. detached:
    it goes on in the background, and the process that was started ends. lasts: the seconds that it
    surely takes to end. kept: where a thread is made that never ends, and for which its end waits.
    """

    reactions: Mapping[str, Reaction] = field(default_factory=dict)
    work: str = ""
    guess: str = ""
    life: str = ""
    origins: tuple[Origin, ...] = ()
    reloads: Reloads | None = None
    failed: str = ""
    cut: Span | None = None
    meant: bool = False
    detached: bool = False
    lasts: float = 0.0
    kept: Span | None = None


@dataclass(frozen=True, slots=True)
class Application:
    """An application, or any other program that starts nothing that matters.

    program: its atlas entry; None: nothing is known. source: what its own sources show; Unknown:
    they cannot be told, None: they were not asked for. duration: seconds after which it ends by
    itself; None: it stays. helper: it only passes on what others write.
    """

    program: Program | None = None
    source: Source | Unknown | None = None
    duration: float | None = None
    helper: bool = False

    @property
    def lasts(self) -> float:
        """The seconds that it surely takes to end once it is told."""
        if isinstance(self.source, Source):
            return self.source.lasts
        if self.program is None or not self.program.waits_out:
            return 0.0
        return self.program.stops_in or 0.0

    @property
    def kept(self) -> Span | None:
        """Where a thread is made that never ends, and for which its end waits."""
        return self.source.kept if isinstance(self.source, Source) else None

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
    def own_work(self) -> str:
        """What its own source shows to be cut off when it ends at once."""
        return self.source.work if isinstance(self.source, Source) else ""

    @property
    def meant(self) -> bool:
        """Whether its own handler ends it at once, whatever it has in hand."""
        return isinstance(self.source, Source) and self.source.meant

    @property
    def failed(self) -> str:
        """The kind of the exception by which it ended when it was told to stop; "" for none."""
        return self.source.failed if isinstance(self.source, Source) else ""

    @property
    def reloads(self) -> Reloads | None:
        """The call of its own source that has a development reloader start it."""
        return self.source.reloads if isinstance(self.source, Source) else None

    @property
    def cut(self) -> Span | None:
        """Where its own source cuts off what is going on."""
        return self.source.cut if isinstance(self.source, Source) else None

    @property
    def work(self) -> str:
        """What is cut off when it ends at once; "" where nothing says that there is any."""
        return self.own_work or (self.program.work if self.program is not None else "")

    @property
    def assumed(self) -> bool:
        """Whether its reactions are an assumption."""
        if self.program is None:
            return not isinstance(self.source, Source)
        return self.program.interpreter and not isinstance(self.source, Source)

    @property
    def finishes_on(self) -> tuple[str, ...]:
        """The stop signals on which its own source finishes its work.

        A handler for HUP, USR1 or USR2 mostly reloads, rotates or toggles something.
        """
        reactions = self.source.reactions if isinstance(self.source, Source) else {}
        return tuple(
            s for s, does in reactions.items() if s in ASSUMED and does is Reaction.GRACEFUL
        )

    def reaction(self, signal: str) -> Reaction | None:
        """What the signal does to it; None: unknown."""
        if isinstance(self.source, Source) and signal in self.source.reactions:
            return self.source.reactions[signal]
        if self.guessed_on(signal):
            return Reaction.GRACEFUL
        return self._by_entry(signal)

    def _by_entry(self, signal: str) -> Reaction | None:
        if self.program is None:
            return Reaction.DEFAULT
        return self.program.reactions.get(signal, self.program.rest)

    def guessed_on(self, signal: str) -> bool:
        """Whether it is only taken to have a handler: nothing is known of it, or an interpreter
        has none of its own and the source is not in sight.
        """
        return self.assumed and signal in ASSUMED and self._by_entry(signal) in _NO_HANDLER

    def ignores(self, signal: str, inherited: frozenset[str]) -> bool:
        """Whether it leaves a signal ignored that it was started with ignored."""
        return signal in inherited and not self._installs(signal)

    def _installs(self, signal: str) -> bool:
        """Whether it installs a handler also for a signal that it inherited as ignored.

        Programs about which nothing is known are taken to leave INT and QUIT ignored, as those do
        that follow the custom for background jobs.
        """
        if isinstance(self.source, Source) and signal in self.source.reactions:
            return True
        program = self.program
        heeds = self.assumed or (program and (program.interpreter or program.leaves_ignored))
        if heeds and signal in {"INT", "QUIT"}:
            return False
        return self.reaction(signal) not in _NO_HANDLER

    def stops_on(self, signal: str, inherited: frozenset[str]) -> bool:
        """Whether a handler of its own ends it on the signal."""
        return not self.ignores(signal, inherited) and self.reaction(signal) in _ENDS
