"""Dockerfiles and those who use their images: what the uses in a run set decides for both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.facts import Known
from gracelint.base.values import replace
from gracelint.checks.lib.development import is_meant
from gracelint.model.finding import Applicability
from gracelint.model.story import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gracelint.base.facts import Word
    from gracelint.model.finding import Finding
    from gracelint.model.story import Story
    from gracelint.model.workload import Launch
    from gracelint.resolve.merge import Reported

_LOST = frozenset({Verdict.KILLED, Verdict.ABANDONED, Verdict.CUT_OFF})
_OPEN = frozenset({Verdict.KILLED, Verdict.ABANDONED, Verdict.UNKNOWN})
MENDED = "; all that use the image here mend it"


class Uses:
    """The stories of services and pods, by the Dockerfile whose image they start.

    Those for development do not count: what is deployed may be another.
    """

    def __init__(self, stories: Iterable[Story]) -> None:
        self._dockerfiles: dict[int, tuple[object, ...]] = {}
        self._by_launch: dict[tuple[object, ...], list[Story]] = {}
        for story in stories:
            launch = story.workload.launch
            if story.workload.kind == "dockerfile":
                self._dockerfiles[id(story)] = _key(launch)
            elif (key := _key(launch.overridden or launch)) and not is_meant(story.workload):
                self._by_launch.setdefault(key, []).append(story)

    def of(self, story: Story) -> list[Story]:
        """The uses of a Dockerfile's image; none for a story of another kind."""
        key = self._dockerfiles.get(id(story), ())
        return self._by_launch.get(key, []) if key else []

    def left(self, found: Sequence[tuple[Story, list[Reported]]]) -> Iterator[Reported]:
        """What one check reports, without what no use of a Dockerfile's image suffers from."""
        by_story = {id(story): reported for story, reported in found}
        for story, reported in found:
            using = [use for use in self.of(story) if id(use) in by_story]
            uses = [by_story[id(use)] for use in using]
            if _repeated(story, using) and all(
                any(_is_safe(o.finding) for o in use) for use in uses
            ):
                yield from (one for one in reported if _is_safe(one.finding))
            elif not uses or any(uses) or any(use.verdict in _OPEN for use in using):
                yield from (one for one in reported if not _better_there(one, uses))


def _repeated(story: Story, using: Sequence[Story]) -> bool:
    """Whether each use says once more what the image starts, so that it is told there."""
    words = story.workload.launch.argv
    return bool(using) and all(
        use.workload.launch.overridden is not None
        and isinstance(words, Known)
        and isinstance(use.workload.launch.argv, Known)
        and _plain(use.workload.launch.argv.value) == _plain(words.value)
        for use in using
    )


def _plain(words: Sequence[Word]) -> list[str | None]:
    return [word.value for word in words]


def _better_there(one: Reported, uses: Sequence[Sequence[Reported]]) -> bool:
    """Whether the only use has a safe fix for the same, and the image none."""
    same = [
        other.finding
        for other in (uses[0] if len(uses) == 1 else ())
        if other.finding.primary.span.key == one.finding.primary.span.key
    ]
    return bool(same) and not _is_safe(one.finding) and all(map(_is_safe, same))


def _is_safe(finding: Finding) -> bool:
    return any(fix.applicability is Applicability.SAFE for fix in finding.fixes[:1])


def _key(launch: Launch) -> tuple[object, ...]:
    """The commands of a Dockerfile that a launch has, by their places."""
    facts = (launch.entrypoint, launch.cmd)
    commands = [f.value for f in facts if isinstance(f, Known) and f.value is not None]
    return tuple(c.span.key for c in commands if c.stage is not None)


def told(stories: Iterable[Story]) -> list[Story]:
    """The stories, where a Dockerfile's says that its uses mend what is wrong."""
    given = list(stories)
    uses = Uses(given)
    return [_told(story, uses.of(story)) for story in given]


def _told(story: Story, uses: Sequence[Story]) -> Story:
    if story.verdict not in _LOST or not uses or any(use.verdict in _OPEN for use in uses):
        return story
    return replace(story, reason=story.reason + MENDED)
