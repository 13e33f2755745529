"""Commands that run in copies of the shell: subshells, `&`, pipelines and substitutions."""

from __future__ import annotations

from gracelint.base.facts import Word
from gracelint.base.typed import TYPE_CHECKING
from gracelint.model.snapshot import Job
from gracelint.simulate.shell import streams
from gracelint.simulate.shell.expansion import parameters
from gracelint.simulate.shell.expansion import words as expansion
from gracelint.simulate.shell.records import Tail
from gracelint.simulate.shell.waiting import wait_for
from gracelint.syntax.shell import tree

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gracelint.simulate.kernel import Task
    from gracelint.simulate.shell.state import Shell


def spawn(
    shell: Shell,
    child: Shell,
    node: tree.Node,
    *,
    background: bool = False,
    interruptible: bool = False,
) -> Task:
    """Start a copy of the shell as a child of it. interruptible: it does not ignore INT."""
    ignored = shell.ignored_now()
    controlled = "m" in shell.options
    if background and not controlled and not interruptible:
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
        writes=frozenset(child.writes.values()),
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
        pids, _ = _parts(shell, node, node.commands, background=True)
    else:
        child = shell.fork(node, _alone, node, Tail(shell.kind.background_exec))
        child.stack = frozenset({"background"})
        child.reads = _without_input(shell)
        pids = (spawn(shell, child, item, background=True).pid,)
    shell.jobs += (Job(pids, shell.span(item), shell.script, item),)
    shell.status = 0


def start_coprocess(shell: Shell, node: tree.Coprocess) -> None:
    """`coproc NAME …`: beside the shell, with a pipe to it and one from it.

    It does not ignore INT, as other jobs do.
    """
    child = shell.fork(node, _alone, node.body, Tail(shell.kind.background_exec))
    child.stack = frozenset({"background"})
    output, fed = shell.kernel.pipe(), shell.kernel.pipe()
    child.reads, child.writes = {**shell.reads, 0: fed}, {**shell.writes, 1: output}
    item = tree.Item(node.start, node.end, node.body, background=True)
    task = spawn(shell, child, item, background=True, interruptible=True)
    shell.jobs += (Job((task.pid,), shell.span(item), shell.script, item),)
    reading = streams.free(shell)
    streams.use(shell, streams.Ends({**shell.reads, reading: output}, shell.writes))
    writing = streams.free(shell)
    streams.use(shell, streams.Ends(shell.reads, {**shell.writes, writing: fed}))
    name = node.name or "COPROC"
    shell.vars.fill(name, (Word(str(reading)), Word(str(writing))))
    shell.vars.assign(f"{name}_PID", Word(str(task.pid)))
    shell.coprocesses = {**shell.coprocesses, task.pid: (name, (reading, writing))}
    shell.status = 0


def end_coprocess(shell: Shell, pid: int) -> None:
    """A coprocess has ended: the shell forgets it."""
    name, numbers = shell.coprocesses[pid]
    shell.coprocesses = {n: it for n, it in shell.coprocesses.items() if n != pid}
    for number in numbers:
        streams.close(shell, number)
    shell.vars.unset(name)
    shell.vars.unset(f"{name}_PID")


def _without_input(shell: Shell) -> Mapping[int, int]:
    """What a background job can read: its standard input is /dev/null."""
    return {fd: pipe for fd, pipe in shell.reads.items() if fd or "m" in shell.options}


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
        targets = expansion.targets(shell, node.redirects)
        streams.use(shell, streams.opened(shell, node.redirects, targets))
        shell.then(_sequence, node.body, Tail(shell.kind.subshell_exec))
    else:
        shell.parts.command(shell, node, tail)


def pipeline(shell: Shell, node: tree.Pipeline, _tail: Tail | None) -> None:
    """`a | b`, `! a`, `time a`."""
    if len(node.commands) == 1:
        mark = frozenset({"condition" if node.negated else "timed"})
        shell.inside(mark, shell.parts.command, node.commands[0], None)
    elif "lastpipe" in shell.options and "m" not in shell.options:
        _last_here(shell, node)
    else:
        pids, _ = _parts(shell, node, node.commands, background=False)
        for pid in pids:
            shell.then(wait_for, pid, node)
        shell.then(_piped, pids)
    if node.negated:
        shell.then(_negate)


def _negate(shell: Shell) -> None:
    if shell.status is not None:
        shell.status = int(shell.status == 0)
    shell.excused = True


def _last_here(shell: Shell, node: tree.Pipeline) -> None:
    """With `lastpipe` the last part runs in the shell itself."""
    pids, reads = _parts(shell, node, node.commands[:-1], background=False)
    kept = streams.Ends(shell.reads, shell.writes), shell.writers
    shell.reads, shell.writers = reads, pids
    shell.then(shell.parts.command, node.commands[-1], None)
    shell.lastly(_as_before, *kept)
    for pid in pids:
        shell.then(_keeping_status, pid, node)
    shell.then(_pipefail, pids)


def _as_before(shell: Shell, ends: streams.Ends, writers: tuple[int, ...]) -> None:
    streams.use(shell, ends)
    shell.writers = writers


def _keeping_status(shell: Shell, pid: int, node: tree.Pipeline) -> None:
    status, assumed = shell.status, shell.assumed
    wait_for(shell, pid, node)
    shell.then(_with_status, status, assumed)


def _with_status(shell: Shell, status: int | None, assumed: bool) -> None:
    shell.status, shell.assumed = status, assumed


def _piped(shell: Shell, pids: tuple[int, ...]) -> None:
    task = shell.kernel.task(pids[-1])
    shell.status, shell.assumed = task.status, getattr(task.body, "assumed", True)
    shell.piped = tuple(shell.kernel.task(pid).status for pid in pids)
    _pipefail(shell, pids[:-1])


def _pipefail(shell: Shell, pids: tuple[int, ...]) -> None:
    """pids: those of the parts before the last."""
    if "pipefail" in shell.options and not shell.status:
        for pid in pids:
            other = shell.kernel.task(pid)
            if other.status and other.fate == "exit" and not getattr(other.body, "assumed", True):
                shell.status, shell.assumed = other.status, False


def _parts(
    shell: Shell, node: tree.Pipeline, parts: Sequence[tree.AnyCommand], *, background: bool
) -> tuple[tuple[int, ...], Mapping[int, int]]:
    """Start the first parts of a pipeline, or all; their processes, and what the next one reads."""
    pids: tuple[int, ...] = ()
    reads = _without_input(shell) if background else shell.reads
    tail = Tail(shell.kind.background_exec)
    for part in parts:
        child = shell.fork(part, _alone, part, tail)
        child.stack = frozenset({"pipeline"}) | (frozenset() if background else shell.stack)
        child.writers = pids
        child.reads = reads
        if part is not node.commands[-1]:
            pipe = shell.kernel.pipe()
            child.writes, reads = {**shell.writes, 1: pipe}, {**shell.reads, 0: pipe}
        pids += (spawn(shell, child, part, background=background).pid,)
    return pids, reads


def substitute(shell: Shell, part: tree.Substitution | tree.ProcessSubstitution) -> None:
    """Run what an expansion needs; the answer stands in `Shell.answers` afterwards."""
    tail = Tail(shell.kind.subshell_exec)
    child = shell.fork(part, _sequence, part.body, tail)
    if isinstance(part, tree.ProcessSubstitution):
        _beside(shell, child, part)
        return
    pipe = shell.kernel.pipe()
    child.stack |= {"substitution"}
    child.writes = {**shell.writes, 1: pipe}
    wait_for(shell, spawn(shell, child, part).pid, part)
    shell.then(_answered, part, pipe)


def _answered(shell: Shell, part: tree.Substitution, pipe: int) -> None:
    """All output is there when nobody can write any more, not even what runs in the background."""
    writing = streams.writing(shell, pipe)
    if writing:
        wait_for(shell, writing[0], part)
        shell.then(_answered, part, pipe)
        return
    span = shell.span(part)
    output = [piece.value for piece in shell.kernel.pipes.pop(pipe).parts]
    texts = [piece for piece in output if piece is not None]
    if len(texts) < len(output):
        words = shell.script.text.text[part.start : part.end]
        word = Word(None, span, reason=f"the output of `{words[:40]}` is not known")
    else:
        word = Word("".join(texts)[: parameters.MAX_VALUE].rstrip("\n"), span)
    shell.answers[id(part)] = word


def _beside(shell: Shell, child: Shell, part: tree.ProcessSubstitution) -> None:
    """`>(…)` runs beside the command; it ends with those who write to it. `<(…)` is read, so it is
    no more meant to stay than `$(…)` is.
    """
    read = part.direction == "<"
    child.stack = frozenset({"pipeline"} if read else {"background", "pipeline"})
    child.writers = () if read else (shell.me.pid,)
    pipe, number = shell.kernel.pipe(), streams.free(shell)
    if read:
        child.writes = {**shell.writes, 1: pipe}
    else:
        child.reads = {**shell.reads, 0: pipe}
    task = spawn(shell, child, part, background=True)
    task.read = read
    shell.beside = task.pid
    piped = {number: pipe}
    reads, writes = (piped, {}) if read else ({}, piped)
    streams.use(shell, streams.Ends({**shell.reads, **reads}, {**shell.writes, **writes}))
    shell.answers[id(part)] = Word(f"/dev/fd/{number}")
