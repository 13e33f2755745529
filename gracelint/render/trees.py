"""Paths in YAML trees: to what stands at a place, to all that is below, and whether two agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base import lazy
from gracelint.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.syntax.yaml.editing import Data
    from gracelint.syntax.yaml.node import Node

Step = str | int
Path = tuple[Step, ...]

_MOST_STEPS = 100_000
_HASH = lazy.compile(r"^[0-9a-f]{32,128}$|(?<=-)[bcdfghkmt24-9]{10}$")


def way(root: Node, start: int, end: int) -> list[tuple[Step, Node, Node | None]]:
    """The way to the smallest value that covers a place: steps with the values and their keys.

    Keys count to their values. What comes by an alias has no place of its own.
    """
    steps: list[tuple[Step, Node, Node | None]] = []
    node: Node | None = root
    while node is not None:
        node = None
        top = steps[-1][1] if steps else root
        for step, child, key in parts(top):
            first = child if key is None else key
            if child.alias_span is None and first.span.start <= start and end <= _end(child, key):
                steps.append((step, child, key))
                node = child
    return steps


def _end(child: Node, key: Node | None) -> int:
    return max(child.span.end, child.span.start if key is None else key.span.end)


def parts(node: Node) -> Iterator[tuple[Step, Node, Node | None]]:
    """The values in a mapping or sequence, with their keys or positions."""
    for key, value in node.items:
        yield key.value, value, key
    for index, child in enumerate(node.children):
        yield index, child, None


def find(root: Node, path: Path) -> Node | None:
    """What stands at a path, None where there is nothing."""
    node: Node | None = root
    for step in path:
        if node is None:
            break
        if isinstance(step, int):
            node = node.children[step] if step < len(node.children) else None
        else:
            node = node.get(step)
    return node


def leaves(root: Node, most: int) -> Iterator[tuple[Path, Node]]:
    """The scalars below a value with their paths, in order, at most so many."""
    stack: list[tuple[Path, Node]] = [((), root)]
    steps = 0
    while stack and steps < most * 10 and most:
        path, node = stack.pop()
        steps += 1
        if node.kind == "scalar":
            most -= 1
            yield path, node
        else:
            below = [((*path, step), child) for step, child, _ in parts(node)]
            stack += reversed(below[:most])


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one value. old: what was there, None for a key that is new. new: what is.

    path: of the value. into: the mapping that a key is new to, or is taken out of.
    """

    path: Path
    old: Node | None
    new: Node | None
    into: Node | None = None


def changes(one: Node, other: Node, most: int = 50) -> list[Change] | None:
    """What has to change to make one value the other; None where that is too much to say."""
    differences: list[Change] = []
    stack: list[tuple[Path, Node, Node]] = [((), one, other)]
    steps = 0
    while stack:
        path, a, b = stack.pop()
        steps += 1
        if len(differences) > most or steps > _MOST_STEPS:
            return None
        if a.kind == "mapping" == b.kind:
            mine, theirs = a.entries(), b.entries()
            gone, new = mine.keys() - theirs.keys(), theirs.keys() - mine.keys()
            differences += [
                Change((*path, k), v, None, a) for k, (_, v) in mine.items() if k in gone
            ]
            differences += [
                Change((*path, k), None, v, a) for k, (_, v) in theirs.items() if k in new
            ]
            stack += [((*path, k), v, theirs[k][1]) for k, (_, v) in mine.items() if k not in gone]
        elif a.kind == "sequence" == b.kind and len(a.children) == len(b.children):
            pairs = zip(a.children, b.children, strict=True)
            stack += [((*path, i), x, y) for i, (x, y) in enumerate(pairs)]
        elif a.kind != b.kind or a.kind == "sequence" or a.data != b.data:
            differences.append(Change(path, a, b))
    return differences


def plain(node: Node, depth: int = 12) -> Data:
    """A value without its places; what is nested more deeply is left out."""
    if node.kind == "scalar" or not depth:
        return node.data
    if node.kind == "sequence":
        return [plain(child, depth - 1) for child in node.children]
    return {key: plain(value, depth - 1) for key, (_, value) in node.entries().items()}


def _unhashed(text: str) -> str:
    """A text without the hash of other text that it is, or that kustomize ends its name with."""
    return _HASH.sub("", text)


def same(one: Node, other: Node) -> bool:
    """Whether two values say the same, whatever their order; one hash is as good as another."""
    stack = [(one, other)]
    met: set[tuple[int, ...]] = set()
    while stack:
        a, b = stack.pop()
        place = (a.span.start, a.span.end, b.span.start, b.span.end)
        if place in met:
            continue  # aliases lead to the same text again
        met.add(place)
        if a.kind != b.kind:
            return False
        if a.kind == "scalar":
            if a.data != b.data and _unhashed(a.value) != _unhashed(b.value):
                return False
            continue
        if len(a.children) != len(b.children) or a.entries().keys() != b.entries().keys():
            return False
        if len(a.items) != len(b.items):
            return False
        stack += zip(a.children, b.children, strict=True)
        stack += [(value, b.entries()[key][1]) for key, (_, value) in a.entries().items()]
    return True
