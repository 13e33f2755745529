"""`gitlab`: the Code Quality report of GitLab CI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.base.json_text import dumps
from gracelint.model.finding import Severity
from gracelint.resolve.fingerprint import lasting

if TYPE_CHECKING:
    from gracelint.model.finding import Finding
    from gracelint.model.result import Result

_SEVERITY = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


def render(result: Result) -> str:
    """A JSON array with one issue for each finding."""
    named = zip(result.findings, lasting(result.findings), strict=True)
    return dumps([_issue(finding, name) for finding, name in named], indent=2) + "\n"


def _issue(finding: Finding, fingerprint: str) -> dict[str, Any]:
    span = finding.primary.span
    return {
        "check_name": finding.rule.code,
        "description": f"{finding.rule.code}: {finding.message}",
        "fingerprint": fingerprint,
        "severity": _SEVERITY[finding.severity],
        "location": {
            "path": span.source.path,
            "lines": {"begin": span.first.line, "end": span.last.line},
        },
    }
