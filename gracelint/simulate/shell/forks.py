"""Commands that run in copies of the shell: subshells, `&`, pipelines and substitutions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.base.facts import Word
from gracelint.simulate.shell import commands, compound, expand, external, records
from gracelint.simulate.shell import variables as settings
from gracelint.simulate.shell.flow import Tail
from gracelint.syntax.shell import tree as tree

if TYPE_CHECKING:
    from collections.abc import Generator

    from gracelint.simulate.shell.shell import Shell

    Run = Generator[records.Wait, Any, None]


def subshell(shell: Shell, node: tree.Subshell, tail: Tail | None) -> Run:
    """`( … )` in the foreground."""
    tail = tail.via("subshell") if tail else None
    if tail is not None and not shell.trapped:
        yield from commands.sequence(shell, node.body, tail)
        return
    forked = Tail(shell.kind.subshell_exec)
    child = shell.fork(lambda own: commands.sequence(own, node.body, forked), node)
    child.stack = [*shell.stack, "subshell"]
    yield from external.wait_for(shell, external.spawn(shell, child, node), node)


def start_background(shell: Shell, item: tree.Item) -> None:
    """`… &`."""
    node = item.command
    if isinstance(node, tree.Pipeline) and len(node.commands) > 1:
        tasks = _parts(shell, node, background=True)
    else:
        allowed = Tail(shell.kind.background_exec)
        child = shell.fork(lambda own: _alone(own, node, allowed), node)
        child.stack = ["background"]
        tasks = [external.spawn(shell, child, item, background=True)]
    shell.jobs.append(records.Job(tasks[-1], tasks, shell.script.span(item), shell.script, item))
    shell.status = 0


def _alone(shell: Shell, node: tree.AnyCommand, tail: Tail) -> Run:
    """A command that a process was forked for; a `( … )` uses that process."""
    if isinstance(node, tree.Subshell):
        yield from commands.redirected(shell, node.redirects)
        yield from commands.sequence(shell, node.body, Tail(shell.kind.subshell_exec))
    elif (
        isinstance(node, tree.Pipeline)
        and len(node.commands) == 1
        and node.negated
        and shell.kind.dialect == "bash"
    ):
        yield from _alone(shell, node.commands[0], tail)
    else:
        yield from commands.command(shell, node, tail)


def pipeline(shell: Shell, node: tree.Pipeline) -> Run:
    """`a | b`, `! a`, `time a`."""
    if len(node.commands) == 1:
        inner = commands.command(shell, node.commands[0], None)
        yield from compound.within(shell, "condition" if node.negated else "timed", inner)
    else:
        tasks = _parts(shell, node, background=False)
        for task in tasks:
            yield from external.wait_for(shell, task, node)
        shell.status, shell.assumed = tasks[-1].status, True
        if "lastpipe" in shell.options:
            given = getattr(tasks[-1].body, "input", None)
            yield from _read_here(shell, node.commands[-1], given)
    if node.negated and shell.status is not None:
        shell.status = int(shell.status == 0)


def _read_here(shell: Shell, last: tree.AnyCommand, given: list[str | None] | None) -> Run:
    """`… | read name` sets a variable of the shell itself; given: what the pipe was written."""
    if isinstance(last, tree.Simple) and last.name in {"read", "mapfile", "readarray"}:
        words = yield from shell.fields(last.words)
        kept, shell.input = shell.input, given
        yield from settings.read(shell, last, words, None)
        shell.input = kept


def _parts(shell: Shell, node: tree.Pipeline, *, background: bool) -> list[Any]:
    tasks: list[Any] = []
    written: list[str | None] | None = None
    for part in node.commands:
        forked = Tail(shell.kind.background_exec)
        child = shell.fork(lambda own, part=part, forked=forked: _alone(own, part, forked), part)
        child.stack = [*([] if background else shell.stack), "pipeline"]
        child.writers = list(tasks)
        child.input = written
        child.output = written = shell.output if part is node.commands[-1] else []
        tasks.append(external.spawn(shell, child, part, background=background))
    return tasks


def substitution(shell: Shell, part: tree.Substitution) -> Generator[Any, Any, Word]:
    """`$(…)`: run it and take its output, where the files tell it."""
    forked = Tail(shell.kind.subshell_exec)
    child = shell.fork(lambda own: commands.sequence(own, part.body, forked), part)
    child.stack = [*shell.stack, "substitution"]
    child.output = []
    yield from external.wait_for(shell, external.spawn(shell, child, part), part)
    shell.substituted = True
    span = shell.script.span(part)
    known = [o for o in child.output if o is not None]
    if len(known) < len(child.output):
        words = shell.script.text.text[part.start : part.end]
        return Word(None, span, reason=f"the output of `{words[:40]}` is not known")
    return Word("".join(known)[: expand.MAX_VALUE].rstrip("\n"), span)


def process_substitution(shell: Shell, part: tree.ProcessSubstitution) -> Run:
    """`>(…)` runs beside the command; it ends with those who write to it. `<(…)` is read, so it is
    no more meant to stay than `$(…)` is.
    """
    forked = Tail(shell.kind.subshell_exec)
    child = shell.fork(lambda own: commands.sequence(own, part.body, forked), part)
    read = part.direction == "<"
    child.stack = ["pipeline"] if read else ["background", "pipeline"]
    child.writers = [] if read else [shell.me]
    shell.beside = external.spawn(shell, child, part, background=True)
    shell.beside.read = read
    yield from ()
