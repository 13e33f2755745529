"""What breaks a stop: the first process from PID 1 on that fails to deliver, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base import signals
from gracelint.base.values import dataclass
from gracelint.model.entries import Reaction
from gracelint.model.story import Cause, Defect, Verdict
from gracelint.simulate.bodies import App, Supervisor, Wrapper
from gracelint.simulate.shell.records import Kill, Trap
from gracelint.simulate.shell.shell import Shell
from gracelint.simulate.world import command_of
from gracelint.syntax.shell import tree as tree

if TYPE_CHECKING:
    from gracelint.base.source import Span
    from gracelint.diagnose.snapshot import Picture, Snapshot
    from gracelint.model.workload import Workload
    from gracelint.simulate.kernel import Task
    from gracelint.simulate.shell.records import Job
    from gracelint.simulate.world import World


@dataclass(frozen=True, slots=True)
class _Case:
    """What is looked at: one application that was lost, and the way to it."""

    world: World
    snapshot: Snapshot
    signal: str
    app: Picture
    path: list[Picture]
    lost: list[Task]


def defects_of(
    workload: Workload, world: World, snapshot: Snapshot, verdict: Verdict, signal: str
) -> tuple[Defect, ...]:
    """One defect for each thing that has to change; none where the stop is graceful."""
    if verdict is Verdict.EXITS:
        return _left_behind(world, snapshot)
    if verdict is Verdict.GRACEFUL:
        return ()
    lost = [p for p in snapshot.pictures if _lost_application(world, p)]
    tasks = [p.task for p in lost]
    found: dict[tuple[object, ...], Defect] = {}
    for app in lost:
        case = _Case(world, snapshot, signal, app, snapshot.path(app.task), tasks)
        defect = _sigkill(case, workload) if signal in {"KILL", "STOP"} else _walk(case)
        if defect is not None:
            once = defect.cause in {Cause.NO_TRAP, Cause.DETACHED}
            same = defect.process.pid if once else defect.span
            found.setdefault((defect.cause, same), defect)
    return _without_shadows(tuple(found.values())) or _unending(world, snapshot, signal)


def _lost_application(world: World, picture: Picture) -> bool:
    from gracelint.diagnose.tell import applications, lost_work

    return lost_work(picture.task) and picture.task in applications(world)


def _without_shadows(found: tuple[Defect, ...]) -> tuple[Defect, ...]:
    """Where a second application is beside the main one, that is the one defect."""
    partial = [d for d in found if d.cause is Cause.PARTIAL]
    return tuple(partial[:1]) if partial else found


def _unending(world: World, snapshot: Snapshot, signal: str) -> tuple[Defect, ...]:
    """Every application has stopped, and a shell in front of them goes on."""
    shells = [p for p in snapshot.pictures if isinstance(p.body, Shell) and p.task.fate != "exit"]
    for picture in shells[:1]:
        body, waiting = picture.body, picture.waiting
        case = _Case(world, snapshot, signal, picture, snapshot.path(picture.task), [])
        events = list(body.event[picture.events :]) if isinstance(body, Shell) else []
        trap = picture.traps.get(signal)
        if trap is not None and any(kind == "handler" for kind, _ in events):
            ended = any(kind == "handled" for kind, _ in events)
            cause = Cause.TRAP_INEFFECTIVE
            return (_defect(case, picture, cause, trap.span, trap=trap, goes_on=True, ended=ended),)
        if waiting is not None and "loop" in waiting.stack:
            return (_defect(case, picture, Cause.RESTART, waiting.span),)
    return ()


def _left_behind(world: World, snapshot: Snapshot) -> tuple[Defect, ...]:
    """The container ends by itself while something runs in the background."""
    del world
    found = []
    for picture in snapshot.pictures[1:]:
        body = picture.body
        forked = isinstance(body, Shell) and picture.task.background
        if (isinstance(body, App) and body.duration is None) or forked:
            process = snapshot.process(picture)
            job = _job_of(snapshot, picture)
            span = job.span if forked and job else picture.span
            app = None if forked else process
            if span is not None:
                more: dict[str, object] = {"exits": True}
                found.append(Defect(Cause.DETACHED, process, app, span, job=job, details=more))
    return tuple(found[:1])


def _job_of(snapshot: Snapshot, picture: Picture) -> Job | None:
    """The background job of the shell that ended whose process this is."""
    bodies = [p.body for p in snapshot.pictures if isinstance(p.body, Shell)]
    return next((j for b in bodies for j in b.jobs if picture.task in j.tasks), None)


def _sigkill(case: _Case, workload: Workload) -> Defect:
    origins = getattr(workload.stop_signal, "origins", ())
    span = next((o for o in origins if hasattr(o, "start")), workload.declared)
    return _defect(case, case.path[0], Cause.SIGKILL, span)


def _defect(case: _Case, at: Picture, cause: Cause, span: Span | None, **more: object) -> Defect:
    snapshot = case.snapshot
    body = at.body
    waiting = at.waiting
    node = waiting.node if waiting is not None else None
    above = [p for p in case.path if p is not at and _is_init(p)]
    before = above[: case.path.index(at)] if at in case.path else above
    trap = more.pop("trap", None)
    events = body.event[at.events :] if isinstance(body, Shell) else []
    return Defect(
        cause,
        snapshot.process(at),
        snapshot.process(case.app),
        span or at.span or case.world.workload.declared,
        shell=snapshot.shell_state(at),
        node=node if isinstance(node, tree.Simple) else None,
        trap=trap if isinstance(trap, Trap) else None,
        kills=tuple(e for _, e in events if isinstance(e, Kill)),
        job=_job(case, at),
        under_init=snapshot.process(before[-1]) if before else None,
        command=command_of(case.world, body) if isinstance(body, Shell) else None,
        details=dict(more),
    )


def _is_init(picture: Picture) -> bool:
    return getattr(picture.body, "role", "") == "init"


def _walk(case: _Case) -> Defect | None:
    """From PID 1 towards the application."""
    for index, picture in enumerate(case.path):
        body = picture.body
        if isinstance(body, Shell):
            defect = _at_shell(case, picture, body)
        elif isinstance(body, Wrapper):
            defect = _at_wrapper(case, picture, body, case.path[index + 1 :])
        elif isinstance(body, Supervisor):
            defect = None
        else:
            return _at_app(case, picture, case.path[index + 1 :])
        if defect is not None:
            return defect
    return None


# Wrappers and applications ----------------------------------------------------------------------


def _at_wrapper(
    case: _Case, picture: Picture, body: Wrapper, below: list[Picture]
) -> Defect | None:
    wrapped = body.wrapped
    sent = case.snapshot.sent(picture.task)
    if wrapped.behaviour == "swallow":
        return _defect(case, picture, Cause.WRAPPER_SWALLOWS, picture.span)
    if wrapped.behaviour in {"die", "detach"}:
        return _defect(case, picture, Cause.WRAPPER_ABANDONS, picture.span)
    dropped = [s for s in sent if wrapped.rewrite.get(s) == ""]
    if dropped and not any(case.snapshot.sent(p.task) for p in below):
        return _defect(case, picture, Cause.INIT_DROPS, picture.span)
    if wrapped.role == "wrapper" and wrapped.shell_text is not None and below:
        first = below[0].body
        if isinstance(first, Shell) and case.snapshot.signal not in below[0].traps:
            return _defect(case, picture, Cause.WRAPPER_ABANDONS, picture.span, inner=below[0])
    return None


def _at_app(case: _Case, picture: Picture, below: list[Picture]) -> Defect | None:
    """An application on the way: the lost one itself, or one that others hang under."""
    body, task = picture.body, picture.task
    assert isinstance(body, App)
    if below:
        job = case.app.span
        cause = Cause.DETACHED if body.placeholder else Cause.PARTIAL
        return _defect(case, picture, cause, job, replaced=True)
    sent = case.snapshot.sent(task)
    if task.fate == "sigkill" and task.killed_by is not None and not sent:
        return None
    if not sent:
        return None
    ignoring = case.world.ignoring.get(sent[0])
    if ignoring is not None and body.ignored_in(sent[0]) and picture is not case.path[0]:
        return _defect(
            case, picture, Cause.TRAP_IGNORES, ignoring.span, trap=ignoring, signal=sent[0]
        )
    reaction = body.reaction(sent[0])
    if reaction in {Reaction.GRACEFUL, Reaction.FAST}:
        return _defect(case, picture, Cause.TOO_SLOW, picture.span)
    if reaction is Reaction.RELOAD:
        return _defect(case, picture, Cause.RELOADS, picture.span)
    if reaction is Reaction.DEFAULT and _wants_init(body, sent[0]):
        return _defect(case, picture, Cause.UNHANDLED_PID1, picture.span)
    return _defect(case, picture, Cause.UNHANDLED_SIGNAL, picture.span, sent=sent[0])


def _wants_init(body: App, signal: str) -> bool:
    """Whether the signal would end it as any process but PID 1, and no other is better."""
    ends = signal not in signals.IGNORED_BY_DEFAULT | signals.STOPS_BY_DEFAULT
    return ends and not body.assumed and body.reaction("TERM") is Reaction.DEFAULT


_ASIDE = frozenset({"ERR", "DEBUG", "RETURN", "CHLD", "WINCH", "PIPE"})
"""Traps that nobody sets to stop anything."""

# Shells --------------------------------------------------------------------------------------


def _at_shell(case: _Case, picture: Picture, body: Shell) -> Defect | None:
    sent = case.snapshot.sent(picture.task)
    signal = sent[0] if sent else case.signal
    trap = picture.traps.get(signal)
    ran = any(kind in {"handler", "exit trap"} for kind, _ in body.event[picture.events :])
    if ran:
        return _at_handler(case, picture, body, trap or picture.traps.get("EXIT"))
    if trap is not None and trap.action.value == "":
        return _defect(case, picture, Cause.TRAP_IGNORES, trap.span, trap=trap)
    if trap is not None:
        return _late(case, picture, trap)
    if sent and not picture.task.alive and picture.task.fate == "exit" and case.app.task.told:
        return None
    return _untrapped(case, picture, body)


def _late(case: _Case, picture: Picture, trap: Trap) -> Defect:
    """The handler has not run: the shell waited for something in the foreground."""
    waiting = picture.waiting
    span = waiting.span if waiting is not None else trap.span
    task = waiting.tasks[0] if waiting is not None and waiting.tasks else None
    body = task.body if task is not None else None
    idle = isinstance(body, App) and body.placeholder
    sleeps = idle and (task is not case.app.task or getattr(body, "key", "") == "sleep")
    cause = Cause.TRAP_BEHIND_SLEEP if sleeps else Cause.LATE_TRAP
    return _defect(case, picture, cause, span, trap=trap)


def _untrapped(case: _Case, picture: Picture, body: Shell) -> Defect:
    waiting = picture.waiting
    if waiting is None or waiting.builtin or waiting.seconds is not None:
        return _behind_wait(case, picture, body)
    if not _below(case, waiting.tasks):
        return _beside(case, picture)
    others = [t for t in case.lost if t.background and not _under(case, t, waiting.tasks)]
    jobs = [p for p in case.snapshot.pictures if p.task in others and p.span]
    if jobs and not _placeholder(case.app):
        return _defect(case, picture, Cause.PARTIAL, jobs[0].span)
    return _defect(case, picture, _foreground_cause(case, picture), waiting.span)


def _below(case: _Case, tasks: list[Task]) -> bool:
    return any(p.task in tasks for p in case.path)


def _under(case: _Case, task: Task, above: list[Task]) -> bool:
    """Whether a process hangs below one of those that are waited for."""
    return any(p.task in above for p in case.snapshot.path(task))


def _placeholder(picture: Picture) -> bool:
    return isinstance(picture.body, App) and picture.body.placeholder


def _beside(case: _Case, picture: Picture) -> Defect:
    """The application is in the background, something else in the foreground."""
    waiting = picture.waiting
    assert waiting is not None
    front = waiting.tasks[0] if waiting.tasks else None
    serving = front in case.lost
    cause = Cause.PARTIAL if serving else Cause.DETACHED
    return _defect(case, picture, cause, _job_span(case, picture), front=waiting.span)


def _job_span(case: _Case, picture: Picture) -> Span | None:
    job = _job(case, picture)
    return job.span if job is not None else case.app.span


def _job(case: _Case, picture: Picture) -> Job | None:
    """The background job that the application belongs to."""
    body = picture.body
    tasks = [p.task for p in case.path]
    jobs = body.jobs if isinstance(body, Shell) else []
    return next((j for j in jobs if any(t in tasks for t in j.tasks)), None)


def _foreground_cause(case: _Case, picture: Picture) -> Cause:
    waiting = picture.waiting
    assert waiting is not None
    node, stack = waiting.node, waiting.stack
    below = case.path[case.path.index(picture) + 1 :]
    by_exec = any(isinstance(p.body, App) and _execed(p) for p in below)
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


def _execed(picture: Picture) -> bool:
    span = picture.span
    return span is not None and span.text.split(None, 1)[:1] == ["exec"]


def _behind_wait(case: _Case, picture: Picture, body: Shell) -> Defect:
    """The application is in the background, and the shell waits without a trap for the signal."""
    span = _job_span(case, picture)
    if body.rejected:
        name, place = body.rejected[0]
        return _defect(case, picture, Cause.TRAP_REJECTED, place, name=name, job=span)
    others = {s: t for s, t in picture.traps.items() if t.action.value != "" and s not in _ASIDE}
    if others:
        trap = min(others.items(), key=lambda item: (item[0] == "EXIT", not _kills(item[1])))[1]
        return _defect(
            case, picture, Cause.TRAP_FOR_OTHER, trap.span, trap=trap, names=tuple(others)
        )
    waiting = picture.waiting
    if waiting is not None and "loop" in waiting.stack and not waiting.builtin:
        return _defect(case, picture, Cause.RESTART, waiting.span)
    job = _job(case, picture)
    if job is not None and getattr(job.item.command, "name", None) == "exec":
        return _defect(case, picture, Cause.EXEC_IN_SUBSHELL, span, background=True)
    lost = [p.task for task in case.lost for p in case.snapshot.path(task)]
    jobs = tuple(j for j in body.jobs if any(t.alive or t in lost for t in j.tasks))
    return _defect(case, picture, Cause.NO_TRAP, span, jobs=jobs)


def _kills(trap: Trap) -> bool:
    return "kill" in (trap.action.value or "")


def _at_handler(case: _Case, picture: Picture, body: Shell, trap: Trap | None) -> Defect | None:
    """The handler has run; the application is lost all the same."""
    app = case.app.task
    span = trap.span if trap else picture.span
    events = body.event[picture.events :]
    to_app = [e for _, e in events if isinstance(e, Kill) and e.task is app]
    if app.fate == "sigkill" and app.killed_by is picture.task:
        place = to_app[0].span if to_app else span
        return _defect(case, picture, Cause.TRAP_KILLS, place, trap=trap)
    if to_app and app.fate == "signal":
        sent = to_app[0]
        return _defect(case, picture, Cause.TRAP_KILLS, sent.span, trap=trap, sent=sent.signal)
    if case.snapshot.told(app):
        return _defect(case, picture, Cause.WAIT_INTERRUPTED, span, trap=trap)
    if not to_app:
        passed_on = case.path[case.path.index(picture) + 1]
        if isinstance(passed_on.body, Shell | Wrapper) and case.snapshot.sent(passed_on.task):
            return None
        return _missed(case, picture, trap, span)
    sent = to_app[0]
    cause = Cause.TRAP_IGNORES if sent.signal in app.ignored else Cause.TRAP_INEFFECTIVE
    return _defect(case, picture, cause, sent.span, trap=trap, sent=sent.signal)


def _missed(case: _Case, picture: Picture, trap: Trap | None, span: Span | None) -> Defect:
    """The handler has not told this application."""
    from gracelint.diagnose.tell import applications

    served = [t for t in applications(case.world) if case.snapshot.told(t)]
    if served:
        return _defect(case, picture, Cause.PARTIAL, _job_span(case, picture), trap=trap)
    if trap is not None and trap.expanded_early and "$" not in (trap.action.value or ""):
        return _defect(
            case, picture, Cause.TRAP_EXPANDS_EARLY, span, trap=trap, names=trap.expanded_early
        )
    busy = _busy(picture)
    return _defect(case, picture, Cause.TRAP_INEFFECTIVE, span, trap=trap, busy=busy)


def _busy(picture: Picture) -> Span | None:
    """The command that a handler was still waiting for when the grace period was over."""
    body = picture.body
    if not isinstance(body, Shell) or body.waiting is None or picture.task.fate != "sigkill":
        return None
    handled = any(kind == "handled" for kind, _ in body.event[picture.events :])
    return None if handled or body.waiting.builtin else body.waiting.span
