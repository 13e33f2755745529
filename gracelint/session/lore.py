"""What a run knows of images and programs, by the settings that hold for what names them."""

from __future__ import annotations

from functools import cached_property

from gracelint.atlas import with_overrides
from gracelint.base.typed import TYPE_CHECKING
from gracelint.declare.links import Links
from gracelint.diagnose.twins import Twins
from gracelint.files import walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gracelint.atlas import Atlas
    from gracelint.declare.links import Link
    from gracelint.files.tree import Files
    from gracelint.model.options import Options


class Lore:
    """One run's. near: the settings that hold for a file. paths: what the run looks at."""

    def __init__(self, files: Files, near: Callable[[str], Options], paths: Sequence[str]) -> None:
        self._files = files
        self._near = near
        self._paths = paths
        self._by_options: dict[int, tuple[Links, Atlas]] = {}
        self.twins = Twins()

    def __call__(self, path: str) -> tuple[Links, Atlas]:
        """For what is written in a file."""
        options = self._near(path)
        if id(options) not in self._by_options:
            atlas = with_overrides(options.images, options.programs, options.locked)
            links = Links(self._files, atlas.base, options.images, paths=self)
            self._by_options[id(options)] = (links, atlas)
        return self._by_options[id(options)]

    def __iter__(self) -> Iterator[str]:
        """Where Dockerfiles and build files are looked for, read when first asked."""
        return iter(self._around)

    @cached_property
    def _around(self) -> tuple[str, ...]:
        return tuple(self._files.walk(walk.near(self._files, self._paths)))

    @property
    def links(self) -> tuple[Link, ...]:
        """The links that answers so far rest on, by image."""
        every = (link for links, _ in self._by_options.values() for link in links.links)
        return tuple(sorted(dict.fromkeys(every), key=lambda link: link.reference))
