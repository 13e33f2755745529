"""Methods of lists and dictionaries, under the names that the languages give them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.base import lazy
from gracelint.base.paths import absolute, folder_of
from gracelint.simulate.sources.machine.values import (
    MAX_ITEMS,
    MAX_TEXT,
    NOTHING,
    Items,
    Record,
    Thing,
    certain,
    key_of,
    listed,
    ordered,
    put,
    spelled,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from gracelint.simulate.sources.machine.state import Given, Native


class Table(dict[str, "Native"]):
    """Functions by the paths under which a program reaches them."""

    def add(self, *names: str) -> Callable[[Native], Native]:
        """Enter a function under these names."""

        def enter(function: Native) -> Native:
            for name in names:
                self[name] = function
            return function

        return enter


LIST, DICT = Table(), Table()
COMMON = {"list": LIST, "dict": DICT}


def texts(value: Any) -> tuple[str | None, ...] | None:
    """The texts of a list; None where it is no list."""
    if not isinstance(value, Items):
        return None
    words = tuple(spelled(v) for v in value.items)
    return words if value.whole else (*words, None)


def from_env_file(given: Given, named: Any) -> Any:
    """A program sets the variables of a file of `NAME=value` lines: of `.env` where none is named,
    beside the file that asks for it or where the program is run.
    """
    machine, name = given.machine, spelled(named) or ".env"
    folders = machine.mode.get("cwd") or machine.environment["workdir"], folder_of(given.code.path)
    for folder in folders:
        text = machine.host.contents(absolute(name, folder or "/"))
        for set_there in _SET.finditer(text[:MAX_TEXT] if text else ""):
            machine.makes(set_there[1])
    return Record("dict", open=True)


_SET = lazy.compile(
    r"(?m)^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w{0,100})[ \t]*=[ \t]*(?!\"\"|'')[^\s#]"
)


def from_json(text: str | None) -> Any:
    """What a text in JSON says."""
    import json

    try:
        return _value(json.loads(text or ""), 0)
    except (ValueError, RecursionError):
        return NOTHING


def _value(value: Any, depth: int) -> Any:
    if depth > _DEPTH:
        return NOTHING
    if isinstance(value, dict):
        return Record("dict", {k: _value(v, depth + 1) for k, v in value.items()})
    if isinstance(value, list):
        return listed(_value(v, depth + 1) for v in value)
    return value


_DEPTH = 20


def joined(parts: Any, glue: Any) -> Any:
    """The texts of a list as one text."""
    words = texts(parts)
    if words is None or None in words or not isinstance(glue, str):
        return NOTHING
    return glue.join(t for t in words if t is not None)[:MAX_TEXT]


@LIST.add("append")
def _append(given: Given) -> Any:
    given.receiver.add(given.get(0))
    return None


@LIST.add("add")
def _add(given: Given) -> Any:
    """Into a set."""
    if given.get(0) not in given.receiver.items:
        given.receiver.add(given.get(0))
    return None


@LIST.add("discard")
def _discard(given: Given) -> Any:
    return _remove(given)


@LIST.add("extend")
def _extend(given: Given) -> Any:
    value = given.get(0)
    more = list(value) if isinstance(value, str) else getattr(value, "items", [])
    given.receiver.add(*more)
    whole = isinstance(value, str) or (isinstance(value, Items) and value.whole)
    given.receiver.whole = given.receiver.whole and whole
    return None


@LIST.add("insert")
def _insert(given: Given) -> Any:
    at, held = given.get(0), given.receiver
    if isinstance(at, int):
        held.items.insert(at, given.get(1))
        held.whole = held.whole and len(held.items) <= MAX_ITEMS
        del held.items[MAX_ITEMS:]
    else:
        put(held, given.get(1), spread=False)
        held.whole = False
    return None


@LIST.add("pop")
def _pop(given: Given) -> Any:
    items, at = given.receiver.items, given.get(0, default=-1)
    inside = isinstance(at, int) and -len(items) <= at < len(items)
    known = inside and (at >= 0 or given.receiver.whole)
    given.receiver.whole = given.receiver.whole and isinstance(at, int)
    return items.pop(at) if known else NOTHING


@LIST.add("shift")
def _shift(given: Given) -> Any:
    return given.receiver.items.pop(0) if given.receiver.items else NOTHING


@LIST.add("sort", "reverse")
def _rearranged(given: Given) -> Any:
    """In place; by what a function says, in an order that is not known."""
    held, backwards = given.receiver, given.get(0, "reverse", default=False)
    if given.path == "reverse":
        held.items.reverse()
    elif given.has(0, "key") or not isinstance(backwards, bool):
        held.items = ordered(held.items, None)
    else:
        held.items = ordered(held.items, lambda value: value, backwards=backwards)
    return None


def until_end(held: Items, bounds: list[Any]) -> list[Any]:
    """Bounds of `splice` where fewer than none stand for all but so many at the end."""
    if len(bounds) < 2 or not all(isinstance(bound, int) for bound in bounds) or bounds[1] >= 0:
        return bounds
    first = max(bounds[0] + len(held.items), 0) if bounds[0] < 0 else bounds[0]
    return [first, max(len(held.items) - first + bounds[1], 0)]


def spliced(held: Items, arguments: list[Any]) -> Items:
    """Take items out, from one on and so many as are asked for, and put others there."""
    if not arguments:
        return Items([])
    first, count, *more = [*arguments, len(held.items)] if len(arguments) == 1 else arguments
    if not isinstance(first, int) or not isinstance(count, int):
        held.whole = False
        return Items([], whole=False)
    begin = max(first + len(held.items), 0) if first < 0 else first
    end = begin + max(count, 0)
    out = held.items[begin:end]
    held.items[begin:end] = more
    return Items(out, held.whole)


@LIST.add("clear")
def _clear(given: Given) -> Any:
    given.receiver.items.clear()
    return None


@LIST.add("index")
def _index(given: Given) -> Any:
    value = given.get(0)
    exact = given.receiver.whole and isinstance(value, str | int)
    return given.receiver.items.index(value) if exact and value in given.receiver.items else NOTHING


@LIST.add("\0kept", "\0become")
def _kept(given: Given) -> Any:
    """The items with an answer that counts as true; those where it is open, too."""
    held, answers = given.receiver, _answers(given)
    kept = [item for item, answer in zip(held.items, answers, strict=False) if answer is not False]
    whole = held.whole and None not in answers
    if given.path == "\0kept":
        return Items(kept, whole)
    held.items[:], held.whole = kept, whole
    return held


@LIST.add("\0flat")
def _flat(given: Given) -> Any:
    """The items of the lists among the items in their place."""
    flat = Items([], given.receiver.whole)
    for item in given.receiver.items:
        put(flat, item, spread=isinstance(item, Items | Thing))
    return flat


@LIST.add("\0some", "\0none")
def _some(given: Given) -> Any:
    answers, some = _answers(given), given.path == "\0some"
    if True in answers:
        return some
    return NOTHING if None in answers or not given.receiver.whole else not some


@LIST.add("\0first")
def _first(given: Given) -> Any:
    held = given.receiver
    for item, answer in zip(held.items, _answers(given), strict=False):
        if answer is not False:
            return item if answer else NOTHING
    return None if held.whole else NOTHING


def _answers(given: Given) -> list[bool | None]:
    operand = given.get(0)
    return (
        [given.machine.library.truth(a) for a in operand.items]
        if isinstance(operand, Items)
        else []
    )


@LIST.add("copy")
def _copy(given: Given) -> Any:
    return Items(list(given.receiver.items), given.receiver.whole)


@LIST.add("remove")
def _remove(given: Given) -> Any:
    value, held = given.get(0), given.receiver
    at = next((at for at, v in enumerate(held.items) if v is value or v == value), None)
    if at is not None:
        del held.items[at]
    held.whole = held.whole and not isinstance(value, Thing)
    return None


@LIST.add("[:]")
def part(given: Given) -> Any:
    """`value[first:last]` of a list or text."""
    first, last = given.get(0), given.get(1)
    for end in (first, last):
        if end is not None and (not isinstance(end, int) or isinstance(end, bool)):
            return NOTHING
    if isinstance(given.receiver, Items):
        return Items(given.receiver.items[first:last], given.receiver.whole)
    return given.receiver[first:last]


@DICT.add("get", "fetch")
def _get(given: Given) -> Any:
    fields, key = given.receiver.fields, key_of(given.get(0))
    if key is not None and key in fields:
        return fields[key]
    return NOTHING if given.receiver.open else given.get(1)


@DICT.add("setdefault")
def _set_default(given: Given) -> Any:
    key = key_of(given.get(0))
    return NOTHING if key is None else given.receiver.fields.setdefault(key, given.get(1))


@DICT.add("items", "entries")
def _items(given: Given) -> Any:
    pairs = [Items([key, value]) for key, value in given.receiver.fields.items()]
    return Items(pairs, not given.receiver.open)


@DICT.add("values")
def _values(given: Given) -> Any:
    return Items(list(given.receiver.fields.values()), not given.receiver.open)


@DICT.add("keys")
def _keys(given: Given) -> Any:
    return Items(list(given.receiver.fields), not given.receiver.open)


@DICT.add("update", "merge!")
def _update(given: Given) -> Any:
    other = of_pairs(given.get(0)) if given.arguments else Record("dict")
    given.receiver.fields.update({**other.fields, **given.keywords})
    given.receiver.open = given.receiver.open or other.open
    return None


def of_pairs(value: Any) -> Record:
    """A dictionary of what another holds, or of the pairs of a list."""
    if isinstance(value, Record):
        return Record("dict", dict(value.fields), open=value.open)
    pairs = value.items if isinstance(value, Items) else []
    record = Record("dict", open=not (isinstance(value, Items) and value.whole))
    for pair in pairs:
        key, held = pair.items if isinstance(pair, Items) and len(pair.items) == 2 else (None, None)
        key = key_of(key)
        if key is None:
            record.open = True
        else:
            record.fields[key] = held
    return record


@DICT.add("pop", "delete", "\0remove")
def _take(given: Given) -> Any:
    key, held = key_of(given.get(0)), given.receiver
    held.open = held.open or not certain(key)
    return held.fields.pop(key, NOTHING) if key is not None else NOTHING


@DICT.add("\0pairs")
def _pairs(given: Given) -> Any:
    pairs = [Items([key, value]) for key, value in given.receiver.fields.items()]
    return Items(pairs, not given.receiver.open or bool(pairs))


@LIST.add("\0pairs")
def _places(given: Given) -> Any:
    held = given.receiver
    pairs = [Items([*pair]) for pair in zip(held.places, held.items, strict=True)]
    return Items(pairs, held.whole or bool(pairs))


@LIST.add("\0remove")
def _remove_item(given: Given) -> Any:
    held, key = given.receiver, given.get(0)
    if given.machine.library.dialect.name == "php":
        return held.drop(key)
    inside = isinstance(key, int) and -len(held.items) <= key < len(held.items)
    if inside and given.machine.library.dialect.name == "node":
        held.items[key] = None
        return True
    return held.items.pop(key) if inside else NOTHING


@DICT.add("set", "store")
def _set(given: Given) -> Any:
    key = key_of(given.get(0))
    if key is not None:
        given.receiver.fields[key] = given.get(1)
    return None


@DICT.add("copy")
def _copied(given: Given) -> Any:
    return Record("dict", dict(given.receiver.fields), open=given.receiver.open)


@DICT.add("clear")
def _emptied(given: Given) -> Any:
    given.receiver.fields.clear()
    return None
