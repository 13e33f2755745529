"""`html`: one page that stands alone and loads nothing: every container, and what is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.report.full import summary as counted
from gracelint.report.full import untold
from gracelint.report.html.page import WORST_FIRST, card, coded, found, page, summary, text, tools

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
    for finding in result.findings:
        at = next((by_name[n] for n in finding.workloads if n in by_name), None)
        (others if at is None else belong.setdefault(at, [])).append(finding)
    return page("gracelint", _body(result, stories, shown, belong, others))


def _body(
    result: Result,
    stories: Sequence[Story],
    shown: Shown,
    belong: dict[int, list[Finding]],
    others: Sequence[Finding],
) -> Iterator[str]:
    yield "<h1>How these containers stop</h1>"
    yield from summary(stories)
    for line in (counted(result), *untold(result)):
        yield f'<p class="soft">{coded(line)}</p>'
    yield from tools(stories)
    for number, story in enumerate(stories):
        yield from card(story, number + 1, shown, belong.get(number, []))
    if others:
        yield "<h2>Other findings</h2>"
    for finding in others:
        yield f'<article data-kind="other" tabindex="-1">{_about(finding)}'
        yield from found(finding)
        yield "</article>"


def _about(finding: Finding) -> str:
    names = ", ".join(finding.workloads)
    return f'<p class="soft">{text(names)}</p>' if names else ""
