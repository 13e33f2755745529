"""Lists, objects, files and functions of JavaScript."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from gracelint.base.integers import whole
from gracelint.simulate.sources.library.base import chosen, each, partial, placed, synthetic
from gracelint.simulate.sources.library.node.language import (
    FUNCTION,
    FUNCTIONS,
    GENERATOR,
    LIST,
    MAP,
    NODE,
)
from gracelint.simulate.sources.library.plain import DICT, from_env_file, from_json, spliced
from gracelint.simulate.sources.machine.operations import contains, equal, same
from gracelint.simulate.sources.machine.state import ENTERED
from gracelint.simulate.sources.machine.values import (
    MAX_ITEMS,
    MAX_TEXT,
    NOTHING,
    Bound,
    Class,
    Closure,
    Items,
    Record,
    Scope,
    Thing,
    Thrown,
    certain,
    is_environment,
    is_unset,
    key_of,
    listed,
    ordered,
    put,
    spelled,
    unique,
)
from gracelint.syntax.code import tree

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.machine import Machine
    from gracelint.simulate.sources.machine.state import Given


@LIST.add("forEach", "map", "flatMap")
def _map(given: Given) -> Any:
    """A function that is the program's own may ask for the place of an item."""
    function, items, flat = given.get(0), given.receiver, given.path == "flatMap"
    if isinstance(function, Closure):
        return each(given, placed(items), function, spread=True, flat=flat)
    return each(given, items, function, flat=flat)


@LIST.add("filter", "some", "every", "find")
def _chosen(given: Given) -> Any:
    function, items = given.get(0), given.receiver
    if given.path == "filter" and isinstance(function, Thing) and function.path == "Boolean":
        return Items([v for v in items.items if NODE.truth(v) is not False], items.whole)
    if not isinstance(function, Closure | Bound):
        return NOTHING if given.path != "filter" else given.receiver
    wanted, fails = _CHOSEN[given.path], given.path == "every"
    return chosen(given, function, wanted, fails=fails, places=isinstance(function, Closure))


_CHOSEN = {"filter": "kept", "some": "some", "every": "none", "find": "first"}


@LIST.add("slice", "concat")
def _slice(given: Given) -> Any:
    items = given.receiver.items
    if given.path == "concat":
        all_items = listed(items, whole=given.receiver.whole)
        for value in given.arguments:
            put(all_items, value, spread=isinstance(value, Items | Thing))
        return all_items
    bounds = [given.get(0), given.get(1)]
    if not all(isinstance(bound, int | None) for bound in bounds):
        return Items(list(items), whole=False)
    return Items(items[slice(*bounds)], given.receiver.whole)


@LIST.add("push", "unshift")
def _push(given: Given) -> Any:
    items = given.receiver.items
    if given.path == "push":
        given.receiver.add(*given.arguments)
    else:
        items[:] = [*given.arguments, *items][:MAX_ITEMS]
    return len(items)


@LIST.add("splice")
def _splice(given: Given) -> Any:
    return spliced(given.receiver, given.arguments)


@LIST.add("join")
def _join(given: Given) -> Any:
    parts = [spelled(v) for v in given.receiver.items]
    glue = spelled(given.get(0)) if given.has(0) else ","
    if None in parts or glue is None or not given.receiver.whole:
        return NOTHING
    return glue.join(p for p in parts if p is not None)[:MAX_TEXT]


@LIST.add("includes")
def _includes(given: Given) -> Any:
    return contains(given.receiver, given.get(0))


@FUNCTIONS.add("Object.values", "Object.keys", "Object.entries")
def _object(given: Given) -> Any:
    value = given.get(0)
    if not isinstance(value, Record):
        return NOTHING
    if given.path == "Object.values":
        return Items(list(value.fields.values()), not value.open)
    if given.path == "Object.keys":
        return Items(list(value.fields), not value.open)
    return Items([Items([k, v]) for k, v in value.fields.items()], not value.open)


@FUNCTIONS.add("fs.readFileSync")
def _read_file(given: Given) -> Any:
    from gracelint.base.paths import absolute

    path = spelled(given.get(0))
    workdir = given.machine.environment["workdir"]
    text = given.machine.host.contents(absolute(path, workdir)) if path else None
    return NOTHING if text is None else text[:MAX_TEXT]


@FUNCTIONS.add("dotenv.config")
def _dotenv(given: Given) -> Any:
    options = given.get(0)
    return from_env_file(given, options.fields.get("path") if isinstance(options, Record) else None)


@FUNCTIONS.add("JSON.parse")
def _parse(given: Given) -> Any:
    return from_json(spelled(given.get(0)))


@FUNCTIONS.add("Object.assign")
def _assign(given: Given) -> Any:
    target = given.get(0)
    for other in given.arguments[1:]:
        if isinstance(target, Record) and isinstance(other, Record):
            target.fields.update(other.fields)
            target.open = target.open or other.open
        elif isinstance(target, Record):
            target.open = True
        elif is_environment(target) and isinstance(other, Record):
            for name in other.fields:
                given.machine.makes(name)
        elif isinstance(target, Class) and isinstance(other, Record):
            target.members.names.update(other.fields)
    return target


@FUNCTIONS.add("util.inherits")
def _inherit(given: Given) -> Any:
    function, base = given.get(0), given.get(1)
    if isinstance(function, Closure):
        base = given.machine.prototype(base) if isinstance(base, Closure) else base
        given.machine.prototype(function).bases = (base,)
    return None


@FUNCTIONS.add("Object.defineProperty")
def _define(given: Given) -> Any:
    target, name, how = given.get(0), spelled(given.get(1)), given.get(2)
    if isinstance(target, Record) and name and isinstance(how, Record) and "value" in how.fields:
        target.fields[name] = how.fields["value"]
    elif isinstance(target, Record):
        target.open = True
    return target


@FUNCTIONS.add("path.join", "path.resolve", "path.normalize")
def _path_join(given: Given) -> Any:
    from gracelint.base.paths import absolute

    parts = [spelled(v) for v in given.arguments]
    if not parts or None in parts:
        return NOTHING
    if given.path == "path.resolve":
        path = given.machine.environment["workdir"]
        for part in parts:
            path = absolute(part or "", path)
        return path
    path = "/".join(part for part in (parts if given.path == "path.join" else parts[:1]) if part)
    plain = posixpath.normpath(f"/{path.lstrip('/')}" if path.startswith("/") else path)
    return f"{plain}/" if path.endswith("/") and plain != "/" else plain


@FUNCTIONS.add("Map", "Set", "Object", "Object.freeze", "Array.from", "Array")
def _collection(given: Given) -> Any:
    value = given.get(0)
    if given.path == "Map":
        pairs = value.items if isinstance(value, Items) else []
        entries = {key_of(p.items[0]): p.items[1] for p in pairs if _is_pair(p)}
        return Record("map", entries, open=None in entries or len(entries) < len(pairs))
    if given.path == "Set":
        items = listed(value) if isinstance(value, str) else value
        return unique(items) if isinstance(items, Items) else Items([], value is None)
    if given.path.startswith("Array"):
        return _array_from(given)
    return value if value is not None else Record("dict")


def _is_pair(value: Any) -> bool:
    return isinstance(value, Items) and len(value.items) == 2


MAP.update(DICT)


@MAP.add("entries")
def _map_entries(given: Given) -> Any:
    pairs = [Items([key, value]) for key, value in given.receiver.fields.items()]
    return Items(pairs, not given.receiver.open)


@MAP.add("has")
def _map_has(given: Given) -> Any:
    key = key_of(given.get(0))
    there = contains(given.receiver, given.get(0))
    return there if there is True or certain(key) else NOTHING


@MAP.add("delete")
def _map_delete(given: Given) -> Any:
    key, held = key_of(given.get(0)), given.receiver
    if not certain(key):
        held.open = True
        return NOTHING
    there = key in held.fields
    held.fields.pop(key, None)
    return there or (NOTHING if held.open else False)


@MAP.add("forEach")
def _map_for_each(given: Given) -> Any:
    pairs = [Items([value, key]) for key, value in given.receiver.fields.items()]
    return each(given, Items(pairs), given.get(0), spread=True)


def _array_from(given: Given) -> Any:
    value, function = given.get(0), given.get(1)
    if given.path == "Array" and len(given.arguments) > 1:
        return listed(given.arguments)
    length = value.fields.get("length") if isinstance(value, Record) else value
    if isinstance(value, Items):
        array = Items(list(value.items), value.whole)
    elif isinstance(length, int) and 0 <= length <= 64:
        array = Items([None] * length)
    else:
        return Items([], whole=False)
    if isinstance(function, Closure):
        return each(given, array, function)
    return array


@LIST.add("add")
def _set_add(given: Given) -> Any:
    held, value = given.receiver, given.get(0)
    there = contains(held, value)
    if there is not True:
        held.add(value)
    held.whole = held.whole and there is not NOTHING
    return held


@LIST.add("delete")
def _set_delete(given: Given) -> Any:
    value, held = given.get(0), given.receiver
    held.items = [v for v in held.items if equal(v, value) is not True]
    held.whole = held.whole and not isinstance(value, Thing)
    return None


@LIST.add("values", "entries")
def _same(given: Given) -> Any:
    return given.receiver


@LIST.add("fill")
def _fill(given: Given) -> Any:
    held = given.receiver
    if len(given.arguments) == 1:
        held.items[:] = [given.get(0)] * len(held.items)
    else:
        held.items, held.whole = [], False
    return held


@LIST.add("reverse", "toReversed")
def _reverse(given: Given) -> Any:
    items = given.receiver if given.path == "reverse" else Items([], given.receiver.whole)
    items.items = given.receiver.items[::-1]
    return items


@LIST.add("sort", "toSorted")
def _sort(given: Given) -> Any:
    """By what items are as texts, where no function says otherwise."""
    items = given.receiver if given.path == "sort" else Items([], given.receiver.whole)
    items.items = ordered(given.receiver.items, key=None if given.arguments else str)
    return items


@LIST.add("indexOf")
def _index_of(given: Given) -> Any:
    value, items = given.get(0), given.receiver
    if not isinstance(value, str | int) or not items.whole or given.has(1):
        return NOTHING
    for at, item in enumerate(items.items):
        held = same("node", "===", value, item)
        if held is not False:
            return at if held else NOTHING
    return -1


@FUNCTIONS.add("assert", "assert.ok", "assert.strict.ok")
def _assert(given: Given) -> Any:
    """A program that asks for a variable so gives up without it."""
    value = given.get(0)
    if is_unset(value):
        given.machine.requires(value)
    if NODE.truth(value) is False:
        given.machine.throw(given.strand, Thrown("AssertionError", ("Error", "Exception")))
        return ENTERED
    return None


@FUNCTIONS.add("String")
def _string(given: Given) -> Any:
    text = spelled(given.get(0))
    return NOTHING if text is None else text


@FUNCTIONS.add("Number", "parseInt", "Number.parseInt")
def _number(given: Given) -> Any:
    value = given.get(0)
    if isinstance(value, str) and given.get(1, default=10) == 10:
        read = whole(value)
        return NOTHING if read is None else read
    number = isinstance(value, int) and not isinstance(value, bool)
    return value if number or is_unset(value) else NOTHING


@FUNCTIONS.add("Math.max", "Math.min", "Math.abs")
def _extreme(given: Given) -> Any:
    values = given.arguments
    if not values or not all(isinstance(value, int | float) for value in values):
        return NOTHING
    if given.path == "Math.abs":
        return abs(values[0])
    return max(values) if given.path == "Math.max" else min(values)


@FUNCTIONS.add("os.cpus", "os.availableParallelism")
def _processors(given: Given) -> Any:
    """Two stand for any number of them."""
    return 2 if given.path == "os.availableParallelism" else Items([NOTHING, NOTHING])


@FUNCTIONS.add("Math.floor", "Math.ceil", "Math.trunc")
def _rounded(given: Given) -> Any:
    import math

    value = given.get(0)
    if not isinstance(value, int | float) or not math.isfinite(value):
        return NOTHING
    match given.path:
        case "Math.floor":
            return math.floor(value)
        case "Math.ceil":
            return math.ceil(value)
    return math.trunc(value)


@FUNCTIONS.add("path.basename", "path.dirname", "path.extname")
def _part(given: Given) -> Any:
    text = spelled(given.get(0))
    if not text or text.endswith(("/", "..")) or text.startswith("//") or given.has(1):
        return NOTHING
    head, slash, name = text.rpartition("/")
    if given.path == "path.dirname":
        return head or (slash or ".")
    return name if given.path == "path.basename" else name[max(name.rfind("."), 0) or len(name) :]


@FUNCTIONS.add("Array.isArray")
def _is_array(given: Given) -> Any:
    value = given.get(0)
    return NOTHING if isinstance(value, Thing) else isinstance(value, Items)


@LIST.add("reduce")
def _reduce(given: Given) -> Any:
    """Call a function with what it gave for the item before, and the next item."""
    at, items = (given.node.start, given.node.end), given.receiver
    first = given.has(1)
    rest = Items(items.items if first else items.items[1:], items.whole)
    begun = given.get(1) if first else next(iter(items.items), NOTHING)
    so_far, item = tree.Name(*at, "\0so-far"), tree.Name(*at, "\0item")
    arguments = (tree.Argument(*at, so_far), tree.Argument(*at, item))
    call = tree.Call(*at, tree.Name(*at, "\0call"), arguments)
    loop = tree.Each(*at, item, tree.Name(*at, "\0items"), (tree.Assign(*at, so_far, call),))
    names = {"\0items": rest, "\0call": given.get(0), "\0so-far": begun}
    return synthetic(given, (loop, tree.Return(*at, so_far)), names)


@GENERATOR.add("next")
def _next(given: Given) -> Any:
    return given.machine.ask(given.strand, given.receiver, "step", sent=given.get(0))


@FUNCTION.add("call", "apply", "bind")
def _call_function(given: Given) -> Any:
    closure, this = given.receiver, given.get(0)
    rest = given.arguments[1:]
    if given.path == "apply":
        rest = rest[0].items if rest and isinstance(rest[0], Items) else []
    bound = closure
    if this is not None and not (closure.code.function and not closure.code.function.own_this):
        bound = Closure(closure.code, closure.scope, this)
    if given.path == "bind":
        return partial(bound, rest) if rest else bound
    return given.machine.enter(given.strand, bound, rest, {}, given.node)


def scope_of(machine: Machine, path: str) -> Scope:
    """The variables of a file."""
    return machine.globals[path]
