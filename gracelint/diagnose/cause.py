"""What breaks a stop: the first process from PID 1 on that fails to deliver, and how."""

from __future__ import annotations

from gracelint.base import signals
from gracelint.base.source import Span
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass
from gracelint.diagnose.lost import applications, left_alone, lost_work
from gracelint.model import defect as defects
from gracelint.model.application import Application
from gracelint.model.entries import Reaction, Wrapped
from gracelint.model.snapshot import Outcome, ShellState
from gracelint.model.story import Verdict
from gracelint.syntax.shell import tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias

    from gracelint.base.source import Source
    from gracelint.model.defect import Defect
    from gracelint.model.process import Process
    from gracelint.model.snapshot import Job, Seen, Snapshot, Trap, Waiting
    from gracelint.model.workload import Workload

    Basics: TypeAlias = tuple[Process, Process, Span, ShellState | None, Process | None]


@dataclass(frozen=True, slots=True)
class _Stop:
    """What is looked at.

    tree: the processes by their numbers, as they stand in the tree; seen: as they were seen. lost:
    the numbers of the applications that were lost, behind: these and those of all above them.
    """

    workload: Workload
    snapshot: Snapshot
    tree: dict[int, Process]
    seen: dict[int, Seen]
    lost: frozenset[int]
    behind: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Case:
    """One application that was lost, and the way to it from PID 1 on."""

    stop: _Stop
    app: Seen
    path: list[Seen]

    def basics(self, at: Seen, span: Span | None) -> Basics:
        """What every defect says. at: the process that breaks the delivery."""
        processes = self.stop.tree
        above = self.path[: self.path.index(at)]
        inits = [p for p in above if p.role == "init"]
        place = span or at.span or self.stop.workload.declared
        init = processes[inits[-1].pid] if inits else None
        return processes[at.pid], processes[self.app.pid], place, at.shell, init


def defects_of(
    workload: Workload, snapshot: Snapshot, root: Process | None, verdict: Verdict
) -> tuple[Defect, ...]:
    """One defect for each thing that has to change; none where the stop is graceful."""
    if root is None or verdict in {Verdict.GRACEFUL, Verdict.CUT_OFF}:
        return ()
    stop = _stop(workload, snapshot, root)
    if verdict is Verdict.EXITS:
        return _left_behind(stop) if snapshot.outcome is Outcome.EXITS else ()
    if verdict is Verdict.UNKNOWN:
        return () if left_alone(snapshot) is not None else _undecided(stop)
    causes: dict[tuple[object, ...], Defect] = {}
    for pid in sorted(stop.lost):
        case = _Case(stop, stop.seen[pid], _path(stop.seen, pid))
        for defect in _defects(case):
            once = isinstance(defect, defects.NoTrap | defects.Detached)
            causes.setdefault((type(defect), defect.process.pid if once else defect.span), defect)
    return _without_shadows(tuple(causes.values())) or _unending(stop) or _deaf(stop)


def _defects(case: _Case) -> Iterator[Defect]:
    """What breaks the delivery, and what would be wrong behind it."""
    if case.stop.snapshot.signal in signals.UNCATCHABLE:
        yield _uncatchable(case)
        return
    first = _walk(case)
    if first is None:
        return
    yield first
    last: Defect | None = first
    while isinstance(last, defects.Foreground):
        yield from _behind_it(case, last)
        last = _next_shell(case, last)
        if last is not None:
            yield last
    if isinstance(first, defects.UnhandledPid1):  # an init in front would be no help
        yield from _ignoring(case, case.path[0])


def _ignoring(case: _Case, seen: Seen) -> Iterator[Defect]:
    """A signal that a script has ignored before it became the application, which leaves it so."""
    sent = seen.sent[0] if seen.sent else ""
    trap = case.stop.snapshot.ignoring.get(sent)
    if trap is not None and seen.app is not None and seen.app.ignores(sent, seen.ignored):
        yield defects.TrapIgnores(*case.basics(seen, trap.span), trap, sent)


def _behind_it(case: _Case, front: defects.Foreground) -> Iterator[Defect]:
    """What the application would do with the signal in the place of the shell in front of it."""
    app, path = case.app.app, [p.pid for p in case.path]
    at = path.index(front.process.pid)
    if app is None or app.assumed or len(path) != at + 2 or not case.path[at].sent:
        return
    signal, basics = case.path[at].sent[0], case.basics(case.app, case.app.span)
    if app.reaction(signal) is None:
        return
    kind = _by_itself(app, signal)
    if kind is defects.UnhandledPid1 and front.process.pid == 1:
        yield defects.UnhandledPid1(*basics, behind=True)
    elif kind in {defects.UnhandledSignal, defects.Reloads}:
        yield kind(*basics)


def _next_shell(case: _Case, front: defects.Foreground) -> Defect | None:
    """What a second shell would do in the place of the one that waits for it."""
    at = [p.pid for p in case.path].index(front.process.pid) + 1
    seen = case.path[at] if at < len(case.path) else None
    shell = seen.runs if seen is not None else None
    if seen is None or not isinstance(shell, ShellState) or front.shell is None:
        return None
    if shell.script is front.shell.script or shell.traps:
        return None
    waiting = shell.waiting
    if waiting is None or waiting.builtin or waiting.seconds is not None:
        return _behind_wait(case, seen, shell)
    return _behind_command(case, seen, waiting)


def _stop(workload: Workload, snapshot: Snapshot, root: Process) -> _Stop:
    tree = {p.pid: p for p in root.walk()}
    seen = {p.pid: p for p in snapshot.processes if p.pid in tree}
    lost = frozenset(p.pid for p in applications(snapshot) if p.pid in seen and lost_work(p))
    behind = frozenset(p.pid for pid in lost for p in _path(seen, pid))
    return _Stop(workload, snapshot, tree, seen, lost, behind)


def _path(seen: dict[int, Seen], pid: int) -> list[Seen]:
    """From PID 1 down to a process, as they hang together when the stop comes."""
    path: list[Seen] = []
    at = seen.get(pid)
    while at is not None:
        path.append(at)
        at = seen.get(at.parent) if at.parent is not None else None
    return path[::-1]


def _without_shadows(causes: tuple[Defect, ...]) -> tuple[Defect, ...]:
    """Where a second application is beside the main one, that is what is wrong with the shell.

    Of several it is one that has work to lose, not what may be through by then.
    """
    beside = [d for d in causes if isinstance(d, defects.Partial)]
    if not beside:
        return causes
    partial = next((d for d in beside if d.app is not None and d.app.work), beside[0])
    above = [d for d in causes if _waits_elsewhere(d, partial)]
    return (*above, partial, *(d for d in causes if isinstance(d, _OF_APPLICATION)))


def _waits_elsewhere(front: Defect, partial: Defect) -> bool:
    """Whether it is a shell in front of the one that starts several, and has to change as well."""
    return isinstance(front, defects.Foreground) and front.span.source is not partial.span.source


_OF_APPLICATION = (defects.Reloads, defects.UnhandledPid1, defects.UnhandledSignal)
"""What is wrong with an application itself, whatever stands in front of it."""


def _unending(stop: _Stop) -> tuple[Defect, ...]:
    """Every application has stopped, and a shell in front of them goes on."""
    seen = next((p for p in stop.seen.values() if p.shell and p.fate != "exit"), None)
    if seen is None or seen.shell is None:
        return ()
    shell, waiting = seen.shell, seen.shell.waiting
    case = _Case(stop, seen, _path(stop.seen, seen.pid))
    trap = shell.traps.get(stop.snapshot.signal)
    if trap is not None and shell.handler:
        basics = case.basics(seen, trap.span)
        return (defects.HandlerGoesOn(*basics, trap, shell.handler_ended),)
    if waiting is not None and "loop" in waiting.stack:
        return (defects.Restarted(*case.basics(seen, waiting.span)),)
    return ()


def _deaf(stop: _Stop) -> tuple[Defect, ...]:
    """Every application has stopped, and a program that started them goes on."""
    for seen in stop.seen.values():
        goes_on = seen.fate in {"sigkill", "torn"} and seen.shell is None and seen.role != "init"
        if goes_on and seen.sent and stop.snapshot.outcome is Outcome.KILLED:
            case = _Case(stop, seen, _path(stop.seen, seen.pid))
            return (defects.UnhandledSignal(*case.basics(seen, seen.span)),)
    return ()


def _left_behind(stop: _Stop) -> tuple[Defect, ...]:
    """The container ends by itself while something runs in the background."""
    for seen in stop.snapshot.processes[1:]:
        forked = seen.shell is not None and seen.background
        if (seen.app is not None and seen.app.duration is None) or forked:
            process = stop.tree.get(seen.pid)
            if process is None:
                continue  # it hangs under no process that is left
            job = _job_of(stop.snapshot, seen)
            span = job.span if forked and job else seen.span
            app = None if forked else process
            if span is not None:
                return (defects.Detached(process, app, span, None, None, exits=True),)
    return ()


def _undecided(stop: _Stop) -> tuple[Defect, ...]:
    """PID 1 stops only if its source, which is not in sight, handles the signal."""
    seen = stop.snapshot.processes[0]
    basics = _Case(stop, seen, [seen]).basics(seen, seen.span)
    return (defects.UnhandledPid1(*basics, decided=False),)


def _job_of(snapshot: Snapshot, seen: Seen) -> Job | None:
    """The background job of the shell that ended whose process this is."""
    shells = [p.shell for p in snapshot.processes if p.shell is not None]
    return next((j for shell in shells for j in shell.jobs if seen.pid in j.pids), None)


def _uncatchable(case: _Case) -> Defect:
    workload = case.stop.workload
    origins = workload.stop_signal.origins
    span = next((o for o in origins if isinstance(o, Span)), workload.declared)
    return defects.Uncatchable(*case.basics(case.path[0], span))


def _walk(case: _Case) -> Defect | None:
    """From PID 1 towards the application."""
    for index, seen in enumerate(case.path):
        match seen.runs:
            case ShellState() as shell:
                defect = _at_shell(case, seen, shell)
            case Wrapped(behaviour="supervise"):
                defect = _at_supervisor(case, seen, case.path[index + 1 :])
            case Wrapped() as wrapped:
                defect = _at_wrapper(case, seen, wrapped, case.path[index + 1 :])
            case Application() as app:
                return _at_app(case, seen, app, case.path[index + 1 :])
        if defect is not None:
            return defect
    return None


# Wrappers and applications ----------------------------------------------------------------------


def _at_wrapper(case: _Case, seen: Seen, wrapped: Wrapped, below: list[Seen]) -> Defect | None:
    basics = case.basics(seen, seen.span)
    if wrapped.behaviour == "swallow" or wrapped.deaf:
        return defects.WrapperSwallows(*basics)
    if wrapped.behaviour in {"die", "detach"}:
        return _abandons(case, basics)
    dropped = [s for s in seen.sent if wrapped.rewrite.get(s) == ""]
    if dropped and not any(p.sent for p in below):
        drops = defects.InitDrops if wrapped.role == "init" else defects.WrapperSwallows
        return drops(*basics)
    if wrapped.role == "wrapper" and wrapped.shell_text is not None and below:
        first = below[0].shell
        if first is not None and case.stop.snapshot.signal not in first.traps:
            return _abandons(case, basics)
    return _left_out(case, seen, below)


def _abandons(case: _Case, basics: Basics) -> Defect:
    signal = case.stop.snapshot.signal
    apps = [case.app.app, *(process.app for process in applications(case.stop.snapshot))]
    surely = all(
        app is not None and not app.assumed and app.reaction(signal) is Reaction.DEFAULT
        for app in apps
    )
    return defects.WrapperAbandons(*basics, heedless=surely)


def _left_out(case: _Case, seen: Seen, below: list[Seen]) -> Defect | None:
    """What ran before a shell became a program that tells only what it has started itself."""
    if not seen.sent or not below or below[0].sent:
        return None
    if not any(p.sent for p in case.stop.seen.values() if p.parent == seen.pid):
        return None
    basics = case.basics(seen, case.app.span)
    serving = any(p.told for p in applications(case.stop.snapshot))
    return _partial(case, seen, basics) if serving else defects.Detached(*basics)


def _at_supervisor(case: _Case, seen: Seen, below: list[Seen]) -> Defect | None:
    """A signal on which a supervisor does nothing; or something beside its own programs."""
    if not seen.sent or not below or below[0].sent:
        return None
    if any(p.sent for p in case.stop.seen.values() if p.parent == seen.pid):
        return _partial(case, seen, case.basics(seen, case.app.span))
    return defects.UnhandledSignal(*case.basics(seen, seen.span))


def _at_app(case: _Case, seen: Seen, app: Application, below: list[Seen]) -> Defect | None:
    """An application on the way: the lost one itself, or one that others hang under.

    What a program without a handler has started is its own affair, as long as it has none.
    """
    deaf = seen is case.path[0] and seen.pid in case.stop.lost and bool(seen.sent)
    if below and deaf and _by_itself(app, seen.sent[0]) is defects.UnhandledPid1:
        return defects.UnhandledPid1(*case.basics(seen, seen.span))
    if below:
        basics = case.basics(seen, case.app.span)
        return defects.Detached(*basics) if app.placeholder else _partial(case, seen, basics)
    basics = case.basics(seen, seen.span)
    if not seen.sent:  # as PID 1, where it blocks the signal that it is sent
        return defects.UnhandledSignal(*basics) if seen is case.path[0] else None
    sent = seen.sent[0]
    ignoring = next(_ignoring(case, seen), None) if seen is not case.path[0] else None
    if ignoring is not None:
        return ignoring
    kind = _by_itself(app, sent)
    above = case.path[-2] if len(case.path) > 1 else None
    if kind is defects.TooSlow and above is not None and _ended_first(case, above):
        return defects.WrapperAbandons(*case.basics(above, above.span))
    if kind is defects.TooSlow and app.lasts and "sigkill" in {seen.fate, case.path[0].fate}:
        return defects.UnhandledSignal(*basics, needs=app.lasts)
    if kind is defects.UnhandledSignal and app.kept is not None:
        return defects.UnhandledSignal(*basics, kept=app.kept)
    if seen.fate == "signal" and app.finishes_on:
        return None  # it finishes its work on another signal, which is told as a loss
    return kind(*basics)


def _ended_first(case: _Case, above: Seen) -> bool:
    """Whether the program that started the application did not wait for its end."""
    if above.shell is not None or above.role == "init":
        return False
    left = case.app.fate == "torn" and above.fate in {"exit", "signal"}
    return left or (case.app.fate == "sigkill" and case.app.killed_by == above.pid)


def _by_itself(app: Application, signal: str) -> type[Defect]:
    """What is wrong with an application that is told and does not end in time."""
    match app.reaction(signal):
        case Reaction.GRACEFUL | Reaction.FAST:
            return defects.TooSlow
        case Reaction.RELOAD:
            return defects.Reloads
        case Reaction.DEFAULT if _wants_init(app, signal):
            return defects.UnhandledPid1
    return defects.UnhandledSignal


def _wants_init(app: Application, signal: str) -> bool:
    """Whether the signal would end it as any process but PID 1, and no other is better."""
    ends = signal not in signals.IGNORED_BY_DEFAULT | signals.STOPS_BY_DEFAULT
    return ends and not app.assumed and app.reaction("TERM") is Reaction.DEFAULT


# Shells ---------------------------------------------------------------------------------------

_ASIDE = frozenset({"ERR", "DEBUG", "RETURN", "CHLD", "WINCH", "PIPE"})
"""Traps that nobody sets to stop anything."""


def _at_shell(case: _Case, seen: Seen, shell: ShellState) -> Defect | None:
    signal = seen.sent[0] if seen.sent else case.stop.snapshot.signal
    trap = shell.traps.get(signal)
    if shell.handler or shell.exit_trap:
        return _at_handler(case, seen, shell, trap or shell.traps.get("EXIT"))
    if trap is not None and trap.ignores:
        return defects.TrapIgnores(*case.basics(seen, trap.span), trap, signal)
    if trap is not None:
        return _late(case, seen, shell, trap)
    if seen.sent and seen.fate == "exit" and case.app.sent:
        return None
    waiting = shell.waiting
    if waiting is None or waiting.builtin or waiting.seconds is not None:
        return _behind_wait(case, seen, shell)
    return _behind_command(case, seen, waiting)


def _late(case: _Case, seen: Seen, shell: ShellState, trap: Trap) -> Defect:
    """The handler has not run: the shell waited for something in the foreground."""
    waiting = shell.waiting
    front = case.stop.seen.get(waiting.pids[0]) if waiting is not None and waiting.pids else None
    case = _in_the_way(case, waiting.pids) if waiting is not None else case
    basics = case.basics(seen, waiting.span if waiting is not None else trap.span)
    sleeps = (
        front is not None
        and _placeholder(front)
        and (front is not case.app or front.key == "sleep")
    )
    return (defects.TrapBehindSleep if sleeps else defects.LateTrap)(*basics, trap)


def _in_the_way(case: _Case, pids: tuple[int, ...]) -> _Case:
    """The application that a shell waits for, where the one that is lost stands beside it."""
    if any(p.pid in pids for p in case.path):
        return case
    ahead = (pid for pid in sorted(case.stop.lost) if _under(case, case.stop.seen[pid], pids))
    pid = next(ahead, None)
    if pid is None:
        return case
    return _Case(case.stop, case.stop.seen[pid], _path(case.stop.seen, pid))


def _placeholder(seen: Seen) -> bool:
    return isinstance(seen.became, Application) and seen.became.placeholder


def _behind_command(case: _Case, seen: Seen, waiting: Waiting) -> Defect:
    """The shell waits for a command in the foreground, without a trap for the signal."""
    if not any(p.pid in waiting.pids for p in case.path):
        return _beside(case, seen, waiting)
    lost = [p for p in case.stop.seen.values() if p.pid in case.stop.lost and p.background]
    inner = {_source(p.runs) for p in case.path[case.path.index(seen) + 1 :]}
    jobs = [
        p
        for p in lost
        if p.span and p.span.source not in inner and not _under(case, p, waiting.pids)
    ]
    if jobs and not _placeholder(case.app):
        return _partial(case, seen, case.basics(seen, _started_by(case, seen, jobs[0])))
    return _in_front(case, seen, waiting)


def _source(runs: object) -> Source | None:
    """Where the script of a shell is written: a daemon that it starts hangs elsewhere later."""
    return runs.script.span(runs.script.body).source if isinstance(runs, ShellState) else None


def _started_by(case: _Case, shell: Seen, seen: Seen) -> Span | None:
    """Where a shell starts what a process hangs below: the program itself, or its supervisor."""
    above = (p.span for p in _path(case.stop.seen, seen.pid) if p.parent == shell.pid)
    return next(above, None) or seen.span


def _under(case: _Case, seen: Seen, above: tuple[int, ...]) -> bool:
    """Whether a process hangs below one of those that are waited for."""
    return any(p.pid in above for p in _path(case.stop.seen, seen.pid))


def _beside(case: _Case, seen: Seen, waiting: Waiting) -> Defect:
    """The application is in the background, something else in the foreground."""
    basics = case.basics(seen, _job_span(case, seen))
    serving = bool(waiting.pids) and waiting.pids[0] in case.stop.lost
    return _partial(case, seen, basics) if serving else defects.Detached(*basics)


def _partial(case: _Case, seen: Seen, basics: Basics, trap: Trap | None = None) -> Defect:
    return defects.Partial(*basics, trap, _job(case, seen))


def _job_span(case: _Case, seen: Seen) -> Span | None:
    job = _job(case, seen)
    return job.span if job is not None else case.app.span


def _job(case: _Case, seen: Seen) -> Job | None:
    """The background job that the application belongs to."""
    numbers = {p.pid for p in case.path}
    jobs = seen.shell.jobs if seen.shell is not None else ()
    return next((j for j in jobs if not numbers.isdisjoint(j.pids)), None)


def _in_front(case: _Case, seen: Seen, waiting: Waiting) -> Defect:
    """The application is part of what the shell waits for."""
    node, stack = waiting.node, waiting.stack
    basics = case.basics(seen, waiting.span)
    below = case.path[case.path.index(seen) + 1 :]
    by_exec = any(p.app is not None and _execed(p) for p in below)
    match node:
        case tree.Pipeline(commands=commands) if len(commands) > 1:
            return defects.Pipelined(*basics)
        case tree.Subshell() | tree.Substitution() if by_exec:
            return defects.ExecInPart(*basics)
        case tree.Substitution():
            return defects.Followed(*basics)
    if "loop" in stack:
        return defects.Restarted(*basics)
    if "timed" in stack:
        return defects.WrapperSwallows(*basics)
    follows = "after" in stack or "condition" in stack
    return defects.Followed(*basics) if follows else defects.Foreground(*basics)


def _execed(seen: Seen) -> bool:
    span = seen.span
    return span is not None and span.text.split(None, 1)[:1] == ["exec"]


def _behind_wait(case: _Case, seen: Seen, shell: ShellState) -> Defect:
    """The application is in the background, and the shell waits without a trap for the signal."""
    if shell.rejected:
        name, place = shell.rejected[0]
        return defects.TrapRejected(*case.basics(seen, place), name)
    others = {s: t for s, t in shell.traps.items() if not t.ignores and s not in _ASIDE}
    if others:
        trap = min(others.items(), key=lambda item: (item[0] == "EXIT", not _kills(item[1])))[1]
        return defects.TrapForOther(*case.basics(seen, trap.span), trap, tuple(others))
    waiting, job = shell.waiting, _job(case, seen)
    if waiting is not None and "loop" in waiting.stack and not waiting.builtin:
        return defects.Restarted(*case.basics(seen, waiting.span))
    basics = case.basics(seen, _job_span(case, seen))
    command = job.item.command if job is not None else None
    if isinstance(command, tree.Simple) and command.name == "exec":
        return defects.ExecInPart(*basics, background=True)
    jobs = tuple(j for j in shell.jobs if not case.stop.behind.isdisjoint(j.pids))
    return defects.NoTrap(*basics, jobs)


def _kills(trap: Trap) -> bool:
    return "kill" in (trap.action.value or "")


# Handlers -------------------------------------------------------------------------------------


def _at_handler(case: _Case, seen: Seen, shell: ShellState, trap: Trap | None) -> Defect | None:
    """The handler has run; the application is lost all the same."""
    app = case.app
    span = trap.span if trap else seen.span
    if seen.fate == "signal" and seen.killed_by == seen.pid and shell.kills:
        again = shell.kills[-1]
        return defects.HandlerRunsAgain(*case.basics(seen, again.span), trap, again)
    first = next((kill for kill in shell.kills if kill.pid == app.pid), None)
    killed = app.fate == "sigkill" and app.killed_by == seen.pid
    if killed or (first is not None and app.fate == "signal"):
        basics = case.basics(seen, first.span if first is not None else span)
        signal = "KILL" if killed or first is None else first.signal
        return defects.HandlerKills(*basics, trap, signal, first)
    if app.told:
        basics = case.basics(seen, span)
        return defects.WaitInterrupted(*basics, trap, shell.kills, _job(case, seen))
    if first is None:
        passed_on = case.path[case.path.index(seen) + 1]
        if passed_on.app is None and passed_on.sent:
            return None
        return _missed(case, seen, shell, trap)
    basics = case.basics(seen, first.span)
    if first.signal in app.ignored:
        return defects.BackgroundIgnores(*basics, trap, first)
    return defects.HandlerMisses(*basics, trap, _job(case, seen), sent=first.signal)


def _missed(case: _Case, seen: Seen, shell: ShellState, trap: Trap | None) -> Defect:
    """The handler has not told this application."""
    job = _job(case, seen)
    if any(p.told for p in applications(case.stop.snapshot)):
        return _partial(case, seen, case.basics(seen, _job_span(case, seen)), trap)
    basics = case.basics(seen, trap.span if trap else seen.span)
    if trap is not None and trap.expanded_early and "$" not in (trap.action.value or ""):
        return defects.TrapExpandsEarly(*basics, trap, trap.expanded_early)
    return defects.HandlerMisses(*basics, trap, job, busy=_busy(seen, shell))


def _busy(seen: Seen, shell: ShellState) -> Span | None:
    """The command that a handler was still waiting for when the grace period was over."""
    waiting = shell.busy
    if waiting is None or waiting.builtin or seen.fate != "sigkill" or shell.handler_ended:
        return None
    return waiting.span
