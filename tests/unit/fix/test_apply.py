"""Fixes: which go together, and what the text then reads."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gracelint.base.edit import Edit, applied
from gracelint.base.source import Source
from gracelint.fix import apply as fix
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity

RULE = Rule("GL101", "x", Severity.ERROR)
TEXT = Source("a", "0123456789")
OTHER = Source("b", "0123456789")


def edit(start: int, end: int, content: str = "", source: Source = TEXT) -> Edit:
    return Edit(source.span(start, end), content)


def finding(*edits: Edit, level: Applicability = Applicability.SAFE) -> Finding:
    label = Label(edits[0].span)
    return Finding(RULE, RULE.severity, "", label, fixes=(Fix("", level, edits),))


def planned(*findings: Finding, least: Applicability = Applicability.SAFE) -> dict[str, str]:
    made = fix.plan(findings, least)
    return {path: applied(TEXT.text, edits) for path, edits in made.edits.items()}


def test_edits_are_made_at_their_places_in_any_order() -> None:
    assert planned(finding(edit(8, 9, "x")), finding(edit(0, 2)), finding(edit(4, 4, "--"))) == {
        "a": "23--4567x9"
    }


def test_of_two_that_overlap_the_first_is_made() -> None:
    assert planned(finding(edit(2, 5, "A")), finding(edit(4, 6, "B"))) == {"a": "01A56789"}
    assert planned(finding(edit(3, 3, "A")), finding(edit(3, 3, "B"))) == {"a": "012A3456789"}


def test_edits_that_touch_are_both_made() -> None:
    assert planned(finding(edit(2, 4, "A")), finding(edit(4, 6, "B"))) == {"a": "01AB6789"}


def test_the_same_edit_is_made_once() -> None:
    assert planned(finding(edit(3, 3, "A")), finding(edit(3, 3, "A"))) == {"a": "012A3456789"}


def test_a_fix_is_made_in_all_its_files_or_in_none() -> None:
    both = finding(edit(0, 1, "x"), edit(0, 1, "x", OTHER))
    assert planned(both) == {"a": "x123456789", "b": "x123456789"}
    assert planned(finding(edit(0, 2, "y", OTHER)), both) == {"b": "y23456789"}
    assert fix.plan([both], Applicability.SAFE, closed={("", "b")}).edits == {}


def test_a_fix_that_overlaps_itself_is_not_made() -> None:
    assert planned(finding(edit(0, 4, "x"), edit(2, 5, "y"))) == {}


def test_only_who_asks_gets_unsafe_fixes() -> None:
    unsafe = finding(edit(0, 1), level=Applicability.UNSAFE)
    shown = finding(edit(5, 6), level=Applicability.SHOW)
    assert planned(unsafe, shown) == {}
    assert planned(unsafe, shown, least=Applicability.UNSAFE) == {"a": "123456789"}


def test_the_best_fix_that_may_be_applied_is() -> None:
    fixes = (
        Fix("words", Applicability.SHOW),
        Fix("unsafe", Applicability.UNSAFE, (edit(0, 1),)),
        Fix("safe", Applicability.SAFE, (edit(1, 2),)),
    )
    found = Finding(RULE, RULE.severity, "", Label(TEXT.span(0, 1)), fixes=fixes)
    assert fix.wanted(found, Applicability.SAFE) is fixes[2]
    assert fix.wanted(found, Applicability.UNSAFE) is fixes[1]


spans = st.tuples(st.integers(0, 10), st.integers(0, 10)).map(sorted)


@given(st.lists(st.tuples(spans, st.text("xyz", max_size=3)), max_size=6))
def test_what_no_edit_covers_stays(given_edits: list[tuple[list[int], str]]) -> None:
    findings = [finding(edit(a, b, content)) for (a, b), content in given_edits]
    made = fix.plan(findings, Applicability.SAFE)
    edits = made.edits.get("a", [])
    kept = [
        c for i, c in enumerate(TEXT.text) if not any(e.span.start <= i < e.span.end for e in edits)
    ]
    assert [c for c in applied(TEXT.text, edits) if c.isdigit()] == kept
