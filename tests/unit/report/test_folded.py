"""Copies and advice, as people are shown them."""

from __future__ import annotations

from typing import Any

import pytest

from gracelint.base.source import Source
from gracelint.base.values import replace
from gracelint.model.finding import Rule, Severity
from gracelint.report import render

TEXT = "".join(f"line {n}\n" for n in range(30)) + "app\n"
HUMAN = ("full", "grouped", "markdown")


def copies(made: Any, *paths: str, text: str = TEXT, **more: Any) -> list[Any]:
    return [made.finding(source=Source(path, text), text="app", **more) for path in paths]


@pytest.mark.parametrize("name", HUMAN)
def test_copies_are_shown_once_and_named(made: Any, name: str) -> None:
    found = copies(made, *(f"{n}/run.sh" for n in range(6)))
    text = render(name, made.result(*found))
    assert text.count("the trap for TERM") == 1
    flat = " ".join(text.split()).lower().replace("also in:", "also in").replace("`", "")
    assert "also in 1/run.sh:31, 2/run.sh:31, 3/run.sh:31 and 2 more" in flat


@pytest.mark.parametrize("name", HUMAN)
def test_a_copy_may_differ_a_little(made: Any, name: str) -> None:
    found = [
        *copies(made, "8/run.sh"),
        *copies(made, "9/run.sh", text=TEXT.replace("line 3\n", "")),
    ]
    assert render(name, made.result(*found)).count("the trap for TERM") == 1


@pytest.mark.parametrize("name", HUMAN)
@pytest.mark.parametrize(
    "more",
    [
        {"text": TEXT.replace("line", "other")},
        {"severity": Severity.WARNING},
        {"message": "the trap for TERM is another one"},
    ],
)
def test_what_differs_is_shown_by_itself(made: Any, name: str, more: dict[str, Any]) -> None:
    found = [*copies(made, "a/run.sh"), *copies(made, "b/run.sh", **more)]
    assert render(name, made.result(*found)).count("the trap for TERM") == 2


@pytest.mark.parametrize("name", HUMAN)
def test_two_in_one_file_are_no_copies(made: Any, name: str) -> None:
    source = Source("run.sh", "app\napp\n")
    first = made.finding(source=source, text="app")
    found = (first, replace(first, primary=made.Label(source.span(4, 7))))
    assert render(name, made.result(*found)).count("the trap for TERM") == 2


@pytest.mark.parametrize("name", ["concise", "json", "sarif", "github", "gitlab", "junit"])
def test_other_formats_have_each(made: Any, name: str) -> None:
    found = copies(made, *(f"{n}/run.sh" for n in range(6)))
    text = render(name, made.result(*found))
    assert all(f"{n}/run.sh" in text for n in range(6))


def advice(made: Any, number: int) -> list[Any]:
    rules = [Rule("GL511", "one", Severity.INFO), Rule("GL512", "other", Severity.INFO)]
    return [
        made.finding(severity=Severity.INFO, message=f"think of {n}", rule=rules[n % 3 == 0])
        for n in range(number)
    ]


@pytest.mark.parametrize("name", HUMAN)
def test_some_advice_is_shown_and_more_is_counted(made: Any, name: str) -> None:
    few = render(name, made.result(*advice(made, 5)))
    assert few.count("think of") == 5
    assert "--advice" not in few
    many = render(name, made.result(made.finding(), *advice(made, 7)))
    assert "think of" not in many
    assert "the trap for TERM" in many
    assert "7 infos are advice; --advice shows them one by one:\n" in many
    assert "  4  GL511  one\n  3  GL512  other\n" in many
    assert render(name, made.result(*advice(made, 7)), advice=True).count("think of") == 7


@pytest.mark.parametrize("name", ["concise", "json", "github", "sarif"])
def test_other_formats_have_all_advice(made: Any, name: str) -> None:
    assert render(name, made.result(*advice(made, 7))).count("think of") == 7
