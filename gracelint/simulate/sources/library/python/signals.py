"""Signals and pauses of a Python program."""

from __future__ import annotations

from typing import Any

from gracelint.simulate.sources.library.base import deadline, installed, seconds
from gracelint.simulate.sources.library.masks import awaited, masked
from gracelint.simulate.sources.library.python.language import FUNCTIONS
from gracelint.simulate.sources.machine.state import ENTERED, Block, Given, Lost
from gracelint.simulate.sources.machine.values import (
    NOTHING,
    Thing,
    Thrown,
    signal_name,
)

_ACTIONS = {
    "ignore": "signal.SIG_IGN",
    "default": "signal.SIG_DFL",
    "raise": "signal.default_int_handler",
}


@FUNCTIONS.add("signal.signal")
def _signal(given: Given) -> Any:
    """Measured: only the main thread may set a handler, in all others it raises."""
    if given.strand.thread:
        given.machine.throw(given.strand, Thrown("ValueError", ("Exception", "BaseException")))
        return ENTERED
    value = given.get(1, "handler")
    if isinstance(value, Thing):
        last = value.path.rpartition(".")[2]
        actions = {"SIG_IGN": "ignore", "SIG_DFL": "default", "default_int_handler": "raise"}
        value = actions.get(last, value)
    if value is NOTHING:
        value = known_or_default(given)
    return installed(given, given.get(0, "signalnum"), value)


@FUNCTIONS.add("anyio.open_signal_receiver", "trio.open_signal_receiver")
def _receiver(given: Given) -> Any:
    """Signals come as the items of a loop, within a group of tasks that is then cancelled."""
    reason = f"what is done with the signals that `{given.path}` hands on is not known"
    raise Lost(reason, given.node, given.code)


@FUNCTIONS.add("signal.getsignal")
def _getsignal(given: Given) -> Any:
    """What is set for a signal now, as the constant or the function that it was set with."""
    name = signal_name(given.get(0, "signalnum"))
    if name is None:
        return NOTHING
    disposition = given.machine.handlers.get(name, "")
    if not disposition and given.machine.host.ignored(name):
        disposition = "ignore"
    if not disposition and name == "INT":
        disposition = "raise"
    disposition = disposition or "default"
    return Thing(_ACTIONS[disposition]) if disposition in _ACTIONS else disposition


def known_or_default(given: Given) -> Any:
    """A handler that was there before: the run-time's own."""
    del given
    return "default"


@FUNCTIONS.add("signal.pause")
def _pause(given: Given) -> Any:
    del given
    return Block("for-ever", interrupted="ends")


@FUNCTIONS.add("signal.sigwait", "signal.sigwaitinfo", "signal.sigtimedwait")
def _sigwait(given: Given) -> Any:
    field = "" if given.path == "signal.sigwait" else "si_signo"
    return awaited(given, given.get(0), deadline(given, given.get(1)), field)


@FUNCTIONS.add("signal.pthread_sigmask")
def _sigmask(given: Given) -> Any:
    return masked(given, given.get(0), given.get(1))


@FUNCTIONS.add(
    "time.sleep", "asyncio.sleep", "gevent.sleep", "eventlet.sleep", "trio.sleep", "anyio.sleep"
)
def _sleep(given: Given) -> Any:
    pause = seconds(given.get(0))
    return given.machine.sleep(1.0 if pause is None else pause)


@FUNCTIONS.add("time.time", "time.monotonic", "time.perf_counter")
def _clock(given: Given) -> Any:
    return given.machine.clock()


@FUNCTIONS.add("atexit.register")
def _atexit(given: Given) -> Any:
    given.machine.at_exit.append((given.get(0), given.arguments[1:]))
    return given.get(0)
