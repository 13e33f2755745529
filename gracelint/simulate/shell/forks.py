"""Commands that run in copies of the shell: subshells, `&`, pipelines and substitutions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.facts import Word
from gracelint.model.snapshot import Job
from gracelint.simulate.shell import words as expansion
from gracelint.simulate.shell.records import Call, Tail
from gracelint.simulate.shell.waiting import wait_for
from gracelint.syntax.shell import tree

if TYPE_CHECKING:
    from gracelint.simulate.kernel import Task
    from gracelint.simulate.shell.state import Shell


def spawn(shell: Shell, child: Shell, node: tree.Node, *, background: bool = False) -> Task:
    """Start a copy of the shell as a child of it."""
    ignored = shell.ignored_now()
    controlled = "m" in shell.options
    if background and not controlled:
        child.unheard = frozenset({"INT", "QUIT"}) - ignored
        ignored |= {"INT", "QUIT"}
    return shell.kernel.spawn(
        shell.me,
        child,
        shell.me.argv,
        shell.span(node),
        ignored=ignored,
        background=background,
        new_group=background and controlled,
    )


def _sequence(shell: Shell, body: tree.Commands, tail: Tail) -> None:
    shell.parts.sequence(shell, body, tail)


def subshell(shell: Shell, node: tree.Subshell, tail: Tail | None) -> None:
    """`( … )` in the foreground."""
    tail = tail.via("subshell") if tail else None
    if tail is not None and not shell.trapped:
        shell.then(_sequence, node.body, tail)
        return
    child = shell.fork(node, _sequence, node.body, Tail(shell.kind.subshell_exec))
    child.stack |= {"subshell"}
    wait_for(shell, spawn(shell, child, node).pid, node)


def start_background(shell: Shell, item: tree.Item) -> None:
    """`… &`."""
    node = item.command
    if isinstance(node, tree.Pipeline) and len(node.commands) > 1:
        pids = _parts(shell, node, background=True)
    else:
        child = shell.fork(node, _alone, node, Tail(shell.kind.background_exec))
        child.stack, child.input = frozenset({"background"}), None
        pids = (spawn(shell, child, item, background=True).pid,)
    shell.jobs += (Job(pids, shell.span(item), shell.script, item),)
    shell.status = 0


def _alone(shell: Shell, node: tree.AnyCommand, tail: Tail) -> None:
    """A command that a process was forked for; a `( … )` uses that process."""
    if (
        isinstance(node, tree.Pipeline)
        and len(node.commands) == 1
        and node.negated
        and shell.kind.dialect == "bash"
    ):
        node = node.commands[0]
    if isinstance(node, tree.Subshell):
        expansion.targets(shell, node.redirects)
        shell.then(_sequence, node.body, Tail(shell.kind.subshell_exec))
    else:
        shell.parts.command(shell, node, tail)


def pipeline(shell: Shell, node: tree.Pipeline, _tail: Tail | None) -> None:
    """`a | b`, `! a`, `time a`."""
    if len(node.commands) == 1:
        mark = frozenset({"condition" if node.negated else "timed"})
        shell.inside(mark, shell.parts.command, node.commands[0], None)
    else:
        pids = _parts(shell, node, background=False)
        for pid in pids:
            shell.then(wait_for, pid, node)
        shell.then(_piped, node, pids[-1])
    if node.negated:
        shell.then(_negate)


def _negate(shell: Shell) -> None:
    if shell.status is not None:
        shell.status = int(shell.status == 0)
    shell.excused = True


def _piped(shell: Shell, node: tree.Pipeline, last: int) -> None:
    task = shell.kernel.task(last)
    shell.status, shell.assumed = task.status, getattr(task.body, "assumed", True)
    if "lastpipe" in shell.options:
        given = getattr(shell.kernel.task(last).body, "input", None)
        shell.then(_read_here, node.commands[-1], given)


def _read_here(shell: Shell, last: tree.AnyCommand, given: int | None) -> None:
    """`… | read name` sets a variable of the shell itself; given: the pipe."""
    if isinstance(last, tree.Simple) and last.name in {"read", "mapfile", "readarray"}:
        words = expansion.expand(shell, last.words)
        kept, shell.input = shell.input, given
        if given is not None:
            shell.world.taken.pop(given, None)  # the copy of the shell has read it already
        shell.parts.builtin(shell, Call(last, words, (), None))
        shell.then(_restore_input, kept)


def _restore_input(shell: Shell, given: int | None) -> None:
    shell.input = given


def _parts(shell: Shell, node: tree.Pipeline, *, background: bool) -> tuple[int, ...]:
    """Start all parts; the numbers of their processes."""
    pids: tuple[int, ...] = ()
    written = None if background else shell.input
    tail = Tail(shell.kind.background_exec)
    for part in node.commands:
        child = shell.fork(part, _alone, part, tail)
        child.stack = frozenset({"pipeline"}) | (frozenset() if background else shell.stack)
        child.writers = pids
        child.input = written
        last = part is node.commands[-1]
        child.output = written = shell.output if last else shell.world.pipe()
        pids += (spawn(shell, child, part, background=background).pid,)
    return pids


def substitute(shell: Shell, part: tree.Substitution | tree.ProcessSubstitution) -> None:
    """Run what an expansion needs; the answer stands in `Shell.answers` afterwards."""
    tail = Tail(shell.kind.subshell_exec)
    child = shell.fork(part, _sequence, part.body, tail)
    if isinstance(part, tree.ProcessSubstitution):
        reads = part.direction == "<"
        if reads:
            child.output = shell.world.pipe()
        path = f"/dev/fd/{63 - len(shell.world.streams)}"
        pid = _beside(shell, child, part)
        if child.output is not None and reads:
            shell.world.streams[path] = (child.output, pid)
        shell.answers[id(part)] = Word(path)
        return
    child.stack |= {"substitution"}
    child.output = shell.world.pipe()
    wait_for(shell, spawn(shell, child, part).pid, part)
    shell.then(_answered, part, child.output)


def _answered(shell: Shell, part: tree.Substitution, pipe: int) -> None:
    output, span = shell.world.pipes.pop(pipe), shell.span(part)
    known = [piece for piece in output if piece is not None]
    if len(known) < len(output):
        words = shell.script.text.text[part.start : part.end]
        word = Word(None, span, reason=f"the output of `{words[:40]}` is not known")
    else:
        word = Word("".join(known)[: expansion.MAX_VALUE].rstrip("\n"), span)
    shell.answers[id(part)] = word


def _beside(shell: Shell, child: Shell, part: tree.ProcessSubstitution) -> int:
    """`>(…)` runs beside the command; it ends with those who write to it. `<(…)` is read, so it is
    no more meant to stay than `$(…)` is.
    """
    read = part.direction == "<"
    child.stack = frozenset({"pipeline"} if read else {"background", "pipeline"})
    child.writers = () if read else (shell.me.pid,)
    task = spawn(shell, child, part, background=True)
    task.read = read
    shell.beside = task.pid
    return task.pid
