"""The abstract shell at work: it takes step after step from its agenda until it has to wait.

Signals reach it where they would reach a real shell: at once, after `wait` has been interrupted, or
only when the foreground child has ended.
"""

from __future__ import annotations

from gracelint.base import lazy
from gracelint.base.facts import Word
from gracelint.base.signals import number
from gracelint.base.typed import TYPE_CHECKING
from gracelint.simulate.kernel import Undetermined
from gracelint.simulate.shell import commands, streams
from gracelint.simulate.shell.state import (
    ALWAYS,
    FUNCTION,
    OUTERMOST,
    PLAIN,
    ROUND,
    SOURCE,
    Crash,
    Exit,
    Leave,
    Replaced,
    Shell,
    Unanswered,
)
from gracelint.simulate.world import Undecided, text_of
from gracelint.syntax.shell import tree

if TYPE_CHECKING:
    from gracelint.model.snapshot import Trap
    from gracelint.simulate.kernel import Task
    from gracelint.simulate.shell.state import Step

_FORKS = "gracelint.simulate.shell.forks"
_end_coprocess = lazy.function(_FORKS, "end_coprocess")
_substitute = lazy.function(_FORKS, "substitute")

ENDING = frozenset({"TERM", "INT", "HUP", "ALRM", "USR1", "USR2", "PIPE"})


class Machine(Shell):
    """A shell that runs."""

    # What the kernel calls ------------------------------------------------------------------

    def start(self, task: Task) -> None:
        """Begin to run the script."""
        super().start(task)
        if not self.forked:
            self.pid, self.clock = task.pid, self.kernel.now
            source = self.start_as.source
            if isinstance(source, Word) and source.value is None:
                raise Undetermined(source.reason or "the script is not known", self.context.span)
            text = text_of(source, self.context.span) if isinstance(source, Word) else source
            self.script = self.world.parse(text, self.kind.dialect)
            self.then(commands.program)
            if "l" in self.options:
                self.then(commands.profile)
        self.agenda.insert(0, (_finish, (), PLAIN))
        self.resume()

    def child_ended(self, child: Task) -> None:
        """A child has ended: perhaps it was waited for."""
        if child.pid in self.coprocesses:
            _end_coprocess(self, child.pid)
        if (trap := self.traps.get("CHLD")) is not None and self.kind.dialect == "bash":
            self._hear_of_child(trap)
        if self.waiting is not None and child.pid in self.waiting.pids:
            self._go_on(child.pid)

    def _hear_of_child(self, trap: Trap) -> None:
        """The trap for CHLD runs before the next command, or in the middle of a `wait`, which goes
        on where the trap does not end the script; while another handler waits, behind that.
        """
        if "CHLD" in self.pending or trap.action.value == "":
            return
        self.pending += ("CHLD",)
        waits = self.waiting is not None and self.waiting.builtin and not self.handling
        if waits and _EXITS.search(trap.action.plain):
            self._go_on("CHLD")

    def timer(self, value: int | str) -> None:
        """A pause is over; a process has ended that is no child, and was waited for; or there is
        something to read.
        """
        if self.waiting is None:
            return
        if value == self.turn:
            self._go_on(0)
        elif value == "written":
            if _reads(self.waiting.node):
                self._go_on(0)
        elif value == "watched":
            pids = self.waiting.pids
            ended = next((pid for pid in pids if not self.kernel.task(pid).alive), None)
            if ended is not None or (not pids and self.waiting.seconds is None):
                self._go_on(ended or 0)

    def signalled(self, signal: str) -> None:
        """A trapped signal: note it, and end a `wait`."""
        if signal not in self.traps:
            self._end_on(signal)
            return
        self.pending += (signal,)
        if self.waiting is not None and self.waiting.builtin:
            self._go_on(signal)

    def handles(self, signal: str) -> bool:
        """Whether a trap is set, or the shell has a handler of its own."""
        if signal in self.me.ignored:
            return False
        trap = self.traps.get(signal)
        if trap is not None:
            return trap.action.value != ""
        return self._ends_on(signal)

    def ignores(self, signal: str) -> bool:
        """Whether `trap ''` is in force, or the shell never heeds the signal."""
        if signal == "QUIT" and self.kind.ignores_quit:
            return True
        trap = self.traps.get(signal)
        return trap is not None and trap.action.value == ""

    def _ends_on(self, signal: str) -> bool:
        """Without a trap: an EXIT trap in bash, or INT, for which shells have a handler.

        dash and ash always have; bash, where it is not PID 1, while it waits for a foreground
        child.
        """
        foreground = self.waiting is not None and not self.waiting.builtin
        exiting = self.leaving or "EXIT" in self.traps
        if exiting and self.kind.exit_trap_on_signal and signal in ENDING:
            return signal not in self.reset and (signal != "INT" or not foreground)
        if signal in self.kind.ends_on or (signal == "HUP" and self.kind.on_hup):
            return True
        if signal != "INT" or self.kind.int_as_pid1 == "ends":
            return signal == "INT"
        first = self.kernel.private and self.me is self.kernel.root
        return not first and foreground

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
        self._end_with(128 + number(signal))
        self._go_on(0)

    # The agenda -----------------------------------------------------------------------------

    def _go_on(self, answer: int | str) -> None:
        self.waiting, self.answer = None, answer
        self.resume()

    def resume(self) -> None:
        """Go on until the next wait."""
        self.kernel.step_budget()
        self.kernel.turn = self.me
        while self.agenda and self.waiting is None:
            self._step()
        self.kernel.turn = None

    def _step(self) -> None:
        agenda = self.agenda
        operation, args, _ = step = agenda.pop()
        depth = len(agenda)
        try:
            operation(self, *args)
        except Unanswered as asked:
            del agenda[depth:]
            depth = self._once_more(step, asked.part)
            _substitute(self, asked.part)
        except Undecided:
            del agenda[depth:]
            agenda.append(step)
            raise
        except (Exit, Leave, Crash, Replaced) as end:
            del agenda[depth:]
            self._leave(end)
            return
        if len(agenda) > depth + 1:
            agenda[depth:] = agenda[: depth - 1 if depth else None : -1]
        if self.answers and depth <= self.redo:
            self._forget()

    def _once_more(self, step: Step, part: tree.Substitution | tree.ProcessSubstitution) -> int:
        """Put a step back on the agenda; the number of steps then."""
        if isinstance(part, tree.ProcessSubstitution):
            self.lastly(streams.close, streams.free(self))
        self.redo = len(self.agenda)
        self.agenda.append(step)
        return len(self.agenda)

    def _forget(self) -> None:
        self.answers, self.redo = {}, OUTERMOST

    def _leave(self, end: Exception) -> None:
        """Control goes elsewhere."""
        self._forget()
        if isinstance(end, Exit):
            if not self.leaving:
                self.world.exits.add(end.status)
            self.status = end.status
            self._end_with(end.status)
        elif isinstance(end, Leave):
            self._lead(end)
        else:
            self.agenda.clear()
            if isinstance(end, Crash):
                self.kernel.end(self.me, 139, "signal", self.me)

    def _lead(self, leave: Leave) -> None:
        target = self._target(leave)
        if target is not None:
            self._unwind(target + (leave.kind != "break"))
        elif leave.kind == "return":
            self._end_with(self.status or 0)

    def _target(self, leave: Leave) -> int | None:
        """Which step it leads to; None: it is not inside what it leaves."""
        target, levels = None, leave.levels
        for index in range(len(self.agenda) - 1, -1, -1):
            mark = self.agenda[index][2]
            if leave.kind == "return":
                if mark in {SOURCE, FUNCTION}:
                    return index
            elif mark == FUNCTION:
                break
            elif mark == ROUND:
                target, levels = index, levels - 1
                if not levels:
                    break
        return target

    def _unwind(self, size: int) -> None:
        """Drop all but so many steps; what restores something is carried out."""
        while len(self.agenda) > size:
            operation, args, mark = self.agenda.pop()
            if mark in {ALWAYS, SOURCE, FUNCTION}:
                operation(self, *args)

    def _end_with(self, status: int) -> None:
        self._unwind(0)
        self.then(_finish_with, status)


# The end -------------------------------------------------------------------------------------


def _reads(node: tree.Node | None) -> bool:
    return isinstance(node, tree.Simple) and node.name in {"read", "mapfile", "readarray"}


def _finish(shell: Shell) -> None:
    """The script is at its end."""
    _finish_with(shell, shell.status or 0)


def _finish_with(shell: Shell, status: int) -> None:
    """Run the EXIT trap, and end the process."""
    trap = shell.traps.pop("EXIT", None)
    shell.leaving = True
    if trap is not None and trap.action.value:
        shell.events.append("exit trap")
        _handler(shell, trap)
        shell.returned(SOURCE, _surround, shell.stack)
    shell.then(_end, status)


def _end(shell: Shell, status: int) -> None:
    if shell.me.body is shell:
        shell.kernel.end(shell.me, status, "exit")


# Handlers ------------------------------------------------------------------------------------


_EXITS = lazy.compile(r"\bexit\b")


def run_pending(shell: Shell) -> None:
    """Run the handlers of signals that have arrived."""
    if shell.interrupted:
        shell.interrupted = False
        raise Exit(130)
    while shell.pending and shell.traps.get(shell.pending[0]) not in shell.handling:
        signal, shell.pending = shell.pending[0], shell.pending[1:]
        trap = shell.traps.get(signal)
        if trap is not None and trap.action.value != "":
            shell.handling += (trap,)
            shell.events.append("handler")
            _handler(shell, trap)
            shell.then(_handled, shell.status)
            shell.lastly(_no_longer, trap)
            shell.then(run_pending)
            return


def _handler(shell: Shell, trap: Trap) -> None:
    """Run a trap's text."""
    if trap.action.value is None:
        raise Undetermined("what the handler does is not known", trap.span)
    shell.then(_enter)
    commands.text(shell, trap.action)
    shell.lastly(_surround, shell.stack)


def _enter(shell: Shell) -> None:
    shell.stack = frozenset()


def _surround(shell: Shell, stack: frozenset[str]) -> None:
    shell.stack = stack


def _handled(shell: Shell, status: int | None) -> None:
    shell.events.append("handled")
    shell.status = status


def _no_longer(shell: Shell, trap: Trap) -> None:
    handling = list(shell.handling)
    handling.remove(trap)
    shell.handling = tuple(handling)
