"""What is found in an image's own scripts, told where the image is named.

Nobody can change a script of somebody else's image here; what can be changed is which image is
used, or how it is started. So it is a warning at most, with the script's lines beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.source import Outside
from gracelint.base.values import replace
from gracelint.model.finding import Label, Severity

if TYPE_CHECKING:
    from gracelint.model.finding import Finding, Fix


def named(finding: Finding) -> Finding:
    """The finding without a place to change outside of the tree."""
    outside = [label for label in finding.causes if _is_outside(label)]
    moved = replace(
        finding,
        causes=tuple(label for label in finding.causes if not _is_outside(label)),
        related=(*finding.related, *outside),
        fixes=tuple(fix for fix in finding.fixes if _applies(fix)),
    )
    source, line = finding.primary.span.source, finding.primary.span.first.line
    if not isinstance(source, Outside):
        return moved
    place = Label(finding.primary.span, finding.primary.message or "here")
    return replace(
        moved,
        severity=min(moved.severity, Severity.WARNING),
        message=f"{moved.message} ({source.path}, line {line})",
        primary=Label(finding.primary.span.place, source.role),
        related=(place, *moved.related),
    )


def _is_outside(label: Label) -> bool:
    return isinstance(label.span.source, Outside)


def _applies(fix: Fix) -> bool:
    return not any(isinstance(edit.span.source, Outside) for edit in fix.edits)
