"""Value classes behave as the standard library's do."""

from __future__ import annotations

import dataclasses
from dataclasses import field, fields, replace

import pytest

from gracelint import values


@pytest.fixture(params=[dataclasses.dataclass, values.dataclass], ids=["standard", "ours"])
def kinds(request: pytest.FixtureRequest) -> tuple[type, type, type]:
    dataclass = request.param

    @dataclass(frozen=True, slots=True)
    class Base:
        a: int

    @dataclass(frozen=True, slots=True)
    class Below(Base):
        b: tuple[int, ...] = ()
        c: dict[str, int] = field(default_factory=dict)

    @dataclass(slots=True)
    class Loose:
        a: int = 0

    return Base, Below, Loose


def test_equal_values_are_equal(kinds: tuple[type, type, type]) -> None:
    base, below, loose = kinds
    assert base(1) == base(1)
    assert base(1) != base(2)
    assert hash(base(1)) == hash(base(1))
    assert base(1) != below(1)
    assert below(1, (2,)) == below(a=1, b=(2,))
    assert len({base(1), base(1), base(2)}) == 2
    assert loose(1) == loose(1)
    with pytest.raises(TypeError, match="unhashable"):
        hash(loose(1))


def test_values_are_shown_copied_and_matched(kinds: tuple[type, type, type]) -> None:
    base, below, _ = kinds
    assert repr(below(1)).endswith("Below(a=1, b=(), c={})")
    assert replace(below(1), b=(3,)) == below(1, (3,))
    assert [f.name for f in fields(below)] == ["a", "b", "c"]
    match below(1, (2,)):
        case below(a, b):
            assert (a, b) == (1, (2,))
    assert below(1).c is not below(1).c
    assert not hasattr(base(1), "__dict__")
    with pytest.raises(TypeError):
        base()
