"""`html`: one page that stands alone and loads nothing: every container, and what is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.report.full import summary as counted
from gracelint.report.full import untold
from gracelint.report.html.page import (
    WORST_FIRST,
    card,
    coded,
    finding_block,
    page,
    summary,
    text,
    tools,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gracelint.model.finding import Finding
    from gracelint.model.result import Result
    from gracelint.model.story import Story
    from gracelint.report.shown import Shown


def render(result: Result, *, shown: Shown) -> str:
    """The summary, a card for each container with its findings, then what concerns none."""
    stories = sorted(result.stories, key=lambda story: WORST_FIRST.index(story.verdict))
    by_name = {shown.name(story.workload): at for at, story in reversed(list(enumerate(stories)))}
    belong: dict[int, list[Finding]] = {}
    others: list[Finding] = []
    notes: dict[int, list[str]] = {}
    for finding in result.findings:
        cards = _cards(finding, by_name)
        (belong.setdefault(cards[0], []) if cards else others).append(finding)
        for at in cards[1:]:
            notes.setdefault(at, []).append(_see(finding, cards[0]))
    for finding in (*result.suppressed, *result.baselined):
        for at in _cards(finding, by_name):
            notes.setdefault(at, []).append(_left_out(finding))
    return page("gracelint", _body(result, stories, shown, belong, notes, others))


def _cards(finding: Finding, by_name: Mapping[str, int]) -> list[int]:
    """The cards of the containers that a finding is about; it stands in the first."""
    return list(dict.fromkeys(by_name[name] for name in finding.workloads if name in by_name))


def _see(finding: Finding, at: int) -> str:
    rule = f"{finding.rule.code} {text(finding.rule.name)}"
    return f'<a href="#c{at + 1}">{rule}</a> is about this one, too.'


def _left_out(finding: Finding) -> str:
    """Why a container that does not stop well has no finding."""
    rule = f"{finding.rule.code} {text(finding.rule.name)}"
    if finding.left_out is None:
        return f"{rule} is known to the baseline."
    reason = finding.left_out.reason
    return f"{rule} is left out{f': {text(reason)}' if reason else '.'}"


def _body(
    result: Result,
    stories: Sequence[Story],
    shown: Shown,
    belong: Mapping[int, list[Finding]],
    notes: Mapping[int, list[str]],
    others: Sequence[Finding],
) -> Iterator[str]:
    yield "<h1>How these containers stop</h1>"
    yield from summary(stories)
    for line in (counted(result), *untold(result)):
        yield f'<p class="soft">{coded(line)}</p>'
    yield from tools(stories)
    for number, story in enumerate(stories):
        yield from card(story, number + 1, shown, belong.get(number, []), notes.get(number, []))
    if others:
        yield "<h2>Other findings</h2>"
    for finding in others:
        yield f'<article data-kind="other" tabindex="-1">{_about(finding)}'
        yield from finding_block(finding)
        yield "</article>"


def _about(finding: Finding) -> str:
    names = ", ".join(finding.workloads)
    return f'<p class="soft">{text(names)}</p>' if names else ""
