"""Waiting for processes, signalling them, and job control."""

from __future__ import annotations

from gracelint.base import signals
from gracelint.base.facts import Word
from gracelint.base.integers import whole
from gracelint.base.typed import TYPE_CHECKING
from gracelint.model.snapshot import Job, Kill
from gracelint.simulate.kernel import Undetermined
from gracelint.simulate.shell.state import Crash, Exit
from gracelint.simulate.shell.waiting import pause, wait_for, wait_for_any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gracelint.simulate.kernel import Task
    from gracelint.simulate.shell.records import Call
    from gracelint.simulate.shell.state import Shell
    from gracelint.syntax.shell import tree


# wait ----------------------------------------------------------------------------------------


def wait(shell: Shell, call: Call) -> None:
    """`wait`, `wait PID…`, `wait -n`: a trapped signal ends it with 128 and its number."""
    first, into, args = _options(call.args)
    shell.status = 0
    if (first or into) and not shell.kind.wait_n:
        shell.status = 2
        return
    if into:
        shell.vars.unset(into)
        shell.answer = 0
    pids = _waited(shell, call.node, args)
    if pids is None or (first and not pids):
        shell.status = 127
    elif first:
        _wait_for_first(shell, call.node, pids)
    else:
        _wait_for_all(shell, call.node, pids, 0, bare=not args)
    if into:
        shell.then(_name_ended, into)


def _name_ended(shell: Shell, into: str) -> None:
    """`-p NAME` gets the number of the process that has ended, if one has."""
    if isinstance(shell.answer, int) and shell.answer:
        shell.vars.assign(into, Word(str(shell.answer)))


def _options(args: Sequence[Word]) -> tuple[bool, str, Sequence[Word]]:
    """What `wait` is told before the processes: `-n`, the name behind `-p`, the rest."""
    first, into = False, ""
    while args and args[0].plain[:1] == "-":
        option, args = args[0].value, args[1:]
        first |= option == "-n"
        if option == "-p" and args:
            into, args = args[0].plain, args[1:]
        if option == "--":
            break
    return first, into, args


def _waited(shell: Shell, node: tree.Simple, args: Sequence[Word]) -> tuple[int, ...] | None:
    """The children that `wait` is for; None: it fails at once. The number of a pipeline's last
    process stands for all of the pipeline.
    """
    kernel, me = shell.kernel, shell.me.pid
    children = [p for job in shell.jobs for p in job.pids if kernel.task(p).first_parent == me]
    if not args or args[0].many:
        beside = shell.beside if shell.kind.waits_for_substitution else None
        return tuple(children if beside is None else [*children, beside])
    pids: list[int] = []
    for word in args:
        if word.value is None:
            reason = word.reason or "whom `wait` waits for is not known"
            raise Undetermined(reason, shell.span(node))
        job = job_of(shell, word.value)
        if job is not None:
            pids += job.pids
        else:
            named = [pid for pid in children if str(pid) == word.value]
            pids += next((j.pids for j in shell.jobs if named == [j.pids[-1]]), named)
    return tuple(pids) or None


def _wait_for_first(shell: Shell, node: tree.Simple, pids: tuple[int, ...]) -> None:
    """`wait -n`."""
    ended = next((pid for pid in pids if not shell.kernel.task(pid).alive), None)
    if ended is not None:
        shell.status, shell.answer = shell.kernel.task(ended).status, ended
        return
    wait_for_any(shell, pids, node)
    shell.then(_woken)


def _woken(shell: Shell) -> None:
    if isinstance(shell.answer, str):
        _interrupted(shell, shell.answer)
    else:
        shell.status = shell.kernel.task(shell.answer).status


def _interrupted(shell: Shell, signal: str) -> None:
    """A signal has come first: its handler runs, and `wait` is over."""
    status = 128 + signals.number(signal)
    shell.status = status
    shell.parts.run_pending(shell)
    shell.then(_set_status, status)


def _set_status(shell: Shell, status: int) -> None:
    shell.status = status


def _wait_for_all(
    shell: Shell, node: tree.Simple, pids: tuple[int, ...], at: int, bare: bool
) -> None:
    """`wait` without `-n`, from one of the processes on. bare: it was not told for whom."""
    kernel = shell.kernel
    while at < len(pids) and not kernel.task(pids[at]).alive:
        shell.status = kernel.task(pids[at]).status
        at += 1
    if at < len(pids):
        wait_for_any(shell, (pids[at],), node)
        shell.then(_one_less, node, pids, at, bare)
        return
    children = shell.me.children
    if bare and children and shell.kind.waits_for_adopted:
        wait_for_any(shell, (next(iter(children)),), node)
        shell.then(_one_less, node, pids, at, bare)
    elif bare:
        shell.status = 0


def _one_less(shell: Shell, node: tree.Simple, pids: tuple[int, ...], at: int, bare: bool) -> None:
    if isinstance(shell.answer, str):
        _interrupted(shell, shell.answer)
    else:
        shell.status = shell.kernel.task(shell.answer).status
        _wait_for_all(shell, node, pids, at, bare)


# kill ----------------------------------------------------------------------------------------


def kill(shell: Shell, call: Call) -> None:
    """`kill`: processes, jobs, groups, everything."""
    args = call.args
    first, second = (*(arg.value for arg in args[:2]), "", "")[:2]
    if call.words[0].value == "kill" and _misspelt(shell, first, second):
        shell.status = 2
        return
    if first == "-l":
        _list_signals(shell, args[1:])
        return
    signal, targets = _signal(args)
    strict = shell.kind.dialect != "bash"  # bash is content with one that it has reached
    shell.status = 0 if strict and targets and signal is not None else 1
    if signal is not None:
        for word in targets:
            shell.then(_kill, call.node, word, signal)
    shell.then(shell.parts.run_pending)


def _list_signals(shell: Shell, words: Sequence[Word]) -> None:
    """`kill -l 15` writes TERM, and `kill -l TERM` 15; a status is 128 more than its signal."""
    shell.status, names = 0, []
    for word in words:
        given = whole(word.value)
        if given is not None:
            names.append(signals.name_of(given & 127))
        else:
            signal = signals.parse(word.plain)
            names.append(signal and str(signals.number(signal)))
    known = [name for name in names if name]
    whole_list = known and len(known) == len(words)
    shell.write("".join(f"{name}\n" for name in known) if whole_list else None)


def _misspelt(shell: Shell, option: str | None, given: str | None) -> bool:
    """Whether this shell's `kill` does not know the way its signal is given."""
    if (option or "").startswith("-SIG") or (option == "-s" and (given or "").startswith("SIG")):
        return not shell.kind.sig_prefix or "posix" in shell.options
    by_name = (option or "")[:1] == "-" and option not in {"-s", "-n", "-l", "--"}
    if by_name and given == "--" and not shell.kind.kill_dashes:
        return True
    return option == "-n" and not shell.kind.kill_number_option


def _kill(shell: Shell, node: tree.Simple, word: Word, signal: str) -> None:
    """Signal whom one word names."""
    if word.value is None:
        raise Undetermined(word.reason or "whom `kill` signals is not known", shell.span(node))
    targets = _targets(shell, word.value)
    if shell.kind.dialect == "bash":
        shell.status = 0 if targets else shell.status
    elif not targets:
        shell.status = 1
    # All of a group have the signal before the shell, one of them, reacts to it.
    for task in sorted(targets, key=lambda task: task is shell.me) if signal else ():
        shell.then(_send, node, task.pid, signal)


def _send(shell: Shell, node: tree.Simple, pid: int, signal: str) -> None:
    """One signal; one to the shell itself arrives before `kill` returns."""
    task = shell.kernel.task(pid)
    shell.events.append(Kill(pid, signal, shell.span(node), shell.script, node))
    shell.kernel.kill(task, signal, shell.me)
    if task is shell.me:
        if shell.traps.get(signal) in shell.handling:
            raise Crash
        pause(shell, node, 0)


def _signal(args: Sequence[Word]) -> tuple[str | None, Sequence[Word]]:
    """The signal ("" for 0, None for one that does not exist) and the words that follow."""
    signal: str | None = "TERM"
    at = 0
    if args and args[0].value in {"-s", "-n"} and len(args) > 1:
        signal, at = _name(args[1].value), 2
    elif args and args[0].value and args[0].value[0] == "-" and args[0].value != "--":
        signal, at = _name(args[0].value[1:]), 1
    if at < len(args) and args[at].value == "--":
        at += 1
    return signal, args[at:]


def _name(value: str | None) -> str | None:
    if value in {"0", "EXIT"}:
        return ""
    return signals.parse(value) if value else None


def _targets(shell: Shell, value: str) -> Sequence[Task]:
    kernel = shell.kernel
    job = job_of(shell, value) if shell.kind.kill_job_spec else None
    if job is not None:
        tasks = [kernel.task(pid) for pid in job.pids]
        return kernel.group(tasks[-1].pgid) if "m" in shell.options else tasks
    number = whole(value)
    if number is None:
        return ()
    if number == -1:
        return [t for t in kernel.tasks if t.alive and t is not shell.me and t is not kernel.root]
    if number < -1:
        return kernel.group(-number)
    if number == 0:
        return kernel.group(shell.me.pgid)
    task = kernel.by_pid(number)
    return [task] if task is not None and task.alive else ()


# Job control ---------------------------------------------------------------------------------


def job_of(shell: Shell, spec: str) -> Job | None:
    """The job that `%…` names."""
    if not spec.startswith("%") or not shell.jobs:
        return None
    rest = spec[1:]
    if rest in {"", "%", "+"}:
        return shell.jobs[-1]
    number = whole(rest)
    if number is not None and 0 < number <= len(shell.jobs):
        return shell.jobs[number - 1]
    return None


def list_jobs(shell: Shell, call: Call) -> None:
    """`jobs -p` writes the numbers of the background jobs, of a pipeline that of its first part."""
    shell.status = 0
    nested = {"pipeline", "substitution"} <= shell.stack
    piped = nested and not shell.kind.waits_for_substitution
    if shell.forked and (piped or not shell.kind.jobs_in_substitution):
        shell.write("")
    elif any(w.value and w.value.startswith("-") and "p" in w.value for w in call.args):
        there = [job for job in shell.jobs if any(shell.kernel.task(p).alive for p in job.pids)]
        alive = [str(job.pids[0]) for job in there]
        shell.write("\n".join(alive) + "\n" if alive else "")
    else:
        _show_jobs(shell, call)


def _show_jobs(shell: Shell, call: Call) -> None:
    """`jobs`, `jobs -r`, `jobs %1`: what is still there."""
    specs = [w.value for w in call.args if w.value and w.value[0] == "%"]
    jobs = [job_of(shell, spec) for spec in specs] if specs else shell.jobs
    alive = [job for job in jobs if job and shell.kernel.task(job.pids[-1]).alive]
    shell.status = int(bool(specs) and not alive)
    shell.write("".join(f"[{at}]+  Running  {job.span.text}\n" for at, job in enumerate(alive, 1)))


def foreground(shell: Shell, call: Call) -> None:
    """`fg`: waits for a job as for a foreground command."""
    spec = call.args[0].value if call.args else None
    job = job_of(shell, spec or "%")
    if job is None or shell.forked or "m" not in shell.options:
        if not shell.kind.monitor_without_tty:
            raise Exit(2)
        shell.status = 1
        return
    for pid in job.pids:
        shell.then(wait_for, pid, call.node)


def disown(shell: Shell, call: Call) -> None:
    """`disown` takes jobs off the list, so that `wait` no longer waits for them."""
    shell.status = 0
    options = {w.value for w in call.args}
    if "-h" not in options:
        shell.jobs = () if "-a" in options else shell.jobs[:-1]
