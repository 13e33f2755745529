"""Channels, goroutines, and what they wait for each other with."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library.base import seconds, takes_its_time
from gracelint.simulate.sources.library.golang.language import FUNCTIONS, GO
from gracelint.simulate.sources.library.golang.offers import has_room, is_taken
from gracelint.simulate.sources.library.plain import Table
from gracelint.simulate.sources.machine.state import Block, Given, Strand
from gracelint.simulate.sources.machine.values import NOTHING, Items, Record, Thing
from gracelint.simulate.sources.machine.waits import ITEMS

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.machine import Machine

CLOSED = Thing("\0closed")
"""The last item of a channel that is closed; it is never taken out."""
MAX_WAITING = 100
_GROUP = GO.methods["waitgroup"] = Table()
_ONCE = GO.methods["once"] = Table()
_ATOMIC = GO.methods["atomic"] = Table()
_TIMER = GO.methods["timer"] = Table()


@FUNCTIONS.add("\0go")
def _go(given: Given) -> Any:
    given.machine.spawn(given.get(0), given.arguments[1:], given.node)
    return None


@FUNCTIONS.add("\0chan")
def _channel(given: Given) -> Any:
    return channel(room=given.get(0), sent=0, taken=0, senders=Items([]))


def channel(**fields: Any) -> Record:
    """A channel. due: when a timer sends; period: how often. room: how many items it keeps; sent,
    taken: how many there were. senders: those that wait for room, with how many were sent by then.
    """
    return Record("chan", {ITEMS: (), **fields})


def put(machine: Machine, to: Any, value: Any) -> None:
    """Send without waiting: what a run-time sends is dropped where there is no room."""
    if isinstance(to, Record):
        to.fields["sent"] = to.fields.get("sent", 0) + (value is not CLOSED)
        items = machine.held(to, ITEMS)
        if CLOSED not in items:
            machine.hold(to, ITEMS, (*items, value)[:MAX_WAITING])


@FUNCTIONS.add("\0send")
def _send(given: Given) -> Any:
    if given.get(0) is None:
        return Block("for-ever")
    to = given.get(0)
    put(given.machine, to, given.get(1))
    if not isinstance(to, Record) or has_room(to, to.fields.get("sent", 0)):
        return None
    sender = Record("event", {"\0set": False})
    to.fields["senders"].add(Items([sender, to.fields["sent"]]))
    return Block("event", sender)


@FUNCTIONS.add("\0offer")
def _offer(given: Given) -> Any:
    return Record("chan", {ITEMS: (), "to": given.get(0)})


@FUNCTIONS.add("\0sent")
def _sent(given: Given) -> Any:
    """A case of `select` that sends is only chosen where somebody takes it, or there is room."""
    put(given.machine, given.get(0), given.get(1))
    return None


def _ready(machine: Machine, one: Record) -> bool:
    return is_taken(machine, one.fields["to"]) if "to" in one.fields else _has(machine, one)


@FUNCTIONS.add("close")
def _close(given: Given) -> Any:
    put(given.machine, given.get(0), CLOSED)
    return None


@FUNCTIONS.add("\0receive")
def _receive(given: Given) -> Any:
    return _first(given, [given.get(0)], "value")


@FUNCTIONS.add("\0receive-pair")
def _receive_pair(given: Given) -> Any:
    return _first(given, [given.get(0)], "pair")


@FUNCTIONS.add("\0next")
def _next(given: Given) -> Any:
    return _first(given, [given.get(0).fields["of"]], "next", given.get(0))


@FUNCTIONS.add("\0select")
def _select(given: Given) -> Any:
    """The number of a case, what has come, and whether the channel is open.

    Where a case sends, an offer stands for the channel that it receives from.
    """
    channels, default = given.get(0), given.get(1)
    if not isinstance(channels, Items):
        return NOTHING
    return _first(given, channels.items, "select", Items([-1, NOTHING, False]) if default else None)


def _first(given: Given, channels: list[Any], shape: str, other: Any = None) -> Any:
    """What comes first of these channels; other: what there is instead of waiting."""
    subject = [(c, at) for at, c in enumerate(channels) if _is_channel(c)]
    if not subject and shape != "select" and channels[0] is not None:
        return Items([NOTHING, NOTHING]) if shape == "pair" else NOTHING
    machine = given.machine
    if any(_ready(machine, one) for one, _ in subject):
        return _shaped(shape, other, machine, subject)
    if shape == "select" and other is not None:
        return other
    if not subject:
        return Block("for-ever")
    until = min((_due(machine, one) for one, _ in subject if _timed(one)), default=None)
    return Block("select", subject, until=until, then="made", result=partial(_made, shape, other))


def _made(shape: str, other: Any, machine: Machine, block: Block) -> Any:
    return _shaped(shape, other, machine, block.subject)


def _is_channel(value: Any) -> bool:
    return isinstance(value, Record) and value.kind == "chan"


def _timed(one: Record) -> bool:
    return "due" in one.fields or "period" in one.fields


def _due(machine: Machine, one: Record) -> float:
    now: float = machine.host.now()
    if "due" in one.fields:
        return max(now, float(one.fields["due"]))
    return now + float(one.fields["period"])


def _has(machine: Machine, one: Record) -> bool:
    due = one.fields.get("due")
    return bool(machine.held(one, ITEMS)) or (due is not None and machine.host.now() >= due - 1e-9)


def _shaped(shape: str, other: Any, machine: Machine, subject: list[Any]) -> Any:
    """Take what has come, in the form that was asked for."""
    ready = [pair for pair in subject if _ready(machine, pair[0])]
    ready.sort(key=lambda pair: "to" in pair[0].fields)  # one that sends does not always win
    ready = ready or [pair for pair in subject if _timed(pair[0])] or subject
    one, at = ready[0]
    value, still_open = _taken(machine, one) if "to" not in one.fields else (NOTHING, True)
    if shape == "pair":
        return Items([value, still_open])
    if shape == "select":
        return Items([at, value, still_open])
    if shape == "next":
        other.fields["current"] = Items([value, NOTHING])
        return still_open
    return value


def _taken(machine: Machine, one: Record) -> tuple[Any, bool]:
    items = machine.held(one, ITEMS)
    if items and items[0] is CLOSED:
        return None, False
    if items:
        machine.hold(one, ITEMS, items[1:])
        one.fields["taken"] = one.fields.get("taken", 0) + 1
        _let_go(machine, one)
        return items[0], True
    if "due" in one.fields and "again" not in one.fields:
        del one.fields["due"]
    return NOTHING, True


def _let_go(machine: Machine, one: Record) -> None:
    """Let those send for whom there is room by now."""
    waiting = one.fields.get("senders", Items([])).items
    for pair in [p for p in waiting if has_room(one, p.items[1])]:
        machine.hold(pair.items[0], "\0set", True)
        waiting.remove(pair)


def is_closed(machine: Machine, one: Record) -> bool:
    """Whether a channel is closed."""
    return CLOSED in machine.held(one, ITEMS)


# Timers ---------------------------------------------------------------------------------------


def pause(given: Given, at: int = 0) -> float:
    """The seconds that a call is given; one where that is not known."""
    number = seconds(given.get(at))
    if number is None:
        takes_its_time(given)
    return 1.0 if number is None else number


@FUNCTIONS.add("time.Sleep")
def _sleep(given: Given) -> Any:
    return given.machine.sleep(pause(given))


@FUNCTIONS.add("time.After")
def _after(given: Given) -> Any:
    return channel(due=given.machine.host.now() + pause(given))


@FUNCTIONS.add("time.Tick")
def _tick(given: Given) -> Any:
    return channel(period=pause(given))


@FUNCTIONS.add("time.NewTicker")
def _ticker(given: Given) -> Any:
    return Record("timer", {"C": channel(period=pause(given))})


@FUNCTIONS.add("time.NewTimer")
def _timer(given: Given) -> Any:
    return Record("timer", {"C": _after(given)})


@FUNCTIONS.add("time.AfterFunc")
def _after_func(given: Given) -> Any:
    until = given.machine.host.now() + pause(given)
    strand = Strand([])
    given.machine.strands.append(strand)
    block = Block("sleep", until=until, then="call", result=(given.get(1), []))
    given.machine.block(strand, block)
    return Record("timer", {"C": None, "strand": strand})


@_TIMER.add("Stop")
def _stop(given: Given) -> Any:
    fields = given.receiver.fields
    strand = fields.get("strand")
    if isinstance(strand, Strand) and not strand.frames:
        given.machine.abandon([strand])
    if isinstance(fields["C"], Record):
        for name in ("due", "period"):
            fields["C"].fields.pop(name, None)
    return True


@_TIMER.add("Reset")
def _reset(given: Given) -> Any:
    one = given.receiver.fields["C"]
    if isinstance(one, Record) and "period" not in one.fields:
        one.fields["due"] = given.machine.host.now() + pause(given)
    return True


# Waiting for each other -----------------------------------------------------------------------


@FUNCTIONS.add("sync.WaitGroup")
def _group(_given: Given) -> Any:
    return Record("waitgroup", {"n": 0, "\0set": True})


def _count(given: Given, more: int) -> None:
    fields = given.receiver.fields
    fields["n"] += more
    given.machine.hold(given.receiver, "\0set", fields["n"] <= 0)


@_GROUP.add("Add")
def _add(given: Given) -> Any:
    number = given.get(0)
    _count(given, number if isinstance(number, int) else 1)
    return None


@_GROUP.add("Done")
def _done(given: Given) -> Any:
    _count(given, -1)
    return None


@_GROUP.add("Wait")
def _wait(given: Given) -> Any:
    return None if given.receiver.fields["n"] <= 0 else Block("event", given.receiver)


@FUNCTIONS.add("sync.Once")
def _once(_given: Given) -> Any:
    return Record("once")


@_ONCE.add("Do")
def _do(given: Given) -> Any:
    if given.receiver.fields.get("done"):
        return None
    given.receiver.fields["done"] = True
    return given.machine.enter(given.strand, given.get(0), [], {}, given.node)


@FUNCTIONS.add("atomic.Bool", "atomic.Int32", "atomic.Int64", "atomic.Uint32", "atomic.Value")
def _atomic(given: Given) -> Any:
    return Record("atomic", {"value": False if given.path.endswith("Bool") else 0})


@_ATOMIC.add("Load")
def _load(given: Given) -> Any:
    return given.receiver.fields["value"]


@_ATOMIC.add("Store", "Swap")
def _store(given: Given) -> Any:
    before = given.receiver.fields["value"]
    given.machine.hold(given.receiver, "value", given.get(0))
    return before


@_ATOMIC.add("Add")
def _add_to(given: Given) -> Any:
    before, more = given.receiver.fields["value"], given.get(0)
    value = before + more if isinstance(before, int) and isinstance(more, int) else NOTHING
    given.machine.hold(given.receiver, "value", value)
    return value


@_ATOMIC.add("CompareAndSwap")
def _swap_if(given: Given) -> Any:
    if given.receiver.fields["value"] != given.get(0):
        return False
    given.machine.hold(given.receiver, "value", given.get(1))
    return True
