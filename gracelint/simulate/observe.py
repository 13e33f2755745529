"""The processes of a run as values: as the stop finds them, and what becomes of them."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING, Literal
from gracelint.base.values import dataclass, field
from gracelint.model.application import Application
from gracelint.model.snapshot import Kill, Seen, ShellState, Snapshot
from gracelint.simulate.bodies import App, Supervisor, Wrapper
from gracelint.simulate.shell import Shell

if TYPE_CHECKING:
    from gracelint.base.facts import Word
    from gracelint.base.source import Span
    from gracelint.model.snapshot import Outcome, Program, Trap, Waiting
    from gracelint.simulate.kernel import Body, Task
    from gracelint.simulate.world import World
    from gracelint.syntax.shell.tree import Script


@dataclass(frozen=True, slots=True)
class _Before:
    """What of a process may be another by the end of the stop. events: how many it has noted."""

    task: Task
    parent: int | None
    body: Body
    argv: tuple[Word, ...]
    span: Span | None
    waiting: Waiting | None = None
    traps: dict[str, Trap] = field(default_factory=dict)
    events: int = 0
    script: Script | None = None


class Observer:
    """Looks at a run when the stop comes, and again when it is over."""

    def __init__(self, world: World, signal: str) -> None:
        self._world = world
        self._signal = signal
        self._before = [_before(task) for task in _there(world)]
        self._over = {t.pid for t in world.kernel.tasks if not t.alive}

    def snapshot(self, outcome: Outcome) -> Snapshot:
        """All that was seen; the stop is over."""
        pids = {before.task.pid for before in self._before} | self._over
        later = [task for task in self._world.kernel.tasks if task.pid not in pids]
        return Snapshot(
            self._signal,
            outcome,
            tuple(self._seen(before) for before in self._before),
            tuple(self._seen(_before(task)) for task in later),
            dict(self._world.ignoring),
            tuple(self._world.implicit),
        )

    def _seen(self, before: _Before) -> Seen:
        task, body = before.task, before.body
        since = self._world.kernel.stop_time
        runs = self._program(before)
        return Seen(
            task.pid,
            before.parent,
            before.argv,
            before.span,
            getattr(body, "role", "app"),
            runs,
            runs if task.body is body else self._program(_before(task)),
            getattr(body, "key", ""),
            getattr(body, "source", ""),
            task.background,
            task.ignored,
            tuple(signal for signal, at in task.received.items() if at >= since),
            task.fate,
            task.killed_by,
        )

    def _program(self, before: _Before) -> Program:
        body = before.body
        if isinstance(body, App):
            return body.seen()
        if isinstance(body, Wrapper | Supervisor):
            return body.wrapped
        if isinstance(body, Shell) and before.script is not None:
            return _shell(body, before.script, before)
        return Application(duration=0.0)  # it has not even begun


def _shell(body: Shell, script: Script, before: _Before) -> ShellState:
    events = body.events[before.events :]
    return ShellState(
        script,
        body.kind.key,
        _form(body),
        body.start_as.path,
        body.command,
        before.traps,
        body.rejected,
        before.waiting,
        body.jobs,
        "handler" in events,
        "handled" in events,
        "exit trap" in events,
        tuple(event for event in events if isinstance(event, Kill)),
        body.waiting,
    )


def _there(world: World) -> list[Task]:
    """All living processes; at an end without a stop, those that ended with PID 1."""
    root, tasks = world.kernel.root, world.kernel.tasks
    stopped = root is not None and not root.alive
    alive = [t for t in tasks if t is root or t.fate == "torn"] if stopped else _alive(tasks)
    apps = {t.pid: t.body.application for t in alive if isinstance(t.body, App)}
    if stopped or any(app.serves for app in apps.values()):
        alive = [t for t in alive if t.pid not in apps or not apps[t.pid].guessed]
    return alive


def _alive(tasks: list[Task]) -> list[Task]:
    return [t for t in tasks if t.alive]


def _before(task: Task) -> _Before:
    parent = task.parent.pid if task.parent is not None else None
    body = task.body
    if not isinstance(body, Shell):
        return _Before(task, parent, body, task.argv, task.span)
    return _Before(
        task,
        parent,
        body,
        task.argv,
        task.span,
        body.waiting,
        dict(body.traps),
        len(body.events),
        getattr(body, "script", None),
    )


def _form(body: Shell) -> Literal["shell-form", "dash-c", "file"]:
    if body.start_as.form == "file":
        return "file"
    return "shell-form" if body.command else "dash-c"
