"""All ways through a launch: one run for each decision that the files leave open.

`explore` is the way in: it starts the container, finds out which command stays, stops it, and gives
back what was seen, as values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.facts import Known, Word
from gracelint.base.values import dataclass, replace
from gracelint.model.entries import Wrapped
from gracelint.model.snapshot import Outcome
from gracelint.simulate.bodies import Wrapper
from gracelint.simulate.kernel import Kernel, Missing, Undetermined
from gracelint.simulate.load import load
from gracelint.simulate.shell import Shell
from gracelint.simulate.stop import gave_up, serving, stop
from gracelint.simulate.world import Choice, Context, Oracle, Scripts, UnknownShell, World

if TYPE_CHECKING:
    from gracelint.atlas import Atlas
    from gracelint.base.source import Span
    from gracelint.model.entries import BaseImage
    from gracelint.model.snapshot import Snapshot
    from gracelint.model.workload import Workload
    from gracelint.syntax.shell.tree import Script

MAX_RUNS = 40
MAX_WORK = 24_000  # steps of all runs together


@dataclass(frozen=True, slots=True)
class End:
    """How one run ended.

    snapshot: None where nothing starts (`missing`) or where it cannot be told what happens; reason
    and span then say why. later: the choices made during the stop, which are not gone through.
    guess: a command had to be taken for the application, main says which. over: those that had
    ended when a run came to its application without any guess. serves, idle: see `Stopped`. errand:
    what was taken for the application is followed by `exit`, so that it may only be preparing
    something.
    """

    choices: tuple[Choice, ...]
    snapshot: Snapshot | None = None
    reason: str = ""
    span: Span | None = None
    missing: bool = False
    needs_shell: bool = False
    serves: bool = False
    idle: bool = False
    errand: bool = False
    guess: bool = False
    main: object = None
    over: frozenset[object] = frozenset()
    later: tuple[Choice, ...] = ()

    @property
    def lives(self) -> bool:
        """Whether the container lives until it is stopped."""
        return self.snapshot is not None and self.snapshot.outcome is not Outcome.EXITS


@dataclass(frozen=True, slots=True)
class Explored:
    """The ends of all runs, and the scripts that were run. complete: no way was left out."""

    ends: tuple[End, ...]
    scripts: tuple[Script, ...]
    complete: bool


def explore(workload: Workload, atlas: Atlas, shell: str | None, signal: str) -> Explored:
    """All ends that a launch may come to.

    The likeliest comes first, then those with one condition decided otherwise, and so on.
    shell: the atlas key of /bin/sh, "" for none, None when unknown.
    """
    runs = _Runs(workload, atlas, shell, signal)
    waiting: list[dict[tuple[object, ...], bool]] = [{}]
    seen: set[frozenset[tuple[tuple[object, ...], bool]]] = set()
    ends: list[End] = []
    while waiting and len(ends) < MAX_RUNS and runs.scripts.steps < MAX_WORK:
        forced = waiting.pop(0)
        key = frozenset(forced.items())
        if key in seen:
            continue
        seen.add(key)
        end = runs.run(forced)
        runs.brief |= end.over
        ends.append(end)
        fresh = [c for c in end.choices if c.key not in forced]
        waiting += [{**forced, c.key: not c.taken} for c in fresh]
    for at, end in enumerate(ends):
        if end.snapshot is not None and end.main in runs.brief:
            ends[at] = runs.run({c.key: c.taken for c in end.choices})
    sure = any(e.serves and not e.guess for e in ends)
    told = tuple(e for e in ends if not (sure and e.errand))
    complete = all(frozenset(forced.items()) in seen for forced in waiting)
    return Explored(told, runs.scripts.read, complete=complete)


class _Runs:
    """What the runs of a workload share.

    brief: commands that one run has shown not to stay.
    """

    def __init__(self, workload: Workload, atlas: Atlas, shell: str | None, signal: str) -> None:
        self.workload = workload
        self.atlas = atlas
        self.shell = shell
        self.signal = signal
        self.scripts = Scripts()
        self.brief: set[object] = set()

    def run(self, forced: dict[tuple[object, ...], bool]) -> End:
        """One way through: first to find out which command is the one that stays."""
        main: int | None = None
        errand = False
        while True:
            world = self._world(forced, main)
            try:
                _start(world)
                world.kernel.run()
                again = self._main_command(world, main)
                if again is not None:
                    main, errand = again, _quits(world)
                    continue
                return self._stopped(world, errand=errand)
            except Undetermined as unclear:
                return _untold(world, unclear)
            except RecursionError:
                return End(_choices(world), reason="it is nested too deeply to follow")
            finally:
                self.scripts.steps += world.kernel.steps

    def _world(self, forced: dict[tuple[object, ...], bool], main: int | None) -> World:
        kernel = Kernel(private=self.workload.pid_namespace == "private")
        reference = self.workload.base.reference
        image: BaseImage | None = self.atlas.base(reference) if reference else None
        oracle = Oracle(dict(forced))
        return World(
            self.workload, kernel, oracle, self.atlas, self.shell, self.scripts, load, image, main
        )

    def _main_command(self, world: World, main: int | None) -> int | None:
        """Which command stays, when so far none does."""
        root = world.kernel.root
        if main is not None or root is None or gave_up(world):
            return None
        if not root.alive or (world.kernel.periodic and not serving(world)):
            fresh = [(at, s) for at, s in enumerate(world.started) if s.key not in self.brief]
            left = [at for at, s in fresh if not (root.alive and s.hands_over)]
            return left[-1] if left else None
        return None

    def _stopped(self, world: World, *, errand: bool) -> End:
        choices = _choices(world)
        made = stop(world, self.signal)
        end = End(
            choices,
            made.snapshot,
            made.reason,
            serves=made.serves,
            idle=made.idle,
            errand=errand,
            guess=world.main is not None,
            main=world.main_of(),
            later=_choices(world)[len(choices) :],
        )
        if not end.lives or not end.serves or end.guess:
            return end
        return replace(end, over=frozenset(s.key for s in world.started if s.key is not None))


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


def _quits(world: World) -> bool:
    """Whether a script ends by saying so, after it looked for something."""
    said = any(isinstance(t.body, Shell) and t.body.quits for t in world.kernel.tasks)
    return said and bool(world.oracle.choices)


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
    init = workload.engine_init
    if isinstance(init, Known) and init.value and workload.pid_namespace == "private":
        entry = Wrapped(
            "docker-init", "init", "forward", "Docker 20.10, measured", inner=argv.value
        )
        body = Wrapper(world, entry, loaded)
        words = (Word("/sbin/docker-init"), Word("--"), *loaded.argv)
        world.kernel.spawn(None, body, words, span)
    else:
        own = loaded.argv[0].span if loaded.argv else None
        world.kernel.spawn(None, loaded.body, loaded.argv, own or span)
