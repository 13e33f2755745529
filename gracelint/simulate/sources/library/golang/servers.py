"""Servers of Go's standard library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library.base import served
from gracelint.simulate.sources.library.golang.language import (
    FUNCTIONS,
    GO,
    NO_MORE,
    SERVER_CLOSED,
)
from gracelint.simulate.sources.library.plain import Table
from gracelint.simulate.sources.machine.state import Block, Lost
from gracelint.simulate.sources.machine.values import NOTHING, Items, Record

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.state import Given

_SERVER = GO.methods["server"] = Table()
_LISTENER = GO.methods["listener"] = Table()

_REQUEST = 0.2  # seconds that a request in hand takes to be answered


@FUNCTIONS.add("http.Server")
def _server(_given: Given) -> Any:
    return Record("server", {"\0set": False})


@FUNCTIONS.add("http.ListenAndServe", "http.ListenAndServeTLS")
def _serve(given: Given) -> Any:
    served(given, "requests")
    return Block("for-ever")


@_SERVER.add("ListenAndServe", "ListenAndServeTLS", "Serve", "ServeTLS")
def _serve_until(given: Given) -> Any:
    if given.receiver.fields["\0set"]:
        return SERVER_CLOSED
    served(given, "requests")
    given.receiver.fields["\0serves"] = True
    return Block("event", given.receiver, result=SERVER_CLOSED)


@_SERVER.add("Close")
def _shut_down(given: Given) -> Any:
    """The requests in hand are cut off, unless it has been shut down before."""
    machine, fields = given.machine, given.receiver.fields
    alone = len({(code.path, node.start) for code, node, _ in machine.serves}) == 1
    if machine.mode.get("told") and alone and fields.get("\0serves") and not fields["\0set"]:
        machine.mode.setdefault("cuts", (given.code, given.node))
    machine.hold(given.receiver, "\0set", True)
    return None


@_SERVER.add("Shutdown")
def _drain(given: Given) -> Any:
    """Whoever serves goes on at once, and the requests in hand take their time."""
    if given.receiver.fields["\0set"]:
        return None
    given.machine.hold(given.receiver, "\0set", True)
    given.machine.host.wake(_REQUEST)
    return Block("sleep", until=given.machine.host.now() + _REQUEST, drains=True)


@FUNCTIONS.add("net.Listen", "net.ListenTCP", "net.ListenUnix", "tls.Listen")
def _listen(_given: Given) -> Any:
    return Items([Record("listener", {"\0set": False}), None])


@FUNCTIONS.add("net.ListenPacket", "net.ListenUDP", "net.ListenUnixgram")
def _listen_for_packets(_given: Given) -> Any:
    return Items([Record("listener", {"\0set": False}), None])


@_LISTENER.add("Accept", "AcceptTCP")
def _accept(given: Given) -> Any:
    """Nobody connects while it is watched. A client is served by the strand that accepts it, where
    no other is begun in the same loop.
    """
    if not given.receiver.fields["\0set"] and not (given.strand.main and _is_inline(given)):
        given.machine.mode["beside"] = True
    return _until_closed(given, Items([None, NO_MORE]))


def _is_inline(given: Given) -> bool:
    """Whether no goroutine is begun in the loop around a call."""
    at, listed = given.node.start, given.code.instructions
    loops = [n for name, _, n in listed if name == "loop" and n.start <= at < n.end]
    begun = [n.start for name, what, n in listed if name == "load" and what == "\0go"]
    return not any(loop.start <= start < loop.end for loop in loops for start in begun)


@_LISTENER.add("Read", "ReadFrom", "ReadFromUDP", "ReadFromUDPAddrPort")
def _read(given: Given) -> Any:
    """No packet comes, either."""
    parts = [0, NO_MORE] if given.path == "Read" else [0, None, NO_MORE]
    return _until_closed(given, Items(list[Any](parts)))


def _until_closed(given: Given, ended: Items) -> Any:
    if given.receiver.fields["\0set"]:
        return ended
    served(given, "requests")
    limit = given.receiver.fields.get("\0limit")
    until = None if limit is None else given.machine.host.now() + limit
    return Block("event", given.receiver, until=until, result=ended)


@_LISTENER.add("SetDeadline", "SetReadDeadline")
def _limit(given: Given) -> Any:
    """How long is not followed: a second stands for any time."""
    given.receiver.fields["\0limit"] = 1.0
    return None


@_LISTENER.add("Close")
def _close(given: Given) -> Any:
    if given.machine.mode.get("told"):
        given.machine.mode["closes"] = given.code, given.node
    given.machine.hold(given.receiver, "\0set", True)
    return None


@FUNCTIONS.add("http.Get", "http.Post", "http.PostForm", "http.DefaultClient.Do")
def _ask(given: Given) -> Any:
    """What another program makes of a request while it stops is not seen."""
    machine = given.machine
    if machine.mode.get("told") and any(map(machine.host.alive, machine.children)):
        raise Lost(
            "whether a request stops what it has started is not seen", given.node, given.code
        )
    return Items([NOTHING, None])


@FUNCTIONS.add("http.Serve")
def _serve_on(given: Given) -> Any:
    served(given, "requests")
    listener = given.get(0)
    known = isinstance(listener, Record) and listener.kind == "listener"
    given.machine.mode["beside"] = True
    return Block("event", listener, result=NO_MORE) if known else Block("for-ever")
