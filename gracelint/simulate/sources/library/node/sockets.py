"""Connections of a program to a server of its own, which keep that from closing.

Measured with Node.js 20: `server.close()` of `net` calls back after the last connection has gone,
and either end takes the other with it. Connections to elsewhere are not followed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library.node.language import FUNCTIONS, NODE, call_back
from gracelint.simulate.sources.library.plain import Table
from gracelint.simulate.sources.machine.values import Closure, Record, Thing, spelled

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.state import Given

_SOCKET = NODE.methods["socket"] = Table()
_HERE = {"", "localhost", "127.0.0.1", "::1", "0.0.0.0", "::"}  # noqa: S104
_ENDS = frozenset({"end", "destroy", "destroySoon", "resetAndDestroy", "exit", "pipe"})


@FUNCTIONS.add("net.connect", "net.createConnection")
def _connect(given: Given) -> Any:
    machine = given.machine
    server: Record | None = machine.mode.get("by-port", {}).get(_port_here(given))
    if server is None:
        return NODE.unknown(given)
    pair = Record("pair", {"server": server})
    pair.fields["keeper"] = ("socket", id(pair))
    machine.keepers[pair.fields["keeper"]] = True
    server.fields.setdefault("\0open", []).append(pair)
    ends = [Record("socket", {"\0pair": pair}) for _ in range(2)]
    for function, arguments in ((server.fields.get("\0serves"), ends[:1]), (call_back(given), [])):
        if function is not None:
            machine.spawn(function, arguments, given.node)
    return ends[1]


def _port_here(given: Given) -> str | None:
    """The port that is asked for on this machine; None where it may be another's."""
    first = given.get(0)
    port, host = first, given.get(1)
    if isinstance(first, Record):
        port, host = first.fields.get("port"), first.fields.get("host")
    named = "" if host is None or isinstance(host, Closure) else spelled(host)
    return spelled(port) if named in _HERE else None


@_SOCKET.add("end", "destroy", "destroySoon", "resetAndDestroy")
def _end(given: Given) -> Any:
    pair = given.receiver.fields["\0pair"]
    server = pair.fields["server"]
    given.machine.keepers.pop(pair.fields["keeper"], None)
    if pair in server.fields.get("\0open", []):
        server.fields["\0open"].remove(pair)
        closed(given, server)
    return given.receiver


@_SOCKET.add("on", "once", "addListener", "setTimeout")
def _listen(given: Given) -> Any:
    """What it does with what comes is not followed: where that may end it, it has ended."""
    function = call_back(given)
    if isinstance(function, Closure):
        if given.get(0) == "connect":
            given.machine.spawn(function, [], given.node)
        elif given.get(0) not in {"close", "error"} and not _ENDS.isdisjoint(function.code.names):
            _end(given)
    return given.receiver


@_SOCKET.add("write", "pipe", "setEncoding", "setKeepAlive", "setNoDelay", "pause", "resume", "ref")
def _goes_on(given: Given) -> Any:
    return given.receiver if given.path != "write" else Thing("written")


@_SOCKET.add("unref")
def _unref(given: Given) -> Any:
    """The other end still keeps the program."""
    return given.receiver


def closed(given: Given, server: Record) -> None:
    """A server that was closed calls back once it has no connection."""
    if server.fields.get("\0open") or "keeper" in server.fields:
        return
    functions, server.fields["\0closing"] = server.fields.get("\0closing", ()), []
    for function, arguments in functions:
        given.machine.spawn(function, arguments, given.node)
