"""Queues between threads, under the names that the languages give their methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library.plain import Table
from gracelint.simulate.sources.machine.operations import SIMPLE
from gracelint.simulate.sources.machine.state import ENTERED, SHARED, Block
from gracelint.simulate.sources.machine.values import NOTHING, Thrown
from gracelint.simulate.sources.machine.waits import ITEMS

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.state import Given

MAX_WAITING = 100
QUEUE = Table()


@QUEUE.add("put", "put_nowait", "push", "<<", "enq", "close")
def _put(given: Given) -> Any:
    """`close` of Ruby's lets those who wait go on, with nothing."""
    machine, value = given.machine, given.get(0)
    if SHARED in given.receiver.fields and not isinstance(value, SIMPLE):
        value = NOTHING
    items = machine.held(given.receiver, ITEMS)
    machine.hold(given.receiver, ITEMS, (*items, value)[:MAX_WAITING])
    return given.receiver


@QUEUE.add("get", "pop", "shift", "deq")
def _get(given: Given) -> Any:
    machine = given.machine
    first = given.get(0, "block")
    if first is (given.path != "get") or machine.held(given.receiver, ITEMS):
        return _taken(given)
    pause = given.get(1, "timeout")
    timed = isinstance(pause, int | float) and not isinstance(pause, bool)
    until = machine.host.now() + (pause if timed else 1.0) if pause is not None else None
    return Block("queue", given.receiver, until=until, then="taken")


@QUEUE.add("get_nowait")
def _taken(given: Given) -> Any:
    item = given.machine.take(given.receiver)
    if isinstance(item, Thrown):
        given.machine.throw(given.strand, item)
        return ENTERED
    return item


@QUEUE.add("empty", "empty?")
def _empty(given: Given) -> Any:
    return not given.machine.held(given.receiver, ITEMS)


@QUEUE.add("qsize", "size", "length")
def _size(given: Given) -> Any:
    return len(given.machine.held(given.receiver, ITEMS))


@QUEUE.add("task_done", "join_thread", "cancel_join_thread", "clear")
def _nothing(given: Given) -> Any:
    del given
    return None


@QUEUE.add("join")
def _join(given: Given) -> Any:
    """Whoever waits until all is done that was put into it leaves nothing to those who take it."""
    given.machine.mode["taken-all"] = True
    return None
