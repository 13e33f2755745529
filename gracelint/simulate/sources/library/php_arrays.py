"""What PHP's functions do with arrays: lists and dictionaries in one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library.plain import Table, spliced
from gracelint.simulate.sources.machine.values import (
    NOTHING,
    Items,
    Record,
    Thing,
    listed,
    ordered,
    unique,
)

if TYPE_CHECKING:
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
    if not isinstance(held, Items):
        return NOTHING
    if not held.items:
        return None
    at = 0 if given.path == "array_shift" else -1
    if held.keys is not None:
        held.keys.pop(at)
    return held.items.pop(at)


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
    rest = held.items[first:]
    return Items(rest if length is None else rest[:length], held.whole)


@ARRAYS.add("\0copy")
def _copy(given: Given) -> Any:
    """What an assignment gives: a list of its own."""
    held = given.get(0)
    if isinstance(held, Record) and held.kind == "dict":
        return Record("dict", dict(held.fields), open=held.open)
    if not isinstance(held, Items):
        return held
    return Items(list(held.items), held.whole, None if held.keys is None else list(held.keys))


@ARRAYS.add("array_splice")
def _splice(given: Given) -> Any:
    held, *rest = given.arguments
    if not isinstance(held, Items) or held.keys is not None or not rest:
        return NOTHING
    more = rest[2].items if len(rest) > 2 and isinstance(rest[2], Items) else rest[2:]
    return spliced(held, [*rest[:2], *more])


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
    plain = Items(held.items, held.whole)
    return Items(held.items[::-1], held.whole) if given.path == "array_reverse" else unique(plain)


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
    return listed([value for part in arrays for value in part.items], whole=whole)


@ARRAYS.add("array_diff", "array_filter")
def _diff(given: Given) -> Any:
    """What is not among the items of the others; without others, what counts as true."""
    held = _held(given.get(0))
    others = [_held(value) for value in given.arguments[1:]]
    if held is None or None in others or (given.path == "array_filter" and others):
        return NOTHING
    gone = [value for other in others if other is not None for value in other.items]
    truth = given.machine.library.truth
    kept = [
        (key, value)
        for key, value in zip(held.places, held.items, strict=True)
        if (value not in gone if others else truth(value) is not False)
    ]
    sure = held.whole and not any(isinstance(value, Thing) for value in gone)
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
    among = held.places if given.path == "array_key_exists" else held.items
    if wanted in among:
        return held.places[among.index(wanted)] if given.path == "array_search" else True
    return False if held.whole else NOTHING


@ARRAYS.add("count", "sizeof")
def _count(given: Given) -> Any:
    held = _held(given.get(0))
    return len(held.items) if held is not None and held.whole else NOTHING
