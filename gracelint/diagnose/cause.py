"""What breaks a stop: the first process from PID 1 on that fails to deliver, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base import signals
from gracelint.base.source import Span
from gracelint.base.values import dataclass
from gracelint.diagnose.lost import applications, lost_work
from gracelint.model.application import Application
from gracelint.model.entries import Reaction, Wrapped
from gracelint.model.snapshot import ShellState
from gracelint.model.story import Cause, Defect, Verdict
from gracelint.syntax.shell import tree

if TYPE_CHECKING:
    from gracelint.model.snapshot import Job, Seen, Snapshot, Trap, Waiting
    from gracelint.model.story import Process
    from gracelint.model.workload import Workload


@dataclass(frozen=True, slots=True)
class _Stop:
    """What is looked at: a stop, and its processes by their numbers as they stand in the tree."""

    workload: Workload
    snapshot: Snapshot
    tree: dict[int, Process]


@dataclass(frozen=True, slots=True)
class _Case:
    """One application that was lost, and the way to it. lost: the numbers of all that were."""

    stop: _Stop
    app: Seen
    path: list[Seen]
    lost: frozenset[int]

    @property
    def snapshot(self) -> Snapshot:
        """The stop, as it was seen."""
        return self.stop.snapshot


def defects_of(
    workload: Workload, snapshot: Snapshot, tree: Process | None, verdict: Verdict
) -> tuple[Defect, ...]:
    """One defect for each thing that has to change; none where the stop is graceful."""
    if tree is None or verdict is Verdict.GRACEFUL:
        return ()
    stop = _Stop(workload, snapshot, {p.pid: p for p in tree.walk()})
    if verdict is Verdict.EXITS:
        return _left_behind(stop)
    apps = {p.pid for p in applications(snapshot)}
    lost = [p for p in snapshot.processes if p.pid in apps and lost_work(p)]
    numbers = frozenset(p.pid for p in lost)
    found: dict[tuple[object, ...], Defect] = {}
    for app in lost:
        case = _Case(stop, app, snapshot.path(app.pid), numbers)
        defect = _sigkill(case) if snapshot.signal in signals.UNCATCHABLE else _walk(case)
        if defect is not None:
            once = defect.cause in {Cause.NO_TRAP, Cause.DETACHED}
            same = defect.process.pid if once else defect.span
            found.setdefault((defect.cause, same), defect)
    return _without_shadows(tuple(found.values())) or _unending(stop)


def _without_shadows(found: tuple[Defect, ...]) -> tuple[Defect, ...]:
    """Where a second application is beside the main one, that is the one defect."""
    partial = [d for d in found if d.cause is Cause.PARTIAL]
    return tuple(partial[:1]) if partial else found


def _unending(stop: _Stop) -> tuple[Defect, ...]:
    """Every application has stopped, and a shell in front of them goes on."""
    seen = next((p for p in stop.snapshot.processes if p.shell and p.fate != "exit"), None)
    if seen is None or seen.shell is None:
        return ()
    shell, waiting = seen.shell, seen.shell.waiting
    case = _Case(stop, seen, stop.snapshot.path(seen.pid), frozenset())
    trap = shell.traps.get(stop.snapshot.signal)
    if trap is not None and shell.handler:
        cause, ended = Cause.TRAP_INEFFECTIVE, shell.handler_ended
        return (_defect(case, seen, cause, trap.span, trap=trap, goes_on=True, ended=ended),)
    if waiting is not None and "loop" in waiting.stack:
        return (_defect(case, seen, Cause.RESTART, waiting.span),)
    return ()


def _left_behind(stop: _Stop) -> tuple[Defect, ...]:
    """The container ends by itself while something runs in the background."""
    for seen in stop.snapshot.processes[1:]:
        forked = seen.shell is not None and seen.background
        if (seen.app is not None and seen.app.duration is None) or forked:
            process = stop.tree[seen.pid]
            job = _job_of(stop.snapshot, seen)
            span = job.span if forked and job else seen.span
            app = None if forked else process
            if span is not None:
                more: dict[str, object] = {"exits": True}
                return (Defect(Cause.DETACHED, process, app, span, job=job, details=more),)
    return ()


def _job_of(snapshot: Snapshot, seen: Seen) -> Job | None:
    """The background job of the shell that ended whose process this is."""
    shells = [p.shell for p in snapshot.processes if p.shell is not None]
    return next((j for shell in shells for j in shell.jobs if seen.pid in j.pids), None)


def _sigkill(case: _Case) -> Defect:
    workload = case.stop.workload
    origins = workload.stop_signal.origins
    span = next((o for o in origins if isinstance(o, Span)), workload.declared)
    return _defect(case, case.path[0], Cause.SIGKILL, span)


def _defect(
    case: _Case,
    at: Seen,
    cause: Cause,
    span: Span | None,
    *,
    trap: Trap | None = None,
    **more: object,
) -> Defect:
    shell, known = at.shell, case.stop.tree
    node = shell.waiting.node if shell is not None and shell.waiting is not None else None
    above = [p for p in case.path if p is not at and p.role == "init"]
    before = above[: case.path.index(at)] if at in case.path else above
    return Defect(
        cause,
        known[at.pid],
        known[case.app.pid],
        span or at.span or case.stop.workload.declared,
        shell=shell,
        node=node if isinstance(node, tree.Simple) else None,
        trap=trap,
        kills=shell.kills if shell is not None else (),
        job=_job(case, at),
        under_init=known[before[-1].pid] if before else None,
        command=shell.instruction if shell is not None else None,
        details=dict(more),
    )


def _walk(case: _Case) -> Defect | None:
    """From PID 1 towards the application."""
    for index, seen in enumerate(case.path):
        match seen.runs:
            case ShellState() as shell:
                defect = _at_shell(case, seen, shell)
            case Wrapped(behaviour="supervise"):
                defect = None
            case Wrapped() as wrapped:
                defect = _at_wrapper(case, seen, wrapped, case.path[index + 1 :])
            case Application() as app:
                return _at_app(case, seen, app, case.path[index + 1 :])
        if defect is not None:
            return defect
    return None


# Wrappers and applications ----------------------------------------------------------------------


def _at_wrapper(case: _Case, seen: Seen, wrapped: Wrapped, below: list[Seen]) -> Defect | None:
    if wrapped.behaviour == "swallow":
        return _defect(case, seen, Cause.WRAPPER_SWALLOWS, seen.span)
    if wrapped.behaviour in {"die", "detach"}:
        return _defect(case, seen, Cause.WRAPPER_ABANDONS, seen.span)
    dropped = [s for s in seen.sent if wrapped.rewrite.get(s) == ""]
    if dropped and not any(p.sent for p in below):
        return _defect(case, seen, Cause.INIT_DROPS, seen.span)
    if wrapped.role == "wrapper" and wrapped.shell_text is not None and below:
        first = below[0].shell
        if first is not None and case.snapshot.signal not in first.traps:
            return _defect(case, seen, Cause.WRAPPER_ABANDONS, seen.span)
    return None


def _at_app(case: _Case, seen: Seen, app: Application, below: list[Seen]) -> Defect | None:
    """An application on the way: the lost one itself, or one that others hang under."""
    if below:
        cause = Cause.DETACHED if app.placeholder else Cause.PARTIAL
        return _defect(case, seen, cause, case.app.span)
    if not seen.sent:
        return None
    sent = seen.sent[0]
    ignoring = case.snapshot.ignoring.get(sent)
    if ignoring is not None and app.ignores(sent, seen.ignored) and seen is not case.path[0]:
        return _defect(case, seen, Cause.TRAP_IGNORES, ignoring.span, trap=ignoring, signal=sent)
    reaction = app.reaction(sent)
    if reaction in {Reaction.GRACEFUL, Reaction.FAST}:
        return _defect(case, seen, Cause.TOO_SLOW, seen.span)
    if reaction is Reaction.RELOAD:
        return _defect(case, seen, Cause.RELOADS, seen.span)
    if reaction is Reaction.DEFAULT and _wants_init(app, sent):
        return _defect(case, seen, Cause.UNHANDLED_PID1, seen.span)
    return _defect(case, seen, Cause.UNHANDLED_SIGNAL, seen.span, sent=sent)


def _wants_init(app: Application, signal: str) -> bool:
    """Whether the signal would end it as any process but PID 1, and no other is better."""
    ends = signal not in signals.IGNORED_BY_DEFAULT | signals.STOPS_BY_DEFAULT
    return ends and not app.assumed and app.reaction("TERM") is Reaction.DEFAULT


# Shells --------------------------------------------------------------------------------------

_ASIDE = frozenset({"ERR", "DEBUG", "RETURN", "CHLD", "WINCH", "PIPE"})
"""Traps that nobody sets to stop anything."""


def _at_shell(case: _Case, seen: Seen, shell: ShellState) -> Defect | None:
    signal = seen.sent[0] if seen.sent else case.snapshot.signal
    trap = shell.traps.get(signal)
    if shell.handler or shell.exit_trap:
        return _at_handler(case, seen, shell, trap or shell.traps.get("EXIT"))
    if trap is not None and trap.ignores:
        return _defect(case, seen, Cause.TRAP_IGNORES, trap.span, trap=trap)
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
    span = waiting.span if waiting is not None else trap.span
    front = case.snapshot.process(waiting.pids[0]) if waiting is not None and waiting.pids else None
    sleeps = front is not None and _placeholder(front)
    sleeps = sleeps and front is not None and (front is not case.app or front.key == "sleep")
    cause = Cause.TRAP_BEHIND_SLEEP if sleeps else Cause.LATE_TRAP
    return _defect(case, seen, cause, span, trap=trap)


def _placeholder(seen: Seen) -> bool:
    return isinstance(seen.became, Application) and seen.became.placeholder


def _behind_command(case: _Case, seen: Seen, waiting: Waiting) -> Defect:
    """The shell waits for a command in the foreground, without a trap for the signal."""
    if not any(p.pid in waiting.pids for p in case.path):
        return _beside(case, seen, waiting)
    beside = [p for p in case.snapshot.processes if p.pid in case.lost and p.background]
    jobs = [p for p in beside if p.span and not _under(case, p, waiting.pids)]
    if jobs and not _placeholder(case.app):
        return _defect(case, seen, Cause.PARTIAL, jobs[0].span)
    return _defect(case, seen, _foreground_cause(case, seen, waiting), waiting.span)


def _under(case: _Case, seen: Seen, above: tuple[int, ...]) -> bool:
    """Whether a process hangs below one of those that are waited for."""
    return any(p.pid in above for p in case.snapshot.path(seen.pid))


def _beside(case: _Case, seen: Seen, waiting: Waiting) -> Defect:
    """The application is in the background, something else in the foreground."""
    serving = bool(waiting.pids) and waiting.pids[0] in case.lost
    cause = Cause.PARTIAL if serving else Cause.DETACHED
    return _defect(case, seen, cause, _job_span(case, seen))


def _job_span(case: _Case, seen: Seen) -> Span | None:
    job = _job(case, seen)
    return job.span if job is not None else case.app.span


def _job(case: _Case, seen: Seen) -> Job | None:
    """The background job that the application belongs to."""
    numbers = {p.pid for p in case.path}
    jobs = seen.shell.jobs if seen.shell is not None else ()
    return next((j for j in jobs if not numbers.isdisjoint(j.pids)), None)


def _foreground_cause(case: _Case, seen: Seen, waiting: Waiting) -> Cause:
    node, stack = waiting.node, waiting.stack
    below = case.path[case.path.index(seen) + 1 :]
    by_exec = any(p.app is not None and _execed(p) for p in below)
    if isinstance(node, tree.Pipeline) and len(node.commands) > 1:
        return Cause.PIPELINE
    if by_exec and isinstance(node, tree.Subshell | tree.Substitution):
        return Cause.EXEC_IN_SUBSHELL
    if isinstance(node, tree.Substitution):
        return Cause.FOLLOWED
    if "loop" in stack:
        return Cause.RESTART
    if "timed" in stack:
        return Cause.WRAPPER_SWALLOWS
    return Cause.FOLLOWED if "after" in stack or "condition" in stack else Cause.FOREGROUND


def _execed(seen: Seen) -> bool:
    span = seen.span
    return span is not None and span.text.split(None, 1)[:1] == ["exec"]


def _behind_wait(case: _Case, seen: Seen, shell: ShellState) -> Defect:
    """The application is in the background, and the shell waits without a trap for the signal."""
    if shell.rejected:
        name, place = shell.rejected[0]
        return _defect(case, seen, Cause.TRAP_REJECTED, place, name=name)
    others = {s: t for s, t in shell.traps.items() if not t.ignores and s not in _ASIDE}
    if others:
        trap = min(others.items(), key=lambda item: (item[0] == "EXIT", not _kills(item[1])))[1]
        return _defect(case, seen, Cause.TRAP_FOR_OTHER, trap.span, trap=trap, names=tuple(others))
    waiting, job, span = shell.waiting, _job(case, seen), _job_span(case, seen)
    if waiting is not None and "loop" in waiting.stack and not waiting.builtin:
        return _defect(case, seen, Cause.RESTART, waiting.span)
    command = job.item.command if job is not None else None
    if isinstance(command, tree.Simple) and command.name == "exec":
        return _defect(case, seen, Cause.EXEC_IN_SUBSHELL, span, background=True)
    lost = {p.pid for pid in case.lost for p in case.snapshot.path(pid)}
    jobs = tuple(j for j in shell.jobs if not lost.isdisjoint(j.pids))
    return _defect(case, seen, Cause.NO_TRAP, span, jobs=jobs)


def _kills(trap: Trap) -> bool:
    return "kill" in (trap.action.value or "")


def _at_handler(case: _Case, seen: Seen, shell: ShellState, trap: Trap | None) -> Defect | None:
    """The handler has run; the application is lost all the same."""
    app = case.app
    span = trap.span if trap else seen.span
    to_app = [kill for kill in shell.kills if kill.pid == app.pid]
    if app.fate == "sigkill" and app.killed_by == seen.pid:
        place = to_app[0].span if to_app else span
        return _defect(case, seen, Cause.TRAP_KILLS, place, trap=trap)
    if to_app and app.fate == "signal":
        sent = to_app[0]
        return _defect(case, seen, Cause.TRAP_KILLS, sent.span, trap=trap, sent=sent.signal)
    if app.told:
        return _defect(case, seen, Cause.WAIT_INTERRUPTED, span, trap=trap)
    if not to_app:
        passed_on = case.path[case.path.index(seen) + 1]
        if passed_on.app is None and passed_on.sent:
            return None
        return _missed(case, seen, shell, trap)
    sent = to_app[0]
    cause = Cause.TRAP_IGNORES if sent.signal in app.ignored else Cause.TRAP_INEFFECTIVE
    return _defect(case, seen, cause, sent.span, trap=trap, sent=sent.signal)


def _missed(case: _Case, seen: Seen, shell: ShellState, trap: Trap | None) -> Defect:
    """The handler has not told this application."""
    span = trap.span if trap else seen.span
    if any(p.told for p in applications(case.snapshot)):
        return _defect(case, seen, Cause.PARTIAL, _job_span(case, seen), trap=trap)
    if trap is not None and trap.expanded_early and "$" not in (trap.action.value or ""):
        return _defect(
            case, seen, Cause.TRAP_EXPANDS_EARLY, span, trap=trap, names=trap.expanded_early
        )
    busy = _busy(seen, shell)
    return _defect(case, seen, Cause.TRAP_INEFFECTIVE, span, trap=trap, busy=busy)


def _busy(seen: Seen, shell: ShellState) -> Span | None:
    """The command that a handler was still waiting for when the grace period was over."""
    waiting = shell.busy
    if waiting is None or waiting.builtin or seen.fate != "sigkill" or shell.handler_ended:
        return None
    return waiting.span
