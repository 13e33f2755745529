"""What Python's standard library does with processes, signals, threads and event loops.

Measured with CPython 3.11 where it is not in the library's documentation: a handler runs within
the main thread between two instructions, and what the thread waited for goes on afterwards
(PEP 475); `os.system` lets it run only when the command has ended; `subprocess.run` kills its
process where an exception leaves it; `Popen.wait` in a handler never returns while the main
program waits for the same process in `Popen.wait`.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from gracelint.base.paths import absolute
from gracelint.simulate.sources.library.base import (
    Language,
    abort,
    alive,
    command,
    exit_process,
    forked,
    installed,
    replaced,
    run,
    seconds,
    served,
    start,
    tell,
)
from gracelint.simulate.sources.library.plain import Table, from_json, joined, texts
from gracelint.simulate.sources.machine.code import Dialect
from gracelint.simulate.sources.machine.state import ENTERED, Block, Frame, Given, Strand
from gracelint.simulate.sources.machine.values import (
    MAX_TEXT,
    NOTHING,
    Bound,
    Child,
    Class,
    Closure,
    Coroutine,
    Items,
    Promise,
    Record,
    Thing,
    Thrown,
    spelled,
)

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.machine import Machine
    from gracelint.syntax.code import tree

_F = Table()
_POPEN, _PID, _EVENT, _THREAD, _ANY, _SERVER, _POOL, _WORKER, _TASK = (Table() for _ in range(9))
_FILE = Table()
_BLOCKING_WORDS = """
socket socketserver selectors select queue asyncio http xmlrpc smtpd cmd code sched
multiprocessing concurrent
"""
_BLOCKING = frozenset(_BLOCKING_WORDS.split())
_SEEDS = """
signal add_signal_handler Popen run call check_call check_output system spawnv spawnl spawnvp
fork execv execve execvp execvpe execl execlp execle kill killpg terminate send_signal
communicate exit _exit quit abort pause serve_forever Process Thread create_subprocess_exec
create_subprocess_shell run_until_complete run_forever import_module sigwait atexit register
serve shutdown run_polling start_polling
"""
_BUILTINS_WORDS = """
print len str int float bool list dict set tuple range open isinstance hasattr getattr setattr
type super repr format sorted enumerate zip map filter any all min max sum abs iter next id
input object property staticmethod classmethod bytes bytearray round vars dir callable hash
ValueError RuntimeError Exception TypeError KeyError NotImplementedError OSError
"""
_BUILTINS = frozenset(_BUILTINS_WORDS.split())


class Python(Language):
    """Python 3."""

    dialect = Dialect("python")
    constructor = "__init__"
    seeds = frozenset(_SEEDS.split())
    functions = _F
    handlers = {"INT": "raise", "PIPE": "ignore", "XFSZ": "ignore"}  # noqa: RUF012
    runs = frozenset({"run", "Fire", "main", "wrapper", "run_sync", "run_app"})
    members = Table()

    def harmless(self, path: str) -> bool:
        """Built-in functions and what the standard library has beside servers."""
        first = path.lstrip("?").partition(".")[0].partition("(")[0]
        if first in _BUILTINS:
            return True
        return first in sys.stdlib_module_names and first not in _BLOCKING

    def member(self, machine: Machine, value: Any, name: str) -> Any:
        """A member of something that the machine knows."""
        if isinstance(value, Child) and value.kind == "popen":
            if name == "pid":
                return value
            if name == "returncode":
                return None if machine.host.alive(value.pid) else machine.host.status(value.pid)
        return super().member(machine, value, name)

    def thing(self, machine: Machine, path: str) -> Any:
        """The few constants of the standard library that matter here."""
        if path == "sys.argv":
            return machine.mode.setdefault("argv", Items(list(machine.environment["argv"])))
        if path == "sys.executable":
            return "python3"
        if path == "sys.platform":
            return "linux"
        return super().thing(machine, path)

    def index(self, machine: Machine, path: str, key: Any) -> Any:
        """A variable of the environment."""
        known = machine.environment["env"]
        if path == "os.environ" and isinstance(key, str) and key in known:
            return known[key]
        return super().index(machine, path, key)

    def left(self, machine: Machine, strand: Strand, value: Any, frame: Frame) -> Block | None:
        """`with Popen(…)` waits for the process, an executor for its threads."""
        del machine, strand
        if isinstance(value, Child) and value.kind == "popen":
            return Block("child", [value.pid])
        if isinstance(value, Record) and value.kind == "executor":
            left = [s for s in value.fields["strands"].items if not s.done]
            return Block("strand", left[0]) if left else None
        if (
            isinstance(value, Thing)
            and value.path.startswith("contextlib.suppress")
            and frame.after
        ):
            frame.after[-1] = None
        return None

    def imported(self, machine: Machine, strand: Strand, frame: Frame, node: tree.Import) -> None:
        """`import a.b`, `from a import b`: files of the program are run first, in their order."""
        for path in machine.host.modules(node, frame.code):
            if path not in machine.modules:
                code = machine.host.code(path)
                if code is not None:
                    frame.at -= 1
                    self.run_module(machine, strand, path, code, {"__name__": path})
                    return
        wanted = ("", *(what for what, _ in node.names))
        if node.level and not any(machine.host.module(node, frame.code, w) for w in wanted):
            machine.unread.append(f"`{'.' * node.level}{node.module}` is not in sight")
        for what, local in node.names:
            if what == "*":
                found = machine.host.module(node, frame.code, "")
                record = machine.modules.get(found)
                if record is not None:
                    shown = {n: v for n, v in record.fields.items() if not n.startswith("_")}
                    frame.scope.names.update(shown)
                continue
            frame.scope.names[local] = self._named(machine, frame, node, what)

    def _named(self, machine: Machine, frame: Frame, node: tree.Import, what: str) -> Any:
        plain = what in {"", "."}
        found = machine.host.module(node, frame.code, "" if plain else what)
        own = machine.host.module(node, frame.code, "")
        record = machine.modules.get(own)
        if not plain and record is not None and what in record.fields:
            return record.fields[what]
        if not plain and found and found in machine.modules:
            return machine.modules[found]
        if plain and record is not None:
            return record
        if own or (node.level and not plain):
            return Thing(f"?{node.module}.{what}") if not plain else NOTHING
        if what == ".":
            return Thing(node.module.partition(".")[0])
        return Thing(node.module) if plain else self.thing(machine, f"{node.module}.{what}")


PYTHON = Python()
PYTHON.methods = {
    "popen": _POPEN,
    "pid": _PID,
    "event": _EVENT,
    "thread": _THREAD,
    "any": _ANY,
    "server": _SERVER,
    "file": _FILE,
    "executor": _POOL,
    "process": _WORKER,
    "promise": _TASK,
}


# Processes --------------------------------------------------------------------------------------


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
        "env": environment_of(environment),
        "cwd": spelled(given.keywords["cwd"]) if given.keywords.get("cwd") is not None else "",
    }
    if shell and not isinstance(words, Items):
        return command(given, shell=words, **more)
    if shell:
        found = texts(words) or (None,)
        return command(given, shell=found[0] if found[0] is not None else NOTHING, **more)
    return command(given, words, **more)


def environment_of(value: Any) -> dict[str, str | None]:
    """The variables of a mapping whose values are known."""
    if not isinstance(value, Record):
        return {}
    return {k: spelled(v) for k, v in value.fields.items() if not isinstance(v, Thing)}


@_F.add("subprocess.Popen")
def _popen(given: Given) -> Any:
    return start(given, _popen_command(given), "popen")


@_F.add(
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
    made = command(given, shell=given.get(0)) if text else _popen_command(given)
    called = given.path.rpartition(".")[2]
    until = _deadline(given, given.keywords.get("timeout"))
    result = "status" if called in {"call", "check_call"} else "result"
    return run(given, made, guards=True, then=result, until=until)


def _deadline(given: Given, timeout: Any) -> float | None:
    pause = seconds(timeout)
    return None if pause is None else given.machine.host.now() + pause


@_F.add("os.system", "os.popen", "pty.spawn", "commands.getoutput")
def _system(given: Given) -> Any:
    """The handler waits for the command's end, and INT and QUIT are ignored until then."""
    if given.path == "pty.spawn":
        return run(given, command(given, given.get(0)), interrupted="waits")
    made = command(given, shell=given.get(0))
    if given.path == "os.popen":
        child = start(given, made, "popen")
        return Bound(child, "stdout")
    ignored = frozenset({"INT", "QUIT"})
    return run(given, made, interrupted="waits", ignores=ignored, then="status")


@_F.add("os.posix_spawn", "os.posix_spawnp")
def _posix_spawn(given: Given) -> Any:
    env = environment_of(given.get(2))
    return start(given, command(given, _with_program(given.get(0), given.get(1)), env=env), "pid")


@_F.add("os.spawnv", "os.spawnvp", "os.spawnve", "os.spawnvpe", "os.spawnl", "os.spawnlp")
def _spawn(given: Given) -> Any:
    listed = given.path.startswith("os.spawnv")
    words = given.get(2) if listed else Items(given.arguments[2:])
    made = command(given, _with_program(given.get(1), words))
    mode = given.get(0)
    waits = isinstance(mode, Thing) and mode.path == "os.P_WAIT"
    return run(given, made, then="status") if waits else start(given, made, "pid")


def _with_program(program: Any, words: Any) -> Any:
    rest = words.items[1:] if isinstance(words, Items) else [NOTHING]
    return Items([program, *rest], words.whole if isinstance(words, Items) else False)


@_F.add(
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


@_F.add("os.fork")
def _fork(given: Given) -> Any:
    return forked(given)


@_F.add("os.wait", "os.waitpid", "os.wait3", "os.wait4", "os.waitid")
def _waitpid(given: Given) -> Any:
    child = given.get(0)
    options = given.get(1) if given.path != "os.wait" else None
    if isinstance(options, Thing) and "WNOHANG" in options.path:
        gone = isinstance(child, Child) and not alive(given, child)
        return Items([child if gone else 0, 0])
    if isinstance(child, Child):
        return Block("child", [child.pid], then="pair", result=child)
    if not given.machine.own():
        given.machine.throw(given.strand, Thrown("ChildProcessError", _OS_ERROR))
        return ENTERED
    return Block("any-child", then="pair")


_OS_ERROR = ("OSError", "Exception", "BaseException")


@_POPEN.add("wait")
def _wait(given: Given) -> Any:
    """A wait for a process for which the main program waits already ends only by its time-out."""
    child, machine = given.receiver, given.machine
    until = _deadline(given, given.get(0, "timeout"))
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


@_POPEN.add("communicate")
def _communicate(given: Given) -> Any:
    found = _wait(given)
    if isinstance(found, Block):
        found.then, found.result = "pair", NOTHING
        return found
    return Items([NOTHING, NOTHING])


@_POPEN.add("poll")
def _poll(given: Given) -> Any:
    child = given.receiver
    return None if alive(given, child) else given.machine.host.status(child.pid)


@_POPEN.add("terminate", "kill", "send_signal")
@_WORKER.add("terminate", "kill")
def _signal_child(given: Given) -> Any:
    default = Thing("signal.SIGKILL" if given.path == "kill" else "signal.SIGTERM")
    signal = given.get(0, "sig", given.keywords.get("signal", default))
    receiver = given.receiver
    if isinstance(receiver, Record):
        receiver = receiver.fields.get("child")
    if isinstance(receiver, Child) and not alive(given, receiver):
        return None
    return tell(given, receiver, signal)


@_F.add("os.kill", "os.killpg", "signal.raise_signal")
def _kill(given: Given) -> Any:
    if given.path == "signal.raise_signal":
        return tell(given, Child(given.machine.host.own_pid(), "self"), given.get(0))
    target = given.get(0)
    gone = isinstance(target, Child) and target.kind != "self" and not alive(given, target)
    if gone and target.pid in given.machine.reaped:
        given.machine.throw(given.strand, Thrown("ProcessLookupError", _OS_ERROR))
        return ENTERED
    if isinstance(target, Child) and target.kind == "self" and given.path == "os.killpg":
        return tell(given, 0, given.get(1))
    return tell(given, target, given.get(1), group=given.path == "os.killpg")


@_F.add("os.getpid", "os.getpgrp", "os.getpgid")
def _getpid(given: Given) -> Any:
    asked = given.get(0)
    if given.path == "os.getpgid" and isinstance(asked, Child) and asked.kind != "self":
        return asked
    return Child(given.machine.host.own_pid(), "self")


@_F.add("os.setsid", "os.setpgrp", "os.setpgid")
def _set_group(given: Given) -> Any:
    given.machine.host.lead(session=given.path == "os.setsid")
    return None


@_F.add("sys.exit", "exit", "quit")
def _exit(given: Given) -> Any:
    return exit_process(given)


@_F.add("os._exit", "os.abort")
def _abort(given: Given) -> Any:
    return abort(given)


# Signals ----------------------------------------------------------------------------------------


@_F.add("signal.signal")
def _signal(given: Given) -> Any:
    value = given.get(1, "handler")
    if isinstance(value, Thing):
        last = value.path.rpartition(".")[2]
        known = {"SIG_IGN": "ignore", "SIG_DFL": "default", "default_int_handler": "raise"}
        value = known.get(last, value)
    if value is NOTHING:
        value = known_or_default(given)
    return installed(given, given.get(0, "signalnum"), value)


def known_or_default(given: Given) -> Any:
    """A handler that was there before: the run-time's own."""
    del given
    return "default"


@_F.add("signal.pause")
def _pause(given: Given) -> Any:
    del given
    return Block("for-ever", interrupted="ends")


@_F.add("signal.sigwait", "signal.sigwaitinfo", "signal.sigtimedwait")
def _sigwait(given: Given) -> Any:
    asked = given.get(0)
    found = []
    for value in asked.items if isinstance(asked, Items) else [NOTHING]:
        installed(given, value, "wait")
        name = value.path.rpartition("SIG")[2] if isinstance(value, Thing) else ""
        found.append(name)
    until = _deadline(given, given.get(1))
    return Block("signal", found, until=until, interrupted="goes-on", result=NOTHING)


@_F.add(
    "time.sleep", "asyncio.sleep", "gevent.sleep", "eventlet.sleep", "trio.sleep", "anyio.sleep"
)
def _sleep(given: Given) -> Any:
    pause = seconds(given.get(0))
    return given.machine.sleep(1.0 if pause is None else pause)


@_F.add("atexit.register")
def _atexit(given: Given) -> Any:
    given.machine.at_exit.append((given.get(0), given.arguments[1:]))
    return given.get(0)


# Threads ----------------------------------------------------------------------------------------


@_F.add("threading.Event", "asyncio.Event", "trio.Event", "anyio.Event", "multiprocessing.Event")
def _event(given: Given) -> Any:
    del given
    return Record("event", {"\0set": False})


@_EVENT.add("set")
def _set(given: Given) -> Any:
    given.receiver.fields["\0set"] = True
    given.machine.effects += 1
    return None


@_EVENT.add("clear")
def _clear(given: Given) -> Any:
    given.receiver.fields["\0set"] = False
    return None


@_EVENT.add("is_set", "isSet")
def _is_set(given: Given) -> Any:
    return given.receiver.fields["\0set"]


@_EVENT.add("wait")
def _event_wait(given: Given) -> Any:
    until = _deadline(given, given.get(0, "timeout"))
    return Block("event", given.receiver, until=until, then="told")


@_F.add("threading.Thread", "threading.Timer")
def _thread(given: Given) -> Any:
    target = given.keywords.get("target", given.get(1))
    arguments = given.keywords.get("args", given.get(3))
    known = arguments.items if isinstance(arguments, Items) else []
    fields = {"target": target, "args": Items(list(known))}
    fields["daemon"] = given.keywords.get("daemon", False)
    return Record("thread", fields)


@_THREAD.add("start")
def _thread_start(given: Given) -> Any:
    fields = given.receiver.fields
    daemon = bool(PYTHON.truth(fields.get("daemon")))
    target = fields.get("target")
    if target is None or target is NOTHING:
        given.machine.unknown += 1
        return None
    strand = given.machine.spawn(target, fields["args"].items, given.node, background=daemon)
    fields["strand"] = strand
    return None


@_THREAD.add("join")
def _thread_join(given: Given) -> Any:
    strand = given.receiver.fields.get("strand")
    if not isinstance(strand, Strand) or strand.done:
        return None
    until = _deadline(given, given.get(0, "timeout"))
    return Block("strand", strand, until=until, joins=True)


@_THREAD.add("is_alive")
def _thread_alive(given: Given) -> Any:
    strand = given.receiver.fields.get("strand")
    return isinstance(strand, Strand) and not strand.done


@_THREAD.add("setDaemon")
def _set_daemon(given: Given) -> Any:
    given.receiver.fields["daemon"] = given.get(0)
    return None


@_ANY.add("start")
def _start_any(given: Given) -> Any:
    """A class of the program's own that is a thread or a process."""
    of = given.receiver.of
    bases = [b.path for b in of.bases if isinstance(b, Thing)] if isinstance(of, Class) else []
    run_method = of.members.names.get("run") if isinstance(of, Class) else None
    if not isinstance(run_method, Closure) or not bases:
        given.machine.unknown += 1
        return NOTHING
    target = Closure(run_method.code, run_method.scope, given.receiver)
    if any(b.endswith("Process") for b in bases):
        fields = given.receiver.fields
        fields["child"] = forked(given, target)
        given.machine.mode.setdefault("joined-at-exit", []).append(fields["child"].pid)
        return None
    daemon = bool(PYTHON.truth(given.receiver.fields.get("daemon", False)))
    strand = given.machine.spawn(target, [], given.node, background=daemon)
    given.receiver.fields["strand"] = strand
    return None


_ANY.add("join")(_thread_join)
_ANY.add("is_alive")(_thread_alive)


@_F.add("multiprocessing.Process", "multiprocessing.context.Process")
def _process(given: Given) -> Any:
    arguments = given.keywords.get("args")
    known = arguments.items if isinstance(arguments, Items) else []
    fields = {"target": given.keywords.get("target"), "args": Items(list(known))}
    fields["daemon"] = given.keywords.get("daemon", False)
    return Record("process", fields)


@_WORKER.add("start")
def _process_start(given: Given) -> Any:
    fields = given.receiver.fields
    child = forked(given, fields["target"], fields["args"].items)
    fields["child"] = child
    if not PYTHON.truth(fields["daemon"]):
        given.machine.mode.setdefault("joined-at-exit", []).append(child.pid)
    return None


@_WORKER.add("join")
def _process_join(given: Given) -> Any:
    child = given.receiver.fields.get("child")
    if not isinstance(child, Child) or not alive(given, child):
        return None
    until = _deadline(given, given.get(0, "timeout"))
    return Block("child", [child.pid], until=until)


@_WORKER.add("is_alive")
def _process_alive(given: Given) -> Any:
    child = given.receiver.fields.get("child")
    return isinstance(child, Child) and alive(given, child)


@_F.add("concurrent.futures.ThreadPoolExecutor", "concurrent.futures.ProcessPoolExecutor")
def _executor(given: Given) -> Any:
    del given
    return Record("executor", {"strands": Items([])})


@_POOL.add("submit", "map")
def _submit(given: Given) -> Any:
    function = given.get(0)
    more = given.arguments[1:] if given.path == "submit" else [NOTHING]
    strand = given.machine.spawn(function, more, given.node, background=False, promise=Promise())
    given.receiver.fields["strands"].items.append(strand)
    return strand.promise


@_POOL.add("shutdown")
def _pool_shutdown(given: Given) -> Any:
    left = [s for s in given.receiver.fields["strands"].items if not s.done]
    return Block("strand", left[0]) if left else None


@_TASK.add("result")
def _result(given: Given) -> Any:
    return Block("promise", given.receiver, then="promise")


@_TASK.add("set_result", "set")
def _set_result(given: Given) -> Any:
    given.machine.resolve(given.receiver, given.get(0))
    return None


@_TASK.add("done")
def _done(given: Given) -> Any:
    return given.receiver.done


@_TASK.add("cancel")
def _cancel(given: Given) -> Any:
    machine = given.machine
    cancelled = Thrown("CancelledError", ("BaseException",))
    for strand in machine.strands:
        if strand.promise is given.receiver and not strand.done:
            if strand is given.strand:
                continue
            machine.throw(strand, cancelled)
            return True
    machine.resolve(given.receiver, cancelled, failed=True)
    return True


# asyncio ----------------------------------------------------------------------------------------


@_F.add("asyncio.run", "asyncio.loop.run_until_complete", "uvloop.run", "anyio.run", "trio.run")
def _asyncio_run(given: Given) -> Any:
    value = given.get(0)
    if isinstance(value, Closure):
        value = given.machine.enter(given.strand, value, given.arguments[1:], {}, given.node)
    if isinstance(value, Coroutine):
        machine = given.machine
        return machine.run_coroutine(given.strand, value)
    if isinstance(value, Promise):
        return Block("promise", value, then="promise")
    if isinstance(value, Block) or not isinstance(value, Thing):
        return value
    given.machine.unknown += 1
    return Block("work", presumed=True)


@_F.add("asyncio.get_event_loop", "asyncio.get_running_loop", "asyncio.new_event_loop")
def _loop(given: Given) -> Any:
    del given
    return Thing("asyncio.loop")


@_F.add("asyncio.loop.add_signal_handler")
def _add_handler(given: Given) -> Any:
    rest = given.arguments[2:]
    value = given.get(1)
    return installed(given, given.get(0), partial(value, rest))


def partial(value: Any, arguments: list[Any]) -> Any:
    """A function whose first arguments are given; it takes no others."""
    return Bound(Record("partial", {"function": value, "given": Items(list(arguments))}), "call")


@_F.add("functools.partial")
def _partial(given: Given) -> Any:
    return partial(given.get(0), given.arguments[1:])


@_F.add("asyncio.loop.run_forever")
def _run_forever(given: Given) -> Any:
    del given
    return Block("work", "loop")


@_F.add("asyncio.loop.stop")
def _loop_stop(given: Given) -> Any:
    machine = given.machine
    for strand in machine.strands:
        for block in (strand.block, *(f.target for f in strand.frames)):
            if isinstance(block, Block) and block.subject == "loop":
                block.until = machine.host.now()
    machine.effects += 1
    return None


@_F.add("asyncio.loop.call_soon_threadsafe", "asyncio.loop.call_soon")
def _call_soon(given: Given) -> Any:
    given.machine.spawn(given.get(0), given.arguments[1:], given.node)
    return NOTHING


@_F.add("asyncio.loop.create_future", "asyncio.Future", "concurrent.futures.Future")
def _future(given: Given) -> Any:
    del given
    return Promise()


@_F.add("asyncio.create_task", "asyncio.ensure_future", "asyncio.loop.create_task")
def _create_task(given: Given) -> Any:
    return task(given, given.get(0))


def task(given: Given, value: Any) -> Any:
    """A coroutine that runs beside its caller."""
    if isinstance(value, Coroutine):
        promise = Promise()
        given.machine.spawn(value.closure, value.arguments, given.node, promise=promise)
        return promise
    if isinstance(value, Block):
        promise = Promise()
        strand = Strand([], block=value, promise=promise)
        given.machine.strands.append(strand)
        return promise
    return value


@_F.add("asyncio.gather", "asyncio.wait", "asyncio.wait_for", "asyncio.shield")
def _gather(given: Given) -> Any:
    values = given.arguments
    if given.path == "asyncio.wait" and isinstance(given.get(0), Items):
        values = given.arguments[0].items
    if given.path in {"asyncio.wait_for", "asyncio.shield"}:
        values = values[:1]
    mode = given.keywords.get("return_when")
    first = isinstance(mode, Thing) and "FIRST" in mode.path
    parts = [task(given, v) for v in values]
    waiting = Promise(all_of=parts, value="any" if first else None)
    until = _deadline(given, given.get(1, "timeout")) if given.path == "asyncio.wait_for" else None
    return Block("promise", waiting, until=until)


@_F.add("asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell")
def _create_subprocess(given: Given) -> Any:
    session = bool(PYTHON.truth(given.keywords.get("start_new_session", False)))
    if given.path.endswith("shell"):
        return start(given, command(given, shell=given.get(0), session=session), "aio")
    return start(given, command(given, Items(given.arguments), session=session), "aio")


_AIO = Table(_POPEN)
PYTHON.methods["aio"] = _AIO


@_AIO.add("wait", "communicate")
def _aio_wait(given: Given) -> Any:
    return Block("child", [given.receiver.pid], then="status")


# Servers ----------------------------------------------------------------------------------------


@_F.add(
    "http.server.HTTPServer",
    "http.server.ThreadingHTTPServer",
    "socketserver.TCPServer",
    "socketserver.ThreadingTCPServer",
    "socketserver.UDPServer",
    "wsgiref.simple_server.make_server",
    "xmlrpc.server.SimpleXMLRPCServer",
    "werkzeug.serving.make_server",
)
def _server(given: Given) -> Any:
    del given
    return Record("server")


@_SERVER.add("serve_forever", "handle_request")
def _serve(given: Given) -> Any:
    served(given, "requests")
    return Block("work", given.receiver)


@_SERVER.add("shutdown")
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


# Values -----------------------------------------------------------------------------------------


@_F.add("os.environ.get", "os.getenv", "os.environ.setdefault", "os.environ.pop")
def _getenv(given: Given) -> Any:
    """What is set; else the default that the program itself gives, where it is a text."""
    known, name = given.machine.environment["env"], spelled(given.get(0))
    default = given.get(1)
    return known.get(name, default if isinstance(default, str) and default else NOTHING)


@_F.add("os.environ.copy")
def _environ_copy(given: Given) -> Any:
    return Record("dict", dict(given.machine.environment.get("env", {})), open=True)


@_F.add("os.path.join", "pathlib.Path", "os.path.abspath", "os.path.realpath", "str", "os.fspath")
def _path(given: Given) -> Any:
    parts = [part for part in map(spelled, given.arguments) if part is not None]
    if not parts or len(parts) < len(given.arguments):
        return NOTHING
    if given.path == "str":
        return parts[0]
    found = ""
    for part in parts:
        found = part if part.startswith("/") or not found else f"{found.rstrip('/')}/{part}"
    if given.path in {"os.path.abspath", "os.path.realpath"}:
        return absolute(found or "", given.machine.environment.get("workdir", "/"))
    return found


@_F.add("os.path.dirname", "os.path.basename")
def _part(given: Given) -> Any:
    text = spelled(given.get(0))
    if text is None:
        return NOTHING
    head, _, tail = text.rpartition("/")
    return head if given.path.endswith("dirname") else tail


@_F.add("open", "io.open", "codecs.open")
def _open(given: Given) -> Any:
    """A file that is read; what is written to one is not followed."""
    path, mode = spelled(given.get(0)), given.get(1, "mode", "r")
    reads = isinstance(mode, str) and not set(mode) & set("wax+")
    return Record("file", {"path": path if reads else None}, open=True)


def _contents(given: Given, held: Any) -> str | None:
    path = held.fields.get("path") if isinstance(held, Record) else None
    workdir = given.machine.environment["workdir"]
    return given.machine.host.contents(absolute(path, workdir)) if path else None


@_FILE.add("read", "readline")
def _read(given: Given) -> Any:
    text = _contents(given, given.receiver)
    return NOTHING if text is None else text[:MAX_TEXT]


@_FILE.add("write", "flush", "close", "fileno")
def _written(given: Given) -> Any:
    del given
    return NOTHING


@_F.add("json.load", "json.loads")
def _json(given: Given) -> Any:
    value = given.get(0)
    return from_json(_contents(given, value) if given.path == "json.load" else spelled(value))


@_F.add("shutil.which")
def _which(given: Given) -> Any:
    return given.get(0)


@_F.add("shlex.split")
def _shlex(given: Given) -> Any:
    import shlex

    text = spelled(given.get(0))
    try:
        return Items(list(shlex.split(text))) if text is not None else NOTHING
    except ValueError:
        return NOTHING


@_F.add("shlex.join")
def _shlex_join(given: Given) -> Any:
    return joined(given.get(0), " ")


@_F.add("list", "tuple", "set", "sorted", "reversed", "iter")
def _list(given: Given) -> Any:
    value = given.get(0)
    if value is None:
        return Items([])
    found = PYTHON.items(given.machine, value, keys=False)
    if not isinstance(found, list):
        return Items([], whole=False)
    return Items(found[::-1] if given.path == "reversed" else found)


@_F.add("dict")
def _dict(given: Given) -> Any:
    made = Record("dict", dict(given.keywords))
    value = given.get(0)
    if isinstance(value, Record):
        made.fields = {**value.fields, **made.fields}
        made.open = value.open
    elif isinstance(value, Items):
        for pair in value.items:
            key = spelled(pair.items[0]) if isinstance(pair, Items) and pair.items else None
            if key is None:
                made.open = True
            else:
                made.fields[key] = pair.items[1]
    elif value is not None:
        made.open = True
    return made


@_F.add("range")
def _range(given: Given) -> Any:
    known = [a for a in given.arguments if isinstance(a, int) and not isinstance(a, bool)]
    if len(known) != len(given.arguments) or not known or (len(known) > 2 and not known[2]):
        return NOTHING
    found = range(*known[:3])
    return Items(list(found[:200]))


@_F.add("enumerate", "zip")
def _pairs(given: Given) -> Any:
    lists = [PYTHON.items(given.machine, v, keys=False) for v in given.arguments]
    known = [x for x in lists if isinstance(x, list)]
    if len(known) != len(lists):
        return NOTHING
    if given.path == "enumerate":
        return Items([Items([i, v]) for i, v in enumerate(known[0])]) if known else NOTHING
    return Items([Items(list(row)) for row in zip(*known, strict=False)])


@_F.add("len")
def _len(given: Given) -> Any:
    value = given.get(0)
    if isinstance(value, Items) and value.whole:
        return len(value.items)
    return len(value) if isinstance(value, str) else NOTHING


@_F.add("int", "float")
def _int(given: Given) -> Any:
    value = given.get(0)
    try:
        return int(float(value)) if isinstance(value, str | int | float) else value
    except (ValueError, OverflowError):
        return NOTHING


@_F.add("any", "all")
def _any(given: Given) -> Any:
    value = given.get(0)
    if not isinstance(value, Items) or not value.whole:
        return NOTHING
    found = [PYTHON.truth(v) for v in value.items]
    decisive = given.path == "any"
    return decisive if decisive in found else NOTHING if None in found else not decisive


@_F.add("getattr", "hasattr")
def _getattr(given: Given) -> Any:
    value, name = given.get(0), spelled(given.get(1))
    if name is None or not isinstance(value, Thing | Record):
        return NOTHING
    if isinstance(value, Record):
        return value.fields.get(name, given.get(2, default=NOTHING))
    return Thing(f"{value.path}.{name}") if given.path == "getattr" else True


@_F.add(
    "importlib.import_module", "__import__", "exec", "eval", "runpy.run_path", "runpy.run_module"
)
def _dynamic(given: Given) -> Any:
    given.machine.unread.append(f"what `{given.path}` loads is not seen")
    return NOTHING


@_F.add("signal.Signals", "signal.valid_signals")
def _signals(given: Given) -> Any:
    return given.get(0, default=NOTHING)
