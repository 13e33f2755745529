"""Event loops and sockets of Perl: AnyEvent, EV, IO::Async, Mojolicious, IO::Socket.

Measured with AnyEvent 7.17, EV 4.33, IO::Async 0.802 and Mojolicious 9.31: a loop installs no
handler of its own, but those that it is given for a signal; Mojolicious' servers do. `accept`
gives nothing once a handler has run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library.base import deadline, installed, served
from gracelint.simulate.sources.library.plain import Table
from gracelint.simulate.sources.machine.state import Block
from gracelint.simulate.sources.machine.values import (
    NOTHING,
    Closure,
    Items,
    Record,
    Thing,
    spelled,
)

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.state import Given

LOOPS, CONDITION, LOOP, SOCKET = (Table() for _ in range(4))


@LOOPS.add("AnyEvent.condvar", "AE::cv", "AnyEvent::CondVar.new")
def _condition(given: Given) -> Any:
    del given
    return Record("condvar")


@CONDITION.add("recv", "wait")
def _receive(given: Given) -> Any:
    return Block("event", given.receiver)


@CONDITION.add("send", "broadcast", "croak", "end")
def _send(given: Given) -> Any:
    given.machine.hold(given.receiver, "\0set", True)
    return NOTHING


@LOOPS.add("AnyEvent.signal")
def _signal(given: Given) -> Any:
    """`AnyEvent->signal(signal => 'TERM', cb => sub { … })`."""
    named = dict(zip(map(spelled, given.arguments[::2]), given.arguments[1::2], strict=False))
    installed(given, named.get("signal"), named.get("cb", NOTHING))
    return Thing("watcher")


@LOOPS.add("AE::signal", "EV::signal")
def _plain_signal(given: Given) -> Any:
    installed(given, given.get(0), given.get(1))
    return Thing("watcher")


@LOOPS.add("IO::Async::Loop.new", "IO::Async::Loop.really_new")
def _loop(given: Given) -> Any:
    del given
    return Record("loop")


@LOOP.add("watch_signal", "attach_signal")
def _watch(given: Given) -> Any:
    installed(given, given.get(0), given.get(1))
    return NOTHING


@LOOPS.add("IO::Async::Signal.new")
def _notifier(given: Given) -> Any:
    """A notifier for a signal, which its loop installs when it is added."""
    named = dict(zip(map(spelled, given.arguments[::2]), given.arguments[1::2], strict=False))
    return Record("notifier", {"signal": named.get("name"), "does": named.get("on_receipt")})


@LOOPS.add("EV::run", "EV::loop", "AnyEvent::Loop::run", "Mojo::IOLoop.start")
@LOOP.add("run", "loop_forever")
def _run(given: Given) -> Any:
    """Until somebody stops it."""
    del given
    return Block("work", "loop")


@LOOPS.add("EV::break", "EV::unloop", "Mojo::IOLoop.stop", "Mojo::IOLoop.stop_gracefully")
@LOOP.add("stop", "loop_stop")
def _stop(given: Given) -> Any:
    machine = given.machine
    machine.effects += 1
    for strand in machine.strands:
        for block in (strand.block, *(frame.target for frame in strand.frames)):
            if isinstance(block, Block) and block.subject == "loop":
                block.until = machine.host.now()
                machine.host.wake(0)
    return NOTHING


@LOOPS.add(
    "AnyEvent.timer", "AnyEvent.io", "AnyEvent.idle", "AE::timer", "AE::io", "EV::timer", "EV::io"
)
@LOOPS.add("EV::periodic", "Mojo::IOLoop.recurring")
@LOOP.add("add", "later", "watch_io", "watch_time")
def _watcher(given: Given) -> Any:
    """A call-back that does not end the program is of no matter here."""
    for value in given.arguments:
        if isinstance(value, Record) and value.kind == "notifier":
            installed(given, value.fields["signal"], value.fields["does"])
        if isinstance(value, Closure) and given.machine.matters(value.code.names):
            given.machine.unknown += 1
    return Thing("watcher")


@LOOPS.add("app.start", "Mojolicious::Commands.start_app")
def _application(given: Given) -> Any:
    """An application of Mojolicious does what the first word of its command line says."""
    listed = given.machine.environment["argv"][1:]
    if given.path == "app.start" and given.arguments:
        words = given.arguments
        listed = words[0].items if isinstance(words[0], Items) else [spelled(w) for w in words]
    command = listed[0] if listed else None
    if command not in {"daemon", "prefork"}:
        given.machine.unknown += 1
        return NOTHING
    given.path = f"Mojolicious.{command}"
    return given.machine.library.call(given)


@LOOPS.add("dance", "Dancer2.dance", "HTTP::Server::PSGI.run", "Plack::Runner.run")
def _serve(given: Given) -> Any:
    """The server of Plack's own, which installs no handler."""
    served(given, "requests")
    return Block("work")


@LOOPS.add(*(f"IO::Socket::{kind}.new" for kind in ("INET", "INET6", "IP", "UNIX")))
@LOOPS.add("IO::Socket.new")
def _socket(given: Given) -> Any:
    """A socket to which nobody connects; what it is to somebody else is not known."""
    named = dict(zip(map(spelled, given.arguments[::2]), given.arguments[1::2], strict=False))
    if "Listen" not in named:
        return Thing(f"{given.path}()")
    socket = Record("socket", {"\0limit": named.get("Timeout")}, open=True)
    served(given, "connections", socket)
    return socket


@SOCKET.add("accept")
def _accept(given: Given) -> Any:
    until = deadline(given, given.receiver.fields["\0limit"])
    return Block("work", given.receiver, until, "ends")
