"""Applying fixes: which of them go together, and what the text then reads."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from itertools import pairwise
from typing import TYPE_CHECKING

from gracelint.base.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from gracelint.base.edit import Edit
    from gracelint.model.finding import Applicability, Finding, Fix

    Closed = AbstractSet[tuple[str, str]]


@dataclass(slots=True)
class Plan:
    """Edits by path, ordered and without overlaps. findings: those that they repair."""

    edits: dict[str, list[Edit]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def add(self, finding: Finding, fix: Fix) -> None:
        """Take a fix in, if it goes together with those before it: all of its edits or none."""
        if any(self._collides(edit) for edit in fix.edits) or _collide_within(fix.edits):
            return
        self.findings.append(finding)
        for edit in fix.edits:
            if edit not in self._near(edit):
                insort(self.edits.setdefault(edit.span.source.path, []), edit, key=_start)

    def _collides(self, edit: Edit) -> bool:
        return any(edit != other and overlap(edit, other) for other in self._near(edit))

    def _near(self, edit: Edit) -> list[Edit]:
        """The edits that may touch this one: as none overlap, all but one start within it."""
        edits = self.edits.get(edit.span.source.path, [])
        first = bisect_left(edits, edit.span.start, key=_start)
        last = bisect_right(edits, edit.span.end, key=_start)
        return edits[max(first - 1, 0) : last]


def _start(edit: Edit) -> int:
    return edit.span.start


def plan(findings: Iterable[Finding], least: Applicability, closed: Closed = frozenset()) -> Plan:
    """The fixes to apply in one round, in the order of places.

    least: the lowest applicability. closed: what must not be applied, as (code, path of the
    finding), or as ("", path) for every fix that touches a file.
    """
    result = Plan()
    for finding in findings:
        fix = wanted(finding, least)
        if fix is None or (finding.rule.code, finding.primary.span.source.path) in closed:
            continue
        if not any(("", edit.span.source.path) in closed for edit in fix.edits):
            result.add(finding, fix)
    return result


def wanted(finding: Finding, least: Applicability) -> Fix | None:
    """The fix of a finding that may be applied, if it has one."""
    fits = (f for f in finding.fixes if f.edits and f.applicability >= least)
    return next(fits, None)


def overlap(one: Edit, other: Edit) -> bool:
    """Whether two edits of a file cannot both be made; two insertions at one place cannot."""
    a, b = one.span, other.span
    return a.start == b.start or (a.start < b.end and b.start < a.end)


def _collide_within(edits: tuple[Edit, ...]) -> bool:
    ordered = sorted(edits, key=lambda edit: edit.span.key)
    return any(
        a.span.source.path == b.span.source.path and overlap(a, b) for a, b in pairwise(ordered)
    )
