"""Servers of Java's own library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library.ahead import at_once, cut_off, waits
from gracelint.simulate.sources.library.base import served
from gracelint.simulate.sources.library.java.language import FUNCTIONS, JAVA
from gracelint.simulate.sources.library.plain import Table
from gracelint.simulate.sources.machine.state import ENTERED, Block, Strand
from gracelint.simulate.sources.machine.values import Bound, Record, Thrown

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.machine import Machine
    from gracelint.simulate.sources.machine.state import Given

_SOCKET = JAVA.methods["socket"] = Table()
_SERVER = JAVA.methods["jserver"] = Table()
_IN_LOOPS = frozenset({"sleep", "wait", "parkNanos", "onSpinWait", "yield"})
"""What a loop waits with for what is counted."""
_CLOSED = Thrown("SocketException", ("IOException", "Exception", "Throwable"))
_END = Bound(Record("idle worker"), "end")


@FUNCTIONS.add("ServerSocket", "ServerSocketChannel.open")
def _socket(_given: Given) -> Any:
    return Record("socket", {"\0set": False})


@_SOCKET.add("accept")
def _accept(given: Given) -> Any:
    """Nobody connects while it is watched, and no interruption ends the wait."""
    if given.receiver.fields["\0set"]:
        given.machine.throw(given.strand, _CLOSED)
        return ENTERED
    served(given, "requests")
    return Block("event", given.receiver, then="made", result=_closed, interrupted="waits-on")


def _closed(_machine: Machine, _block: Block) -> Any:
    return _CLOSED


@_SOCKET.add("close")
def _close(given: Given) -> Any:
    given.machine.hold(given.receiver, "\0set", True)
    return None


@FUNCTIONS.add("HttpServer.create", "HttpsServer.create")
def _server(_given: Given) -> Any:
    return Record("jserver", {"\0set": False}, open=True)


@_SERVER.add("start")
def _start(given: Given) -> Any:
    served(given, "requests")
    keeper = Strand([], Block("event", given.receiver, then="call", result=(_END, [])))
    keeper.background = False
    given.machine.strands.append(keeper)
    return None


@_SERVER.add("stop")
def _stop(given: Given) -> Any:
    """It waits for the requests in hand as long as it is told to, and then cuts them off."""
    machine, at = given.machine, given.get(0)
    alone = len({(code.path, node.start) for code, node, _ in machine.serves}) == 1
    if at != 0 or isinstance(at, bool):
        waits(machine)
    elif machine.mode.get("told") and alone and at_once(machine, _IN_LOOPS):
        cut_off(machine, machine.mode.get("cuts", (given.code, given.node)))
    given.machine.hold(given.receiver, "\0set", True)
    return None
