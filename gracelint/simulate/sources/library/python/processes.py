"""Processes that a Python program starts and waits for."""

from __future__ import annotations

from typing import Any

from gracelint.simulate.sources.library.base import (
    abort,
    alive,
    command,
    deadline,
    exit_process,
    forked,
    gone_child,
    moved,
    replaced,
    run,
    start,
    tell,
    there,
)
from gracelint.simulate.sources.library.plain import Table, texts
from gracelint.simulate.sources.library.python.language import FUNCTIONS, POPEN, PYTHON, WORKER
from gracelint.simulate.sources.machine.state import ENTERED, Block, Given
from gracelint.simulate.sources.machine.values import (
    NOTHING,
    Bound,
    Child,
    Closure,
    Items,
    Record,
    Thing,
    Thrown,
    spelled,
)


def _popen_command(given: Given) -> Any:
    words = given.get(0, "args", NOTHING)
    shell = PYTHON.truth(given.get(8, "shell", default=False))
    environment = given.keywords.get("env")
    setup = given.keywords.get("preexec_fn")
    called = setup.path if isinstance(setup, Thing) else ""
    more: dict[str, Any] = {
        "session": bool(PYTHON.truth(given.keywords.get("start_new_session", False)))
        or called == "os.setsid",
        "group": called in {"os.setpgrp", "os.setpgid"} or "process_group" in given.keywords,
        "fresh": isinstance(setup, Closure),  # as a rule it puts handlers and masks back
        "env": environment_of(environment),
        "cwd": spelled(given.keywords["cwd"]) if given.keywords.get("cwd") is not None else "",
    }
    if shell and not isinstance(words, Items):
        return command(given, shell=words, **more)
    if shell:
        argv = texts(words) or (None,)
        return command(given, shell=argv[0] if argv[0] is not None else NOTHING, **more)
    return command(given, words, **more)


def environment_of(value: Any) -> dict[str, str | None]:
    """The variables of a mapping whose values are known."""
    if not isinstance(value, Record):
        return {}
    return {k: spelled(v) for k, v in value.fields.items() if not isinstance(v, Thing)}


@FUNCTIONS.add("subprocess.Popen")
def _popen(given: Given) -> Any:
    return start(given, _popen_command(given), "popen")


@FUNCTIONS.add(
    "subprocess.run",
    "subprocess.call",
    "subprocess.check_call",
    "subprocess.check_output",
    "subprocess.getoutput",
    "subprocess.getstatusoutput",
    "sh.Command",
)
def _run(given: Given) -> Any:
    text = given.path.rpartition(".")[2].startswith("get")
    launch = command(given, shell=given.get(0)) if text else _popen_command(given)
    called = given.path.rpartition(".")[2]
    limit = given.keywords.get("timeout")
    until = deadline(given, limit)
    launch.limited = until is not None and until - given.machine.host.now() < _LONG
    result = "status" if called in {"call", "check_call"} else "result"
    return run(given, launch, guards=True, then=result, until=until)


_LONG = 3600.0
"""Seconds: what may take as long as this is limited by nothing that a stop would wait for."""

FUNCTIONS["os.chdir"] = moved


@FUNCTIONS.add("os.system", "os.popen", "pty.spawn", "commands.getoutput")
def _system(given: Given) -> Any:
    """The handler waits for the command's end, and INT and QUIT are ignored until then."""
    if given.path == "pty.spawn":
        return run(given, command(given, given.get(0)), interrupted="waits")
    launch = command(given, shell=given.get(0))
    if given.path == "os.popen":
        child = start(given, launch, "popen")
        return Bound(child, "stdout")
    ignored = frozenset({"INT", "QUIT"})
    return run(given, launch, interrupted="waits", ignores=ignored, then="status")


def _output(given: Given) -> Any:
    """All that a process writes: until nobody can write any more."""
    stream = given.receiver
    child = stream.receiver if isinstance(stream, Bound) else None
    if not isinstance(child, Child):
        return NOTHING
    return Block("pipe", [child.pid], result=NOTHING)


PYTHON.methods["bound"] = Table(dict.fromkeys(("read", "readlines", "close"), _output))


@FUNCTIONS.add("os.posix_spawn", "os.posix_spawnp")
def _posix_spawn(given: Given) -> Any:
    env = environment_of(given.get(2))
    return start(given, command(given, _with_program(given.get(0), given.get(1)), env=env), "pid")


@FUNCTIONS.add("os.spawnv", "os.spawnvp", "os.spawnve", "os.spawnvpe", "os.spawnl", "os.spawnlp")
def _spawn(given: Given) -> Any:
    listed = given.path.startswith("os.spawnv")
    words = given.get(2) if listed else Items(given.arguments[2:])
    launch = command(given, _with_program(given.get(1), words))
    mode = given.get(0)
    waits = isinstance(mode, Thing) and mode.path == "os.P_WAIT"
    return run(given, launch, then="status") if waits else start(given, launch, "pid")


def _with_program(program: Any, words: Any) -> Any:
    rest = words.items[1:] if isinstance(words, Items) else [NOTHING]
    return Items([program, *rest], words.whole if isinstance(words, Items) else False)


@FUNCTIONS.add(
    *("os.execv", "os.execve", "os.execvp", "os.execvpe"),
    *("os.execl", "os.execle", "os.execlp", "os.execlpe"),
)
def _exec(given: Given) -> Any:
    kind = given.path.rpartition(".exec")[2]
    words: Any = given.get(1)
    environment: Any = given.get(2)
    if kind.startswith("l"):
        rest = given.arguments[1:]
        environment = rest.pop() if "e" in kind and rest else None
        words = Items(rest)
    env = environment_of(environment) if "e" in kind else {}
    return replaced(given, command(given, _with_program(given.get(0), words), env=env))


@FUNCTIONS.add("os.fork")
def _fork(given: Given) -> Any:
    return forked(given)


@FUNCTIONS.add("os.wait", "os.waitpid", "os.wait3", "os.wait4", "os.waitid")
def _waitpid(given: Given) -> Any:
    child = given.get(0)
    options = given.get(1) if given.path != "os.wait" else None
    asks_only = isinstance(options, Thing) and "WNOHANG" in options.path
    one = child if isinstance(child, Child) else None
    waited = one is not None and one.pid in given.machine.reaped
    if waited or not (one or given.machine.unreaped()):
        given.machine.throw(given.strand, Thrown("ChildProcessError", _OS_ERROR))
        return ENTERED
    if asks_only:
        return Items([gone_child(given, one) or 0, 0])
    if one is not None:
        return Block("child", [one.pid], then="pair", result=one)
    return Block("any-child", then="pair")


_OS_ERROR = ("OSError", "Exception", "BaseException")


@POPEN.add("wait")
def _wait(given: Given) -> Any:
    """A wait for a process for which the main program waits already ends only by its time-out."""
    child, machine = given.receiver, given.machine
    until = deadline(given, given.get(0, "timeout"))
    locked = [
        f.target
        for s in machine.strands
        for f in s.frames
        if isinstance(f.target, Block) and f.target.locks and f.target.subject == [child.pid]
    ]
    if locked:
        return Block("for-ever", until=until, then="timeout", interrupted="goes-on")
    if not alive(given, child):
        return machine.host.status(child.pid)
    return Block("child", [child.pid], until=until, then="status", locks=until is None)


@POPEN.add("communicate")
def _communicate(given: Given) -> Any:
    block = _wait(given)
    if isinstance(block, Block):
        block.then, block.result = "pair", NOTHING
        return block
    return Items([NOTHING, NOTHING])


@POPEN.add("poll")
def _poll(given: Given) -> Any:
    child = given.receiver
    return None if alive(given, child) else given.machine.host.status(child.pid)


@POPEN.add("terminate", "kill", "send_signal")
@WORKER.add("terminate", "kill")
def _signal_child(given: Given) -> Any:
    default = Thing("signal.SIGKILL" if given.path == "kill" else "signal.SIGTERM")
    signal = given.get(0, "sig", given.keywords.get("signal", default))
    receiver = given.receiver
    if isinstance(receiver, Record):
        receiver = receiver.fields.get("child")
    if isinstance(receiver, Child) and not alive(given, receiver):
        return None
    return tell(given, receiver, signal)


AIO = PYTHON.methods["aio"] = Table(POPEN)
"""Of processes that asyncio has started, which are awaited."""


@FUNCTIONS.add("os.kill", "os.killpg", "signal.raise_signal")
def _kill(given: Given) -> Any:
    if given.path == "signal.raise_signal":
        return tell(given, Child(given.machine.host.own_pid(), "self"), given.get(0))
    target = given.get(0)
    if not there(given, target):
        given.machine.throw(given.strand, Thrown("ProcessLookupError", _OS_ERROR))
        return ENTERED
    if isinstance(target, Child) and target.kind == "self" and given.path == "os.killpg":
        return tell(given, 0, given.get(1))
    return tell(given, target, given.get(1), group=given.path == "os.killpg")


@FUNCTIONS.add("os.getpid", "os.getpgrp", "os.getpgid")
def _getpid(given: Given) -> Any:
    asked = given.get(0)
    if given.path == "os.getpgid" and isinstance(asked, Child) and asked.kind != "self":
        return asked
    return Child(given.machine.host.own_pid(), "self")


@FUNCTIONS.add("os.setsid", "os.setpgrp", "os.setpgid")
def _set_group(given: Given) -> Any:
    given.machine.host.lead(session=given.path == "os.setsid")
    return None


@FUNCTIONS.add("sys.exit", "exit", "quit")
def _exit(given: Given) -> Any:
    return exit_process(given)


@FUNCTIONS.add("SystemExit")
def _system_exit(given: Given) -> Any:
    """What `raise SystemExit(main())` leaves by."""
    return Thrown("SystemExit", ("BaseException",), given.get(0))


@FUNCTIONS.add("os._exit", "os.abort")
def _abort(given: Given) -> Any:
    return abort(given)
