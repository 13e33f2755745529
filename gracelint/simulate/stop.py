"""The stop of one run: the signal is sent, time passes, and what is left is killed."""

from __future__ import annotations

from gracelint.base.facts import Known
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass, replace
from gracelint.model.snapshot import Outcome
from gracelint.simulate.bodies import App
from gracelint.simulate.kernel import Undetermined
from gracelint.simulate.observe import Observer
from gracelint.simulate.shell.state import Shell
from gracelint.simulate.world import Undecided
from gracelint.syntax.shell import tree

if TYPE_CHECKING:
    from gracelint.model.snapshot import Snapshot
    from gracelint.simulate.kernel import Task
    from gracelint.simulate.world import Choice, World

MAX_OTHERS = 4
"""So many conditions of a handler are decided otherwise, one at a time."""

GRACE = 10.0  # seconds, where the files do not tell the grace period
GAVE_UP = "the script ends with an error unless it finds what the files do not tell"
WAITS = "the script waits for something first, and it is not known what comes then"


@dataclass(frozen=True, slots=True)
class Stopped:
    """How the stop of one run went.

    snapshot: what was seen of it; None, with a reason: the run tells nothing. serves: it found an
    application. idle: it found nothing but a script that goes round, waiting for something.
    """

    snapshot: Snapshot | None
    reason: str = ""
    serves: bool = False
    idle: bool = False


def stop(world: World, signal: str) -> Stopped:
    """Stop what has been started; a container that has ended by itself is not stopped."""
    kernel, root = world.kernel, world.kernel.root
    assert root is not None
    if not root.alive and gave_up(world) and not any(_served(t) for t in kernel.tasks):
        return Stopped(None, GAVE_UP)
    observer = Observer(world, signal)
    if not root.alive:
        return Stopped(observer.snapshot(Outcome.EXITS))
    serves = bool(serving(world))
    if kernel.going_round and not kernel.periodic and not serves:
        return Stopped(None, WAITS)
    over = _over(world, root)
    if over is not None:
        words = " ".join(str(word) for word in over.argv)
        return Stopped(None, f"nothing in sight keeps `{words}` running")
    beside = _unread_beside(world)
    if beside and not (serves and _waits_in_front(world, root)):
        return Stopped(None, beside[0].unsure)
    for body in beside:
        kernel.end(body.me, 0, "exit")  # at best
    others: list[tuple[World, Choice]] = []
    outcome = _play(world, signal, others)
    if beside and not _loses(world):
        return Stopped(None, beside[0].unsure)
    if world.unsure and not _all_told(world):
        return Stopped(None, f"what `{world.unsure}` stops is not known")
    decisive = _decisive(world, others)
    if decisive is not None:
        return Stopped(None, f"whether `{decisive.words}` holds in the handler is not known")
    idle = kernel.going_round and not serves and not kernel.works
    return Stopped(observer.snapshot(outcome), serves=serves, idle=idle)


def _over(world: World, root: Task) -> Task | None:
    """The program that PID 1, a shell, waits for, where that seems to end by itself."""
    wait = root.body.waiting if isinstance(root.body, Shell) else None
    if wait is None or wait.builtin or world.main is None:
        return None
    tasks = [task for task in world.kernel.tasks if task.pid in wait.pids]
    return next((t for t in tasks if isinstance(t.body, App) and t.body.over), None)


def _waits_in_front(world: World, root: Task) -> bool:
    """Whether PID 1 is a shell that waits for a known application in the foreground."""
    wait = root.body.waiting if isinstance(root.body, Shell) else None
    if wait is None or wait.builtin:
        return False
    bodies = [task.body for task in world.kernel.tasks if task.pid in wait.pids]
    return any(isinstance(one, App) and one.serves and one.program for one in bodies)


def _unread_beside(world: World) -> list[App]:
    """What nobody can tell of that runs in the background, where no shell waits for it in the end.

    Where a shell in front keeps the signal from an application, it does so whatever else runs.
    """
    tasks = [t for t in world.kernel.tasks if t.alive]
    beside = [(t, t.body) for t in tasks if isinstance(t.body, App) and t.body.unsure]
    awaited = set[int]()
    for task in tasks if beside else ():
        wait = task.body.waiting if isinstance(task.body, Shell) else None
        if wait is not None and wait.builtin and "after" not in wait.stack:
            bare = isinstance(wait.node, tree.Simple) and len(wait.node.words) == 1
            awaited.update(task.children if bare else wait.pids)
    unread = []
    for task, body in beside:
        above = task.parent.pid if task.parent is not None else task.pid
        if awaited.isdisjoint({task.pid, above}):
            unread.append(body)
    return unread


def _play(world: World, signal: str, others: list[tuple[World, Choice]]) -> Outcome:
    """Send the signal, and let the grace period pass.

    others: gets the runs in which a condition that a handler asks about is still to be decided
    otherwise.
    """
    kernel = world.kernel
    assert kernel.root is not None
    kernel.stopping, kernel.stop_time = True, kernel.now
    if world.workload.hooks:
        from gracelint.simulate import hooks

        hooks.send(world)
    kernel.kill(kernel.root, signal)
    while True:
        try:
            return _finish(world)
        except Undecided as asked:
            choice = asked.choice
            if len(others) < MAX_OTHERS:
                others.append((world.fork(), replace(choice, taken=not choice.taken)))
            world.oracle.decide(choice)


def _finish(world: World) -> Outcome:
    kernel, root, grace = world.kernel, world.kernel.root, world.workload.grace
    assert root is not None
    end = kernel.stop_time + (grace.value if isinstance(grace, Known) else GRACE)
    if not kernel.over:
        kernel.run(end)
    if not kernel.over:
        kernel.now = max(kernel.now, end)
        kernel.end(root, 137, "sigkill")
    return Outcome.KILLED if root.fate == "sigkill" else Outcome.ENDS


def _decisive(world: World, others: list[tuple[World, Choice]]) -> Choice | None:
    """The condition that decides whether an application is lost; None: there is none."""
    if not others or not _loses(world):
        return None
    for other, choice in others:
        other.oracle.decide(choice)
        other.oracle.steady[choice.place] = choice.taken
        other.oracle.asks = False
        try:
            _finish(other)
        except Undetermined:
            return choice  # what comes of it then is open
        if not _loses(other):
            return choice
    return None


def _loses(world: World) -> bool:
    """Whether an application, or PID 1 itself, was killed with the rest."""
    return any(t.fate in {"torn", "sigkill"} and _serves(t) for t in world.kernel.tasks)


def _all_told(world: World) -> bool:
    """Whether every application has got a signal during the stop.

    Where there is none, what a `… start` may have left behind counts in their place.
    """
    tasks = [t for t in world.kernel.tasks if t.fate in {"", "torn", "sigkill"}]
    apps = [t for t in tasks if _serves(t)]
    apps = apps or [t for t in tasks if isinstance(t.body, App) and t.body.application.guessed]
    return all(any(at >= world.kernel.stop_time for at in t.received.values()) for t in apps)


def serving(world: World) -> list[Task]:
    """The applications that are there now."""
    return [t for t in world.kernel.tasks if t.alive and _serves(t)]


def gave_up(world: World) -> bool:
    """Whether a script has ended with an error of its own, after it looked for something."""
    root = world.kernel.root
    if root is None or root.alive or not root.status or not world.oracle.choices:
        return False
    return root.status in world.exits


def _serves(task: Task) -> bool:
    return isinstance(task.body, App) and task.body.serves


def _served(task: Task) -> bool:
    """Whether a process is an application that PID 1 took with it."""
    return task.fate == "torn" and _serves(task)
