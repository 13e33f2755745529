"""`grouped`: findings under the file they are in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.report.folded import advice_table, folded
from gracelint.report.full import untold
from gracelint.report.text import cells, fill, pad, paint, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.result import Result
    from gracelint.report.folded import Shown


def render(result: Result, *, color: bool = False, width: int = 80, advice: bool = False) -> str:
    """A paragraph for each file. advice: as for `folded`."""
    said = folded(result, advice=advice)
    groups: dict[str, list[Shown]] = {}
    for one in said.shown:
        groups.setdefault(one.finding.primary.span.source.path, []).append(one)
    paragraphs = (
        "\n".join(_group(path, findings, color=color, width=width)) + "\n"
        for path, findings in groups.items()
    )
    counts = advice_table(said.advice) if said.advice else ()
    tail = [f"{line}\n" for line in (*counts, *untold(result))]
    return "\n".join([*paragraphs, *(["".join(tail)] if tail else [])])


def _group(path: str, shown: list[Shown], *, color: bool, width: int) -> Iterator[str]:
    yield paint(f"{visible(path)}:", "bold", color=color)
    findings = [one.finding for one in shown]
    places = [f"{f.primary.span.first.line}:{f.primary.span.first.column}" for f in findings]
    wide = max(map(len, places))
    for one, finding, place in zip(shown, findings, places, strict=True):
        label = finding.severity.label
        head = f"  {place.rjust(wide)}  {pad(label, 7)}  {finding.rule.code}  "
        first, *more = fill(finding.message, width - cells(head))
        yield head.replace(label, paint(label, label, color=color), 1) + first
        yield from (" " * cells(head) + line for line in more)
        if one.copies:
            also = fill(f"also in {visible(one.elsewhere)}", width - cells(head))
            yield from (" " * cells(head) + line for line in also)
