"""Servers of Node.js, bun and frameworks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.base import lazy
from gracelint.simulate.sources.library.base import served
from gracelint.simulate.sources.library.node.language import (
    FUNCTIONS,
    NODE,
    OF_AN_END,
    SERVER,
    call_back,
    come,
    hand_over,
)
from gracelint.simulate.sources.library.node.sockets import closed
from gracelint.simulate.sources.library.stays import words_of
from gracelint.simulate.sources.machine.values import (
    NOTHING,
    Closure,
    Promise,
    Record,
    Thing,
    spelled,
)

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.state import Given


@FUNCTIONS.add(
    *("http.createServer", "https.createServer", "net.createServer", "http2.createServer"),
    *("http2.createSecureServer", "tls.createServer", "http.Server", "https.Server", "net.Server"),
    "dgram.createSocket",
)
def _create_server(given: Given) -> Any:
    return Record("server", {"\0serves": call_back(given), "\0plain": True})


_WEB_SOCKETS = ("WebSocketServer", "Server", "default.WebSocketServer", "default.Server")


@FUNCTIONS.add(*(f"ws.{name}" for name in _WEB_SOCKETS), "ws.WebSocket.Server")
def _web_sockets(given: Given) -> Any:
    """Of `ws`: it listens by itself with a `port`, and closes no server that it is given."""
    given.receiver = Record("server", open=True)
    options = given.get(0)
    listens = isinstance(options, Record) and "port" in options.fields
    return _listen(given) if listens else given.receiver


@FUNCTIONS.add("socket.io.Server", "socket.io")
def _socket_io(given: Given) -> Any:
    """What closes it closes the server that it is given."""
    server = given.get(0)
    if isinstance(server, Record) and server.kind == "server":
        return server
    given.receiver = Record("server", open=True)
    return _listen(given) if isinstance(server, int | str) else given.receiver


@FUNCTIONS.add("stoppable", "stoppable.default")
def _stoppable(given: Given) -> Any:
    """The server itself, with a `stop`."""
    return given.get(0)


@SERVER.add("listen", "bind")
def _listen(given: Given) -> Any:
    machine, server = given.machine, given.receiver
    served(given, "requests")
    server.fields["keeper"] = ("server", id(server))
    machine.keepers[server.fields["keeper"]] = True
    first = given.get(0)
    port = spelled(first.fields.get("port") if isinstance(first, Record) else first)
    machine.mode.setdefault("by-port", {})[port] = server
    callback = call_back(given)
    if callback is not None:
        machine.spawn(callback, [], given.node)
    return server


@SERVER.add("close", "destroy", "shutdown")
def _close(given: Given) -> Any:
    """Its own `close`, and what server-destroy and http-shutdown add to it."""
    machine, server = given.machine, given.receiver
    machine.effects += 1
    keeper = server.fields.pop("keeper", None)
    was_open = machine.keepers.pop(keeper, False) and keeper not in machine.mode.get("guessed", ())
    if was_open and machine.mode.get("told") and given.strand.handles:
        machine.mode["closing"] = True
    callback = call_back(given)
    waiting = [(callback, [None])] if callback is not None else []
    waiting += [(f, []) for f in server.fields.pop("\0events", {}).get("close", ())]
    if was_open and machine.mode.get("told") and given.path == "close" and not waiting:
        machine.mode.setdefault("unheard", []).append(server)
    server.fields.setdefault("\0closing", []).extend(waiting)
    closed(given, server)
    return server


@SERVER.add("on", "once", "unref")
def _on_server(given: Given) -> Any:
    event, function = spelled(given.get(0)), given.get(1)
    if event == "listening" and isinstance(function, Closure):
        given.machine.spawn(function, [], given.node)
    if event == "connection":
        given.receiver.fields["\0serves"] = function
    if event == "close":
        given.receiver.fields.setdefault("\0events", {}).setdefault(event, []).append(function)
    if given.path == "unref":
        given.machine.keepers.pop(given.receiver.fields.get("keeper"), None)
    return given.receiver


_SERVERS = lazy.compile(
    r"(?:express|koa|fastify|restify|polka|connect|hono|micro|light-my-request|tinyhttp|h3|elysia"
    r"|@(?:nestjs/core|hapi/hapi|tinyhttp/app|hono/node-server|koa/\w+|feathersjs/\w+)"
    r"|socket\.io|ws|uWebSockets\.js|json-server|webpack-dev-server|http-proxy|next|vite|loopback"
    r"|@adonisjs/core|sails|total\.js|actionhero|apollo-server(?:-\w+)?|graphql-yoga|parse-server"
    r"|hyper-express|find-my-way|routing-controllers|moleculer-web|http-server|serve-handler|bun)"
    r"(?![\w-])|(?:.*\.)?createServer\(\)"
)
"""Packages whose `listen` opens a port."""


@NODE.members.add("listen")
def _app_listen(given: Given) -> Any:
    """`express().listen(…)` and its like give a server."""
    path, machine = given.path, given.machine
    app, given.receiver = path.rpartition(".")[0], Record("server")
    machine.mode.setdefault("served-by", {}).setdefault(app, []).append(given.receiver)
    machine.unknown += 1
    server = _listen(given)
    if not _SERVERS.match(path):
        machine.mode["stays"] = words_of(path)
        machine.mode.setdefault("guessed", set()).add(server.fields["keeper"])
    return server


@NODE.members.add("close")
def _app_close(given: Given) -> Any:
    """`fastify().close()` closes what it listens with; what else it does is not known. It gives a
    promise: whoever waits for neither that nor a call back does not wait for requests.
    """
    machine, app = given.machine, given.path.rpartition(".")[0]
    servers = machine.mode.get("served-by", {}).pop(app, ())
    for server in servers:
        given.receiver = server
        _close(given)
    hand_over(given)
    come(given)
    NODE.calls_unknown(machine, given.path, stays=False)
    result = Thing(f"{given.path}()")
    if not servers:
        return result
    promise = Promise(done=True, value=result)
    if machine.mode.get("told") and call_back(given) is None:
        machine.mode.setdefault("unawaited", []).append(promise)
    return promise


@NODE.members.add("on", "once")
def _on_thing(given: Given) -> Any:
    """What waits for the beginning of something is taken to come."""
    function = given.get(1)
    begins = given.get(0) in {"ready", "listening", "connect", "connected", "open"}
    if begins and isinstance(function, Closure) and given.machine.matters(function.code.names):
        given.machine.spawn(function, [NOTHING], given.node)
    ends = OF_AN_END.match(spelled(given.get(0)) or "")
    come(given)
    NODE.calls_unknown(given.machine, given.path, stays=not ends)
    return Thing(given.path.rpartition(".")[0])


@NODE.members.add("start", "schedule")
def _start(given: Given) -> Any:
    """hapi opens its port, node-cron has a timer of its own."""
    if given.path.replace("()", "") in {"@hapi/hapi.server.start", "node-cron.schedule"}:
        given.machine.mode["kept"] = True
    return NODE.unknown(given)


@FUNCTIONS.add("Bun.serve", "Deno.serve")
def _bun_serve(given: Given) -> Any:
    given.receiver = Record("server")
    return _listen(given)


@SERVER.add("stop")
def _server_stop(given: Given) -> Any:
    return _close(given)
