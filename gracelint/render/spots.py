"""What a place in rendered text belongs to, and the same in the file that it comes from."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from gracelint.base.values import dataclass
from gracelint.render import trees

if TYPE_CHECKING:
    from gracelint.base.source import Source, Span
    from gracelint.syntax.yaml.node import Node
    from gracelint.syntax.yaml.parse import YamlFile


@dataclass(frozen=True, slots=True)
class Choice:
    """A scalar in a file that something is rendered from. path: in its document, of that root."""

    source: Source
    root: Node
    path: trees.Path
    node: Node


@dataclass(frozen=True, slots=True)
class Spot:
    """What a place in rendered text belongs to: the smallest value around it, and its key.

    root: of its document. leaf: the first scalar of that value; its path starts at the document.
    """

    root: Node
    path: trees.Path
    node: Node
    key: Node | None
    leaf_path: trees.Path
    leaf: Node


def spot(file: YamlFile, span: Span) -> Spot | None:
    """What is at a place of a rendered file; None where there is no value."""
    index = bisect_right(file.documents, span.start, key=lambda d: d.span.start) - 1
    root = file.documents[index].root if index >= 0 else None
    steps = trees.way(root, span.start, span.end) if root is not None else []
    if not steps:
        return None
    path = tuple(step for step, _, _ in steps)
    _, node, key = steps[-1]
    first = next(trees.leaves(node, 1), None)
    if root is None or first is None:
        return None
    return Spot(root, path, node, key, (*path, *first[0]), first[1])


def chosen(choice: Choice, spot: Spot, span: Span) -> Span | None:
    """The part of a values file that became a place; None where more than that went into it."""
    if choice.node.value != spot.leaf.value:
        return None
    above = len(spot.leaf_path) - len(spot.path)
    if above and choice.path[-above:] != spot.leaf_path[-above:]:
        return None
    up = Choice(choice.source, choice.root, choice.path[: len(choice.path) - above], choice.node)
    return place_of(up, spot, span, whole=True)


def place_of(choice: Choice, spot: Spot, span: Span, *, whole: bool) -> Span | None:
    """The part of a file at a path that is as much as a place is of its value.

    choice: its node lies at or below the path. whole: whether the path is that of the spot's own
    value, rather than of one around it, of which the key will do.
    """
    steps = trees.way(choice.root, choice.node.span.start, choice.node.span.end)
    if len(steps) < len(choice.path) or not choice.path:
        return None
    _, node, key = steps[len(choice.path) - 1]
    if not whole:
        return node.span if key is None else key.span
    if spot.key is not None and span.start < spot.node.span.start and key is not None:
        both = span.end > spot.key.span.end or node.kind == "scalar"
        return key.span.to(node.span) if both else key.span
    if spot.node.kind == "scalar" == node.kind:
        return _within(spot.node, span, node)
    return node.span


def _within(written: Node, span: Span, node: Node) -> Span:
    """The part of a values file's scalar that a part of the rendered scalar is; else all of it."""
    if (span.start, span.end) == (written.span.start, written.span.end):
        return node.span
    text, first = span.source.text, span.source.position(written.span.start).line
    line = span.first.line
    other = node.span.first.line + line - first
    if span.last.line != line or other > node.span.last.line:
        return node.span
    snippet = text[span.start : span.end]
    there = node.span.source.line(other)
    at = there.find(snippet)
    if not snippet or at < 0 or there.find(snippet, at + 1) >= 0:
        return node.span
    start = node.span.source.offset(other) + at
    return node.span.source.span(start, start + len(snippet))
