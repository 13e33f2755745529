"""Hooks, signals, and the end of a Java program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library.base import abort, installed
from gracelint.simulate.sources.library.java.language import FUNCTIONS, JAVA, TOLD, task_of
from gracelint.simulate.sources.library.java.threads import begin
from gracelint.simulate.sources.library.plain import Table
from gracelint.simulate.sources.machine.state import Block, Lost, Strand
from gracelint.simulate.sources.machine.values import (
    BY_LOOP,
    NOTHING,
    Bound,
    Closure,
    Record,
    Thing,
    signal_name,
    spelled,
    unset,
)

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.machine import Machine
    from gracelint.simulate.sources.machine.state import Given

_RUNTIME = JAVA.methods["runtime"] = Table()
_SIGNAL = JAVA.methods["signal"] = Table()
_LISTENER = JAVA.methods["listener"] = Table()


@FUNCTIONS.add("Runtime.getRuntime().addShutdownHook")
def _add(given: Given) -> Any:
    """Hooks run at the end of the last thread as well."""
    machine, hooks = given.machine, given.machine.mode.setdefault("hooks", [])
    hooks.append(given.get(0))
    machine.places.setdefault("TERM", (given.code, given.node))
    machine.installs.append((given.code.path, given.node.start, given.node.end))
    if len(hooks) == 1:
        machine.at_exit.append((Bound(Record("runtime", {BY_LOOP: True}), "down"), []))
    return None


@FUNCTIONS.add("Runtime.getRuntime().removeShutdownHook")
def _remove(given: Given) -> Any:
    hooks = given.machine.mode.get("hooks", [])
    there = given.get(0) in hooks
    if there:
        hooks.remove(given.get(0))
    return there


@_RUNTIME.add("down")
def down(given: Given) -> Any:
    """Begin all hooks; the program ends with the last of them."""
    machine = given.machine
    if machine.mode.get("down"):
        return NOTHING
    machine.mode["down"] = True
    if signal_name(given.get(0)):
        machine.status = 143
    machine.at_exit.clear()
    for hook in machine.mode.get("hooks", []):
        if isinstance(hook, Record):
            begin(given, hook)
    return _rest(machine)


def _rest(machine: Machine) -> Any:
    """Wait for a hook that has not ended, or end the program."""
    hooks = [hook.fields.get("strand") for hook in machine.mode.get("hooks", []) if _is(hook)]
    left = [strand for strand in hooks if isinstance(strand, Strand) and not strand.done]
    if not left:
        _left_behind(machine)
        machine.abort(machine.status)
        return NOTHING
    return Block("end", left[0], then="made", result=_next)


def _left_behind(machine: Machine) -> None:
    """The run-time gives threads that are within a call of the kernel, as those are which wait for
    a process, up to 0.3 s before it ends: a process that was told just before may be through.
    """
    told = [c for c in machine.children.values() if TOLD in c.fields]
    if any(machine.host.alive(c.pid) for c in told):
        raise Lost("whether it or the process that it told to stop ends first is not decided")


def _next(machine: Machine, _block: Block) -> Any:
    return _rest(machine)


def _is(hook: Any) -> bool:
    return isinstance(hook, Record)


@FUNCTIONS.add("System.exit", "Runtime.getRuntime().exit")
def leave(given: Given) -> Any:
    """Whoever calls it waits for ever; a hook that does so never ends."""
    status = given.get(0)
    machine = given.machine
    if not machine.mode.get("down"):
        machine.status = status if isinstance(status, int) and status else 0
        ends = Bound(Record("runtime", {BY_LOOP: True}), "down")
        machine.spawn(ends, [], given.node)
    return Block("for-ever")


FUNCTIONS["Runtime.getRuntime().halt"] = abort


@FUNCTIONS.add("Signal")
def _signal(given: Given) -> Any:
    name = spelled(given.get(0))
    return Thing(f"signal.SIG{name}") if name else NOTHING


@FUNCTIONS.add("Signal.handle")
def _handle(given: Given) -> Any:
    """A handler of the program's own, instead of the hooks."""
    function = given.get(1)
    if isinstance(function, Thing) and function.path.endswith(("SIG_IGN", "SIG_DFL")):
        value: Any = "ignore" if function.path.endswith("SIG_IGN") else "default"
    else:
        value = Bound(Record("listener", {BY_LOOP: True, "function": _called(function)}), "come")
    return installed(given, given.get(0), value)


def _called(value: Any) -> Any:
    from gracelint.simulate.sources.machine.calls import find_member

    if isinstance(value, Record):
        method = find_member(value.of, "handle")
        return Closure(method.code, method.scope, value) if isinstance(method, Closure) else None
    return value if isinstance(value, Closure | Bound) else task_of(value)


@_LISTENER.add("come")
def _come(given: Given) -> Any:
    function = given.receiver.fields["function"]
    if function is None:
        return NOTHING
    name = signal_name(given.get(0))
    signal = Record("signal", {"name": name, "number": given.get(0)}) if name else NOTHING
    return given.machine.enter(given.strand, function, [signal], {}, given.node)


@_SIGNAL.add("getName", "getNumber")
def _of_signal(given: Given) -> Any:
    return given.receiver.fields["name" if given.path == "getName" else "number"]


@FUNCTIONS.add("Runtime.getRuntime().availableProcessors")
def _processors(given: Given) -> Any:
    """Two stand for any number of them."""
    del given
    return 2


@FUNCTIONS.add("System.getenv")
def _variable(given: Given) -> Any:
    name, env = spelled(given.get(0)), given.machine.environment["env"]
    return env.get(name, unset(name)) if name is not None else Record("dict", dict(env), open=True)
