"""Wildcards: what they match is what shells and git say, and no pattern takes long."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gracelint.base import patterns
from gracelint.declare.image.context import Ignore
from gracelint.files import ignore
from gracelint.syntax.dockerfile.trim import trimmed

LONG = "a" * 240
STARS = "*a" * 12 + "*b"


@given(st.text("ab*", max_size=8), st.text("ab", max_size=10))
def test_stars_match_what_they_match_elsewhere(pattern: str, text: str) -> None:
    pieces = [".*" if char == "*" else char for char in pattern]
    regex = re.compile(patterns.joined(pieces, ".*"), re.DOTALL)
    assert bool(regex.fullmatch(text)) == fnmatchcase(text, pattern)
    assert patterns.matches(text, pattern) == fnmatchcase(text, pattern)


@given(st.text("ab*", max_size=8), st.text("ab", max_size=10), st.booleans())
def test_the_shortest_and_the_longest_beginning(pattern: str, text: str, greedy: bool) -> None:
    fits = [n for n in range(len(text) + 1) if fnmatchcase(text[:n], pattern)]
    cut = max(fits) if greedy and fits else min(fits, default=0)
    assert trimmed(text, "#", "#" * greedy + pattern) == text[cut:]
    assert patterns.cut(text, pattern, "##" if greedy else "#") == text[cut:]


@given(st.text("ab*?/", max_size=10), st.text("ab/", min_size=1, max_size=10))
def test_hardened_patterns_of_git_mean_the_same(pattern: str, path: str) -> None:
    from pathspec import GitIgnoreSpec

    try:
        plain = GitIgnoreSpec.from_lines([pattern])
    except ValueError:
        return
    if pattern.count("**") <= patterns.MAX_DEEP:
        assert ignore.ignoring(pattern).match_file(path) == plain.match_file(path)


def test_patterns_with_many_stars_come_to_an_end() -> None:
    assert patterns.matches(LONG, STARS) is False
    assert patterns.cut(LONG, STARS, "##") == LONG
    assert trimmed(LONG, "#", "#" + STARS) == LONG
    assert not Ignore.parse(STARS)(LONG)
    assert not ignore.ignoring(STARS).match_file(LONG)


@pytest.mark.parametrize("pattern", ["*[(?]" * 9 + "b", "**/a/" * 9 + "b"])
def test_patterns_that_would_take_long_match_nothing(pattern: str) -> None:
    path = "/".join("(" * 200 if "(" in pattern else "a" for _ in range(300))
    assert not ignore.ignoring(pattern).match_file(path)


def test_patterns_longer_than_a_path_may_be_are_not_read() -> None:
    text = "a" * (patterns.MAX_LENGTH + 1)
    assert patterns.matches("a", text) is None
    assert not Ignore.parse(text)(text)
    assert not ignore.ignoring(text).match_file(text)


@pytest.mark.parametrize("pattern", ["@(a|aa)" * 40 + "b", "+(a)+(a)+(a)b", "?(a|aa)" * 30 + "b"])
def test_groups_that_fit_in_many_ways_are_not_tried(pattern: str) -> None:
    assert patterns.matches(LONG, pattern) is None
    assert patterns.cut(LONG, pattern, "##") is None
    assert patterns.replaced(LONG, pattern, "x", every=True, anchor="") is None


def test_a_long_text_is_replaced_in_at_once() -> None:
    assert patterns.replaced("ab" * 2000, "a?", "x", every=True, anchor="") == "x" * 2000
    assert patterns.replaced("abcabd", "b*c", "x", every=True, anchor="") == "axabd"
    assert patterns.replaced("foobar", "@(fo|foo)", "x", every=False, anchor="#") == "xbar"
