"""The story of a launch that was played: what its ends come to.

The ways through a launch that the files leave open are told by the worst of them.
"""

from __future__ import annotations

import re
from functools import partial
from itertools import islice

from gracelint.atlas.images import Reference
from gracelint.base import lazy
from gracelint.base.facts import Known
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import replace
from gracelint.diagnose.arms import asks_for_development
from gracelint.diagnose.basis import assumptions_of
from gracelint.diagnose.cause import defects_of
from gracelint.diagnose.explain import reason_of
from gracelint.diagnose.losses import losses_of
from gracelint.diagnose.lost import verdict_of
from gracelint.diagnose.timeline import limit
from gracelint.diagnose.tree import evidence, tree_of
from gracelint.model.defect import Foreground
from gracelint.model.loss import TimerOutlasts
from gracelint.model.story import Later, Story, Verdict
from gracelint.simulate.explore import explore, explore_set
from gracelint.simulate.stop import GAVE_UP
from gracelint.syntax.shell.parse import walk, within
from gracelint.syntax.shell.tree import Simple, While

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gracelint.atlas import Atlas
    from gracelint.model.defect import Defect
    from gracelint.model.process import Process
    from gracelint.model.workload import Workload
    from gracelint.simulate.ends import End
    from gracelint.simulate.explore import Explored
    from gracelint.simulate.world import Choice
    from gracelint.syntax.shell.tree import Script

CANDIDATES = ("dash", "ash", "bash")
_NAMED = {
    "alpine": "ash",
    **dict.fromkeys(
        ("ubi", "rhel", "centos", "rockylinux", "almalinux", "fedora", "amazonlinux"), "bash"
    ),
}
"""What /bin/sh is in a system that images which nobody knows are named by, in path or tag."""
_WORST = (
    Verdict.KILLED,
    Verdict.ABANDONED,
    Verdict.UNKNOWN,
    Verdict.CUT_OFF,
    Verdict.GRACEFUL,
    Verdict.EXITS,
)
"""In which order the ends of a launch are told: all is clear only where no end says otherwise."""

_LOST = frozenset({Verdict.KILLED, Verdict.ABANDONED})

MAX_CONDITIONS = 2
"""Conditions that are named where an end rests on several."""


def scripts(workload: Workload, atlas: Atlas) -> tuple[Script, ...]:
    """The scripts that a launch runs, whatever stops it."""
    shell = workload.base.shell
    some = shell.value if isinstance(shell, Known) else CANDIDATES[0]
    return explore(workload, atlas, some, "TERM").scripts


def story(workload: Workload, atlas: Atlas, signal: str) -> Story:
    """The story of a launch that is stopped with `signal`."""
    shell = workload.base.shell
    if isinstance(shell, Known):
        return _story(workload, atlas, shell.value, signal)
    return _any_shell(workload, atlas, signal)


def _any_shell(workload: Workload, atlas: Atlas, signal: str) -> Story:
    """A base image that nobody knows: what holds for every common shell holds here.

    One that is named by its system, or whose launch installs packages as that does, is taken to
    have the shell of that.
    """
    story = _story(workload, atlas, None, signal)
    if not story.needs_shell:
        return story
    stories = {shell: _story(workload, atlas, shell, signal) for shell in CANDIDATES}
    worst = min(stories.values(), key=lambda s: _WORST.index(s.verdict))
    alike = [shell for shell, other in stories.items() if other.verdict is worst.verdict]
    named = _named(workload.base.reference or "") or _installing(workload)
    if named and len(alike) < len(CANDIDATES):
        worst, alike = stories[named], [named]
    if len(alike) < len(CANDIDATES):
        guess = f"/bin/sh is {' or '.join(alike)}"
        assumptions = (guess, *worst.assumptions)
        return replace(worst, shells=tuple(alike), assumptions=assumptions)
    same = [shell for shell, other in stories.items() if _causes(other) == _causes(worst)]
    return worst if len(same) == len(CANDIDATES) else replace(worst, shells=tuple(same))


def _named(reference: str) -> str:
    """The shell of the system that an image is named by: `corp/node:18-alpine`, `corp/ubi8/jre`."""
    parsed = Reference.parse(reference.lower())
    words = re.split(r"[^a-z]+", f"{parsed.path}:{parsed.tag}")
    shells = {_NAMED[word] for word in words if word in _NAMED}
    return shells.pop() if len(shells) == 1 else ""


def _installing(workload: Workload) -> str:
    """The shell of the system whose packages a launch installs: `sh -c "apk add jq; …"`."""
    argv = workload.launch.argv
    words = argv.value if isinstance(argv, Known) else ()
    managers = {m.group(1) for w in words for m in _INSTALLS.finditer(w.value or "")}
    shells = {_PACKAGED[manager] for manager in managers}
    return shells.pop() if len(shells) == 1 else ""


_INSTALLS = lazy.compile(
    r"(?:^|[;&|\s])(apk|apt-get|apt|dnf|microdnf|yum)(?:\s+-\S+){0,20}\s+(?:add|install)\b"
)
_PACKAGED = {
    **dict.fromkeys(("apt", "apt-get"), "dash"),
    **dict.fromkeys(("dnf", "microdnf", "yum"), "bash"),
    "apk": "ash",
}


def _causes(story: Story) -> set[type[Defect]]:
    return {type(defect) for defect in story.defects}


def _story(workload: Workload, atlas: Atlas, shell: str | None, signal: str) -> Story:
    explored = explore(workload, atlas, shell, signal)
    ends = [(end, _verdict(end)) for end in explored.ends]
    end, verdict = choose(ends, finite=workload.finite)
    needs_shell = any(e.needs_shell for e in explored.ends)
    if end.snapshot is None:
        return Story(
            workload,
            None,
            verdict,
            end.reason,
            signal,
            branch=_branch(end, ends),
            needs_shell=needs_shell,
            unclear=end.span,
            scripts=explored.scripts,
            assumptions=assumptions_of(workload, None, verdict),
        )
    snapshot, tree = end.snapshot, tree_of(end.snapshot)
    if tree is not None:
        tree = _tried(tree, partial(_ends_on, workload, atlas, shell), signal)
    defects = defects_of(workload, snapshot, tree, verdict)
    losses = tuple(losses_of(workload, tree, atlas)) if tree is not None else ()
    assumed = assumptions_of(workload, snapshot, verdict, defects, losses)
    clear = verdict in {Verdict.GRACEFUL, Verdict.CUT_OFF}
    beside = verdict in _LOST and any(isinstance(d, Foreground) for d in defects)
    asked = replace(explored, ends=(), scripts=())
    look = partial(_set_ends, workload, atlas, shell, signal, asked)
    if clear:
        assumed += tuple(map(_from_outside, explored.required))
        assumed += tuple(_other_ways(end, explored, ends))
    elif beside:
        defects += tuple(_beside(workload, defects, look()))
    assumptions = _assumptions(assumed, look if clear and explored.unset else None)
    counting = tuple(one for one in losses if not (isinstance(one, TimerOutlasts) and one.usual))
    if verdict is Verdict.GRACEFUL and counting:
        verdict = Verdict.CUT_OFF
    elif verdict is Verdict.CUT_OFF and not losses:
        verdict = Verdict.GRACEFUL  # a hook has stopped it before the signal comes
    reason = reason_of(workload, snapshot, tree, verdict, defects, counting or losses)
    if verdict is Verdict.GRACEFUL:
        reason += limit(workload, tree)
    return Story(
        workload,
        tree,
        verdict,
        reason,
        signal,
        losses=losses,
        chain=evidence(tree) if tree is not None else (),
        defects=defects,
        branch=_branch(end, [(e, v) for e, v in ends if not (clear and e.idle)]),
        needs_shell=needs_shell,
        scripts=explored.scripts,
        implicit=snapshot.implicit,
        assumptions=assumptions,
    )


def _from_outside(name: str) -> str:
    """What a script or program ends without: a variable, or a file."""
    return f"`{name}` is put there" if name[:1] == "/" else f"`${name}` is set from outside"


def _tried(process: Process, ends_on: Callable[[str], bool], signal: str) -> Process:
    """The processes, less the other signals on which a source is only taken to finish its work:
    a handler that is there may sleep for ever. Played only where somebody would be told of it.
    """
    children = tuple(_tried(child, ends_on, signal) for child in process.children)
    if children != process.children:
        process = replace(process, children=children)
    asked = process.at_once and process.sent == (signal,) and signal not in process.finishes_on
    if not asked or not process.finishes_on:
        return process
    return replace(process, finishes_on=tuple(s for s in process.finishes_on if ends_on(s)))


def _ends_on(workload: Workload, atlas: Atlas, shell: str | None, signal: str) -> bool:
    """Whether the launch finishes its work where it is stopped with another signal."""
    explored = explore(workload, atlas, shell, signal)
    _, verdict = choose([(e, _verdict(e)) for e in explored.ends], finite=workload.finite)
    return verdict is Verdict.GRACEFUL


def _set_ends(
    workload: Workload, atlas: Atlas, shell: str | None, signal: str, explored: Explored
) -> list[tuple[End, Verdict]]:
    """The ends where variables are set that the files leave unset. Finding them takes long."""
    if not explored.unset:
        return []
    return [(e, _verdict(e)) for e in explore_set(workload, atlas, shell, signal, explored).ends]


def _assumptions(
    sure: tuple[str, ...], look: Callable[[], list[tuple[End, Verdict]]] | None
) -> Sequence[str]:
    """What a story rests on; what variables may do is looked at when somebody wants to read it."""
    first = tuple(dict.fromkeys(sure))
    if look is None:
        return first
    return Later(first, lambda: tuple(_unset_ways(look()))) if first else tuple(_unset_ways(look()))


# Which end is told ----------------------------------------------------------------------------


def _verdict(end: End) -> Verdict:
    if end.snapshot is not None:
        return verdict_of(end.snapshot)
    return Verdict.EXITS if end.missing else Verdict.UNKNOWN


def choose(ends: list[tuple[End, Verdict]], *, finite: bool = False) -> tuple[End, Verdict]:
    """The end that is told: the worst of those in which a container lives until it is stopped.

    A script that waits for something before it comes to its application is not stopped there, as
    long as it comes to it in another run. What it does for development alone is told only where it
    does nothing else. finite: it is meant to end by itself, and does so where it finds what it
    looks for.
    """
    living = [(e, v) for e, v in ends if e.lives]
    living = [(e, v) for e, v in living if not e.idle] or living
    deployed = [(e, v) for e, v in living if not any(map(_for_development, e.choices))]
    living = deployed or living
    if living:
        return min(living, key=_rank)
    done = [(e, v) for e, v in ends if v is Verdict.EXITS and not e.failed]
    if finite and done and all(e.reason == GAVE_UP for e, v in ends if v is Verdict.UNKNOWN):
        return done[0]
    unknown = [pair for pair in ends if pair[1] is Verdict.UNKNOWN]
    telling = [pair for pair in unknown if pair[0].reason != GAVE_UP]
    return next(iter(telling or unknown), ends[0])


def _for_development(choice: Choice) -> bool:
    return asks_for_development(choice.words, met=choice.taken)


def _rank(pair: tuple[End, Verdict]) -> tuple[int, bool, int]:
    """The worst first; of those alike that with an application, which is come to most simply."""
    end, verdict = pair
    return _WORST.index(verdict), not end.serves, len(end.choices)


def _branch(end: End, ends: list[tuple[End, Verdict]]) -> str:
    """Under which conditions this end is reached, where others are reached too."""
    if len({v for _, v in ends if v is not Verdict.EXITS}) < 2:
        return ""
    decided = [c for c in end.choices if not _same_everywhere(c, ends)]
    return " and ".join(_words(c) for c in decided[:MAX_CONDITIONS])


def _words(choice: Choice) -> str:
    words = " ".join(choice.words.split())
    return f"`{words}` {'succeeds' if choice.taken else 'fails'}"


def _other_ways(end: End, explored: Explored, ends: list[tuple[End, Verdict]]) -> Iterator[str]:
    """What is taken of the ways that were not followed to their end."""
    for choice in end.later[:MAX_CONDITIONS]:
        yield _words(choice)
    awaited = tuple(dict.fromkeys(_awaited(end, explored, ends)))
    yield from awaited[:MAX_CONDITIONS]
    only_waits = bool(awaited) and {_awaits(choice) for choice in end.choices} <= set(awaited)
    if any(v is Verdict.UNKNOWN for _, v in ends):
        yield _branch(end, ends) or "the other ways through its scripts end as well"
    elif not (explored.complete or only_waits):
        yield "the ways through its scripts that were not followed end as well"


def _awaited(end: End, explored: Explored, ends: list[tuple[End, Verdict]]) -> Iterator[str]:
    """What is waited for on the way to this end: where it never comes, the container is stopped
    while its script waits. Of the ways that were not followed, each may lead to that.
    """
    for idle in (e for e, v in ends if e.idle and v in _LOST):
        taken = {choice.key: choice.taken for choice in idle.choices}
        differing = (c for c in end.choices if taken.get(c.key, c.taken) != c.taken)
        yield from map(_awaits, islice(differing, 1))
    for script in () if explored.complete else explored.scripts:
        for loop in filter(_pauses, within(script.body, While)):
            span = script.span(loop.condition)
            asked = [choice for choice in end.choices if choice.span.key == span.key]
            if asked and asked[-1].taken == loop.until:
                yield _awaits(asked[-1])


def _pauses(loop: While) -> bool:
    return any(isinstance(one, Simple) and one.name == "sleep" for one in walk(loop.body))


def _awaits(choice: Choice) -> str:
    words = choice.words.removeprefix("! ")
    negated = words != choice.words
    return _words(replace(choice, words=words, taken=choice.taken != negated))


def _unset_ways(ends: list[tuple[End, Verdict]]) -> Iterator[str]:
    """What must not hold, where a variable that the files do not set leads to another end."""
    if not ends:
        return
    end, verdict = choose(ends)
    decided = [c for c in end.choices if not _same_everywhere(c, ends)]
    if end.lives and verdict in _LOST and decided:
        yield _words(replace(decided[-1], taken=not decided[-1].taken))


def _beside(
    workload: Workload, causes: tuple[Defect, ...], ends: list[tuple[End, Verdict]]
) -> Iterator[Defect]:
    """The same shell without `exec` in front of others, where a variable leads to them that the
    files do not set: who repairs one branch repairs them all.
    """
    shells = {d.process.pid for d in causes if isinstance(d, Foreground)}
    spans = {d.span for d in causes}
    for end, verdict in ends:
        if not shells or end.snapshot is None or verdict not in _LOST or not end.lives:
            continue
        tree = tree_of(end.snapshot)
        for other in defects_of(workload, end.snapshot, tree, verdict):
            if isinstance(other, Foreground) and other.process.pid in shells:
                if other.span not in spans:
                    yield other
                spans.add(other.span)


def _same_everywhere(choice: Choice, ends: list[tuple[End, Verdict]]) -> bool:
    return all(c.taken == choice.taken for e, _ in ends for c in e.choices if c.key == choice.key)
