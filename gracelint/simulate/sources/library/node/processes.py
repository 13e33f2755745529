"""Processes that a JavaScript program starts, and the workers of a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library.base import (
    alive,
    command,
    moved,
    run,
    start,
    tell,
)
from gracelint.simulate.sources.library.node.language import (
    DISCONNECT,
    FUNCTIONS,
    HUNG_UP,
    NODE,
    SPAWNED,
    call_back,
)
from gracelint.simulate.sources.library.node.promises import then
from gracelint.simulate.sources.machine.values import (
    NOTHING,
    Items,
    Promise,
    Record,
    Thing,
    spelled,
)

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.state import Given


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


@FUNCTIONS.add(
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
def spawn(given: Given) -> Any:
    """A process of its own."""
    if given.path == "Bun.spawn":
        words = given.get(0)
        options = _options(given, 0)
        words = options.fields.get("cmd", words)
        child = start(given, command(given, words, fresh=True), "spawned")
    elif "execa" in given.path or given.path == "cross-spawn":
        words = given.get(1) if isinstance(given.get(1), Items) else Items([])
        launch = command(given, Items([given.get(0), *words.items], words.whole), fresh=True)
        child = start(given, launch, "spawned")
        if "execa" in given.path:
            child.fields["\0promise"] = Promise()
    else:
        child = start(given, _command(given), "spawned")
    child.fields["\0pipes"] = _pipes(given)
    callback = call_back(given)
    if callback is not None:
        child.fields.setdefault("\0events", {})["\0callback"] = [callback]
    signal = _options(given, 1, 2).fields.get("signal")
    if isinstance(signal, Record):
        signal.fields.setdefault("children", Items([])).items.append(child)
    return child


@FUNCTIONS.add(
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
        launch = command(given, shell=given.get(0), fresh=True)
    elif given.path == "cross-spawn.sync" or given.path.startswith("execa"):
        words = given.get(1) if isinstance(given.get(1), Items) else Items([])
        launch = command(given, Items([given.get(0), *words.items], words.whole), fresh=True)
    else:
        launch = _command(given)
    result = Record("dict", {"status": 0}, open=True)
    return run(given, launch, interrupted="waits", result=result)


@SPAWNED.add("kill")
def _kill(given: Given) -> Any:
    signal = given.get(0)
    default = Thing("SIGTERM")
    if not alive(given, given.receiver):
        return False
    given.receiver.fields["killed"] = True
    tell(given, given.receiver, default if signal is None else signal)
    return True


@SPAWNED.add("on", "once", "addListener")
def _on_child(given: Given) -> Any:
    event, function = spelled(given.get(0)), given.get(1)
    if event is not None:
        given.receiver.fields.setdefault("\0events", {}).setdefault(event, []).append(function)
    return given.receiver


@SPAWNED.add("send")
def _send(given: Given) -> Any:
    given.machine.host.send(given.receiver.pid, given.get(0))
    return True


@FUNCTIONS.add("process.send")
def _send_up(given: Given) -> Any:
    given.machine.host.send(0, given.get(0))
    return True


@FUNCTIONS.add("process.disconnect")
def _disconnect(given: Given) -> Any:
    given.machine.keepers.pop("channel", None)
    return None


@SPAWNED.add("unref")
def _unref_child(given: Given) -> Any:
    given.receiver.kind = "gone"
    return None


@SPAWNED.add("then", "catch", "finally")
def _child_then(given: Given) -> Any:
    promise = given.receiver.fields.setdefault("\0promise", Promise())
    given.receiver = promise
    return then(given)


@FUNCTIONS.add("cluster.fork", "cluster.default.fork")
def _cluster_fork(given: Given) -> Any:
    machine = given.machine
    words = Items(["node", *machine.mode.get("worker-argv", machine.environment["argv"])])
    launch = command(given, words, fresh=True, env={"NODE_UNIQUE_ID": "1"})
    child = start(given, launch, "worker")
    machine.mode.setdefault("workers", Record("dict")).fields[str(child.pid)] = child
    return child


@FUNCTIONS.add(
    *("cluster.setupPrimary", "cluster.setupMaster", "cluster.default.setupPrimary"),
    "cluster.default.setupMaster",
)
def _set_up(given: Given) -> Any:
    """Workers run another file, or are given other arguments."""
    settings = given.get(0)
    if isinstance(settings, Record):
        argv = given.machine.environment["argv"]
        args = settings.fields.get("args")
        rest = args.items if isinstance(args, Items) else argv[1:]
        given.machine.mode["worker-argv"] = [settings.fields.get("exec", argv[0]), *rest]
    return NOTHING


@FUNCTIONS.add("cluster.on", "cluster.once", "cluster.default.on")
def _cluster_on(given: Given) -> Any:
    if given.get(0) == "exit":
        given.machine.mode.setdefault("on-worker-exit", []).append(given.get(1))
    return NOTHING


FUNCTIONS["process.chdir"] = moved


@FUNCTIONS.add("cluster.disconnect")
def _cluster_disconnect(given: Given) -> Any:
    """Every worker closes its servers, and the channel to it."""
    machine = given.machine
    workers = machine.mode.get("workers")
    children = list(workers.fields.values()) if isinstance(workers, Record) else []
    for child in children:
        machine.host.send(child.pid, DISCONNECT)
    callback = call_back(given)
    if callback is not None and not children:
        machine.spawn(callback, [], given.node)
        return NOTHING
    machine.mode["on-disconnected"] = callback
    return NOTHING


@SPAWNED.add("disconnect")
def _worker_disconnect(given: Given) -> Any:
    """A worker of `cluster` closes its servers, too."""
    ends = DISCONNECT if given.receiver.kind == "worker" else HUNG_UP
    given.machine.host.send(given.receiver.pid, ends)
    return NOTHING


@FUNCTIONS.add("child_process.exec~", "child_process.execFile~")
def _exec_promise(given: Given) -> Any:
    given.path = given.path.rstrip("~")
    child = spawn(given)
    promise = Promise()
    child.fields["\0promise"] = promise
    return promise
