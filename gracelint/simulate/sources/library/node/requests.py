"""Requests to other servers, which are taken to answer, and call-backs of Node.js's own modules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library.node.language import FUNCTIONS, NODE, call_back
from gracelint.simulate.sources.library.plain import Table
from gracelint.simulate.sources.machine.state import Lost
from gracelint.simulate.sources.machine.values import NOTHING, Bound, Closure, Record

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.state import Given

_REQUEST, _RESPONSE = Table(), Table()
NODE.methods["request"], NODE.methods["response"] = _REQUEST, _RESPONSE
_ENDS = {"end", "close"}
_FILES = """
access appendFile chmod copyFile cp lstat mkdir mkdtemp open read readFile readdir readlink realpath
rename rm rmdir stat symlink truncate unlink utimes write writeFile close fsync
"""
_PATHS = [
    *(f"fs.{name}" for name in _FILES.split()),
    *(f"zlib.{name}" for name in ("gzip", "gunzip", "deflate", "inflate")),
    *("crypto.randomBytes", "crypto.scrypt", "crypto.pbkdf2", "dns.lookup", "dns.resolve"),
]


@FUNCTIONS.add(*_PATHS)
def _done(given: Given) -> Any:
    """It succeeds soon, and says so."""
    function = call_back(given)
    if function is not None:
        given.machine.spawn(function, [None, NOTHING], given.node)
    return NOTHING


@FUNCTIONS.add("http.get", "https.get", "http.request", "https.request")
def _request(given: Given) -> Any:
    function = call_back(given)
    if function is not None:
        given.machine.spawn(function, [Record("response", open=True)], given.node)
    return Record("request", open=True)


@_REQUEST.add("on", "once")
@_RESPONSE.add("on", "once")
def _listen(given: Given) -> Any:
    event, function = given.get(0), given.get(1)
    answers = event == "response" and given.receiver.kind == "request"
    fails = event == "error" and isinstance(function, Closure)
    if fails and given.machine.matters(function.code.names):
        raise Lost("whether its request is answered is not known", given.node, given.code)
    if isinstance(function, Closure | Bound) and (answers or event in _ENDS):
        arguments = [Record("response", open=True)] if answers else []
        given.machine.spawn(function, arguments, given.node)
    return given.receiver


@_REQUEST.add("end", "write", "setTimeout", "destroy", "setHeader")
@_RESPONSE.add("resume", "pipe", "setEncoding", "destroy")
def _itself(given: Given) -> Any:
    return given.receiver
