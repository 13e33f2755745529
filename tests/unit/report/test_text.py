from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gracelint.report.text import cells, fill, pad, paint, shorten, visible

ANY = st.text(st.characters(codec=None))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("two\nlines\r\t", "two\\nlines\\r\\t"),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("\x9b31m", "\\x9b31m"),
        ("a\u202eb", "a\\u{202e}b"),
        (b"\xff".decode("utf-8", "surrogateescape"), "\\xff"),
        ("\ud800", "\\u{d800}"),
        ("漢字 é", "漢字 é"),
    ],
)
def test_what_a_terminal_would_obey_is_spelled_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(ANY)
def test_nothing_hidden_is_left(text: str) -> None:
    left = {unicodedata.category(char) for char in visible(text) if char not in "\u200d\ufe0f"}
    assert not left & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@given(ANY)
def test_what_is_visible_can_be_written_anywhere(text: str) -> None:
    assert visible(text).encode("utf-8").decode("utf-8") == visible(text)


def test_wide_and_combining_characters_are_counted_as_they_are_drawn() -> None:
    assert cells("ab") == 2
    assert cells("漢字") == 4
    assert cells("e\u0301") == 1


@given(ANY, st.integers(1, 40))
def test_shortened_text_fits(text: str, width: int) -> None:
    shown = visible(text)
    assert cells(shorten(shown, width)) <= width
    assert shorten(shown, cells(shown)) == shown


@given(st.lists(st.text("abc漢", min_size=1, max_size=10), min_size=1), st.integers(20, 60))
def test_lines_are_broken_at_blanks_only(given_words: list[str], width: int) -> None:
    lines = fill(" ".join(given_words), width)
    assert " ".join(lines).split() == given_words
    assert all(cells(line) <= width for line in lines)


def test_short_code_is_not_broken() -> None:
    assert fill("start it with `node server.js & wait` there", 20) == [
        "start it with",
        "`node server.js & wait`",
        "there",
    ]


def test_paint_and_pad() -> None:
    assert paint("x", "error", color=True) == "\x1b[1;31mx\x1b[0m"
    assert paint("x", "error", color=False) == "x"
    assert paint("", "error", color=True) == ""
    assert pad("漢", 4) == "漢  "


@given(ANY, st.integers(4, 30))
def test_hard_breaks_let_nothing_run_over(text: str, width: int) -> None:
    lines = fill(text, width, hard=True)
    assert all(cells(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == visible(text).replace(" ", "")
