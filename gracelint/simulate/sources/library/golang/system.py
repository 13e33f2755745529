"""Signals, the environment, and the end of a Go program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library.base import abort
from gracelint.simulate.sources.library.golang.channels import put
from gracelint.simulate.sources.library.golang.contexts import cancel, derived
from gracelint.simulate.sources.library.golang.language import FUNCTIONS, GO
from gracelint.simulate.sources.library.plain import Table
from gracelint.simulate.sources.machine.state import Lost
from gracelint.simulate.sources.machine.values import (
    BY_LOOP,
    Bound,
    Items,
    Record,
    Thing,
    signal_name,
    spelled,
    unset,
)

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.state import Given

_NOTIFIED = GO.methods["notified"] = Table()
_ALL = ("TERM", "INT", "QUIT", "HUP", "USR1", "USR2")


def _names(given: Given, signals: list[Any]) -> list[str]:
    names = []
    for value in signals:
        name = signal_name(value)
        if name is None:
            raise Lost("the signals that it asks for are not known", given.node, given.code)
        names.append(name)
    return names or list(_ALL)


def _notify(given: Given, signals: list[Any], bound: Bound) -> None:
    machine = given.machine
    for name in _names(given, signals):
        before = machine.handlers.get(name)
        listed = before if isinstance(before, Items) else Items([])
        listed.items.append(bound)
        machine.install(name, listed, given.node, given.code)


@FUNCTIONS.add("signal.Notify")
def _to_channel(given: Given) -> Any:
    told = Record("notified", {BY_LOOP: True, "channel": given.get(0)})
    _notify(given, given.arguments[1:], Bound(told, "come"))
    return None


@FUNCTIONS.add("signal.NotifyContext")
def _to_context(given: Given) -> Any:
    context = derived(given, given.get(0))
    told = Record("notified", {BY_LOOP: True, "context": context})
    _notify(given, given.arguments[1:], Bound(told, "come"))
    return Items([context, Bound(told, "stop")])


@_NOTIFIED.add("come")
def _come(given: Given) -> Any:
    """A signal has come: the channel gets it, or the context ends."""
    fields, name = given.receiver.fields, signal_name(given.get(0))
    if "context" in fields:
        given.receiver = fields["context"]
        return cancel(given)
    put(given.machine, fields["channel"], Thing(f"syscall.SIG{name}"))
    return None


@_NOTIFIED.add("stop")
def _stop(given: Given) -> Any:
    told = given.receiver
    _forget(given, lambda one: one is told)
    given.receiver = told.fields["context"]
    return cancel(given)


@FUNCTIONS.add("signal.Stop")
def _stop_channel(given: Given) -> Any:
    channel = given.get(0)
    _forget(given, lambda one: one.fields.get("channel") is channel)
    return None


def _forget(given: Given, matches: Any) -> None:
    handlers = given.machine.handlers
    given.machine.effects += 1
    for name, listed in list(handlers.items()):
        if isinstance(listed, Items):
            kept = [b for b in listed.items if not matches(b.receiver)]
            handlers[name] = Items(kept)
            if not kept:
                del handlers[name]


@FUNCTIONS.add("signal.Ignore")
def _ignore(given: Given) -> Any:
    for name in _names(given, given.arguments):
        given.machine.install(name, "ignore", given.node, given.code)
    return None


@FUNCTIONS.add("signal.Reset")
def _reset(given: Given) -> Any:
    for name in _names(given, given.arguments):
        given.machine.handlers.pop(name, None)
    return None


FUNCTIONS["os.Exit"] = abort


@FUNCTIONS.add("runtime.NumCPU", "runtime.GOMAXPROCS")
def _processors(given: Given) -> Any:
    """Two stand for any number of them."""
    del given
    return 2


@FUNCTIONS.add("log.Fatal", "log.Fatalf", "log.Fatalln")
def _fatal(given: Given) -> Any:
    given.arguments = [1]
    return abort(given)


@GO.members.add("Fatal", "Fatalf", "Fatalln", "Fatalw")
def _fatal_of_logger(given: Given) -> Any:
    """A logger of zap ends the program like Go's own."""
    return _fatal(given) if given.path.startswith("zap.") else GO.unknown(given)


@FUNCTIONS.add("os.Setenv")
def _set_variable(given: Given) -> Any:
    given.machine.makes(spelled(given.get(0)))
    return GO.unknown(given)


@FUNCTIONS.add("os.Getenv", "os.LookupEnv")
def _variable(given: Given) -> Any:
    name, env = spelled(given.get(0)), given.machine.environment["env"]
    value = env.get(name, unset(name))
    return Items([value, name in env]) if given.path == "os.LookupEnv" else value
