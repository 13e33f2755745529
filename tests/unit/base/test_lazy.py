"""Patterns that are compiled late do what others do."""

from __future__ import annotations

import re

import pytest

from gracelint.base import lazy


def test_a_lazy_pattern_is_a_pattern() -> None:
    made = lazy.compile(r"(a)b*", re.IGNORECASE)
    assert made.fullmatch("ABB")[1] == "A"
    assert [m.start() for m in made.finditer("ab ab")] == [0, 3]
    assert made.sub("x", "ab c") == "x c"
    assert made.pattern == r"(a)b*"


def test_it_is_compiled_at_its_first_use() -> None:
    broken = lazy.compile("(")
    with pytest.raises(re.error):
        broken.search("")
