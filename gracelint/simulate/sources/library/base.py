"""What is the same for all languages: starting, waiting, telling, texts, lists."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from gracelint.atlas.libraries import libraries
from gracelint.base import lazy, signals
from gracelint.base.paths import absolute
from gracelint.model.entries import Handlers, Reaction
from gracelint.simulate.sources.library.ahead import waits
from gracelint.simulate.sources.library.hands import drops
from gracelint.simulate.sources.library.plain import COMMON, Table, texts
from gracelint.simulate.sources.library.stays import end_of, may_stay, surely_starts, words_of
from gracelint.simulate.sources.machine.calls import above
from gracelint.simulate.sources.machine.code import Dialect, compile_function
from gracelint.simulate.sources.machine.state import (
    ENTERED,
    Block,
    Command,
    Frame,
    Given,
    Lost,
    Strand,
)
from gracelint.simulate.sources.machine.values import (
    NOTHING,
    Bound,
    Child,
    Class,
    Closure,
    Coroutine,
    Generator,
    Items,
    Promise,
    Record,
    Scope,
    Thing,
    Thrown,
    signal_name,
    spelled,
)
from gracelint.syntax.code import tree

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gracelint.simulate.sources.machine.code import Code
    from gracelint.simulate.sources.machine.machine import Machine

MAX_FORKS = 50
MANY_FORKS = 10
"""So many, one after the other, are those of a loop that goes on until the program is stopped."""
MANY_RUNS = 40
"""The same of programs that are started at one place, and waited for."""
MAX_PATH = 100


WAITS = lazy.compile(
    r"(?i:serve|accept|wait|pause|receive|recv|listen|forever|park|poll)|^Copy(?:N|Buffer)?$"
    r"|^Read(?:From\w*)?$"
)
"""What functions of a language's own library are called that may stay for as long as they like."""


class Language:
    """The base of all languages' libraries; see `machine.Library` for what is asked of it.

    functions: by path. methods: by the kind of their receiver (`popen`, `list`, `text`, `event`).
    members: by the name of a method that any library's object may have. runs: names of methods
    that call the functions they are given. own_file: the names of the file that they are written
    in, which is its `path`, its `folder`, or its name as it was `given`. made: the kind of what a
    class of a library makes, whose methods the program's own classes inherit. pauses: what waits
    for others is called, whether or not there is something to wait for. whole: only programs are
    played of which all is in sight that is not the language's own, so that a call which is not
    known here is a wait of its own. refuses: the signals that nobody can set a handler for, and the
    exception of whoever tries.
    """

    dialect = Dialect("")
    this = ""
    constructor = "constructor"
    seeds: frozenset[str] = frozenset()
    events = False
    eager = False
    sleep_interrupted = "goes-on"
    deferring = False
    pauses: frozenset[str] = frozenset()
    whole = False
    functions: Table = Table()
    methods: dict[str, Table] = {}  # noqa: RUF012
    members: Table = Table()
    runs: frozenset[str] = frozenset()
    own_file: dict[str, str] = {}  # noqa: RUF012
    handlers: dict[str, str] = {}  # noqa: RUF012
    made: dict[str, str] = {}  # noqa: RUF012
    refuses: dict[str, Thrown] = {}  # noqa: RUF012

    def of_handlers(self) -> Any:
        """The object that a handler belongs to which was given as a function by itself."""
        return NOTHING

    def of_nobody(self, machine: Machine) -> Any:
        """The object of a function that belongs to none."""
        del machine
        return NOTHING

    # What a program asks -----------------------------------------------------------------------

    def load(self, machine: Machine, name: str) -> Any:
        """A name of the language's own."""
        del machine
        return Thing(name)

    def takes(self, machine: Machine, queue: Record) -> bool:
        """Whether what a strand waits to send could be sent now."""
        del machine, queue
        return False

    def undefined(self, machine: Machine, name: str, code: Code) -> Thrown | None:
        """The exception that reading a name gives which nothing defines; None where one may."""
        del machine, name, code
        return None

    def autoloads(self, machine: Machine, strand: Strand, name: str) -> bool:
        """Whether a file is run first, since a name that is not known yet stands in it."""
        del machine, strand, name
        return False

    def harmless(self, path: str) -> bool:
        """Whether what a library does here is known to change nothing."""
        del path
        return False

    def runs_package(self, path: str) -> bool:
        """Whether it starts what a package of somebody else's is there for, such as a framework's
        main loop, which often handles signals: `package.run`.
        """
        del path
        return False

    def default(self, machine: Machine, signal: str) -> str:
        """What the run-time does on a signal that the program does not handle."""
        del machine
        return self.handlers.get(signal, "default")

    def number(self, signal: str) -> Any:
        """What a handler is given for its signal."""
        return Thing(f"signal.SIG{signal}")

    def truth(self, value: Any) -> bool | None:
        """Whether a value counts as true."""
        if isinstance(value, bool | int | float | str) or value is None:
            return bool(value)
        if isinstance(value, Items):
            return bool(value.items) if value.whole or value.items else None
        if isinstance(value, Record) and value.kind == "dict":
            return bool(value.fields) or (None if value.open else False)
        if isinstance(value, Thing):
            return None
        return True

    def called(self, given: Given, value: Any) -> Any:
        """The function that is meant by a value which is called and is none."""
        del given
        return value

    def call(self, given: Given) -> Any:
        """What a function of a library gives."""
        path = given.path
        self._waits(given)
        native = self.functions.get(path)
        if native is not None:
            return native(given)
        if path == tree.ABOVE:
            return above(given)
        stays = self.framework(given)
        if stays is not None:
            return stays
        native = self.members.get(path.rpartition(".")[2]) if "." in path else None
        if native is not None:
            return native(given)
        return self.unknown(given)

    def framework(self, given: Given) -> Any:
        """What a framework does where it is started; None: it is none."""
        path = given.path.replace("()", "").lstrip("?.")
        listed = _ways(self.dialect.name)
        ways = listed.get(path) or listed.get("." + path.rpartition(".")[2]) or ()
        wanted = [w for w in ways if _so(given, w)]
        for way in wanted:
            self._handled(given, way)
            if way.reloads:
                asked = next((words for words in way.when if _said(given, words)), "")
                called = words_of(path).removesuffix("()")
                said = f"{called}({asked})", way.does is Reaction.GRACEFUL
                given.machine.mode["reloads"] = *said, given.code, given.node
        ends = _ends(self.dialect.name).get(path)
        if ends is not None:
            end_of(given.machine, ends)
            return Thing(f"{given.path}()")
        serving = [way for way in wanted if way.serves]
        if not serving:
            if wanted and may_stay(path.rpartition(".")[2]):
                given.machine.mode["kept"] = True
            return Thing(f"{given.path}()") if wanted else None
        given.machine.unknown += 1
        if serving[0].work:
            served(given, serving[0].work)
        if self.events:
            given.machine.keepers["framework"] = False
            return Thing(f"{given.path}()")
        return Block("work", serving[0].ended_by, presumed=True)

    def _handled(self, given: Given, way: Handlers) -> None:
        """A library's own handlers stand beside those of the program where several can."""
        machine = given.machine
        for signal in _signals_named(given, way.named_by) or way.signals:
            does = _DOES.get(way.does, "goes-on")
            does = "finish-own" if way.own else does
            before = machine.handlers.get(signal)
            if self.events:
                others = before.items if isinstance(before, Items) else []
                does = Items([*others, does])
            elif way.passes_on and before is not None:
                does = Items([before, does])
            machine.install(signal, does, given.node, given.code)

    def unknown(self, given: Given) -> Any:
        """A call of which nothing is known."""
        machine, path = given.machine, given.path
        for value in given.arguments:
            if isinstance(value, Promise):
                value.heard = True
        if any(isinstance(value, Thing | Bound) for value in given.arguments):
            machine.mode["lent"] = True  # what is called may end what it is given
        last = path.rpartition(".")[2]
        if not self.harmless(path):
            self.calls_unknown(machine, path, stays=self.may_stay(last))
            handles = given.strand.handles or any(f.gives == "handler" for f in given.strand.frames)
            if handles and not self.events:
                self.hands_on(given)
        if last in self.runs:
            for value in given.arguments:
                if isinstance(value, Closure | Bound) and self._worth(machine, value):
                    machine.mode["presumes"] = True
                    return machine.enter(given.strand, value, [NOTHING], {}, given.node)
        return Thing(f"{path}()") if 0 < len(path) < MAX_PATH else NOTHING

    def may_stay(self, name: str) -> bool:
        """Whether a function of which nothing else is known may stay."""
        return may_stay(name)

    def hands_on(self, given: Given) -> None:
        """A handler that gives its functions to somebody has them called, so far as is known."""
        for value in given.arguments:
            if isinstance(value, Closure | Bound) and self._worth(given.machine, value):
                given.machine.mode["guess"] = f"`{words_of(given.path)}` calls back"
                given.machine.spawn(value, [], given.node)

    def calls_unknown(self, machine: Machine, path: str, *, stays: bool) -> None:
        """A call of which nothing is known but its name, by which it comes back or may not."""
        machine.unknown += 1
        machine.mode["brief"] = machine.mode.get("brief", 0) + (not stays)
        if self.whole:
            machine.mode["kept"] = True
        machine.mode["called"] = words_of(path)
        if stays:
            machine.mode["stays"] = words_of(path)
            machine.mode["framework"] = words_of(path) if self.runs_package(path) else ""

    def skipped(self, machine: Machine, words: Iterable[str]) -> None:
        """What is left out since nothing tells whether it is done may be what stays."""
        staying = sorted(word for word in words if surely_starts(word))
        if staying:
            self.calls_unknown(machine, staying[0], stays=True)

    def _waits(self, given: Given) -> None:
        """Note that a program which was told waits for something."""
        word = given.path.rpartition(".")[2]
        own = word.isalpha() or not given.code.path.startswith("\0")
        if given.machine.mode.get("told") and own and word in self.pauses:
            waits(given.machine)

    @staticmethod
    def _worth(machine: Machine, value: Any) -> bool:
        return not isinstance(value, Closure) or machine.matters(value.code.names)

    def method(self, given: Given) -> Any:
        """What a method of something that the machine knows gives."""
        self._waits(given)
        kind = kind_of(given.receiver)
        table = self.methods.get(kind)
        method = table.get(given.path) if table is not None else None
        native = method or COMMON.get(kind, Table()).get(given.path)
        if native is None and kind in {"object", "dict", "module"}:
            native = self.methods.get("any", Table()).get(given.path)
        if native is not None:
            return native(given)
        if kind in {"object", "module", "function", "class"}:
            library = _library_of(given.receiver)
            native = self.methods.get(self.made.get(library, ""), Table()).get(given.path)
            if native is not None:
                return native(given)
            given.path = f"{library}.{given.path}"
            return self.call(given)
        return NOTHING

    def member(self, machine: Machine, value: Any, name: str) -> Any:
        """A member of something that the machine knows."""
        del machine
        if isinstance(value, Child) and name in value.fields:
            return value.fields[name]
        kind = kind_of(value)
        if isinstance(value, Record) and value.kind in {"dict", "module"} and not value.open:
            exists = name in self.methods.get(kind, {}) or name in COMMON.get(kind, Table())
            return Bound(value, name) if exists else None
        return Bound(value, name) if value is not None else NOTHING

    def thing(self, machine: Machine, path: str) -> Any:
        """What a library has under this path; of one that is too long, its name alone is left."""
        del machine
        if len(path) < MAX_PATH:
            return Thing(path)
        name = path.rpartition(".")[2]
        return Thing(f"?.{name}") if len(name) < MAX_PATH else NOTHING

    def index(self, machine: Machine, path: str, key: Any) -> Any:
        """An item of something of a library."""
        del machine, key
        return Thing(f"{path}[]") if 0 < len(path) < MAX_PATH else NOTHING

    def set_index(
        self, machine: Machine, target: Record, name: str, value: Any, node: tree.Node, code: Code
    ) -> None:
        """`target[name] = value`."""
        del machine, node, code
        target.fields[name] = value

    def items(self, machine: Machine, value: Any, *, keys: bool) -> Any:
        """What a loop goes over; a Block: until a process ends; None: not known."""
        del machine
        if isinstance(value, Items):
            items = list(range(len(value.items))) if keys else list(value.items)
            return items if value.whole or items else None
        if isinstance(value, Record) and value.kind == "dict":
            return list(value.fields) if not value.open or value.fields else None
        if isinstance(value, Bound) and isinstance(value.receiver, Child):
            return Block("pipe", [value.receiver.pid])
        if isinstance(value, str):
            return list(value)
        return None

    def decorated(
        self, machine: Machine, strand: Strand, function: Any, decorator: Any, node: tree.Node
    ) -> Any:
        """What a decorator makes of a function."""
        if isinstance(decorator, Closure):
            machine.call(strand, decorator, [function], {}, node)
            return ENTERED
        if isinstance(decorator, Thing) and decorator.path in self.functions:
            machine.enter(strand, decorator, [function], {}, node)
        return function

    def entered(self, machine: Machine, strand: Strand, value: Any) -> Block | None:
        """The begin of a block within `value`."""
        del machine, strand, value
        return None

    def left(self, machine: Machine, strand: Strand, value: Any, frame: Frame) -> Block | None:
        """The end of a block within `value`."""
        del machine, strand, value, frame
        return None

    def filled(self, given: Given, instance: Record) -> None:
        """An object of a class without a constructor of its own is given these arguments."""

    def exported(self, machine: Machine, strand: Strand, frame: Frame, node: tree.Export) -> None:
        """A module gives the names of a statement away."""
        del machine, strand, frame, node

    def exports(self, machine: Machine, path: str) -> Any:
        """What a file gives away, as one value."""
        return machine.modules.get(path, NOTHING)

    def received(self, machine: Machine, sender: int, value: Any) -> None:
        """A message has come."""
        del machine, sender, value

    def handled(self, machine: Machine, strand: Strand) -> None:
        """A handler that has interrupted the main program is through."""
        del machine, strand

    def ended(self, machine: Machine, child: Child) -> None:
        """A process has ended."""
        del machine, child

    def begun(self, machine: Machine, code: Code) -> dict[str, Any]:
        """The variables of the first file, beside those that every language has."""
        del machine, code
        return {}

    def put_away(self, machine: Machine, value: Any) -> None:
        """A value becomes a part of something of which nothing is known."""
        del machine, value

    def cleans_up(self, machine: Machine) -> float:
        """The seconds that what the program has registered for its end surely takes."""
        del machine
        return 0.0

    def undone(self, machine: Machine) -> bool:
        """Whether something is left undone by the end of the program, now that it was told. A
        handler that ends it while it waits for clients drops those in hand.
        """
        drops(machine)
        return False

    # Modules -----------------------------------------------------------------------------------

    def run_module(
        self, machine: Machine, strand: Strand, path: str, code: Code, names: dict[str, Any]
    ) -> Record:
        """Run a file of the program that is loaded for the first time."""
        machine.add(code)
        scope = Scope(names, of_function=True)
        module = Record("module", scope.names, open=True)
        machine.globals[path], machine.modules[path] = scope, module
        strand.frames.append(Frame(code, scope, gives="drop"))
        return module

    def loaded(self, machine: Machine, strand: Strand, path: str) -> bool:
        """Whether a file has been run that is loaded by its path; if not, it is now."""
        del machine, strand, path
        return True

    def imported(self, machine: Machine, strand: Strand, frame: Frame, node: tree.Import) -> None:
        """`import` as a statement."""
        del machine, strand, frame, node


_DOES: dict[Reaction | None, Any] = {
    Reaction.GRACEFUL: "finish",
    Reaction.FAST: "finish-fast",
}


@cache
def _ways(language: str) -> dict[str, list[Handlers]]:
    """What calls of listed libraries do, by their full name or by that of a method."""
    ways: dict[str, list[Handlers]] = {}
    for entry in libraries(language):
        for way in entry.handlers:
            for call in way.calls:
                ways.setdefault(call, []).append(way)
    return ways


@cache
def _ends(language: str) -> dict[str, tuple[str, ...]]:
    """What the calls end by which a listed library ends what it serves."""
    ways = [way for entry in libraries(language) for way in entry.handlers]
    return {call: way.ended_by for way in ways for call in way.ended_by}


def _so(given: Given, way: Handlers) -> bool:
    """Whether a call is given what an entry of the atlas asks for."""
    if way.when and not any(_said(given, words) for words in way.when):
        return False
    if way.pinned and not _pinned(given, way.pinned):
        return False
    return not any(_said(given, words) for words in way.unless)


def _pinned(given: Given, wanted: str) -> bool:
    """Whether a requirements.txt beside the program, or above it, pins such a version."""
    folder = given.machine.codes[0].path.rpartition("/")[0]
    while True:
        text = given.machine.host.contents(f"{folder}/requirements.txt")
        if text is not None or not folder:
            lines = ("".join(line.split()).lower() for line in (text or "").splitlines())
            return any(line.startswith(wanted) for line in lines)
        folder = folder.rpartition("/")[0]


def _said(given: Given, words: str) -> bool:
    """Whether a call is given an argument, as the atlas writes it: `name=value`.

    `name=` is a call that does not name it, and is given nothing by place.
    """
    name, _, value = words.partition("=")
    options = [a.fields for a in given.arguments if isinstance(a, Record)]
    ways = [o for o in (given.keywords, *options) if name in o]
    if not ways:
        return not value and not given.arguments
    held = ways[0][name]
    shown = spelled(held)
    return shown == value if shown is not None else isinstance(held, bool) and repr(held) == value


def _signals_named(given: Given, names: Iterable[str]) -> set[str]:
    """The signals that arguments name: a list of them, or words of a text."""
    options = [given.keywords, *(a.fields for a in given.arguments if isinstance(a, Record))]
    values = [held[name] for name in names for held in options if name in held]
    listed = [v for value in values for v in (value.items if isinstance(value, Items) else [value])]
    words = [word for value in listed for word in (spelled(value) or "").replace(",", " ").split()]
    return {known for known in map(signals.parse, words) if known}


def _library_of(value: Any) -> str:
    """The path of the library's class that an object of the program's own class is made of."""
    queue = [value.of] if isinstance(value, Record) else [value]
    for _ in range(10):
        one = queue.pop(0) if queue else None
        if isinstance(one, Thing):
            return one.path
        if isinstance(one, Class):
            queue += one.bases
    return "?"


def kind_of(value: Any) -> str:
    """What tables of methods call a value."""
    if isinstance(value, Record):
        return value.kind
    if isinstance(value, Child):
        return value.kind
    for kind, name in _KINDS:
        if isinstance(value, kind):
            return name
    return ""


_KINDS: tuple[tuple[type, str], ...] = (
    (str, "text"),
    (Items, "list"),
    (Promise, "promise"),
    (Closure, "function"),
    (Class, "class"),
    (Coroutine, "promise"),
    (Generator, "generator"),
    (Bound, "bound"),
    (bool, "number"),
    (int, "number"),
    (float, "number"),
)


def each(
    given: Given,
    items: Items,
    function: Any,
    *,
    method: str = "",
    gives: str = "push",
    spread: bool = False,
    flat: bool = False,
) -> Any:
    """Call a function, or a method of every item, for one item after the other; their values.

    function: None where the items themselves are called. spread: each item is a list of what the
    function is given. flat: lists that it gives are taken apart.
    """
    at = given.node.start, given.node.end
    item = tree.Name(*at, "\0item")
    called: tree.Node = tree.Name(*at, "\0call")
    arguments: tuple[tree.Argument, ...] = (tree.Argument(*at, item, spread=spread),)
    if method or function is None:
        called, arguments = tree.Member(*at, item, method) if method else item, ()
    collected = tree.Collect(
        *at, tree.Call(*at, called, arguments), item, tree.Name(*at, "\0items"), ()
    )
    made = tree.Call(*at, tree.Member(*at, collected, "\0flat"), ()) if flat else collected
    body = (tree.Return(*at, made),)
    loop = tree.Function(*at, "", (), body, captures=(("\0items", True), ("\0call", True)))
    code = compile_function(loop, given.code, given.machine.library.dialect)
    scope = Scope({"\0items": items, "\0call": function}, of_function=True)
    return given.machine.enter(given.strand, Closure(code, scope), [], {}, given.node, gives)


def placed(items: Items) -> Items:
    """The items, each with its place."""
    return Items([Items([item, at]) for at, item in enumerate(items.items)], items.whole)


def chosen(
    given: Given, function: Any, wanted: str, *, fails: bool = False, places: bool = False
) -> Any:
    """What a list's `filter` and its relatives give; they call the function for each item.

    function: what is called, or the name of a method of the items. wanted: `kept`, `become` where
    the list is changed, `some`, `none`, `first`. fails: asks what the function does not hold for.
    places: it is given the place of the item, too.
    """
    at = given.node.start, given.node.end
    item, items = tree.Name(*at, "\0item"), tree.Name(*at, "\0items")
    parts = (tree.Argument(*at, item, spread=places),)
    asked: tree.Node = tree.Call(*at, tree.Name(*at, "\0call"), parts)
    if isinstance(function, str):
        asked = tree.Call(*at, tree.Member(*at, item, function), ())
    if fails:
        asked = tree.Operation(*at, "not", (asked,))
    gone = tree.Name(*at, "\0gone")
    answers = tree.Argument(*at, tree.Collect(*at, asked, item, gone, ()))
    call = tree.Call(*at, tree.Member(*at, items, f"\0{wanted}"), (answers,))
    over = placed(given.receiver) if places else given.receiver
    names = {"\0items": given.receiver, "\0gone": over, "\0call": function}
    return synthetic(given, (tree.Return(*at, call),), names)


def synthetic(given: Given, body: tree.Block, names: dict[str, Any]) -> Any:
    """Call a function with this body, which finds these variables."""
    at = given.node.start, given.node.end
    function = tree.Function(*at, "", (), body)
    code = compile_function(function, given.code, given.machine.library.dialect)
    scope = Scope(names, of_function=True)
    return given.machine.enter(given.strand, Closure(code, scope), [], {}, given.node)


# Processes --------------------------------------------------------------------------------------


def gone_child(given: Given, child: Child | None = None) -> Child | None:
    """A process that has ended and was not waited for yet, this one or any; from now on it was."""
    machine = given.machine
    asked = machine.unreaped() if child is None else [child.pid]
    gone = [pid for pid in asked if not machine.host.alive(pid)]
    machine.reaped.update(gone[:1])
    machine.effects += bool(gone)
    return child or machine.children[gone[0]] if gone else None


def command(given: Given, words: Any = None, shell: Any = None, **more: Any) -> Command:
    """A command of words, or of a text for a shell."""
    if shell is not None:
        text = spelled(shell)
        return Command(
            (), given.node, given.code, shell=text or "", shell_known=text is not None, **more
        )
    argv = texts(words) if isinstance(words, Items) else (spelled(words),)
    return Command(argv or (None,), given.node, given.code, **more)


def start(given: Given, command: Command, kind: str) -> Child:
    """Start a process."""
    machine = given.machine
    machine.effects += 1
    pid = machine.host.start(command)
    child = Child(pid, kind, command.group or command.session)
    machine.children[pid] = child
    return child


def run(given: Given, command: Command, **more: Any) -> Block:
    """Start a process and wait for it; in a loop without an end, a stop finds it at its longest."""
    machine, at = given.machine, (given.code.path, given.node.start)
    ran: dict[Any, int] = machine.mode.setdefault("ran at", {})
    ran[at] = ran.get(at, 0) + 1
    if not any(machine.host.alive(pid) for pid in machine.children):
        machine.host.goes_round(ran[at] - MANY_RUNS)
    command.one_of_many = None in command.words[1:] and any(map(_goes_round, given.strand.frames))
    child = start(given, command, "waited")
    machine.host.waits_for(child.pid)
    more.setdefault("result", NOTHING)
    return Block("child", [child.pid], **more)


def _goes_round(frame: Frame) -> bool:
    """Whether a function is in a loop that goes on while something holds."""
    ends = enumerate(frame.code.instructions)
    return any(name == "round" and asked[1] < frame.at <= at for at, (name, asked, _) in ends)


def replaced(given: Given, command: Command) -> Any:
    """The program becomes another."""
    given.machine.ended = True
    given.machine.host.replace(command)
    return NOTHING


def tell(given: Given, target: Any, signal: Any, *, group: bool = False) -> Any:
    """Send a signal to a process, or to its group."""
    machine = given.machine
    name = signal_name(signal) if not isinstance(signal, int) or signal else "0"
    if name is None:
        raise Lost("the signal that is sent is not known", given.node, given.code)
    pid = target_of(target)
    if pid is None:
        raise Lost("the process that is signalled is not known", given.node, given.code)
    if name != "0":
        machine.effects += 1
        machine.host.kill(-pid if group else pid, name)
    return None


def target_of(value: Any) -> int | None:
    """The number of a process, negative for a group, 0 for the own group."""
    if isinstance(value, Child):
        return value.pid
    if isinstance(value, Bound) and value.name == "group" and isinstance(value.receiver, Child):
        return -value.receiver.pid
    if isinstance(value, Bound) and isinstance(value.receiver, Child):
        return value.receiver.pid
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    return None


def forked(
    given: Given, entry: Any = None, arguments: Iterable[Any] = (), *, inside: int | None = 0
) -> Any:
    """Fork: `inside` in the copy of the program, the process here; with `entry`, the copy calls
    that.
    """
    machine, strand = given.machine, given.strand
    if not any(machine.host.alive(pid) for pid in machine.children):
        machine.host.goes_round(len(machine.children) - MANY_FORKS)
    if len(machine.children) >= MAX_FORKS:
        raise Lost("it starts more processes than can be followed", given.node, given.code)
    machine.effects += 1
    machine.mode["fork"] = (entry, list(arguments), inside, given.code, given.node)
    pid = machine.host.fork(machine, machine.strands.index(strand))
    child = Child(pid, "pid")
    machine.children[pid] = child
    return child


def alive(given: Given, child: Child) -> bool:
    """Whether a process has not ended."""
    return bool(given.machine.host.alive(child.pid))


def there(given: Given, value: Any) -> bool:
    """Whether a process can be signalled, so far as is known: until somebody has waited for it."""
    if not isinstance(value, Child) or value.kind == "self" or alive(given, value):
        return True
    ignored = given.machine.handlers.get("CHLD") == "ignore"
    return value.pid not in given.machine.reaped and not ignored


def exit_process(given: Given) -> Any:
    """Leave by an exception, so that blocks are left in order."""
    value = given.get(0)
    status = value if isinstance(value, int) else 0
    if given.strand.handles:
        _leaves(given)
    if not given.machine.lasts(given.strand, value):
        given.machine.throw(given.strand, Thrown("SystemExit", ("BaseException",), int(status)))
    return ENTERED


def leave(given: Given) -> Any:
    """Leave at once, but for what is registered for the end."""
    value = given.get(0)
    _leaves(given)
    if not given.machine.lasts(given.strand, value):
        given.machine.leave(value if isinstance(value, int) else 0)
    return ENTERED


def abort(given: Given) -> Any:
    """End at once."""
    value = given.get(0)
    _leaves(given)
    if not given.machine.lasts(given.strand, value):
        given.machine.mode["abrupt"] = True
        given.machine.abort(value if isinstance(value, int) else 0)
    return ENTERED


def _leaves(given: Given) -> None:
    given.machine.mode["leaves"] = given.code, given.node
    if given.strand.handles:
        given.machine.mode["ended-by"] = None
    for frame in given.strand.frames:
        if frame.gives == "handler":
            given.machine.mode["ended-by"] = frame.target


def seconds(value: Any) -> float | None:
    """A number of seconds, at most those of 30 years; None where it is not known."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(max(-_LONGEST, min(value, _LONGEST))) if number else None


_LONGEST = 1e9


def takes_its_time(given: Given) -> None:
    """Note that a program which was told waits, and for how long is not known."""
    if given.machine.mode.get("told"):
        guess = f"`{words_of(given.path)}` is over within the grace period"
        given.machine.mode.setdefault("guess", guess)


def deadline(given: Given, timeout: Any) -> float | None:
    """When a time limit is over, in seconds; None without one."""
    pause = seconds(timeout)
    return None if pause is None else given.machine.host.now() + pause


def served(given: Given, what: str, door: Any = None) -> None:
    """The program is a server from here on, or takes work from a queue. door: what it waits for
    when it waits for clients.
    """
    given.machine.serves.append((given.code, given.node, what))
    doors = given.machine.mode.get("doors", ())
    if door is not None and not any(door is one for one in doors):
        given.machine.mode["doors"] = (*doors, door)


def installed(given: Given, signal: Any, value: Any) -> Any:
    """Install a handler."""
    name = signal_name(signal)
    if name is None:
        raise Lost("the signal that a handler is for is not known", given.node, given.code)
    machine = given.machine
    if name in machine.library.refuses:
        machine.throw(given.strand, machine.library.refuses[name])
        return ENTERED
    before = machine.handlers.get(name, NOTHING)
    machine.install(name, value, given.node, given.code)
    return before


def moved(given: Given) -> Any:
    """The program goes to another folder, in which what it starts is started."""
    path, mode = spelled(given.get(0)), given.machine.mode
    if path is not None:
        mode["cwd"] = absolute(path, mode.get("cwd") or given.machine.environment["workdir"])
    return NOTHING


def partial(value: Any, arguments: list[Any]) -> Any:
    """A function whose first arguments are given."""
    return Bound(Record("partial", {"function": value, "given": Items(list(arguments))}), "call")
