"""What can be asked of something that is rendered, whatever program did it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gracelint.base.edit import Edit
    from gracelint.base.source import Source
    from gracelint.render import trees
    from gracelint.render.spots import Choice
    from gracelint.syntax.yaml.node import Node
    from gracelint.syntax.yaml.parse import YamlFile


class Origins(Protocol):
    """Where scalars of the rendered text come from, as changing them shows."""

    def decide(self, leaves: Iterable[tuple[trees.Path, Node]]) -> None:
        """Find out for all of these scalars, given with their paths."""

    def of(self, leaf: Node) -> Choice | None:
        """The scalar that one that was decided on was taken from."""


class Again(Protocol):
    """Something that can be rendered again."""

    file: YamlFile

    def again(self, texts: Mapping[str, str]) -> str:
        """What it would be if files of the tree, by path, read otherwise; "" where it fails."""


class Rendering(Again, Protocol):
    """What a program made of a chart with some values, or of a kustomization."""

    @property
    def origins(self) -> Origins:
        """Where its scalars come from."""

    @property
    def whole(self) -> str:
        """What it is rendered from: the same for all renderings of one chart."""

    def is_test(self, source: Source) -> bool:
        """Whether a file is there for tests alone."""

    def candidates(self, edits: tuple[Edit, ...], near: str) -> Iterable[tuple[Edit, ...]]:
        """Changes of files that may come to these edits of the rendered text, the best first.

        near: the path of the file that has to change rather than others.
        """

    def templates(self) -> Iterable[tuple[Source, set[int]]]:
        """The templates in the tree, with the numbers of the lines that wrote something."""

    def given(self) -> Iterable[Source]:
        """The YAML files of the tree that were read besides."""
