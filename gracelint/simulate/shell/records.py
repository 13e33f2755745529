"""What a shell keeps in mind: its start, its traps, jobs and variables, and what it waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.values import dataclass, field
from gracelint.model.snapshot import Trap as Trap

if TYPE_CHECKING:
    from gracelint.base.facts import Word
    from gracelint.base.source import Span, Text
    from gracelint.model.entries import Shell as Kind
    from gracelint.simulate.kernel import Task
    from gracelint.syntax.shell import tree as tree

MAX_CALLS = 40  # functions, `eval` and sourced files within one another


@dataclass(frozen=True, slots=True)
class Start:
    """What a shell is started to run. source: the text of a file, or the word behind -c."""

    kind: Kind
    source: Word | Text
    name: Word
    args: tuple[Word, ...]
    form: str
    path: str
    options: frozenset[str]


@dataclass(frozen=True, slots=True)
class Kill:
    """A signal that a shell sent, and the command that did it."""

    task: Task
    signal: str
    span: Span
    script: tree.Script
    node: tree.Simple


@dataclass(slots=True)
class Job:
    """A background job: the process that `$!` names, all processes of it, and where it is
    started.
    """

    task: Task
    tasks: list[Task]
    span: Span
    script: tree.Script
    item: tree.Item


@dataclass(slots=True)
class Wait:
    """What a shell waits for.

    tasks: any one of them ends the wait. builtin: the `wait` builtin, which signals interrupt.
    node: the command. seconds: instead, time that passes. stack: what surrounds the command (see
    `Shell.stack`).
    """

    tasks: list[Task]
    builtin: bool
    node: tree.Node | None
    span: Span
    stack: tuple[str, ...] = ()
    seconds: float | None = None


@dataclass(slots=True)
class Variables:
    """Variables, arrays and functions of a shell. An array of None is unknown."""

    values: dict[str, Word] = field(default_factory=dict)
    arrays: dict[str, list[Word] | None] = field(default_factory=dict)
    exported: set[str] = field(default_factory=set)
    functions: dict[str, tuple[tree.Script, tree.Function]] = field(default_factory=dict)


class Interrupted:
    """The result of a wait that a trapped signal ended."""

    def __init__(self, signal: str) -> None:
        self.signal = signal


class Replaced(Exception):  # noqa: N818
    """The shell's process runs another program now."""


class Terminated(Exception):  # noqa: N818
    """A signal ends the shell, which runs its EXIT trap first."""

    def __init__(self, signal: str) -> None:
        super().__init__(signal)
        self.signal = signal


class Crashed(Exception):  # noqa: N818
    """A handler signals its own shell over and over, until the shell's stack is full."""
