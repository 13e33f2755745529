"""Pipes and sockets of a Python program.

Measured with Python 3.11: a handler interrupts no wait for a client, which goes on after it, and
fails where the handler has closed the socket; of a socket that another thread closes it hears
nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library.base import deadline, kind_of, served
from gracelint.simulate.sources.library.python.language import END, FUNCTIONS, SELECTOR
from gracelint.simulate.sources.machine.state import ENTERED, Block
from gracelint.simulate.sources.machine.values import NOTHING, Items, Record, Thrown
from gracelint.simulate.sources.machine.waits import ITEMS

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.state import Given

_READY = 1


def _end(reads: Record, writes: Record) -> Record:
    return Record("end", {"reads": reads, "writes": writes})


@FUNCTIONS.add("os.pipe", "os.pipe2", "socket.socketpair")
def _pair(given: Given) -> Any:
    """Two ends: what one is written, the other reads."""
    del given
    there, back = Record("queue", {ITEMS: ()}), Record("queue", {ITEMS: ()})
    return Items([_end(there, back), _end(back, there)])


@FUNCTIONS.add("socket.socket", "socket.create_server")
def _socket(given: Given) -> Any:
    """To which nobody connects, and nobody writes."""
    end = _end(Record("queue", {ITEMS: ()}), Record("queue", {ITEMS: ()}))
    if given.path.endswith("create_server"):
        served(given, "connections", end.fields["reads"])
    return end


@END.add("listen")
def _listen(given: Given) -> Any:
    served(given, "connections", given.receiver.fields["reads"])


@END.add("settimeout", "setblocking")
def _timed(given: Given) -> Any:
    pause = given.get(0)
    if given.path == "setblocking":
        pause = None if pause else 0
    given.receiver.fields["timeout"] = pause


@END.add("accept", "recvfrom", "recvmsg")
def _accept(given: Given) -> Any:
    end, machine = given.receiver, given.machine
    pause = end.fields.get("timeout")
    if end.fields.get("closed") or pause == 0:
        machine.throw(given.strand, _CLOSED if end.fields.get("closed") else _NOBODY)
        return ENTERED
    if not machine.serves:
        served(given, "connections", end.fields["reads"])
    until = deadline(given, pause)
    return Block("queue", end.fields["reads"], until=until, then="taken", result=_TIMED_OUT)


@END.add("close", "shutdown", "detach")
def _closed(given: Given) -> Any:
    """It ends a wait of its own flow of control, within whose handler this is."""
    end = given.receiver
    end.fields["closed"] = True
    reads = end.fields["reads"]
    waiting = [f.target.subject for f in given.strand.frames if isinstance(f.target, Block)]
    if given.path == "shutdown" or reads in waiting:
        given.machine.hold(reads, ITEMS, (*given.machine.held(reads, ITEMS), _CLOSED))


_OS_ERROR = ("OSError", "error", "Exception", "BaseException")
_CLOSED = Thrown("OSError", _OS_ERROR)
_NOBODY = Thrown("BlockingIOError", _OS_ERROR)
_TIMED_OUT = Thrown("timeout", ("TimeoutError", *_OS_ERROR))


@END.add("fileno", "makefile")
def _same(given: Given) -> Any:
    return given.receiver


@END.add("bind", "setsockopt", "set_inheritable")
@FUNCTIONS.add("os.set_blocking", "os.set_inheritable", "os.close")
def _nothing(given: Given) -> Any:
    del given
    return None


@END.add("send", "sendall", "send_bytes")
@FUNCTIONS.add("os.write")
def _write(given: Given) -> Any:
    end, value = (given.receiver, given.get(0)) if given.receiver else (given.get(0), given.get(1))
    if isinstance(end, Record) and end.kind == "end":
        queue = end.fields["writes"]
        given.machine.hold(queue, ITEMS, (*given.machine.held(queue, ITEMS), value)[:100])
        given.machine.effects += 1
    return NOTHING


@END.add("recv", "recv_bytes")
@FUNCTIONS.add("os.read")
def _read(given: Given) -> Any:
    end = given.receiver or given.get(0)
    if not isinstance(end, Record) or end.kind != "end":
        return NOTHING
    return Block("queue", end.fields["reads"], then="taken")


@FUNCTIONS.add("signal.set_wakeup_fd")
def _wakeup(given: Given) -> Any:
    """From now on the number of every signal with a handler is written there."""
    end = given.get(0)
    given.machine.mode["wakes"] = end.fields["writes"] if kind_of(end) == "end" else None
    return -1


@FUNCTIONS.add("select.select")
def _select(given: Given) -> Any:
    asked = given.get(0)
    listed = asked.items if isinstance(asked, Items) else [NOTHING]
    until = deadline(given, given.get(3))
    return _awaited(given, [(end, end) for end in listed], until, "lists")


@FUNCTIONS.add("selectors.DefaultSelector", "selectors.SelectSelector", "selectors.PollSelector")
@FUNCTIONS.add("selectors.EpollSelector")
def _selector(given: Given) -> Any:
    del given
    return Record("selector", {"keys": Items([])})


@SELECTOR.add("register")
def _register(given: Given) -> Any:
    end = given.get(0, "fileobj")
    key = Record("dict", {"fileobj": end, "data": given.get(2, "data"), "fd": end})
    given.receiver.fields["keys"].add(key)
    return key


@SELECTOR.add("unregister")
def _unregister(given: Given) -> Any:
    keys, end = given.receiver.fields["keys"], given.get(0, "fileobj")
    keys.items = [key for key in keys.items if key.fields["fileobj"] is not end]
    return NOTHING


@SELECTOR.add("select")
def _ready(given: Given) -> Any:
    keys = given.receiver.fields["keys"].items
    pairs = [(key.fields["fileobj"], Items([key, _READY])) for key in keys]
    return _awaited(given, pairs, deadline(given, given.get(0, "timeout")), "events")


def _awaited(given: Given, pairs: list[tuple[Any, Any]], until: float | None, shape: str) -> Block:
    """Until one of the ends can be read; the others are taken for those of clients."""
    ends = [(end, value) for end, value in pairs if isinstance(end, Record) and end.kind == "end"]
    if len(ends) < len(pairs) and not given.machine.serves:
        served(given, "requests")
    subject = [(end.fields["reads"], value) for end, value in ends]
    return Block("select", subject, until=until, then="ready", result=shape)
