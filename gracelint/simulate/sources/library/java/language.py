"""Java itself: its names, its values, its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.base import lazy
from gracelint.simulate.sources.library.ahead import at_once, cut_off, undone
from gracelint.simulate.sources.library.base import WAITS, Language, each, kind_of, takes_its_time
from gracelint.simulate.sources.library.plain import Table
from gracelint.simulate.sources.machine.code import Dialect
from gracelint.simulate.sources.machine.values import (
    BY_LOOP,
    MAX_ITEMS,
    NOTHING,
    Bound,
    Closure,
    Items,
    Record,
    Thing,
    ordered,
    unique,
)

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.machine import Machine
    from gracelint.simulate.sources.machine.state import Frame, Given, Strand
    from gracelint.syntax.code import tree

FUNCTIONS = Table()
_SEEDS = """
exit halt addShutdownHook destroy destroyForcibly waitFor start join await sleep interrupt take put
shutdown shutdownNow awaitTermination countDown handle notify notifyAll wait accept stop close set
get isInterrupted interrupted main run submit execute onExit lock unlock tryLock
"""
_PAUSES = """
join await awaitTermination awaitQuiescence awaitUninterruptibly sleep waitFor wait take poll
acquire invokeAll park parkNanos lock onExit
"""
_PACKAGES = lazy.compile(r"^(?:[a-z_][a-z0-9_]*\.)+(?=[A-Z])")
_CALLS = frozenset({"run", "call", "accept", "apply", "get", "test", "execute", "handle"})
"""Methods of a lambda: whatever its interface calls it."""
_HOOKED = frozenset({"TERM", "INT", "HUP"})
_UNITS = {"NANOSECONDS": 1e-9, "MILLISECONDS": 0.001, "SECONDS": 1, "MINUTES": 60, "HOURS": 3600}
FOR_EVER = 1e6  # seconds
TOLD = "\0told"
"""A field of a process that the program has told to end."""


class Java(Language):
    """Java with its own library."""

    dialect = Dialect("java", hoists=True, blocks=True, lingers=True)
    this = "this"
    whole = True
    seeds = frozenset(_SEEDS.split())
    functions = FUNCTIONS
    members = Table()
    methods: dict[str, Table] = {}  # noqa: RUF012

    pauses = frozenset(_PAUSES.split())

    def undone(self, machine: Machine) -> bool:
        """Blocks that the end of the program leaves, and threads that go on, are looked at; so are
        the requests in hand where nobody waits.
        """
        if undone(machine):
            return True
        mode = machine.mode
        hurried = mode.get("leaves") or mode.get("down")
        if machine.serves and hurried and not mode.get("ahead") and at_once(machine):
            cut_off(machine, mode.get("leaves") or machine.places.get("TERM"))
        return False

    def harmless(self, path: str) -> bool:
        """Whether the name of what is not listed says nothing of waiting or serving."""
        return WAITS.search(path.rpartition(".")[2]) is None

    def default(self, machine: Machine, signal: str) -> Any:
        """The run-time's own handler ends the program with its hooks, unless it is told not to."""
        if signal not in _HOOKED or machine.environment["reduced"]:
            return "default"
        if not machine.mode.get("hooks"):
            return "end"
        return Bound(Record("runtime", {BY_LOOP: True}), "down")

    def thing(self, machine: Machine, path: str) -> Any:
        """Constants."""
        last = path.rpartition(".")[2]
        if path.endswith(f"TimeUnit.{last}") and last in _UNITS:
            return Record("unit", {"seconds": _UNITS[last]})
        if path.endswith("Long.MAX_VALUE"):
            return FOR_EVER * 1000
        return super().thing(machine, path)

    def member(self, machine: Machine, value: Any, name: str) -> Any:
        """A member of something that the machine knows."""
        if isinstance(value, Items) and name == "length":
            return len(value.items) if value.whole else NOTHING
        if isinstance(value, Closure) and name in _CALLS:
            return value
        if isinstance(value, Record) and value.kind == "signal" and name in value.fields:
            return value.fields[name]
        return super().member(machine, value, name)

    def call(self, given: Given) -> Any:
        """A function of the library, whether or not its package is named."""
        given.path = _PACKAGES.sub("", given.path)
        return super().call(given)

    def imported(self, machine: Machine, strand: Strand, frame: Frame, node: tree.Import) -> None:
        """Load the program's other files, which share their classes."""
        for path in machine.host.modules(node, frame.code):
            if path in machine.modules:
                continue
            code = machine.host.code(path)
            if code is None:
                machine.modules[path] = Record("module", open=True)
                continue
            names = machine.globals[frame.code.path].names
            self.run_module(machine, strand, path, code, names)
            frame.at -= 1
            return


JAVA = Java()


def duration(given: Given, at: int) -> float | None:
    """A time and its unit, or milliseconds alone, in seconds, one where it is not known; None where
    none is given.
    """
    number, unit = given.get(at), given.get(at + 1)
    if kind_of(number) == "time":
        return float(number.fields["seconds"])
    if not isinstance(number, int | float) or isinstance(number, bool):
        if number is None:
            return None
        takes_its_time(given)
        return 1.0
    seconds = unit.fields["seconds"] if kind_of(unit) == "unit" else 0.001
    return float(number) * float(seconds)


def deadline(given: Given, at: int) -> float | None:
    """When such a time is over; None: never."""
    seconds = duration(given, at)
    return None if seconds is None or seconds >= FOR_EVER else given.machine.host.now() + seconds


def task_of(value: Any) -> Any:
    """What a thread or a pool calls: a lambda, or the method of an object."""
    if isinstance(value, Record):
        from gracelint.simulate.sources.machine.calls import find_member

        for name in ("run", "call"):
            method = find_member(value.of, name) if value.of is not None else None
            if isinstance(method, Closure):
                return Closure(method.code, method.scope, value)
        if value.kind == "thread":
            return task_of(value.fields.get("target"))
        return None
    return value if isinstance(value, Closure | Bound) else None


@FUNCTIONS.add("List.of", "Arrays.asList", "Stream.of")
def _list(given: Given) -> Any:
    first = given.get(0)
    only = len(given.arguments) == 1 and isinstance(first, Items)
    return Items(list(first.items if only else given.arguments))


@FUNCTIONS.add(
    *("ArrayList", "LinkedList", "CopyOnWriteArrayList", "ArrayDeque", "Vector"),
    *("ConcurrentLinkedQueue", "Collections.synchronizedList", "List.copyOf"),
)
def _new_list(given: Given) -> Any:
    first = given.get(0)
    return Items(list(first.items), first.whole) if isinstance(first, Items) else Items([])


@FUNCTIONS.add(
    *("HashSet", "LinkedHashSet", "TreeSet", "CopyOnWriteArraySet", "ConcurrentSkipListSet"),
    *("Set.of", "Set.copyOf", "Collections.synchronizedSet", "ConcurrentHashMap.newKeySet"),
)
def _new_set(given: Given) -> Any:
    """Without what it is given a second time; a number alone is how much it has room for."""
    first = given.get(0)
    several = given.path.endswith("Set.of")
    items = Items(list(given.arguments)) if several else first
    if not isinstance(items, Items):
        return Items([], once=True)
    kept = unique(items)
    if given.path in {"TreeSet", "ConcurrentSkipListSet"}:
        kept.items = ordered(kept.items, lambda value: value)
    return Items(kept.items, kept.whole, once=True)


@FUNCTIONS.add("\0array")
def _array(given: Given) -> Any:
    """`new T[count]`."""
    count = given.get(0)
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        return Items([], whole=False)
    return Items([given.get(1)] * min(count, MAX_ITEMS), count <= MAX_ITEMS)


@FUNCTIONS.add("HashMap", "LinkedHashMap", "ConcurrentHashMap", "TreeMap")
def _new_map(_given: Given) -> Any:
    return Record("dict")


LIST = JAVA.methods["list"] = Table()
_MAP = JAVA.methods["dict"] = Table()


@LIST.add("add", "addLast", "offer", "push")
def _add(given: Given) -> Any:
    given.machine.effects += 1
    held, value = given.receiver, given.arguments[-1] if given.arguments else NOTHING
    at = given.get(0) if len(given.arguments) > 1 else None
    if held.once and isinstance(value, str | int | float) and value in held.items:
        return False
    if held.once and isinstance(value, Thing) and held.items:
        held.whole = False
    if isinstance(at, int) and at < len(held.items) < MAX_ITEMS:
        held.items.insert(at, value)
    else:
        held.add(value)
        held.whole = held.whole and isinstance(at, int | None)
    return True


@LIST.add("forEach", "map", "mapToObj", "forEachOrdered")
def _for_each(given: Given) -> Any:
    return each(given, given.receiver, given.get(0))


@LIST.add("get")
def _get(given: Given) -> Any:
    at, items = given.get(0), given.receiver.items
    return items[at] if isinstance(at, int) and 0 <= at < len(items) else NOTHING


@LIST.add("size")
def _size(given: Given) -> Any:
    return len(given.receiver.items) if given.receiver.whole else NOTHING


@LIST.add("isEmpty")
def _is_empty(given: Given) -> Any:
    return not given.receiver.items if given.receiver.whole else NOTHING


@LIST.add("set")
def _set(given: Given) -> Any:
    at, items = given.get(0), given.receiver.items
    if not isinstance(at, int) or not 0 <= at < len(items):
        return NOTHING
    before, items[at] = items[at], given.get(1)
    return before


@LIST.add("poll", "pollFirst", "removeFirst")
def _first_out(given: Given) -> Any:
    given.machine.effects += 1
    held = given.receiver
    return held.items.pop(0) if held.items else None if held.whole else NOTHING


@LIST.add("remove", "clear")
def _remove(given: Given) -> Any:
    given.machine.effects += 1
    if given.path == "clear":
        given.receiver.items.clear()
    elif not given.arguments:
        return _first_out(given)
    elif isinstance(given.get(0), int) and not given.receiver.once:
        return _removed_at(given.receiver, given.get(0))
    elif isinstance(given.get(0), Thing):
        given.receiver.whole = False
    elif given.get(0) in given.receiver.items:
        given.receiver.items.remove(given.get(0))
    return NOTHING


def _removed_at(held: Items, place: int) -> Any:
    """A number is a place, but among numbers it may be one of them, in a box."""
    inside, boxed = 0 <= place < len(held.items), place in held.items
    if (inside and boxed) or any(isinstance(item, Thing) for item in held.items):
        held.items, held.whole = [], False
    elif boxed:
        held.items.remove(place)
        return True
    return held.items.pop(place) if inside and held.items else NOTHING


@FUNCTIONS.add("IntStream.range", "IntStream.rangeClosed", "LongStream.range")
def _range(given: Given) -> Any:
    """The numbers from the first to the second."""
    first, last = given.get(0), given.get(1)
    if not isinstance(first, int) or not isinstance(last, int):
        return Items([], whole=False)
    last += given.path.endswith("Closed")
    count = max(0, last - first)
    return Items(list(range(first, first + min(count, MAX_ITEMS))), count <= MAX_ITEMS)


@LIST.add("stream", "toList", "parallelStream", "parallel", "sequential", "boxed", "toArray")
def _itself(given: Given) -> Any:
    return given.receiver


@LIST.add("collect")
def _collect(given: Given) -> Any:
    """A list or a set of them; what other collectors make is not known."""
    by = given.get(0)
    plain = isinstance(by, Thing) and by.path.endswith(("toList()", "toSet()"))
    return Items(list(given.receiver.items), given.receiver.whole) if plain else NOTHING


@LIST.add("sorted")
def _sorted(given: Given) -> Any:
    natural = None if given.arguments else lambda value: value
    return Items(ordered(given.receiver.items, natural), given.receiver.whole)


@_MAP.add("put")
def _put(given: Given) -> Any:
    name = given.get(0)
    given.machine.effects += 1
    given.receiver.fields[name if isinstance(name, str) else id(name)] = given.get(1)
    return None


@_MAP.add("get")
def _held(given: Given) -> Any:
    return given.receiver.fields.get(given.get(0) if isinstance(given.get(0), str) else NOTHING)


@_MAP.add("getOrDefault")
def _held_or(given: Given) -> Any:
    name = given.get(0)
    return given.receiver.fields.get(name if isinstance(name, str) else NOTHING, given.get(1))


@_MAP.add("values")
def _values(given: Given) -> Any:
    return Items(list(given.receiver.fields.values()), not given.receiver.open)
