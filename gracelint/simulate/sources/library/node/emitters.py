"""Events that a program sends to itself: `EventEmitter`, and classes that extend it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library.base import each, partial
from gracelint.simulate.sources.library.node.language import FUNCTIONS, NODE
from gracelint.simulate.sources.library.plain import Table
from gracelint.simulate.sources.machine.values import NOTHING, Closure, Items, Record, spelled

if TYPE_CHECKING:
    from collections.abc import Callable

    from gracelint.simulate.sources.machine.state import Given, Native

_EMITTER = NODE.methods["emitter"] = Table()
_CLASSES = ("events", "events.EventEmitter", "events.default")


def _method(*names: str) -> Callable[[Native], Native]:
    """A method of an emitter, and of an object whose class extends one."""

    def enter(function: Native) -> Native:
        _EMITTER.add(*names)(function)
        for path in (f"{c}.{name}" for c in _CLASSES for name in names):
            FUNCTIONS.setdefault(path, function)
        return function

    return enter


def listeners(emitter: Record) -> dict[str, list[Any]]:
    """The functions that are called for each event."""
    by_event: dict[str, list[Any]] = emitter.fields.setdefault("\0events", {})
    return by_event


@FUNCTIONS.add(*_CLASSES)
def _emitter(given: Given) -> Any:
    del given
    return Record("emitter", open=True)


@_method("addListener", "prependListener", "prependOnceListener", "on", "once")
def listen_to(given: Given) -> Any:
    """`emitter.on(event, function)`; `once` for the first one alone."""
    emitter, event = given.receiver, spelled(given.get(0))
    if not isinstance(emitter, Record) or event is None:
        return NOTHING
    function = given.get(1)
    once = Record("once", {"function": function}) if "nce" in given.path else function
    listed = listeners(emitter).setdefault(event, [])
    listed.insert(0 if "prepend" in given.path else len(listed), once)
    given.machine.effects += 1
    return emitter


@_method("off", "removeListener", "removeAllListeners")
def _forget(given: Given) -> Any:
    emitter, event = given.receiver, spelled(given.get(0))
    if not isinstance(emitter, Record) or event is None:
        return NOTHING
    function = None if given.path.endswith("removeAllListeners") else given.get(1)
    listed = listeners(emitter).get(event, [])
    listed[:] = [f for f in listed if function is not None and function not in (f, _inner(f))]
    return emitter


@_method("emit")
def _emit(given: Given) -> Any:
    """The functions are called at once, one after the other."""
    emitter, event = given.receiver, spelled(given.get(0))
    if not isinstance(emitter, Record) or event is None:
        return NOTHING
    listed = listeners(emitter).get(event, [])
    called = [partial(_of(emitter, _inner(f)), given.arguments[1:]) for f in listed]
    listed[:] = [f for f in listed if not _is_once(f)]
    return each(given, Items(called), None) if called else False


@_method("listenerCount")
def _count(given: Given) -> Any:
    emitter, event = given.receiver, spelled(given.get(0))
    if not isinstance(emitter, Record) or event is None:
        return NOTHING
    return len(listeners(emitter).get(event, []))


def _is_once(function: Any) -> bool:
    return isinstance(function, Record) and function.kind == "once"


def _of(emitter: Record, function: Any) -> Any:
    """A function without an object is called as one of the emitter."""
    own = isinstance(function, Closure) and function.code.function and function.this is None
    if not own or not function.code.function.own_this:
        return function
    return Closure(function.code, function.scope, emitter)


def _inner(function: Any) -> Any:
    return function.fields["function"] if _is_once(function) else function
