"""`sarif`: SARIF 2.1.0, for code scanning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from gracelint import __version__
from gracelint.base import lazy
from gracelint.base.json_text import dumps
from gracelint.base.values import replace
from gracelint.model.finding import Applicability, LeftOut, Severity
from gracelint.pages import reader as pages
from gracelint.pages.address import address, page_address
from gracelint.report.data import can_be_told, launches, related, unread, worst_first
from gracelint.report.text import visible
from gracelint.resolve.fingerprint import fingerprints

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence

    from gracelint.base.edit import Edit
    from gracelint.base.source import Source, Span
    from gracelint.model.finding import Finding, Fix, Label, Rule
    from gracelint.model.result import Problem, Result

Data = dict[str, Any]

_LEVEL = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
_LINK = lazy.compile(r"\[([^\]\n]+)\]\(([\w-]+\.md)\)")


def _linked(match: re.Match[str]) -> str:
    """A link to another rule's page; from where a report lies, a relative one leads nowhere."""
    top = address()
    return f"[{match[1]}]({top}/rules/{match[2]})" if top else match[1]


def render(result: Result) -> str:
    """One run, the worst first, of which GitHub shows the first 5,000.

    Suppressed and baselined findings are in it, marked as such.
    """
    findings = worst_first((*result.findings, *_left_out(result)))
    rules = sorted({f.rule for f in findings}, key=lambda rule: rule.code)
    index = {rule.code: number for number, rule in enumerate(rules)}
    names = fingerprints(findings)
    run = {
        "tool": {"driver": _driver(rules)},
        "invocations": [_invocation(result)],
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(finding, index[finding.rule.code], name)
            for finding, name in zip(findings, names, strict=True)
        ],
        "properties": {"launches": launches(result.launches), "unread": unread(result)},
    }
    return dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _left_out(result: Result) -> Iterator[Finding]:
    """What is suppressed or known to the baseline, each with who says so."""
    for finding in result.suppressed:
        yield replace(finding, left_out=finding.left_out or LeftOut(True))
    for finding in result.baselined:
        yield replace(finding, left_out=LeftOut(False))


def _invocation(result: Result) -> Data:
    """Whether everything could be done, and what could not."""
    failed = [problem for problem in result.problems if not problem.hint]
    notifications = [_notification(problem) for problem in result.problems]
    return {"executionSuccessful": not failed, "toolExecutionNotifications": notifications}


def _notification(problem: Problem) -> Data:
    notification: Data = {
        "level": "note" if problem.hint else "error",
        "message": {"text": visible(problem.message)},
    }
    if problem.path:
        place = {"physicalLocation": {"artifactLocation": {"uri": _quoted(problem.path)}}}
        notification["locations"] = [place]
    return notification


def _driver(rules: Sequence[Rule]) -> Data:
    driver: Data = {
        "name": "gracelint",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(rule) for rule in rules],
    }
    place = address()
    return driver | ({"informationUri": place} if place else {})


def _rule(rule: Rule) -> Data:
    described: Data = {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "defaultConfiguration": {"level": _LEVEL[rule.severity], "enabled": rule.enabled},
    }
    if page := pages.load(rule.code):
        described["shortDescription"] = {"text": page.summary}
        described["fullDescription"] = {"text": page.sections.get("What it does", page.summary)}
        shown = _LINK.sub(_linked, page.shown)
        described["help"] = {"text": shown, "markdown": shown}
    if place := page_address(rule):
        described["helpUri"] = place
    return described


def _result(finding: Finding, rule: int, fingerprint: str) -> Data:
    result: Data = {
        "ruleId": finding.rule.code,
        "ruleIndex": rule,
        "level": _LEVEL[finding.severity],
        "message": {"text": _message(finding)},
        "locations": [_location(finding.primary.span)],
        "partialFingerprints": {"gracelint/v1": fingerprint},
    }
    if labels := related(finding):
        result["relatedLocations"] = [_related(n, label) for n, label in enumerate(labels, 1)]
        result["codeFlows"] = [_code_flow(finding)]
    if fixes := [_fix(fix) for fix in finding.fixes if fix.edits and can_be_told(fix)]:
        result["fixes"] = fixes
    if finding.workloads:
        result["properties"] = {"workloads": [visible(name) for name in finding.workloads]}
    if finding.left_out:
        result["suppressions"] = [_suppression(finding.left_out)]
    return result


def _code_flow(finding: Finding) -> Data:
    """The way of the story: where the launch is written, what it comes by, and the defect."""
    started = [label for label in finding.related if label not in finding.causes]
    labels = dict.fromkeys([*started, *finding.causes, finding.primary])
    steps = [{"location": _step(label)} for label in labels]
    return {"threadFlows": [{"locations": steps}]}


def _step(label: Label) -> Data:
    said = {"message": {"text": visible(label.message)}} if label.message else {}
    return _location(label.span) | said


def _suppression(given: LeftOut) -> Data:
    kind: Data = {"kind": "inSource" if given.in_source else "external"}
    return kind | ({"justification": visible(given.reason)} if given.reason else {})


def _message(finding: Finding) -> str:
    lines = (finding.message, *finding.help.split("\n"))
    return "\n".join(visible(line) for line in lines if line)


def _location(span: Span) -> Data:
    return {"physicalLocation": {"artifactLocation": _uri(span.source), "region": _region(span)}}


def _related(number: int, label: Label) -> Data:
    location = _location(label.span) | {"id": number}
    return location | ({"message": {"text": visible(label.message)}} if label.message else {})


def _uri(source: Source) -> Data:
    return {"uri": _quoted(source.path)}


def _quoted(path: str) -> str:
    """The path as a relative reference, bytes that are no text included."""
    return quote(path.encode("utf-8", "surrogateescape")) or "."


def _region(span: Span) -> Data:
    first, last = span.first, span.last
    return {
        "startLine": first.line,
        "startColumn": first.column,
        "endLine": last.line,
        "endColumn": last.column,
    }


def _fix(fix: Fix) -> Data:
    by_path: dict[str, list[Edit]] = {}
    for edit in fix.edits:
        by_path.setdefault(edit.span.source.path, []).append(edit)
    note = " (unsafe)" if fix.applicability is Applicability.UNSAFE else ""
    return {
        "description": {"text": visible(fix.title) + note},
        "artifactChanges": [
            {
                "artifactLocation": _uri(edits[0].span.source),
                "replacements": [_replacement(edit) for edit in edits],
            }
            for edits in by_path.values()
        ],
    }


def _replacement(edit: Edit) -> Data:
    replaced: Data = {"deletedRegion": _region(edit.span)}
    return replaced | ({"insertedContent": {"text": edit.content}} if edit.content else {})
