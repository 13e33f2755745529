"""All ways through a launch: one run for each decision that the files leave open.

`explore` is the way in: it starts the container, finds out which command stays, stops it, and gives
back what was seen, as values.
"""

from __future__ import annotations

from collections import deque

from gracelint import atlas
from gracelint.base import lazy
from gracelint.base.facts import Known, Word
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass, replace
from gracelint.simulate.bodies import Wrapper
from gracelint.simulate.ends import End
from gracelint.simulate.kernel import Kernel, Missing, Undetermined
from gracelint.simulate.load import load
from gracelint.simulate.merging import Memory, Played, Point, continued, moved, repeats
from gracelint.simulate.stop import GAVE_UP, gave_up, serving, stop
from gracelint.simulate.world import (
    Choice,
    Context,
    Oracle,
    Scripts,
    Undecided,
    UnknownShell,
    World,
)
from gracelint.syntax.shell.parse import walk, within
from gracelint.syntax.shell.tree import For, Function, Simple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gracelint.atlas import Atlas
    from gracelint.base.source import Span
    from gracelint.model.entries import BaseImage
    from gracelint.model.workload import Workload
    from gracelint.simulate.world import Started
    from gracelint.syntax.shell.tree import Node, Script

MAX_RUNS = 40
MAX_WORK = 24_000  # steps of all runs together
MAX_SET_WORK = 3_000  # the same, where variables are taken as set that the files leave unset
MIN_SET_WORK = 1_000  # what is done of it even where the first look took less
MAX_REQUIRED = 8  # variables that whoever deploys has to set
MAX_KEPT = 300  # processes of a run that is kept to go on from


@dataclass(frozen=True, slots=True)
class Explored:
    """The ends of all runs, and the scripts that were run. complete: no way was left out. unset:
    variables that were asked for and that nothing in sight sets. required: those without which a
    script or program ends by itself, and which were taken to be set; or paths of such files. work:
    the steps of all runs.
    """

    ends: tuple[End, ...]
    scripts: tuple[Script, ...]
    complete: bool
    unset: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    work: int = 0


@dataclass(frozen=True, slots=True)
class _Way:
    """A way that is still to be gone.

    decided: how conditions are to be decided on it, beyond what holds by default. choice: the last
    of them; None: the first way. world: the run in which it was asked for, stopped at that moment;
    None: it has to be made anew. claims: how many commands might have been the application then.
    """

    decided: dict[tuple[object, ...], bool]
    choice: Choice | None = None
    world: World | None = None
    claims: int = 0


def explore(
    workload: Workload, atlas: Atlas, shell: str | None, signal: str, *, afresh: bool = False
) -> Explored:
    """All ends that a launch may come to.

    The likeliest comes first, then those with one condition decided otherwise, and so on. Where
    none of them stays, the variable that the script asked for last and that nothing sets is what it
    wants: whoever deploys sets it. One after the other, as many as it takes.
    shell: the atlas key of /bin/sh, "" for none, None when unknown. afresh: every run begins with
    the container's start, instead of at the condition that it decides otherwise: slower, and with
    the same ends.
    """
    runs = _Runs(workload, atlas, shell, signal, afresh=afresh)
    explored = _explored(runs)
    again, required = explored, list[str]()
    while runs.scripts.unset and len(required) < MAX_REQUIRED and all(map(_refused, again.ends)):
        required.append(next(reversed(runs.scripts.unset)))
        deployed = frozenset(required)
        runs = _Runs(workload, atlas, shell, signal, afresh=afresh, deployed=deployed)
        again = _explored(runs)
    return again if any(end.lives for end in again.ends) else explored


def explore_set(
    workload: Workload, atlas: Atlas, shell: str | None, signal: str, explored: Explored
) -> Explored:
    """The ends where whoever deploys sets the variables that were asked for, nobody knows to what.

    Of a long script not all: this second look is not to take longer than the first.
    """
    deployed = frozenset(explored.unset[-MAX_REQUIRED:])
    runs = _Runs(workload, atlas, shell, signal, afresh=False, deployed=deployed)
    return _explored(runs, min(max(explored.work, MIN_SET_WORK), MAX_SET_WORK))


def _refused(end: End) -> bool:
    """Whether the container ends by itself, and says that something went wrong."""
    if end.snapshot is None:
        return end.reason == GAVE_UP
    return not end.lives and end.failed


def _explored(runs: _Runs, most: int | None = None) -> Explored:
    """All ways, one after the other, until they have taken the most work.

    Where a run looks for a file that a branch might have written which was left out, all begins
    anew, and none is left out. A program that gives up over something that is not known stays if
    that is otherwise: an earlier command is the application only where no such way stays.
    """
    explored = _played(runs, most)
    if runs.scripts.heeded:
        runs.begin(thorough=True)
        explored = _played(runs, most)
    if runs.spared and not any(end.lives for end in explored.ends):
        runs.begin(thorough=runs.scripts.thorough, hopeful=False)
        explored = _played(runs, most)
    return explored


def _played(runs: _Runs, most: int | None) -> Explored:
    try:
        return _all_ways(runs, most)
    finally:
        runs.scripts.end()


def _all_ways(runs: _Runs, most: int | None) -> Explored:
    most = MAX_WORK if most is None else most
    waiting = deque([_Way({})])
    ends: list[End] = []
    while waiting and len(ends) < MAX_RUNS and runs.work < most:
        way = waiting.popleft()
        end, others = runs.run(way, MAX_RUNS - 1 - len(ends) - len(waiting))
        runs.brief |= end.over
        ends.append(end)
        waiting += others
    complete = not waiting and not runs.left_out
    for at, end in enumerate(ends):
        if end.snapshot is not None and end.main in runs.brief:
            again = _Way({c.key: c.taken for c in end.choices})
            ends[at], _ = runs.run(again, 0)
    sure = any(e.serves and not e.guess for e in ends)
    kept = tuple(e for e in ends if not (sure and e.errand))
    unset, required = tuple(runs.scripts.unset), tuple(runs.scripts.required)
    return Explored(
        kept, runs.scripts.read, complete=complete, unset=unset, required=required, work=runs.work
    )


class _Runs:
    """What the runs of a workload share.

    brief: commands that one run has shown not to stay. work: the steps of all runs. left_out:
    whether there was no room for a way.
    """

    def __init__(
        self, workload: Workload, atlas: Atlas, shell: str | None, signal: str, *,
        afresh: bool, deployed: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        self.deployed = deployed
        self.workload = workload
        self.atlas = atlas
        self.shell = shell
        self.signal = signal
        self.afresh = afresh
        self.begin()

    def begin(self, *, thorough: bool = False, hopeful: bool = True) -> None:
        """Forget what was played. thorough: see `Scripts`. hopeful: a program that gave up is
        followed on its other ways before another command is taken for the application; spared:
        that this was done.
        """
        self.hopeful, self.spared = hopeful, False
        self.scripts = Scripts(thorough=thorough)
        self.memory = Memory()
        self.brief: set[object] = set()
        self.work = 0
        self.left_out = False

    def run(self, way: _Way, room: int) -> tuple[End, list[_Way]]:
        """One way to its end, and those that lead off it, at most `room`.

        First it is found out which command is the one that stays.
        """
        main: int | None = None
        errand = False
        ways: list[_Way] = []
        world = self._begin(way)
        while True:
            before = world.kernel.steps
            settled = True
            try:
                met = self._play(world, way, ways, room)
                if met is not None:
                    return self._as_before(world, way, ways, room, *met), ways
                again = self._main_command(world, main)
                if again is not None and self.hopeful and _gave_in(world) and ways:
                    again, self.spared = None, True
                if again is None:
                    settled = _settled(world)
                    end = self._stopped(world, errand=errand)
                    self._remember(world, way, ways, end, settled=settled)
                    return end, ways
                main, errand = again, _quits(world)
            except Undetermined as unclear:
                end = _untold(world, unclear)
                self._remember(world, way, ways, end, settled=settled)
                return end, ways
            except RecursionError:
                return End(_choices(world), reason="it is nested too deeply to follow"), ways
            finally:
                self.work += world.kernel.steps - before
            ways = [other for other in ways if other.claims <= main]
            world = self._again(way, ways, main)

    def _begin(self, way: _Way) -> World:
        """The run before what the way decides otherwise, or at its start."""
        if way.world is None or self.afresh:
            return self._world(way.decided, None)
        return way.world.fork()

    def _again(self, way: _Way, ways: list[_Way], main: int) -> World:
        """The run once more, with another command as the one that stays, from the last moment
        before that command that was kept.
        """
        kept = [(at, other) for at, other in enumerate(ways) if other.world is not None]
        if not kept or self.afresh:
            ways.clear()
            return self._world(way.decided, main)
        at, last = kept[-1]
        del ways[at + 1 :]
        assert last.world is not None
        assert last.choice is not None
        world = last.world.fork()
        world.main = main
        world.oracle.decide(replace(last.choice, taken=not last.choice.taken))
        return world

    def _play(
        self, world: World, way: _Way, ways: list[_Way], room: int
    ) -> tuple[Played, Point] | None:
        """Let a run come to rest; note where others lead off it.

        A run that comes to where another was ends as that one did, which is given back.
        """
        if world.kernel.root is None:
            _start(world)
        elif way.choice is not None and world.main is None:
            met = self._met(world, way.choice)
            if met is not None:
                return met
            world.oracle.decide(way.choice)
        while True:
            try:
                world.kernel.run()
            except Undecided as asked:
                met = self._decide(world, way, ways, room, asked.choice)
                if met is not None:
                    return met
            else:
                return None

    def _decide(
        self, world: World, way: _Way, ways: list[_Way], room: int, choice: Choice
    ) -> tuple[Played, Point] | None:
        """Decide a condition as it is by default, and note the way that decides it otherwise."""
        turned = way.choice is None or way.choice.key in world.oracle.answers
        if turned and _goes_round(world, choice, (way, *ways)):
            turned, self.left_out = False, self.left_out or not _READS.search(choice.words)
        if turned and len(ways) < room:
            ways.append(self._off(world, way, choice))
        elif turned:
            self.left_out = True
        met = self._met(world, choice) if turned else None
        if met is None:
            world.oracle.decide(choice)
        return met

    # Runs that meet -----------------------------------------------------------------------------

    def _remember(
        self, world: World, way: _Way, ways: Sequence[_Way], end: End, *, settled: bool
    ) -> None:
        """Note where a run came by, for others that meet it."""
        if self.afresh or world.main is not None or not (settled or not self._fresh(world.started)):
            return
        played = Played(
            _points(way, ways),
            end,
            tuple(world.started),
            world.kernel.steps,
            settled,
            world.oracle.again,
            world.looked,
        )
        self.memory.add(played)

    def _fresh(self, started: Iterable[Started]) -> bool:
        """Whether one of them may be the application."""
        return any(one.key not in self.brief for one in started)

    def _met(self, world: World, choice: Choice) -> tuple[Played, Point] | None:
        """A run that was here before, if this one cannot but end as that one did."""
        met = self.memory.find(world, choice) if world.main is None else None
        if met is None or not (met[0].settled or not self._fresh(world.started)):
            return None
        earlier = {one.key for one in met[0].started}
        return None if any(_named(one) for one in world.started if one.key not in earlier) else met

    def _as_before(
        self, world: World, way: _Way, ways: list[_Way], room: int, played: Played, at: Point
    ) -> End:
        """How a run ends that has met another, with the ways that lead off it from there."""
        for point in played.after(at):
            if len(ways) < room:
                choice = replace(point.choice, taken=not point.choice.taken)
                decided = {**way.decided, choice.key: choice.taken}
                off = moved(world, at, point)
                ways.append(_Way(decided, choice, off, len(off.started)))
            else:
                self.left_out = True
        self.work += played.steps - at.steps
        whole = continued(world, played, at, _points(way, ways))
        self.memory.add(whole)
        return whole.end

    def _off(self, world: World, way: _Way, choice: Choice) -> _Way:
        """The way that decides a condition otherwise, and finds out by itself which command stays
        where none has been started that does.
        """
        other = replace(choice, taken=not choice.taken)
        kept = world.fork() if len(world.kernel.tasks) < MAX_KEPT else None
        if kept is not None and kept.main is not None and len(kept.started) <= kept.main:
            kept.main = None
        decided = {**way.decided, other.key: other.taken}
        return _Way(decided, other, kept, len(world.started))

    def _world(self, forced: dict[tuple[object, ...], bool], main: int | None) -> World:
        kernel = Kernel(private=self.workload.pid_namespace == "private")
        reference = self.workload.base.reference
        image: BaseImage | None = self.atlas.base(reference) if reference else None
        oracle = Oracle(dict(forced), asks=True)
        world = World(
            self.workload, kernel, oracle, self.atlas, self.shell, self.scripts, load, image, main,
            deployed=self.deployed,
        )  # fmt: skip
        self.scripts.worlds.append(world)
        return world

    def _main_command(self, world: World, main: int | None) -> int | None:
        """Which command stays, when so far none does."""
        root = world.kernel.root
        if main is not None or root is None or gave_up(world) or _prompts(world):
            return None
        if not root.alive or (world.kernel.periodic and not serving(world)):
            fresh = [(at, s) for at, s in enumerate(world.started) if s.key not in self.brief]
            left = [
                at
                for at, s in fresh
                if not (root.alive and s.hands_over)
                and not (world.exits and self._prepares(s))
                and not self._takes_each(s)
            ]
            return left[-1] if left and not _in_a_row(world.started, left[-1]) else None
        return _runs_twice(world) if world.oracle.choices else None

    def _prepares(self, started: Started) -> bool:
        """Whether a command only prepares what its script becomes in the end, in a run that has
        left the script before: it stands in a function, or in no branch that ends the script.
        """
        at = started.argv[0].span if started.argv else None
        for script in filter(_hands_over, self.scripts.read):
            for item in script.body.items:
                if at is not None and _within(at, script.span(item)):
                    return isinstance(item.command, Function) or not _exits(item)
        return False

    def _takes_each(self, started: Started) -> bool:
        """Whether a command is run for each of the files of a pattern: then it ends with each."""
        at = started.argv[0].span if started.argv else None
        if at is None:
            return False
        for script in self.scripts.read:
            for loop in within(script.body, For):
                patterns = any("*" in script.span(word).text for word in loop.words or ())
                if patterns and _within(at, script.span(loop)):
                    return True
        return False

    def _stopped(self, world: World, *, errand: bool) -> End:
        choices = _choices(world)
        outcome = stop(world, self.signal)
        end = End(
            choices,
            outcome.snapshot,
            outcome.reason,
            serves=outcome.serves,
            idle=outcome.idle,
            errand=errand,
            failed=_failed(world),
            guess=world.main is not None,
            main=world.main_of(),
            later=_choices(world)[len(choices) :],
        )
        return end.after(world.started)


def _points(way: _Way, ways: Sequence[_Way]) -> list[Point]:
    """The conditions that a run came to, as it decided them; none where one was not kept."""
    points = []
    if way.world is not None and way.choice is not None:
        points.append(Point(way.choice, way.world, len(way.world.oracle.choices)))
    for off in ways:
        if off.world is None or off.choice is None:
            return []
        choice = replace(off.choice, taken=not off.choice.taken)
        points.append(Point(choice, off.world, len(off.world.oracle.choices)))
    return points


def _goes_round(world: World, choice: Choice, before: Iterable[_Way]) -> bool:
    """Whether a loop asks for a condition as it did a round ago: both ways are known from there."""
    asked = [w for w in before if w.choice is not None and w.choice.place == choice.place]
    last = asked[-1] if asked else None
    return (
        last is not None
        and last.world is not None
        and last.choice is not None
        and last.choice.key != choice.key
        and repeats(world, last.world)
    )


_READS = lazy.compile(r"\bread\b")
"""A condition that surely fails in the end: what is read has one."""


def _choices(world: World) -> tuple[Choice, ...]:
    return tuple(world.oracle.choices)


def _untold(world: World, unclear: Undetermined) -> End:
    return End(
        _choices(world),
        None,
        unclear.reason,
        unclear.span,
        missing=isinstance(unclear, Missing),
        needs_shell=isinstance(unclear, UnknownShell),
    )


_ALIKE = 3
"""Words that are the same in commands that only differ in what they are done to."""


def _in_a_row(started: Sequence[Started], at: int) -> bool:
    """Whether the command written before it is the same but for one operand: then each does a
    piece of work and ends.
    """
    last = started[at].argv
    before = started[at - 1].argv if at else ()
    if len(before) != len(last) or before[0].span == last[0].span:
        return False
    pairs = [(a.value, b.value) for a, b in zip(before, last, strict=True)]
    differing = [i for i, (a, b) in enumerate(pairs) if a != b or a is None]
    return not differing or (len(differing) == 1 and differing[0] >= _ALIKE)


def _named(started: Started) -> bool:
    """Whether it was started by a path, so that a later command can be told to be the same."""
    program = started.argv[0].value if started.argv else None
    return program is not None and program.startswith("/")


_HOW_IT_RUNS = frozenset(
    (
        *("-v", "-d", "-p", "--bind", "--debug", "--dev", "--foreground", "--host", "--inspect"),
        *("--listen", "--log-level", "--port", "--reload", "--verbose", "--watch"),
    )
)
"""Options with which a program does what it does without them."""


def _runs_twice(world: World) -> int | None:
    """The command that starts what the container becomes later on: a branch that does not end.

    None: there is none, or its arguments may have it do something else.
    """
    alive = {task.argv[0].value for task in world.kernel.living if task.argv}
    for at, started in enumerate(world.started):
        program, *rest = [word.value or "?" for word in started.argv]
        options = {word.partition("=")[0] for word in rest if not word.isdigit()}
        if _named(started) and program in alive and options <= _HOW_IT_RUNS:
            return at
    return None


def _hands_over(script: Script) -> bool:
    """Whether a script ends by becoming another program, as `exec "$@"` does."""
    last = script.body.items[-1] if script.body.items else None
    if last is None or last.background or not isinstance(last.command, Simple):
        return False
    return last.command.name == "exec" and len(last.command.words) > 1


def _within(inner: Span, outer: Span) -> bool:
    same = inner.source.path == outer.source.path
    return same and outer.start <= inner.start < outer.end


def _exits(node: Node) -> bool:
    return any(isinstance(inner, Simple) and inner.name == "exit" for inner in walk(node))


def _settled(world: World) -> bool:
    """Whether no command is looked for that stays, whatever is known of those that were started."""
    root = world.kernel.root
    stays = root is not None and root.alive and (not world.kernel.periodic or serving(world))
    return bool(stays) or gave_up(world)


def _failed(world: World) -> bool:
    root = world.kernel.root
    return root is not None and not root.alive and bool(root.status)


def _prompts(world: World) -> bool:
    """Whether PID 1 became the bare shell that the launch names as its last word, or that a script
    starts for want of one: the container is there to be worked in, and what its script ran before
    has prepared that.
    """
    root, argv = world.kernel.root, world.workload.launch.argv
    if root is None or root.alive or not isinstance(argv, Known):
        return False
    *before, last = argv.value or (Word(""),)
    if not before or root.argv != (last,):
        handed = any(_HANDS_OVER.search(script.text.text) for script in world.scripts.read)
        options = all(word.plain in {"-l", "-i", "--login"} for word in root.argv[1:])
        if not handed or not options or not root.argv:
            return False
        last = root.argv[0]
    return world.atlas.shell_key(last.plain, (), "") is not None


_HANDS_OVER = lazy.compile(r"\$\{?[@*]|\$\{1:?-")
"""What a script hands over, instead of which it may have a shell."""


def _gave_in(world: World) -> bool:
    """Whether PID 1 ended by saying that something went wrong, after a program's own condition."""
    return _failed(world) and bool(world.oracle.choices) and _of_source(world.oracle.choices[-1])


def _of_source(choice: Choice) -> bool:
    return choice.key[0] == "source"


def _quits(world: World) -> bool:
    """Whether a script ends by saying so, after it looked for something."""
    return bool(world.exits and world.oracle.choices)


def _start(world: World) -> None:
    workload = world.workload
    argv = workload.launch.argv
    assert isinstance(argv, Known)
    command = workload.launch.command
    written = command.value if command is not None else workload.declared
    span = (argv.value[0].span if argv.value else None) or written
    workdir = workload.workdir.value if isinstance(workload.workdir, Known) else "/"
    user = workload.user.value if isinstance(workload.user, Known) else "?"
    loaded = load(world, argv.value, Context(workload.env, workdir, span, user))
    place = (loaded.argv[0].span if loaded.argv else None) or span
    init = workload.engine_init
    if isinstance(init, Known) and init.value and workload.pid_namespace == "private":
        words, entry = atlas.engine_init(workload.kind, argv.value)
        body = Wrapper(world, entry, loaded)
        words = (*words, *loaded.argv)
        world.kernel.spawn(None, body, words, place)
    else:
        world.kernel.spawn(None, loaded.body, loaded.argv, place)
