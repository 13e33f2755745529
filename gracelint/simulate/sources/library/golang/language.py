"""Go itself: its own functions, and what it has of values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library.ahead import at_once, cut_off, leaves_at_once, undone
from gracelint.simulate.sources.library.base import WAITS, Language, kind_of
from gracelint.simulate.sources.library.golang.offers import is_taken
from gracelint.simulate.sources.library.plain import Table
from gracelint.simulate.sources.machine.calls import find_member
from gracelint.simulate.sources.machine.code import Dialect
from gracelint.simulate.sources.machine.operations import SIMPLE, equal
from gracelint.simulate.sources.machine.properties import holder_of
from gracelint.simulate.sources.machine.state import ENTERED, Frame
from gracelint.simulate.sources.machine.values import (
    MAX_ITEMS,
    NOTHING,
    Bound,
    Child,
    Class,
    Items,
    Record,
    Thing,
    Thrown,
)
from gracelint.syntax.code.golang import BEGINS, SIBLINGS

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.machine import Machine
    from gracelint.simulate.sources.machine.state import Given, Strand
    from gracelint.syntax.code import tree

FUNCTIONS = Table()
CANCELLED = "context canceled"
SERVER_CLOSED = "http: Server closed"
NO_MORE = "use of closed network connection"
_SEEDS = """
Exit Fatal Fatalf Fatalln panic Wait Signal Kill Start Run Notify NotifyContext Ignore Stop Reset
Shutdown Close close cancel Done Sleep Exec ListenAndServe Serve Accept Store StoreInt32 main
"""
_PAUSES = "Wait Sleep Shutdown GracefulStop \0receive \0receive-pair \0next \0select"
_CONSTANTS: dict[str, Any] = {
    "time.Nanosecond": 1e-9,
    "time.Microsecond": 1e-6,
    "time.Millisecond": 0.001,
    "time.Second": 1,
    "time.Minute": 60,
    "time.Hour": 3600,
    "os.Interrupt": Thing("syscall.SIGINT"),
    "os.Kill": Thing("syscall.SIGKILL"),
    "http.ErrServerClosed": SERVER_CLOSED,
    "context.Canceled": CANCELLED,
    "context.DeadlineExceeded": "context deadline exceeded",
    "net.ErrClosed": NO_MORE,
    "io.EOF": "EOF",
}
_ALWAYS = frozenset({"\0error", "\0results"})


class Go(Language):
    """Go with its standard library; an error is a text."""

    dialect = Dialect("go", hoists=True, blocks=True, alone=True)
    constructor = "\0new"
    whole = True
    seeds = frozenset(_SEEDS.split())
    functions = FUNCTIONS
    members = Table()
    methods: dict[str, Table] = {}  # noqa: RUF012
    pauses = frozenset(_PAUSES.split())
    handlers = dict.fromkeys(("TERM", "INT", "QUIT", "HUP", "ABRT"), "end")

    def undone(self, machine: Machine) -> bool:
        """Blocks that the end of the program leaves, and threads that go on, are looked at."""
        return undone(machine) or _serves_on(machine)

    def harmless(self, path: str) -> bool:
        """Whether the name of what is not listed says nothing of waiting or serving."""
        return WAITS.search(path.rpartition(".")[2]) is None

    def takes(self, machine: Machine, queue: Record) -> bool:
        """Whether an offer to a channel is taken, of a case of `select` that sends."""
        return "to" in queue.fields and is_taken(machine, queue.fields["to"])

    def thing(self, machine: Machine, path: str) -> Any:
        """Constants, and the words that the program was started with."""
        if path == "os.Args":
            return Items(list(machine.environment["argv"]))
        return _CONSTANTS[path] if path in _CONSTANTS else super().thing(machine, path)

    def member(self, machine: Machine, value: Any, name: str) -> Any:
        """A member of something that the machine knows."""
        if name in _ALWAYS:
            return Bound(value, name)
        if isinstance(value, Child) and name == "Pid":
            return value
        if isinstance(value, Record) and (holder := holder_of(value, name)) is not value:
            return holder.fields[name]
        return super().member(machine, value, name)

    def call(self, given: Given) -> Any:
        """A function of a library; of what comes of an unknown one it is taken to succeed."""
        path, _, name = given.path.rpartition(".")
        if name == "\0error":
            return None
        if name == "\0results":
            return _results(Thing(path), given.get(0))
        return super().call(given)

    def method(self, given: Given) -> Any:
        """A method of something that the machine knows."""
        if given.path == "\0error":
            return given.receiver
        if given.path == "\0results":
            known = isinstance(given.receiver, Items)
            return given.receiver if known else _results(given.receiver, given.get(0))
        return super().method(given)

    def imported(self, machine: Machine, strand: Strand, frame: Frame, node: tree.Import) -> None:
        """Load the package's other files, or another package of the program; then its name."""
        if node.module == BEGINS:
            _begin(machine, strand, frame)
            return
        paths = machine.host.modules(node, frame.code)
        for path in paths:
            if path in machine.modules:
                continue
            code = machine.host.code(path)
            if code is None:
                machine.modules[path] = Record("module", open=True)
                continue
            first = paths[0] if node.module != SIBLINGS else frame.code.path
            known = machine.globals.get(first)
            names = known.names if known is not None else dict[str, Any]()
            self.run_module(machine, strand, path, code, names)
            strand.frames[-1].target = node.module
            frame.at -= 1
            return
        for _, local in node.names:
            module = machine.modules.get(paths[0]) if paths else None
            frame.scope.names[local] = module or Thing(node.module.rpartition("/")[2])


def _begin(machine: Machine, strand: Strand, frame: Frame) -> None:
    """The variables of a file are there. Its `init` runs when those of all files of the package
    are, and the other files' before that of the one that was loaded first.
    """
    waiting = machine.mode.setdefault("inits", {})
    folder = frame.code.path.rpartition("/")[0]
    if frame.target == SIBLINGS:
        waiting.setdefault(folder, []).append((frame.code, frame.scope, frame.at))
        frame.at = len(frame.code.instructions)
    elif waiting.get(folder):
        code, scope, at = waiting[folder].pop(0)
        strand.frames.append(Frame(code, scope, at, gives="drop"))
        frame.at -= 1


def _results(first: Any, count: Any) -> Items:
    """What a call gives that is not known: the last of several is an error, which there is not."""
    several = count if isinstance(count, int) else 2
    return Items([first, *[NOTHING] * (several - 2), None])


GO = Go()


@FUNCTIONS.add("\0fill")
def _fill(given: Given) -> Any:
    """`T{name: value}`."""
    value, fields = given.get(0), given.get(1)
    if not isinstance(value, Record):
        value = Record("object", open=True)
    if isinstance(fields, Record):
        value.fields.update(fields.fields)
    return value


@FUNCTIONS.add("\0slice")
def _slice(given: Given) -> Any:
    value, first, last = given.get(0), given.get(1), given.get(2)
    if isinstance(value, Items) and isinstance(first, int | None) and isinstance(last, int | None):
        return Items(value.items[first:last], value.whole)
    if not isinstance(value, str):
        return value
    known = isinstance(first, int | None) and isinstance(last, int | None) and value.isascii()
    return value[first:last] if known and 0 <= (last or 0) <= len(value) else NOTHING


@FUNCTIONS.add("append")
def _append(given: Given) -> Any:
    before = given.get(0)
    items = list(before.items) if isinstance(before, Items) else []
    longer = Items(items, not isinstance(before, Thing))
    longer.add(*given.arguments[1:])
    given.machine.effects += 1
    return longer


@FUNCTIONS.add("\0made")
def _made(given: Given) -> Any:
    """`make([]T, count)`."""
    count, zero = given.get(0), given.get(1)
    if not isinstance(count, int):
        return Items([], whole=False)
    plain = zero is not None and isinstance(zero, SIMPLE)
    return Items([zero if plain else NOTHING] * min(count, MAX_ITEMS), count <= MAX_ITEMS)


@FUNCTIONS.add("len")
def _len(given: Given) -> Any:
    value = given.get(0)
    if isinstance(value, Items):
        return len(value.items) if value.whole else NOTHING
    return len(value) if isinstance(value, str) and value.isascii() else NOTHING


@FUNCTIONS.add("cap")
def _cap(given: Given) -> Any:
    """How many items a channel keeps; how many a slice has room for is not known."""
    value = given.get(0)
    if not isinstance(value, Record) or value.kind != "chan":
        return NOTHING
    room = value.fields.get("room", NOTHING)
    return 0 if room is None else room


@FUNCTIONS.add("delete")
def _delete(given: Given) -> Any:
    table, key = given.get(0), given.get(1)
    if isinstance(table, Record):
        table.fields.pop(key if isinstance(key, str) else str(key), None)
    return None


@FUNCTIONS.add(
    *("string", "int", "int32", "int64", "uint32", "uint64", "float64", "byte", "rune", "any"),
    *("time.Duration", "syscall.Signal", "os.Signal", "errors.New", "fmt.Errorf"),
)
def _same(given: Given) -> Any:
    """A conversion; an error is its text."""
    value = given.get(0)
    return "error" if given.path == "fmt.Errorf" and not isinstance(value, str) else value


@FUNCTIONS.add("errors.Is")
def _is(given: Given) -> Any:
    same = equal(given.get(0), given.get(1))
    return NOTHING if same is None else same


@FUNCTIONS.add("errors.As")
def _as(given: Given) -> Any:
    """The error of a process that has failed is what it is mostly asked for."""
    return given.get(0) == "exit status" if isinstance(given.get(0), str | None) else NOTHING


@FUNCTIONS.add("\0is")
def _is_of_type(given: Given) -> Any:
    """A case of a type switch, of types of the program's own."""
    value, name = given.get(0), given.get(1)
    if name == "nil" and value is None:
        return True
    named = [scope.names.get(name) for scope in given.machine.globals.values()]
    listed = any(isinstance(one, Class) and find_member(one, "") is None for one in named)
    known = isinstance(value, Record) and value.of is not None and listed
    return value.of.name == name if known else NOTHING


@FUNCTIONS.add("panic")
def _panic(given: Given) -> Any:
    given.machine.throw(given.strand, Thrown("panic", ("Exception",)))
    return ENTERED


@FUNCTIONS.add("\0panicked")
def _panicked(given: Given) -> Any:
    given.machine.mode["panicked"] = True
    return None


@FUNCTIONS.add("recover")
def _recover(given: Given) -> Any:
    return "panic" if given.machine.mode.pop("panicked", False) else None


@FUNCTIONS.add("\0iterate")
def _iterate(given: Given) -> Any:
    """What `range` goes over."""
    value, iterator = given.get(0), Record("iterator", {"at": -1})
    if isinstance(value, int) and not isinstance(value, bool):
        value = Items(list(range(min(value, 100))))
    pairs: list[Any] | None = None
    if isinstance(value, Items):
        pairs = [Items([at, item]) for at, item in enumerate(value.items)]
    elif isinstance(value, Record) and value.kind in {"dict", "object"}:
        pairs = [Items([key, item]) for key, item in value.fields.items()]
    elif value is None or isinstance(value, str):
        pairs = [Items([NOTHING, NOTHING]) for _ in value or ""]
    iterator.fields["pairs"] = Items(pairs) if pairs is not None else None
    iterator.fields["of"] = value
    return iterator


@FUNCTIONS.add("\0more")
def _more(given: Given) -> Any:
    """Whether there is a further round; a channel is waited for."""
    fields = given.get(0).fields
    fields["at"] += 1
    pairs, value = fields["pairs"], fields["of"]
    if isinstance(pairs, Items):
        fields["current"] = pairs.items[fields["at"]] if fields["at"] < len(pairs.items) else None
        return fields["at"] < len(pairs.items)
    if kind_of(value) == "chan":
        return FUNCTIONS["\0next"](given)
    fields["current"] = Items([NOTHING, NOTHING])
    return False if fields["at"] else NOTHING


@FUNCTIONS.add("\0current")
def _current(given: Given) -> Any:
    """The item of this round, or the first part of it alone."""
    fields = given.get(0).fields
    return fields.get("current") or Items([NOTHING, NOTHING])


def _serves_on(machine: Machine) -> bool:
    """A handler that leaves its one server as it is cuts off the requests in hand, as the end of
    the program does to clients that are served beside its main function.
    """
    blocks = (strand.block for strand in machine.strands)
    waits = (block.subject for block in blocks if block is not None)
    servers = [s for s in waits if isinstance(s, Record) and s.kind == "server"]
    one = len(servers) == len(machine.serves) == 1 and machine.mode.get("ran")
    if not servers and machine.serves and leaves_at_once(machine):
        cut_off(machine, machine.mode["leaves"])
    elif not servers and _leaves_clients(machine):
        cut_off(machine, machine.mode.get("closes") or machine.places.get("TERM"))
    elif one and not servers[0].fields["\0set"]:
        machine.mode["cuts"] = machine.mode.get("leaves") or machine.places.get("TERM")
    return False


def _leaves_clients(machine: Machine) -> bool:
    """Whether nobody waits for clients that are served beside the main function."""
    told = machine.mode.get("beside") and machine.mode.get("ran")
    return bool(told and at_once(machine))
