"""`github`: workflow commands that GitHub Actions turns into annotations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.model.finding import Severity
from gracelint.report.data import worst_first
from gracelint.report.text import harmless, visible

if TYPE_CHECKING:
    from gracelint.model.finding import Finding
    from gracelint.model.result import Result

_COMMAND = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_IN_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTY = str.maketrans(
    {"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"},
)


def render(result: Result) -> str:
    """One command for each finding, nothing else; of each kind, GitHub shows only the first ten."""
    return "".join(f"{_command(finding)}\n" for finding in worst_first(result.findings))


def _command(finding: Finding) -> str:
    span = finding.primary.span
    first, last = span.first, span.last
    properties = {
        "file": span.source.path,
        "line": str(first.line),
        "endLine": str(last.line),
        "col": str(first.column),
        # GitHub takes columns only where an annotation stays on its line.
        "endColumn": str(last.column) if last.line == first.line else "",
        "title": f"{finding.rule.code} {finding.rule.name}",
    }
    written = ",".join(f"{name}={_property(v)}" for name, v in properties.items() if v)
    return f"::{_COMMAND[finding.severity]} {written}::{_data(_message(finding))}"


def _message(finding: Finding) -> str:
    lines = (finding.message, *finding.help.split("\n"))
    return "\n".join(visible(line) for line in lines if line)


def _property(text: str) -> str:
    return harmless(visible(text)).translate(_IN_PROPERTY)


def _data(text: str) -> str:
    return harmless(text).translate(_IN_DATA)
