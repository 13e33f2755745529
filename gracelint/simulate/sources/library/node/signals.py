"""Events of the process itself: signals and ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library.base import (
    alive,
    tell,
)
from gracelint.simulate.sources.library.node.language import FUNCTIONS
from gracelint.simulate.sources.machine.code import words_of
from gracelint.simulate.sources.machine.state import ENTERED, Given, Lost
from gracelint.simulate.sources.machine.values import (
    Child,
    Items,
    Record,
    Thing,
    signal_name,
    spelled,
)
from gracelint.syntax.code import tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.simulate.sources.machine.code import Code
    from gracelint.simulate.sources.machine.machine import Machine

_EVENTS_WORDS = """
exit beforeExit uncaughtException unhandledRejection warning message disconnect rejectionHandled
multipleResolves uncaughtExceptionMonitor worker
"""
_EVENTS = frozenset(_EVENTS_WORDS.split())


@FUNCTIONS.add(
    "process.on",
    "process.once",
    "process.addListener",
    "process.prependListener",
    "process.prependOnceListener",
)
def listen(given: Given) -> Any:
    """`process.on(event, function)`."""
    event, function, machine = spelled(given.get(0)), given.get(1), given.machine
    name = signal_name(given.get(0)) if event is None or event.startswith("SIG") else None
    if event in {"exit", "beforeExit"}:
        machine.at_exit.append((function, [0]))
    if event in {"uncaughtException", "unhandledRejection"}:
        machine.mode["swallows"] = True
    if event == "message":
        machine.mode.setdefault("on-message", []).append(function)
        machine.keepers["channel"] = True
    if event == "disconnect":
        machine.mode.setdefault("on-disconnect", []).append(function)
    if event in _EVENTS:
        return Thing("process")
    if name is None:
        if event is not None:
            return Thing("process")
        raise Lost("the signal that a handler is for is not known", given.node, given.code)
    if name in machine.library.refuses:
        machine.throw(given.strand, machine.library.refuses[name])
        return ENTERED
    if "nce" in given.path:
        function = Record("once", {"function": function})
    before = machine.handlers.get(name)
    listed = before if isinstance(before, Items) else Items([])
    listed.items.append(function)
    machine.install(name, listed, given.node, given.code)
    return Thing("process")


@FUNCTIONS.add("process.emit")
def _emit(given: Given) -> Any:
    """Call the handlers of a signal, as if that had come."""
    event = spelled(given.get(0)) or ""
    name = signal_name(event) if event.startswith("SIG") else None
    known = isinstance(given.machine.handlers.get(name or ""), Items)
    if known and name is not None:
        given.machine.pending.append(name)
    return known


@FUNCTIONS.add("process.off", "process.removeListener", "process.removeAllListeners")
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


_LATER = frozenset(("then", "catch", "finally"))


def _in_turn(given: Given) -> bool:
    """Whether a handler calls it by itself or by a function of a name, and waits for nothing:
    a function that may wait and does so nowhere is through in the same turn.
    """
    frames = given.strand.frames
    functions = [frame.code.function for frame in frames]
    called = len(frames) == 1 or (functions[-1] is not None and functions[-1].declared)
    later = any(f is None or (f.deferred and _may_wait(f)) for f in functions)
    return called and not later and all(_LATER.isdisjoint(f.code.names) for f in frames)


def _may_wait(function: tree.Function) -> bool:
    """Whether a function may wait: in a loop over something, too, which may be `for await`."""
    return any(isinstance(node, tree.Wait | tree.Each) for node in tree.walk(*function.body))


def _asks_for_work(given: Given) -> bool:
    """Whether the way to a call depends on what only functions change that were never called, as
    those do that count the requests in hand, while there are none.
    """
    codes = [frame.code for frame in given.strand.frames if frame.code.function is not None]
    asked = {word for code in codes for word in words_of(*_tests(code))}
    return _changed_by_work(given.machine, asked.difference(*(code.local for code in codes)))


def _waits_for_work(machine: Machine) -> bool:
    """Whether a loop that was reached since it was told waits in its rounds, and goes on while
    there is such work: one that waits for nothing lets no request come to its end.
    """
    new = machine.entered - machine.mode.get("entered-then", frozenset())
    functions = [f for code in machine.codes for f in machine.functions(code)]
    reached = [f for f in functions if f.function and (f.path, f.function.start) in new]
    nodes = (node for code in reached if code.function for node in tree.walk(*code.function.body))
    loops = (node for node in nodes if isinstance(node, tree.Loop) and _waits(node))
    asked = {word for loop in loops if loop.test for word in words_of(loop.test)}
    return _changed_by_work(machine, asked.difference(*(code.local for code in reached)))


def _waits(loop: tree.Loop) -> bool:
    """Whether a loop waits in its rounds, apart from what functions do that are only made there."""
    queue: list[tree.Node] = [loop]
    while queue:
        node = queue.pop()
        if isinstance(node, tree.Wait):
            return True
        if not isinstance(node, tree.Function | tree.Class):
            queue += tree.children(node)
    return False


def _changed_by_work(machine: Machine, asked: set[str]) -> bool:
    """Whether functions that were never called change any of these variables, or what they hold."""
    if not asked:
        return False
    functions = (function for code in machine.codes for function in machine.functions(code))
    return any(
        not asked.isdisjoint(function.local) or not asked.isdisjoint(_altered(function.function))
        for function in functions
        if function.function is not None
        and (function.path, function.function.start) not in machine.entered
    )


def _altered(function: tree.Function) -> Iterator[str]:
    """The variables whose members it sets, or has a method change."""
    for node in tree.walk(*function.body):
        called = node.function if isinstance(node, tree.Call) else None
        target = node.target if isinstance(node, tree.Assign) else None
        if isinstance(called, tree.Member) and called.name in _CHANGES:
            target = called
        if isinstance(target, tree.Member | tree.Index) and isinstance(target.object, tree.Name):
            yield target.object.name


_CHANGES = frozenset({"add", "delete", "push", "set", "splice", "pop", "shift", "\0remove"})


def _tests(code: Code) -> Iterator[tree.Node]:
    for node in tree.walk(*code.function.body) if code.function is not None else ():
        if isinstance(node, tree.If | tree.Conditional):
            yield node.test
        elif isinstance(node, tree.Operation) and node.operator in {"and", "or"}:
            yield node.operands[0]


@FUNCTIONS.add("process.exit", "process.reallyExit", "Deno.exit")
def _exit(given: Given) -> Any:
    value, machine = given.get(0), given.machine
    machine.mode["leaves"] = given.code, given.node
    machine.mode["in-turn"] = given.strand.handles and _in_turn(given)
    machine.mode["idle"] = given.strand.handles and _asks_for_work(given)
    machine.mode["waits-for-work"] = bool(machine.mode.get("told")) and _waits_for_work(machine)
    machine.leave(value if isinstance(value, int) else 0)
    return ENTERED


@FUNCTIONS.add("process.abort")
def _abort(given: Given) -> Any:
    given.machine.abort(134)
    return ENTERED


@FUNCTIONS.add("process.kill", "tree-kill")
def _process_kill(given: Given) -> Any:
    target, signal = given.get(0), given.get(1)
    if isinstance(target, Child) and target.kind != "self" and not alive(given, target):
        return False
    tell(given, target, Thing("SIGTERM") if signal is None else signal)
    return True
