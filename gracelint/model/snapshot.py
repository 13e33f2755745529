"""What is seen of a stop: a container's processes when it is told, and what becomes of them.

Values only: processes go by their numbers, texts by their places.
"""

from __future__ import annotations

from enum import StrEnum

from gracelint.base.typed import TYPE_CHECKING, Literal, TypeAlias
from gracelint.base.values import dataclass, field
from gracelint.model.application import Application
from gracelint.syntax.shell import tree

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gracelint.base.facts import Word
    from gracelint.base.source import Span
    from gracelint.model.entries import Wrapped
    from gracelint.model.workload import Command

Role = Literal["shell", "script", "init", "wrapper", "app", "helper"]


class Outcome(StrEnum):
    """How a container ended."""

    EXITS = "exits"  # before anybody told it to
    ENDS = "ends"  # PID 1 ended when it was told to
    KILLED = "killed"  # SIGKILL ended PID 1


@dataclass(frozen=True, slots=True)
class Trap:
    """A handler: its text as a word, and the command that set it, in which script.

    expanded_early: variables that were expanded when it was set, as it stands in double quotes.
    """

    action: Word
    span: Span
    script: tree.Script
    node: tree.Simple
    expanded_early: tuple[str, ...] = ()

    @property
    def ignores(self) -> bool:
        """Whether it is `trap ''`."""
        return self.action.value == ""


@dataclass(frozen=True, slots=True)
class Kill:
    """A signal that a shell sent to the process `pid`, and the command that did it."""

    pid: int
    signal: str
    span: Span
    script: tree.Script
    node: tree.Simple


@dataclass(frozen=True, slots=True)
class Job:
    """A background job: all processes of it, and where it is started."""

    pids: tuple[int, ...]
    span: Span
    script: tree.Script
    item: tree.Item


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a shell waits for.

    pids: any one of them ends the wait. builtin: the `wait` builtin, which signals interrupt. node:
    the command. stack: what surrounds it: `after` (commands follow it), `loop`, `pipeline`,
    `substitution`, `background`, `subshell`, `condition`, `timed`, `asked` (by `if` or a loop).
    seconds: instead of processes, time that passes.
    """

    pids: tuple[int, ...]
    builtin: bool
    node: tree.Node | None
    span: Span
    stack: frozenset[str] = frozenset()
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class ShellState:
    """A shell as the stop finds it, and what it does then.

    script: what it runs. kind: an atlas shell key (`dash`, `ash`, `bash-5.2`, …). form: how it came
    to run it: a Dockerfile's shell form, `-c`, or a script file. path: the file's path in the
    image, for a script. instruction: the shell-form one whose text it runs. traps: by the signal's
    name. rejected: names that its `trap` refuses, and where. waiting: what it waits for. jobs: in
    the background, oldest first.

    During the stop: handler, handler_ended, exit_trap: whether a trap's handler began, has ended,
    and whether the EXIT trap ran. kills: what it sent. busy: what it waits for in the end.
    """

    script: tree.Script
    kind: str
    form: Literal["shell-form", "dash-c", "file"]
    path: str = ""
    instruction: Command | None = None
    traps: Mapping[str, Trap] = field(default_factory=dict)
    rejected: tuple[tuple[str, Span], ...] = ()
    waiting: Waiting | None = None
    jobs: tuple[Job, ...] = ()
    handler: bool = False
    handler_ended: bool = False
    exit_trap: bool = False
    kills: tuple[Kill, ...] = ()
    busy: Waiting | None = None

    @property
    def foreground(self) -> Span | None:
        """Where the command is that it waits for."""
        return self.waiting.span if self.waiting is not None else None

    @property
    def command(self) -> tree.Simple | None:
        """The command that it waits for, where that is a plain one."""
        node = self.waiting.node if self.waiting is not None else None
        return node if isinstance(node, tree.Simple) else None


Program: TypeAlias = "ShellState | Application | Wrapped"


@dataclass(frozen=True, slots=True)
class Seen:
    """A process as the stop finds it, and what becomes of it.

    parent: None for the first one. runs: what it runs; became: what it runs in the end, which
    differs after an `exec`. key, source: the atlas entry of what it runs and its evidence.
    background: started with `&`. ignored: the signals that it was started with ignored. sent: the
    signals, without SIG, that reached it during the stop, in their order. fate: how it ended: by
    itself (`exit`), by a signal's default action (`signal`), by SIGKILL (`sigkill`), with PID 1
    (`torn`), or not. killed_by: who sent the SIGKILL or the signal that ended it, None: nobody in
    the container.
    """

    pid: int
    parent: int | None
    argv: tuple[Word, ...]
    span: Span | None
    role: Role
    runs: Program
    became: Program
    key: str = ""
    source: str = ""
    background: bool = False
    ignored: frozenset[str] = frozenset()
    sent: tuple[str, ...] = ()
    fate: str = ""
    killed_by: int | None = None

    @property
    def shell(self) -> ShellState | None:
        """What it runs, where that is a shell."""
        return self.runs if isinstance(self.runs, ShellState) else None

    @property
    def app(self) -> Application | None:
        """What it runs, where that is an application."""
        return self.runs if isinstance(self.runs, Application) else None

    @property
    def told(self) -> bool:
        """Whether it got a signal that it is meant to stop on.

        One that stays and then ends by itself has heard it, whatever its source was read to do.
        """
        if not isinstance(self.became, Application):
            return bool(self.sent)
        ends = self.fate == "exit" and bool(self.sent) and self.became.duration is None
        return (
            ends
            or self.fate == "signal"
            or any(self.became.stops_on(signal, self.ignored) for signal in self.sent)
        )


@dataclass(frozen=True, slots=True)
class Implicit:
    """A shell-form instruction whose shell replaced itself with its last command unasked."""

    command: Command
    script: tree.Script
    node: tree.Simple


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A stop.

    signal: the one that PID 1 is sent. processes: those that the stop finds, PID 1 first (at an
    end without a stop: all that there were). later: those that begin during the stop. ignoring: the
    last `trap ''` for a signal. implicit: shells that replaced themselves unasked.
    """

    signal: str
    outcome: Outcome
    processes: tuple[Seen, ...]
    later: tuple[Seen, ...] = ()
    ignoring: Mapping[str, Trap] = field(default_factory=dict)
    implicit: tuple[Implicit, ...] = ()
