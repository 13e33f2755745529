"""What Ruby calls its blocks with besides lists' items: sums, rounds, parts of texts, the value."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library.base import each, synthetic
from gracelint.simulate.sources.library.ruby.lists import LIST, called_for
from gracelint.simulate.sources.library.texts import RUBY
from gracelint.simulate.sources.machine.values import (
    MAX_ITEMS,
    NOTHING,
    Bound,
    Closure,
    Items,
    listed,
)
from gracelint.syntax.code import tree

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.state import Given

WITH_ITSELF = frozenset({"then", "yield_self", "tap"})
"""Methods of every value that call a block with it."""


def with_itself(given: Given) -> Any:
    """`then` gives what the block gives, `tap` the value."""
    at, block = (given.node.start, given.node.end), given.keywords.get("&")
    if not isinstance(block, Closure | Bound):
        return NOTHING
    value = tree.Name(*at, "\0value")
    called = tree.Call(*at, tree.Name(*at, "\0call"), (tree.Argument(*at, value),))
    body = (called, tree.Return(*at, value)) if given.path == "tap" else (tree.Return(*at, called),)
    return synthetic(given, body, {"\0value": given.receiver, "\0call": block})


@LIST.add("inject", "reduce")
def _summed(given: Given) -> Any:
    """A block that is called with what it has given before, and the next item."""
    held, block = given.receiver, given.keywords.get("&")
    if not isinstance(block, Closure | Bound):
        return NOTHING
    items = list(held.items) if given.arguments else held.items[1:]
    first = given.get(0) if given.arguments else (held.items[0] if held.items else None)
    at = given.node.start, given.node.end
    sum_, item = tree.Name(*at, "\0sum"), tree.Name(*at, "\0item")
    arguments = (tree.Argument(*at, sum_), tree.Argument(*at, item))
    called = tree.Assign(*at, sum_, tree.Call(*at, tree.Name(*at, "\0call"), arguments))
    loop = tree.Each(*at, item, tree.Name(*at, "\0items"), (called,))
    names = {"\0sum": first, "\0items": Items(items, held.whole), "\0call": block}
    return synthetic(given, (loop, tree.Return(*at, sum_)), names)


@LIST.add("cycle")
def _again_and_again(given: Given) -> Any:
    """The items again and again, or so many times."""
    held, block, count = given.receiver, given.keywords.get("&"), given.get(0)
    if not isinstance(block, Closure | Bound) or not held.items:
        return None if held.whole and block is not None else NOTHING
    if isinstance(count, int):
        rounds = min(count, MAX_ITEMS)
        return called_for(given, listed((held.items * rounds)[: MAX_ITEMS + 1]), block)
    at = given.node.start, given.node.end
    item = tree.Name(*at, "\0item")
    called = tree.Call(*at, tree.Name(*at, "\0call"), (tree.Argument(*at, item),))
    loop = tree.Each(*at, item, tree.Name(*at, "\0items"), (called,))
    names = {"\0items": Items(list(held.items)), "\0call": block}
    return synthetic(given, (tree.Loop(*at, None, (loop,)),), names)


@LIST.add("each_index")
def _places(given: Given) -> Any:
    held, block = given.receiver, given.keywords.get("&")
    places = Items(list(range(len(held.items))), held.whole)
    return places if block is None else each(given, places, block)


@RUBY.add("each_char", "each_line")
def _parts(given: Given) -> Any:
    """The characters of a text, or its lines with their ends."""
    text, block = given.receiver, given.keywords.get("&")
    if not isinstance(text, str) or given.arguments:
        return NOTHING
    lines = given.path == "each_line"
    parts = listed((text.splitlines(keepends=True) if lines else list(text))[: MAX_ITEMS + 1])
    return parts if block is None else each(given, parts, block)


@LIST.add("zip", "product")
def _together(given: Given) -> Any:
    """Each item with one of each other list, or with every one."""
    lists = [given.receiver, *given.arguments]
    if not all(isinstance(one, Items) and one.whole for one in lists):
        return Items([], whole=False)
    if given.path == "zip":
        length = len(given.receiver.items)
        filled = [[*one.items, *[None] * length][:length] for one in lists]
        made = [Items(list(row)) for row in zip(*filled, strict=True)]
    else:
        size = 1
        for one in lists:
            size *= len(one.items)
        if size > MAX_ITEMS:
            return Items([], whole=False)
        made = [Items(list(row)) for row in product(*(one.items for one in lists))]
    block = given.keywords.get("&")
    return Items(made) if block is None else called_for(given, Items(made), block)


@LIST.add("take", "drop")
def _cut(given: Given) -> Any:
    count, held = given.get(0), given.receiver
    if not isinstance(count, int) or count < 0 or not held.whole:
        return Items([], whole=False)
    return Items(held.items[:count] if given.path == "take" else held.items[count:])


@LIST.add("flatten")
def _flat(given: Given) -> Any:
    """Lists in it are taken apart, those in them too, unless it is said how deep."""
    depth, held = given.get(0), given.receiver
    left = depth if isinstance(depth, int) else MAX_ITEMS
    items, whole = list(held.items), held.whole
    while left and any(isinstance(item, Items) for item in items):
        flat: list[Any] = []
        for item in items:
            inner = isinstance(item, Items)
            flat += item.items if inner else [item]
            whole = whole and (not inner or item.whole)
        items, left = flat, left - 1
        if len(items) > MAX_ITEMS:
            return Items([], whole=False)
    return Items(items, whole)


@LIST.add("take_while", "drop_while")
def _while(given: Given) -> Any:
    """A block is called until it does not hold; how many are taken is not known."""
    block, taken = given.keywords.get("&"), Items(list(given.receiver.items), whole=False)
    if not isinstance(block, Closure | Bound):
        return taken
    at = given.node.start, given.node.end
    item = tree.Name(*at, "\0item")
    called = tree.Call(*at, tree.Name(*at, "\0call"), (tree.Argument(*at, item),))
    loop = tree.Each(*at, item, tree.Name(*at, "\0items"), (called,))
    body = (loop, tree.Return(*at, tree.Name(*at, "\0taken")))
    first = Items(given.receiver.items[:1])
    return synthetic(given, body, {"\0items": first, "\0call": block, "\0taken": taken})
