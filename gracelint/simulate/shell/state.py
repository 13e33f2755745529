"""The state of an abstract shell, and what its parts ask of it and of each other.

A shell works off an agenda of steps: operations, which are functions of modules, with plain values
as arguments. What an operation puts on the agenda with `then` comes next, in the order in which it
was put there, before all that was there already. So the agenda is the whole continuation: copying
it copies the run.
"""

from __future__ import annotations

from gracelint.base.facts import Known, Word
from gracelint.base.typed import (
    TYPE_CHECKING,
    Any,
    Final,
    Literal,
    Protocol,
    TypeAlias,
    TypeVarTuple,
)
from gracelint.simulate.bodies import Plain
from gracelint.simulate.shell.records import Variables
from gracelint.syntax.shell import tree

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Self

    from gracelint.base.source import Span, Text
    from gracelint.model.snapshot import Job, Kill, Role, Trap, Waiting
    from gracelint.model.workload import Command
    from gracelint.simulate.shell.records import Call, Held, Start, Tail
    from gracelint.simulate.world import Context, World

Args = TypeVarTuple("Args")


EPOCH = 1_767_225_600
"""The second at which a container starts, for scripts that measure how long something takes."""

OUTERMOST = 1 << 30
"""More steps than any agenda has."""

PLAIN: Final = 0
ALWAYS: Final = 1
SOURCE: Final = 2
FUNCTION: Final = 3
ROUND: Final = 4
"""What a step is besides a step.

ALWAYS: it restores something, and is carried out also where control leaves what is in front of it.
SOURCE, FUNCTION: the same, and `return` leads here; no `break` leads out of a function. ROUND: the
next round of a loop; `continue` leads here, `break` behind it.
"""

Step: TypeAlias = "tuple[Callable[..., None], tuple[Any, ...], int]"
"""An operation, its arguments besides the shell, and its mark."""


class Exit(Exception):  # noqa: N818
    """The shell ends, with a status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Leave(Exception):  # noqa: N818
    """`break`, `continue` or `return`."""

    def __init__(self, kind: Literal["break", "continue", "return"], levels: int = 1) -> None:
        super().__init__(kind)
        self.kind = kind
        self.levels = levels


class Crash(Exception):  # noqa: N818
    """A handler signals its own shell over and over, until the shell's stack is full."""


class Replaced(Exception):  # noqa: N818
    """The shell's process runs another program now."""


class Unanswered(Exception):  # noqa: N818
    """An expansion needs the output of a substitution, which has to run first.

    The operation is carried out again when it has, and finds in `Shell.answers` what its
    expansions have found before. It must have changed nothing else until then.
    """

    def __init__(self, part: tree.Substitution | tree.ProcessSubstitution) -> None:
        super().__init__(part)
        self.part = part


class Parts(Protocol):
    """What parts of the shell need of others that are built on them."""

    def sequence(self, shell: Shell, body: tree.Commands, tail: Tail | None, /) -> None:
        """Commands one after the other."""

    def inner(self, shell: Shell, body: tree.Commands, tail: Tail | None, /) -> None:
        """The same, where nothing else is to be done before."""

    def command(self, shell: Shell, node: tree.AnyCommand, tail: Tail | None, /) -> None:
        """One command of any kind."""

    def text(self, shell: Shell, word: Word, /) -> None:
        """A word's value as commands of this shell: `eval`, a handler."""

    def script(self, shell: Shell, source: tree.Script, args: tuple[Word, ...] | None, /) -> None:
        """Another script in this shell. args: None: the same as now."""

    def builtin(self, shell: Shell, call: Call, /) -> None:
        """A builtin that there is."""

    def run_pending(self, shell: Shell, /) -> None:
        """The handlers of signals that have arrived."""


class Shell(Plain):
    """A shell as a process.

    parts: see `Parts`. agenda: what is to be done, the next step last. waiting: what it waits for;
    None: it is not waiting. answer: what ended the last wait: the number of a process, or the name
    of a signal. turn: how often it has waited. answers: what the expansions of the operation at
    work have found that is not to be worked out twice, by the identity of the part of a word;
    redo: how many steps are below that operation.

    stack: what surrounds the command being run: `after` (commands follow it), `loop`, `each` (one
    of `for`), `pipeline`, `substitution`, `background`, `subshell`, `timed`, `condition`, `asked`
    (by `if` or a loop).
    args: `$1` and so on. option: the argument that `getopts` reads next, and where in it. clock:
    when SECONDS was 0. status: None where it is not known. assumed: the status is, but only because
    commands are taken to succeed. excused: `set -e` does not look at it. substituted: the status of
    the last substitution in the command. piped: those of the parts of the last pipeline, until
    another command has run. reads, writes: its file descriptors, see `streams`.
    writers: the processes before it in a pipeline. beside: its last process substitution. jobs:
    those in the background, oldest first. coprocesses: by the numbers of those that run, their
    names and what is open to them.

    trapped_in: in how many functions and sourced files a trap was set, by its event.
    pending: signals whose handlers wait to run. handling: the traps whose handlers are running.
    outer_traps: those of the shell that it is a copy of, which `trap -p` prints until it sets some.
    reset: signals whose traps were taken back. unheard: signals that it ignores only because it
    was started with `&`. rejected: names that `trap` refused. events: handlers that began and
    ended, and what it sent. frames: the functions being run, outermost first; calls: those and
    texts. scope: what the function at work has made local, as it was before.
    interrupted: INT has come while a child was in front. leaving: the EXIT trap has had its
    turn.
    """

    followed = True

    def __init__(self, world: World, start: Start, context: Context, parts: Parts) -> None:
        super().__init__(world)
        self.kind = start.kind
        self.start_as = start
        self.context = context
        self.parts = parts
        self.role: Role = "script" if start.form == "file" else "shell"
        self.key = start.kind.key
        self.source = start.kind.source
        self.script: tree.Script
        self.node: tree.Node | None = None
        self.forked = False

        self.agenda: list[Step] = []
        self.waiting: Waiting | None = None
        self.answer: int | str = 0
        self.turn = 0
        self.answers: dict[int, Word] = {}
        self.redo = OUTERMOST

        self.pid = 0
        self.name = start.name
        self.args = start.args
        self.options = start.options
        self.cwd: str | None = context.cwd
        self.option = (1, 1)
        self.clock = 0.0
        self.vars = Variables(dict(context.env), {}, set(context.env), {})
        self.status: int | None = 0
        self.assumed = self.excused = False
        self.substituted: int | None = None
        self.piped: tuple[int | None, ...] = ()
        self.stack: frozenset[str] = frozenset()
        self.frames: tuple[str, ...] = ()
        self.scope: tuple[Held, ...] = ()
        self.calls = 0

        self.reads: Mapping[int, int] = {}
        self.writes: Mapping[int, int] = {}
        self.writers: tuple[int, ...] = ()
        self.beside: int | None = None
        self.jobs: tuple[Job, ...] = ()
        self.coprocesses: Mapping[int, tuple[str, tuple[int, ...]]] = {}

        self.traps: dict[str, Trap] = {}
        self.outer_traps: Mapping[str, Trap] = {}
        self.trapped_in: dict[str, int] = {}
        self.ever_trapped = False
        self.rejected: tuple[tuple[str, Span], ...] = ()
        self.pending: tuple[str, ...] = ()
        self.handling: tuple[Trap, ...] = ()
        self.reset: frozenset[str] = frozenset()
        self.unheard: frozenset[str] = frozenset()
        self.events: list[Literal["handler", "handled", "exit trap"] | Kill] = []
        self.interrupted = self.leaving = False

    # Copies ---------------------------------------------------------------------------------

    def copy(self, world: World) -> Self:
        """The same in a forked world."""
        twin = super().copy(world)
        twin.agenda, twin.answers = list(self.agenda), dict(self.answers)
        twin.vars, twin.traps = self.vars.copy(), dict(self.traps)
        twin.trapped_in = dict(self.trapped_in)
        twin.events = list(self.events)
        return twin

    def fork(
        self,
        node: tree.Node,
        operation: Callable[[Shell, *Args], None],
        *args: *Args,
    ) -> Self:
        """A subshell that will carry out an operation; traps are reset, ignoring stays."""
        child = type(self)(self.world, self.start_as, self.context, self.parts)
        child.then(operation, *args)
        child.forked = True
        child.script, child.node = self.script, node
        child.role = "shell"
        child.args, child.options, child.cwd = self.args, self.options - {"m"}, self.cwd
        child.option = self.option
        child.vars = self.vars.copy()
        child.traps = {s: t for s, t in self.traps.items() if self._hands_on(s, t)}
        child.outer_traps = self.traps or self.outer_traps
        child.trapped_in = dict(self.trapped_in)
        child.jobs, child.frames = self.jobs, self.frames
        child.status, child.pid, child.calls = self.status, self.pid, self.calls
        child.piped = self.piped
        child.scope = self.scope
        child.clock = self.clock
        child.stack, child.reads, child.writes = self.stack, self.reads, self.writes
        return child

    def _hands_on(self, event: str, trap: Trap) -> bool:
        """Whether subshells have a trap, too."""
        return trap.action.value == "" or (event == "ERR" and "E" in self.options)

    # The agenda -----------------------------------------------------------------------------

    def then(self, operation: Callable[[Shell, *Args], None], *args: *Args) -> None:
        """Have something done next."""
        self.agenda.append((operation, args, PLAIN))

    def lastly(self, operation: Callable[[Shell, *Args], None], *args: *Args) -> None:
        """Restore something, whatever way what comes before is left."""
        self.agenda.append((operation, args, ALWAYS))

    def returned(
        self,
        mark: Literal[2, 3],
        operation: Callable[[Shell, *Args], None],
        *args: *Args,
    ) -> None:
        """Restore something where `return` leads: SOURCE or FUNCTION."""
        self.agenda.append((operation, args, mark))

    def again(self, operation: Callable[[Shell, *Args], None], *args: *Args) -> None:
        """Have the next round of a loop done."""
        self.agenda.append((operation, args, ROUND))

    def inside(
        self,
        marks: frozenset[str],
        operation: Callable[[Shell, *Args], None],
        *args: *Args,
    ) -> None:
        """Have something done next with marks on the stack, which are there from now on.

        Nothing else may be to be done before it, nor anything in this step fail behind it.
        """
        stack = self.stack
        self.then(operation, *args)
        if not marks <= stack:
            self.stack = stack | marks
            self.lastly(_surround, stack)

    def wait(self, wait: Waiting) -> None:
        """Stop until what is waited for has happened. What is to be done then is on the agenda."""
        if wait.builtin and self.pending:
            self.answer = self.pending[0]
            return
        ended = next((pid for pid in wait.pids if not self.kernel.task(pid).alive), None)
        if ended is not None:
            self.answer = ended
            return
        self.waiting = wait
        self.turn += 1
        for pid in wait.pids:
            task = self.kernel.task(pid)
            if task.parent is not self.me:
                task.watchers += (self.me.pid,)
        if wait.seconds is not None:
            self.kernel.after(wait.seconds, self.me, self.turn)

    # What it is -----------------------------------------------------------------------------

    @property
    def command(self) -> Command | None:
        """The shell-form instruction whose text it runs."""
        source, launch = self.start_as.source, self.world.workload.launch
        for fact in (launch.entrypoint, launch.cmd):
            command = fact.value if isinstance(fact, Known) else None
            if command is not None and command.form == "shell" and source in command.words:
                return command
        return None

    @property
    def uid(self) -> str | None:
        """The user's number, where the files tell it: root's."""
        user = self.context.user.split(":")[0]
        if user in {"", "root", "0"}:
            return "0" if self.world.root_user else None
        return user if user.isdigit() else "1000" if user else None

    @property
    def trapped(self) -> bool:
        """Whether a handler is set, which keeps shells from replacing themselves."""
        if self.kind.trap_sticks and self.ever_trapped:
            return True
        events = self.traps.keys() - ({"ERR"} if self.forked else set())
        return any(self.traps[event].action.value != "" for event in events)

    def ignored_now(self) -> frozenset[str]:
        """The signals that children start with ignored."""
        ignored = {s for s, t in self.traps.items() if t.action.value == ""}
        inherited = self.me.ignored
        if self.kind.restores_ignored and not isinstance(self.node, tree.Simple):
            inherited -= self.unheard
        return frozenset(inherited | ignored - {"EXIT"})

    def span(self, node: tree.Node) -> Span:
        """Where a node of the script at work stands."""
        return self.script.span(node)

    @property
    def output(self) -> int | None:
        """The pipe that it writes to; None: nobody reads what it writes."""
        return self.writes.get(1)

    @property
    def folder(self) -> str:
        """The working directory; where it is not known, the root stands for it."""
        return self.cwd or "/"

    def write(self, text: str | None, places: Text | None = None) -> None:
        """Have something written to the standard output; None: something unknown. places: the same
        text with its places.
        """
        pipe = self.kernel.pipes.get(self.writes.get(1, 0))
        if pipe is not None:
            pipe.parts.append(Word(text, text=places))
            for pid in pipe.watchers:
                self.kernel.after(0, self.kernel.task(pid), "written")


def _surround(shell: Shell, stack: frozenset[str]) -> None:
    shell.stack = stack
