"""Extended regular expressions and shells' groups: what bash says, and no pattern takes long."""

from __future__ import annotations

import pytest

from gracelint.base import expressions, patterns

TEXTS = ["", "serve", "a.b", "axb", "-h", "10.0.0.1", "https://x", "a]b", "a\n"]


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("^(serve|run)$", {"serve"}),
        (r"a\.b", {"a.b"}),
        ("^-", {"-h"}),
        (r"^[0-9]+(\.[[:digit:]]{1,3})+$", None),
        (r"^[0-9]+\.[[:digit:]]{1,3}\.", {"10.0.0.1"}),
        ("^https?://", {"https://x"}),
        ("[]]", {"a]b"}),
        ("^a?$", {""}),
        ("[^a-z]x", {"https://x"}),
        (r"\d", None),
        ("[[:word:]-", None),
        ("(", None),
        ("*", None),
    ],
)
def test_extended_expressions(pattern: str, fits: set[str] | None) -> None:
    found = {text: expressions.search(text, pattern) for text in TEXTS}
    if fits is None:
        assert set(found.values()) == {None}
    else:
        assert {text for text, hit in found.items() if hit} == fits


def test_the_groups_of_a_match() -> None:
    hit = expressions.search("db:5432", "^([a-z]+):([0-9]+)$")
    assert hit
    assert not isinstance(hit, bool)
    assert hit.groups() == ("db", "5432")


def test_escaped_text_stands_for_itself() -> None:
    text = "a(b)[c]{1}.*+?|^$\\"
    assert expressions.search(text, f"^{expressions.escaped(text)}$")


def test_many_repetitions_over_a_long_text_are_not_tried() -> None:
    assert expressions.search("a" * 200, "a*a*a*a*a*b") is None
    assert expressions.search("a" * 200, "(a?){9}b") is None
    assert expressions.search("a" * 200, "(a?b?c?d?e?f?g?h?i?j?k?)l") is None
    assert expressions.search("a" * 200, "(aa|aa)" * 25 + "b") is None
    assert expressions.search("a" * 200, "(nginx|php)(-fpm|-worker)?: (master|pool)") is False


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("@(serve|run)", {"serve"}),
        ("!(serve|run)", {"", "a.b", "axb", "-h", "10.0.0.1", "https://x", "a]b", "a\n"}),
        ("+([a-z])", {"serve", "axb"}),
        ("a@(.|x)b", {"a.b", "axb"}),
        ("?(-)h", {"-h"}),
        ("*([[:alpha:]])", {"", "serve", "axb"}),
        ("[[:digit:]]*", {"10.0.0.1"}),
        ("+(a|b)", None),
        ("@(a*|b)", None),
        ("a!(.)b", None),
        ("*+(x)*b", None),
    ],
)
def test_groups_in_shell_patterns(pattern: str, fits: set[str] | None) -> None:
    found = {text: patterns.matches(text, pattern) for text in TEXTS}
    if fits is None:
        assert set(found.values()) == {None}
    else:
        assert {text for text, hit in found.items() if hit} == fits
