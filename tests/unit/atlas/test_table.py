"""What a pattern of the atlas is looked at for before it is tried."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gracelint.atlas.compile import kinds, part, read

PATTERNS = sorted({p for k in kinds() for t in read(k).values() for p in t.get("patterns", ())})


@given(st.sampled_from(PATTERNS).flatmap(lambda p: st.tuples(st.just(p), fitting(p))))
def test_what_fits_a_pattern_holds_its_part(drawn: tuple[str, str]) -> None:
    pattern, text = drawn
    assert part(pattern) in text


def fitting(pattern: str) -> st.SearchStrategy[str]:
    return st.from_regex(pattern, fullmatch=True)


@pytest.mark.parametrize(
    ("pattern", "plain"),
    [
        ("a|b", ""),
        ("abc?d", "ab"),
        ("ab{123}c", "a"),
        ("a+bcd", "bcd"),
        ("(.*/)?proxyv2", "proxyv2"),
        (r"x(a(b)c)ghcr\.io/[\]ab]\d", "ghcr.io/"),
        (r"(a|b)\(longer", "(longer"),
    ],
)
def test_the_longest_run_outside_of_groups_is_its_part(pattern: str, plain: str) -> None:
    assert part(pattern) == plain
