"""Findings about rendered text, taken to the text that people change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.values import replace
from gracelint.model.finding import Label
from gracelint.render.proof import Prover
from gracelint.render.spots import chosen, spot

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gracelint.base.source import Span
    from gracelint.model.finding import Finding
    from gracelint.render.rendering import Rendering
    from gracelint.render.spots import Spot

_WRITES = "written by this line"
_CHOOSES = "the value comes from here"


def written(findings: Sequence[Finding], renderings: Iterable[Rendering]) -> list[Finding]:
    """The findings in their order, each at the template line or the value that it is about.

    A template line that is found to be wrong with several values files is one place.
    """
    by_source = {id(rendering.file.source): rendering for rendering in renderings}
    spots: list[Spot | None] = []
    for finding in findings:
        span = finding.primary.span
        of = by_source.get(id(span.source))
        at = spot(of.file, span) if of is not None else None
        spots.append(None if at is not None and at.path[-1] == "name" else at)  # it says of whom
    for rendering in by_source.values():
        pairs = zip(findings, spots, strict=True)
        source = rendering.file.source
        here = [s for f, s in pairs if s is not None and f.primary.span.source is source]
        rendering.origins.decide((s.leaf_path, s.leaf) for s in here)
    moved = [
        _Made(f, s, by_source.get(id(f.primary.span.source)))
        for f, s in zip(findings, spots, strict=True)
    ]
    primaries: dict[tuple[object, ...], Span] = {}
    for one in moved:
        if (chosen := one.chosen()) is not None:
            primaries.setdefault(one.key, chosen)
    fixes = Prover(by_source.values()).fixes(findings)
    return [
        replace(one.finding_at(primaries.get(one.key)), fixes=proven)
        for one, proven in zip(moved, fixes, strict=True)
    ]


class _Made:
    """A finding, and what was found out about its primary place."""

    def __init__(self, finding: Finding, spot: Spot | None, rendering: Rendering | None) -> None:
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

    def _is_there(self, chosen: Span, place: Span, primary: Span | None) -> bool:
        """Whether the finding stands where the value is written already.

        Of a list or a mapping the first scalar was looked for: beside its key that tells nothing.
        """
        if primary is not None and primary.covers(chosen):
            return True
        whole = self.spot is not None and self.spot.path == self.spot.leaf_path
        return chosen.source is place.source and (not whole or chosen.covers(place))

    def finding_at(self, primary: Span | None) -> Finding:
        finding = self.finding
        causes = [replace(c, span=c.span.place) for c in finding.causes]
        place = finding.primary.span.place
        related = [replace(r, span=r.span.place) for r in finding.related]
        labelled = any(label.span == place for label in (*causes, *related))
        if primary is not None and not labelled and not primary.covers(place):
            causes.append(Label(place, _WRITES))
        chosen = self.choice.node.span if self.choice is not None else None
        if chosen is not None and not self._is_there(chosen, primary or place, primary):
            causes.append(Label(chosen, _CHOOSES))
        return replace(
            finding,
            primary=replace(finding.primary, span=primary or place),
            causes=tuple(causes),
            related=tuple(related),
        )
