"""systemd unit files: what a value holds, and where it stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gracelint.base.source import Source
from gracelint.syntax.units import Unit, words


def unit(text: str) -> Unit:
    return Unit(Source("web.container", text))


def test_a_line_that_ends_in_a_backslash_goes_on_behind_comments() -> None:
    read = unit("[Container]\nExec=a \\\n# between\n  b c\nImage=x\n")
    exec_ = read.last("Container", "Exec")
    assert exec_ is not None
    assert [w.value for w in words(exec_)] == ["a", "b", "c"]
    assert [w.span.text for w in words(exec_) if w.span] == ["a", "b", "c"]
    assert read.last("Container", "Image").text == "x"


def test_an_empty_value_forgets_the_earlier_ones() -> None:
    read = unit("[Container]\nEnvironment=A=1\nEnvironment=\nEnvironment=B=2\n")
    assert [s.text for s in read.all("Container", "Environment")] == ["B=2"]


def test_a_key_counts_in_its_own_section_only() -> None:
    read = unit("[Service]\nImage=no\n[Container]\nImage=yes\n")
    assert read.last("Container", "Image").text == "yes"
    assert read.last("Container", "Exec") is None


@pytest.mark.parametrize(
    ("written", "values"),
    [
        ("a 'b c' \"d e\"", ["a", "b c", "d e"]),
        (r"a\sb", ["a b"]),
        ("cost$$5 100%%", ["cost$5", "100%"]),
        ("a $HOME %n", ["a", None, None]),
    ],
)
def test_words_are_those_that_systemd_splits(written: str, values: list[str | None]) -> None:
    setting = unit(f"[Container]\nExec={written}\n").last("Container", "Exec")
    assert setting is not None
    assert [w.value for w in words(setting)] == values


@given(st.text(alphabet="[]=\\\n\r#; abC\"'$%"))
def test_any_text_is_read_and_every_place_lies_in_it(text: str) -> None:
    source = Source("x.container", text)
    for setting in Unit(source).settings:
        assert 0 <= setting.key.start <= setting.key.end <= len(text)
        assert setting.key.text == setting.name
        for word in words(setting):
            assert word.span is not None
            assert 0 <= word.span.start <= word.span.end <= len(text)


def test_more_words_than_a_command_has_are_one_unknown_rest() -> None:
    exec_ = unit("[Container]\nExec=" + "x " * 30_005 + "\n").last("Container", "Exec")
    assert exec_ is not None
    *read, rest = words(exec_)
    assert {w.value for w in read} == {"x"}
    assert (len(read), rest.value, rest.many) == (30_000, None, True)
