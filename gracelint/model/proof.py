"""What a container engine did when it stopped a container, beside what was predicted."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from gracelint.base.values import dataclass

if TYPE_CHECKING:
    from gracelint.model.process import Process
    from gracelint.model.story import Story


class Seen(StrEnum):
    """How a container ended before an engine's eyes.

    exits: before it was told to. unclear: PID 1 ended in time, and it could not be seen whether
    the others were done.
    """

    GRACEFUL = "graceful"
    ABANDONED = "abandoned"
    KILLED = "killed"
    EXITS = "exits"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Signals:
    """What a process does with signals, by their names without SIG, as the kernel has it."""

    caught: frozenset[str] = frozenset()
    ignored: frozenset[str] = frozenset()
    blocked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Witness:
    """A process of a container as the engine's machine shows it.

    pid: there. inner: in the container, None where that was not shown. parent: another one's `pid`;
    None for the first. words: its command line; as one text where only that was shown. signals:
    None where they could not be read. ended: seconds after the stop was asked for; None: that was
    not seen. exit: its exit status, or minus the signal that ended it; None where nothing showed
    it. later: it was started during the stop. counts: it is an application, whose end matters.
    after: its signals when they were last read during the stop.
    """

    pid: int
    parent: int | None
    words: tuple[str, ...]
    inner: int | None = None
    signals: Signals | None = None
    ended: float | None = None
    exit: int | None = None
    later: bool = False
    counts: bool = True
    after: Signals | None = None

    @property
    def killed(self) -> bool:
        """Whether SIGKILL ended it."""
        return self.exit == -9


@dataclass(frozen=True, slots=True)
class Observed:
    """A stop on an engine.

    signal: the stop signal, as `SIGTERM`. grace: seconds that the engine gave. took: seconds until
    the container had ended; before the stop for `exits`. exit: the container's. processes: those
    that were there when it was told, parents first, and after them those that began later. waited:
    what was waited for before the stop, as the rest of a sentence. output: the last lines that it
    wrote. notes: what could not be seen, as sentences.
    """

    seen: Seen
    signal: str
    grace: float
    took: float
    exit: int
    processes: tuple[Witness, ...] = ()
    waited: str = ""
    output: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """An assumption beside what was seen. held: None where nothing that was seen decides it."""

    text: str
    held: bool | None
    seen: str = ""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What the settings would say of a program. name: as in `programs."NAME"`. signal: without SIG.
    reaction: as in `Reaction`. seen: what it rests on, as a sentence.
    """

    name: str
    signal: str
    reaction: str
    seen: str


@dataclass(frozen=True, slots=True)
class Proof:
    """One launch: predicted beside observed.

    name: of the launch, for people. engine: which one it ran on, with its version. ran: what was
    started and how, as lines. story: the prediction; None where there is none. pairs: processes
    that both have. problem: why nothing was observed. agrees: None where there is nothing to
    compare. assumptions: those of the story. lessons: what can be learnt of it.
    """

    name: str
    engine: str = ""
    ran: tuple[str, ...] = ()
    story: Story | None = None
    observed: Observed | None = None
    problem: str = ""
    agrees: bool | None = None
    pairs: tuple[tuple[Process, Witness], ...] = ()
    assumptions: tuple[Held, ...] = ()
    lessons: tuple[Lesson, ...] = ()
    left_out: bool = False
