"""The page: what it says, where findings stand, and that nothing in it acts."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

from gracelint.base.source import Source
from gracelint.base.values import replace
from gracelint.model.finding import LeftOut
from gracelint.model.process import Process
from gracelint.model.result import Launches, Unread
from gracelint.model.story import Verdict
from gracelint.report import render, render_trace
from gracelint.report.trace.svg import MAX_ROWS

if TYPE_CHECKING:
    from collections.abc import Sequence

VOID = {"meta", "input", "path", "rect"}


class Outline(HTMLParser):
    """Whether each element is closed, and the attributes that there are."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def outline(page: str) -> Outline:
    """The elements of a page, each of which is closed where it was opened."""
    read = Outline()
    read.feed(page)
    assert read.open == []
    return read


def stories(made: Any) -> tuple[Any, ...]:
    calm = made.story(
        Process(1, made.words("node"), "app", told=True, finishes=True),
        verdict=Verdict.GRACEFUL,
        reason="all is well",
    )
    return (calm, made.abandoned())


def test_the_page_is_whole_and_loads_nothing(made: Any) -> None:
    told = stories(made)
    for page in (
        render("html", made.result(made.finding(), stories=told)),
        render_trace("html", told),
    ):
        read = outline(page)
        assert not [v for n, v in read.attributes if n in {"src", "srcset", "action"}]
        links = [v for n, v in read.attributes if n == "href"]
        assert all(link.startswith(("#", "http")) for link in links)
        assert "url(" not in page
        assert "@import" not in page


def test_what_files_hold_is_text(made: Any) -> None:
    source = Source("Dockerfile", "CMD <script>alert(1)</script>\n")
    found = made.finding(source=source, text="<script>", help="a < b", message='"><img src=x>')
    page = render("html", made.result(found, stories=stories(made)))
    assert page.count("<script") == 1
    assert "<img" not in page
    assert "CMD &lt;script&gt;alert(1)" in page
    assert "<p>a &lt; b</p>" in page
    outline(page)


def test_the_worst_comes_first(made: Any) -> None:
    page = render_trace("html", stories(made))
    verdicts = re.findall(r'<article id="c\d+" class="([a-z-]+)"', page)
    assert verdicts == ["abandoned", "graceful"]


def test_a_finding_stands_with_its_container(made: Any) -> None:
    story = made.abandoned()
    name = story.workload.name or story.workload.source.path
    mine = made.finding(message="this one is mine", workloads=(name,))
    strange = made.finding(message="nobody knows it", workloads=("elsewhere",))
    page = render("html", made.result(mine, strange, stories=(story,)))
    own, _, rest = page.partition("<h2>Other findings</h2>")
    assert "this one is mine" in own
    assert "this one is mine" not in rest
    assert "nobody knows it" in rest
    assert "nobody knows it" not in own


def test_a_container_without_a_finding_of_its_own_says_why(made: Any) -> None:
    first, other = made.abandoned(), stories(made)[0]
    names = (first.workload.name or first.workload.source.path, "another")
    second = replace(other, workload=replace(other.workload, kind="compose", name="another"))
    shared = made.finding(workloads=names)
    told = {"stories": (first, second)}
    assert '<a href="#c1">' in render("html", made.result(shared, **told)).split('id="c2"')[1]
    meant = replace(shared, left_out=LeftOut(True, "we <know>"))
    assert "is left out: we &lt;know&gt;" in render(
        "html", made.result(suppressed=(meant,), **told)
    )
    assert "is known to the baseline." in render("html", made.result(baselined=(shared,), **told))


def test_the_summary_counts_what_there_is(made: Any) -> None:
    page = render_trace("html", stories(made))
    assert "1 of 2 containers does not stop gracefully" in page
    assert "<li>" in page
    assert re.findall(r"</span>(\d+ [a-z-]+)</li>", page)[0] == "1 abandoned"


def test_a_container_that_ends_by_itself_is_no_bad_stop(made: Any) -> None:
    ended = replace(made.abandoned(), verdict=Verdict.EXITS)
    page = render_trace("html", (ended, *stories(made)))
    assert "1 of 3 containers does not stop gracefully: 1 ends before the appl" in page
    assert ". 1 ends without being told to." in page
    alone = render_trace("html", (ended,))
    assert "No fault is found in how 1 container stops. 1 ends without being told to." in alone


def test_nothing_to_tell_is_said(made: Any) -> None:
    assert "No container is started by these files." in render("html", made.result())


def test_people_are_told_what_could_not_be_told(made: Any) -> None:
    launches = Launches(graceful=9, killed=1, unknown=2)
    result = made.result(launches=launches, unread=(Unread("chart", "it is a chart"),))
    page = render("html", result)
    assert "2 of 12 launches could not be told" in page
    assert "chart is not read: it is a chart" in page


@pytest.mark.parametrize("name", ["html", "svg"])
def test_a_crowd_is_not_drawn_in_full(made: Any, name: str) -> None:
    child = Process(2, made.words("node"), "app")
    tree = Process(1, made.words("sh"), "shell", children=(child,) * (MAX_ROWS + 40))
    page = render_trace(name, [made.story(tree)])
    assert page.count('class="box"') == MAX_ROWS
    assert "and 41 more processes" in page


def test_a_drawing_is_markup_by_itself(made: Any) -> None:
    import xml.etree.ElementTree as ET

    tree = Process(1, made.words('</text><script>"', "&amp;", "]]>"), "app")
    drawn = render_trace("svg", [made.story(tree), made.abandoned()])
    root = ET.fromstring(drawn)
    texts = ["".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")]
    assert any("</text><script>" in text for text in texts)
    assert not list(root.iter("{http://www.w3.org/2000/svg}script"))
