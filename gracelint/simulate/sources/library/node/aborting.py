"""`AbortController` and `AbortSignal`, and what ends with them; waiting for events."""

from __future__ import annotations

from typing import Any

from gracelint.simulate.sources.library.base import alive, synthetic, tell
from gracelint.simulate.sources.library.node.emitters import listen_to
from gracelint.simulate.sources.library.node.language import ABORTER, FUNCTIONS
from gracelint.simulate.sources.library.node.signals import listen
from gracelint.simulate.sources.machine.state import ENTERED, Given, Strand
from gracelint.simulate.sources.machine.values import (
    NOTHING,
    Bound,
    Child,
    Closure,
    Items,
    Promise,
    Record,
    Thing,
    Thrown,
    spelled,
)
from gracelint.syntax.code import tree

ABORTED = "\0aborted"
_THROWN = Thrown("AbortError", ("Error",))


@FUNCTIONS.add("AbortController", "AbortSignal.timeout", "AbortSignal.any")
def _aborter(given: Given) -> Any:
    """A controller, which is its signal as well; those that a time or others abort never are."""
    del given
    return Record("aborter", {ABORTED: False})


def on_abort(options: Any, what: Any) -> None:
    """Have a function called, or a promise broken, when the signal among a call's options is
    aborted.
    """
    signal = options.fields.get("signal") if isinstance(options, Record) else None
    if isinstance(signal, Record) and signal.kind == "aborter":
        waiting = signal.fields.setdefault("\0waiting", Items([])).items
        waiting[:] = [*(one for one in waiting if not _is_over(one)), what]


def _is_over(what: Any) -> bool:
    """Whether what waits for a signal has come to its end without it."""
    timer = what.receiver if isinstance(what, Bound) else None
    strand = timer.fields.get("strand") if isinstance(timer, Record) else None
    return (isinstance(what, Promise) and what.done) or (isinstance(strand, Strand) and strand.done)


@ABORTER.add("abort")
def _abort(given: Given) -> Any:
    signal, machine = given.receiver, given.machine
    if signal.fields.get(ABORTED):
        return None
    signal.fields[ABORTED] = True
    machine.effects += 1
    machine.unknown += bool(signal.fields.get("\0unread"))  # what was given it may end
    for child in signal.fields.get("children", Items([])).items:
        if isinstance(child, Child) and alive(given, child):
            tell(given, child, "TERM")
    waiting = [*signal.fields.get("\0waiting", Items([])).items, signal.fields.get("onabort")]
    for one in waiting:
        if isinstance(one, Promise):
            machine.resolve(one, _THROWN, failed=True)
        elif isinstance(one, Closure | Bound):
            machine.spawn(one, [NOTHING], given.node)
    return None


@ABORTER.add("addEventListener", "on", "once")
def _listened(given: Given) -> Any:
    on_abort(Record("dict", {"signal": given.receiver}), given.get(1))
    return None


@ABORTER.add("throwIfAborted")
def _throw_if(given: Given) -> Any:
    if not given.receiver.fields.get(ABORTED):
        return None
    given.machine.throw(given.strand, _THROWN)
    return ENTERED


@FUNCTIONS.add("events.once")
def _once(given: Given) -> Any:
    """A promise of the next event; the method of a class that extends the module."""
    if given.receiver is not None:
        return listen_to(given)
    emitter, event = given.get(0), spelled(given.get(1))
    promise = Promise()
    resolve = Bound(promise, "resolve")
    on_abort(given.get(2), promise)
    if isinstance(emitter, Thing) and emitter.path in {"process", "process.default"}:
        given.path, given.arguments = "process.once", [given.get(1), resolve]
        listen(given)
        return promise
    if isinstance(emitter, Record) and emitter.kind in {"server", "emitter", "object"}:
        if event == "listening" and emitter.kind == "server":
            return Promise(done=True, value=NOTHING)
        emitter.fields.setdefault("\0events", {}).setdefault(event, []).append(resolve)
        return promise
    if isinstance(emitter, Child) and event is not None:
        if alive(given, emitter):
            events = emitter.fields.setdefault("\0events", {})
            events.setdefault(event, []).append(resolve)
        return promise
    return NOTHING


@FUNCTIONS.add("events.on")
def _each_event(given: Given) -> Any:
    """`for await (… of on(emitter, event))`: one event after the other."""
    if given.receiver is not None:
        return listen_to(given)
    return _repeated(given, Thing("events.once"))


@FUNCTIONS.add("timers/promises.setInterval")
def _ticks(given: Given) -> Any:
    """`for await (… of setInterval(pause))`."""
    return _repeated(given, Thing("timers/promises.setTimeout"))


def _repeated(given: Given, function: Thing) -> Any:
    """Call a function that gives a promise again and again, for what it is kept with."""
    at = given.node.start, given.node.end
    names = {f"\0{index}": value for index, value in enumerate(given.arguments)}
    arguments = tuple(tree.Argument(*at, tree.Name(*at, name)) for name in names)
    call = tree.Call(*at, tree.Name(*at, "\0call"), arguments)
    loop = tree.Loop(*at, None, (tree.Yield(*at, tree.Wait(*at, call)),))
    return synthetic(given, (loop,), {"\0call": function, **names})
