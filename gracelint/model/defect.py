"""What breaks the delivery of the stop signal, walking from PID 1 towards the application.

One class a cause. Shells in front of an application come first, then handlers, then several
applications, then what is no shell.
"""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass

if TYPE_CHECKING:
    from gracelint.base.source import Span
    from gracelint.model.process import Process
    from gracelint.model.snapshot import Job, Kill, ShellState, Trap


@dataclass(frozen=True, slots=True)
class Defect:
    """What all have in common.

    process: the first one from PID 1 on that breaks the delivery. app: whom it concerns. span: the
    text that has to change. shell: the process, where it is one. under_init: the init above it.
    """

    process: Process
    app: Process | None
    span: Span
    shell: ShellState | None
    under_init: Process | None


def front(defect: Defect) -> Process | None:
    """What the process that breaks the delivery waits for: the application, or what starts it."""
    app = defect.app
    for child in defect.process.children:
        if app is not None and any(p.pid == app.pid for p in child.walk()):
            return child
    return app


@dataclass(frozen=True, slots=True)
class Foreground(Defect):
    """A shell waits for the application, which is its last command."""


@dataclass(frozen=True, slots=True)
class Followed(Defect):
    """A shell waits for the application, and something after it needs the shell."""


@dataclass(frozen=True, slots=True)
class Pipelined(Defect):
    """The application is one end of a pipe under a shell."""


@dataclass(frozen=True, slots=True)
class ExecInPart(Defect):
    """`exec` replaces only a part of the shell. background: a job started with `&`."""

    background: bool = False


@dataclass(frozen=True, slots=True)
class Restarted(Defect):
    """A shell waits for the application in a loop, which would start it again."""


@dataclass(frozen=True, slots=True)
class NoTrap(Defect):
    """The shell waits, and nothing is trapped. jobs: the background jobs that are lost."""

    jobs: tuple[Job, ...] = ()


@dataclass(frozen=True, slots=True)
class Trapped(Defect):
    """A handler is to blame. trap: the one that runs, or does not."""

    trap: Trap | None


@dataclass(frozen=True, slots=True)
class LateTrap(Trapped):
    """A trap waits for the foreground application to end."""


@dataclass(frozen=True, slots=True)
class TrapBehindSleep(Trapped):
    """A trap waits for a sleep to end."""


@dataclass(frozen=True, slots=True)
class TrapForOther(Trapped):
    """There are traps, but none for the signal in force. signals: those that have one."""

    signals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrapRejected(Defect):
    """The shell does not know the signal's `name`, so that no handler is set."""

    name: str


@dataclass(frozen=True, slots=True)
class TrapExpandsEarly(Trapped):
    """The handler's variables were empty when it was set."""

    variables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HandlerRunsAgain(Trapped):
    """The handler signals its own shell, which runs it again, until the shell crashes.

    kill: the command that does so.
    """

    kill: Kill


@dataclass(frozen=True, slots=True)
class HandlerMisses(Trapped):
    """The handler runs, and the application goes on.

    job: the background job that the application belongs to. sent: the signal that it is sent, which
    does not stop it; "" for none. busy: the command that the handler is still waiting for when time
    is up.
    """

    job: Job | None
    sent: str = ""
    busy: Span | None = None


@dataclass(frozen=True, slots=True)
class HandlerGoesOn(Trapped):
    """The handler has stopped the applications, but not the shell. ended: the handler has ended."""

    ended: bool


@dataclass(frozen=True, slots=True)
class TrapIgnores(Trapped):
    """`trap ''` for the signal, which what the shell starts inherits."""

    signal: str


@dataclass(frozen=True, slots=True)
class BackgroundIgnores(Trapped):
    """The handler sends a signal that a background job ignores from its start."""

    sent: Kill


@dataclass(frozen=True, slots=True)
class HandlerKills(Trapped):
    """The handler ends the application before it can clean up.

    signal: what it is ended by. sent: the first that the handler sent to it.
    """

    signal: str
    sent: Kill | None


@dataclass(frozen=True, slots=True)
class WaitInterrupted(Trapped):
    """The application is told, but the shell ends first.

    kills: all that the shell sent. job: the background job that the application belongs to.
    """

    kills: tuple[Kill, ...]
    job: Job | None


@dataclass(frozen=True, slots=True)
class Partial(Trapped):
    """Some of several applications are told. job: the one that is not belongs to."""

    job: Job | None


@dataclass(frozen=True, slots=True)
class Detached(Defect):
    """The application runs behind a placeholder. exits: behind nothing at all."""

    exits: bool = False


@dataclass(frozen=True, slots=True)
class WrapperSwallows(Defect):
    """A wrapper neither forwards nor is replaced."""


@dataclass(frozen=True, slots=True)
class WrapperAbandons(Defect):
    """A wrapper does not wait. heedless: the signal would end the application at once, too."""

    heedless: bool = False


@dataclass(frozen=True, slots=True)
class InitDrops(Defect):
    """An init is told to drop the signal."""


@dataclass(frozen=True, slots=True)
class UnhandledPid1(Defect):
    """A program without a handler, which no default action ends as PID 1.

    decided: whether that is so. Where its source is not in sight, it may install a handler. behind:
    it is not PID 1 now, but will be without the shell in front of it.
    """

    decided: bool = True
    behind: bool = False


@dataclass(frozen=True, slots=True)
class UnhandledSignal(Defect):
    """A program that handles others, not this one; or that surely takes too long to end, by its
    own source.

    needs: the seconds that it takes then. kept: where a thread is made that never ends, and for
    which its end waits.
    """

    needs: float = 0.0
    kept: Span | None = None


@dataclass(frozen=True, slots=True)
class Reloads(Defect):
    """The signal makes the program reload."""


@dataclass(frozen=True, slots=True)
class Uncatchable(Defect):
    """The stop signal itself cannot be handled."""


@dataclass(frozen=True, slots=True)
class TooSlow(Defect):
    """The application is told, but not done within the grace period or an inner timer."""
