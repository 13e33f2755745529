"""Timers of a JavaScript program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library.base import (
    seconds,
)
from gracelint.simulate.sources.library.node.aborting import on_abort
from gracelint.simulate.sources.library.node.language import FUNCTIONS, HOOKS, TIMER
from gracelint.simulate.sources.machine.state import Block, Given, Strand
from gracelint.simulate.sources.machine.values import (
    NOTHING,
    Bound,
    Closure,
    Promise,
    Record,
    Thing,
)
from gracelint.syntax.code import tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.simulate.sources.machine.machine import Machine


@FUNCTIONS.add("Date.now", "performance.now", "perf_hooks.performance.now")
def _now(given: Given) -> Any:
    return int(given.machine.clock() * 1000)


@FUNCTIONS.add(
    "setTimeout", "setImmediate", "process.nextTick", "queueMicrotask", "timers.setTimeout"
)
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


@FUNCTIONS.add("setInterval", "timers.setInterval")
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


@FUNCTIONS.add("clearInterval", "clearTimeout", "clearImmediate")
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


@TIMER.add("unref")
def _unref(given: Given) -> Any:
    strand = given.receiver.fields.get("strand")
    given.machine.keepers.pop(given.receiver.fields.get("keeper"), None)
    if isinstance(strand, Strand):
        strand.background = True
    return given.receiver


@TIMER.add("ref")
def _ref(given: Given) -> Any:
    fields = given.receiver.fields
    if "keeper" in fields and not fields.get("cleared"):
        given.machine.keepers[fields["keeper"]] = True
    if isinstance(fields.get("strand"), Strand):
        fields["strand"].background = False
    return given.receiver


@FUNCTIONS.add("timers/promises.setTimeout", "Bun.sleep")
def _sleep(given: Given) -> Any:
    machine, promise = given.machine, Promise()
    pause = seconds(given.get(0))
    until = machine.host.now() + (1.0 if pause is None else pause / 1000)
    strand = Strand([], background=False)
    machine.strands.append(strand)
    machine.block(strand, Block("sleep", until=until, then="resolve", result=promise))
    timer = Record("timer", {"strand": strand})
    on_abort(given.get(2), promise)
    on_abort(given.get(2), Bound(timer, "clear"))
    return promise


@TIMER.add("clear")
def _clear_own(given: Given) -> Any:
    stop_timer(given.machine, given.receiver)
    return None


# What a framework waits for ---------------------------------------------------------------------

_OF_NEST = frozenset({"onModuleDestroy", "beforeApplicationShutdown", "onApplicationShutdown"})
"""Methods that NestJS calls one after another before it ends."""

_SLEEPS = frozenset({"sleep", "delay", "wait", "setTimeout"})


def lasting(machine: Machine) -> float:
    """The seconds that the hooks of a framework surely sleep when it is told to stop."""
    own = [f for code in machine.codes for f in machine.functions(code)]
    bodies = [f.function.body for f in own if f.name in _OF_NEST and f.function is not None]
    if not bodies or not any("setTimeout" in code.text.text for code in machine.codes):
        return 0.0
    return sum(_slept(node) for body in bodies for node in _surely(body))


HOOKS.append(lasting)


def _surely(body: tree.Block) -> Iterator[tree.Node]:
    """The statements of a function that are run whatever happens."""
    for node in body:
        if isinstance(node, tree.Return | tree.Raise):
            break
        if isinstance(node, tree.Try):
            yield from (*node.body, *node.final)
        else:
            yield node


def _slept(node: tree.Node) -> float:
    """How long `await sleep(5000)` or `await new Promise(r => setTimeout(r, 5000))` takes."""
    call = node.value if isinstance(node, tree.Wait) else None
    if not isinstance(call, tree.Call) or not call.arguments:
        return 0.0
    name = call.function.name if isinstance(call.function, tree.Name | tree.Member) else ""
    first = call.arguments[0].value
    if name in _SLEEPS:
        return _milliseconds(first)
    if not (call.new and name == "Promise" and isinstance(first, tree.Function)):
        return 0.0
    inner = first.body[0] if len(first.body) == 1 else None
    inner = inner.value if isinstance(inner, tree.Return) else inner
    settles = {parameter.name for parameter in first.parameters}
    if not isinstance(inner, tree.Call) or len(inner.arguments) != 2:
        return 0.0
    what, pause = (argument.value for argument in inner.arguments)
    timed = isinstance(inner.function, tree.Name) and inner.function.name == "setTimeout"
    return _milliseconds(pause) if timed and getattr(what, "name", "") in settles else 0.0


def _milliseconds(node: tree.Node) -> float:
    value = node.value if isinstance(node, tree.Literal) else None
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return max(float(value or 0), 0.0) / 1000 if number else 0.0
