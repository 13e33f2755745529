"""Ignores and merging: weighed for each launch, then one text once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gracelint.base.edit import Edit
from gracelint.base.source import Source, Span
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity
from gracelint.model.options import Options
from gracelint.model.suppression import Ignore
from gracelint.resolve.merge import Reported, merged, resolve
from gracelint.settings.selection import enabled

RULE = Rule("GL101", "shell-form-entrypoint", Severity.ERROR)
SOURCE = Source("dir/a", "line one\nline two\n")
SCRIPT = Source("run.sh", "exec\n")


def finding(start: int = 0, *, source: Source = SOURCE, **more: object) -> Finding:
    return Finding(RULE, RULE.severity, "m", Label(source.span(start, start + 4)), **more)


def ignore(covers: Span | None, source: Source = SOURCE, code: str = "GL101") -> Ignore:
    return Ignore(code, source.span(0, 1), source.span(0, 1), covers)


@pytest.mark.parametrize(
    ("covers", "source", "code", "out"),
    [
        (SOURCE.span(0, 9), SOURCE, "GL101", True),
        (SOURCE.span(9, 17), SOURCE, "GL101", False),
        (None, SOURCE, "GL101", True),
        (None, SCRIPT, "GL101", False),
        (None, SOURCE, "GL102", False),
    ],
)
def test_an_ignore_covers_its_place(covers: Span, source: Source, code: str, out: bool) -> None:
    given = ignore(covers, source, code)
    result = resolve([Reported(finding(), Options())], [given])
    assert bool(result.suppressed) is out
    assert bool(result.active) is not out
    assert (given in result.used) is out


def test_an_ignore_at_a_cause_counts() -> None:
    cause = Label(SCRIPT.span(0, 4))
    result = resolve([Reported(finding(causes=(cause,)), Options())], [ignore(None, SCRIPT)])
    assert result.suppressed
    assert not result.active


def test_an_ignore_is_weighed_for_each_launch() -> None:
    """What one service asks to leave out stays a finding of the other's."""
    shared = finding(source=SCRIPT)
    one, two = SOURCE.span(0, 8), SOURCE.span(9, 17)
    reported = [
        Reported(replace(shared, workloads=("one",)), Options(), (one,)),
        Reported(replace(shared, workloads=("two",)), Options(), (two,)),
    ]
    result = resolve(reported, [ignore(one)])
    assert [f.workloads for f in result.active] == [("two",)]
    assert [f.workloads for f in result.suppressed] == [("one",)]


def test_one_text_is_one_finding_with_all_its_launches() -> None:
    label = Label(SCRIPT.span(0, 4), "here")
    same = [
        finding(workloads=("a",), related=(label,)),
        finding(workloads=("b",), related=(label,)),
        finding(9, workloads=("a",)),
    ]
    first, second = merged(reversed(same))
    assert sorted(first.workloads) == ["a", "b"]
    assert first.related == (label,)
    assert second.primary.span.start == 9


def test_the_most_cautious_fix_of_a_shared_text_is_offered() -> None:
    safe = Fix("t", Applicability.SAFE, (Edit(SOURCE.span(0, 1), ""),))
    unsafe = replace(safe, applicability=Applicability.UNSAFE)
    (one,) = merged([finding(fixes=(safe,)), finding(fixes=(unsafe,))])
    assert one.fixes == (unsafe,)
    (none,) = merged([finding(fixes=(safe,)), finding()])
    assert none.fixes == ()


def test_the_worst_severity_of_a_shared_text_holds() -> None:
    (one,) = merged([replace(finding(), severity=Severity.INFO), finding()])
    assert one.severity is Severity.ERROR


@pytest.mark.parametrize(
    ("patterns", "out"),
    [
        ({"dir/**": ("GL1",)}, True),
        ({"a": ("GL101",)}, True),
        ({"/dir/**/a": ("GL101",)}, True),
        ({"dir/**": ("GL2",)}, False),
        ({"other/*": ("GL1",)}, False),
        ({"/a": ("GL1",)}, False),
        ({"/elsewhere/**/*": ("GL1",)}, False),
    ],
)
def test_ignores_by_path(patterns: dict[str, tuple[str, ...]], out: bool) -> None:
    options = Options(per_file_ignores=patterns)
    assert bool(resolve([Reported(finding(), options)], []).suppressed) is out


def test_settings_give_a_rule_its_level() -> None:
    options = Options(severity={"GL101": Severity.INFO})
    (one,) = resolve([Reported(finding(), options)], []).active
    assert one.severity is Severity.INFO


OFF = replace(RULE, enabled=False)


@pytest.mark.parametrize(
    ("rule", "options", "applied"),
    [
        (RULE, Options(), True),
        (OFF, Options(), False),
        (OFF, Options(extend_select=("GL1",)), True),
        (OFF, Options(select=("ALL",)), True),
        (OFF, Options(select=("GL101",)), True),
        (RULE, Options(select=("GL2",)), False),
        (RULE, Options(ignore=("GL1",)), False),
        (RULE, Options(ignore=("ALL",)), False),
        (RULE, Options(select=("GL101",), ignore=("GL1",)), True),
        (RULE, Options(select=("GL1",), ignore=("GL101",)), False),
        (RULE, Options(select=("GL101",), ignore=("GL101",)), False),
        (RULE, Options(severity={"GL101": None}), False),
        (RULE, Options(select=("GL101",), severity={"GL101": None}), False),
    ],
)
def test_what_says_more_of_a_rule_decides(rule: Rule, options: Options, applied: bool) -> None:
    assert enabled(rule, options) is applied
