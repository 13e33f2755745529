"""The stop of one run: the signal is sent, time passes, and what is left is killed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.facts import Known
from gracelint.base.values import dataclass
from gracelint.model.snapshot import Outcome
from gracelint.simulate.bodies import App
from gracelint.simulate.observe import Observer

if TYPE_CHECKING:
    from gracelint.model.snapshot import Snapshot
    from gracelint.simulate.kernel import Task
    from gracelint.simulate.world import World

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
    world.oracle.asks = False
    outcome = _play(world, root, signal)
    if world.unsure and not _all_told(world):
        return Stopped(None, f"what `{world.unsure}` stops is not known")
    return Stopped(
        observer.snapshot(outcome), serves=serves, idle=kernel.going_round and not serves
    )


def _play(world: World, root: Task, signal: str) -> Outcome:
    kernel, grace = world.kernel, world.workload.grace
    seconds = grace.value if isinstance(grace, Known) else GRACE
    kernel.stopping, kernel.stop_time = True, kernel.now
    kernel.kill(root, signal)
    if not kernel.over:
        kernel.run(kernel.now + seconds)
    if not kernel.over:
        kernel.now = max(kernel.now, kernel.stop_time + seconds)
        kernel.end(root, 137, "sigkill")
    return Outcome.KILLED if root.fate == "sigkill" else Outcome.ENDS


def _all_told(world: World) -> bool:
    """Whether every application has got a signal during the stop."""
    apps = [t for t in world.kernel.tasks if _serves(t) and t.fate in {"", "torn", "sigkill"}]
    return all(any(at >= world.kernel.stop_time for at in t.told.values()) for t in apps)


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
