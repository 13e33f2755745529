"""Value classes behave as the standard library's do."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import ClassVar

import pytest

from gracelint.base import values


@pytest.fixture(params=[dataclasses, values], ids=["standard", "ours"])
def kinds(request: pytest.FixtureRequest) -> SimpleNamespace:
    dataclass, field = request.param.dataclass, request.param.field

    @dataclass(frozen=True, slots=True)
    class Base:
        a: int

    @dataclass(frozen=True, slots=True)
    class Below(Base):
        kind: ClassVar[str] = "below"
        b: tuple[int, ...] = ()
        c: dict[str, int] = field(default_factory=dict)

    @dataclass(slots=True)
    class Loose:
        a: int = 0

    @dataclass(frozen=True, slots=True, order=True)
    class Ordered:
        line: int
        column: int

    @dataclass(frozen=True, slots=True, eq=False)
    class Distinct:
        a: int

    return SimpleNamespace(
        replace=request.param.replace,
        base=Base,
        below=Below,
        loose=Loose,
        ordered=Ordered,
        distinct=Distinct,
    )


def test_equal_values_are_equal(kinds: SimpleNamespace) -> None:
    base, below, loose = kinds.base, kinds.below, kinds.loose
    assert base(1) == base(1)
    assert base(1) != base(2)
    assert hash(base(1)) == hash(base(1))
    assert base(1) != below(1)
    assert below(1, (2,)) == below(a=1, b=(2,))
    assert len({base(1), base(1), base(2)}) == 2
    assert loose(1) == loose(1)
    with pytest.raises(TypeError, match="unhashable"):
        hash(loose(1))


def test_values_are_shown_copied_and_matched(kinds: SimpleNamespace) -> None:
    below = kinds.below
    assert repr(below(1)).endswith("Below(a=1, b=(), c={})")
    assert kinds.replace(below(1), b=(3,)) == below(1, (3,))
    match below(1, (2,)):
        case below(a, b):
            assert (a, b) == (1, (2,))
    assert below(1).c is not below(1).c
    assert below.kind == below(1).kind == "below"


def test_values_of_an_ordered_class_are_ordered(kinds: SimpleNamespace) -> None:
    early, late = kinds.ordered(1, 9), kinds.ordered(2, 1)
    assert early < late
    assert late > early
    assert sorted([late, early]) == [early, late]
    with pytest.raises(TypeError, match="not supported"):
        assert early < kinds.base(1)


def test_values_may_be_told_apart_that_hold_the_same(kinds: SimpleNamespace) -> None:
    one, other = kinds.distinct(1), kinds.distinct(1)
    assert one == one
    assert one != other
    assert len({one, other}) == 2


@pytest.mark.parametrize("given", [(), (1, 2)])
def test_a_value_takes_its_fields_and_no_others(
    kinds: SimpleNamespace, given: tuple[int, ...]
) -> None:
    with pytest.raises(TypeError, match="argument"):
        kinds.base(*given)
    with pytest.raises(TypeError, match="unexpected"):
        kinds.base(other=1)


def test_the_standard_library_knows_the_fields(kinds: SimpleNamespace) -> None:
    value = kinds.below(1)
    assert dataclasses.is_dataclass(value)
    assert [f.name for f in dataclasses.fields(value)] == ["a", "b", "c"]
    assert dataclasses.replace(value, a=2) == kinds.below(2)
    assert dataclasses.asdict(value) == {"a": 1, "b": (), "c": {}}
