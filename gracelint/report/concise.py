"""`concise`: `path:line:col: severity: message [GL101]`, one line for each finding."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING
from gracelint.report.text import paint, visible

if TYPE_CHECKING:
    from gracelint.model.finding import Finding
    from gracelint.model.result import Result


def render(result: Result, *, color: bool = False) -> str:
    """One line for each finding, nothing else."""
    return "".join(f"{_line(finding, color=color)}\n" for finding in result.findings)


def _line(finding: Finding, *, color: bool) -> str:
    at = finding.primary.span.first
    path = visible(finding.primary.span.source.path)
    label = finding.severity.label
    place = paint(f"{path}:{at.line}:{at.column}:", "bold", color=color)
    severity = paint(f"{label}:", label, color=color)
    return f"{place} {severity} {visible(finding.message)} [{finding.rule.code}]"
