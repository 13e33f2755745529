"""Runs that come to where another run has been: what follows was played already.

Ways through a script that decide one condition otherwise mostly meet again behind it: a file was
read or not, a line was written or not. Where a run comes to a condition with the state that
another had there, it ends as that one did.

States are the same when what is still to come cannot tell them apart: the numbers of processes that
have ended and the time of day do not count, nor do decisions and files that the other run did not
ask for any more.
"""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING, Any, TypeVar
from gracelint.base.values import dataclass, replace
from gracelint.simulate.kernel import POLLING
from gracelint.simulate.shell.records import Variables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gracelint.base.source import Text
    from gracelint.simulate.ends import End
    from gracelint.simulate.kernel import Task
    from gracelint.simulate.world import Choice, Started, World

T = TypeVar("T")
MAX_ABOVE = 12  # folders above a file in which somebody may look for it
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Point:
    """A condition that a run came to.

    choice: how it was decided. world: the run before that, which nothing changes any more. at: the
    number of conditions that had been decided.
    """

    choice: Choice
    world: World
    at: int

    @property
    def steps(self) -> int:
        """The work until then."""
        return self.world.kernel.steps


@dataclass(frozen=True, slots=True)
class Played:
    """A run to its end.

    points: where ways lead off it. started: the commands that might have been the application.
    steps: all its work. settled: whether it ended so whatever they are. asked, looked: what it
    asked for again, and which files it looked for, with the number of conditions decided by then.
    """

    points: Sequence[Point]
    end: End
    started: Sequence[Started]
    steps: int
    settled: bool
    asked: Mapping[tuple[object, ...], int]
    looked: Mapping[str, int]

    def after(self, point: Point) -> list[Point]:
        """Where ways lead off it later."""
        return [other for other in self.points if other.at > point.at]


class Memory:
    """The runs of a launch so far, by the conditions that they came to."""

    def __init__(self) -> None:
        self._points: dict[tuple[tuple[object, ...], bool], list[tuple[Played, Point]]] = {}

    def add(self, played: Played) -> None:
        """Remember a run."""
        if played.steps < POLLING:  # after that it may end because it has taken so long
            for point in played.points:
                key = (point.choice.key, point.choice.taken)
                self._points.setdefault(key, []).append((played, point))

    def find(self, world: World, choice: Choice) -> tuple[Played, Point] | None:
        """A run that went on from here with this decision."""
        for played, point in self._points.get((choice.key, choice.taken), ()):
            before = point.world
            same = world.main == before.main and _same(world, before)
            if same and _same_for(world, played, point):
                return played, point
        return None


def continued(world: World, played: Played, start: Point, points: Sequence[Point]) -> Played:
    """A run that came to `start` as another did, to the end of that one. points: its own."""
    end = played.end
    choices = (*world.oracle.choices, *end.choices[start.at :])
    started = (*world.started, *played.started[len(start.world.started) :])
    later = len(choices) - len(end.choices)
    asked, looked = (
        {**earlier, **{key: at + later for key, at in others.items() if at > start.at}}
        for earlier, others in ((world.oracle.again, played.asked), (world.looked, played.looked))
    )
    return Played(
        points,
        replace(end, choices=choices).after(started),
        started,
        world.kernel.steps + played.steps - start.steps,
        played.settled,
        asked,
        looked,
    )


def moved(world: World, start: Point, point: Point) -> World:
    """A run that came to `start` as another did, at a later point of that one."""
    fork = point.world.fork()
    oracle, then, now = world.oracle, start.world.oracle, point.world.oracle
    fork.oracle.choices = [*oracle.choices, *now.choices[start.at :]]
    fork.oracle.answers = _with(oracle.answers, then.answers, now.answers)
    fork.written = _with(world.written, start.world.written, point.world.written)
    fork.texts = _with(world.texts, start.world.texts, point.world.texts)
    fork.started = [*world.started, *point.world.started[len(start.world.started) :]]
    fork.gone = (world.gone - (start.world.gone - point.world.gone)) | (
        point.world.gone - start.world.gone
    )
    fork.kernel.steps = world.kernel.steps + point.steps - start.steps
    return fork


def _with(base: Mapping[Any, T], then: Mapping[Any, T], now: Mapping[Any, T]) -> dict[Any, T]:
    """`base`, with what has changed from `then` to `now`."""
    kept = {key: value for key, value in base.items() if key in now or key not in then}
    changed = {k: v for k, v in now.items() if then.get(k, _MISSING) is not v}
    return {**kept, **changed}


# What has to be the same ----------------------------------------------------------------------


def _same_for(world: World, played: Played, point: Point) -> bool:
    """Whether what the run asked for later has the same answers here."""
    mine, other = world.oracle.answers, point.world.oracle.answers
    later = {c.key for c in (*played.end.choices[point.at :], *played.end.later)}
    for key in _differing(mine, other):
        if key in later or played.asked.get(key, 0) > point.at:
            return False
    files = _differing(world.written, point.world.written)
    files |= _differing(world.texts, point.world.texts) | (world.gone ^ point.world.gone)
    return all(played.looked.get(place, 0) <= point.at for path in files for place in _above(path))


def repeats(world: World, before: World) -> bool:
    """Whether a run is where it was before, so that the same happens once more: nothing has
    changed, no file either, nobody has looked at the clock, and no command was started that may be
    the application.
    """
    return (
        world.kernel.clocked == before.kernel.clocked
        and len(world.started) == len(before.started)
        and world.gone == before.gone
        and not _differing(world.written, before.written)
        and world.texts.keys() == before.texts.keys()
        and all(_is_written_alike(text, before.texts[at]) for at, text in world.texts.items())
        and _same(world, before)
    )


def _is_written_alike(one: Text, other: Text) -> bool:
    """Whether two texts say the same and come from the same place: runs do not share them."""
    if one is other:
        return True
    places = (text.span(0, len(text.text)).key for text in (one, other))
    return one.text == other.text and next(places) == next(places)


def _above(path: str) -> list[str]:
    """A path, and the folders that it is in, as they are looked through."""
    names = path.split("/")[:MAX_ABOVE]
    return [path, *("/".join(names[:count]) + "/" for count in range(1, len(names)))]


def _differing(one: Mapping[Any, object], other: Mapping[Any, object]) -> set[Any]:
    """The keys whose values are not the same."""
    if one is other:
        return set()
    differing = other.keys() - one.keys()
    for key, value in one.items():
        its = other.get(key, _MISSING)
        if its is not value and its != value:
            differing.add(key)
    return differing


def _same(one: World, other: World) -> bool:
    """Whether the same processes are at the same work, and have the same in mind."""
    return (
        one.altered == other.altered
        and one.sourced_unseen == other.sourced_unseen
        and one.unsure == other.unsure
        and one.oracle.steady == other.oracle.steady
        and _same_kernel(one, other)
        and _claiming(one) == _claiming(other)
        and one.exits == other.exits
        and one.fifos == other.fifos
        and one.ignoring == other.ignoring
        and one.implicit == other.implicit
    )


def _claiming(world: World) -> set[int]:
    """The processes that ran what may be the application, as far as they can still matter."""
    tasks = world.kernel.living
    there = {task.pid for task in tasks}
    there.update(pid for task in tasks for pid in getattr(task.body, "writers", ()))
    return world.claimants & there


def _same_kernel(one: World, other: World) -> bool:
    mine, its = one.kernel, other.kernel
    if mine.steps >= POLLING or (mine.periodic, mine.works) != (its.periodic, its.works):
        return False
    if mine.periodic and mine.longest != its.longest:
        return False
    tasks, others = mine.living, its.living
    ahead = mine.ahead()
    return (
        len(tasks) == len(others)
        and ahead == its.ahead()
        and all(_same_task(a, b) for a, b in zip(tasks, others, strict=True))
        and (not ahead or list(map(_turn, tasks)) == list(map(_turn, others)))
        and _pipes(one) == _pipes(other)
    )


def _turn(task: Task) -> object:
    """What tells a shell which of its pauses is over."""
    return getattr(task.body, "turn", 0)


def _pipes(world: World) -> dict[int, tuple[object, ...]]:
    """The pipes that somebody can still read or write, and what is in them."""
    kernel, numbers = world.kernel, set(world.fifos.values())
    for task in kernel.living:
        numbers |= task.writes
        for ends in ("reads", "writes"):
            numbers.update(getattr(task.body, ends, {}).values())
    states: dict[int, tuple[object, ...]] = {}
    for number in sorted(numbers & kernel.pipes.keys()):
        pipe = kernel.pipes[number]
        holders, watchers = (
            [pid for pid in sorted(pids) if kernel.task(pid).alive]
            for pids in (pipe.holders, pipe.watchers)
        )
        states[number] = (pipe.parts, pipe.taken, holders, pipe.opened, pipe.named, watchers)
    return states


_OF_TASK = (
    "pid", "pgid", "sid", "argv", "span", "ignored", "background", "received", "killed_by",
    "first_parent", "subreaper", "read", "watchers", "execs", "writes",
)  # fmt: skip


def _same_task(one: Task, other: Task) -> bool:
    if any(getattr(one, name) != getattr(other, name) for name in _OF_TASK):
        return False
    mine, its = one.body, other.body
    return type(mine) is type(its) and _same_mind(vars(mine), vars(its))


_OF_RUN = frozenset(("world", "task", "answer", "turn"))
"""What differs between copies of a process: where it is, and what ended its last wait."""


def _same_mind(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return one.keys() == other.keys() and all(
        mine is other[name] or name in _OF_RUN or _alike(mine, other[name])
        for name, mine in one.items()
    )


def _alike(one: object, other: object) -> bool:
    if isinstance(one, Variables) and isinstance(other, Variables):
        return one.holds(other)
    return one == other
