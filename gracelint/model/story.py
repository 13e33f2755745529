"""The story of a stop: the processes a container has when it is told to stop, and what becomes
of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from gracelint.base.typed import TYPE_CHECKING, overload
from gracelint.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from gracelint.base.facts import Origin
    from gracelint.base.source import Span
    from gracelint.model.defect import Defect
    from gracelint.model.loss import Loss
    from gracelint.model.process import Process
    from gracelint.model.snapshot import Implicit
    from gracelint.model.workload import Workload
    from gracelint.syntax.shell import tree as shelltree


class Verdict(StrEnum):
    """What becomes of a container that is told to stop, from best to worst, unknown last.

    cut-off: it ends by itself, at once, and what it was doing is lost.
    """

    GRACEFUL = "graceful"
    CUT_OFF = "cut-off"
    EXITS = "exits"
    ABANDONED = "abandoned"
    KILLED = "killed"
    UNKNOWN = "unknown"


class Basis(StrEnum):
    """What a verdict rests on: files and atlas entries alone, or also on something assumed."""

    PROVEN = "proven"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens `at_seconds` after the stop was asked for."""

    at_seconds: float
    event: str


class Later(Sequence[str]):
    """Texts of which some are worked out when somebody asks for them, since that takes long.

    first: those that there are at once, not none. work: finds the others.
    """

    def __init__(self, first: tuple[str, ...], work: Callable[[], tuple[str, ...]]) -> None:
        self.first = first
        self._work: Callable[[], tuple[str, ...]] | None = work
        self._every = first

    @property
    def every(self) -> tuple[str, ...]:
        """All of them, each once."""
        if self._work is not None:
            self._every = tuple(dict.fromkeys((*self.first, *self._work())))
            self._work = None
        return self._every

    def __bool__(self) -> bool:
        return True

    def __len__(self) -> int:
        return len(self.every)

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...

    def __getitem__(self, index: int | slice) -> str | tuple[str, ...]:
        return self.every[index]

    def __eq__(self, other: object) -> bool:
        return self.every == (other.every if isinstance(other, Later) else other)

    def __hash__(self) -> int:
        return hash(self.every)

    def __reduce__(self) -> tuple[object, ...]:
        return tuple, (self.every,)


@dataclass(frozen=True, slots=True)
class Story:
    """What happens when `workload` is stopped.

    tree: None when nothing is known of what starts. reason: one sentence that explains the verdict.
    assumptions: what the verdict rests on and nothing shows, as sentences without their "if".
    chain: the evidence, PID 1 first. defects: what breaks the delivery. losses: what is lost
    although the signal arrives. signal: the parsed stop signal's name without SIG, None when
    unknown or invalid. foreign: there are no signals where it runs. unclear: the place that leaves
    the verdict open. branch: under which condition, where a script has several ends. shells: kinds
    of /bin/sh for which the defects hold, where the image's is unknown and matters (needs_shell).
    scripts: the shell programs that are run. implicit: shells that replaced themselves unasked.
    """

    workload: Workload
    tree: Process | None
    verdict: Verdict
    reason: str
    signal: str | None = None
    chain: tuple[Origin, ...] = ()
    defects: tuple[Defect, ...] = ()
    losses: tuple[Loss, ...] = ()
    timeline: tuple[Event, ...] = ()
    branch: str = ""
    shells: tuple[str, ...] = ()
    needs_shell: bool = False
    scripts: tuple[shelltree.Script, ...] = ()
    implicit: tuple[Implicit, ...] = ()
    unclear: Span | None = None
    assumptions: Sequence[str] = ()
    foreign: bool = False

    @property
    def basis(self) -> Basis | None:
        """Whether the verdict is proven; None where there is none."""
        if self.verdict is Verdict.UNKNOWN:
            return None
        return Basis.ASSUMED if self.assumptions else Basis.PROVEN
