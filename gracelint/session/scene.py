"""What a run looks at, and what was made of it."""

from __future__ import annotations

import os

from gracelint.base.facts import Known
from gracelint.base.typed import TYPE_CHECKING, Protocol
from gracelint.base.values import dataclass, field, replace
from gracelint.model.story import Later
from gracelint.model.workload import ToldFiles

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gracelint.base.source import Span
    from gracelint.declare.links import Link
    from gracelint.discover.discover import Discovery
    from gracelint.files.tree import Files
    from gracelint.model.options import Options
    from gracelint.model.pod import PodSpec
    from gracelint.model.result import Problem
    from gracelint.model.story import Story
    from gracelint.model.workload import Group, Workload
    from gracelint.render.renderer import Renderings
    from gracelint.resolve.merge import Reported
    from gracelint.session.lore import Lore
    from gracelint.syntax.dockerfile.parse import Dockerfile


ENOUGH = 60
"""Files that make it worth while to use one more process."""


def processes(wanted: int, units: int) -> int:
    """How many to use. wanted: 0 for as many as there are processors, where it is worth while."""
    try:
        there = len(os.sched_getaffinity(0))
    except AttributeError:
        there = os.cpu_count() or 1
    return min(wanted or min(there, units // ENOUGH), units)


@dataclass(slots=True)
class Scene:
    """What a run looks at. renderings: what charts and kustomizations come to. links: images and
    the Dockerfiles that they are built from. idle: Dockerfiles whose image starts nothing. errors:
    the first thing wrong with each Dockerfile that is no valid one. lore: what is known of images,
    None where nothing asked. judged: what the checks of a story or a group report, by code, by the
    identity of the story or group, where they were asked. written: what the checks of Dockerfiles
    report, by code.
    """

    discovery: Discovery
    stories: list[Story] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    renderings: Renderings | None = None
    links: tuple[Link, ...] = ()
    idle: list[str] = field(default_factory=list)
    errors: list[tuple[Span, str]] = field(default_factory=list)
    lore: Lore | None = None
    judged: dict[int, dict[str, Sequence[Reported]]] = field(default_factory=dict)
    written: dict[str, list[Reported]] = field(default_factory=dict)

    def add(self, part: Scene) -> None:
        """Take in what was made of one file."""
        self.stories += part.stories
        self.groups += part.groups
        self.idle += part.idle
        self.errors += part.errors
        self.judged |= part.judged
        for code, reported in part.written.items():
            self.written.setdefault(code, []).extend(reported)

    def lightened(self) -> Scene:
        """The same without the files of images: nobody asks for them once all is told and judged,
        and they hold the trees of all that they were made by. Nor are assumptions worked out that
        nobody has asked for yet.
        """
        lighter: dict[int, Workload] = {}
        told = {overlaid: ToldFiles(overlaid=overlaid) for overlaid in (False, True)}

        def light(workload: Workload) -> Workload:
            if id(workload) not in lighter:
                lighter[id(workload)] = replace(workload, files=told[_overlaid(workload)])
            return lighter[id(workload)]

        stories = [
            replace(one, workload=light(one.workload), assumptions=_sure(one))
            for one in self.stories
        ]
        groups = [replace(one, workloads=tuple(map(light, one.workloads))) for one in self.groups]
        pairs = zip((*self.stories, *self.groups), (*stories, *groups), strict=True)
        judged = {id(b): self.judged[id(a)] for a, b in pairs if id(a) in self.judged}
        return replace(self, stories=stories, groups=groups, judged=judged)

    def tell_otherwise(self, stories: list[Story]) -> None:
        """Let stories with other reasons stand for those that there are, in the same order."""
        for story, other in zip(self.stories, stories, strict=True):
            judged = self.judged.get(id(story))
            if judged is not None and other is not story:
                self.judged[id(other)] = {
                    code: [_with_reason(one, story, other) for one in reported]
                    for code, reported in judged.items()
                }
        self.stories = stories


def _sure(story: Story) -> Sequence[str]:
    given = story.assumptions
    return given.first if isinstance(given, Later) else given


def _overlaid(workload: Workload) -> bool:
    workdir = workload.workdir
    return isinstance(workdir, Known) and bool(workload.files.overlaid(workdir.value))


def _with_reason(one: Reported, story: Story, other: Story) -> Reported:
    before, after = (_sentence(one.reason) for one in (story, other))
    said = one.finding.help.replace(before, after)
    return replace(one, finding=replace(one.finding, help=said))


def _sentence(reason: str) -> str:
    return f"{reason[:1].upper()}{reason[1:].rstrip('.')}."


class Teller(Protocol):
    """A session, as far as its work is shared out."""

    files: Files
    problems: list[Problem]
    processes: int
    progress: Callable[[int, int], None]

    @property
    def near(self) -> Callable[[str], Options]:
        """The settings that hold for a file."""

    def look(self, paths: tuple[str, ...], target: str | None) -> tuple[Scene, list[Unit]]:
        """What there is to tell."""

    def tell_unit(self, unit: Unit, scene: Scene) -> None:
        """Tell the launches of a file."""

    def judge(self, part: Scene, dockerfile: Dockerfile | None) -> None:
        """Let the checks of Dockerfiles, launches and groups judge those of a part."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a run is asked to tell. judge: whether checks are to judge it at once. whole: whether
    the files of images are asked for afterwards, so that they have to be kept.
    """

    session: Teller
    paths: tuple[str, ...]
    target: str | None
    judge: bool
    whole: bool = False

    def part(self, unit: Unit, scene: Scene) -> tuple[Scene, list[Problem]]:
        """What one file comes to, and what went wrong."""
        session, part = self.session, Scene(scene.discovery)
        before, session.problems = session.problems, []
        try:
            session.tell_unit(unit, part)
            return self.done(part, unit.dockerfile), session.problems
        finally:
            session.problems = before
            if unit.dockerfile is not None:
                unit.dockerfile.forget()

    def done(self, part: Scene, dockerfile: Dockerfile | None = None) -> Scene:
        """A part that is told, judged if it is to be, and less what is of no more use."""
        if self.judge:
            self.session.judge(part, dockerfile)
        return part if self.whole else part.lightened()


@dataclass(frozen=True, slots=True)
class Unit:
    """A file whose launches can be told without those of others. tell: does it. dockerfile: the
    file, where it is one. pods: what it describes, where it is one of manifests.
    """

    path: str
    tell: Callable[[Scene], None]
    dockerfile: Dockerfile | None = None
    pods: tuple[PodSpec, ...] = ()
