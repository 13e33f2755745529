"""Which images a lock is to have, and from where they come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.atlas.images import normal
from gracelint.images.archive import images
from gracelint.images.layers import ImageProblem
from gracelint.images.lock import locked

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from gracelint.images.archive import Stored
    from gracelint.model.lock import LockedImage


def from_archive(path: str, wanted: Collection[str]) -> Iterator[LockedImage]:
    """The images of an archive that are wanted, by normalised references.

    ImageProblem where the archive cannot be read, or names no image and more than one is wanted.
    """
    left = set(wanted)
    with images(path) as stored_images:
        for stored in stored_images:
            for name in sorted(_names(stored, path, wanted) & left):
                left.discard(name)
                yield locked(name, stored)


def names(path: str) -> list[str]:
    """What an archive calls its images, normalised."""
    with images(path) as stored_images:
        return sorted({normal(name) for stored in stored_images for name in stored.names})


def _names(stored: Stored, path: str, wanted: Collection[str]) -> set[str]:
    """What an image is called; by its tag alone, as skopeo may write it, where one wanted fits."""
    names = {normal(name) for name in stored.names if set(name) & set("/:")}
    for tag in [name for name in stored.names if not set(name) & set("/:")]:
        fitting = [reference for reference in wanted if reference.endswith(f":{tag}")]
        names |= {normal(tag), *(fitting if len(fitting) == 1 else ())}
    if names or len(wanted) == 1:
        return names or set(wanted)
    raise ImageProblem(
        f"{path} does not say what its image is called; save it by its name: `docker save NAME:TAG`"
    )
