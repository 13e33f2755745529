"""Processes that a Java program starts."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library.base import alive, command, start, tell
from gracelint.simulate.sources.library.java.language import FUNCTIONS, JAVA, TOLD, deadline
from gracelint.simulate.sources.library.java.threads import waiting
from gracelint.simulate.sources.library.plain import Table
from gracelint.simulate.sources.machine.state import Block, Strand
from gracelint.simulate.sources.machine.values import (
    NOTHING,
    Bound,
    Child,
    Closure,
    Items,
    Record,
    spelled,
)

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.machine import Machine
    from gracelint.simulate.sources.machine.state import Given

_BUILDER = JAVA.methods["builder"] = Table()
_PROCESS = JAVA.methods["jprocess"] = Table()
_FUTURE = JAVA.methods["exit"] = Table()
_STREAM = JAVA.methods["stream"] = Table()


def _words(given: Given) -> Items:
    first = given.get(0)
    if len(given.arguments) == 1 and isinstance(first, Items):
        return Items(list(first.items), first.whole)
    known = not (len(given.arguments) == 1 and spelled(first) is None)
    return Items(list(given.arguments) if known else [NOTHING], known)


@FUNCTIONS.add("ProcessBuilder")
def _builder(given: Given) -> Any:
    return Record("builder", {"\0words": _words(given), "environment": Record("dict")})


@_BUILDER.add("command")
def _command(given: Given) -> Any:
    given.receiver.fields["\0words"] = _words(given)
    return given.receiver


@_BUILDER.add("directory")
def _directory(given: Given) -> Any:
    folder = given.get(0)
    path = folder.fields.get("path") if isinstance(folder, Record) else folder
    given.receiver.fields["folder"] = spelled(path)
    return given.receiver


@FUNCTIONS.add("File", "Path.of", "Paths.get")
def _file(given: Given) -> Any:
    return Record("file", {"path": given.get(0)}, open=True)


@_BUILDER.add("environment")
def _environment(given: Given) -> Any:
    return given.receiver.fields["environment"]


@_BUILDER.add(
    *("inheritIO", "redirectErrorStream", "redirectOutput", "redirectInput", "redirectError")
)
def _itself(given: Given) -> Any:
    return given.receiver


@_BUILDER.add("start")
def _start(given: Given) -> Any:
    fields = given.receiver.fields
    return start(given, command(given, fields["\0words"], cwd=fields.get("folder", "")), "jprocess")


@FUNCTIONS.add("Runtime.getRuntime().exec")
def _exec(given: Given) -> Any:
    first = given.get(0)
    text = spelled(first)
    words = Items(list(text.split())) if text is not None else first
    known = words if isinstance(words, Items) else Items([NOTHING], whole=False)
    return start(given, command(given, known), "jprocess")


@_PROCESS.add("waitFor")
def _wait_for(given: Given) -> Any:
    child, timed = given.receiver, bool(given.arguments)
    if timed and not alive(given, child):
        return True
    until = deadline(given, 0) if timed else None
    result = partial(_ended, timed)
    return waiting(given, Block("child", [child.pid], until=until, then="made", result=result))


def _ended(timed: bool, machine: Machine, block: Block) -> Any:
    pid = block.subject[0]
    gone = not machine.host.alive(pid)
    if gone:
        machine.reaped.add(pid)
    return gone if timed else machine.host.status(pid)


@_PROCESS.add("destroy", "destroyForcibly")
def _destroy(given: Given) -> Any:
    if alive(given, given.receiver):
        tell(given, given.receiver, "TERM" if given.path == "destroy" else "KILL")
        given.receiver.fields[TOLD] = True
    return given.receiver


@FUNCTIONS.add(
    *("ProcessHandle.current().children", "ProcessHandle.current().descendants"),
)
def _children(given: Given) -> Any:
    return Items([c for c in given.machine.children.values() if alive(given, c)])


@_PROCESS.add("isAlive")
def _is_alive(given: Given) -> Any:
    return alive(given, given.receiver)


@_PROCESS.add("toHandle")
def _handle(given: Given) -> Any:
    return given.receiver


@_PROCESS.add("exitValue")
def _exit_value(given: Given) -> Any:
    return given.machine.host.status(given.receiver.pid)


@_PROCESS.add("onExit")
def _on_exit(given: Given) -> Any:
    return Record("exit", {"of": given.receiver})


@_FUTURE.add("join", "get")
def _join(given: Given) -> Any:
    child = given.receiver.fields["of"]
    return waiting(given, Block("child", [child.pid], result=child))


@_FUTURE.add("thenAccept", "thenRun", "thenApply", "whenComplete")
def _then(given: Given) -> Any:
    child, function = given.receiver.fields["of"], given.get(0)
    if isinstance(function, Closure | Bound):
        block = Block("child", [child.pid], then="call", result=(function, [child]))
        given.machine.strands.append(Strand([], block))
    return given.receiver


# What they write ------------------------------------------------------------------------------


@_PROCESS.add("getInputStream", "getErrorStream", "inputReader")
def _stream(given: Given) -> Any:
    return Record("stream", {"of": given.receiver})


@FUNCTIONS.add("InputStreamReader", "BufferedReader", "Scanner")
def _reader(given: Given) -> Any:
    """Of the standard input nothing comes."""
    inner = given.get(0)
    stream = isinstance(inner, Record) and inner.kind == "stream"
    return inner if stream else Record("stream", {"of": None})


@_STREAM.add("readLine", "hasNextLine", "hasNext", "read", "readAllBytes", "transferTo")
def _read(given: Given) -> Any:
    """Nothing more comes once the process has ended."""
    end = {"readLine": None, "hasNextLine": False, "hasNext": False, "read": -1}
    result = end.get(given.path, NOTHING)
    child = given.receiver.fields["of"]
    if isinstance(child, Child) and given.machine.host.lingers(child.pid):
        return Block("pipe", [child.pid], result=result)
    return result
