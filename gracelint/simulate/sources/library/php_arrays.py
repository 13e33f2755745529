"""What PHP's functions do with arrays: lists and dictionaries in one."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library.base import chosen
from gracelint.simulate.sources.library.plain import Table, spliced, until_end
from gracelint.simulate.sources.machine.operations import same
from gracelint.simulate.sources.machine.values import (
    NOTHING,
    Closure,
    Items,
    Record,
    Thing,
    certain,
    key_of,
    listed,
    ordered,
    spelled,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gracelint.simulate.sources.machine.state import Given

ARRAYS = Table()


def _held(value: Any) -> Items | None:
    """An array as a list with keys."""
    if isinstance(value, Record) and value.kind == "dict":
        whole = not value.open
        return Items(list(value.fields.values()), whole, list(value.fields))
    return value if isinstance(value, Items) else None


@ARRAYS.add("array_shift", "array_pop")
def _end(given: Given) -> Any:
    held = given.get(0)
    if isinstance(held, Record) and held.fields and not held.open:
        return _end_of_named(held, first=given.path == "array_shift")
    if not isinstance(held, Items):
        return NOTHING
    if not held.items:
        return None
    at = 0 if given.path == "array_shift" else -1
    value = held.items.pop(at)
    if held.keys is not None:
        held.keys.pop(at)
        held.keys = _numbered(held.keys) if at == 0 else held.keys
    return value


def _end_of_named(held: Record, *, first: bool) -> Any:
    keys, values = list(held.fields), list(held.fields.values())
    value = values.pop(0 if first else -1)
    keys.pop(0 if first else -1)
    names = map(str, _numbered(keys)) if first else keys
    held.fields = dict(zip(names, values, strict=True))
    return value


def _numbered(keys: list[Any]) -> list[Any]:
    """Keys that are numbers begin at 0 again; texts stay."""
    numbers = itertools.count()
    return [key if _is_text(key) else next(numbers) for key in keys]


def _is_text(key: Any) -> bool:
    """Whether a key is no number; the keys of a dictionary are all held as texts."""
    return isinstance(key, str) and not key.isdecimal()


def _array(pairs: Iterable[tuple[Any, Any]], *, whole: bool) -> Items:
    """An array of these keys and values, those under a text only once."""
    named, keys, values = dict[str, int](), list[Any](), list[Any]()
    for key, value in pairs:
        if key in named:
            values[named[key]] = value
            continue
        if _is_text(key):
            named[key] = len(keys)
        keys.append(key)
        values.append(value)
    held = listed(values, whole=whole)
    held.keys = _numbered(keys)[: len(held.items)] if named else None
    return held


def _pairs(held: Items) -> list[tuple[Any, Any]]:
    return list(zip(held.places, held.items, strict=True))


@ARRAYS.add("array_push")
def _push(given: Given) -> Any:
    held = given.get(0)
    if not isinstance(held, Items):
        return NOTHING
    held.add(*given.arguments[1:])
    return len(held.items)


@ARRAYS.add("array_unshift")
def _unshift(given: Given) -> Any:
    held = given.get(0)
    if not isinstance(held, Items) or held.keys is not None:
        return NOTHING
    held.items[:0] = given.arguments[1:]
    return len(held.items) if held.whole else NOTHING


@ARRAYS.add("usort", "shuffle")
def _reordered(given: Given) -> Any:
    """In place, in an order that is not worked out."""
    held = given.get(0)
    if isinstance(held, Items):
        held.items, held.keys = ordered(held.items, None), None
    return NOTHING


@ARRAYS.add("array_slice")
def _slice(given: Given) -> Any:
    held, first, length = _held(given.get(0)), given.get(1), given.get(2)
    if held is None or not isinstance(first, int) or not isinstance(length, int | None):
        return NOTHING
    rest = _pairs(held)[first:]
    return _array(rest if length is None else rest[:length], whole=held.whole)


@ARRAYS.add("\0copy")
def _copy(given: Given) -> Any:
    """What an assignment gives: a list of its own."""
    return _copied(given.get(0), 0)


def _copied(held: Any, depth: int) -> Any:
    if depth > _DEPTH:
        return held
    if isinstance(held, Record) and held.kind == "dict":
        fields = {key: _copied(value, depth + 1) for key, value in held.fields.items()}
        return Record("dict", fields, open=held.open)
    if not isinstance(held, Items):
        return held
    items = [_copied(value, depth + 1) for value in held.items]
    return Items(items, held.whole, None if held.keys is None else list(held.keys))


_DEPTH = 10


@ARRAYS.add("array_splice")
def _splice(given: Given) -> Any:
    held, *rest = given.arguments
    if not isinstance(held, Items) or held.keys is not None or not rest:
        return NOTHING
    more = rest[2].items if len(rest) > 2 and isinstance(rest[2], Items) else rest[2:]
    return spliced(held, [*until_end(held, rest[:2]), *more])


@ARRAYS.add("ksort", "krsort")
def _sort_keys(given: Given) -> Any:
    """In place; of keys that are all texts or all numbers."""
    held = given.get(0)
    if isinstance(held, Record):
        keys = list(held.fields)
    elif isinstance(held, Items):
        keys = list(held.places)
    else:
        return NOTHING
    if len({type(key) for key in keys}) < 2:
        keys.sort(reverse=given.path == "krsort")
    if isinstance(held, Record):
        held.fields = {key: held.fields[key] for key in keys}
    else:
        held.items = [held.items[held.places.index(key)] for key in keys]
        held.keys = keys
    return True


@ARRAYS.add("sort", "rsort")
def _sort(given: Given) -> Any:
    """In place, and no longer under the keys there were."""
    held = given.get(0)
    if isinstance(held, Record):
        held.fields, held.open = {}, True
    if not isinstance(held, Items):
        return NOTHING
    backwards = given.path == "rsort"
    held.items = ordered(held.items, lambda value: value, backwards=backwards)
    held.keys = None
    return True


@ARRAYS.add("array_reverse", "array_unique")
def _arranged(given: Given) -> Any:
    held = _held(given.get(0))
    if held is None or len(given.arguments) > 1:
        return NOTHING
    pairs = _pairs(held)
    if given.path == "array_reverse":
        return _array(pairs[::-1], whole=held.whole)
    texts = [spelled(value) for value in held.items]
    kept = [pair for at, pair in enumerate(pairs) if texts[at] not in texts[:at]]
    sure = held.whole and (None not in texts or len(texts) < 2)
    return Items([value for _, value in kept], sure, [key for key, _ in kept])


@ARRAYS.add("array_sum")
def _sum(given: Given) -> Any:
    held = _held(given.get(0))
    whole = held is not None and held.whole and all(isinstance(v, int) for v in held.items)
    return sum(held.items) if held is not None and whole else NOTHING


@ARRAYS.add("array_merge")
def _merge(given: Given) -> Any:
    parts = [_held(value) for value in given.arguments]
    arrays = [part for part in parts if part is not None]
    whole = len(arrays) == len(parts) and all(part.whole for part in arrays)
    return _array([pair for part in arrays for pair in _pairs(part)], whole=whole)


@ARRAYS.add("array_diff", "array_filter")
def _diff(given: Given) -> Any:
    """What is not among the items of the others; without others, what counts as true."""
    held = _held(given.get(0))
    if given.path == "array_filter" and held is not None and held.whole and held.items:
        function = given.get(1)
        if isinstance(function, Closure) and len(given.arguments) == 2:
            given.receiver = Items(list(held.items))
            return chosen(given, function, "kept")
    others = [_held(value) for value in given.arguments[1:]]
    if held is None or None in others or (given.path == "array_filter" and others):
        return NOTHING
    gone = {key_of(value) for other in others if other is not None for value in other.items}
    truth = given.machine.library.truth
    if others:
        kept = [(key, v) for key, v in _pairs(held) if key_of(v) is None or key_of(v) not in gone]
        known = all(certain(key) for key in (*gone, *map(key_of, held.items if gone else ())))
        sure = known and all(other is None or other.whole for other in others)
    else:
        kept = [(key, v) for key, v in _pairs(held) if truth(v) is not False]
        sure = None not in map(truth, held.items)
    sure = sure and held.whole
    return Items([value for _, value in kept], sure, [key for key, _ in kept])


@ARRAYS.add("array_keys", "array_values")
def _parts(given: Given) -> Any:
    held = _held(given.get(0))
    if held is None:
        return NOTHING
    return Items(list(held.places if given.path == "array_keys" else held.items), held.whole)


@ARRAYS.add("in_array", "array_search", "array_key_exists")
def _search(given: Given) -> Any:
    wanted, held = given.get(0), _held(given.get(1))
    if held is None or isinstance(wanted, Thing):
        return NOTHING
    if given.path == "array_key_exists":
        there = spelled(wanted) in map(spelled, held.places)
        return there or (False if held.whole else NOTHING)
    operator = "===" if given.get(2) is True else "=="
    for place, value in zip(held.places, held.items, strict=True):
        found = same("php", operator, wanted, value)
        if found is not False:
            return NOTHING if found is None else place if given.path == "array_search" else True
    return False if held.whole else NOTHING


@ARRAYS.add("count", "sizeof")
def _count(given: Given) -> Any:
    held = _held(given.get(0))
    return len(held.items) if held is not None and held.whole else NOTHING
