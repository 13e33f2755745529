"""What is lost although the signal arrives: a program stops in a way that cuts its work off.

One class a kind. `process` is the one whose work it is.
"""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING, Literal
from gracelint.base.values import dataclass

if TYPE_CHECKING:
    from gracelint.base.source import Span
    from gracelint.model.entries import InnerTimer
    from gracelint.model.process import Process


Effect = Literal["cuts", "waits", "nothing"]


@dataclass(frozen=True, slots=True)
class Loss:
    """What all have in common."""

    process: Process


@dataclass(frozen=True, slots=True)
class WrongSignal(Loss):
    """The program is meant to be stopped with another signal, `wanted`, than it is sent.

    effect: what `sent` does: it ends the program at once, has it wait for its clients, or does not
    stop it.
    """

    sent: str
    wanted: str
    effect: Effect


@dataclass(frozen=True, slots=True)
class EndsAtOnce(Loss):
    """The program ends at once on the signal, and has work: what `Program.work` says.

    in_source: its own source shows the work, so that it could finish it, and does not mean to end
    whatever there is. failed: the kind of the exception by which its handler ends it; "" for none.
    span: where its own source cuts the work off, although it has a handler.
    """

    sent: str
    work: str
    in_source: bool
    failed: str = ""
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class TimerCuts(Loss):
    """`owner` kills after `seconds` what the grace period gives `left` seconds."""

    owner: str
    seconds: float
    left: float
    span: Span | None


@dataclass(frozen=True, slots=True)
class TimerOutlasts(TimerCuts):
    """`owner` may take `seconds` to stop and is killed after `left` seconds.

    killer: the supervisor or wrapper that does it; "" at the end of the grace period. granted: what
    gives it that time. usual: neither time was set by anybody, and only requests are cut off.
    """

    killer: str = ""
    granted: Span | None = None
    usual: bool = False


@dataclass(frozen=True, slots=True)
class NoTimeForRequests(Loss):
    """A program that cuts off on any signal what it is doing, as its timer is 0 unless it is set.

    owner: what it is called. timer: that timer.
    """

    owner: str
    timer: InnerTimer


@dataclass(frozen=True, slots=True)
class Reloaded(Loss):
    """A development reloader, as `words` say, stands between the signal and the application."""

    words: str
