"""`rdjson`: the diagnostic format of reviewdog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.base.json_text import dumps
from gracelint.pages.address import page_address
from gracelint.report.data import can_be_told, related
from gracelint.report.text import visible

if TYPE_CHECKING:
    from gracelint.base.source import Position, Source, Span
    from gracelint.model.finding import Finding, Label
    from gracelint.model.result import Result


def render(result: Result) -> str:
    """One object; columns count UTF-8 bytes from 1, as the format asks."""
    whole = {
        "source": {"name": "gracelint"},
        "diagnostics": [_diagnostic(finding) for finding in result.findings],
    }
    return dumps(whole, indent=2) + "\n"


def _diagnostic(finding: Finding) -> dict[str, Any]:
    fix = finding.fix if finding.fix and _one_file(finding) and can_be_told(finding.fix) else None
    place = page_address(finding.rule)
    edits = fix.edits if fix is not None else ()
    return {
        "message": visible(finding.message),
        "location": _location(finding.primary.span),
        "severity": finding.severity.name,
        "code": {"value": finding.rule.code} | ({"url": place} if place else {}),
        "suggestions": [{"range": _range(e.span), "text": e.content} for e in edits],
        "related_locations": [_related(label) for label in related(finding)],
    }


def _one_file(finding: Finding) -> bool:
    """Whether the fix stays in the file of the finding, the only one that a suggestion can name."""
    path = finding.primary.span.source.path
    return finding.fix is not None and all(e.span.source.path == path for e in finding.fix.edits)


def _related(label: Label) -> dict[str, Any]:
    return {"message": visible(label.message), "location": _location(label.span)}


def _location(span: Span) -> dict[str, Any]:
    return {"path": span.source.path, "range": _range(span)}


def _range(span: Span) -> dict[str, Any]:
    return {"start": _at(span.source, span.first), "end": _at(span.source, span.last)}


def _at(source: Source, position: Position) -> dict[str, int]:
    before = source.line(position.line)[: position.column - 1]
    return {
        "line": position.line,
        "column": len(before.encode("utf-8", "surrogateescape")) + 1,
    }
