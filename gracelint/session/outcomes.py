"""What becomes of the launches of a run, each counted once, and what is told of none."""

from __future__ import annotations

from collections import Counter

from gracelint.base.typed import TYPE_CHECKING
from gracelint.model.result import Launches, Problem
from gracelint.model.story import Basis, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gracelint.base.source import Span
    from gracelint.discover.discover import Discovery
    from gracelint.model.story import Story


def distinct(stories: Iterable[Story]) -> list[Story]:
    """The stories less those that say of one launch what another says: a chart that is rendered
    with several files of values gives each of its launches several times.
    """
    return list({_key(story): story for story in reversed(list(stories))}.values())[::-1]


def besides(first: Iterable[Story], more: Iterable[Story]) -> tuple[Story, ...]:
    """Those of `more` that say nothing that one of the first says."""
    said = {_key(story) for story in first}
    return tuple(story for story in more if _key(story) not in said)


def _key(story: Story) -> tuple[object, ...]:
    workload = story.workload
    launch = (workload.kind, workload.declared.place.key, workload.name, workload.stage)
    return (*launch, workload.container, story.verdict, story.reason, story.assumptions)


def counted(stories: Iterable[Story]) -> Launches:
    """How many launches there are of each verdict."""
    apart = distinct(stories)
    number = Counter(story.verdict for story in apart)
    graceful = [story for story in apart if story.verdict is Verdict.GRACEFUL]
    return Launches(
        graceful=len(graceful),
        assumed=sum(story.basis is Basis.ASSUMED for story in graceful),
        cut_off=number[Verdict.CUT_OFF],
        abandoned=number[Verdict.ABANDONED],
        killed=number[Verdict.KILLED],
        exits=number[Verdict.EXITS],
        unknown=number[Verdict.UNKNOWN],
    )


def operated(discovery: Discovery) -> Iterator[Problem]:
    """A note for each file and reason why objects of others' kinds are left out."""
    if not discovery.kubernetes:
        return
    from gracelint.declare.kubernetes import elsewhere

    for file in discovery.kubernetes:
        spans: dict[str, list[Span]] = {}
        for span, why in elsewhere.unread(file):
            spans.setdefault(why, []).append(span)
        for why, (first, *others) in spans.items():
            more = f" and {len(others)} more" if others else ""
            said = f"line {first.first.line}{more}: {why}"
            yield Problem(file.source.path, said, hint=True)
