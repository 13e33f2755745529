"""Processes that a Go program starts."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library.base import command, gone_child, replaced, start, tell
from gracelint.simulate.sources.library.golang.language import FUNCTIONS, GO
from gracelint.simulate.sources.library.plain import Table
from gracelint.simulate.sources.machine.state import Block, Given
from gracelint.simulate.sources.machine.values import (
    NOTHING,
    Child,
    Items,
    Record,
    Thing,
    spelled,
)

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.machine import Machine

_COMMAND = GO.methods["cmd"] = Table()
_PROCESS = GO.methods["process"] = Table()
_PIPE = GO.methods["pipe"] = Table()


@FUNCTIONS.add("exec.Command")
def _command(given: Given) -> Any:
    return _of(given.arguments)


def _of(words: list[Any]) -> Record:
    fields = {"\0words": Items(list(words)), "Process": None, "ProcessState": Thing("state")}
    return Record("cmd", fields)


@FUNCTIONS.add("exec.CommandContext")
def _in_context(given: Given) -> Any:
    """A command that is killed at the end of a context."""
    made, context = _of(given.arguments[1:]), given.get(0)
    if isinstance(context, Record) and context.kind == "context":
        context.fields["commands"].items.append(made)
    return made


@FUNCTIONS.add("exec.LookPath")
def _look_up(given: Given) -> Any:
    return Items([given.get(0), None])


def _begin(given: Given) -> Child:
    fields = given.receiver.fields
    words, attributes = fields["\0words"], fields.get("SysProcAttr")
    how = attributes.fields if isinstance(attributes, Record) else {}
    folder = fields.get("Dir")
    launch = command(
        given,
        words,
        cwd=spelled(folder) if folder else "",
        group=how.get("Setpgid") is True,
        session=how.get("Setsid") is True,
    )
    fields["Process"] = start(given, launch, "process")
    child: Child = fields["Process"]
    return child


@_COMMAND.add("Start")
def _start(given: Given) -> Any:
    _begin(given)
    return None


@_COMMAND.add("Run")
def _run(given: Given) -> Any:
    return _until_over(_begin(given), "error")


@_COMMAND.add("Output", "CombinedOutput")
def _output(given: Given) -> Any:
    return _until_over(_begin(given), "pair")


@_COMMAND.add("Wait")
def _wait(given: Given) -> Any:
    child = given.receiver.fields["Process"]
    return _until_over(child, "error") if isinstance(child, Child) else "exec: not started"


@_COMMAND.add("StdoutPipe", "StderrPipe")
def _pipe(given: Given) -> Any:
    return Items([Record("pipe", {"of": given.receiver}), None])


def _until_over(child: Child, shape: str) -> Block:
    return Block("child", [child.pid], then="made", result=partial(_ended, shape))


def _ended(shape: str, machine: Machine, block: Block) -> Any:
    """What waiting for a process gives: an error unless it ended well."""
    machine.reaped.update(block.subject)
    error = "exit status" if machine.host.status(block.subject[0]) else None
    return error if shape == "error" else Items([NOTHING, error])


@_PROCESS.add("Signal")
def _signal(given: Given) -> Any:
    return tell(given, given.receiver, given.get(0))


@_PROCESS.add("Kill")
def _kill(given: Given) -> Any:
    return tell(given, given.receiver, "KILL")


@_PROCESS.add("Wait")
def _wait_for(given: Given) -> Any:
    return _until_over(given.receiver, "pair")


@FUNCTIONS.add("os.StartProcess")
def _start_process(given: Given) -> Any:
    """`os.StartProcess(path, words, attributes)`."""
    path, words = given.get(0), given.get(1)
    rest = words.items[1:] if isinstance(words, Items) else [NOTHING]
    whole = isinstance(words, Items) and words.whole
    return Items([start(given, command(given, Items([path, *rest], whole)), "process"), None])


@FUNCTIONS.add("syscall.Wait4")
def _wait4(given: Given) -> Any:
    """The number of a process that has ended, of this one or of any."""
    target, options = given.get(0), given.get(2)
    child = target if isinstance(target, Child) else None
    machine = given.machine
    if (child is not None and child.pid in machine.reaped) or not machine.unreaped():
        return Items([-1, "no child processes"])
    if isinstance(options, Thing) and "WNOHANG" in options.path:
        return Items([gone_child(given, child) or 0, None])
    if child is not None:
        return Block("child", [child.pid], then="made", result=_ended_one)
    return Block("any-child", then="made", result=_ended_one)


def _ended_one(machine: Machine, block: Block) -> Any:
    gone = [pid for pid in block.subject or machine.unreaped() if not machine.host.alive(pid)]
    machine.reaped.update(gone[:1])
    return Items([machine.children[gone[0]] if gone else NOTHING, None])


@FUNCTIONS.add("syscall.Kill")
def _kill_by_number(given: Given) -> Any:
    return tell(given, given.get(0), given.get(1))


@FUNCTIONS.add("os.Getpid")
def _own(given: Given) -> Any:
    return Child(given.machine.host.own_pid(), "process")


@FUNCTIONS.add("os.FindProcess", "syscall.Getpgid")
def _found(given: Given) -> Any:
    return Items([given.get(0), None])


@FUNCTIONS.add("syscall.Exec")
def _exec(given: Given) -> Any:
    words = given.get(1)
    rest = words.items[1:] if isinstance(words, Items) else [NOTHING]
    whole = words.whole if isinstance(words, Items) else False
    return replaced(given, command(given, Items([given.get(0), *rest], whole)))


# What they write ------------------------------------------------------------------------------


@FUNCTIONS.add("bufio.NewScanner", "bufio.NewReader")
def _scanner(given: Given) -> Any:
    source = given.get(0)
    of = source.fields.get("of") if isinstance(source, Record) else None
    return Record("pipe", {"of": of, "\0source": source})


_SHORT = ("os.", "strings.", "bytes.", "embed.")  # files, texts, and the empty standard input


def _read(given: Given, pipe: Any, result: Any) -> Any:
    """Nothing more comes once the process has ended; of the standard input nothing comes at all."""
    of = pipe.fields.get("of") if isinstance(pipe, Record) and pipe.kind == "pipe" else None
    child = of.fields.get("Process") if isinstance(of, Record) else None
    source = pipe.fields.get("\0source") if isinstance(pipe, Record) else pipe
    if isinstance(source, Thing) and not source.path.startswith(_SHORT):
        given.machine.unknown += 1  # a connection may say more for as long as it likes
    if isinstance(child, Child) and given.machine.host.lingers(child.pid):
        return Block("pipe", [child.pid], result=result)
    return result


@_PIPE.add("Scan")
def _scan(given: Given) -> Any:
    return _read(given, given.receiver, False)


@_PIPE.add("ReadString", "ReadLine", "ReadBytes", "Read")
def _read_line(given: Given) -> Any:
    return _read(given, given.receiver, Items(["", "EOF"]))


@FUNCTIONS.add("io.Copy", "io.ReadAll")
def _copy(given: Given) -> Any:
    return _read(given, given.get(given.path == "io.Copy"), Items([NOTHING, None]))
