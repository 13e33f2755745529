"""Paths in YAML trees: to what stands at a place, to all that is below, and whether two agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base import lazy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.syntax.yaml.node import Node

Step = str | int
Path = tuple[Step, ...]

_HASH = lazy.compile(r"[0-9a-f]{32,128}")


def way(root: Node, start: int, end: int) -> list[tuple[Step, Node, Node | None]]:
    """The way to the smallest value that covers a place: steps with the values and their keys.

    Keys count to their values. What comes by an alias has no place of its own.
    """
    found: list[tuple[Step, Node, Node | None]] = []
    node: Node | None = root
    while node is not None:
        node = None
        top = found[-1][1] if found else root
        for step, child, key in parts(top):
            first = child if key is None else key
            if child.alias_span is None and first.span.start <= start and end <= _end(child, key):
                found.append((step, child, key))
                node = child
    return found


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
            if a.data != b.data and not (_HASH.fullmatch(a.value) and _HASH.fullmatch(b.value)):
                return False
            continue
        if len(a.children) != len(b.children) or a.entries().keys() != b.entries().keys():
            return False
        if len(a.items) != len(b.items):
            return False
        stack += zip(a.children, b.children, strict=True)
        stack += [(value, b.entries()[key][1]) for key, (_, value) in a.entries().items()]
    return True
