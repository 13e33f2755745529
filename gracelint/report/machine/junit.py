"""`junit`: XML as test reports have it, one suite for each file."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from gracelint.model.finding import Severity
from gracelint.report.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gracelint.model.finding import Finding
    from gracelint.model.result import Result


def render(result: Result) -> str:
    """A test for each finding: advice passes with what it says, all else fails.

    One passed test when there is none.
    """
    groups: dict[str, list[Finding]] = {}
    for finding in result.findings:
        groups.setdefault(finding.primary.span.source.path, []).append(finding)
    number, failed = len(result.findings), _failed(result.findings)
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<testsuites name="gracelint" tests="{max(number, 1)}" failures="{failed}" errors="0">',
    ]
    for path, findings in groups.items():
        lines += _suite(path, findings)
    if not groups:
        lines += [
            '  <testsuite name="gracelint" tests="1" failures="0" errors="0">',
            '    <testcase name="no findings" classname="gracelint"/>',
            "  </testsuite>",
        ]
    return "\n".join([*lines, "</testsuites>", ""])


def _failed(findings: Iterable[Finding]) -> int:
    return sum(finding.severity > Severity.INFO for finding in findings)


def _suite(path: str, findings: list[Finding]) -> Iterator[str]:
    number, failed = len(findings), _failed(findings)
    name = quoteattr(visible(path))
    yield f'  <testsuite name={name} tests="{number}" failures="{failed}" errors="0">'
    for finding in findings:
        yield from _case(name, finding)
    yield "  </testsuite>"


def _case(path: str, finding: Finding) -> Iterator[str]:
    at = finding.primary.span.first
    code, name = finding.rule.code, finding.rule.name
    message = visible(finding.message)
    yield (
        f'    <testcase name="{code} {name}" classname={path} file={path}'
        f' line="{at.line}" column="{at.column}">'
    )
    text = "\n".join([message, *map(visible, finding.help.split("\n"))]).strip()
    said = f"line {at.line}, column {at.column}: {escape(text)}"
    if finding.severity is Severity.INFO:
        yield f"      <system-out>{said}</system-out>"
    else:
        kind = f'type="{finding.severity.label}" message={quoteattr(message)}'
        yield f"      <failure {kind}>{said}</failure>"
    yield "    </testcase>"
