"""Servers of the standard library and of frameworks."""

from __future__ import annotations

from typing import Any

from gracelint.simulate.sources.library.base import deadline, served
from gracelint.simulate.sources.library.python.language import FUNCTIONS, PYTHON, SERVER
from gracelint.simulate.sources.machine.calls import find_member
from gracelint.simulate.sources.machine.state import Block, Given
from gracelint.simulate.sources.machine.values import (
    Record,
    Thing,
)

_CLASSES = (
    *("http.server.HTTPServer", "http.server.ThreadingHTTPServer"),
    *("socketserver.TCPServer", "socketserver.ThreadingTCPServer", "socketserver.UDPServer"),
    *("socketserver.ThreadingUDPServer", "socketserver.ForkingTCPServer"),
    *("socketserver.UnixStreamServer", "socketserver.ThreadingUnixStreamServer"),
    *("wsgiref.simple_server.WSGIServer", "xmlrpc.server.SimpleXMLRPCServer"),
)
PYTHON.made |= dict.fromkeys((*_CLASSES, "socketserver.ThreadingMixIn"), "server")


@FUNCTIONS.add(*_CLASSES, "wsgiref.simple_server.make_server", "werkzeug.serving.make_server")
def _server(given: Given) -> Any:
    return Record("server", {"\0class": Thing(given.path)})


@SERVER.add("handle_request")
def _serve_once(given: Given) -> Any:
    """Measured: without a time limit it waits for a request, whatever signal comes."""
    server = given.receiver
    served(given, "requests", server)
    by_class = find_member(server.of, "timeout") if server.of is not None else None
    return Block("work", server, deadline(given, server.fields.get("timeout", by_class)))


@SERVER.add("serve_forever")
def _serve(given: Given) -> Any:
    served(given, "requests", given.receiver)
    return Block("work", given.receiver)


@SERVER.add("shutdown")
def _server_shutdown(given: Given) -> Any:
    """It waits for the loop to end, which is in vain within the loop's own thread."""
    machine = given.machine
    for strand in machine.strands:
        blocks = [strand.block, *(f.target for f in strand.frames)]
        for block in blocks:
            if isinstance(block, Block) and block.subject is given.receiver:
                if strand is given.strand:
                    return Block("for-ever")
                block.until = machine.host.now()
    machine.effects += 1
    return None
