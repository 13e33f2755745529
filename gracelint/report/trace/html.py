"""`gracelint trace --output-format html`: a page with every container, without findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.report.html.page import WORST_FIRST, card, page, summary, tools

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gracelint.model.story import Story
    from gracelint.report.shown import Shown


def render(stories: Iterable[Story], *, shown: Shown) -> str:
    """The worst first."""
    ranked = sorted(stories, key=lambda story: WORST_FIRST.index(story.verdict))
    return page("gracelint trace", _body(ranked, shown))


def _body(stories: Sequence[Story], shown: Shown) -> Iterator[str]:
    yield "<h1>How these containers stop</h1>"
    yield from summary(stories)
    yield from tools(stories)
    for number, story in enumerate(stories, 1):
        yield from card(story, number, shown, ())
