"""Timers of a JavaScript program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.base import lazy
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

    from gracelint.simulate.sources.machine.code import Code
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
"""Methods that NestJS waits for before it ends."""

_SLEEPS = frozenset({"sleep", "delay", "wait", "setTimeout"})
_FAR = 1e9  # milliseconds


def lasting(machine: Machine) -> float:
    """The seconds that the hooks of NestJS surely sleep when it is told to stop: those of a kind
    run side by side within a module, one kind after another.
    """
    whole = [code.text.text for code in machine.codes]
    if not any("@nestjs/" in text for text in whole):
        return 0.0
    if not any("setTimeout" in text or "'delay'" in text for text in whole):
        return 0.0
    own = [(code, f) for code in machine.codes for f in machine.functions(code)]
    made = _made([*machine.codes, *(f for _, f in own)])
    longest: dict[str, float] = {}
    sleeps: dict[str, frozenset[str]] = {}
    for code, f in own:
        if f.name not in _OF_NEST or f.function is None:
            continue
        if code.path not in sleeps:
            sleeps[code.path] = _imported(code.text.text) | made
        slept = sum(_slept(node, sleeps[code.path]) for node in _surely(f.function.body))
        longest[f.name] = max(longest.get(f.name, 0.0), slept)
    return sum(longest.values())


def _imported(text: str) -> frozenset[str]:
    """What functions of libraries that sleep for some milliseconds are called in a file."""
    names = {match["name"] for match in _PROMISED.finditer(text)}
    for match in _TIMERS.finditer(text):
        for part in match["names"].split(","):
            words = part.replace(":", " as ").split()
            names.update(words[-1:] if words[:1] == ["setTimeout"] else ())
    return _SLEEPS.intersection(names) | ({"delay"} if _DELAY.search(text) else set())


_TIMERS = lazy.compile(
    r"\{(?P<names>[^{}]{0,200})\}\s*(?:\bfrom\s*|=\s*(?:await\s+import|require)\s*\(\s*)"
    r"['\"](?:node:)?timers/promises['\"]"
)
_PROMISED = lazy.compile(
    r"\b(?P<name>sleep|delay|wait)\s*=[^;\n]{0,60}\bpromisify\s*\(\s*setTimeout\s*\)"
)
_DELAY = lazy.compile(r"\b(?:import\s+delay\s+from\s*|delay\s*=\s*require\s*\(\s*)['\"]delay['\"]")


def _made(codes: list[Code]) -> frozenset[str]:
    """The names that are only given to functions that sleep for as many milliseconds as they are
    given. codes: all files and functions of the program.
    """
    does: dict[str, bool] = {}
    for code in codes:
        if code.name in _SLEEPS and code.function is not None:
            does[code.name] = does.get(code.name, True) and _sleeps(code.function)
        before: list[object] = [None, None]
        for name, argument, _ in code.instructions:
            if name in {"declare", "store"} and argument in _SLEEPS:
                made = before[0] if before[1] is None else before[1]
                function = getattr(made, "function", None)
                sleeps = function is not None and _sleeps(function)
                does[argument] = does.get(argument, True) and sleeps
            value = argument if name == "function" else None if name == "dup" else name
            before = [before[1], value]
    return frozenset(name for name, sleeps in does.items() if sleeps)


def _sleeps(function: tree.Function) -> bool:
    """`(ms) => new Promise((r) => setTimeout(r, ms))`, or one that waits for that."""
    if len(function.body) != 1 or not function.parameters:
        return False
    node: tree.Node | None = function.body[0]
    while isinstance(node, tree.Return | tree.Wait):
        node = node.value
    pause = _pause(node)
    return isinstance(pause, tree.Name) and pause.name == function.parameters[0].name


HOOKS.append(lasting)


def _surely(body: tree.Block) -> Iterator[tree.Node]:
    """The statements of a function that are run whatever happens: up to the first that may leave
    it, or end the program.
    """
    for node in body:
        if isinstance(node, tree.Try):
            yield from _surely(node.body)
            yield from _surely(node.final)
        else:
            yield node
        if _may_leave(node):
            break


def _may_leave(statement: tree.Node) -> bool:
    queue = [statement]
    while queue:
        node = queue.pop()
        if isinstance(node, tree.Return | tree.Raise | tree.Leave):
            return True
        called = node.function if isinstance(node, tree.Call) else None
        if isinstance(called, tree.Member) and called.name in {"exit", "reallyExit", "kill"}:
            return True
        if not isinstance(node, tree.Function | tree.Class):
            queue += tree.children(node)
    return False


def _slept(node: tree.Node, sleeps: frozenset[str]) -> float:
    """How long `await sleep(5000)` or `await new Promise(r => setTimeout(r, 5000))` takes.

    sleeps: the functions that take milliseconds.
    """
    call = node.value if isinstance(node, tree.Wait) else None
    if not isinstance(call, tree.Call) or not call.arguments:
        return 0.0
    name = call.function.name if isinstance(call.function, tree.Name | tree.Member) else ""
    return _seconds(call.arguments[0].value if name in sleeps else _pause(call))


def _pause(call: tree.Node | None) -> tree.Node | None:
    """The 5000 of `new Promise(r => setTimeout(r, 5000))`; None for anything else."""
    if not isinstance(call, tree.Call) or not (call.new and call.arguments):
        return None
    first = call.arguments[0].value
    made = isinstance(call.function, tree.Name) and call.function.name == "Promise"
    if not made or not isinstance(first, tree.Function) or len(first.body) != 1:
        return None
    inner: tree.Node | None = first.body[0]
    inner = inner.value if isinstance(inner, tree.Return) else inner
    settles = {parameter.name for parameter in first.parameters}
    if not isinstance(inner, tree.Call) or len(inner.arguments) != 2:
        return None
    what, pause = (argument.value for argument in inner.arguments)
    timed = isinstance(inner.function, tree.Name) and inner.function.name == "setTimeout"
    return pause if timed and isinstance(what, tree.Name) and what.name in settles else None


def _seconds(node: tree.Node | None) -> float:
    """What a number of milliseconds is; 0 where it is not known, or far off."""
    value = node.value if isinstance(node, tree.Literal) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return value / 1000 if 0 < value < _FAR else 0.0
