"""Compose projects that are for development: what stands beside services whose sources are edited.

A public image's database, proxy or store says nothing of what it is for, and neither does a worker:
what the services beside them are for does. Only what they are told of themselves becomes advice. An
image that is built from what the project holds, and is not laid over by it, may be deployed, and is
told of as ever.
"""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass
from gracelint.checks.lib.development import (
    DEBUG,
    ENVIRONMENTS,
    ON,
    PRODUCTION,
    TOLD_ALL_THE_SAME,
    is_delivery,
    is_edited,
    is_meant,
    serves_developers,
    sets,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gracelint.model.finding import Finding
    from gracelint.model.story import Story
    from gracelint.model.workload import Workload


_FAST_STOP = "GL403"


@dataclass(frozen=True, slots=True)
class Project:
    """What the services of a Compose project say of each other.

    developed: some are for development over sources that are being edited. whole: and nothing of
    the project's own is there that is not so. tried: all of its own lies over sources that are
    being edited, and nothing is started again by itself, which whatever is deployed is: nobody
    feels there that a proxy stops fast.
    """

    developed: bool = False
    whole: bool = False
    tried: bool = False

    def eases(self, finding: Finding, story: Story) -> bool:
        """Whether a finding is about what is for development because its project is."""
        if self.developed and (_stores(story) or _compiles(finding, story)):
            return True
        if self.whole and _is_public(story):
            return True
        if self.tried and finding.rule.code == _FAST_STOP and _is_public(story):
            return not _stores(story)
        return self.whole and _is_of_the_service(finding, story) and is_edited(story.workload)


def project(stories: Iterable[Story]) -> Project:
    """What the Compose services among these say of each other."""
    services = [story for story in stories if story.workload.kind == "compose"]
    edited = [story for story in services if is_edited(story.workload)]
    if not edited:
        return Project()
    developed = any(map(_is_for_development, edited))
    own = [story for story in services if _is_own(story) and not is_meant(story.workload)]
    laid_over = all(is_edited(story.workload) or serves_developers(story) for story in own)
    return Project(
        developed,
        whole=developed and laid_over,
        tried=laid_over and not any(_is_deployed(story.workload) for story in services),
    )


def _is_deployed(workload: Workload) -> bool:
    """Whether a service is started again by itself, or its variables say that it is deployed."""
    kept = not _LASTING.isdisjoint(_keys(workload))
    return kept or sets(workload, ENVIRONMENTS, PRODUCTION)


_LASTING = frozenset({"restart", "deploy"})


def _is_for_development(story: Story) -> bool:
    workload = story.workload
    return is_meant(workload) or sets(workload, DEBUG, ON) or serves_developers(story)


def _is_own(story: Story) -> bool:
    """Whether a service runs what the project holds: it is built with files of it, or they lie over
    the folder that it works in.
    """
    workload = story.workload
    built = not _is_image(workload) and any(True for _ in workload.files.paths())
    return is_edited(workload) or (built and not _keeps_data(story))


def _is_public(story: Story) -> bool:
    """Whether it is a public image's program in a Compose project, which works on no sources."""
    workload = story.workload
    known = workload.kind == "compose" and workload.base.key is not None
    return known and _is_image(workload) and not is_edited(workload)


def _is_image(workload: Workload) -> bool:
    """Whether it is started from an image as it is, which no Dockerfile in sight builds."""
    named = workload.image.plain if workload.image is not None else None
    return "build" not in _keys(workload) and named == workload.base.reference


def _stores(story: Story) -> bool:
    """Whether it is a public image's database, broker or store in a Compose project."""
    workload = story.workload
    known = workload.kind == "compose" and workload.base.key is not None
    return known and "build" not in _keys(workload) and _keeps_data(story)


def _keeps_data(story: Story) -> bool:
    processes = story.tree.walk() if story.tree is not None else ()
    return any(p.entry is not None and p.entry.keeps_data for p in processes)


def _keys(workload: Workload) -> Iterable[str]:
    return workload.place.entries if workload.place is not None else ()


def _is_of_the_service(finding: Finding, story: Story) -> bool:
    """Whether it is about how a Compose service starts what its own file says, and not an image
    that others may start as well.
    """
    path = finding.primary.span.place.source.path
    about_start = is_delivery(finding) and finding.rule.code not in TOLD_ALL_THE_SAME
    return about_start and path == story.workload.source.path


def _compiles(finding: Finding, story: Story) -> bool:
    """Whether it is about how a Compose service starts what it first compiles from sources that are
    being edited, as `go run` does: beside development servers it is one of them, without a
    reloader.
    """
    if finding.rule.code in TOLD_ALL_THE_SAME or not is_delivery(finding):
        return False
    if story.tree is None or story.workload.kind != "compose" or not is_edited(story.workload):
        return False
    keys = (p.wrapped.key for p in story.tree.walk() if p.wrapped is not None)
    return not _COMPILING.isdisjoint(keys)


_COMPILING = frozenset({"go", "cargo"})
