"""Findings about rendered text, taken to the text that people change."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from gracelint.base.values import dataclass, replace
from gracelint.model.finding import Label
from gracelint.render import trees
from gracelint.render.proof import Prover

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gracelint.base.source import Span
    from gracelint.model.finding import Finding
    from gracelint.render.helm import ChartRendering
    from gracelint.render.values import Choice
    from gracelint.syntax.yaml.node import Node
    from gracelint.syntax.yaml.parse import YamlFile

_WRITES = "written by this line"
_CHOOSES = "the value comes from here"


@dataclass(frozen=True, slots=True)
class Spot:
    """What a place in rendered text belongs to: the smallest value around it, and its key.

    leaf: the first scalar of that value; its path starts at the document.
    """

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
    return None if first is None else Spot(path, node, key, (*path, *first[0]), first[1])


def written(findings: Sequence[Finding], renderings: Iterable[ChartRendering]) -> list[Finding]:
    """The findings in their order, each at the template line or the value that it is about.

    A template line that is found to be wrong with several values files is one place.
    """
    own = {id(rendering.file.source): rendering for rendering in renderings}
    spots: list[Spot | None] = []
    for finding in findings:
        span = finding.primary.span
        of = own.get(id(span.source))
        spots.append(spot(of.file, span) if of is not None else None)
    for rendering in own.values():
        pairs = zip(findings, spots, strict=True)
        source = rendering.file.source
        here = [s for f, s in pairs if s is not None and f.primary.span.source is source]
        rendering.origins.decide((s.leaf_path, s.leaf) for s in here)
    made = [
        _Made(f, s, own.get(id(f.primary.span.source)))
        for f, s in zip(findings, spots, strict=True)
    ]
    primaries: dict[tuple[object, ...], Span] = {}
    for one in made:
        if (chosen := one.chosen()) is not None:
            primaries.setdefault(one.key, chosen)
    fixes = Prover(own.values()).fixes(findings)
    return [
        replace(one.finding_at(primaries.get(one.key)), fixes=proven)
        for one, proven in zip(made, fixes, strict=True)
    ]


class _Made:
    """A finding, and what was found out about its primary place."""

    def __init__(
        self, finding: Finding, spot: Spot | None, rendering: ChartRendering | None
    ) -> None:
        self.finding = finding
        self.spot = spot
        self.rendering = rendering
        self.choice = rendering.origins.of(spot.leaf) if rendering and spot else None
        self.key = (finding.rule.code, finding.primary.span.place.key)

    def chosen(self) -> Span | None:
        """The place in a values file that is to be changed, if it is that."""
        choice, rendering = self.choice, self.rendering
        if choice is None or rendering is None or rendering.is_test(choice.source):
            return None
        return None if self.spot is None else chosen(choice, self.spot, self.finding.primary.span)

    def finding_at(self, primary: Span | None) -> Finding:
        finding = self.finding
        causes = [replace(c, span=c.span.place) for c in finding.causes]
        place = finding.primary.span.place
        related = [replace(r, span=r.span.place) for r in finding.related]
        told = any(label.span == place for label in (*causes, *related))
        if primary is not None and not told:
            causes.append(Label(place, _WRITES))
        chosen = self.choice.node.span if self.choice is not None else None
        if chosen is not None and (primary is None or not primary.covers(chosen)):
            causes.append(Label(chosen, _CHOOSES))
        return replace(
            finding,
            primary=replace(finding.primary, span=primary or place),
            causes=tuple(causes),
            related=tuple(related),
        )


def chosen(choice: Choice, spot: Spot, span: Span) -> Span | None:
    """The part of a values file that became a place; None where more than that went into it."""
    if choice.node.value != spot.leaf.value:
        return None
    above = len(spot.leaf_path) - len(spot.path)
    if above and choice.path[-above:] != spot.leaf_path[-above:]:
        return None
    path = choice.path[: len(choice.path) - above]
    steps = trees.way(choice.root, choice.node.span.start, choice.node.span.end)
    if len(steps) != len(choice.path) or not path:
        return None
    _, node, key = steps[len(path) - 1]
    if spot.key is not None and span.start < spot.node.span.start and key is not None:
        whole = span.end > spot.key.span.end or not above
        return key.span.to(node.span) if whole else key.span
    if spot.node.kind == "scalar":
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
    own = text[span.start : span.end]
    there = node.span.source.line(other)
    at = there.find(own)
    if not own or at < 0 or there.find(own, at + 1) >= 0:
        return node.span
    start = node.span.source.offset(other) + at
    return node.span.source.span(start, start + len(own))
