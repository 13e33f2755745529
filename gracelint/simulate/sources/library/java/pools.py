"""Pools of threads, which keep the program going until they are shut down."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library.ahead import waits
from gracelint.simulate.sources.library.base import synthetic
from gracelint.simulate.sources.library.java.language import (
    FUNCTIONS,
    JAVA,
    deadline,
    duration,
    task_of,
)
from gracelint.simulate.sources.library.java.threads import interrupt, waiting
from gracelint.simulate.sources.library.plain import Table
from gracelint.simulate.sources.machine.state import Block, Strand
from gracelint.simulate.sources.machine.values import NOTHING, Bound, Items, Record
from gracelint.syntax.code import tree

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.machine import Machine
    from gracelint.simulate.sources.machine.state import Given

_POOL = JAVA.methods["pool"] = Table()


@FUNCTIONS.add(
    *("Executors.newFixedThreadPool", "Executors.newCachedThreadPool"),
    *("Executors.newSingleThreadExecutor", "Executors.newScheduledThreadPool"),
    *("Executors.newSingleThreadScheduledExecutor", "Executors.newWorkStealingPool"),
    *("Executors.newVirtualThreadPerTaskExecutor", "ThreadPoolExecutor"),
)
def _pool(_given: Given) -> Any:
    return Record("pool", {"\0set": False, "strands": Items([])})


def _keep(given: Given) -> None:
    """A thread of the pool, which waits for work."""
    if not given.receiver.fields.get("kept"):
        given.receiver.fields["kept"] = True
        keeper = Strand([], Block("event", given.receiver, then="call", result=(_END, [])))
        keeper.background = False
        given.machine.strands.append(keeper)


_END = Bound(Record("idle worker"), "end")


def _spawn(given: Given, task: Any) -> Any:
    if task is None or given.receiver.fields["\0set"]:
        return NOTHING
    _keep(given)
    strand = given.machine.spawn(task, [], given.node, background=False)
    given.receiver.fields["strands"].items.append(strand)
    return Record("thread", {"strand": strand})


@_POOL.add("submit", "execute", "schedule")
def _submit(given: Given) -> Any:
    if isinstance(given.get(2), int):  # of a timer: after so long, and again and again
        return _again_and_again(given)
    return _spawn(given, task_of(given.get(0)))


@FUNCTIONS.add("Timer")
def _timer(given: Given) -> Any:
    """One thread, which keeps the program going from the beginning, unless it is a daemon."""
    given.receiver = Record("pool", {"\0set": False, "strands": Items([])})
    given.receiver.fields["kept"] = True in given.arguments
    _keep(given)
    return given.receiver


@FUNCTIONS.add("CompletableFuture.runAsync", "CompletableFuture.supplyAsync")
def _run_async(given: Given) -> Any:
    """In a pool that it is given, else in one whose threads keep no program going."""
    task, pool = task_of(given.get(0)), given.get(1)
    if isinstance(pool, Record) and pool.kind == "pool":
        given.receiver = pool
        return _spawn(given, task)
    if task is None:
        return NOTHING
    return Record("thread", {"strand": given.machine.spawn(task, [], given.node)})


@FUNCTIONS.add("CompletableFuture.allOf")
def _all_of(given: Given) -> Any:
    strands = [f.fields.get("strand") for f in given.arguments if isinstance(f, Record)]
    known = [strand for strand in strands if isinstance(strand, Strand)]
    return Record("pool", {"\0set": True, "strands": Items([*known])})


@_POOL.add("scheduleAtFixedRate", "scheduleWithFixedDelay")
def _again_and_again(given: Given) -> Any:
    """The task is called until the pool is shut down."""
    task = task_of(given.get(0))
    given.arguments = given.arguments[2:]
    fields = {"period": duration(given, 0) or 1.0, "pool": given.receiver, "task": task}
    future = _spawn(given, Bound(Record("schedule", fields), "begin"))
    if isinstance(future, Record):
        future.fields["again"] = True
    return future


def _begin(given: Given) -> Any:
    fields, at = given.receiver.fields, (given.node.start, given.node.end)
    pool, period = tree.Name(*at, "\0pool"), tree.Literal(*at, fields["period"])
    pause = tree.Member(*at, pool, "\0pause")
    over = tree.Call(*at, tree.Member(*at, pool, "isShutdown"), ())
    body = (
        tree.Call(*at, tree.Name(*at, "\0task"), ()),
        tree.Call(*at, pause, (tree.Argument(*at, period),)),
    )
    loop = tree.Loop(*at, tree.Operation(*at, "not", (over,)), body)
    return synthetic(given, (loop,), {"\0pool": fields["pool"], "\0task": fields["task"]})


JAVA.methods["schedule"] = Table({"begin": _begin})
JAVA.methods["idle worker"] = Table({"end": lambda _given: None})


@_POOL.add("\0pause")
def _pause(given: Given) -> Any:
    until = given.machine.host.now() + float(given.get(0))
    return waiting(given, Block("event", given.receiver, until=until))


@_POOL.add("shutdown", "shutdownNow", "close", "cancel")
def _shut_down(given: Given) -> Any:
    given.machine.hold(given.receiver, "\0set", True)
    if given.path == "shutdownNow":
        for strand in list(given.receiver.fields["strands"].items):
            if not strand.done:
                interrupt(given.machine, strand)
    if given.path == "close":
        return _await(given, None)
    return Items([])


@_POOL.add("isShutdown")
def _is_shut_down(given: Given) -> Any:
    return bool(given.receiver.fields["\0set"])


@_POOL.add("isTerminated")
def _is_over(given: Given) -> Any:
    return bool(given.receiver.fields["\0set"]) and not _left(given.receiver)


@_POOL.add("awaitTermination", "join", "get")
def _await_termination(given: Given) -> Any:
    return _await(given, deadline(given, 0))


def _left(pool: Record) -> list[Strand]:
    return [strand for strand in pool.fields["strands"].items if not strand.done]


def _await(given: Given, until: float | None) -> Any:
    waits(given.machine)
    left = _left(given.receiver)
    if not left:
        return True
    result = partial(_next, given.receiver, until)
    return waiting(given, Block("strand", left[0], until=until, then="made", result=result))


def _next(pool: Record, until: float | None, _machine: Machine, block: Block) -> Any:
    """One of its threads has ended, or the time is over."""
    left = _left(pool)
    if not left or not block.subject.done:
        return not left
    result = partial(_next, pool, until)
    return Block("strand", left[0], until=until, then="made", result=result)
