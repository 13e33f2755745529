"""Patches of kustomizations: what each says about an object, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.paths import seen_from
from gracelint.base.source import Source
from gracelint.base.values import dataclass
from gracelint.render import trees
from gracelint.render.spots import Choice
from gracelint.syntax.yaml.parse import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.base.source import Span
    from gracelint.discover.kustomizations import Kustomization
    from gracelint.render.kustomize.overlay import Overlay
    from gracelint.syntax.yaml.node import Node

_FIELDS = ("patchesStrategicMerge", "patches", "patchesJson6902")
_LIST_KEYS = ("name", "containerPort", "mountPath", "devicePath", "port", "topologyKey", "ip")
_UNSURE = frozenset("*+?[](){}|\\^$.")  # a pattern of names rather than a name


@dataclass(frozen=True, slots=True)
class Patch:
    """One patch. root: a part of an object, or a list of operations. target: what it is for."""

    source: Source
    root: Node
    target: Node | None

    def is_for(self, kind: str, name: str) -> bool:
        """Whether it may be about an object; a pattern of names counts for any."""
        about = self.target if self.target is not None else self.root
        stated = about.string("kind")
        given = about.string("name") if about is self.target else _name(self.root)
        fits = given is None or given == name or (about is self.target and _UNSURE & {*given})
        return bool(fits) and stated in {None, kind}

    def choices(self, root: Node, path: trees.Path) -> Iterator[Choice]:
        """What it says at a path of the object `root`."""
        if self.root.kind == "mapping":
            way = follow(root, self.root, path)
            node = trees.find(self.root, way) if way is not None else None
            if way is not None and node is not None:
                yield Choice(self.source, self.root, way, node)
            return
        for index, operation in reversed(list(enumerate(self.root.children))):
            value, at = operation.get("value"), operation.string("path")
            rest = _after(at, path) if at is not None else None
            node = trees.find(value, rest) if value is not None and rest is not None else None
            if node is not None and rest is not None:
                yield Choice(self.source, self.root, (index, "value", *rest), node)


def _name(root: Node) -> str | None:
    metadata = root.get("metadata")
    return None if metadata is None else metadata.string("name")


def _after(pointer: str, path: trees.Path) -> trees.Path | None:
    """The rest of a path behind what a JSON pointer leads to."""
    steps = [s.replace("~1", "/").replace("~0", "~") for s in pointer.split("/")[1:]]
    if len(steps) > len(path):
        return None
    for step, index in zip(steps, path, strict=False):
        if str(index) != step and not (step == "-" and isinstance(index, int)):
            return None
    return path[len(steps) :]


def follow(root: Node, other: Node, path: trees.Path) -> trees.Path | None:
    """A path of `root` as it leads through `other`: elements of lists are found by their keys."""
    steps: list[trees.Step] = []
    a: Node | None = root
    b: Node | None = other
    for step in path:
        if a is None or b is None:
            return None
        index = step
        if isinstance(step, int):
            at = _element(a, b, step)
            if at is None:
                return None
            index = at
        steps.append(index)
        a, b = trees.find(a, (step,)), trees.find(b, (index,))
    return tuple(steps) if b is not None else None


def _element(a: Node, b: Node, index: int) -> int | None:
    """Which element of the list `b` is meant by an element of the list `a`."""
    element = a.children[index] if index < len(a.children) else None
    if element is None or b.kind != "sequence":
        return None
    for key in _LIST_KEYS if element.kind == "mapping" else ():
        value = element.string(key)
        if value is not None:
            same = (i for i, each in enumerate(b.children) if each.string(key) == value)
            return next(same, None)
    return index if index < len(b.children) else None


def patches(overlay: Overlay) -> list[Patch]:
    """All patches of a kustomization and of what it builds on, those that count most first."""
    ordered: list[Patch] = []
    for part in overlay.parts:
        stated = [patch for key in _FIELDS for patch in _in_field(overlay, part, key)]
        ordered += reversed(stated)
    return ordered


def _in_field(overlay: Overlay, part: Kustomization, key: str) -> Iterator[Patch]:
    for entry in part.root.sequence(key):
        if entry.kind == "scalar":
            yield from _read(overlay, part, entry, None)
            continue
        target = entry.get("target")
        for name in ("path", "patch"):
            text = entry.get(name)
            if text is not None and text.kind == "scalar":
                yield from _read(overlay, part, text, target)


def _read(
    overlay: Overlay, part: Kustomization, text: Node, target: Node | None
) -> Iterator[Patch]:
    """The patches in a file that a scalar names, or in the scalar itself."""
    path = seen_from(part.folder, text.value)
    source = overlay.texts.get(path) if path is not None else None
    if source is None:
        if text.style != "literal":
            return
        source = _Window(text.span)
    for root in parse(source).roots():
        if root.kind in {"mapping", "sequence"}:
            yield Patch(root.span.source, root, target)


class _Window(Source):
    """A block of a file, read as if nothing stood around it; its places are those of the file."""

    __slots__ = ("_whole",)

    def __init__(self, block: Span) -> None:
        whole = block.source
        start = whole.text.find("\n", block.start) + 1
        blank = "".join(c if c == "\n" else " " for c in whole.text[:start])
        super().__init__(whole.path, blank + whole.text[start : block.end])
        self._whole = whole

    def span(self, start: int, end: int) -> Span:
        return self._whole.span(start, end)
