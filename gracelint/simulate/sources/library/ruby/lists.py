"""Lists, hashes and numbers of Ruby: what its blocks are called with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library.base import chosen, each, synthetic
from gracelint.simulate.sources.library.plain import Table, joined
from gracelint.simulate.sources.machine.names import paired
from gracelint.simulate.sources.machine.operations import contains
from gracelint.simulate.sources.machine.values import (
    MAX_ITEMS,
    NOTHING,
    Closure,
    Items,
    Record,
    Thing,
    listed,
    ordered,
    spelled,
    unique,
)
from gracelint.syntax.code import tree

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.state import Given

LIST, DICT, NUMBER = (Table() for _ in range(3))
_CHOSEN = {
    **dict.fromkeys(("select", "filter", "find_all", "reject"), "kept"),
    **dict.fromkeys(("select!", "filter!", "keep_if", "reject!", "delete_if"), "become"),
    **dict.fromkeys(("find", "detect"), "first"),
    "any?": "some",
    **dict.fromkeys(("none?", "all?"), "none"),
}
_EACH = (
    *("sum", "group_by", "partition", "filter_map", "each_entry"),
    *("sort_by", "min_by", "max_by", "sort_by!", "tally_by"),
)
"""Methods of lists that call a block for each item."""

_FAILS = ("reject", "reject!", "delete_if", "all?")


def _block(given: Given) -> Any:
    return given.keywords.get("&")


@NUMBER.add("times")
def _times(given: Given) -> Any:
    value = given.receiver
    return _numbers(value - 1, 1, first=0) if isinstance(value, int) else NOTHING


@NUMBER.add("upto", "downto", "step")
def _counted(given: Given) -> Any:
    """The numbers from one to another, both of which are gone over."""
    last, step = given.get(0), given.get(1, default=1)
    return _numbers(last, -1 if given.path == "downto" else step, first=given.receiver)


def _numbers(last: Any, step: Any, *, first: Any) -> Any:
    numbers = (first, last, step)
    if not all(isinstance(number, int) for number in numbers) or step == 0:
        return NOTHING
    return listed(range(first, last + (1 if step > 0 else -1), step)[: MAX_ITEMS + 1])


@LIST.add("step")
def _stepped(given: Given) -> Any:
    """Each so many-th item, as of a range."""
    held, step = given.receiver, given.get(0)
    known = held.whole and isinstance(step, int) and step > 0
    return Items(held.items[::step]) if known else NOTHING


@LIST.add("<<", "push")
def _push(given: Given) -> Any:
    given.receiver.add(*given.arguments)
    return given.receiver


@DICT.add("freeze", "to_h")
@LIST.add("freeze", "to_a", "lazy")
def _same(given: Given) -> Any:
    return given.receiver


@LIST.add("dup", "shuffle")
def _copy(given: Given) -> Any:
    """A list of its own; shuffled in an order that is not known."""
    items = given.receiver.items
    return Items(list(items if given.path == "dup" else ordered(items, None)), given.receiver.whole)


@DICT.add("dup", "compact")
def _copied(given: Given) -> Any:
    """A hash of its own; compact without what is nil."""
    held, compact = given.receiver, given.path == "compact"
    kept = {key: v for key, v in held.fields.items() if v is not None or not compact}
    sure = not compact or not any(isinstance(v, Thing) for v in kept.values())
    return Record("dict", kept, open=held.open or not sure)


@LIST.add("unshift", "prepend")
def _unshift(given: Given) -> Any:
    given.receiver.items[:0] = given.arguments
    return given.receiver


@LIST.add("delete_at")
def _delete_at(given: Given) -> Any:
    items, at = given.receiver.items, given.get(0)
    return items.pop(at) if isinstance(at, int) and -len(items) <= at < len(items) else None


@LIST.add("replace")
def _replace(given: Given) -> Any:
    other = given.get(0)
    known = other if isinstance(other, Items) else Items([], whole=False)
    given.receiver.items[:], given.receiver.whole = known.items, known.whole
    return given.receiver


@LIST.add("compact!", "uniq!", "sort!", "reverse!")
def _rearranged(given: Given) -> Any:
    given.path = given.path.removesuffix("!")
    given.receiver.items[:] = _arranged(given).items
    return given.receiver


@LIST.add("map!", "collect!")
def _changed(given: Given) -> Any:
    """Its items become what a block makes of them, one after the other."""
    at, block = (given.node.start, given.node.end), _block(given)
    held, item = tree.Name(*at, "\0held"), tree.Name(*at, "\0item")
    made = tree.Call(*at, tree.Name(*at, "\0call"), (tree.Argument(*at, item),))
    if isinstance(block, str):
        made = tree.Call(*at, tree.Member(*at, item, block), ())
    all_made = tree.Argument(*at, tree.Collect(*at, made, item, held, ()))
    body = (tree.Return(*at, tree.Call(*at, tree.Member(*at, held, "replace"), (all_made,))),)
    return synthetic(given, body, {"\0held": given.receiver, "\0call": block})


@LIST.add("compact", "uniq", "sort", "reverse")
def _arranged(given: Given) -> Any:
    items, whole = given.receiver.items, given.receiver.whole
    match given.path:
        case "compact":
            return Items([value for value in items if value is not None], whole)
        case "uniq":
            return (
                Items(items, whole=False) if _block(given) is not None else unique(given.receiver)
            )
        case "reverse":
            return Items(items[::-1], whole)
    natural = None if _block(given) is not None else lambda value: value
    return Items(ordered(items, natural), whole)


@LIST.add("map", "each", "collect", "each_with_index", "with_index", "flat_map")
def _map(given: Given) -> Any:
    """A call for each item; `&:kill` names the method that is called."""
    block = _block(given)
    if block is None:
        return given.receiver
    method = block if isinstance(block, str) else ""
    flat, apart, held = given.path == "flat_map", _takes_apart(block), given.receiver
    if apart and given.path.endswith("with_index"):
        start = given.get(0, default=0)
        held = Items([Items([v, _later(at, start)]) for at, v in enumerate(held.items)], held.whole)
    return each(given, held, block, method=method, spread=apart, flat=flat)


def _later(at: int, start: Any) -> Any:
    return at + start if isinstance(start, int) else NOTHING


@DICT.add(*_EACH, "each_with_object")
@LIST.add(*_EACH, "each_slice", "each_cons", "each_with_object")
def _gone_over(given: Given) -> Any:
    """A block that is called for each item, or for some at a time; what comes of it is not known,
    but for the object that it is given with each.
    """
    block, held, path = _block(given), given.receiver, given.path
    if block is None:
        return NOTHING
    if isinstance(held, Record):
        held = Items([Items([*pair]) for pair in held.fields.items()], not held.open)
    more: tuple[Any, ...] = ()
    if path in {"each_slice", "each_cons"}:
        held = _several(held, given.get(0), path == "each_cons")
    elif path == "each_with_object":
        more = (given.get(0),)
    return called_for(given, held, block, more)


def _several(held: Items, count: Any, overlap: bool) -> Items:
    if not isinstance(count, int) or count < 1:
        return Items([NOTHING], whole=False)
    last = len(held.items) - count + 1 if overlap else len(held.items)
    starts = range(0, last, 1 if overlap else count)
    return Items([Items(held.items[at : at + count]) for at in starts], held.whole)


def called_for(given: Given, items: Items, block: Any, more: tuple[Any, ...] = ()) -> Any:
    """Call a block for one item after the other, with something else, which is given back."""
    at = given.node.start, given.node.end
    item, call, with_it = (tree.Name(*at, f"\0{name}") for name in ("item", "call", "more"))
    apart = not more and _takes_apart(block)
    arguments = [tree.Argument(*at, item, spread=apart), *[tree.Argument(*at, with_it)] * len(more)]
    called = tree.Call(*at, call, tuple(arguments))
    if isinstance(block, str):
        called = tree.Call(*at, tree.Member(*at, item, block), ())
    loop = tree.Each(*at, item, tree.Name(*at, "\0items"), (called,))
    body = (loop, tree.Return(*at, with_it if more else tree.Other(*at, ())))
    names = {"\0items": items, "\0call": block, "\0more": more[0] if more else None}
    return synthetic(given, body, names)


def _takes_apart(block: Any) -> bool:
    """Whether a block has a parameter for each item of a list that it is given."""
    function = block.code.function if isinstance(block, Closure) else None
    return function is not None and len(function.parameters) > 1


@DICT.add("each_value", "each_key", "values", "keys")
def _parts(given: Given) -> Any:
    held = given.receiver.fields
    listed = Items(list(held.values() if "value" in given.path else held), not given.receiver.open)
    block = _block(given)
    return listed if block is None else each(given, listed, block)


@LIST.add("\0entries")
def _entries(given: Given) -> Any:
    return given.receiver


@DICT.add("\0entries", "each", "each_pair", "map", "collect", "flat_map")
def _each_pair(given: Given) -> Any:
    pairs = [Items([key, value]) for key, value in given.receiver.fields.items()]
    block, held = _block(given), Items(pairs, not given.receiver.open)
    if block is None:
        return held
    return each(given, held, block, spread=_takes_apart(block), flat=given.path == "flat_map")


@DICT.add("transform_values")
def _transform(given: Given) -> Any:
    """The same keys, with what a block makes of their values."""
    at, block = (given.node.start, given.node.end), _block(given)
    if block is None:
        return NOTHING
    key, value, held, call = (tree.Name(*at, f"\0{n}") for n in ("key", "value", "held", "call"))
    made = tree.Call(*at, call, (tree.Argument(*at, value),))
    pair, target = (
        tree.Sequence(*at, (tree.Argument(*at, key), tree.Argument(*at, second)))
        for second in (made, value)
    )
    entries = tree.Call(*at, tree.Member(*at, held, "\0entries"), ())
    pairs = tree.Collect(*at, pair, target, entries, ())
    body = (tree.Return(*at, tree.Mapping(*at, ((None, pairs),))),)
    return synthetic(given, body, {"\0held": given.receiver, "\0call": block})


@LIST.add("to_h")
def _to_hash(given: Given) -> Any:
    """Of the items, which are pairs, or of the pairs that a block makes of them."""
    block, at = _block(given), (given.node.start, given.node.end)
    if block is not None:
        item, held = tree.Name(*at, "\0item"), tree.Name(*at, "\0held")
        pair = tree.Call(*at, tree.Name(*at, "\0call"), (tree.Argument(*at, item),))
        pairs = tree.Collect(*at, pair, item, held, ())
        body = (tree.Return(*at, tree.Mapping(*at, ((None, pairs),))),)
        return synthetic(given, body, {"\0held": given.receiver, "\0call": block})
    if not given.receiver.whole:
        return Record("dict", open=True)
    return Record("dict", paired(given.receiver))


@LIST.add(*_CHOSEN)
def _choose(given: Given) -> Any:
    """What a block holds for."""
    block = _block(given)
    if block is None:
        return _some(given) if given.path == "any?" else NOTHING
    return chosen(given, block, _CHOSEN[given.path], fails=given.path in _FAILS)


def _some(given: Given) -> Any:
    """Whether an item counts as true."""
    truths = [given.machine.library.truth(item) for item in given.receiver.items]
    if True in truths and given.receiver.whole:
        return True
    return False if given.receiver.whole and None not in truths else NOTHING


@LIST.add("empty?", "size", "length", "count")
def _size(given: Given) -> Any:
    held = given.receiver
    if not held.whole or given.arguments or _block(given) is not None:
        return NOTHING
    return not held.items if given.path == "empty?" else len(held.items)


@DICT.add("empty?", "any?", "size", "length", "count")
def _hash_size(given: Given) -> Any:
    held = given.receiver
    if held.open or _block(given) is not None:
        return NOTHING
    size = len(held.fields)
    return {"empty?": not size, "any?": bool(size)}.get(given.path, size)


@LIST.add("include?", "member?")
@DICT.add("include?", "member?", "key?", "has_key?")
def _include(given: Given) -> Any:
    return contains(given.receiver, given.get(0))


@LIST.add("first", "last")
def _end(given: Given) -> Any:
    items, count = given.receiver.items, given.get(0)
    if isinstance(count, int) and count >= 0 and given.receiver.whole:
        return Items(items[:count] if given.path == "first" else items[-count:] if count else [])
    if given.arguments or not given.receiver.whole:
        return NOTHING
    return None if not items else items[0 if given.path == "first" else -1]


@LIST.add("reverse_each")
def _backwards(given: Given) -> Any:
    block = _block(given)
    held = Items(given.receiver.items[::-1], given.receiver.whole)
    return held if block is None else each(given, held, block)


@LIST.add("delete")
def _delete(given: Given) -> Any:
    """What was deleted; nil where it was not there."""
    value, held = given.get(0), given.receiver
    kept = [item for item in held.items if item is not value and item != value]
    there, sure = len(kept) < len(held.items), held.whole and not isinstance(value, Thing)
    held.items[:], held.whole = kept, sure
    return value if there else None if sure else NOTHING


@LIST.add("join", "shelljoin")
def _join(given: Given) -> Any:
    if given.path == "join":
        return joined(given.receiver, given.get(0, default=""))
    words = [shellescaped(value) for value in given.receiver.items]
    return joined(Items(words, given.receiver.whole), " ")


def shellescaped(value: Any) -> Any:
    """A text as one word for a shell, as Ruby writes it."""
    text = spelled(value)
    if text is None:
        return NOTHING
    return re.sub(r"[^A-Za-z0-9_\-.,:+/@\n]", r"\\\g<0>", text).replace("\n", "'\n'") or "''"


@LIST.add("concat")
def _concat(given: Given) -> Any:
    for more in given.arguments:
        whole = isinstance(more, Items)
        given.receiver.add(*(more.items if whole else ()))
        given.receiver.whole = given.receiver.whole and whole and more.whole
    return given.receiver


@NUMBER.add("to_s", "to_i", "abs", "inspect")
def _number(given: Given) -> Any:
    value = given.receiver
    if not isinstance(value, int) or isinstance(value, bool) or given.arguments:
        return NOTHING
    return {"to_i": value, "abs": abs(value)}.get(given.path, str(value))
