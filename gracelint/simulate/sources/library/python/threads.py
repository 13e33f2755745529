"""Threads, workers and pools of a Python program."""

from __future__ import annotations

from typing import Any

from gracelint.simulate.sources.library import locks
from gracelint.simulate.sources.library.base import (
    alive,
    deadline,
    forked,
    seconds,
    tell,
)
from gracelint.simulate.sources.library.python.language import (
    ANY,
    EVENT,
    FUNCTIONS,
    LOCK,
    PYTHON,
    TASK,
    THREAD,
    WORKER,
    take_lock,
)
from gracelint.simulate.sources.machine.calls import ancestry, find_member, this_of
from gracelint.simulate.sources.machine.state import SHARED, Block, Given, Strand
from gracelint.simulate.sources.machine.values import (
    NOTHING,
    Child,
    Class,
    Closure,
    Items,
    Record,
    Thing,
)
from gracelint.simulate.sources.machine.waits import ITEMS


@FUNCTIONS.add("threading.Event", "asyncio.Event", "trio.Event", "anyio.Event")
def _event(given: Given) -> Any:
    del given
    return Record("event", {"\0set": False})


@FUNCTIONS.add("multiprocessing.Event")
def _shared_event(given: Given) -> Any:
    return Record("event", {SHARED: given.machine.host.remember(None, False)})


@FUNCTIONS.add(
    *("queue.Queue", "queue.SimpleQueue", "queue.LifoQueue", "queue.PriorityQueue"),
    *("asyncio.Queue", "janus.Queue"),
)
def _queue(given: Given) -> Any:
    del given
    return Record("queue", {ITEMS: ()})


@FUNCTIONS.add(
    *("multiprocessing.Queue", "multiprocessing.SimpleQueue", "multiprocessing.JoinableQueue"),
)
def _shared_queue(given: Given) -> Any:
    return Record("queue", {SHARED: given.machine.host.remember(None, ())})


@EVENT.add("set")
def _set(given: Given) -> Any:
    given.machine.hold(given.receiver, "\0set", True)
    return None


@EVENT.add("clear")
def _clear(given: Given) -> Any:
    given.machine.hold(given.receiver, "\0set", False)
    return None


@EVENT.add("is_set", "isSet")
def _is_set(given: Given) -> Any:
    return given.machine.held(given.receiver, "\0set")


@EVENT.add("wait")
def _event_wait(given: Given) -> Any:
    until = deadline(given, given.get(0, "timeout"))
    return Block("event", given.receiver, until=until, then="told")


@FUNCTIONS.add("threading.Lock", "threading.RLock")
def _lock(given: Given) -> Any:
    return Record("lock", {"again": given.path.endswith("RLock")})


@LOCK.add("acquire")
def _acquire(given: Given) -> Any:
    """`acquire(False)` and a time that is over give False."""
    until = deadline(given, given.get(1, "timeout"))
    if given.get(0, "blocking") is False:
        until = given.machine.host.now()
    return take_lock(given.machine, given.strand, given.receiver, until)


@LOCK.add("release")
def _release(given: Given) -> Any:
    locks.give(given.machine, given.receiver)


@FUNCTIONS.add("threading.Thread")
def _thread(given: Given) -> Any:
    target = given.keywords.get("target", given.get(1))
    arguments = given.keywords.get("args", given.get(3))
    positional = arguments.items if isinstance(arguments, Items) else []
    fields = {"target": target, "args": Items(list(positional))}
    fields["daemon"] = given.keywords.get("daemon", False)
    return Record("thread", fields)


@FUNCTIONS.add("threading.Timer")
def _timer(given: Given) -> Any:
    arguments = given.get(2, "args")
    fields = {"target": given.get(1, "function"), "daemon": False}
    fields["args"] = Items(list(arguments.items) if isinstance(arguments, Items) else [])
    fields["after"] = given.get(0, "interval")
    return Record("thread", fields)


def _start_timer(given: Given) -> Any:
    """A thread that waits before it calls; one that only starts the same again idles."""
    machine, fields = given.machine, given.receiver.fields
    pause, target = seconds(fields["after"]), fields["target"]
    until = machine.host.now() + (1.0 if pause is None else pause)
    strand = Strand([], background=bool(PYTHON.truth(fields["daemon"])))
    strand.idles = given.strand.timer == (getattr(target, "code", None), machine.effects)
    machine.strands.append(strand)
    machine.block(
        strand, Block("sleep", until=until, then="call", result=(target, fields["args"].items))
    )
    fields["strand"] = strand
    return None


@THREAD.add("cancel")
def _cancel_timer(given: Given) -> Any:
    strand = given.receiver.fields.get("strand")
    if isinstance(strand, Strand) and not strand.frames:
        given.machine.abandon([strand])
    return None


@THREAD.add("start")
def _thread_start(given: Given) -> Any:
    fields = given.receiver.fields
    if "after" in fields:
        return _start_timer(given)
    daemon = bool(PYTHON.truth(fields.get("daemon")))
    target = fields.get("target")
    if target is None or target is NOTHING:
        given.machine.unknown += 1
        return None
    more = {"background": daemon, "thread": True}
    strand = given.machine.spawn(target, fields["args"].items, given.node, **more)
    fields["strand"] = strand
    return None


@THREAD.add("join")
def _thread_join(given: Given) -> Any:
    strand = given.receiver.fields.get("strand")
    if not isinstance(strand, Strand) or strand.done:
        return None
    until = deadline(given, given.get(0, "timeout"))
    return Block("strand", strand, until=until, joins=True)


@THREAD.add("is_alive")
def _thread_alive(given: Given) -> Any:
    strand = given.receiver.fields.get("strand")
    return isinstance(strand, Strand) and not strand.done


@THREAD.add("setDaemon")
@ANY.add("setDaemon")
def _set_daemon(given: Given) -> Any:
    given.receiver.fields["daemon"] = given.get(0)
    return None


@ANY.add("start")
def _start_any(given: Given) -> Any:
    """A class of the program's own that is a thread or a process."""
    this = given.receiver
    bases = _libraries(this)
    target, arguments = _run_of(this)
    if target is None or target is NOTHING or not bases:
        given.machine.unknown += 1
        return NOTHING
    if any(b.endswith("Process") for b in bases):
        return _begun(given, target, arguments)
    daemon = _is_daemon(this)
    strand = given.machine.spawn(target, arguments, given.node, background=daemon, thread=True)
    this.fields["strand"] = strand
    return None


def _libraries(this: Any) -> list[str]:
    """The classes of libraries that an object's own is made from."""
    of = this.of if isinstance(this, Record) else None
    return [b.path for b in ancestry(of) if isinstance(b, Thing)] if isinstance(of, Class) else []


def _run_of(this: Record) -> tuple[Any, list[Any]]:
    """What is run in it: its method, else what it was told when it was made."""
    method = find_member(this.of, "run")
    if isinstance(method, Closure):
        return Closure(method.code, method.scope, this), []
    target, arguments = this.fields.get("\0target"), this.fields.get("\0args")
    return target, list(arguments.items) if isinstance(arguments, Items) else []


def _is_daemon(this: Record) -> bool:
    by_class = find_member(this.of, "daemon") if this.of is not None else None
    return PYTHON.truth(this.fields.get("daemon", by_class)) is True


@FUNCTIONS.add("super().__init__", "threading.Thread.__init__", "multiprocessing.Process.__init__")
def _made_above(given: Given) -> Any:
    """What a class of the program's own tells the thread or process that it is."""
    named = not given.path.startswith("super")
    this = given.get(0) if named else this_of(given)
    if any(base.endswith(("Thread", "Process")) for base in _libraries(this)):
        told = {"\0target": given.get(1 + named, "target"), "\0args": given.get(3 + named, "args")}
        told["daemon"] = given.keywords.get("daemon")
        this.fields.update({name: value for name, value in told.items() if value is not None})
    return None


@ANY.add("join")
def _join_any(given: Given) -> Any:
    child = given.receiver.fields.get("child")
    return _process_join(given) if isinstance(child, Child) else _thread_join(given)


@ANY.add("is_alive")
def _any_alive(given: Given) -> Any:
    child = given.receiver.fields.get("child")
    return alive(given, child) if isinstance(child, Child) else _thread_alive(given)


@ANY.add("terminate", "kill")
def _end_any(given: Given) -> Any:
    child = given.receiver.fields.get("child")
    if not isinstance(child, Child):
        given.machine.unknown += 1
        return NOTHING
    return tell(given, child, "TERM" if given.path == "terminate" else "KILL")


@FUNCTIONS.add("multiprocessing.get_context")
def _context(given: Given) -> Any:
    del given
    return Thing("multiprocessing")


@FUNCTIONS.add("multiprocessing.Process", "multiprocessing.context.Process")
def _process(given: Given) -> Any:
    arguments = given.keywords.get("args")
    positional = arguments.items if isinstance(arguments, Items) else []
    fields = {"target": given.keywords.get("target"), "args": Items(list(positional))}
    fields["daemon"] = given.keywords.get("daemon", False)
    return Record("process", fields)


@WORKER.add("start")
def _process_start(given: Given) -> Any:
    fields = given.receiver.fields
    return _begun(given, fields["target"], fields["args"].items)


def _begun(given: Given, target: Any, arguments: list[Any]) -> None:
    """A process for which the program waits when it ends in order; one called a daemon it ends."""
    fields = given.receiver.fields
    fields["child"] = child = forked(given, target, arguments)
    given.machine.mode.setdefault("joined-at-exit", []).append(child.pid)
    if PYTHON.truth(fields.get("daemon", False)):
        given.machine.mode.setdefault("ended-at-exit", []).append(child.pid)


@WORKER.add("join")
def _process_join(given: Given) -> Any:
    child = given.receiver.fields.get("child")
    if not isinstance(child, Child) or not alive(given, child):
        return None
    until = deadline(given, given.get(0, "timeout"))
    return Block("child", [child.pid], until=until)


@WORKER.add("is_alive")
def _process_alive(given: Given) -> Any:
    child = given.receiver.fields.get("child")
    return isinstance(child, Child) and alive(given, child)


@TASK.add("set_result", "set")
def _set_result(given: Given) -> Any:
    given.machine.resolve(given.receiver, given.get(0))
    return None


@TASK.add("done")
def _done(given: Given) -> Any:
    return given.receiver.done
