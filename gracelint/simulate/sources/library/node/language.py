"""JavaScript as the machine plays it: its rules, and the tables of its library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.base import lazy
from gracelint.base.paths import absolute, folder_of
from gracelint.simulate.sources.library import texts
from gracelint.simulate.sources.library.ahead import cut_off, leaves_at_once, under_way
from gracelint.simulate.sources.library.base import Language, kind_of
from gracelint.simulate.sources.library.plain import Table
from gracelint.simulate.sources.library.stays import words_of
from gracelint.simulate.sources.machine.calls import find_member, owner_of
from gracelint.simulate.sources.machine.code import Dialect, compile_function
from gracelint.simulate.sources.machine.state import ENTERED, Block, Given, Strand
from gracelint.simulate.sources.machine.undefined import is_undefined
from gracelint.simulate.sources.machine.values import (
    NOTHING,
    Bound,
    Child,
    Class,
    Closure,
    Generator,
    Items,
    Promise,
    Record,
    Scope,
    Thing,
    Thrown,
)
from gracelint.syntax.code import tree

if TYPE_CHECKING:
    from collections.abc import Callable

    from gracelint.simulate.sources.machine.code import Code
    from gracelint.simulate.sources.machine.machine import Machine
    from gracelint.simulate.sources.machine.state import Frame

FUNCTIONS, SPAWNED, SERVER, TIMER, PROMISE, LIST, FUNCTION, ABORTER = (Table() for _ in range(8))
MAP, GENERATOR = Table(), Table()
_SEEDS = """
process spawn spawnSync exec execSync execFile execFileSync fork kill exit abort listen close
require import setInterval setTimeout clearInterval clearTimeout closeWithGrace enableShutdownHooks
"""
_HARMLESS_WORDS = """
console JSON Object Array Math Date path fs util os crypto Buffer URL URLSearchParams parseInt
parseFloat String Number Boolean Error TypeError RangeError Symbol Map Set WeakMap WeakSet
RegExp isNaN Reflect Proxy Intl encodeURIComponent decodeURIComponent assert url querystring
string_decoder perf_hooks performance fs/promises dotenv BigInt structuredClone process child
super import events Infinity NaN globalThis module
"""
_HARMLESS = frozenset(_HARMLESS_WORDS.split())
_NO_CODE = (".json", ".css", ".scss", ".html", ".graphql", ".node", ".wasm", ".svg", ".png")
_LOGS_WORDS = """
log info warn error debug trace verbose fatal silly notice child
"""
_LOGS = frozenset(_LOGS_WORDS.split())


MAX_HANDED = 100
_OF_SERVER_WORDS = """
closeAllConnections closeIdleConnections setTimeout address getConnections ref unref on once off
addListener removeListener removeAllListeners emit eventNames listenerCount listeners
prependListener rawListeners prependOnceListener setMaxListeners getMaxListeners addContext
setSecureContext getTicketKeys setTicketKeys send connect setBroadcast setTTL addMembership
dropMembership setMulticastTTL remoteAddress disconnect setMulticastInterface setMulticastLoopback
setRecvBufferSize setSendBufferSize updateSettings hasOwnProperty toString constructor
"""
_OF_SERVER = frozenset(_OF_SERVER_WORDS.split())
_MAY_CLOSE = lazy.compile(
    r"(?i)close|stop|terminat|shut|end|destroy|kill|drain|exit|quit|finish|dispose|grace"
)
OF_AN_END = lazy.compile(
    r"(?:error|end|close|finish|exit|done|data|drain|warn|warning|complete|abort|progress)$"
)
"""Events of something that comes to its end."""
_ITERATORS = ("[Symbol.asyncIterator]", "[Symbol.iterator]")
UNDEFINED = Thing("\0undefined")
"""What an object lacks: whoever calls it, or one of its members, fails."""
_OF_PROCESS_WORDS = """
on once off emit exit kill pid ppid env argv exitCode stdin stdout stderr uptime cwd title nextTick
addListener removeListener removeAllListeners listeners listenerCount abort memoryUsage version
constructor toString hasOwnProperty
"""
_OF_PROCESS = frozenset(_OF_PROCESS_WORDS.split())
DISCONNECT = Thing("\0disconnect")
HUNG_UP = Thing("\0hung-up")
"""The message by which a program closes the channel to another, and the servers at its end."""


_GLOBAL_WORDS = """
Object Function Array Number parseFloat parseInt Infinity NaN undefined Boolean String Symbol Date
Promise RegExp Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError
URIError globalThis JSON Math Intl ArrayBuffer Uint8Array Int8Array Uint16Array Int16Array
Uint32Array Int32Array Float32Array Float64Array Uint8ClampedArray BigUint64Array BigInt64Array
DataView Map BigInt Set WeakMap WeakSet Proxy Reflect FinalizationRegistry WeakRef decodeURI
decodeURIComponent encodeURI encodeURIComponent escape unescape eval isFinite isNaN console process
global Buffer clearImmediate setImmediate URL URLSearchParams URLPattern DOMException
AbortController AbortSignal Event EventTarget TextEncoder TextDecoder TransformStream WritableStream
ReadableStream TransformStreamDefaultController WritableStreamDefaultController
WritableStreamDefaultWriter ReadableStreamDefaultReader ReadableStreamBYOBReader
ReadableStreamBYOBRequest ReadableByteStreamController ReadableStreamDefaultController
ByteLengthQueuingStrategy CountQueuingStrategy TextEncoderStream TextDecoderStream
CompressionStream DecompressionStream clearInterval clearTimeout setInterval setTimeout
queueMicrotask structuredClone atob btoa BroadcastChannel MessageChannel MessagePort MessageEvent
Blob File Performance PerformanceEntry PerformanceMark PerformanceMeasure PerformanceObserver
PerformanceObserverEntryList PerformanceResourceTiming performance fetch FormData Headers Request
Response SharedArrayBuffer Atomics WebAssembly crypto Crypto CryptoKey SubtleCrypto CustomEvent
Iterator Float16Array DisposableStack AsyncDisposableStack SuppressedError WebSocket CloseEvent
EventSource navigator Navigator Storage localStorage sessionStorage ErrorEvent require module
exports arguments this super import window self document Bun Deno HTMLRewriter alert prompt confirm
Worker ShadowRealm await addEventListener removeEventListener dispatchEvent reportError
"""
_GLOBALS = frozenset(_GLOBAL_WORDS.split())
"""What Node.js and its relatives have without being asked, and what is no name of a variable."""


_RUNS_WORDS = """
then finally forEach map connect authenticate sync ready initialize whenReady login
nextTick start init bootstrap listen mount
"""


_FOR_ITS_EFFECT = lazy.compile(r"""(?m)^[ \t]*(?:require[ \t]*\([ \t]*|import[ \t]+)["'][^"'.]""")
"""A package that is loaded for what it does, which may be to define names."""


def _as_written(machine: Machine) -> bool:
    """Whether nothing but its files in sight gives a program names before it is told to stop: no
    build, no module that an option loads, no package that is loaded for its effect.
    """
    if machine.environment.get("altered") or machine.mode.get("presumes") or machine.unread:
        return False
    return all(
        code.path.endswith((".js", ".mjs", ".cjs")) and not _FOR_ITS_EFFECT.search(code.text.text)
        for code in machine.codes
    )


HOOKS: list[Callable[[Machine], float]] = []
"""What tells how long a framework surely waits for the program's own hooks, in seconds."""


class Node(Language):
    """JavaScript."""

    dialect = Dialect("node", hoists=True, blocks=True, members_apart=True)
    this = "this"
    constructor = "constructor"
    seeds = frozenset(_SEEDS.split())
    events = True
    eager = True
    functions = FUNCTIONS
    members = Table()
    handlers = {"PIPE": "ignore"}  # noqa: RUF012
    refuses = dict.fromkeys(("KILL", "STOP"), Thrown("Error", ("Exception",)))
    runs = frozenset(_RUNS_WORDS.split())

    def harmless(self, path: str) -> bool:
        """What the language itself has, and whatever logs."""
        first = path.lstrip("?").split(".")[0].partition("(")[0]
        return first in _HARMLESS or path.rpartition(".")[2] in _LOGS

    def load(self, machine: Machine, name: str) -> Any:
        """A name that no file has, but maybe the object that all files share."""
        if name == "window":
            return Thing("globalThis")
        shared = machine.mode.setdefault("global", Record("global", open=True))
        return shared if name in {"global", "globalThis"} else shared.fields.get(name, Thing(name))

    def undefined(self, machine: Machine, name: str, code: Code) -> Thrown | None:
        """A `ReferenceError`, unless the run-time has it, or a build may have put it in."""
        as_written = _as_written(machine)
        if name in _GLOBALS or not (machine.mode.get("told") or as_written):
            return None
        if name.isupper() and not as_written:
            return None  # what a build puts in is mostly called so
        if not is_undefined(name, code, machine.codes, leaks=True):
            return None
        return Thrown("ReferenceError", ("Error", "Exception"))

    def thing(self, machine: Machine, path: str) -> Any:
        """The members of `process` and `cluster` that are known."""
        path = path.removeprefix("globalThis.")
        match path:
            case "process.argv":
                return Items(["node", *machine.environment["argv"]])
            case "process.execPath" | "process.argv0":
                return "node"
            case "process.pid":
                return Child(machine.host.own_pid(), "self")
            case "process.platform":
                return "linux"
            case "cluster.isMaster" | "cluster.isPrimary" | "cluster.default.isPrimary":
                return "NODE_UNIQUE_ID" not in machine.environment["env"]
            case "cluster.isWorker":
                return "NODE_UNIQUE_ID" in machine.environment["env"]
            case "cluster.workers":
                return machine.mode.setdefault("workers", Record("dict"))
            case "import.meta.main" | "worker_threads.isMainThread" | "require.main":
                return _of_main(machine, path)
        first, _, rest = path.partition(".env.")
        if first in {"process", "Bun"} and rest:
            return machine.environment["env"].get(rest, Thing(path))
        return super().thing(machine, path)

    def call(self, given: Given) -> Any:
        """What a function of a library gives; what an object lacks cannot be called."""
        if given.path.startswith(UNDEFINED.path):
            given.machine.throw(given.strand, Thrown("TypeError", ("Error",)))
            return ENTERED
        return super().call(given)

    def method(self, given: Given) -> Any:
        """What a method gives; a server of Node.js itself has no more of them than are known."""
        server = given.receiver
        if kind_of(server) == "global":
            given.receiver = None
            return self.call(given)
        if isinstance(server, Record) and server.fields.get("\0plain") and not _has(server, given):
            given.machine.throw(given.strand, Thrown("TypeError", ("Error",)))
            return ENTERED
        return super().method(given)

    def unknown(self, given: Given) -> Any:
        """A call of which nothing is known may give members to the objects that it is given, and
        what it makes may close the servers that it is given.
        """
        for value in given.arguments:
            if isinstance(value, Record) and value.kind == "object":
                value.open = True
        hand_over(given)
        come(given)
        return super().unknown(given)

    def index(self, machine: Machine, path: str, key: Any) -> Any:
        """A variable of the environment."""
        if path == "process.env" and isinstance(key, str):
            return self.thing(machine, f"process.env.{key}")
        return super().index(machine, path, key)

    def number(self, signal: str) -> Any:
        """Handlers are given the signal's name."""
        return f"SIG{signal}"

    def of_handlers(self) -> Any:
        """Handlers of signals are called as methods of `process`."""
        return Record("process")

    def truth(self, value: Any) -> bool | None:
        """Empty lists and objects count as true."""
        if isinstance(value, Thing) and value.path.startswith(UNDEFINED.path):
            return False
        if isinstance(value, Items | Record):
            return True
        return super().truth(value)

    def member(self, machine: Machine, value: Any, name: str) -> Any:
        """A member of something that the machine knows."""
        if isinstance(value, Child) and name in _OF_CHILD:
            return _of_child(machine, value, name)
        if name in {"length", "size"} and (size := _size(value)) is not None:
            return size
        if isinstance(value, Record) and value.kind == "process":
            return self.thing(machine, f"process.{name}") if name in _OF_PROCESS else UNDEFINED
        if isinstance(value, Class | Closure) and name == "prototype":
            return machine.prototype(value) if isinstance(value, Closure) else value
        if kind_of(value) == "global":
            open_ = machine.unread or machine.mode.get("foreign")
            return self.thing(machine, name) if name in _GLOBALS or open_ else None
        if _lacks(value):
            return None
        if isinstance(value, Record) and value.kind == "aborter" and name in {"signal", "aborted"}:
            return value if name == "signal" else value.fields["\0aborted"]
        return super().member(machine, value, name)

    def items(
        self, machine: Machine, value: Any, *, keys: bool
    ) -> list[Any] | Block | Generator | None:
        """What a loop goes over: of a map its keys with their values."""
        if isinstance(value, Record) and value.kind == "map":
            return [Items([key, held]) for key, held in value.fields.items()]
        made = None if keys else _own_iterator(machine, value)
        return made or super().items(machine, value, keys=keys)

    # Modules ------------------------------------------------------------------------------------

    def names(self, machine: Machine, path: str) -> dict[str, Any]:
        """The variables that a file finds."""
        exports = Record("dict", open=True)
        module = Record("dict", {"exports": exports}, open=True)
        machine.mode.setdefault("modules", {})[path] = module
        main = machine.mode.setdefault("main", module)
        module.fields["parent"] = None if main is module else main
        return {
            "module": module,
            "exports": exports,
            "this": exports,
            "__filename": as_built(machine, path),
            "__dirname": folder_of(as_built(machine, path)) or "/",
        }

    def begun(self, machine: Machine, code: Code) -> dict[str, Any]:
        """The variables of the first file."""
        return self.names(machine, code.path)

    def loaded(self, machine: Machine, strand: Strand, path: str) -> bool:
        """Whether a file has been run; if not, it is now."""
        if path in machine.modules:
            return True
        code = machine.host.code(path)
        if code is None:
            machine.unknown += 1
            machine.modules[path] = Record("module", open=True)
            return True
        self.run_module(machine, strand, path, code, self.names(machine, path))
        return False

    def exports(self, machine: Machine, path: str) -> Any:
        """What a file gives away, as one value."""
        given = machine.mode.get("exports", {}).get(path)
        module = machine.mode.get("modules", {}).get(path)
        if given is None:
            return module.fields["exports"] if module is not None else NOTHING
        names = machine.globals[path].names
        return Record("dict", {shown: names.get(local, NOTHING) for shown, local in given.items()})

    def imported(self, machine: Machine, strand: Strand, frame: Frame, node: tree.Import) -> None:
        """`import … from 'x'`."""
        path = machine.host.module(node, frame.code, "")
        if path and not self.loaded(machine, strand, path):
            frame.at -= 1
            return
        if not path:
            self.missing(machine, node.module, frame.code)
        whole = self.exports(machine, path) if path else self.package(machine, node.module)
        for what, local in node.names:
            if what == "*":
                self._all(machine, frame, whole)
                continue
            frame.scope.names[local] = self._one(machine, whole, what)

    @staticmethod
    def missing(machine: Machine, name: str, code: Code) -> None:
        """A file of the program's own that is not in sight."""
        beside = name.startswith(("./", "../")) and code.path[:1] == "/"
        if beside and not machine.environment.get("altered"):
            machine.opens(absolute(name, folder_of(code.path) or "/"))
        if name.startswith((".", "/", "#", "@/", "~/")) and not name.endswith(_NO_CODE):
            machine.unread.append(f"`{name}` is not in sight")

    @staticmethod
    def package(machine: Machine, name: str) -> Any:
        """A package of somebody else's; what is not known may set any global variable."""
        name = name.removeprefix("node:")
        of_it = (f"{name}.", f"{name}(")
        if not any(known == name or known.startswith(of_it) for known in FUNCTIONS):
            machine.mode["foreign"] = True
        return Thing(name)

    def _one(self, machine: Machine, whole: Any, what: str) -> Any:
        if not what:
            return whole
        if isinstance(whole, Record):
            if what in whole.fields:
                return whole.fields[what]
            return whole if what == "default" else NOTHING
        if isinstance(whole, Thing):
            return whole if what == "default" else self.thing(machine, f"{whole.path}.{what}")
        return whole if what == "default" else NOTHING

    def _all(self, machine: Machine, frame: Frame, whole: Any) -> None:
        shown = machine.mode.setdefault("exports", {}).setdefault(frame.code.path, {})
        for name, value in whole.fields.items() if isinstance(whole, Record) else ():
            frame.scope.names.setdefault(f"\0{name}", value)
            shown.setdefault(name, f"\0{name}")

    def exported(self, machine: Machine, strand: Strand, frame: Frame, node: tree.Export) -> None:
        """`export { a as b }`. bun serves what the file that it is given gives as its default."""
        shown = machine.mode.setdefault("exports", {}).setdefault(frame.code.path, {})
        for local, name in node.names:
            if local != "*":
                shown[name] = local
            value = frame.scope.names.get(local)
            if name == "default" and _by_bun(machine, frame) and _answers(value):
                self.call(Given(machine, strand, "Bun.serve", None, [value], {}, node, frame.code))

    def received(self, machine: Machine, sender: int, value: Any) -> None:
        """A message has come from a child, or from the parent (0)."""
        if isinstance(value, Thing) and value in {DISCONNECT, HUNG_UP}:
            servers = value == DISCONNECT  # of a worker of `cluster`
            for key in list(machine.keepers):
                if key == "channel" or (servers and isinstance(key, tuple)):
                    del machine.keepers[key]
            for function in machine.mode.pop("on-disconnect", ()):
                machine.spawn(function, [], _NOWHERE)
            return
        child = machine.children.get(sender)
        if child is not None:
            functions = list(child.fields.get("\0events", {}).get("message", ()))
        else:
            functions = list(machine.mode.get("on-message", ()))
        for function in functions:
            machine.spawn(function, [value], _NOWHERE)

    def put_away(self, machine: Machine, value: Any) -> None:
        """Whoever asks something to close may mean a server that it was given."""
        if kind_of(value) == "server":
            hold(machine, "", value)

    def cleans_up(self, machine: Machine) -> float:
        """What NestJS waits for before it ends."""
        return sum(hooks(machine) for hooks in HOOKS)

    def undone(self, machine: Machine) -> bool:
        """A handler that ends it while a server listens cuts off the requests in hand, and so does
        one that asks the server to close and ends it in the same turn, as nothing can go on then.
        """
        guessed = machine.mode.get("guessed", ())
        keepers = (k for k in machine.keepers if isinstance(k, tuple) and k not in guessed)
        in_turn = bool(machine.mode.get("in-turn") and machine.mode.get("ran"))
        listens = (in_turn or leaves_at_once(machine)) and any(k[0] == "server" for k in keepers)
        listens = listens or (in_turn and bool(machine.mode.get("closing")))
        if listens and machine.mode.get("idle"):
            machine.mode["guess"] = "it ends by itself as well while there is work in hand"
            return False
        if listens and machine.mode.get("waits-for-work"):
            machine.mode.setdefault("guess", _THROUGH)
            return False
        if listens and machine.mode.get("cut-short"):
            machine.mode["guess"] = "a loop of which the rounds are not known closes nothing"
        if listens:
            cut_off(machine, machine.mode["leaves"])
        elif machine.mode.get("leaves") and machine.mode.get("ran"):
            _leaves_requests(machine)
        return False

    def ended(self, machine: Machine, child: Child) -> None:
        """A process has ended: its call-backs run."""
        status = machine.host.status(child.pid)
        signalled = status > 128
        arguments = [None if signalled else status, NOTHING if signalled else None]
        events = child.fields.get("\0events", {})
        failed = Thing("error") if status else None
        for event in ("exit", "disconnect"):
            for function in events.pop(event, ()):
                machine.spawn(function, list(arguments), _NOWHERE)
        closed = [(function, list(arguments)) for function in events.pop("close", ())]
        closed += [(f, [failed, NOTHING, NOTHING]) for f in events.pop("\0callback", ())]
        open_pipe = child.fields.get("\0pipes") and machine.host.lingers(child.pid)
        for call in closed:
            if open_pipe:  # another process still writes to it
                block = Block("pipe", [child.pid], then="call", result=call)
                machine.strands.append(Strand([], block))
            else:
                machine.spawn(*call, _NOWHERE)
        promise = child.fields.get("\0promise")
        if isinstance(promise, Promise):
            thrown = Thrown("Error", ("Error",))
            machine.resolve(promise, thrown if status else NOTHING, failed=bool(status))
        workers = machine.mode.get("workers")
        if child.kind == "worker" and isinstance(workers, Record):
            workers.fields.pop(str(child.pid), None)
            last = None if workers.fields else machine.mode.pop("on-disconnected", None)
            if last is not None:
                machine.spawn(last, [], _NOWHERE)
            for function in machine.mode.get("on-worker-exit", ()):
                machine.spawn(function, [child, *arguments], _NOWHERE)


def _leaves_requests(machine: Machine) -> None:
    """A handler that waits for other things, and not for a server, before it ends the program:
    nothing by which the server may be closed was called, so that its requests are cut off, unless
    they are through by then. That is guessed where something out of sight was given the server, or
    it counts the requests and waits for them.
    """
    mode = machine.mode
    handed = {server.fields.get("keeper") for _, server in mode.get("handed", ())}
    out_of_sight = handed | set(mode.get("guessed", ()))
    sure = (k for k, known in machine.keepers.items() if known and k not in out_of_sight)
    open_ = any(isinstance(k, tuple) and k[0] == "server" for k in sure)
    unheard = any(not s.fields.get("\0events") for s in mode.get("unheard", ()))
    unheard = unheard or any(not promise.heard for promise in mode.get("unawaited", ()))
    given = any(known and k in out_of_sight for k, known in machine.keepers.items())
    if not (open_ or unheard or given) or mode.get("idle") or mode.get("cut-short"):
        return
    passed = machine.host.now() - mode["told-at"]
    waits = mode.get("waits-for-work")
    if open_ and not passed and not waits and not any(map(_MAY_WAIT.search, under_way(machine))):
        cut_off(machine, mode["leaves"])
    elif not mode.get("guess"):
        mode["guess"] = f"requests in hand are through within {passed:g} s" if passed else _THROUGH


_THROUGH = "requests in hand are through by the time that it exits"
_MAY_WAIT = lazy.compile(
    r"(?i:sleep|delay|wait|drain|settle|in_?flight|idle|terminat|graceful|pending|active|worker"
    r"|consumer|queue|schedul|jobs?$|bot$)|[tT]imeout(?<!setTimeout)"
)
"""Functions called thus may give requests time."""

NODE = Node()


def _lacks(value: Any) -> bool:
    """Whether an object or class of the program's own has no members besides those in sight."""
    of = value.of if isinstance(value, Record) and not value.open else value
    return isinstance(of, Class) and find_member(of, "") is None


_OF_CHILD = frozenset(
    {"pid", "process", "stdout", "stderr", "stdin", "stdio", "exitCode", "signalCode", "killed"}
)


def _of_child(machine: Machine, child: Child, name: str) -> Any:
    if name in {"pid", "process"}:
        return child
    if name == "killed":
        return bool(child.fields.get("killed"))
    if name == "exitCode":
        return None if machine.host.alive(child.pid) else machine.host.status(child.pid)
    return NOTHING if name == "signalCode" else Thing(f"child.{name}")


def _size(value: Any) -> Any:
    """How much a list, text or map holds; None for anything else."""
    if isinstance(value, Record) and value.kind == "map":
        return NOTHING if value.open else len(value.fields)
    if isinstance(value, Items):
        return len(value.items) if value.whole else NOTHING
    return len(value) if isinstance(value, str) else None


NODE.methods = {
    "text": texts.NODE,
    "spawned": SPAWNED,
    "worker": SPAWNED,
    "server": SERVER,
    "timer": TIMER,
    "promise": PROMISE,
    "list": LIST,
    "map": MAP,
    "function": FUNCTION,
    "aborter": ABORTER,
    "generator": GENERATOR,
}


def as_built(machine: Machine, path: str) -> str:
    """Where a file of the program is when it runs, built from what stands elsewhere."""
    folder, source = machine.environment.get("built") or ("", "")
    below = f"{source.rstrip('/')}/"
    if not folder or not path.startswith(below):
        return path
    stem, dot, kind = path.removeprefix(below).rpartition(".")
    return f"{folder.rstrip('/')}/{stem}{dot}{_BUILT.get(kind, kind)}"


def as_written(machine: Machine, path: str) -> str:
    """The source of a file that is built, or where it would be."""
    folder, source = machine.environment.get("built") or ("", "")
    below = f"{folder.rstrip('/')}/"
    if not folder or not path.startswith(below):
        return path
    return f"{source.rstrip('/')}/{path.removeprefix(below)}"


_BUILT = {"ts": "js", "tsx": "js", "mts": "mjs", "cts": "cjs", "jsx": "js"}


def _of_main(machine: Machine, path: str) -> Any:
    """Whether this is the main thread or the file that was started, or that file's module."""
    if path == "import.meta.main":
        frames = machine.strands[0].frames
        return bool(frames) and frames[-1].code.path == machine.environment["argv"][0]
    return path != "require.main" or machine.mode.get("main", NOTHING)


def _by_bun(machine: Machine, frame: Frame) -> bool:
    """Whether it is the file that bun is given."""
    environment = machine.environment
    return bool(environment["program"] == "bun" and frame.code.path == environment["argv"][0])


def _answers(value: Any) -> bool:
    """Whether it has a `fetch` of its own, as applications of Hono and Elysia have."""
    if isinstance(value, Record):
        return "fetch" in value.fields
    return isinstance(value, Thing) and value.path.startswith(_WITH_FETCH)


_WITH_FETCH = ("hono.Hono()", "elysia.Elysia()")


def _own_iterator(machine: Machine, value: Any) -> Generator | None:
    """What gives the values of an object that says itself what a loop goes over; None for others.

    Each of them is what `next` gives until that says that it is done.
    """
    own = [(name, _own(value, name)) for name in _ITERATORS]
    name, makes = next(((n, f) for n, f in own if isinstance(f, Closure)), ("", None))
    if makes is None:
        return None
    at, how, one = (0, 0), tree.Name(0, 0, "\0iterator"), tree.Name(0, 0, "\0step")
    made = tree.Call(*at, tree.Name(*at, "\0makes"), ())
    step: tree.Node = tree.Call(*at, tree.Member(*at, how, "next"), ())
    step = tree.Wait(*at, step) if name == _ITERATORS[0] else step
    body = (
        tree.Assign(*at, one, step, declares=True),
        tree.If(*at, tree.Member(*at, one, "done"), (tree.Return(*at, None),), ()),
        tree.Yield(*at, tree.Member(*at, one, "value")),
    )
    first = tree.Assign(*at, how, made, declares=True)
    function = tree.Function(*at, "", (), (first, tree.Loop(*at, None, body)))
    code = compile_function(function, makes.code, machine.library.dialect)
    names = {"\0makes": Closure(makes.code, makes.scope, value)}
    generator: Generator = machine.generator(Closure(code, Scope(names)), [], {})
    return generator


def _own(value: Any, name: str) -> Any:
    if not isinstance(value, Record):
        return None
    return value.fields.get(Thing(name.strip("[]"))) or find_member(value.of, name)


_NOWHERE = tree.Node(0, 0)


def _has(server: Record, given: Given) -> bool:
    name = given.path
    return name in SERVER or name in _OF_SERVER or name in server.fields


def hand_over(given: Given) -> None:
    """Note the servers that a call is given of which nothing is known; while the program stops, a
    call that ends something may close those that it, or what has made its object, was given.
    """
    machine, path = given.machine, given.path
    records = [value for value in given.arguments if isinstance(value, Record)]
    records += [v for r in records for v in r.fields.values() if isinstance(v, Record)]
    for server in (record for record in records if record.kind == "server"):
        hold(machine, path, server)
    for signal in (record for record in records if record.kind == "aborter"):
        signal.fields["\0unread"] = True
    if machine.mode.get("told") and _MAY_CLOSE.search(path.rpartition(".")[2]):
        handed = machine.mode.get("handed", ())
        kept = {server.fields.get("keeper") for start, server in handed if path.startswith(start)}
        machine.keepers.update(dict.fromkeys(kept & machine.keepers.keys(), False))


def hold(machine: Machine, path: str, server: Record) -> None:
    """Note who has a server, in whatever begins with the path."""
    server.fields["\0plain"] = False  # it may have got further methods
    handed: list[tuple[str, Record]] = machine.mode.setdefault("handed", [])
    if len(handed) < MAX_HANDED:
        handed.append((path, server))


def come(given: Given) -> None:
    """Call what waits for somebody else: what that waits for is taken to come, unless it is the end
    of something that is not being stopped.

    Before a stop only promises are kept; a handler goes on with whatever ends the program.
    """
    machine, event = given.machine, given.get(0)
    told = machine.mode.get("told")
    if isinstance(event, str) and (event == "error" or (not told and _is_end(event))):
        return
    called = told and given.path.rpartition(".")[2] not in NODE.runs
    for value in given.arguments:
        if called and isinstance(value, Closure) and machine.matters(value.code.names):
            machine.mode["guess"] = f"`{words_of(given.path)}` calls back"
            machine.spawn(value, [None], given.node)
        for promise in _kept_by(value):
            machine.resolve(promise, NOTHING)


def _is_end(event: str) -> bool:
    return bool(OF_AN_END.match(event) or _MAY_CLOSE.search(event))


def _kept_by(value: Any) -> list[Promise]:
    """The promises that a function keeps, if it is called."""
    if isinstance(value, Bound):
        kept = isinstance(value.receiver, Promise) and value.name == "resolve"
        return [value.receiver] if kept else []
    if not isinstance(value, Closure):
        return []
    scopes = [(owner_of(value.scope, name), name) for name in sorted(value.code.names)]
    found = (scope.names.get(name) for scope, name in scopes if scope is not None)
    return [one for f in found if isinstance(f, Bound) for one in _kept_by(f)]


def call_back(given: Given) -> Any:
    """The function that is called back: the last one among the arguments."""
    return next((a for a in given.arguments[::-1] if isinstance(a, Closure | Bound)), None)
