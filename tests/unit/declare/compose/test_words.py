"""Compose's variables and its splitting of strings."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gracelint.base.edit import Edit
from gracelint.base.source import Source
from gracelint.declare.compose.interpolate import dotenv, interpolate
from gracelint.declare.compose.words import split

VARIABLES = {"A": "x", "EMPTY": "", "TWO": "a b"}


def value(text: str) -> str | None:
    return interpolate(Source("f", text), VARIABLES).value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("$A-${A}", "x-x"),
        ("$$A $${A}", "$A ${A}"),
        ("$$$A", "$x"),
        ("${N:-d} ${N-d} ${EMPTY:-d} ${EMPTY-d}", "d d d "),
        ("${A:+y}${EMPTY:+y}${EMPTY+y}", "yy"),
        ("${A:?must}", "x"),
        ("${N:-${M:-${A}}}", "x"),
        ("${N:-a-b:-c}", "a-b:-c"),
        ("$1 $ $( $", "$1 $ $( $"),
        ("${N:-$$x}", "$x"),
        ("${N}", None),
        ("${N:-${M}}", None),
        ("${N:?must}", None),
        ("${N:+y}", None),
        ("${A", None),
        ("${}", None),
        ("${A b}", None),
        ("${1}", None),
    ],
)
def test_interpolation(text, expected):
    assert value(text) == expected


def test_a_hole_keeps_the_text_around_it():
    found = interpolate(Source("f", "a ${N} $$b"), {})
    assert found.text.text == "a ${N} $b"
    (hole,) = found.holes
    assert found.text.span(hole.start, hole.end).text == "${N}"
    assert "$N" in found.reason


def test_an_edit_doubles_dollars_and_stays_out_of_variables():
    found = interpolate(Source("f", "run ${N:-app} $$x"), {})
    edit = Edit.insert(found.text, 4, "exec $y ")
    assert (edit.span.start, edit.content) == (4, "exec $$y ")
    assert Edit.insert(found.text, 5, "exec ") is None


def test_depth_and_growth_are_bounded():
    deep = "${N:-" * 500 + "x" + "}" * 500
    assert value(deep) is None
    lines = ["A=aaaaaaaaaa"] + [f"{chr(66 + i)}=${chr(65 + i)}${chr(65 + i)}" for i in range(24)]
    assert len(dotenv("\n".join(lines)).get("Y", "")) < 1_000_000


@given(st.text(alphabet="${}:-+?AN_ \n'\"\\x"))
def test_any_text_is_interpolated_and_split_without_an_error(text):
    found = interpolate(Source("f", text), VARIABLES)
    words = split(found)
    for word in words.words:
        assert word.value is None or word.text.text == word.value
        assert word.span.text
    dotenv(text)


@given(st.lists(st.text(alphabet="ab \t'\"\\$;&|<>()`é", max_size=8), max_size=5))
def test_quoted_words_come_back(words):
    text = " ".join(shlex.quote(word) for word in words).replace("$", "$$")
    assert [w.value for w in split(interpolate(Source("f", text), {})).words] == words


@given(st.text(alphabet="ab '\"\\", max_size=8), st.text(alphabet="ab $;'\"\\\n", max_size=5))
def test_what_is_inserted_is_read_back(word, added):
    source = Source("f", f'x {shlex.quote("b" + word)} "a{added.replace(chr(92), "")}c')
    found = split(interpolate(source, {}))
    if found.error:
        return
    word = found.words[1]
    edit = Edit.insert(word.text, 1, added)
    if edit is None:
        return
    text = source.text[: edit.span.start] + edit.content + source.text[edit.span.end :]
    again = split(interpolate(Source("f", text), {})).words[1]
    assert again.value == word.value[:1] + added + word.value[1:]


@pytest.mark.parametrize(
    ("text", "words", "dropped"),
    [
        ("a 'b c' \"d e\" f\\ g", ["a", "b c", "d e", "f g"], ""),
        ("a\n  b\tc", ["a", "b", "c"], ""),
        ("app && true", ["app"], "&& true"),
        ("app; x", ["app"], "; x"),
        ("app | tee log", ["app"], "| tee log"),
        ("app 2>&1", ["app"], ">&1"),
        ("app > log", ["app"], "> log"),
        ("'' \"\"", ["", ""], ""),
        ('"a\\"b" "\\n"', ['a"b', "\n"], ""),
        ("'a\\n'", ["a\\n"], ""),
        ("a'b'\"c\"d", ["abcd"], ""),
        ("echo $$(date +%s) `id -u`", ["echo", "$(date +%s)", "`id -u`"], ""),
        ("", [], ""),
    ],
)
def test_splitting(text, words, dropped):
    found = split(interpolate(Source("f", text), {}))
    assert [w.value for w in found.words] == words
    assert (found.dropped, found.error) == (dropped, "")


@pytest.mark.parametrize("text", ["'a", '"a', "a\\", "(a)", "a (b", "b)", "`a", "$$(a"])
def test_text_that_compose_rejects(text):
    found = split(interpolate(Source("f", text), {}))
    assert found.error
    assert found.words == ()


def test_words_with_unknown_variables():
    found = split(interpolate(Source("f", "a $N '$N' x$N"), {}))
    assert [w.value for w in found.words] == ["a", None, None, None]
    assert [w.many for w in found.words] == [False, True, False, False]


def test_dotenv():
    text = (
        "# c\nA=1 # c\nexport B=\"x $A\\n\" # c\r\nC='q $A\\'' \nD: 4\nE=\nF=$OUT\n"
        'bad line\nG="a\nb"\nH=a#b\nI = 7\n = 8\nJ="open\nK=1\n'
    )
    assert dotenv(text, {"Z": "0"}) == {
        "A": "1",
        "B": "x 1\n",
        "C": "q $A'",
        "D": "4",
        "E": "",
        "G": "a\nb",
        "H": "a#b",
        "I": "7",
        "J": '"open',
        "K": "1",
    }
