"""From what kustomize writes to the resources, patches and generated files that it comes from.

Kustomize names the file of each object; comments and order are lost, so that values are found by
their paths in the object, and confirmed by changing them.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from gracelint.base.paths import name_of, seen_from
from gracelint.render import trees
from gracelint.render.changes import changed, put, spliced
from gracelint.render.helm.values import Question, decided
from gracelint.render.kustomize.patches import follow, patches
from gracelint.render.spots import Choice, chosen, place_of, spot
from gracelint.syntax.yaml.parse import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from gracelint.base.edit import Edit
    from gracelint.base.source import Source, Span
    from gracelint.render.kustomize.overlay import Overlay
    from gracelint.render.kustomize.patches import Patch
    from gracelint.render.spots import Spot
    from gracelint.syntax.yaml.node import Node
    from gracelint.syntax.yaml.parse import YamlFile

_GENERATORS = ("configMapGenerator", "secretGenerator")
_FIRST = ("initContainers", "containers")  # keys of a pod come before these


class Origins:
    """The way back from what a kustomization is rendered to.

    named: for the start of each rendered document the file, from the folder of the kustomization,
    that kustomize says it is from.
    """

    file: YamlFile

    def __init__(
        self,
        overlay: Overlay,
        named: Sequence[tuple[int, str]],
        again: Callable[[Mapping[str, str]], str],
    ) -> None:
        self.overlay = overlay
        self.again = again
        self._starts = [start for start, _ in named]
        self._named = [path for _, path in named]
        self._patches: list[Patch] | None = None
        self._read: dict[str, list[Node]] = {}
        self._objects: dict[int, Node | None] = {}
        self._places: dict[tuple[int, int], Choice | None] = {}

    # Places

    def place(self, start: int, end: int) -> Span:
        """The text that became the characters from `start` up to `end`, as far as it looks."""
        span = self.file.source.span(start, end)
        at = spot(self.file, span)
        if at is None:
            return self._home(start)
        generated = self._generated(at.root, at.leaf_path)
        if generated is not None and at.node.kind == "scalar":
            return _in_file(generated, at.leaf, span)
        choices = list(self._choices(at.root, at.leaf_path))
        same = next((c for c in choices if c.node.value == at.leaf.value), None)
        if same is not None and (place := chosen(same, at, span)) is not None:
            return place
        return self._near(at, span)

    def _near(self, at: Spot, span: Span) -> Span:
        """What stands at the same path, or at the longest part of it that there is."""
        for length in range(len(at.path), 0, -1):
            for choice in self._choices(at.root, at.path[:length]):
                place = place_of(choice, at, span, whole=length == len(at.path))
                if place is not None:
                    return place
        return self._home(span.start)

    def _home(self, start: int) -> Span:
        """The start of the file that a document is from."""
        path = self._path_at(start)
        source = self.overlay.texts.get(path) or self.overlay.top.source
        return source.span(0, 0)

    def _path_at(self, start: int) -> str:
        index = bisect_right(self._starts, start) - 1
        named = self._named[index] if index >= 0 else ""
        return seen_from(self.overlay.top.folder, named) or ""

    # What an object is made of

    def _choices(self, root: Node, path: trees.Path) -> Iterator[Choice]:
        """What patches and the object's own file say at a path, what counts most first."""
        base = self._object(root)
        kind = root.string("kind") or ""
        name = _name(base) if base is not None else _name(root)
        if self._patches is None:
            self._patches = patches(self.overlay)
        for patch in self._patches:
            if patch.is_for(kind, name):
                yield from patch.choices(root, path)
        way = follow(root, base, path) if base is not None else None
        node = trees.find(base, way) if base is not None and way is not None else None
        if base is not None and node is not None and way is not None:
            yield Choice(base.span.source, base, way, node)

    def _object(self, root: Node) -> Node | None:
        """The object in its own file."""
        start = root.span.start
        if start not in self._objects:
            path = self._path_at(start)
            kind, name = root.string("kind"), _name(root)
            same = [n for n in self._roots(path) if n.string("kind") == kind]
            called = [n for n in same if _name(n) and _name(n) in name]
            best = max(called, key=lambda n: len(_name(n)), default=None)
            self._objects[start] = best or (same[0] if len(same) == 1 else None)
        return self._objects[start]

    def _roots(self, path: str) -> list[Node]:
        if path not in self._read:
            source = self.overlay.texts.get(path)
            self._read[path] = list(parse(source).roots()) if source is not None else []
        return self._read[path]

    def _generated(self, root: Node, path: trees.Path) -> Source | None:
        """The file that a key of a generated ConfigMap holds."""
        if len(path) != 2 or path[0] != "data":
            return None
        value = root.find("data", str(path[1]))
        for part in self.overlay.parts:
            for key in _GENERATORS:
                for entry in part.root.sequence(key):
                    for text in entry.sequence("files"):
                        name, _, named = text.value.rpartition("=")
                        source = self._source(seen_from(part.folder, named))
                        same = value is not None and source and source.text == value.value
                        if (name or name_of(named)) == path[1] and same:
                            return source
        return None

    def _source(self, path: str | None) -> Source | None:
        data = self.overlay.files.get(path) if path is not None else None
        return self.overlay.source(path) if path is not None and data is not None else None

    # What decides

    def decide(self, leaves: Iterable[tuple[trees.Path, Node]]) -> None:
        """Find out for all of these scalars, given with their paths, where they come from."""
        asked = [self._question(*one) for one in leaves if _place(one[1]) not in self._places]
        self._places |= {_place(question.leaf): None for question in asked}
        for question, choice in decided(self, [q for q in asked if q.choices]):
            self._places[_place(question.leaf)] = choice

    def of(self, leaf: Node) -> Choice | None:
        """The scalar that one that was decided on was taken from."""
        return self._places.get(_place(leaf))

    def _question(self, path: trees.Path, leaf: Node) -> Question:
        text, start = self.file.source.text, leaf.span.start
        first = text.count("\n", 0, start)
        at = spot(self.file, leaf.span)
        choices = self._choices(at.root, path) if at is not None else ()
        same = tuple(c for c in choices if c.node.kind == "scalar" and c.node.value == leaf.value)
        return Question(leaf, (first, first + text.count("\n", start, leaf.span.end)), same)

    # Edits

    def candidates(self, edits: tuple[Edit, ...], near: str) -> Iterator[tuple[Edit, ...]]:
        """Changes of files that may come to these edits, in the file `near` rather than others."""
        pair = changed(self.file, edits)
        if not pair:
            return
        root, changes = pair
        options = [list(self._options(root, change, near)) for change in changes]
        if not all(options):
            return
        yield tuple(option[0] for option in options)
        if len(options) == 1:
            yield from ((option,) for option in options[0][1:])

    def _options(self, root: Node, change: trees.Change, near: str) -> Iterator[Edit]:
        generated = self._generated(root, change.path)
        if generated is not None and change.old is not None and change.new is not None:
            yield spliced(generated, change.old.value, change.new.value)
            return
        path = change.path if change.into is None else change.path[:-1]
        choices = sorted(self._choices(root, path), key=lambda c: c.source.path != near)
        for choice in choices:
            edit = put(choice.node, change, _FIRST)
            if edit is not None:
                yield edit


def _name(root: Node) -> str:
    metadata = root.get("metadata")
    return (metadata.string("name") if metadata is not None else None) or ""


def _place(leaf: Node) -> tuple[int, int]:
    return leaf.span.start, leaf.span.end


def _in_file(source: Source, leaf: Node, span: Span) -> Span:
    """The part of a file whose text a scalar holds; all of it where that cannot be told."""
    whole = source.span(0, len(source.text))
    if leaf.style != "literal":
        return whole
    rendered, header = span.source, leaf.span.first.line
    first = rendered.line(header + 1)
    indent = len(first) - len(first.lstrip(" "))
    ends = []
    for at in (span.first, span.last):
        line, column = at.line - header, at.column - indent
        if not 1 <= line <= len(source.starts) or column < 1:
            return whole
        ends.append(source.offset(line, column))
    return source.span(ends[0], max(ends))
