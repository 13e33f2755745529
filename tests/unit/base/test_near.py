"""What was probably meant by a mistyped word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gracelint.base.near import MAX_LENGTH, distance, hint, nearest

KNOWN = ("GL101", "GL102", "GL401", "fail-level", "kubernetes-version", "missing-init")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("fail-levle", "fail-level"),
        ("fail_level", "fail-level"),
        ("FAIL-LEVEL", "fail-level"),
        ("kuberntes-verison", "kubernetes-version"),
        ("GL1O1", "GL101"),
        ("GL\u200b101", "GL101"),  # a space of no width
        ("\u202eGL401", "GL401"),  # from right to left
        ("\uff27\uff2c\uff11\uff10\uff11", "GL101"),  # of full width
        ("mising-init", "missing-init"),
        ("GL", None),
        ("exclude", None),
        ("", None),
        ("\u200b", None),
        ("fail-level" * 100, None),
    ],
)
def test_the_word_that_looks_most_like_it(word: str, meant: str | None) -> None:
    assert nearest(word, KNOWN) == meant


def test_of_words_as_near_the_first_is_meant() -> None:
    assert nearest("GL10", KNOWN) == "GL101"


def test_what_to_do() -> None:
    assert hint("fail-levle", KNOWN, "see --help") == "did you mean `fail-level`?"
    assert hint("x", KNOWN, "see --help") == "see --help"


def slow(a: str, b: str) -> int:
    """The same without a bound, as its definition has it (optimal string alignment)."""
    if not a or not b:
        return len(a) + len(b)
    best = min(slow(a[1:], b) + 1, slow(a, b[1:]) + 1, slow(a[1:], b[1:]) + (a[0] != b[0]))
    if len(a) > 1 and len(b) > 1 and a[0] == b[1] and a[1] == b[0]:
        best = min(best, slow(a[2:], b[2:]) + 1)
    return best


SHORT = st.text("abc", max_size=4)


@given(SHORT, SHORT, st.integers(1, 6))
def test_letters_put_in_left_out_changed_and_exchanged_are_counted(
    a: str, b: str, least: int
) -> None:
    assert distance(a, b, least) == min(slow(a, b), least)


@given(st.text(max_size=MAX_LENGTH))
def test_every_word_is_compared(word: str) -> None:
    assert nearest(word, KNOWN) in {None, *KNOWN}
