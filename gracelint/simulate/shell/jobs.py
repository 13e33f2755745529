"""Waiting for processes, signalling them, and job control."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.base import signals
from gracelint.base.integers import whole
from gracelint.simulate.kernel import Undetermined
from gracelint.simulate.shell import records
from gracelint.simulate.shell.flow import Exit

if TYPE_CHECKING:
    from collections.abc import Generator

    from gracelint.base.facts import Word
    from gracelint.simulate.kernel import Task
    from gracelint.simulate.shell.flow import Tail
    from gracelint.simulate.shell.shell import Shell
    from gracelint.syntax.shell import tree as tree

    Run = Generator[records.Wait, Any, None]


def wait(shell: Shell, node: tree.Simple, words: list[Word], tail: Tail | None) -> Run:
    """`wait`, `wait PID…`, `wait -n`: a trapped signal ends it with 128 and its number."""
    del tail
    args = [w for w in words[1:] if w.value not in {"-f", "--"}]
    first = bool(args) and args[0].value == "-n"
    shell.status = 0
    if first and not shell.kind.wait_n:
        shell.status = 2
        return
    tasks = _waited(shell, node, args[1:] if first else args)
    if tasks is None:
        return
    if first:
        if tasks:
            yield from _wait_any(shell, node, tasks)
        else:
            shell.status = 127
        return
    for task in tasks:
        if (yield from _wait_any(shell, node, [task])):
            return
    while not args and shell.kind.waits_for_adopted:
        alive = [t for t in shell.kernel.children(shell.me) if t.alive]
        if not alive or (yield from _wait_any(shell, node, alive)):
            return
    if not args:
        shell.status = 0


def _waited(shell: Shell, node: tree.Simple, args: list[Word]) -> list[Task] | None:
    """The children that `wait` is for; None: it fails at once."""
    own = [t for job in shell.jobs for t in job.tasks if t.first_parent is shell.me]
    if not args or args[0].many:
        beside = shell.beside if shell.kind.waits_for_substitution else None
        return own if beside is None else [*own, beside]
    found = []
    for word in args:
        if word.value is None:
            raise Undetermined(
                word.reason or "whom `wait` waits for is not known", shell.script.span(node)
            )
        job = _job(shell, word.value)
        if job is not None:
            found += job.tasks
        else:
            found += [t for t in own if str(t.pid) == word.value]
    if not found:
        shell.status = 127
        return None
    return found


def _job(shell: Shell, spec: str) -> records.Job | None:
    if not spec.startswith("%") or not shell.jobs:
        return None
    rest = spec[1:]
    if rest in {"", "%", "+"}:
        return shell.jobs[-1]
    number = whole(rest)
    if number is not None and 0 < number <= len(shell.jobs):
        return shell.jobs[number - 1]
    return None


def _wait_any(shell: Shell, node: tree.Simple, tasks: list[Task]) -> Generator[Any, Any, bool]:
    """Wait until one has ended; whether a signal came first."""
    alive = [t for t in tasks if t.alive]
    if len(alive) < len(tasks):
        shell.status = next(t for t in tasks if not t.alive).status
        return False
    request = records.Wait(
        alive, builtin=True, node=node, span=shell.script.span(node), stack=tuple(shell.stack)
    )
    result = yield request
    if isinstance(result, records.Interrupted):
        shell.status = 128 + signals.number(result.signal)
        shell.event.append(("wait interrupted", shell.script.span(node)))
        status = shell.status
        yield from shell.run_pending()
        shell.status = status
        return True
    shell.status = result.status
    return False


def kill(shell: Shell, node: tree.Simple, words: list[Word], tail: Tail | None) -> Run:
    """`kill`: processes, jobs, groups, everything."""
    del tail
    yield from ()
    if _misspelt(shell, words[1].value if len(words) > 1 else ""):
        shell.status = 2
        return
    signal, targets = _signal(words[1:])
    shell.status = 0 if targets and signal is not None else 1
    for word in targets if signal is not None else ():
        if word.value is None:
            reason = word.reason or "whom `kill` signals is not known"
            raise Undetermined(reason, shell.script.span(node))
        found = _targets(shell, word.value)
        shell.status = shell.status if found else 1
        for task in found if signal else ():
            yield from _send(shell, node, task, signal or "")
    yield from shell.run_pending()


def _misspelt(shell: Shell, option: str | None) -> bool:
    """Whether this shell's `kill` does not know the way its signal is given."""
    if (option or "").startswith("-SIG"):
        return not shell.kind.sig_prefix
    return option == "-n" and not shell.kind.kill_number_option


def _send(shell: Shell, node: tree.Simple, task: Task, signal: str) -> Run:
    """One signal; one to the shell itself arrives before `kill` returns."""
    from gracelint.simulate.shell.external import pause

    sent = records.Kill(task, signal, shell.script.span(node), shell.script, node)
    shell.event.append(("kill", sent))
    shell.kernel.kill(task, signal, shell.me)
    if task is shell.me:
        if shell.traps.get(signal) in shell.handling:
            raise records.Crashed
        yield from pause(shell, node, 0)


def _signal(args: list[Word]) -> tuple[str | None, list[Word]]:
    """The signal ("" for 0, None for one that does not exist) and the words that follow."""
    signal: str | None = "TERM"
    at = 0
    if args and args[0].value in {"-s", "-n"} and len(args) > 1:
        signal, at = _name(args[1].value), 2
    elif args and args[0].value in {"-l", "-L"}:
        return None, []
    elif args and args[0].value and args[0].value[0] == "-" and args[0].value != "--":
        signal, at = _name(args[0].value[1:]), 1
    if at < len(args) and args[at].value == "--":
        at += 1
    return signal, args[at:]


def _name(value: str | None) -> str | None:
    if value in {"0", "EXIT"}:
        return ""
    return signals.parse(value) if value else None


def _targets(shell: Shell, value: str) -> list[Task]:
    kernel = shell.kernel
    job = _job(shell, value) if shell.kind.kill_job_spec else None
    if job is not None:
        return kernel.group(job.task.pgid) if "m" in shell.options else job.tasks
    number = whole(value)
    if number is None:
        return []
    if number == -1:
        return [t for t in kernel.tasks if t.alive and t is not shell.me and t is not kernel.root]
    if number < -1:
        return kernel.group(-number)
    if number == 0:
        return kernel.group(shell.me.pgid)
    task = kernel.by_pid(number)
    return [task] if task is not None and task.alive else []


def list_jobs(shell: Shell, node: tree.Simple, words: list[Word], tail: Tail | None) -> Run:
    """`jobs -p` writes the numbers of the background jobs."""
    del node, tail
    yield from ()
    shell.status = 0
    if shell.output is None:
        return
    nested = {"pipeline", "substitution"} <= set(shell.stack)
    piped = nested and not shell.kind.waits_for_substitution
    if shell.forked and (piped or not shell.kind.jobs_in_substitution):
        shell.output.append("")
    elif any(w.value and w.value.startswith("-") and "p" in w.value for w in words[1:]):
        alive = [str(j.task.pid) for j in shell.jobs if j.task.alive]
        shell.output.append("\n".join(alive) + "\n" if alive else "")
    else:
        shell.output.append(None)


def foreground(shell: Shell, node: tree.Simple, words: list[Word], tail: Tail | None) -> Run:
    """`fg`: waits for a job as for a foreground command."""
    del tail
    from gracelint.simulate.shell.external import wait_for

    job = _job(shell, words[1].value or "%") if len(words) > 1 else _job(shell, "%")
    if job is None or shell.forked or "m" not in shell.options:
        if not shell.kind.monitor_without_tty:
            raise Exit(2)
        shell.status = 1
        return
    yield from wait_for(shell, job.task, node)


def disown(shell: Shell, node: tree.Simple, words: list[Word], tail: Tail | None) -> Run:
    """`disown` takes jobs off the list, so that `wait` no longer waits for them."""
    del node, tail
    yield from ()
    shell.status = 0
    if any(w.value == "-h" for w in words[1:]):
        return
    if any(w.value == "-a" for w in words[1:]):
        shell.jobs.clear()
    elif shell.jobs:
        shell.jobs.pop()
