"""What JavaScript's run-time (Node.js, bun) does with processes, signals, timers and servers.

Measured with Node.js 20 where it is not in its documentation: one call-back runs after the other;
`spawnSync` and its like let no handler run until the process has ended; a program ends when
nothing is left that keeps its event loop going, and signal handlers do not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library.base import (
    Language,
    alive,
    command,
    each,
    run,
    seconds,
    served,
    start,
    tell,
)
from gracelint.simulate.sources.library.plain import Table, from_json
from gracelint.simulate.sources.machine.code import Dialect
from gracelint.simulate.sources.machine.state import ENTERED, Block, Frame, Given, Lost, Strand
from gracelint.simulate.sources.machine.values import (
    MAX_ITEMS,
    MAX_TEXT,
    NOTHING,
    Bound,
    Child,
    Closure,
    Items,
    Promise,
    Record,
    Scope,
    Thing,
    Thrown,
    listed,
    signal_name,
    spelled,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gracelint.simulate.sources.machine.code import Code
    from gracelint.simulate.sources.machine.machine import Machine
    from gracelint.syntax.code import tree

_F, _SPAWNED, _SERVER, _TIMER, _PROMISE, _LIST, _FUNCTION, _ABORTER = (Table() for _ in range(8))
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


_RUNS_WORDS = """
then finally forEach map connect authenticate sync ready initialize whenReady login
nextTick start init bootstrap listen mount
"""


class Node(Language):
    """JavaScript."""

    dialect = Dialect("node", hoists=True, blocks=True)
    this = "this"
    constructor = "constructor"
    seeds = frozenset(_SEEDS.split())
    events = True
    eager = True
    functions = _F
    members = Table()
    handlers = {"PIPE": "ignore"}  # noqa: RUF012
    runs = frozenset(_RUNS_WORDS.split())

    def harmless(self, path: str) -> bool:
        """What the language itself has, and whatever logs."""
        first = path.lstrip("?").split(".")[0].partition("(")[0]
        return first in _HARMLESS or path.rpartition(".")[2] in _LOGS

    def load(self, machine: Machine, name: str) -> Any:
        """A name that no file has."""
        del machine
        if name in {"global", "globalThis", "window"}:
            return Thing("globalThis")
        return Thing(name)

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
            case "worker_threads.isMainThread" | "require.main":
                return True if path != "require.main" else machine.mode.get("main", NOTHING)
        first, _, rest = path.partition(".env.")
        if first in {"process", "Bun"} and rest:
            return machine.environment["env"].get(rest, Thing(path))
        return super().thing(machine, path)

    def index(self, machine: Machine, path: str, key: Any) -> Any:
        """A variable of the environment."""
        if path == "process.env" and isinstance(key, str):
            return self.thing(machine, f"process.env.{key}")
        return super().index(machine, path, key)

    def truth(self, value: Any) -> bool | None:
        """Empty lists and objects count as true."""
        if isinstance(value, Items | Record):
            return True
        return super().truth(value)

    def member(self, machine: Machine, value: Any, name: str) -> Any:
        """A member of something that the machine knows."""
        if isinstance(value, Child):
            match name:
                case "pid" | "process":
                    return value
                case "stdout" | "stderr" | "stdin" | "stdio":
                    return Thing(f"child.{name}")
                case "exitCode":
                    live = machine.host.alive(value.pid)
                    return None if live else machine.host.status(value.pid)
                case "killed":
                    return bool(value.fields.get("killed"))
                case "signalCode":
                    return NOTHING
        if isinstance(value, Items) and name == "length":
            return len(value.items) if value.whole else NOTHING
        if isinstance(value, str) and name == "length":
            return len(value)
        if isinstance(value, Record) and value.kind == "aborter" and name == "signal":
            return value
        return super().member(machine, value, name)

    # Modules ------------------------------------------------------------------------------------

    def names(self, machine: Machine, path: str) -> dict[str, Any]:
        """The variables that a file finds."""
        exports = Record("dict", open=True)
        module = Record("dict", {"exports": exports}, open=True)
        folder = path.rpartition("/")[0] or "/"
        machine.mode.setdefault("modules", {})[path] = module
        machine.mode.setdefault("main", module)
        return {
            "module": module,
            "exports": exports,
            "this": exports,
            "__filename": path,
            "__dirname": folder,
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
        return Record("dict", {shown: names.get(own, NOTHING) for shown, own in given.items()})

    def imported(self, machine: Machine, strand: Strand, frame: Frame, node: tree.Import) -> None:
        """`import … from 'x'`."""
        path = machine.host.module(node, frame.code, "")
        if path and not self.loaded(machine, strand, path):
            frame.at -= 1
            return
        if not path:
            self.missing(machine, node.module)
        whole = self.exports(machine, path) if path else self.package(machine, node.module)
        for what, local in node.names:
            if what == "*":
                self._all(machine, frame, whole)
                continue
            frame.scope.names[local] = self._one(machine, whole, what)

    @staticmethod
    def missing(machine: Machine, name: str) -> None:
        """A file of the program's own that is not in sight."""
        if name.startswith((".", "/", "#", "@/", "~/")) and not name.endswith(_NO_CODE):
            machine.unread.append(f"`{name}` is not in sight")

    @staticmethod
    def package(machine: Machine, name: str) -> Any:
        """A package of somebody else's."""
        del machine
        return Thing(name.removeprefix("node:"))

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

    def exported(self, machine: Machine, frame: Frame, names: Iterable[tuple[str, str]]) -> None:
        """`export { a as b }`."""
        shown = machine.mode.setdefault("exports", {}).setdefault(frame.code.path, {})
        for own, name in names:
            if own != "*":
                shown[name] = own

    def received(self, machine: Machine, sender: int, value: Any) -> None:
        """A message has come from a child, or from the parent (0)."""
        child = machine.children.get(sender)
        if child is not None:
            functions = list(child.fields.get("\0events", {}).get("message", ()))
        else:
            functions = list(machine.mode.get("on-message", ()))
        for function in functions:
            machine.spawn(function, [value], _NOWHERE)

    def ended(self, machine: Machine, child: Child) -> None:
        """A process has ended: its call-backs run."""
        status = machine.host.status(child.pid)
        signalled = status > 128
        arguments = [None if signalled else status, NOTHING if signalled else None]
        events = child.fields.get("\0events", {})
        failed = Thing("error") if status else None
        for event in ("exit", "close", "disconnect"):
            for function in events.pop(event, ()):
                machine.spawn(function, list(arguments), _NOWHERE)
        for function in events.pop("\0callback", ()):
            machine.spawn(function, [failed, NOTHING, NOTHING], _NOWHERE)
        promise = child.fields.get("\0promise")
        if isinstance(promise, Promise):
            thrown = Thrown("Error", ("Error",))
            machine.resolve(promise, thrown if status else NOTHING, failed=bool(status))
        workers = machine.mode.get("workers")
        if child.kind == "worker" and isinstance(workers, Record):
            workers.fields.pop(str(child.pid), None)
            for function in machine.mode.get("on-worker-exit", ()):
                machine.spawn(function, [child, *arguments], _NOWHERE)


NODE = Node()
NODE.methods = {
    "spawned": _SPAWNED,
    "worker": _SPAWNED,
    "server": _SERVER,
    "timer": _TIMER,
    "promise": _PROMISE,
    "list": _LIST,
    "function": _FUNCTION,
    "aborter": _ABORTER,
}


def _nowhere() -> tree.Node:
    from gracelint.syntax.code.tree import Node as Place

    return Place(0, 0)


_NOWHERE = _nowhere()


# Modules ----------------------------------------------------------------------------------------


@_F.add("require", "import", "module.require", "require.main.require")
def _require(given: Given) -> Any:
    name = spelled(given.get(0))
    machine = given.machine
    if name is None:
        machine.unknown += 1
        machine.unread.append("what it loads is computed")
        return NOTHING
    from gracelint.syntax.code.tree import Import

    node = Import(given.node.start, given.node.end, name)
    path = machine.host.module(node, given.code, "")
    if not path:
        NODE.missing(machine, name)
        return NODE.package(machine, name)
    if path.endswith(".json"):
        return from_json(machine.host.contents(path))
    if NODE.loaded(machine, given.strand, path):
        return NODE.exports(machine, path)
    frame = given.strand.frames[-1]
    frame.gives, frame.target = "module", path
    return ENTERED


# Processes --------------------------------------------------------------------------------------


def _options(given: Given, *places: int) -> Record:
    for at in places:
        value = given.get(at)
        if isinstance(value, Record):
            return value
    return Record("dict")


def _pipes(given: Given) -> bool:
    """Whether it reads what the process writes, as it does unless it is told otherwise."""
    name = given.path.rpartition(".")[2]
    said = _options(given, 1, 2).fields.get("stdio")
    if name in {"fork", "node"} or given.path == "Bun.spawn":
        return False
    if isinstance(said, Items):
        return any(v == "pipe" for v in said.items[1:])
    return said is None or said == "pipe"


def _callback(given: Given) -> Any:
    return next((a for a in given.arguments[::-1] if isinstance(a, Closure | Bound)), None)


def _command(given: Given) -> Any:
    name = given.path.rpartition(".")[2].removesuffix("Sync")
    options = _options(given, 1, 2)
    fields = options.fields
    env = fields.get("env")
    more: dict[str, Any] = {
        "fresh": True,
        "session": NODE.truth(fields.get("detached", False)) is True,
        "cwd": spelled(fields["cwd"]) if fields.get("cwd") is not None else "",
        "env": {k: spelled(v) for k, v in env.fields.items()} if isinstance(env, Record) else {},
    }
    words = given.get(1) if isinstance(given.get(1), Items) else Items([])
    if name == "exec" or (name in {"spawn", "execFile"} and NODE.truth(fields.get("shell", False))):
        text = given.get(0)
        parts = [spelled(text), *(spelled(w) for w in words.items)]
        whole = " ".join(p for p in parts if p) if None not in parts else NOTHING
        return command(given, shell=whole, **more)
    if name == "fork":
        return command(given, Items(["node", given.get(0), *words.items], words.whole), **more)
    return command(given, Items([given.get(0), *words.items], words.whole), **more)


@_F.add(
    "child_process.spawn",
    "child_process.exec",
    "child_process.execFile",
    "child_process.fork",
    "cross-spawn",
    "execa",
    "execa.execa",
    "execa.default",
    "Bun.spawn",
    "execa.node",
)
def _spawn(given: Given) -> Any:
    if given.path == "Bun.spawn":
        words = given.get(0)
        options = _options(given, 0)
        words = options.fields.get("cmd", words)
        child = start(given, command(given, words, fresh=True), "spawned")
    elif "execa" in given.path or given.path == "cross-spawn":
        words = given.get(1) if isinstance(given.get(1), Items) else Items([])
        made = command(given, Items([given.get(0), *words.items], words.whole), fresh=True)
        child = start(given, made, "spawned")
        if "execa" in given.path:
            child.fields["\0promise"] = Promise()
    else:
        child = start(given, _command(given), "spawned")
    child.fields["\0pipes"] = _pipes(given)
    callback = _callback(given)
    if callback is not None:
        child.fields.setdefault("\0events", {})["\0callback"] = [callback]
    signal = _options(given, 1, 2).fields.get("signal")
    if isinstance(signal, Record):
        signal.fields.setdefault("children", Items([])).items.append(child)
    return child


@_F.add(
    "child_process.spawnSync",
    "child_process.execSync",
    "child_process.execFileSync",
    "cross-spawn.sync",
    "Bun.spawnSync",
    "execa.execaSync",
    "execa.sync",
    "shelljs.exec",
)
def _sync(given: Given) -> Any:
    if given.path == "shelljs.exec":
        made = command(given, shell=given.get(0), fresh=True)
    elif given.path == "cross-spawn.sync" or given.path.startswith("execa"):
        words = given.get(1) if isinstance(given.get(1), Items) else Items([])
        made = command(given, Items([given.get(0), *words.items], words.whole), fresh=True)
    else:
        made = _command(given)
    result = Record("dict", {"status": 0}, open=True)
    return run(given, made, interrupted="waits", result=result)


@_SPAWNED.add("kill")
def _kill(given: Given) -> Any:
    signal = given.get(0)
    default = Thing("SIGTERM")
    if not alive(given, given.receiver):
        return False
    given.receiver.fields["killed"] = True
    tell(given, given.receiver, default if signal is None else signal)
    return True


@_SPAWNED.add("on", "once", "addListener")
def _on_child(given: Given) -> Any:
    event, function = spelled(given.get(0)), given.get(1)
    if event is not None:
        given.receiver.fields.setdefault("\0events", {}).setdefault(event, []).append(function)
    return given.receiver


@_SPAWNED.add("send")
def _send(given: Given) -> Any:
    given.machine.host.send(given.receiver.pid, given.get(0))
    return True


@_F.add("process.send")
def _send_up(given: Given) -> Any:
    given.machine.host.send(0, given.get(0))
    return True


@_F.add("process.disconnect")
def _disconnect(given: Given) -> Any:
    given.machine.keepers.pop("channel", None)
    return None


@_SPAWNED.add("unref")
def _unref_child(given: Given) -> Any:
    given.receiver.kind = "gone"
    return None


@_SPAWNED.add("then", "catch", "finally")
def _child_then(given: Given) -> Any:
    promise = given.receiver.fields.setdefault("\0promise", Promise())
    given.receiver = promise
    return _then(given)


@_F.add("AbortController")
def _aborter(given: Given) -> Any:
    del given
    return Record("aborter")


@_ABORTER.add("abort")
def _abort_children(given: Given) -> Any:
    for child in given.receiver.fields.get("children", Items([])).items:
        if alive(given, child):
            tell(given, child, "TERM")
    return None


@_F.add("cluster.fork", "cluster.default.fork")
def _cluster_fork(given: Given) -> Any:
    machine = given.machine
    words = Items(["node", *machine.environment["argv"]])
    made = command(given, words, fresh=True, env={"NODE_UNIQUE_ID": "1"})
    child = start(given, made, "worker")
    machine.mode.setdefault("workers", Record("dict")).fields[str(child.pid)] = child
    return child


@_F.add("cluster.on", "cluster.once", "cluster.default.on")
def _cluster_on(given: Given) -> Any:
    if given.get(0) == "exit":
        given.machine.mode.setdefault("on-worker-exit", []).append(given.get(1))
    return NOTHING


@_F.add("cluster.disconnect")
def _cluster_disconnect(given: Given) -> Any:
    given.machine.release()
    return NOTHING


# Signals ----------------------------------------------------------------------------------------

_EVENTS_WORDS = """
exit beforeExit uncaughtException unhandledRejection warning message disconnect rejectionHandled
multipleResolves uncaughtExceptionMonitor worker
"""
_EVENTS = frozenset(_EVENTS_WORDS.split())


@_F.add(
    "process.on",
    "process.once",
    "process.addListener",
    "process.prependListener",
    "process.prependOnceListener",
)
def _on(given: Given) -> Any:
    event, function, machine = spelled(given.get(0)), given.get(1), given.machine
    name = signal_name(given.get(0)) if event is None or event.startswith("SIG") else None
    if event in {"exit", "beforeExit"}:
        machine.at_exit.append((function, [0]))
    if event in {"uncaughtException", "unhandledRejection"}:
        machine.mode["swallows"] = True
    if event == "message":
        machine.mode.setdefault("on-message", []).append(function)
        machine.keepers["channel"] = True
    if event in _EVENTS:
        return Thing("process")
    if name is None:
        if event is not None:
            return Thing("process")
        raise Lost("the signal that a handler is for is not known", given.node, given.code)
    if "nce" in given.path:
        function = Record("once", {"function": function})
    before = machine.handlers.get(name)
    listed = before if isinstance(before, Items) else Items([])
    listed.items.append(function)
    machine.install(name, listed, given.node, given.code)
    return Thing("process")


@_F.add("process.off", "process.removeListener", "process.removeAllListeners")
def _off(given: Given) -> Any:
    machine = given.machine
    name = signal_name(given.get(0))
    listed = machine.handlers.get(name or "")
    if isinstance(listed, Items):
        function = given.get(1)
        listed.items = [
            f
            for f in listed.items
            if given.path != "process.removeAllListeners"
            and f is not function
            and not (isinstance(f, Record) and f.fields.get("function") is function)
        ]
        if not listed.items:
            machine.handlers.pop(name or "")
    return Thing("process")


@_F.add("process.exit", "process.reallyExit", "Deno.exit")
def _exit(given: Given) -> Any:
    value = given.get(0)
    given.machine.leave(value if isinstance(value, int) else 0)
    return ENTERED


@_F.add("process.abort")
def _abort(given: Given) -> Any:
    given.machine.abort(134)
    return ENTERED


@_F.add("process.kill", "tree-kill")
def _process_kill(given: Given) -> Any:
    target, signal = given.get(0), given.get(1)
    if isinstance(target, Child) and target.kind != "self" and not alive(given, target):
        return False
    tell(given, target, Thing("SIGTERM") if signal is None else signal)
    return True


# Timers -----------------------------------------------------------------------------------------


@_F.add("setTimeout", "setImmediate", "process.nextTick", "queueMicrotask", "timers.setTimeout")
def _set_timeout(given: Given) -> Any:
    machine = given.machine
    timed = given.path.endswith("setTimeout")
    pause = seconds(given.get(1)) if timed else 0.0
    if isinstance(given.get(0), Thing) or given.get(0) is None:
        return NOTHING
    until = machine.host.now() + (1.0 if pause is None else pause / 1000)
    rest = given.arguments[2:] if timed else given.arguments[1:]
    block = Block("sleep", until=until, then="call", result=(given.get(0), rest))
    strand = Strand([], background=False)
    strand.idles = given.strand.timer == (getattr(given.get(0), "code", None), machine.effects)
    machine.strands.append(strand)
    machine.block(strand, block)
    return Record("timer", {"strand": strand})


@_F.add("setInterval", "timers.setInterval")
def _set_interval(given: Given) -> Any:
    machine, function = given.machine, given.get(0)
    timer = Record("timer")
    if isinstance(function, Closure) and machine.matters(function.code.names):
        pause = seconds(given.get(1))
        period = 1.0 if pause is None else max(pause / 1000, 0.001)
        strand = Strand([], background=False)
        timer.fields["strand"] = strand
        machine.strands.append(strand)
        timer.fields["tick"] = (function, period)
        until = machine.host.now() + period
        machine.block(strand, Block("sleep", until=until, then="tick", result=timer))
    else:
        machine.keepers[id(timer)] = True
        timer.fields["keeper"] = id(timer)
    return timer


@_F.add("clearInterval", "clearTimeout", "clearImmediate")
def _clear(given: Given) -> Any:
    timer = given.get(0)
    if isinstance(timer, Record):
        stop_timer(given.machine, timer)
    return None


def stop_timer(machine: Machine, timer: Record) -> None:
    """A timer is taken back."""
    machine.effects += 1
    timer.fields["cleared"] = True
    machine.keepers.pop(timer.fields.get("keeper"), None)
    strand = timer.fields.get("strand")
    if isinstance(strand, Strand) and not strand.frames and strand in machine.strands:
        machine.strands.remove(strand)
        strand.done = True


@_TIMER.add("unref")
def _unref(given: Given) -> Any:
    strand = given.receiver.fields.get("strand")
    given.machine.keepers.pop(given.receiver.fields.get("keeper"), None)
    if isinstance(strand, Strand):
        strand.background = True
    return given.receiver


@_F.add("timers/promises.setTimeout", "Bun.sleep")
def _sleep(given: Given) -> Any:
    machine, promise = given.machine, Promise()
    pause = seconds(given.get(0))
    until = machine.host.now() + (1.0 if pause is None else pause / 1000)
    strand = Strand([], background=False)
    machine.strands.append(strand)
    machine.block(strand, Block("sleep", until=until, then="resolve", result=promise))
    return promise


# Promises ---------------------------------------------------------------------------------------


@_F.add("Promise")
def _promise(given: Given) -> Any:
    promise = Promise()
    executor = given.get(0)
    if isinstance(executor, Closure):
        resolve, reject = Bound(promise, "resolve"), Bound(promise, "reject")
        given.machine.spawn(executor, [resolve, reject], given.node)
    return promise


@_PROMISE.add("resolve", "reject")
def _settle(given: Given) -> Any:
    failed = given.path == "reject"
    value = given.get(0)
    thrown = Thrown("Error", ("Error",), value) if failed else value
    given.machine.resolve(given.receiver, thrown, failed=failed)
    return None


@_PROMISE.add("then", "finally", "catch")
def _then(given: Given) -> Any:
    promise, following = given.receiver, Promise()
    function = given.get(0)
    if given.path == "catch" or not isinstance(function, Closure | Bound):
        function = None
    if promise.all_of is not None:
        given.machine.promise_settled(promise)
    if promise.done and not promise.failed:
        if function is None:
            given.machine.resolve(following, promise.value)
        else:
            given.machine.spawn(function, [promise.value], given.node, promise=following)
    elif promise.done:
        caught = given.get(0) if given.path != "then" else given.get(1)
        if isinstance(caught, Closure | Bound):
            given.machine.spawn(caught, [promise.value], given.node, promise=following)
        else:
            given.machine.resolve(following, promise.value, failed=True)
    else:
        promise.reactions.append((function, following))
    return following


@_F.add("Promise.all", "Promise.allSettled", "Promise.race", "Promise.any")
def _all(given: Given) -> Any:
    parts = given.get(0)
    if not isinstance(parts, Items):
        return NOTHING
    first = given.path in {"Promise.race", "Promise.any"}
    return Promise(all_of=list(parts.items), value="any" if first else None)


@_F.add("Promise.resolve", "Promise.reject")
def _kept(given: Given) -> Any:
    value = given.get(0)
    if isinstance(value, Promise):
        return value
    return Promise(done=True, value=value, failed=given.path == "Promise.reject")


@_F.add("events.once")
def _once(given: Given) -> Any:
    emitter, event = given.get(0), spelled(given.get(1))
    promise = Promise()
    if isinstance(emitter, Child) and event is not None:
        if not alive(given, emitter):
            return promise
        resolve = Bound(promise, "resolve")
        emitter.fields.setdefault("\0events", {}).setdefault(event, []).append(resolve)
        return promise
    return NOTHING


@_F.add("util.promisify")
def _promisify(given: Given) -> Any:
    value = given.get(0)
    if isinstance(value, Thing):
        return Thing({"setTimeout": "timers/promises.setTimeout"}.get(value.path, f"{value.path}~"))
    if isinstance(value, Bound):
        return Bound(value, "promised")
    return NOTHING


@_F.add("child_process.exec~", "child_process.execFile~")
def _exec_promise(given: Given) -> Any:
    given.path = given.path.rstrip("~")
    child = _spawn(given)
    promise = Promise()
    child.fields["\0promise"] = promise
    return promise


def _promised(given: Given) -> Any:
    promise = Promise()
    given.machine.enter(
        given.strand,
        given.receiver,
        [*given.arguments, Bound(promise, "resolve-later")],
        {},
        given.node,
    )
    return promise


NODE.methods["bound"] = Table({"promised": _promised})


@_PROMISE.add("resolve-later")
def _resolve_later(given: Given) -> Any:
    given.machine.resolve(given.receiver, NOTHING)
    return None


# Servers ----------------------------------------------------------------------------------------


@_F.add(
    *("http.createServer", "https.createServer", "net.createServer", "http2.createServer"),
    *("http2.createSecureServer", "tls.createServer", "http.Server", "https.Server", "net.Server"),
    "dgram.createSocket",
)
def _create_server(given: Given) -> Any:
    del given
    return Record("server")


@_SERVER.add("listen", "bind")
def _listen(given: Given) -> Any:
    machine, server = given.machine, given.receiver
    served(given, "requests")
    machine.keepers[id(server)] = True
    server.fields["keeper"] = id(server)
    callback = _callback(given)
    if callback is not None:
        machine.spawn(callback, [], given.node)
    return server


@_SERVER.add("close")
def _close(given: Given) -> Any:
    machine, server = given.machine, given.receiver
    machine.effects += 1
    machine.keepers.pop(server.fields.pop("keeper", None), None)
    callback = _callback(given)
    if callback is not None:
        machine.spawn(callback, [None], given.node)
    return server


@_SERVER.add("on", "once", "unref")
def _on_server(given: Given) -> Any:
    event, function = spelled(given.get(0)), given.get(1)
    if event == "listening" and isinstance(function, Closure):
        given.machine.spawn(function, [], given.node)
    if given.path == "unref":
        given.machine.keepers.pop(given.receiver.fields.get("keeper"), None)
    return given.receiver


@NODE.members.add("listen")
def _app_listen(given: Given) -> Any:
    """`express().listen(…)` and its like give a server."""
    given.receiver = Record("server")
    given.machine.unknown += 1
    return _listen(given)


@NODE.members.add("on", "once")
def _on_thing(given: Given) -> Any:
    """What waits for the beginning of something is taken to come."""
    function = given.get(1)
    begins = given.get(0) in {"ready", "listening", "connect", "connected", "open"}
    if begins and isinstance(function, Closure) and given.machine.matters(function.code.names):
        given.machine.spawn(function, [NOTHING], given.node)
    given.machine.unknown += 1
    return Thing(given.path.rpartition(".")[0])


@_F.add("Bun.serve", "Deno.serve")
def _bun_serve(given: Given) -> Any:
    given.receiver = Record("server")
    return _listen(given)


@_SERVER.add("stop")
def _server_stop(given: Given) -> Any:
    return _close(given)


# Values -----------------------------------------------------------------------------------------


@_LIST.add("forEach")
def _for_each(given: Given) -> Any:
    return each(given, given.receiver, given.get(0))


@_LIST.add("map", "flatMap")
def _map(given: Given) -> Any:
    return each(given, given.receiver, given.get(0))


@_LIST.add("filter", "slice", "concat")
def _slice(given: Given) -> Any:
    items = given.receiver.items
    if given.path == "filter":
        return Items(list(items), given.receiver.whole)
    if given.path == "concat":
        more = [a for v in given.arguments for a in (v.items if isinstance(v, Items) else [v])]
        return listed([*items, *more], whole=given.receiver.whole)
    first, last = given.get(0), given.get(1)
    known = [v for v in (first, last) if isinstance(v, int)]
    return Items(
        items[slice(*(known if len(known) == 2 else [*known, None]))], given.receiver.whole
    )


@_LIST.add("push", "unshift")
def _push(given: Given) -> Any:
    items = given.receiver.items
    if given.path == "push":
        given.receiver.add(*given.arguments)
    else:
        items[:] = [*given.arguments, *items][:MAX_ITEMS]
    return len(items)


@_LIST.add("join")
def _join(given: Given) -> Any:
    parts = [spelled(v) for v in given.receiver.items]
    glue = spelled(given.get(0)) if given.has(0) else ","
    if None in parts or glue is None or not given.receiver.whole:
        return NOTHING
    return glue.join(p for p in parts if p is not None)[:MAX_TEXT]


@_LIST.add("includes", "some", "every", "find")
def _includes(given: Given) -> Any:
    if given.path != "includes" or not given.receiver.whole:
        return NOTHING
    value = given.get(0)
    return value in given.receiver.items if isinstance(value, str | int) else NOTHING


@_F.add("Object.values", "Object.keys", "Object.entries")
def _object(given: Given) -> Any:
    value = given.get(0)
    if not isinstance(value, Record):
        return NOTHING
    if given.path == "Object.values":
        return Items(list(value.fields.values()), not value.open)
    if given.path == "Object.keys":
        return Items(list(value.fields), not value.open)
    return Items([Items([k, v]) for k, v in value.fields.items()], not value.open)


@_F.add("fs.readFileSync")
def _read_file(given: Given) -> Any:
    from gracelint.base.paths import absolute

    path = spelled(given.get(0))
    workdir = given.machine.environment["workdir"]
    text = given.machine.host.contents(absolute(path, workdir)) if path else None
    return NOTHING if text is None else text[:MAX_TEXT]


@_F.add("JSON.parse")
def _parse(given: Given) -> Any:
    return from_json(spelled(given.get(0)))


@_F.add("Object.assign")
def _assign(given: Given) -> Any:
    target = given.get(0)
    for other in given.arguments[1:]:
        if isinstance(target, Record) and isinstance(other, Record):
            target.fields.update(other.fields)
            target.open = target.open or other.open
        elif isinstance(target, Record):
            target.open = True
    return target


@_F.add("path.join", "path.resolve", "path.normalize")
def _path_join(given: Given) -> Any:
    from gracelint.base.paths import absolute

    parts = [spelled(v) for v in given.arguments]
    if not parts or None in parts:
        return NOTHING
    found = given.machine.environment["workdir"] if given.path == "path.resolve" else ""
    for part in parts:
        text = part or ""
        if not found and not text.startswith("/"):
            found = text
        else:
            found = absolute(text.lstrip("/") if given.path == "path.join" else text, found or "/")
    return found


@_F.add("Map", "Set", "Object", "Object.freeze", "Array.from", "Array")
def _collection(given: Given) -> Any:
    value = given.get(0)
    if given.path == "Map":
        return Record("dict")
    if given.path == "Set":
        return Items(list(value.items), value.whole) if isinstance(value, Items) else Items([])
    if given.path.startswith("Array"):
        return _array_from(given)
    return value if value is not None else Record("dict")


def _array_from(given: Given) -> Any:
    value, function = given.get(0), given.get(1)
    length = value.fields.get("length") if isinstance(value, Record) else value
    if isinstance(value, Items):
        made = Items(list(value.items), value.whole)
    elif isinstance(length, int) and 0 <= length <= 64:
        made = Items([None] * length)
    else:
        return Items([], whole=False)
    if isinstance(function, Closure):
        return each(given, made, function)
    return made


@_LIST.add("add")
def _set_add(given: Given) -> Any:
    given.receiver.add(given.get(0))
    return given.receiver


@_LIST.add("delete")
def _set_delete(given: Given) -> Any:
    value = given.get(0)
    given.receiver.items = [v for v in given.receiver.items if v is not value]
    return None


@_LIST.add("values", "entries", "fill", "reverse", "sort")
def _same(given: Given) -> Any:
    return given.receiver


@_FUNCTION.add("call", "apply", "bind")
def _call_function(given: Given) -> Any:
    from gracelint.simulate.sources.library.python import partial

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
