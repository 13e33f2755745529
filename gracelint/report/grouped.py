"""`grouped`: findings under the file they are in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.report.full import untold
from gracelint.report.text import cells, fill, pad, paint, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.finding import Finding
    from gracelint.model.result import Result


def render(result: Result, *, color: bool = False, width: int = 80) -> str:
    """A paragraph for each file."""
    groups: dict[str, list[Finding]] = {}
    for finding in result.findings:
        groups.setdefault(finding.primary.span.source.path, []).append(finding)
    paragraphs = (
        "\n".join(_group(path, found, color=color, width=width)) + "\n"
        for path, found in groups.items()
    )
    told = [f"{line}\n" for line in untold(result)]
    return "\n".join([*paragraphs, *(["".join(told)] if told else [])])


def _group(path: str, findings: list[Finding], *, color: bool, width: int) -> Iterator[str]:
    yield paint(f"{visible(path)}:", "bold", color=color)
    places = [f"{f.primary.span.first.line}:{f.primary.span.first.column}" for f in findings]
    wide = max(map(len, places))
    for finding, place in zip(findings, places, strict=True):
        label = finding.severity.label
        head = f"  {place.rjust(wide)}  {pad(label, 7)}  {finding.rule.code}  "
        first, *more = fill(finding.message, width - cells(head))
        yield head.replace(label, paint(label, label, color=color), 1) + first
        yield from (" " * cells(head) + line for line in more)
