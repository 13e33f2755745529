"""The story of stopping a workload: `tell` is the way in.

The ways through a launch that the files leave open are told by the worst of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.atlas import Atlas
from gracelint.base import signals
from gracelint.base.facts import Known, Unknown
from gracelint.base.values import replace
from gracelint.diagnose.cause import defects_of
from gracelint.diagnose.explain import reason_of
from gracelint.diagnose.lost import verdict_of
from gracelint.diagnose.tree import evidence, tree_of
from gracelint.model.story import Story, Verdict
from gracelint.simulate.explore import explore

if TYPE_CHECKING:
    from gracelint.model.defect import Defect
    from gracelint.model.workload import Workload
    from gracelint.simulate.explore import End
    from gracelint.simulate.world import Choice

CANDIDATES = ("dash", "ash", "bash")
_RANK = {
    Verdict.KILLED: 0,
    Verdict.ABANDONED: 1,
    Verdict.GRACEFUL: 2,
    Verdict.EXITS: 3,
    Verdict.UNKNOWN: 4,
}


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


def _causes(story: Story) -> set[type[Defect]]:
    return {type(defect) for defect in story.defects}


def _told(workload: Workload, atlas: Atlas, shell: str | None, signal: str) -> Story:
    ends, scripts = explore(workload, atlas, shell, signal)
    verdicts = [_verdict(end) for end in ends]
    end = choose(ends, verdicts)
    verdict = _verdict(end)
    branch = _branch(end, ends, verdicts)
    needs_shell = any(e.needs_shell for e in ends)
    if end.snapshot is None:
        return replace(
            _untold(workload, end.reason, signal),
            verdict=verdict,
            branch=branch,
            needs_shell=needs_shell,
            unclear=end.span,
        )
    tree = tree_of(end.snapshot)
    defects = defects_of(workload, end.snapshot, tree, verdict)
    return Story(
        workload,
        tree,
        verdict,
        reason_of(workload, end.snapshot, tree, verdict, defects),
        signal,
        chain=evidence(tree) if tree is not None else (),
        defects=defects,
        branch=branch,
        needs_shell=needs_shell,
        scripts=scripts,
        implicit=end.snapshot.implicit,
    )


# Which end is told ----------------------------------------------------------------------------


def _verdict(end: End) -> Verdict:
    if end.snapshot is not None:
        return verdict_of(end.snapshot)
    return Verdict.EXITS if end.missing else Verdict.UNKNOWN


def choose(ends: list[End], verdicts: list[Verdict]) -> End:
    """The end that is told: the worst of those in which a container lives until it is stopped.

    A script that waits for something before it comes to its application is not stopped there, as
    long as it comes to it in another run.
    """
    living = [(e, v) for e, v in zip(ends, verdicts, strict=True) if e.lives]
    living = [(e, v) for e, v in living if not e.idle] or living
    if living:
        return min(living, key=lambda told: (_RANK[told[1]], len(told[0].choices)))[0]
    if verdicts[0] is Verdict.UNKNOWN:
        return ends[0]
    unknown = [e for e, v in zip(ends, verdicts, strict=True) if v is Verdict.UNKNOWN]
    return unknown[0] if unknown else ends[0]


def _branch(end: End, ends: list[End], verdicts: list[Verdict]) -> str:
    """Under which conditions this end is reached, where others are reached too."""
    if len({v for v in verdicts if v is not Verdict.EXITS}) < 2:
        return ""
    decided = [c for c in end.choices if not _same_everywhere(c, ends)]
    words = [f"`{c.words}` {'succeeds' if c.taken else 'fails'}" for c in decided[:2]]
    return " and ".join(words)


def _same_everywhere(choice: Choice, ends: list[End]) -> bool:
    return all(c.taken == choice.taken for e in ends for c in e.choices if c.key == choice.key)
