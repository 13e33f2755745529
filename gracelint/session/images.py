"""The images that a run comes upon, and from where it is known what they start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from gracelint.atlas import base as atlas_base
from gracelint.atlas.images import normal
from gracelint.atlas.overrides import entry_of
from gracelint.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gracelint.base.source import Span
    from gracelint.declare.links import Link
    from gracelint.model.options import Options
    from gracelint.model.story import Story
    from gracelint.session.scene import Scene
    from gracelint.session.session import Session

From: TypeAlias = Literal["settings", "built here", "lock", "atlas", "nothing"]


@dataclass(frozen=True, slots=True)
class Used:
    """An image as it is named in one or more places.

    knowledge: from where it is known what it starts. link: the Dockerfile that it is built from
    here, and what says so. entry: the atlas's name for it, or its digest in the lock.
    """

    reference: str
    knowledge: From
    places: tuple[Span, ...]
    link: Link | None = None
    entry: str = ""

    @property
    def name(self) -> str:
        """Its normalised reference, by which a lock has it."""
        return normal(self.reference)


def used(session: Session, scene: Scene) -> list[Used]:
    """The images in use by their references, in order."""
    uses: dict[tuple[str, str, From, Link | None, str], list[Span]] = {}
    for story in scene.stories:
        named = _named(story)
        if named is None:
            continue
        reference, span = named
        provenance, link, entry = _origin(session, scene, story, reference)
        places = uses.setdefault((normal(reference), reference, provenance, link, entry), [])
        if span.place not in places:
            places.append(span.place)
    ordered = sorted(uses.items(), key=lambda item: item[0][:3])
    return [
        Used(reference, provenance, tuple(places), link, entry)
        for (_, reference, provenance, link, entry), places in ordered
    ]


def _named(story: Story) -> tuple[str, Span] | None:
    """What a launch names as its image, and where."""
    workload = story.workload
    if workload.image is not None:
        reference, span = workload.image.value, workload.image.span
    elif workload.kind == "dockerfile":
        reference, span = workload.base.reference, workload.declared
    else:
        return None
    if not reference or span is None or reference.lower() == "scratch":
        return None
    return reference, span


def _origin(
    session: Session, scene: Scene, story: Story, reference: str
) -> tuple[From, Link | None, str]:
    path = story.workload.source.path
    options = session.near(path)
    if entry_of(options.images, reference) is not None:
        return "settings", None, ""
    link = None
    if story.workload.kind != "dockerfile" and scene.lore is not None:
        link = next((one for one in scene.lore(path)[0].links if one.reference == reference), None)
    if link is not None:
        return "built here", link, ""
    return _looked_up(options, reference)


def _looked_up(options: Options, reference: str) -> tuple[From, Link | None, str]:
    locked = options.locked.get(normal(reference))
    if locked is not None:
        return "lock", None, locked.digest
    entry = atlas_base(reference)
    return ("atlas", None, entry.key) if entry is not None else ("nothing", None, "")


def unlocked(images: Iterable[Used]) -> list[str]:
    """The normalised references of images that are neither built here nor in the lock."""
    return sorted({one.name for one in images if one.knowledge in {"atlas", "nothing"}})
