"""What the variables of a program that is being played hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.base.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gracelint.simulate.sources.machine.code import Code


@dataclass(frozen=True, slots=True)
class Thing:
    """Something of a library, or something about which nothing else is known.

    path: how it is reached: `subprocess.Popen`, `flask.Flask().run`; "" when not even that is
    known.
    """

    path: str = ""

    def __deepcopy__(self, memo: object) -> Thing:
        """It never changes."""
        return self


NOTHING = Thing()
_VARIABLES = ("\0environment ", "process.env.")
_HOLDERS = ("os.environ", ".env", "ENV", "_SERVER")


def unset(name: object) -> Thing:
    """A variable of the environment that no file sets."""
    return Thing(f"{_VARIABLES[0]}{name if isinstance(name, str) else ''}")


def is_unset(value: Any) -> bool:
    """Whether it is such a variable, so that a default which the program names is taken."""
    return isinstance(value, Thing) and value.path.startswith(_VARIABLES)


def is_environment(value: Any) -> bool:
    """Whether it is what has all variables of the environment."""
    return isinstance(value, Thing) and value.path.endswith(_HOLDERS)


def variable(value: Any) -> str:
    """The name of such a variable; "" for all else."""
    if not is_unset(value):
        return ""
    name: str = value.path.removeprefix(_VARIABLES[0]).removeprefix(_VARIABLES[1])
    return name if name.isidentifier() else ""


MAX_ITEMS = 300
MAX_TEXT = 10_000


@dataclass(slots=True, eq=False)
class Items:
    """A list. whole: whether all of its items are known. keys: what its items are kept under,
    where that is not their place, as in an array of PHP. once: it holds nothing twice. rest: the
    numbers that follow where there are too many to be kept.
    """

    items: list[Any]
    whole: bool = True
    keys: list[Any] | None = None
    once: bool = False
    rest: range | None = None

    def add(self, *more: Any) -> None:
        """Put items at the end, as long as there are not too many to be followed."""
        room = MAX_ITEMS - len(self.items)
        self.items += more[:room]
        self.whole = self.whole and len(more) <= room
        if self.keys is not None:
            first = 1 + max((k for k in self.keys if isinstance(k, int)), default=-1)
            self.keys += range(first, first + len(more[:room]))

    @property
    def places(self) -> list[Any]:
        """What its items are kept under."""
        return list(range(len(self.items))) if self.keys is None else self.keys

    def put(self, key: Any, value: Any) -> None:
        """Keep something under a key."""
        places = self.places
        if key in places:
            self.items[places.index(key)] = value
        elif len(self.items) < MAX_ITEMS:
            self.keys = [*places, key]
            self.items.append(value)
        else:
            self.whole = False

    def drop(self, key: Any) -> Any:
        """Take something out; the others stay under their keys."""
        self.keys = list(self.places)
        if key not in self.keys:
            return NOTHING
        at = self.keys.index(key)
        del self.keys[at]
        return self.items.pop(at)


def listed(items: Iterable[Any], *, whole: bool = True) -> Items:
    """A list of no more items than can be followed."""
    sequence = Items([], whole)
    sequence.add(*items)
    return sequence


def put(items: Items, value: Any, *, spread: bool) -> None:
    """Add a value to a list, or all of those that it stands for."""
    if not spread:
        items.add(value)
    elif isinstance(value, Items):
        items.add(*value.items)
        items.whole = items.whole and value.whole
    elif isinstance(value, Record) and value.kind == "map":
        items.add(*(Items([key, held]) for key, held in value.fields.items()))
        items.whole = items.whole and not value.open
    else:
        items.whole = False


def unique(items: Items) -> Items:
    """A list without the texts and numbers that it holds a second time."""
    kept: list[Any] = []
    for value in items.items:
        if not isinstance(value, str | int | float) or value not in kept:
            kept.append(value)
    sure = len(kept) < 2 or not any(isinstance(v, Thing) and not certain(v) for v in kept)
    return Items(kept, items.whole and sure)


def ordered(
    items: list[Any], key: Callable[[Any], Any] | None, *, backwards: bool = False
) -> list[Any]:
    """Items in the order of what `key` makes of them. Texts and numbers of an order that is not
    known, without a key, are not known either; other things stay as they stand.
    """
    plain = [isinstance(value, str | int) and not isinstance(value, bool) for value in items]
    if not all(plain):
        between = any(isinstance(value, Thing) for value in items)
        return [NOTHING if at and between else v for v, at in zip(items, plain, strict=True)]
    alike = key is not None and len({type(key(value)) for value in items}) == 1
    if alike and key is not None:
        return sorted(items, key=key, reverse=backwards)
    return items if len(items) < 2 else [NOTHING] * len(items)


@dataclass(slots=True, eq=False)
class Record:
    """A dictionary, an object or a module. kind: `dict`, `object`, `module`, or what a library
    makes of it (`event`, `timer`). open: whether it may have fields that are not known. pointed:
    whether it is reached by pointers, where others are copied (Go).
    """

    kind: str
    fields: dict[Any, Any] = field(default_factory=dict)
    of: Class | None = None
    open: bool = False
    pointed: bool = False


@dataclass(slots=True, eq=False)
class Scope:
    """Variables. links: names that stand for those of another scope. sealed: nothing outside is
    seen. of_class: they are members, which functions in it find through their object alone.
    """

    names: dict[str, Any] = field(default_factory=dict)
    outer: Scope | None = None
    links: dict[str, Scope] = field(default_factory=dict)
    sealed: bool = False
    of_function: bool = False
    of_class: bool = False


@dataclass(slots=True, eq=False)
class Closure:
    """A function with the variables around it.

    this: the object that it belongs to. role: `getter`: it is called where its name is read;
    `class`: it is given the class; `static`: neither that nor an object; `context`: a generator
    that a block is entered and left by.
    """

    code: Code
    scope: Scope
    this: Any = None
    role: str = ""


@dataclass(slots=True, eq=False)
class Class:
    """A class of the program's own."""

    name: str
    members: Scope
    bases: tuple[Any, ...] = ()


@dataclass(slots=True, eq=False)
class Child:
    """A process that the program has started. pid: its number; group: whether that leads a group
    of its own. kind: what the language takes it for (`popen`, `pid`, `spawned`).
    """

    pid: int
    kind: str
    group: bool = False
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """A method of something that the machine knows itself."""

    receiver: Any
    name: str


BY_LOOP = "by-loop"
"""A field of a handler that the event loop calls between other call-backs, interrupting nothing."""


def by_loop(handler: Any) -> bool:
    """Whether the event loop calls a handler."""
    receiver = handler.receiver if isinstance(handler, Bound) else None
    return isinstance(receiver, Record) and BY_LOOP in receiver.fields


@dataclass(slots=True, eq=False)
class Promise:
    """A value that is there later. failed: it is an exception. heard: whether anybody waits for it.
    all_of: of these, all of them, or any of them where its value says so. reactions: what is called
    with the value, what with an exception, and the promise of what that gives.
    """

    done: bool = False
    value: Any = None
    failed: bool = False
    heard: bool = False
    all_of: list[Any] | None = None
    reactions: list[Any] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Coroutine:
    """A call of an asynchronous function that waits to be awaited."""

    closure: Closure
    arguments: list[Any]
    keywords: dict[str, Any]


@dataclass(slots=True, eq=False)
class Generator:
    """A call of a function that gives one value after the other, when it is asked for them.

    strand: its own flow of control, which waits between them. given: whether the one asked for is
    there; done: whether there are no more, and the value is what it returned. thrown: the exception
    that it ended with.
    """

    strand: Any
    given: bool = False
    value: Any = None
    done: bool = False
    begun: bool = False
    thrown: Thrown | None = None


@dataclass(slots=True, eq=False)
class Thrown:
    """An exception. kind: the name of its class. kinds: that and the names of its bases."""

    kind: str
    kinds: tuple[str, ...]
    value: Any = None


def key_of(value: Any) -> Any:
    """What a dictionary keeps a value under: its text, or a process or thing itself; None where
    that is not known.
    """
    if isinstance(value, Child) or (isinstance(value, Thing) and value.path):
        return value
    return spelled(value)


def certain(key: Any) -> bool:
    """Whether a key of a dictionary is a known one."""
    return key is not None and (not isinstance(key, Thing) or signal_name(key) is not None)


def spelled(value: Any) -> str | None:
    """A value as text; None where it is not known."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str | int):
        return str(value)
    return None


def signal_name(value: Any) -> str | None:
    """The signal, without SIG, that a value stands for; None where that is not known."""
    from gracelint.base import signals

    if isinstance(value, Thing):
        last = value.path.removesuffix("()").rpartition(".")[2].rpartition("::")[2]
        return signals.parse(last) if last.startswith("SIG") else None
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value).lstrip("-").rpartition(".")[2].rpartition("::")[2]
    return signals.parse(text) if text not in {"0", ""} else None
