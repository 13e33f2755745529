from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gracelint.base.edit import Edit
from gracelint.base.source import Source
from gracelint.model.finding import Applicability, Fix, Label, Severity
from gracelint.model.result import Launches, Unread
from gracelint.report import full, grouped, render
from gracelint.report.text import cells

WHOLE = """\
error[GL202]: the trap for TERM runs only after `node` has ended
  --> entrypoint.sh:14:1
   3 | trap 'kill $pid; wait' TERM
     | --------------------------- set here
  14 | node server.js
     | ^^^^^^^^^^^^^^ runs in the foreground, so the shell waits for it first
  ::: Dockerfile:3:13
   3 | ENTRYPOINT ["/entrypoint.sh"]
     |             ---------------- PID 1
  help: `docker stop` waits 10 s and then kills everything.
  fix: start `node` in the background and wait for it
       (unsafe: --fix --unsafe-fixes)

1 error in 2 files. --fix --unsafe-fixes repairs 1.
"""
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def test_a_finding_shows_every_file_of_its_story(made: Any) -> None:
    assert full.render(made.result(made.story_of_a_script())) == WHOLE


def test_colour_adds_nothing_but_colour(made: Any) -> None:
    colored = full.render(made.result(made.story_of_a_script()), color=True)
    assert "\x1b[1;31merror[GL202]\x1b[0m" in colored
    assert ANSI.sub("", colored) == WHOLE


def test_no_findings_are_said_in_one_line(made: Any) -> None:
    assert full.render(made.result()) == "No findings in 2 files.\n"
    assert full.render(made.result(fixed=3, files=1)) == "No findings in 1 file, 3 fixed.\n"


def test_no_file_at_all_is_no_all_clear(made: Any) -> None:
    assert full.render(made.result(files=0)) == "No files were checked.\n"


def test_what_the_baseline_knows_is_counted(made: Any) -> None:
    known = (made.finding(), made.finding())
    said = "No findings in 2 files. The baseline knows 2 more.\n"
    assert full.render(made.result(baselined=known)) == said
    beside = full.render(made.result(made.story_of_a_script(), baselined=known))
    assert beside.endswith("--unsafe-fixes repairs 1. The baseline knows 2 more.\n")


def test_a_mark_without_a_message_that_fills_its_line_takes_one_row(made: Any) -> None:
    source = Source("a.yaml", "x" * 60 + "\n")
    drawn = full.render(made.result(made.finding(source=source, text="x" * 60, label="")), width=40)
    assert "     | " + "^" * 33 + "\n" in drawn
    assert not [line for line in drawn.split("\n") if line != line.rstrip()]


def frame(made: Any, **more: Any) -> list[str]:
    return full.render(made.result(made.finding(**more))).split("\n")[1:-3]


def test_text_over_several_lines_is_marked_where_it_starts_and_ends(made: Any) -> None:
    source = Source("a.yaml", "a:\n  b: |\n    one\n    two\n    three\nc: d\n")
    assert frame(made, source=source, text=source.text[5:-5], label="all of it") == [
        "  --> a.yaml:2:3",
        "   2 |   b: |",
        "     |   ^^^^",
        "   5 |     three",
        "     |     ^^^^^ all of it",
    ]


def test_a_place_between_characters_is_marked(made: Any) -> None:
    source = Source("a.yaml", "spec:\n")
    assert frame(made, source=source, text="", label="here") == [
        "  --> a.yaml:1:1",
        "   1 | spec:",
        "     | ^ here",
    ]


def test_the_end_of_a_file_and_an_empty_file_can_be_marked(made: Any) -> None:
    for text in ("", "a\n"):
        source = Source("a", text)
        found = made.finding(source=source, text="")
        found = made.Finding(
            found.rule, found.severity, "m", Label(source.span(len(text), len(text)), "end")
        )
        assert "^ end" in full.render(made.result(found))


def test_tabs_wide_characters_and_escapes_keep_labels_in_place(made: Any) -> None:
    source = Source("run.sh", "\t漢字\x1b x\n")
    assert frame(made, source=source, text="x", label="here") == [
        "  --> run.sh:1:6",
        "   1 |     漢字\\x1b x",
        "     |              ^ here",
    ]


def test_a_long_line_is_cut_around_its_label(made: Any) -> None:
    source = Source("Dockerfile", f"RUN {'a' * 300} target {'b' * 300}\n")
    lines = frame(made, source=source, text="target", label="here")
    assert lines[1].startswith("   1 | …aaaa")
    assert lines[1].endswith("bbb…")
    column = lines[1].index("target")
    assert lines[2][column:] == "^^^^^^ here"
    assert all(len(line) <= 80 for line in lines)


def test_two_labels_on_one_line_each_have_a_row(made: Any) -> None:
    source = Source("Dockerfile", "CMD a && b\n")
    cause = Label(made.at(source, "a &&"), "first")
    assert frame(made, source=source, text="b", label="then", causes=(cause,)) == [
        "  --> Dockerfile:1:10",
        "   1 | CMD a && b",
        "     |     ---- first",
        "     |          ^ then",
    ]


def test_a_label_that_repeats_the_main_one_is_not_shown_twice(made: Any) -> None:
    source = Source("Dockerfile", "CMD a\n")
    again = Label(made.at(source, "a"), "")
    assert frame(made, source=source, text="a", causes=(again, again)) == [
        "  --> Dockerfile:1:5",
        "   1 | CMD a",
        "     |     ^",
    ]


def test_the_launch_is_named_where_the_file_does_not_tell_it(made: Any) -> None:
    lines = frame(made, workloads=("Deployment/web/app", "entrypoint.sh"))
    assert lines[-1] == "  in: Deployment/web/app"


def test_a_launch_called_after_a_file_that_is_shown_is_not_named_again(made: Any) -> None:
    lines = frame(made, workloads=("entrypoint.sh",))
    assert not any(line.startswith("  in:") for line in lines)


def test_a_suggestion_is_no_fix(made: Any) -> None:
    shown = Fix("log to standard output", Applicability.SHOW)
    text = full.render(made.result(made.finding(fixes=(shown,))))
    assert "  suggestion: log to standard output\n" in text
    assert text.endswith("\n\n1 error in 2 files.\n")


def test_what_may_be_done_instead_follows(made: Any) -> None:
    span = made.finding().primary.span
    fixes = tuple(Fix(title, Applicability.SAFE, (Edit(span, ""),)) for title in ("do x", "do y"))
    text = full.render(made.result(made.finding(fixes=fixes)))
    assert "  fix: do x (safe: --fix)\n  or: do y (safe: --fix)\n" in text


def test_the_summary_counts_by_severity_and_by_fix(made: Any) -> None:
    def with_fix(applicability: Applicability, severity: Severity) -> Any:
        span = made.finding().primary.span
        fix = Fix("insert `exec`", applicability, (Edit(span, "exec"),))
        return made.finding(severity=severity, fixes=(fix,))

    found = (
        with_fix(Applicability.SAFE, Severity.ERROR),
        with_fix(Applicability.SAFE, Severity.ERROR),
        with_fix(Applicability.UNSAFE, Severity.WARNING),
        made.finding(severity=Severity.INFO),
    )
    assert full.summary(made.result(*found)) == (
        "2 errors, 1 warning and 1 info in 2 files. --fix repairs 2, --unsafe-fixes 1 more."
    )
    assert full.summary(made.result(found[0])).endswith(" --fix repairs 1.")


@given(
    st.text(st.characters(codec=None), min_size=1),
    st.text(st.characters(codec=None)),
    st.integers(30, 120),
    st.data(),
)
def test_whatever_a_file_holds_frames_fit_and_give_no_orders(
    made: Any, text: str, message: str, width: int, data: st.DataObject
) -> None:
    source = Source("Dockerfile", text)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    found = made.Finding(
        made.LATE, Severity.ERROR, "m", Label(source.span(start, end), message[:200])
    )
    lines = full.render(made.result(found), width=width).split("\n")
    assert all(cells(line) <= width or " " not in line.strip(" |") for line in lines[1:-2])
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]", "\n".join(lines))


def test_grouped_names_each_file_once(made: Any) -> None:
    source = Source("Dockerfile", "CMD a\n")
    found = [made.finding(), made.finding(source=source, text="a"), made.finding()]
    assert grouped.render(made.result(*found)) == (
        "entrypoint.sh:\n"
        "  14:1  error    GL202  the trap for TERM runs only after `node` has ended\n"
        "  14:1  error    GL202  the trap for TERM runs only after `node` has ended\n"
        "\n"
        "Dockerfile:\n"
        "  1:5  error    GL202  the trap for TERM runs only after `node` has ended\n"
    )


def test_formats_are_called_by_name(made: Any) -> None:
    found = made.result(made.story_of_a_script())
    assert render("full", found, width=80) == WHOLE
    assert render("concise", found, color=True) != render("concise", found)


@pytest.mark.parametrize("name", ["full", "concise", "grouped", "github", "html", "junit"])
def test_no_format_lets_a_message_give_orders(made: Any, name: str) -> None:
    found = made.finding(message="a\x1b[2Jb", help="c\x07", label="\x9b")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", render(name, made.result(found)))


def test_a_file_of_one_line_is_cut_at_both_ends(made: Any) -> None:
    source = Source("pod.json", f"{'[' * 5000}漢 target{']' * 5000}\n")
    lines = frame(made, source=source, text="target", label="here")
    column = lines[1].index("target")
    assert lines[1][7] == lines[1][-1] == "…"
    assert cells(lines[1][:column]) == lines[2].index("^^^^^^ here")


@pytest.mark.parametrize("name", ["full", "grouped"])
def test_people_are_told_what_could_not_be_told(made: Any, name: str) -> None:
    launches = Launches(graceful=9, killed=1, unknown=2)
    result = made.result(launches=launches, unread=(Unread("chart", "it is a chart"),))
    text = render(name, result)
    assert "2 of 12 launches could not be told; gracelint trace --unknown shows them" in text
    assert "chart is not read: it is a chart" in text


@pytest.mark.parametrize("name", ["full", "grouped", "html"])
def test_nothing_is_said_where_all_was_told(made: Any, name: str) -> None:
    assert "could not be told" not in render(name, made.result(launches=Launches(graceful=9)))
