"""What the atlas may look at inside an image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gracelint.base.source import Text


class ImageView(Protocol):
    """The files of a container, as far as they are in sight."""

    def text(self, path: str) -> Text | None:
        """The contents of the file at an absolute path; None when it is not in sight."""

    def names(self, folder: str) -> Sequence[str] | None:
        """The names in a folder; None when they are not (all) in sight."""
