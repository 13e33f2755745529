"""Every rule has a page, every page a rule, and every page is built the same way."""

from __future__ import annotations

import re

import pytest

from gracelint import checks
from gracelint.model.finding import Applicability
from gracelint.pages import reader as pages
from gracelint.pages.reader import HEADINGS, OPTIONAL_HEADINGS, Page

RULES = checks.all_rules()
PAGES = pages.load_all()
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.code)


def test_rules_and_pages_belong_together() -> None:
    assert {(r.code, r.name) for r in RULES} == {(p.code, p.name) for p in PAGES}


def test_no_code_is_given_twice() -> None:
    codes = [rule.code for rule in RULES]
    assert sorted(codes) == sorted(set(codes))


def test_nothing_but_pages_is_in_the_folder() -> None:
    assert {path.name for path in pages.folder().iterdir()} == {page.path for page in PAGES}


@every_page
def test_the_title_names_the_rule(page: Page) -> None:
    assert page.text.splitlines()[0] == f"# {page.code} {page.name}"


@every_page
def test_the_headings_are_the_usual_ones_in_their_order(page: Page) -> None:
    assert list(page.sections) == [h for h in HEADINGS if h in page.sections]
    assert set(HEADINGS) - OPTIONAL_HEADINGS <= set(page.sections)
    assert all(page.sections.values()), "a heading with nothing under it"


@every_page
def test_the_summary_is_a_sentence(page: Page) -> None:
    assert re.fullmatch(r"[A-Z`].{15,200}\.", page.summary), page.summary


@every_page
def test_an_example_announces_the_rule(page: Page) -> None:
    shown = [example for example in page.examples if example.section == "Example"]
    codes = {announced.code for example in shown for announced in example.announced}
    assert page.code in codes


@every_page
def test_what_is_right_announces_at_most_advice_of_other_rules(page: Page) -> None:
    for example in page.examples:
        if example.section in {"Use instead", "When to leave it alone"}:
            assert page.code not in {announced.code for announced in example.announced}
            assert {announced.severity for announced in example.announced} <= {"info"}


@every_page
def test_a_fix_that_edits_is_shown(page: Page) -> None:
    rule = next(rule for rule in RULES if rule.code == page.code)
    edits = rule.fixes & {Applicability.SAFE, Applicability.UNSAFE}
    shown = any(example.fixed for example in page.examples)
    assert shown == bool(edits)


@every_page
def test_announced_codes_exist(page: Page) -> None:
    known = {rule.code for rule in RULES}
    for example in page.examples:
        assert {announced.code for announced in example.announced} <= known


@every_page
def test_a_page_is_plain_english_text(page: Page) -> None:
    prose = re.sub(r"^```.*?^```$", "", page.text, flags=re.DOTALL | re.MULTILINE)
    assert all(len(line) <= 140 for line in prose.splitlines())
    assert "\t" not in prose
    assert not re.search(r"[\U0001F300-\U0001FAFF]", prose)


@every_page
def test_links_to_other_pages_lead_there(page: Page) -> None:
    links = re.findall(r"\]\(([^)#\s]+)\)", page.text)
    local = {link for link in links if "://" not in link}
    assert local <= {other.path for other in PAGES}
