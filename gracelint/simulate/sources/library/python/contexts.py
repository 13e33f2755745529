"""`contextlib`: what is done where a block is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library.base import each, partial
from gracelint.simulate.sources.library.python.language import CONTEXT, FUNCTIONS, GENERATOR, STACK
from gracelint.simulate.sources.machine.names import member_of
from gracelint.simulate.sources.machine.values import (
    NOTHING,
    Bound,
    Child,
    Closure,
    Generator,
    Items,
    Record,
    Thrown,
)

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.state import Given


@FUNCTIONS.add("contextlib.ExitStack", "contextlib.AsyncExitStack")
def _stack(given: Given) -> Any:
    del given
    return Record("exit-stack", {"calls": Items([])})


@STACK.add("callback", "push_async_callback")
def _callback(given: Given) -> Any:
    given.receiver.fields["calls"].add(partial(given.get(0), given.arguments[1:]))
    return given.get(0)


@STACK.add("enter_context", "push")
def _enter_context(given: Given) -> Any:
    value, machine = given.get(0), given.machine
    calls = given.receiver.fields["calls"]
    if isinstance(value, Child):
        calls.add(Bound(value, "wait"))
    elif isinstance(value, Record) and value.kind == "executor":
        calls.add(Bound(value, "shutdown"))
    elif isinstance(value, Record) and value.kind == "context":
        calls.add(Bound(value, "leave"))
        return machine.ask(given.strand, value.fields["generator"], "given")
    elif isinstance(value, Record) and value.of is not None:
        leave, enter = (member_of(machine, value, f"__{n}__") for n in ("exit", "enter"))
        if isinstance(leave, Closure):
            calls.add(partial(leave, [None, None, None]))
        if isinstance(enter, Closure) and given.path == "enter_context":
            return machine.enter(given.strand, enter, [], {}, given.node)
    else:
        machine.unknown += 1
        return NOTHING
    return value


@CONTEXT.add("leave")
def _leave(given: Given) -> Any:
    return given.machine.ask(given.strand, given.receiver.fields["generator"], "left")


@FUNCTIONS.add("next", "anext")
def _next(given: Given) -> Any:
    """The next value of a generator; of anything else it is not known."""
    value = given.get(0)
    if not isinstance(value, Generator):
        return NOTHING
    ended = Thrown("StopIteration", ("Exception", "BaseException"))
    return given.machine.ask(given.strand, value, "given", result=given.get(1, default=ended))


@GENERATOR.add("__next__", "__anext__", "send", "asend")
def _send(given: Given) -> Any:
    ended = Thrown("StopIteration", ("Exception", "BaseException"))
    return given.machine.ask(given.strand, given.receiver, "given", sent=given.get(0), result=ended)


@STACK.add("close", "aclose")
def _close(given: Given) -> Any:
    waiting = given.receiver.fields["calls"].items[::-1]
    given.receiver.fields["calls"] = Items([])
    return each(given, Items(waiting), None)


@STACK.add("pop_all")
def _pop_all(given: Given) -> Any:
    calls, given.receiver.fields["calls"] = given.receiver.fields["calls"], Items([])
    return Record("exit-stack", {"calls": calls})
