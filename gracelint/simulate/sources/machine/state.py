"""What a program that is being played consists of, and what is around it.

The state is plain data, so that a run can be copied at any moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from gracelint.base.values import dataclass, field
from gracelint.simulate.sources.machine.values import Child, Thing, variable
from gracelint.syntax.code import tree

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

    from gracelint.simulate.sources.machine.code import Code, Dialect
    from gracelint.simulate.sources.machine.values import (
        Generator,
        Promise,
        Record,
        Scope,
        Thrown,
    )

SHARED = "\0shared"
"""The field that says where processes keep together what a record holds."""

NO_NODE = tree.Node(0, 0)
"""The place of what nobody wrote."""


class Lost(Exception):  # noqa: N818
    """What happens from here on is not decided by the source; the reason in words."""

    def __init__(
        self, reason: str, node: tree.Node | None = None, code: Code | None = None
    ) -> None:
        super().__init__(reason)
        self.reason, self.node, self.code = reason, node, code


@dataclass(slots=True, eq=False)
class Command:
    """A process to be started. words: its arguments, None for one that is not known; shell: the
    text that a shell runs instead. cwd: "" for the same. fresh: no signal is ignored or blocked in
    it, whatever the program ignores. limited: it is killed when it takes too long, so it is no
    application. one_of_many: each round of a loop gives it other words. node, code: where it is
    written.
    """

    words: tuple[str | None, ...]
    node: tree.Node
    code: Code
    shell: str | None = None
    shell_known: bool = True
    cwd: str | None = ""
    env: dict[str, str | None] = field(default_factory=dict)
    group: bool = False
    session: bool = False
    fresh: bool = False
    limited: bool = False
    one_of_many: bool = False


@dataclass(slots=True, eq=False)
class Block:
    """What a strand waits for.

    kind: `sleep`, `child`, `any-child`, `promise`, `strand`, `event`, `queue`, `generator`, `idle`,
    `work`, `for-ever`; `end`: a thread, with which the program ends; `asked`: a generator, until
    somebody asks for its next value.
    subject: the numbers of processes, the promise, … until: a time at which it ends in any case.
    interrupted: what a handler does to it: `goes-on`, `ends`, or `waits` with the handler until it
    is over. result: what the call gives; then: what becomes of it, see `Machine._unblocked`.
    presumed: only taken to stay. period: of a loop. locks: whether a wait for the same child in a
    handler never ends. guards: whether an exception kills the child. joins: whether one makes the
    thread count no more. idle: a pause of a loop that changes nothing. ignores:
    signals that are ignored meanwhile. drains: work in hand is being finished. before: it began
    before the program was told to stop.
    """

    kind: str
    subject: Any = None
    until: float | None = None
    interrupted: str = "goes-on"
    result: Any = None
    presumed: bool = False
    period: float = 0.0
    stamp: int = 0
    since: float = 0.0
    then: str = ""
    locks: bool = False
    guards: bool = False
    joins: bool = False
    idle: bool = False
    ignores: frozenset[str] = frozenset()
    drains: bool = False
    before: bool = False


@dataclass(slots=True, eq=False)
class Frame:
    """A function that is being run. gives: what becomes of its value: `push`, `drop`, `handler`,
    `object`, `promise`, `generator`, `module`. told: where it was when the program was
    told to stop.
    """

    code: Code
    scope: Scope
    at: int = 0
    stack: list[Any] = field(default_factory=list)
    tries: list[tuple[str, int, int, Scope]] = field(default_factory=list)
    after: list[Any] = field(default_factory=list)  # what goes on when a `finally` is through
    caught: list[Thrown] = field(default_factory=list)
    rounds: dict[int, Any] = field(default_factory=dict)
    gives: str = "push"
    target: Any = None
    told: int = 0


@dataclass(slots=True, eq=False)
class Strand:
    """One flow of control: the main program, a thread, a call-back.

    background: the program's end does not wait for it. promise: it is kept with its value.
    idles: its next pause is one of a loop that changes nothing. generator: what it gives values
    for. handles: it is the handler of a signal. timer: the code that a timer called in it, and
    what had happened before. answers: of a task that a handler began, the unknown calls before.
    thread: it is one of the system's, in which Python lets nobody set handlers.
    """

    frames: list[Frame]
    block: Block | None = None
    main: bool = False
    background: bool = True
    done: bool = False
    promise: Promise | None = None
    idles: bool = False
    handles: bool = False
    timer: tuple[object, int] | None = None
    answers: int | None = None
    generator: Generator | None = None
    thread: bool = False


class Entered:
    """The value of a call that goes on in a frame of its own."""


ENTERED = Entered()


class Host(Protocol):
    """The system under the program."""

    def now(self) -> float:
        """The time in seconds."""

    def step(self) -> None:
        """Count some work."""

    def ignored(self, signal: str) -> bool:
        """Whether a signal was ignored when the program was started."""

    def block(self, signals: frozenset[str] | None, how: str) -> frozenset[str]:
        """`block`, `unblock` or `set` which signals have to wait, for its children as well; None:
        no others than so far. Those that were blocked before.
        """

    def wake(self, seconds: float) -> None:
        """Have the machine run again in so many seconds."""

    def start(self, command: Command) -> int:
        """Start a process; its number."""

    def fork(self, machine: Any, strand: int) -> int:
        """A copy of the program itself is started, going on with this strand; its number."""

    def goes_round(self, past: int) -> None:
        """It does the same again and again; so many rounds past the one that is watched."""

    def waits_for(self, pid: int) -> None:
        """The program waits for a process that it has just started."""

    def own_pid(self) -> int:
        """The program's own number."""

    def adopted(self) -> list[int]:
        """The numbers of all living processes whose parent it is now."""

    def lead(self, *, session: bool) -> None:
        """The process leads a group, or a session, of its own from now on."""

    def replace(self, command: Command) -> None:
        """The process becomes another program."""

    def end(self, status: int) -> None:
        """The process ends."""

    def alive(self, pid: int) -> bool:
        """Whether a process is still there."""

    def status(self, pid: int) -> int:
        """How a process has ended."""

    def lingers(self, pid: int) -> bool:
        """Whether a process, or one that it started, is still there."""

    def kill(self, pid: int, signal: str) -> None:
        """Send a signal; 0: to the own group, negative: to a group."""

    def choose(self, node: tree.Node, code: Code, *, default: bool) -> bool:
        """Whether a condition holds that nothing in sight decides."""

    def requires(self, name: str) -> None:
        """What the program ends at once without: a variable, or the path of a file."""

    def modules(self, node: tree.Import, code: Code) -> list[str]:
        """The program's files that an import runs, in their order."""

    def module(self, node: tree.Import, code: Code, what: str) -> str:
        """The program's file that is imported, or the one that a name of it is; "": none."""

    def contents(self, path: str) -> str | None:
        """The text of a file, as far as it is known."""

    def send(self, pid: int, value: Any) -> None:
        """A message for another program of the same kind; 0: for the one that started it."""

    def memory(self, key: int) -> Any:
        """What a program and those that it has forked keep together."""

    def remember(self, key: int | None, value: Any) -> int:
        """Keep something in such a place, in a new one for None; the place."""

    def there(self, path: str) -> bool:
        """Whether a file is in sight."""

    def named(self, name: str) -> list[str]:
        """The program's own files of a name, as a list of paths."""

    def having(self, pattern: re.Pattern[str]) -> int:
        """How many of the program's own files have something in their text."""

    def has_pcntl(self) -> bool | None:
        """Whether PHP has the extension by which it handles signals; None: open."""

    def code(self, path: str) -> Code | None:
        """The instructions of a file; None where it cannot be read."""


class Library(Protocol):
    """What a language and its libraries do.

    this: the name under which a function finds its object. constructor: the method that makes one.
    seeds: words by which text may matter. events: whether call-backs run one after another
    (JavaScript). eager: whether an asynchronous function begins when it is called.
    sleep_interrupted: what a handler does to a pause. deferring: whether handlers wait until the
    program asks for them. own_file: the names of the file that they are written in. pauses: what
    waits for others is called.
    """

    dialect: Dialect
    own_file: dict[str, str]
    this: str
    constructor: str
    seeds: frozenset[str]
    events: bool
    eager: bool
    sleep_interrupted: str
    deferring: bool
    pauses: frozenset[str]

    def of_handlers(self) -> Any:
        """The object that a handler belongs to which was given as a function by itself."""

    def of_nobody(self, machine: Any) -> Any:
        """The object of a function that belongs to none."""

    def loaded(self, machine: Any, strand: Any, path: str) -> bool:
        """Whether a file has been run that is loaded by its path; if not, it is now."""
        ...

    def load(self, machine: Any, name: str) -> Any:
        """A name that no scope has."""

    def called(self, given: Given, value: Any) -> Any:
        """The function that is meant by a value which is called and is none."""

    def call(self, given: Given) -> Any:
        """What a function of a library gives."""

    def method(self, given: Given) -> Any:
        """What a method of something that the machine knows gives."""

    def member(self, machine: Any, value: Any, name: str) -> Any:
        """A member of something that the machine knows."""

    def thing(self, machine: Any, path: str) -> Any:
        """What a library has under this path."""

    def index(self, machine: Any, path: str, key: Any) -> Any:
        """An item of something of a library."""

    def set_index(
        self, machine: Any, target: Any, name: str, value: Any, node: tree.Node, code: Code
    ) -> None:
        """`target[name] = value`."""

    def items(self, machine: Any, value: Any, *, keys: bool) -> Any:
        """What a loop goes over; None: not known."""

    def decorated(
        self, machine: Any, strand: Strand, function: Any, decorator: Any, node: tree.Node
    ) -> Any:
        """What a decorator makes of a function."""

    def entered(self, machine: Any, strand: Strand, value: Any) -> Block | None:
        """The begin of a block within `value`."""

    def left(self, machine: Any, strand: Strand, value: Any, frame: Frame) -> Block | None:
        """The end of a block within `value`."""

    def imported(self, machine: Any, strand: Strand, frame: Frame, node: tree.Import) -> None:
        """`import` as a statement."""

    def exported(self, machine: Any, strand: Strand, frame: Frame, node: Any) -> None:
        """A module gives names away."""

    def skipped(self, machine: Any, words: frozenset[str]) -> None:
        """A part of the program is left out, in which these words stand."""

    def filled(self, given: Given, instance: Record) -> None:
        """An object of a class without a constructor of its own is given these arguments."""

    def takes(self, machine: Any, queue: Record) -> bool:
        """Whether what a strand waits to send could be sent now."""

    def undefined(self, machine: Any, name: str, code: Code) -> Thrown | None:
        """The exception that reading a name gives which nothing defines; None where one may."""

    def autoloads(self, machine: Any, strand: Strand, name: str) -> bool:
        """Whether a file is run first, since a name that is not known yet stands in it."""

    def begun(self, machine: Any, code: Code) -> dict[str, Any]:
        """The variables of the first file, beside those that every language has."""

    def put_away(self, machine: Any, value: Any) -> None:
        """A value becomes a part of something of which nothing is known."""

    def cleans_up(self, machine: Any) -> float:
        """The seconds that what the program has registered for its end surely takes."""

    def undone(self, machine: Any) -> bool:
        """Whether something is left undone by the end of the program, now that it was told."""

    def exports(self, machine: Any, path: str) -> Any:
        """What a file gives away, as one value."""

    def received(self, machine: Any, sender: int, value: Any) -> None:
        """A message has come from a child, or from the parent (0)."""

    def handled(self, machine: Any, strand: Strand) -> None:
        """A handler that has interrupted the main program is through."""

    def ended(self, machine: Any, child: Child) -> None:
        """A process has ended: call-backs that wait for it are called."""

    def default(self, machine: Any, signal: str) -> str:
        """What the language's run-time does on a signal: `default`, `raise`, `ignore`."""

    def number(self, signal: str) -> Any:
        """What a handler is given for the signal that has come."""

    def truth(self, value: Any) -> bool | None:
        """Whether a value counts as true; None where that is not known."""


@dataclass(slots=True, eq=False)
class Given:
    """A call of something of a library: what it is given, and where it stands."""

    machine: Any
    strand: Strand
    path: str
    receiver: Any
    arguments: list[Any]
    keywords: dict[str, Any]
    node: tree.Node
    code: Code
    new: bool = False

    def get(self, at: int, name: str = "", default: Any = None) -> Any:
        """An argument by place or name."""
        if name and name in self.keywords:
            return self.keywords[name]
        return self.arguments[at] if 0 <= at < len(self.arguments) else default

    def has(self, at: int, name: str = "") -> bool:
        """Whether it is given an argument."""
        return at < len(self.arguments) or (bool(name) and name in self.keywords)


Native: TypeAlias = "Callable[[Given], Any]"
Do: TypeAlias = "Callable[[Any, Strand, Frame, Any, tree.Node], None]"


class State:
    """A program in a general-purpose language, from its first instruction to its end.

    handlers: by signal without SIG: a function, or what is done: `ignore`, `default`, `finish`.
    keepers: what keeps an event loop going: by key, whether that is only presumed. rejected: broken
    promises for which nobody may have asked. installed: the
    places of instructions that installed a handler. unknown: how many calls were made of which
    nothing is known. serves: places that make it a server. entered: functions that have been
    called, by file and place. unread: what it loads in ways that are not seen. made: the variables
    it sets itself and the paths of files it writes. inbox: messages from its children, by their
    number, and from its parent (0).
    """

    def __init__(
        self,
        library: Library,
        host: Host,
        instructions: dict[str, Do],
        environment: dict[str, Any],
    ) -> None:
        self.library = library
        self.instructions = instructions
        self.host = host
        self.environment = environment
        self.strands: list[Strand] = []
        self.ready: list[Strand] = []
        self.handlers: dict[str, Any] = {}
        self.places: dict[str, tuple[Code, tree.Node]] = {}
        self.installs: list[tuple[str, int, int]] = []
        self.entered: set[tuple[str, int]] = set()
        self.unread: list[str] = []
        self.made: set[str] = set()
        self.looked_up: dict[str, None] = {}
        self.inbox: list[tuple[int, Any]] = []
        self.pending: list[str] = []
        self.children: dict[int, Child] = {}
        self.reaped: set[int] = set()
        self.keepers: dict[Any, bool] = {}
        self.rejected: list[Promise] = []
        self.at_exit: list[tuple[Any, list[Any]]] = []
        self.modules: dict[str, Record] = {}
        self.globals: dict[str, Scope] = {}
        self.codes: list[Code] = []
        self.matters_memo: dict[frozenset[str], bool] = {}
        self.relevant = frozenset(library.seeds)  # the names of functions that matter
        self.weighed = 0  # files of which these are
        self.serves: list[tuple[Code, tree.Node, str]] = []
        self.unknown = 0
        self.effects = 0
        self.steps = 0
        self.clocked = 0  # how often the program has looked at the clock
        self.yielded = 0  # how often it has awaited what was not there yet
        self.status = 0
        self.exiting = False
        self.ended = False
        self.mode: dict[str, Any] = {}

    def held(self, record: Record, name: str) -> Any:
        """A field, which processes may share."""
        place = record.fields.get(SHARED)
        return record.fields.get(name) if place is None else self.host.memory(place)

    def hold(self, record: Record, name: str, value: Any) -> None:
        """Set such a field."""
        self.effects += 1
        place = record.fields.get(SHARED)
        if place is None:
            record.fields[name] = value
        else:
            self.host.remember(place, value)

    def requires(self, value: Any) -> None:
        """The program ends where it is now if a variable of the environment is not set, unless it
        catches that.
        """
        self._requires(variable(value))

    def looks_up(self, value: Any, key: tree.Node | None) -> None:
        """The program asks for a variable by a name that it computes, as it does for each one of a
        list. key: what stands for the name.
        """
        name = variable(value) if isinstance(value, Thing) else ""
        if name and not isinstance(key, tree.Literal) and not self.mode.get("told"):
            self.looked_up[name] = None

    def opens(self, path: str | None) -> None:
        """The same for a file that it reads."""
        if path and self.host.contents(path) is None:
            self._requires(path)

    def makes(self, name: Any) -> None:
        """The program sets a variable or writes a file itself."""
        if isinstance(name, str):
            self.made.add(name)

    def _requires(self, name: str) -> None:
        catches = any(frame.tries for strand in self.strands[:1] for frame in strand.frames)
        if name and name not in self.made and not catches and not self.mode.get("told"):
            self.host.requires(name)

    def unreaped(self) -> list[int]:
        """The numbers of its children that have not been waited for, those among them that others
        have left to it.
        """
        for pid in self.host.adopted():
            self.children.setdefault(pid, Child(pid, "pid"))
        return [pid for pid in self.children if pid not in self.reaped]

    # What the parts of the machine do for each other ---------------------------------------------

    def run(self) -> None:
        """Go on until everything waits."""
        raise NotImplementedError

    def spawn(self, value: Any, arguments: list[Any], node: tree.Node, **more: Any) -> Strand:
        """A new flow of control that calls a function; it runs at once."""
        raise NotImplementedError

    def block(self, strand: Strand, block: Block) -> None:
        """Let a strand wait."""
        raise NotImplementedError

    def enter(
        self,
        strand: Strand,
        value: Any,
        arguments: list[Any],
        keywords: dict[str, Any],
        node: tree.Node,
        gives: str = "push",
        *,
        new: bool = False,
    ) -> Any:
        """Call a value: ENTERED where it runs in a frame of its own, else what it gives."""
        raise NotImplementedError

    def give_back(self, strand: Strand, value: Any) -> None:
        """A function is through with a value."""
        raise NotImplementedError

    def resolve(self, promise: Promise, value: Any, *, failed: bool = False) -> None:
        """A promise is kept."""
        raise NotImplementedError

    def follow(self, promise: Promise, reaction: tuple[Any, Any, Promise]) -> None:
        """Go on once a promise is kept or broken."""
        raise NotImplementedError

    def throw(self, strand: Strand, thrown: Thrown) -> None:
        """Leave functions until one catches the exception."""
        raise NotImplementedError

    def fails(self, thrown: Any) -> None:
        """An exception that nothing catches ends the program."""
        raise NotImplementedError

    def resume(self, strand: Strand, block: Block | None) -> None:
        """After a handler: go on waiting, or not."""
        raise NotImplementedError

    def release(self) -> None:
        """The library has been asked to stop: what was presumed to stay ends."""
        raise NotImplementedError

    def leave(self, status: int) -> None:
        """End in order: with what was registered for the end."""
        raise NotImplementedError

    def deliver(self) -> None:
        """Run handlers that wait, where the program lets them."""
        raise NotImplementedError

    def conclude(self) -> bool:
        """Nothing runs: end the process if nothing is left to wait for; whether it goes on."""
        raise NotImplementedError
