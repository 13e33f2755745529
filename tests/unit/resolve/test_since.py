"""Which findings are new: matched by text, then by what is said, launch by launch."""

from __future__ import annotations

import pytest

from gracelint.base.source import Source
from gracelint.model.finding import Finding, Label, Rule, Severity
from gracelint.resolve.since import brought

RULE = Rule("GL101", "one", Severity.ERROR)
OTHER = Rule("GL102", "other", Severity.ERROR)


def finding(
    text: str = "CMD a",
    path: str = "Dockerfile",
    *launches: str,
    rule: Rule = RULE,
    message: str = "m",
    before: str = "",
) -> Finding:
    source = Source(path, f"{before}{text}\n")
    span = source.span(len(before), len(before) + len(text))
    return Finding(rule, Severity.ERROR, message, Label(span), workloads=launches)


@pytest.mark.parametrize(
    "now",
    [
        finding(),
        finding(before="# more\n\n"),
        finding("CMD   a"),
        finding(message="said otherwise"),
        finding("CMD a --more"),
    ],
    ids=["same", "moved", "blanks", "words", "text"],
)
def test_what_is_the_same(now: Finding) -> None:
    assert brought([now], [finding()], {}) == ([], [now])


@pytest.mark.parametrize(
    "now",
    [
        finding("CMD b", message="n"),
        finding(rule=OTHER),
        finding("CMD a", "other/Dockerfile"),
        finding("CMD a", "Dockerfile", "web"),
    ],
    ids=["text-and-words", "rule", "file", "launch"],
)
def test_what_is_new(now: Finding) -> None:
    assert brought([now], [finding()], {}) == ([now], [])


def test_as_many_as_there_were_are_old() -> None:
    first, second, third = finding(), finding(before="\n"), finding(before="\n\n")
    assert brought([first, second, third], [finding()] * 2, {}) == ([third], [first, second])


def test_a_finding_is_new_with_the_first_of_its_launches_that_is() -> None:
    old = finding("CMD a", "run.sh", "one", "two")
    fewer, more = finding("CMD a", "run.sh", "two"), finding("CMD a", "run.sh", "one", "three")
    assert brought([fewer], [old], {}) == ([], [fewer])
    assert brought([more], [old], {}) == ([more], [])


def test_renamed_files_rename_their_launches() -> None:
    old = finding("CMD a", "old/Dockerfile", "old/Dockerfile")
    now = finding("CMD a", "new/Dockerfile", "new/Dockerfile")
    assert brought([now], [old], {"new/Dockerfile": "old/Dockerfile"}) == ([], [now])
    assert brought([now], [old], {}) == ([now], [])


def test_a_text_that_is_found_again_is_not_taken_for_another_one() -> None:
    """The one whose text is the same is the old one, also where another comes first."""
    other, same = finding("CMD b"), finding(before="\n")
    assert brought([other, same], [finding()], {}) == ([other], [same])
