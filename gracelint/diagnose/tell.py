"""The stop: start a container, send it the stop signal, and see what becomes of it.

`tell` is the way in. A condition that the files do not decide is decided both ways, in runs of
their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.atlas import Atlas
from gracelint.base import signals
from gracelint.base.facts import Known, Unknown, Word
from gracelint.base.values import dataclass, replace
from gracelint.diagnose.cause import defects_of
from gracelint.diagnose.explain import reason_of
from gracelint.diagnose.snapshot import Snapshot, take
from gracelint.model.entries import Reaction, Wrapped
from gracelint.model.story import Cause, Story, Verdict
from gracelint.simulate.bodies import App, Wrapper
from gracelint.simulate.kernel import Kernel, Missing, Undetermined
from gracelint.simulate.load import Context, load
from gracelint.simulate.shell.shell import Shell
from gracelint.simulate.world import Choice, Oracle, Scripts, UnknownShell, World

if TYPE_CHECKING:
    from gracelint.base.source import Span
    from gracelint.model.entries import BaseImage
    from gracelint.model.workload import Workload
    from gracelint.simulate.kernel import Task

MAX_RUNS = 40
MAX_WORK = 24_000  # steps of all runs together
GAVE_UP = "the script ends with an error unless it finds what the files do not tell"
WAITS = "the script waits for something first, and it is not known what comes then"
CANDIDATES = ("dash", "ash", "bash")
_RANK = {
    Verdict.KILLED: 0,
    Verdict.ABANDONED: 1,
    Verdict.GRACEFUL: 2,
    Verdict.EXITS: 3,
    Verdict.UNKNOWN: 4,
}


@dataclass(frozen=True, slots=True)
class End:
    """How one run ended. snapshot: the processes as the stop found them; None: nothing ran.

    serves: the stop found an application. idle: it found nothing but a script that goes round,
    waiting for something. errand: what was taken for the application is followed by `exit`, so
    that it may only be preparing something.
    """

    verdict: Verdict
    choices: tuple[Choice, ...]
    world: World | None = None
    snapshot: Snapshot | None = None
    reason: str = ""
    span: Span | None = None
    needs_shell: bool = False
    serves: bool = False
    idle: bool = False
    errand: bool = False


def tell(workload: Workload, atlas: Atlas | None = None) -> Story:
    """The story of stopping `workload`; never raises for what a file says."""
    atlas = atlas or Atlas()
    signal = _signal(workload)
    if isinstance(workload.launch.argv, Unknown):
        return _untold(workload, workload.launch.argv.reason, signal)
    if signal is None:
        return _untold(workload, "the stop signal is not known", None)
    shell = workload.base.shell
    if isinstance(shell, Known):
        return _told(workload, atlas, shell.value, signal)
    return _any_shell(workload, atlas, signal)


def _signal(workload: Workload) -> str | None:
    fact = workload.stop_signal
    return signals.parse(fact.value) if isinstance(fact, Known) else None


def _untold(workload: Workload, reason: str, signal: str | None) -> Story:
    return Story(workload, None, Verdict.UNKNOWN, reason, signal)


def _any_shell(workload: Workload, atlas: Atlas, signal: str) -> Story:
    """A base image that nobody knows: what holds for every common shell holds here."""
    story = _told(workload, atlas, None, signal)
    if not story.needs_shell:
        return story
    stories = [_told(workload, atlas, shell, signal) for shell in CANDIDATES]
    worst = min(stories, key=lambda s: _RANK[s.verdict])
    if len({s.verdict for s in stories}) == 1:
        same = [_causes(s) == _causes(worst) for s in stories]
        alike = [shell for shell, is_same in zip(CANDIDATES, same, strict=True) if is_same]
        return worst if all(same) else replace(worst, shells=tuple(alike))
    shells = [
        s for s, told in zip(CANDIDATES, stories, strict=True) if told.verdict == worst.verdict
    ]
    reason = f"it depends on what /bin/sh is: {worst.verdict} where it is {' or '.join(shells)}"
    return replace(worst, verdict=Verdict.UNKNOWN, reason=reason, shells=tuple(shells))


def _causes(story: Story) -> set[Cause]:
    return {d.cause for d in story.defects}


def _told(workload: Workload, atlas: Atlas, shell: str | None, signal: str) -> Story:
    ends = explore(workload, atlas, shell, signal)
    end = choose(ends)
    branch = _branch(end, ends)
    if end.world is None or end.snapshot is None:
        story = _untold(workload, end.reason, signal)
        return replace(
            story,
            verdict=end.verdict,
            branch=branch,
            needs_shell=_needs_shell(ends),
            unclear=end.span,
        )
    defects = defects_of(workload, end.world, end.snapshot, end.verdict, signal)
    reason = end.reason or reason_of(end.world, end.snapshot, end.verdict, signal, defects)
    return Story(
        workload,
        end.snapshot.tree,
        end.verdict,
        reason,
        signal,
        chain=end.snapshot.chain,
        defects=tuple(replace(d, branch=branch) for d in defects),
        branch=branch,
        needs_shell=_needs_shell(ends),
        scripts=end.world.scripts.read,
        implicit=tuple(end.world.implicit),
    )


def _needs_shell(ends: list[End]) -> bool:
    return any(e.needs_shell for e in ends)


def choose(ends: list[End]) -> End:
    """The end that is told: the worst of those in which a container lives until it is stopped.

    A script that waits for something before it comes to its application is not stopped there, as
    long as it comes to it in another run.
    """
    living = [e for e in ends if e.verdict not in {Verdict.EXITS, Verdict.UNKNOWN}]
    living = [e for e in living if not e.idle] or living
    if ends[0].verdict is Verdict.UNKNOWN and not living:
        return ends[0]
    if living:
        return min(living, key=lambda e: (_RANK[e.verdict], len(e.choices)))
    unknown = [e for e in ends if e.verdict is Verdict.UNKNOWN]
    return unknown[0] if unknown else ends[0]


def _branch(end: End, ends: list[End]) -> str:
    """Under which conditions this end is reached, where others are reached too."""
    if len({e.verdict for e in ends if e.verdict is not Verdict.EXITS}) < 2:
        return ""
    decided = [c for c in end.choices if not _same_everywhere(c, ends)]
    words = [f"`{c.words}` {'succeeds' if c.taken else 'fails'}" for c in decided[:2]]
    return " and ".join(words)


def _same_everywhere(choice: Choice, ends: list[End]) -> bool:
    return all(c.taken == choice.taken for e in ends for c in e.choices if c.key == choice.key)


# Runs -----------------------------------------------------------------------------------------


def explore(workload: Workload, atlas: Atlas, shell: str | None, signal: str) -> list[End]:
    """All ends: the likeliest first, then those with one condition decided otherwise, and so on."""
    scripts, brief = Scripts(), set[object]()
    waiting: list[dict[tuple[object, ...], bool]] = [{}]
    seen: set[frozenset[tuple[tuple[object, ...], bool]]] = set()
    ends: list[End] = []
    while waiting and len(ends) < MAX_RUNS and scripts.steps < MAX_WORK:
        forced = waiting.pop(0)
        key = frozenset(forced.items())
        if key in seen:
            continue
        seen.add(key)
        end = _run(workload, atlas, shell, signal, forced, scripts, brief)
        brief |= _brief_commands(end)
        ends.append(end)
        fresh = [c for c in end.choices if c.key not in forced]
        waiting += [{**forced, c.key: not c.taken} for c in fresh]
    for at, end in enumerate(ends):
        if end.world is not None and end.world.main_of() in brief:
            taken = {c.key: c.taken for c in end.choices}
            ends[at] = _run(workload, atlas, shell, signal, taken, scripts, brief)
    sure = any(e.serves and e.world is not None and e.world.main is None for e in ends)
    return [e for e in ends if not (sure and e.errand)]


def _brief_commands(end: End) -> set[object]:
    """The commands that had ended when a run came to its application without any guess."""
    world = end.world
    living = end.verdict not in {Verdict.EXITS, Verdict.UNKNOWN}
    if world is None or not living or world.main is not None or not end.serves:
        return set()
    return {started.key for started in world.started if started.key is not None}


def _run(
    workload: Workload,
    atlas: Atlas,
    shell: str | None,
    signal: str,
    forced: dict[tuple[object, ...], bool],
    scripts: Scripts,
    brief: set[object],
) -> End:
    """One way through: first to find out which command is the one that stays.

    brief: commands that another run has shown not to stay.
    """
    main: int | None = None
    errand = False
    while True:
        world = _world(workload, atlas, shell, forced, main, scripts)
        try:
            _start(world)
            world.kernel.run()
            again = _main_command(world, main, brief)
            if again is not None:
                main, errand = again, _quits(world)
                continue
            return replace(_stop(world, signal), errand=errand)
        except Missing as missing:
            choices = tuple(world.oracle.choices)
            return End(Verdict.EXITS, choices, None, None, missing.reason, missing.span)
        except Undetermined as unclear:
            choices = tuple(world.oracle.choices)
            needs = isinstance(unclear, UnknownShell)
            return End(Verdict.UNKNOWN, choices, None, None, unclear.reason, unclear.span, needs)
        except RecursionError:
            choices = tuple(world.oracle.choices)
            return End(Verdict.UNKNOWN, choices, None, None, "it is nested too deeply to follow")
        finally:
            scripts.steps += world.kernel.steps


def _main_command(world: World, main: int | None, brief: set[object]) -> int | None:
    """Which command stays, when so far none does."""
    root = world.kernel.root
    if main is not None or root is None or _gave_up(world):
        return None
    if not root.alive or (world.kernel.periodic and not _serving(world)):
        fresh = [(at, s) for at, s in enumerate(world.started) if s.key not in brief]
        left = [at for at, s in fresh if not (root.alive and s.hands_over)]
        return left[-1] if left else None
    return None


def _quits(world: World) -> bool:
    """Whether a script ends by saying so, after it looked for something."""
    said = any(isinstance(t.body, Shell) and t.body.quits for t in world.kernel.tasks)
    return said and bool(world.oracle.choices)


def _gave_up(world: World) -> bool:
    """Whether a script has ended with an error of its own, after it looked for something."""
    root = world.kernel.root
    if root is None or root.alive or not root.status or not world.oracle.choices:
        return False
    shells = [t for t in world.kernel.tasks if isinstance(t.body, Shell) and t.body.gave_up]
    return any(t.status == root.status for t in shells)


def _serving(world: World) -> list[Task]:
    """The applications that are there now."""
    return [t for t in world.kernel.tasks if t.alive and _serves(t)]


def _world(
    workload: Workload,
    atlas: Atlas,
    shell: str | None,
    forced: dict[tuple[object, ...], bool],
    main: int | None,
    scripts: Scripts,
) -> World:
    kernel = Kernel(private=workload.pid_namespace == "private")
    reference = workload.base.reference
    image: BaseImage | None = atlas.base(reference) if reference else None
    return World(workload, kernel, Oracle(dict(forced)), atlas, shell, scripts, image, main)


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
        body = Wrapper(world, entry, lambda: (loaded.body, loaded.argv))
        words = (Word("/sbin/docker-init"), Word("--"), *loaded.argv)
        world.kernel.spawn(None, body, words, span)
    else:
        own = loaded.argv[0].span if loaded.argv else None
        world.kernel.spawn(None, loaded.body, loaded.argv, own or span)


def _stop(world: World, signal: str) -> End:
    kernel, root = world.kernel, world.kernel.root
    assert root is not None
    choices = tuple(world.oracle.choices)
    if not root.alive and _gave_up(world) and not any(_served(t) for t in kernel.tasks):
        return End(Verdict.UNKNOWN, choices, None, None, GAVE_UP)
    if not root.alive:
        return End(Verdict.EXITS, choices, world, take(world, signal))
    serves = bool(_serving(world))
    if kernel.going_round and not kernel.periodic and not serves:
        return End(Verdict.UNKNOWN, choices, None, None, WAITS)
    snapshot = take(world, signal)
    kernel.stopping, kernel.stop_time = True, kernel.now
    grace = world.workload.grace
    seconds = grace.value if isinstance(grace, Known) else 10.0
    kernel.kill(root, signal)
    if not kernel.over:
        kernel.run(kernel.now + seconds)
    if not kernel.over:
        kernel.now = max(kernel.now, kernel.stop_time + seconds)
        kernel.end(root, 137, "sigkill")
        verdict = Verdict.KILLED
    else:
        verdict = Verdict.KILLED if root.fate == "sigkill" else _after(world)
    snapshot.settle(verdict)
    idle = kernel.going_round and not serves
    return End(verdict, choices, world, snapshot, serves=serves, idle=idle)


def _after(world: World) -> Verdict:
    """PID 1 has ended: were all applications done?"""
    apps = applications(world)
    lost = [t for t in apps if lost_work(t) and not _idle(t)]
    return Verdict.ABANDONED if lost else Verdict.GRACEFUL


def _idle(task: Task) -> bool:
    """Whether all it did was to keep the container alive, so that nothing is lost with it."""
    return isinstance(task.body, App) and task.body.placeholder


def lost_work(task: Task) -> bool:
    """Whether an application was ended before it could finish.

    One that would clean up on another signal loses its work to the default action of this one.
    """
    body = task.body
    if task.fate != "signal" or not isinstance(body, App):
        return task.fate in {"torn", "sigkill"}
    return (
        body.assumed
        or bool(body.caught)
        or Reaction.GRACEFUL in (body.program.reactions if body.program else {}).values()
    )


def applications(world: World) -> list[Task]:
    """The processes whose end counts: all applications, else what `… start` left behind, else
    placeholders.
    """
    since = world.kernel.stop_time
    there = [t for t in world.kernel.tasks if t.alive or t.ended >= since]
    apps = [t for t in there if isinstance(t.body, App) and not _brief(t.body)]
    serving = [t for t in apps if _serves(t)]
    return serving or [t for t in apps if getattr(t.body, "guessed", False)] or apps


def _serves(task: Task) -> bool:
    """Whether a process is an application rather than a placeholder or a copier of streams."""
    return isinstance(task.body, App) and task.body.serves


def _served(task: Task) -> bool:
    """Whether a process is an application that PID 1 took with it."""
    return task.fate == "torn" and _serves(task)


def _brief(body: App) -> bool:
    return body.duration is not None and body.duration < 1
