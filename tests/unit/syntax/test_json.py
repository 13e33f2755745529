"""Strings of JSON with their places."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gracelint.base.source import Source
from gracelint.syntax.json import MAX_DEPTH, MAX_SIZE, string, string_at, strings

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(TEXT, TEXT, st.booleans())
def test_a_json_string_is_read_with_its_places(value: str, other: str, ascii_only: bool) -> None:
    source = Source(
        "p", json.dumps({"x": [other, {"k": other}], "k": value}, ensure_ascii=ascii_only)
    )
    found = string(source, "k")
    assert found is not None
    assert found.value == value
    assert found.span is not None
    assert json.loads(found.span.text) == value
    if found.text is not None:
        assert found.text.text == value
        spans = [found.text.span(i, i + 1) for i in range(len(value))]
        read = [json.loads(f'"{span.text}"') for span in spans]
        assert "".join(read) == value


@given(st.text('{}[]:,"\\ak1u ', max_size=30))
def test_no_text_breaks_the_reading_of_json(text: str) -> None:
    found = string(Source("p", text), "k")
    assert found is None or found.value is not None


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        (r'"a\n\u00e9"', "a\n\u00e9"),
        (r'"\ud83d\ude00"', "\U0001f600"),
        (r'"\ud83d"', "\ufffd"),
        (r'"\ude00\ud83d"', "\ufffd\ufffd"),
        ('"\udc80"', "\ufffd"),
        ('""', ""),
        (r'"\x"', None),
        (r'"\u12"', None),
        ('"a\tb"', None),
        ('"a', None),
        ('"a\\', None),
    ],
)
def test_a_string_is_read_as_json_has_it(literal: str, value: str | None) -> None:
    found = string_at(Source("p", literal), 0, len(literal))
    assert (found and found.text.text) == value


PLAIN = st.text("ab", max_size=3)
DATA = st.recursive(
    PLAIN | st.integers() | st.none() | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PLAIN, inner, max_size=3),
    max_leaves=12,
)


def values(data: object, path: tuple[str | int, ...] = ()) -> list[tuple[object, str]]:
    """All strings of `data` with the way to each."""
    if isinstance(data, str):
        return [(path, data)]
    if not isinstance(data, list | dict):
        return []
    items = data.items() if isinstance(data, dict) else enumerate(data)
    return [one for key, value in items for one in values(value, (*path, key))]


@given(DATA, st.sampled_from([None, 2]))
def test_every_string_is_found_with_the_way_to_it(data: object, indent: int | None) -> None:
    text = json.dumps(data, indent=indent)
    found = [(path, json.loads(text[start:end])) for path, start, end in strings(Source("p", text))]
    assert found == values(data)


def test_of_several_the_last_counts() -> None:
    found = string(Source("p", '{"k": "a", "k": "b"}'), "k")
    assert found is not None
    assert found.value == "b"


def test_hostile_texts_are_left_alone() -> None:
    assert string(Source("p", '{"k": "a"}' + " " * MAX_SIZE), "k") is None
    deep = Source("p", "[" * (MAX_DEPTH + 1) + '"a"')
    assert list(strings(deep)) == []
    assert list(strings(Source("p", '"' + r"\"" * 300_000))) == [((), 0, 600_001)]
