"""From findings and stories to what the Language Server Protocol calls things."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from gracelint.model.finding import Applicability, Severity
from gracelint.model.story import Basis, Verdict
from gracelint.pages.address import page_address
from gracelint.report.shown import Shown
from gracelint.report.trace.text import render, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gracelint.base.source import Source, Span
    from gracelint.model.finding import Finding, Fix, Label
    from gracelint.model.story import Story

SOURCE = "gracelint"
TRACE = "gracelint.trace"
_LEVELS = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFO: types.DiagnosticSeverity.Information,
}


def span_range(span: Span) -> types.Range:
    """A span; characters are counted in UTF-16, which every editor understands."""
    return types.Range(_position(span.source, span.start), _position(span.source, span.end))


def _position(source: Source, offset: int) -> types.Position:
    at = source.span(offset, offset).first
    before = source.line(at.line)[: at.column - 1]
    return types.Position(at.line - 1, len(before.encode("utf-16-le", "surrogatepass")) // 2)


def uri(root: Path, source: Source) -> str:
    """Where a file is."""
    return (root / source.path).as_uri()


def diagnostic(root: Path, finding: Finding) -> types.Diagnostic:
    """A finding as an editor shows it; the rest of its story is related information."""
    address = page_address(finding.rule)
    labels = {
        (label.span.key, label.message): label for label in (*finding.causes, *finding.related)
    }
    return types.Diagnostic(
        range=span_range(finding.primary.span),
        severity=_LEVELS[finding.severity],
        code=finding.rule.code,
        code_description=types.CodeDescription(address) if address else None,
        source=SOURCE,
        message=f"{finding.message}\n{finding.help}".strip(),
        related_information=[_related(root, label) for label in labels.values()] or None,
    )


def _related(root: Path, label: Label) -> types.DiagnosticRelatedInformation:
    place = types.Location(uri(root, label.span.source), span_range(label.span))
    return types.DiagnosticRelatedInformation(place, label.message or "part of the story")


def edit(root: Path, fix: Fix) -> types.WorkspaceEdit:
    """What a fix changes, in all of its files."""
    changes: dict[str, list[types.TextEdit]] = {}
    for each in fix.edits:
        text_edit = types.TextEdit(span_range(each.span), each.content)
        changes.setdefault(uri(root, each.span.source), []).append(text_edit)
    return types.WorkspaceEdit(changes=changes)


def title(fix: Fix) -> str:
    """What a fix is called in a menu."""
    return fix.title if fix.applicability is Applicability.SAFE else f"{fix.title} (unsafe)"


def whole(text: str, new: str) -> types.TextEdit:
    """The edit that turns one text into another: the lines that differ."""
    old_lines, new_lines = text.splitlines(keepends=True), new.splitlines(keepends=True)
    start = 0
    while start < min(len(old_lines), len(new_lines)) and old_lines[start] == new_lines[start]:
        start += 1
    end = 0
    most = min(len(old_lines), len(new_lines)) - start
    while end < most and old_lines[-1 - end] == new_lines[-1 - end]:
        end += 1
    span = types.Range(types.Position(start, 0), types.Position(len(old_lines) - end, 0))
    return types.TextEdit(span, "".join(new_lines[start : len(new_lines) - end]))


def lenses(stories: list[Story], path: str) -> Iterator[types.CodeLens]:
    """What becomes of each container that a file declares, above the line that declares it."""
    for story in stories:
        place = story.workload.declared.place
        if place.source.path != path:
            continue
        words = types.Command(
            summary(story), TRACE, arguments=[story.workload.name, path, place.first.line]
        )
        line = types.Range(
            types.Position(place.first.line - 1, 0), types.Position(place.first.line - 1, 0)
        )
        yield types.CodeLens(line, words)


def summary(story: Story) -> str:
    """The verdict in a few words: `killed after 10 s`."""
    words = story.verdict.value
    last = story.timeline[-1].at_seconds if story.timeline else 0
    if story.verdict is Verdict.KILLED and last:
        words += f" after {seconds(last)}"
    if story.verdict is Verdict.UNKNOWN:
        words = "stop unknown"
    return f"{words}, assumed" if story.basis is Basis.ASSUMED else words


def traced(root: Path, story: Story) -> str:
    """The story as `gracelint trace` prints it in the root, as a block of Markdown."""
    text = render([story], shown=Shown(root), width=88).rstrip("\n")
    return f"```text\n{text}\n```"
