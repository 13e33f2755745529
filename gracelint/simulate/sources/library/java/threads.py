"""Threads, and what they wait for each other with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library.ahead import waits
from gracelint.simulate.sources.library.java.language import (
    FOR_EVER,
    FUNCTIONS,
    JAVA,
    deadline,
    duration,
    task_of,
)
from gracelint.simulate.sources.library.locks import TICKET
from gracelint.simulate.sources.library.plain import Table
from gracelint.simulate.sources.machine.state import ENTERED, Block, Strand
from gracelint.simulate.sources.machine.values import NOTHING, Items, Record, Thing, Thrown
from gracelint.simulate.sources.machine.waits import ITEMS

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.machine import Machine
    from gracelint.simulate.sources.machine.state import Given

INTERRUPTED = Thrown("InterruptedException", ("Exception", "Throwable"))
_THREAD = JAVA.methods["thread"] = Table()
_LATCH = JAVA.methods["latch"] = Table()
_COMPLETABLE = JAVA.methods["completable"] = Table()
_ATOMIC = JAVA.methods["atomic"] = Table()
_QUEUE = JAVA.methods["queue"] = Table()
_UNIT = JAVA.methods["unit"] = Table()
ANY = JAVA.methods["any"] = Table()
SELECTOR = "selector"
_PAUSED = frozenset({"sleep", "event", "queue", "strand", "child", "idle"})


def waiting(given: Given, block: Block) -> Any:
    """Wait, unless the thread has been interrupted before."""
    told = given.machine.mode.setdefault("interrupted", [])
    if given.strand not in told:
        return block
    told.remove(given.strand)
    given.machine.throw(given.strand, INTERRUPTED)
    return ENTERED


def interrupt(machine: Machine, strand: Strand) -> None:
    """End a wait of a thread, or its next one."""
    machine.effects += 1
    block = strand.block
    kind = block.subject.kind if block is not None and isinstance(block.subject, Record) else ""
    if block is not None and kind == SELECTOR:
        machine.hold(block.subject, "\0set", True)
    elif block is not None and block.kind in _PAUSED and kind != TICKET:
        machine.throw(strand, INTERRUPTED)
        return
    if not strand.done:
        machine.mode.setdefault("interrupted", []).append(strand)


@FUNCTIONS.add("Thread")
def _thread(given: Given) -> Any:
    found = [task for value in given.arguments if (task := task_of(value)) is not None]
    return Record("thread", {"target": found[0] if found else None})


@FUNCTIONS.add("Thread.currentThread")
def _current(given: Given) -> Any:
    return Record("thread", {"strand": given.strand})


def begin(given: Given, thread: Record) -> None:
    """Run a thread."""
    task = task_of(thread)
    if task is None:
        task = task_of(next(iter(_given_to_base(thread)), None))
    if task is None:
        return
    daemon = thread.fields.get("daemon") is True
    strand = given.machine.spawn(task, [], given.node, background=daemon)
    thread.fields["strand"] = strand


def _given_to_base(thread: Record) -> list[Any]:
    given = thread.fields.get("\0super")
    return given.items if isinstance(given, Items) else []


@_THREAD.add("start")
@ANY.add("start")
def _start(given: Given) -> Any:
    begin(given, given.receiver)
    return None


@FUNCTIONS.add("Thread.startVirtualThread")
def _start_virtual(given: Given) -> Any:
    thread = Record("thread", {"target": task_of(given.get(0)), "daemon": True})
    begin(given, thread)
    return thread


@_THREAD.add("setDaemon")
@ANY.add("setDaemon")
def _set_daemon(given: Given) -> Any:
    given.receiver.fields["daemon"] = given.get(0)
    return None


@_THREAD.add("join", "get")
@ANY.add("join")
def _join(given: Given) -> Any:
    waits(given.machine)
    strand = given.receiver.fields.get("strand")
    if not isinstance(strand, Strand) or strand.done:
        return None
    return waiting(given, Block("strand", strand, until=deadline(given, 0)))


@_THREAD.add("interrupt")
@ANY.add("interrupt")
def _interrupt(given: Given) -> Any:
    strand = given.receiver.fields.get("strand")
    if isinstance(strand, Strand):
        interrupt(given.machine, strand)
    return None


@_THREAD.add("cancel")
def _cancel(given: Given) -> Any:
    """A task that comes again comes no more; another is interrupted, where that is asked for."""
    strand = given.receiver.fields.get("strand")
    if isinstance(strand, Strand) and given.receiver.fields.get("again"):
        strand.frames.clear()
        strand.block, strand.done = None, True
        given.machine.effects += 1
    elif isinstance(strand, Strand) and given.get(0) is True:
        interrupt(given.machine, strand)
    return True


@_THREAD.add("isInterrupted")
@ANY.add("isInterrupted")
def _is_interrupted(given: Given) -> Any:
    return given.receiver.fields.get("strand") in given.machine.mode.get("interrupted", [])


@FUNCTIONS.add("Thread.interrupted")
def _interrupted(given: Given) -> Any:
    told = given.machine.mode.setdefault("interrupted", [])
    if given.strand not in told:
        return False
    told.remove(given.strand)
    return True


@_THREAD.add("isDone")
def _is_done(given: Given) -> Any:
    strand = given.receiver.fields.get("strand")
    return not isinstance(strand, Strand) or strand.done


@_THREAD.add("isAlive")
@ANY.add("isAlive")
def _is_alive(given: Given) -> Any:
    strand = given.receiver.fields.get("strand")
    return isinstance(strand, Strand) and not strand.done


def pause(given: Given, seconds: float | None) -> Any:
    """A pause of so many seconds."""
    endless = seconds is not None and seconds >= FOR_EVER
    return waiting(given, given.machine.sleep(None if endless else (seconds or 1.0)))


@FUNCTIONS.add("Thread.sleep")
def _sleep(given: Given) -> Any:
    return pause(given, duration(given, 0))


@_UNIT.add("sleep")
def _sleep_units(given: Given) -> Any:
    number = given.get(0)
    known = isinstance(number, int | float)
    return pause(given, number * given.receiver.fields["seconds"] if known else None)


@FUNCTIONS.add("LockSupport.park")
def _park(given: Given) -> Any:
    return waiting(given, Block("event", Record("event", {"\0set": False})))


# Latches, variables, queues -------------------------------------------------------------------


@FUNCTIONS.add("CountDownLatch")
def _latch(given: Given) -> Any:
    number = given.get(0)
    return Record("latch", {"n": number if isinstance(number, int) else 1, "\0set": False})


@_LATCH.add("countDown")
def _count_down(given: Given) -> Any:
    fields = given.receiver.fields
    fields["n"] -= 1
    given.machine.hold(given.receiver, "\0set", fields["n"] <= 0)
    return None


@_LATCH.add("getCount")
def _count(given: Given) -> Any:
    return max(0, given.receiver.fields["n"])


@_LATCH.add("await")
def _await(given: Given) -> Any:
    if given.receiver.fields["n"] <= 0:
        return True
    return waiting(given, Block("event", given.receiver, until=deadline(given, 0), then="told"))


@FUNCTIONS.add("CompletableFuture")
def _future(_given: Given) -> Any:
    return Record("completable", {"\0set": False, "value": NOTHING})


@_COMPLETABLE.add("complete", "completeExceptionally", "cancel")
def _complete(given: Given) -> Any:
    given.receiver.fields["value"] = given.get(0) if given.path == "complete" else NOTHING
    given.machine.hold(given.receiver, "\0set", True)
    return True


@_COMPLETABLE.add("get", "join")
def _value_of(given: Given) -> Any:
    waits(given.machine)
    fields = given.receiver.fields
    if fields["\0set"]:
        return fields["value"]
    return waiting(given, Block("event", given.receiver, until=deadline(given, 0)))


@_COMPLETABLE.add("isDone")
def _is_complete(given: Given) -> Any:
    return given.receiver.fields["\0set"]


@FUNCTIONS.add("AtomicBoolean", "AtomicInteger", "AtomicLong", "AtomicReference")
def _atomic(given: Given) -> Any:
    first = False if given.path == "AtomicBoolean" else 0
    return Record("atomic", {"value": given.get(0, default=first)})


@_ATOMIC.add("get", "getPlain", "intValue")
def _value(given: Given) -> Any:
    return given.receiver.fields["value"]


@_ATOMIC.add("set", "lazySet", "getAndSet")
def _set(given: Given) -> Any:
    before = given.receiver.fields["value"]
    given.machine.hold(given.receiver, "value", given.get(0))
    return before


@_ATOMIC.add("compareAndSet")
def _compare(given: Given) -> Any:
    if given.receiver.fields["value"] is not given.get(0):
        return False
    given.machine.hold(given.receiver, "value", given.get(1))
    return True


@_ATOMIC.add("incrementAndGet", "getAndIncrement")
def _increment(given: Given) -> Any:
    before = given.receiver.fields["value"]
    after = before + 1 if isinstance(before, int) else NOTHING
    given.machine.hold(given.receiver, "value", after)
    return after if given.path == "incrementAndGet" else before


@_ATOMIC.add("addAndGet", "getAndAdd")
def _added(given: Given) -> Any:
    before, more = given.receiver.fields["value"], given.get(0)
    after = before + more if isinstance(before, int) and isinstance(more, int) else NOTHING
    given.machine.hold(given.receiver, "value", after)
    return after if given.path == "addAndGet" else before


@FUNCTIONS.add("LinkedBlockingQueue", "ArrayBlockingQueue", "LinkedBlockingDeque")
def _queue(_given: Given) -> Any:
    return Record("queue", {ITEMS: ()})


@_QUEUE.add("put", "offer", "add")
def _put(given: Given) -> Any:
    items = given.machine.held(given.receiver, ITEMS)
    given.machine.hold(given.receiver, ITEMS, (*items, given.get(0))[:100])
    return True


@_QUEUE.add("take", "poll")
def _take(given: Given) -> Any:
    machine, queue = given.machine, given.receiver
    if machine.held(queue, ITEMS):
        return machine.take(queue)
    until = deadline(given, 0)
    if given.path == "poll" and until is None:
        return None
    return waiting(given, Block("queue", queue, until=until, then="made", result=_taken))


def _taken(machine: Machine, block: Block) -> Any:
    return machine.take(block.subject) if machine.held(block.subject, ITEMS) else None


@FUNCTIONS.add("Object")
def _object(_given: Given) -> Any:
    return Record("object")


@FUNCTIONS.add("Thread.onSpinWait", "Thread.yield")
def _nothing(_given: Given) -> Any:
    return Thing("")
