"""The HTML report in a real browser: filter, search, keys, narrow and dark screens, print.

It needs Chromium (Debian's package chromium, or CHROMIUM naming one) and is skipped without.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
OFFLINE = ["--disable-gpu", "--disable-background-networking", "--disable-component-update"]

sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here"),
    pytest.mark.xdist_group("browser"),
]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report on the examples of the documentation, some of which stop badly."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    command = [sys.executable, "-m", "gracelint", "check", "--output-format", "html"]
    command += ["--output-file", str(path), "docs/examples"]
    subprocess.run(command, cwd=ROOT, check=False, capture_output=True)
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as play:
        options = {"executable_path": CHROMIUM, "args": [*OFFLINE, "--no-sandbox"]}
        found = play.chromium.launch(**options)
        yield found
        found.close()


@pytest.fixture
def page(browser: Any, report: Path) -> Iterator[Any]:
    """The report as it opens, with everything that the browser complains of or asks for."""
    opened = browser.new_page(viewport={"width": 1100, "height": 800})
    opened.said, opened.asked = [], []
    opened.on("console", lambda message: opened.said.append(message.text))
    opened.on("pageerror", lambda error: opened.said.append(str(error)))
    opened.on("request", lambda request: opened.asked.append(request.url))
    opened.goto(report.as_uri())
    yield opened
    opened.close()


def names(page: Any) -> list[str]:
    """The containers that are to be seen, from the top."""
    return [found.inner_text() for found in page.locator("article:visible h3").all()]


def test_it_loads_nothing_and_complains_of_nothing(page: Any, report: Path) -> None:
    assert page.said == []
    assert page.asked == [report.as_uri()]


def test_the_worst_is_on_top(page: Any) -> None:
    badges = page.locator("article .badge").all_inner_texts()
    assert badges[0] == "killed"
    assert badges[-1] == "graceful"


def test_search_leaves_what_fits(page: Any) -> None:
    page.keyboard.press("/")
    page.keyboard.type("tini")
    assert names(page) == ["docs/examples/init/Dockerfile"]
    page.keyboard.type(" nothing of the kind")
    assert names(page) == []
    assert page.locator("#none").is_visible()
    page.keyboard.press("Escape")
    assert len(names(page)) == page.locator("article").count()


def test_verdicts_are_filtered(page: Any) -> None:
    page.get_by_role("checkbox", name="graceful").uncheck()
    badges = page.locator("article:visible .badge").all_inner_texts()
    assert badges
    assert "graceful" not in badges


def test_keys_go_from_one_to_the_next(page: Any) -> None:
    at = "document.activeElement.id"
    page.keyboard.press("j")
    assert page.evaluate(at) == "c1"
    page.keyboard.press("j")
    assert page.evaluate(at) == "c2"
    page.keyboard.press("k")
    assert page.evaluate(at) == "c1"


def test_a_fix_opens(page: Any) -> None:
    fix = page.locator("details", has_text="Fix (safe)").first
    assert not fix.locator("pre").is_visible()
    fix.locator("summary").click()
    assert fix.locator("ins").first.is_visible()


def test_on_a_phone_nothing_sticks_out(page: Any) -> None:
    page.set_viewport_size({"width": 360, "height": 700})
    wide = "document.documentElement.scrollWidth"
    assert page.evaluate(wide) <= 360


def test_on_a_phone_the_clock_can_be_read_at_once(page: Any) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    drawing = page.locator(".drawing", has=page.get_by_text("SIGKILL ends everything")).first
    room = drawing.bounding_box()
    words = drawing.get_by_text("SIGKILL ends everything").bounding_box()
    bar = drawing.locator(".run").last.bounding_box()
    assert words["x"] + words["width"] <= room["x"] + room["width"]
    assert bar["x"] + bar["width"] < words["x"]


def test_dark_and_light_differ(page: Any) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    page.emulate_media(color_scheme="light")
    light = page.evaluate(ground)
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(ground) != light


def test_print_leaves_the_tools_out(page: Any) -> None:
    page.emulate_media(media="print")
    assert not page.locator(".tools").is_visible()
    assert page.locator("article").first.is_visible()


def test_without_scripts_everything_is_there(browser: Any, report: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(report.as_uri())
    assert page.locator("article:visible").count() == page.locator("article").count() > 0
    context.close()
