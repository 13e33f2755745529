"""A finding as plain data: what `json` and `json-lines` write, and what other formats build on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.model.finding import Severity
from gracelint.pages.address import page_address

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gracelint.base.edit import Edit
    from gracelint.base.source import Position
    from gracelint.model.finding import Finding, Fix, Label, Rule
    from gracelint.model.result import Launches, Result

Data = dict[str, Any]


def finding(item: Finding) -> Data:
    """The finding; lines and columns count from 1, an end stands behind the last character."""
    span = item.primary.span
    fixes = [_fix(fix) for fix in item.fixes if can_be_told(fix)]
    return {
        "code": item.rule.code,
        "name": item.rule.name,
        "severity": item.severity.label,
        "message": item.message,
        "path": span.source.path,
        "line": span.first.line,
        "column": span.first.column,
        "end_line": span.last.line,
        "end_column": span.last.column,
        "workloads": list(item.workloads),
        "related": [_label(label) for label in related(item)],
        "fix": fixes[0] if fixes and item.fix and can_be_told(item.fix) else None,
        "fixes": fixes,
        "help": item.help,
        "url": page_address(item.rule),
    }


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """The findings by severity, for places that show only so many of them."""
    return sorted(findings, key=lambda item: -item.severity)


def statistics(result: Result) -> list[Data]:
    """Every rule with how often it is found, and can be fixed; the most frequent first."""
    by_rule: dict[Rule, list[Finding]] = {}
    for item in result.findings:
        by_rule.setdefault(item.rule, []).append(item)
    ordered = sorted(by_rule.items(), key=lambda pair: (-len(pair[1]), pair[0].code))
    return [
        {
            "code": rule.code,
            "name": rule.name,
            "severity": max(item.severity for item in group).label,
            "count": len(group),
            "fixable": sum(any(fix.edits for fix in item.fixes) for item in group),
        }
        for rule, group in ordered
    ]


def related(item: Finding) -> list[Label]:
    """The causes and then the other places of a finding, each once."""
    named = {(label.span, label.message): label for label in (*item.causes, *item.related)}
    return list(named.values())


def _label(label: Label) -> Data:
    at = label.span.first
    path = label.span.source.path
    return {"path": path, "line": at.line, "column": at.column, "message": label.message}


def can_be_told(fix: Fix) -> bool:
    """Whether all that a fix writes is text, so that it can be told as it is."""
    return not any("\ud800" <= char <= "\udfff" for edit in fix.edits for char in edit.content)


def _fix(fix: Fix) -> Data:
    return {
        "applicability": fix.applicability.label,
        "title": fix.title,
        "edits": [_edit(edit) for edit in fix.edits],
    }


def _edit(edit: Edit) -> Data:
    return {
        "path": edit.span.source.path,
        "start": _position(edit.span.first),
        "end": _position(edit.span.last),
        "content": edit.content,
    }


def _position(position: Position) -> Data:
    return {"line": position.line, "column": position.column}


def summary(result: Result) -> Data:
    """The counts of a run."""
    by_severity = [item.severity for item in result.findings]
    return {
        "files": result.files,
        "errors": by_severity.count(Severity.ERROR),
        "warnings": by_severity.count(Severity.WARNING),
        "infos": by_severity.count(Severity.INFO),
        "fixed": result.fixed,
        "suppressed": len(result.suppressed),
        "baselined": len(result.baselined),
        "older": result.older,
        "launches": launches(result.launches),
        "unread": unread(result),
    }


def unread(result: Result) -> list[Data]:
    """What could not be read, and why."""
    return [{"path": one.path, "reason": one.reason} for one in result.unread]


def launches(number: Launches) -> Data:
    """How many launches there are of each verdict; `assumed` are among the graceful ones."""
    return {
        "graceful": number.graceful,
        "assumed": number.assumed,
        "cut-off": number.cut_off,
        "abandoned": number.abandoned,
        "killed": number.killed,
        "exits": number.exits,
        "unknown": number.unknown,
    }
