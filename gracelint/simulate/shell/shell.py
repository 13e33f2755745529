"""The abstract shell: runs a script's tree on the small kernel, signals and all.

A `Shell` is the body of a process. Its work is a generator that yields what it waits for, so that
signals reach it where they would reach a real shell: at once, after `wait` has been interrupted,
or only when the foreground child has ended. What the commands mean is in `commands`, `builtins`
and `conditions`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.base.facts import Word
from gracelint.base.signals import number
from gracelint.simulate.bodies import Plain
from gracelint.simulate.kernel import Undetermined
from gracelint.simulate.shell import arithmetic, commands, expand, forks, parameters
from gracelint.simulate.shell.flow import Exit, Leave
from gracelint.simulate.shell.records import (
    Crashed,
    Interrupted,
    Job,
    Replaced,
    Start,
    Terminated,
    Trap,
    Variables,
    Wait,
)
from gracelint.simulate.world import text_of
from gracelint.syntax.shell import tree as tree

if TYPE_CHECKING:
    from collections.abc import Generator

    from gracelint.base.source import Span
    from gracelint.model.snapshot import Role
    from gracelint.simulate.kernel import Task
    from gracelint.simulate.load import Context
    from gracelint.simulate.world import World

ENDING = frozenset({"TERM", "INT", "HUP", "ALRM", "USR1", "USR2", "PIPE"})


class Shell(Plain):
    """A shell as a process.

    unheard: signals that it ignores only because it was started with `&`. beside: its last process
    substitution. input: what the part of a pipeline before it wrote. fifos: the file descriptors
    that are open on named pipes.
    quits: whether it ended by `exit` or `set -e`, gave_up: with an error.
    handling: the traps whose handlers are running. reset: signals whose traps were taken back.
    stack: what surrounds the command being run, outermost first: `after` (commands follow it),
    `loop`, `pipeline`, `substitution`, `condition`, `asked` (by `if` or a loop). jobs: those in
    the background, oldest first.
    """

    def __init__(self, world: World, start: Start, context: Context) -> None:
        super().__init__(world)
        self.kind = start.kind
        self.start_as = start
        self.context = context
        self.role: Role = "script" if start.form == "file" else "shell"
        self.key = start.kind.key
        self.source = start.kind.source
        self.name = start.name
        self.args = list(start.args)
        self.options = set(start.options)
        self.cwd: str | None = context.cwd
        self.vars = Variables(dict(context.env), {}, set(context.env), {})
        self.traps: dict[str, Trap] = {}
        self.rejected: list[tuple[str, Span]] = []
        self.jobs: list[Job] = []
        self.status: int | None = 0
        self.assumed = False
        self.pid = 0
        self.output: list[str | None] | None = None
        self.writers: list[Task] = []
        self.stack: list[str] = []
        self.pending: list[str] = []
        self.handling: list[Trap] = []
        self.reset: set[str] = set()
        self.waiting: Wait | None = None
        self.calls = 0
        self.forked = False
        self.event: list[tuple[str, object]] = []
        self.script: tree.Script
        self.node: tree.Node | None = None
        self._gen: Generator[Wait, Any, None] | None = None
        self._work: Any = None
        self.ever_trapped = False
        self.unheard: frozenset[str] = frozenset()
        self.beside: Task | None = None
        self.input: list[str | None] | None = None
        self.fifos: set[int] = set()
        self.interrupted = self.quits = self.gave_up = False
        self.substituted = False
        self.excused = False
        self.frames: list[str] = []

    # The process ----------------------------------------------------------------------------

    def start(self, task: Task) -> None:
        """Begin to run the script."""
        super().start(task)
        if not self.forked:
            self.pid = task.pid
            source = self.start_as.source
            text = text_of(source, self.context.span) if isinstance(source, Word) else source
            if isinstance(source, Word) and source.value is None:
                raise Undetermined(source.reason or "the script is not known", self.context.span)
            self.script = self.world.parse(text, self.kind.dialect)
        self._gen = self._main()
        self._advance(None)

    def _advance(self, value: object) -> None:
        """Run on until the next wait."""
        gen, self.waiting = self._gen, None
        while gen is not None:
            self.kernel.step_budget()
            try:
                thrown = isinstance(value, Exception)
                wait = gen.throw(value) if thrown else gen.send(value)  # type: ignore[call-overload]
            except StopIteration:
                return
            value = self._ready(wait)
            if value is None:
                self.waiting = wait
                return

    def _ready(self, wait: Wait) -> object:
        if wait.seconds is not None:
            self.kernel.after(wait.seconds, lambda: self._time_is_up(wait))
            return None
        if wait.builtin and self.pending:
            return Interrupted(self.pending[0])
        return next((t for t in wait.tasks if not t.alive), None)

    def _time_is_up(self, wait: Wait) -> None:
        if self.waiting is wait and self.task is not None and self.task.body is self:
            self._advance(True)

    def child_ended(self, child: Task) -> None:
        """A child has ended: perhaps it was waited for."""
        if self.waiting is not None and child in self.waiting.tasks:
            self._advance(child)

    def handles(self, signal: str) -> bool:
        """Whether a trap is set, or the shell has a handler of its own."""
        if signal in self.me.ignored:
            return False
        trap = self.traps.get(signal)
        if trap is not None:
            return trap.action.value != ""
        return self._ends_on(signal)

    def _ends_on(self, signal: str) -> bool:
        """Without a trap: an EXIT trap in bash, or INT, for which shells have a handler.

        dash and ash always have; bash, where it is not PID 1, while it waits for a foreground
        child.
        """
        foreground = self.waiting is not None and not self.waiting.builtin
        if "EXIT" in self.traps and self.kind.exit_trap_on_signal and signal in ENDING:
            return signal not in self.reset and (signal != "INT" or not foreground)
        if signal in self.kind.ends_on or (signal == "HUP" and self.kind.on_hup):
            return True
        if signal != "INT" or self.kind.int_as_pid1 == "ends":
            return signal == "INT"
        first = self.kernel.private and self.me is self.kernel.root
        return not first and foreground

    def ignores(self, signal: str) -> bool:
        """Whether `trap ''` is in force, or the shell never heeds the signal."""
        if signal == "QUIT" and self.kind.ignores_quit:
            return True
        trap = self.traps.get(signal)
        return trap is not None and trap.action.value == ""

    def signalled(self, signal: str) -> None:
        """A trapped signal: note it, and end a `wait`."""
        if signal not in self.traps:
            self._end_on(signal)
            return
        self.pending.append(signal)
        self.event.append(("signal", signal))
        if self.waiting is not None and self.waiting.builtin:
            self._advance(Interrupted(signal))

    def _end_on(self, signal: str) -> None:
        foreground = self.waiting is not None and not self.waiting.builtin
        if foreground and (signal == "INT" or signal in self.kind.ends_on):
            self.interrupted = True
            return
        traps = self.kind.exit_trap_on_signal or signal in self.kind.ends_on
        on_hup = self.kind.on_hup if signal == "HUP" else ""
        if on_hup == "dies" or not (on_hup or traps or self.me is self.kernel.root):
            self.kernel.end(self.me, 128 + number(signal), "signal")
            return
        self._advance(Terminated(signal))

    # The work -------------------------------------------------------------------------------

    def _main(self) -> Generator[Wait, Any, None]:
        try:
            status = yield from self._run_to_the_end()
        except Replaced:
            return
        except Crashed:
            self.kernel.end(self.me, 139, "signal", self.me)
            return
        if self.me.body is self:
            self.kernel.end(self.me, status, "exit")

    def _run_to_the_end(self) -> Generator[Wait, Any, int]:
        try:
            try:
                if self._work is not None:
                    yield from self._work(self)
                else:
                    yield from commands.program(self)
                status = self.status or 0
            except Exit as end:
                status = end.status
                self.quits, self.gave_up = True, status != 0
            except Terminated as end:
                status = 128 + number(end.signal)
            except Leave:
                status = self.status or 0
            yield from self._exit_trap()
        except Exit as end:
            status = end.status
        except Terminated as end:
            status = 128 + number(end.signal)
        return status

    def _exit_trap(self) -> Generator[Wait, Any, None]:
        trap = self.traps.pop("EXIT", None)
        if trap is not None and trap.action.value:
            self.event.append(("exit trap", trap))
            yield from self.handler(trap)

    def handler(self, trap: Trap) -> Generator[Wait, Any, None]:
        """Run a trap's text."""
        if trap.action.value is None:
            raise Undetermined("what the handler does is not known", trap.span)
        kept, self.stack = self.stack, []
        yield from commands.text(self, trap.action)
        self.stack = kept

    def run_pending(self) -> Generator[Wait, Any, None]:
        """Run the handlers of signals that have arrived."""
        if self.interrupted:
            raise Exit(130)
        while self.pending and self.traps.get(self.pending[0]) not in self.handling:
            signal = self.pending.pop(0)
            trap = self.traps.get(signal)
            if trap is None or (not trap.action.value and trap.action.value is not None):
                continue
            status = self.status
            self.handling.append(trap)
            self.event.append(("handler", signal))
            try:
                yield from self.handler(trap)
            finally:
                self.handling.remove(trap)
            self.event.append(("handled", signal))
            self.status = status

    def fork(self, work: Any, node: tree.Node) -> Shell:
        """A copy of this shell that will run `work(shell)`; traps are reset, ignoring stays."""
        child = Shell(self.world, self.start_as, self.context)
        child.forked = True
        child.script, child.node = self.script, node
        child.role = "shell"
        child.args, child.options, child.cwd = list(self.args), set(self.options), self.cwd
        child.vars = Variables(
            dict(self.vars.values),
            dict(self.vars.arrays),
            set(self.vars.exported),
            dict(self.vars.functions),
        )
        child.traps = {s: t for s, t in self.traps.items() if t.action.value == ""}
        child.jobs = list(self.jobs)
        child.fifos = set(self.fifos)
        child.frames = list(self.frames)
        child.status, child.pid, child.calls = self.status, self.pid, self.calls
        child._work = work
        return child

    @property
    def trapped(self) -> bool:
        """Whether a handler is set, which keeps shells from replacing themselves."""
        if self.kind.trap_sticks and self.ever_trapped:
            return True
        return any(t.action.value != "" for t in self.traps.values())

    def ignored_now(self) -> frozenset[str]:
        """The signals that children start with ignored."""
        own = {s for s, t in self.traps.items() if t.action.value == ""}
        inherited = self.me.ignored
        if self.kind.restores_ignored and not isinstance(self.node, tree.Simple):
            inherited -= self.unheard
        return frozenset(inherited | own - {"EXIT"})

    # Values ---------------------------------------------------------------------------------

    def literal(self, words: tree.Words, value: str) -> Word:
        """The argument that a word without expansions gives, with its text's places."""
        return Word(value, self.script.span(words), self.world.inner_text(self.script, words))

    def value(self, part: tree.Parameter) -> Word | None:
        """What a parameter stands for; None: it is unset."""
        return parameters.value(self, part)

    def many(self, part: tree.Parameter) -> list[Word] | None:
        """The values of `$@`, `$*` or a whole array; None: unknown."""
        return parameters.many(self, part)

    @property
    def uid(self) -> str | None:
        """The user's number, where the files tell it: root's."""
        user = self.context.user.split(":")[0]
        if user in {"", "root", "0"}:
            return "0" if self.world.root_user else None
        return user if user.isdigit() else "1000" if user else None

    def assign(self, name: str, value: Word) -> None:
        """Set a variable."""
        self.vars.arrays.pop(name, None)
        self.vars.values[name] = value

    def arithmetic(self, expression: str) -> int | None:
        """The value of an arithmetic expression; None: unknown."""
        return arithmetic.value(expression, self)

    def fail_expansion(self, part: tree.Parameter) -> None:
        """`${x:?message}` of something unset: a non-interactive shell ends."""
        if part.name.isdigit() or part.name in {"@", "*", "#"}:
            raise Exit(1)
        self.assign(part.name, Word(None, reason=f"`${part.name}` has to be set from outside"))

    def substitute(self, part: tree.Substitution) -> Generator[Any, Any, Word]:
        """Run `$(…)`; its output where the files tell it."""
        return (yield from forks.substitution(self, part))

    def process_substitution(self, part: tree.ProcessSubstitution) -> Generator[Any, Any, None]:
        """Start `<(…)` or `>(…)` in the background."""
        yield from forks.process_substitution(self, part)

    def fields(self, words: tuple[tree.Words, ...]) -> Generator[Any, Any, list[Word]]:
        """The arguments that several words give."""
        out: list[Word] = []
        for word in words:
            out += yield from expand.fields(self, word)
        return out
