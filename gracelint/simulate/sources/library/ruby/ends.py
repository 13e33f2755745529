"""Pipes and sockets of a Ruby program.

Measured with Ruby 3.1: a handler interrupts no wait for a client, which fails where the socket is
closed meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library.base import seconds, served, synthetic
from gracelint.simulate.sources.library.plain import Table
from gracelint.simulate.sources.machine.calls import owner_of
from gracelint.simulate.sources.machine.state import ENTERED, Block
from gracelint.simulate.sources.machine.values import (
    NOTHING,
    Closure,
    Items,
    Record,
    Thing,
    Thrown,
    spelled,
)
from gracelint.simulate.sources.machine.waits import ITEMS
from gracelint.syntax.code import tree

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.state import Given

ENDS, PIPE, SOCKET = (Table() for _ in range(3))


@ENDS.add("IO.pipe")
def _pipe(given: Given) -> Any:
    """Both ends, as a handler writes to one of them for the main program to wake up."""
    del given
    both = Record("pipe", {ITEMS: ()})
    return Items([both, both])


@PIPE.add("write", "puts", "<<", "print", "syswrite", "write_nonblock", "putc", "close")
def _write(given: Given) -> Any:
    machine = given.machine
    text = given.get(0) if isinstance(given.get(0), str) else NOTHING
    machine.hold(given.receiver, ITEMS, (*machine.held(given.receiver, ITEMS)[:9], text))
    return given.receiver


@PIPE.add("read", "gets", "getc", "readpartial", "sysread", "readline", "readchar", "readbyte")
@PIPE.add("read_nonblock")
def _read(given: Given) -> Any:
    return Block("queue", given.receiver, then="taken")


@PIPE.add("wait_readable", "wait")
def _wait_readable(given: Given) -> Any:
    """Nothing is read yet."""
    pipe, pause = given.receiver, given.get(0)
    until = None if pause is None else given.machine.host.now() + (seconds(pause) or 1.0)
    return Block("select", [(pipe, pipe)], until=until, then="ready", result="end")


@ENDS.add("block_given?")
def _block_given(given: Given) -> Any:
    return owner_of(given.strand.frames[-1].scope, "&") is not None


@ENDS.add("catch")
def _catch(given: Given) -> Any:
    """A block that `throw` leaves, with what it is given."""
    block, at = given.keywords.get("&"), (given.node.start, given.node.end)
    if not isinstance(block, Closure):
        return NOTHING
    called = tree.Return(*at, tree.Call(*at, tree.Name(*at, "\0block"), ()))
    left = tree.Return(*at, tree.Literal(*at, None))
    handler = tree.Handler(*at, (tree.Name(*at, "\0tag"),), "", (left,))
    names = {"\0block": block, "\0tag": Thing(_thrown(given))}
    return synthetic(given, (tree.Try(*at, (called,), (handler,)),), names)


@ENDS.add("throw")
def _throw(given: Given) -> Any:
    given.machine.throw(given.strand, Thrown(_thrown(given), ("UncaughtThrowError", "Exception")))
    return ENTERED


def _thrown(given: Given) -> str:
    return f"throw {spelled(given.get(0))}"


@ENDS.add("TCPServer", "TCPServer.open", "UNIXServer", "UNIXServer.open")
def _server(given: Given) -> Any:
    """A socket to which nobody connects."""
    socket = Record("socket", {ITEMS: ()})
    served(given, "connections", socket)
    return socket


@SOCKET.add("accept")
def _accept(given: Given) -> Any:
    """A handler does not interrupt it; it fails where the socket is closed."""
    return Block("queue", given.receiver, then="taken")


@SOCKET.add("close", "shutdown")
def _close_socket(given: Given) -> Any:
    machine, items = given.machine, given.machine.held(given.receiver, ITEMS)
    machine.hold(given.receiver, ITEMS, (*items, Thrown("IOError", ("StandardError", "Exception"))))
    return None


@SOCKET.add("closed?")
def _is_closed(given: Given) -> Any:
    return bool(given.machine.held(given.receiver, ITEMS))


@ENDS.add("IO.select")
def _select(given: Given) -> Any:
    listed = given.get(0)
    ends = listed.items if isinstance(listed, Items) else []
    pipes = [e for e in ends if isinstance(e, Record) and e.kind == "pipe"]
    pause = seconds(given.get(3))
    until = None if given.get(3) is None else given.machine.host.now() + (pause or 1.0)
    if not pipes:
        given.machine.unknown += 1
        return Block("work", until=until, presumed=True)
    subject = [(pipe, pipe) for pipe in pipes]
    return Block("select", subject, until=until, then="ready", result="lists or nil")
