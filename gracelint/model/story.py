"""The story of a stop: the processes a container has when it is told to stop, and what becomes
of them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from gracelint.base.values import dataclass, field

if TYPE_CHECKING:
    from gracelint.base.facts import Origin, Word
    from gracelint.base.source import Span
    from gracelint.model.entries import Program, Wrapped
    from gracelint.model.snapshot import Implicit, Job, Kill, Role, ShellState, Trap
    from gracelint.model.workload import Command, Workload
    from gracelint.syntax.shell import tree as shelltree


class Verdict(StrEnum):
    """What becomes of a container that is told to stop, from best to worst, unknown last."""

    GRACEFUL = "graceful"
    EXITS = "exits"
    ABANDONED = "abandoned"
    KILLED = "killed"
    UNKNOWN = "unknown"


class Cause(StrEnum):
    """What breaks the delivery of the stop signal, walking from PID 1 towards the application."""

    FOREGROUND = "foreground"  # a shell waits for the application, which is its last command
    FOLLOWED = "followed"  # the same, and something after the application needs the shell
    PIPELINE = "pipeline"  # the application is one end of a pipe under a shell
    EXEC_IN_SUBSHELL = "exec-in-subshell"  # exec replaces only a part of the shell
    LATE_TRAP = "late-trap"  # a trap waits for the foreground application to end
    TRAP_BEHIND_SLEEP = "trap-behind-sleep"  # a trap waits for a sleep to end
    NO_TRAP = "no-trap"  # application in the background, the shell waits, nothing trapped
    TRAP_FOR_OTHER = "trap-for-other"  # traps, none for the signal in force
    TRAP_REJECTED = "trap-rejected"  # the shell does not know the name of the signal
    TRAP_EXPANDS_EARLY = "trap-expands-early"  # the handler's variable was empty when it was set
    TRAP_INEFFECTIVE = "trap-ineffective"  # the handler does not signal the application
    TRAP_IGNORES = "trap-ignores"  # trap '' SIGNAL; or the background job ignores what it is sent
    TRAP_KILLS = "trap-kills"  # the handler sends SIGKILL
    WAIT_INTERRUPTED = "wait-interrupted"  # told, but the shell ends first
    PARTIAL = "partial"  # told some of several applications
    DETACHED = "detached"  # the application runs behind a placeholder, or nothing
    RESTART = "restart"  # a loop starts it again
    WRAPPER_SWALLOWS = "wrapper-swallows"  # a wrapper neither forwards nor is replaced
    WRAPPER_ABANDONS = "wrapper-abandons"  # a wrapper does not wait
    UNHANDLED_PID1 = "unhandled-pid1"  # a program without handler that no default action ends
    UNHANDLED_SIGNAL = "unhandled-signal"  # a program that handles others, not this one
    RELOADS = "reloads"  # the signal makes the program reload
    SIGKILL = "sigkill"  # the stop signal itself cannot be handled
    TOO_SLOW = "too-slow"  # told, but not done within the grace period or an inner timer
    INIT_DROPS = "init-drops"  # an init told to rewrite or drop the signal


@dataclass(frozen=True, slots=True)
class Process:
    """A process that is there when the stop signal comes.

    told: whether it gets a signal that it is meant to stop on. finishes: whether it ends by itself
    rather than by SIGKILL. Both None when that cannot be told. how: how its parent started it.
    words: the source of what it runs. background: started with `&`. note: what to say of it in a
    few
    words. sent: the signals, without SIG, that reached it during the stop, in their order.
    entry: what the atlas or the settings know of an application. assumed: its reactions are a
    guess.
    """

    pid: int
    argv: tuple[Word, ...]
    role: Role
    told: bool | None = None
    finishes: bool | None = None
    children: tuple[Process, ...] = ()
    evidence: tuple[Origin, ...] = ()
    span: Span | None = None
    note: str = ""
    background: bool = False
    shell: ShellState | None = None
    program: str = ""
    sent: tuple[str, ...] = ()
    entry: Program | None = None
    wrapped: Wrapped | None = None
    assumed: bool = False

    def walk(self) -> list[Process]:
        """This process and all below it, parents first."""
        found, queue = [], [self]
        while queue:
            process = queue.pop(0)
            found.append(process)
            queue[:0] = process.children
        return found


@dataclass(frozen=True, slots=True)
class Defect:
    """What breaks the delivery, once for each defect.

    process: the first one from PID 1 on that breaks it. app: whom it concerns. span: the text that
    has to change. shell, node: the shell concerned and the command that it waits for. trap: the
    trap concerned. kills: what its handler sent. job: the background job that the application
    belongs to. command: the shell-form instruction whose text the shell runs. branch: under which
    condition, in words, when the script has several ends. details: whatever else a message needs.
    """

    cause: Cause
    process: Process
    app: Process | None
    span: Span
    shell: ShellState | None = None
    node: shelltree.Simple | None = None
    trap: Trap | None = None
    kills: tuple[Kill, ...] = ()
    job: Job | None = None
    under_init: Process | None = None
    command: Command | None = None
    branch: str = ""
    details: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens `at_seconds` after the stop was asked for."""

    at_seconds: float
    event: str


@dataclass(frozen=True, slots=True)
class Story:
    """What happens when `workload` is stopped.

    tree: None when nothing is known of what starts. reason: one sentence that explains the verdict.
    chain: the evidence, PID 1 first. defects: what breaks the delivery. signal: the parsed stop
    signal's name without SIG, None when unknown or invalid. unclear: the place that leaves the
    verdict open. branch: under which condition, where a script has several ends. shells: kinds of
    /bin/sh for which the defects hold, where the image's is unknown and matters (needs_shell).
    scripts: the shell programs that are run. implicit: shells that replaced themselves unasked.
    """

    workload: Workload
    tree: Process | None
    verdict: Verdict
    reason: str
    signal: str | None = None
    chain: tuple[Origin, ...] = ()
    defects: tuple[Defect, ...] = ()
    timeline: tuple[Event, ...] = ()
    branch: str = ""
    shells: tuple[str, ...] = ()
    needs_shell: bool = False
    scripts: tuple[shelltree.Script, ...] = ()
    implicit: tuple[Implicit, ...] = ()
    unclear: Span | None = None
