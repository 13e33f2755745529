"""Executors of `concurrent.futures` and what they promise.

Measured: leaving a `with` block, `shutdown` and the end of the program wait for all calls, those
that have not begun as well; `cancel` reaches only these.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library.base import deadline, synthetic
from gracelint.simulate.sources.library.plain import Table
from gracelint.simulate.sources.library.python.language import (
    FUNCTIONS,
    POOL,
    PYTHON,
    TASK,
    rest,
)
from gracelint.simulate.sources.machine.state import Block, Given, Strand
from gracelint.simulate.sources.machine.values import (
    NOTHING,
    Bound,
    Items,
    Promise,
    Record,
    Thing,
    Thrown,
)
from gracelint.syntax.code import tree

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.machine import Machine

_JOB = PYTHON.methods["job"] = Table()
_LATE = ("OSError", "Exception", "BaseException")
_CANCELLED = Thrown("CancelledError", ("Error", "Exception", "BaseException"))


@FUNCTIONS.add("concurrent.futures.ThreadPoolExecutor", "concurrent.futures.ProcessPoolExecutor")
def _executor(given: Given) -> Any:
    return Record("executor", {"strands": Items([]), "workers": given.get(0, "max_workers")})


@POOL.add("submit")
def _submit(given: Given) -> Any:
    return _work(given, given.arguments[1:])


@POOL.add("map")
def _map(given: Given) -> Any:
    """A call for each item of the first list; of a list that is not known for one."""
    listed = given.get(1)
    whole = isinstance(listed, Items) and len(given.arguments) == 2 and listed.whole
    work = [[item] for item in listed.items] if whole else [[NOTHING] * (len(given.arguments) - 1)]
    return Items([_work(given, arguments) for arguments in work], whole=whole)


def _work(given: Given, arguments: list[Any]) -> Any:
    """A call by one of the workers, as soon as one is free."""
    pool, done = given.receiver, Promise()
    fields = {"pool": pool, "call": given.get(0), "arguments": Items(arguments)}
    job = Bound(Record("job", fields), "begin")
    strand = given.machine.spawn(job, [], given.node, background=False, promise=done)
    pool.fields["strands"].items.append(strand)
    return done


@_JOB.add("begin")
def _begin(given: Given) -> Any:
    fields = given.receiver.fields
    pool, arguments = fields["pool"], fields["arguments"].items
    busy, workers = _running(pool, given.strand), pool.fields["workers"]
    if isinstance(workers, int) and not isinstance(workers, bool) and 0 < workers <= len(busy):
        free = Promise(all_of=[strand.promise for strand in busy], value="any")
        return Block("promise", free, then="call", result=(Bound(given.receiver, "begin"), []))
    return given.machine.enter(
        given.strand, fields["call"], list(arguments), {}, given.node, "promise"
    )


def _running(pool: Record, besides: Strand) -> list[Strand]:
    strands = pool.fields["strands"].items
    return [s for s in strands if s is not besides and not s.done and not _queued(s)]


def _queued(strand: Strand) -> bool:
    """Whether a call still waits for a worker."""
    block = strand.block
    return not strand.frames and block is not None and block.then == "call"


@POOL.add("shutdown")
def rest_of_pool(given: Given) -> Any:
    """Wait for the threads or processes that have not ended."""
    if given.path == "shutdown" and given.keywords.get("cancel_futures") is True:
        for strand in given.receiver.fields["strands"].items:
            _give_up(given.machine, strand)
    if given.path == "shutdown" and given.get(0, "wait") is False:
        return None
    return rest(given.receiver)


def _give_up(machine: Machine, strand: Strand) -> bool:
    """Whether a call has not begun, which it then does not."""
    if strand.done or strand.promise is None or not _queued(strand):
        return False
    machine.abandon([strand])
    machine.resolve(strand.promise, _CANCELLED, failed=True)
    return True


# Futures ------------------------------------------------------------------------------------------


@FUNCTIONS.add("concurrent.futures.as_completed")
def _as_completed(given: Given) -> Any:
    """One after the other, each when it is there."""
    listed = given.get(0, "fs")
    if not isinstance(listed, Items | Record):
        return NOTHING
    at = given.node.start, given.node.end
    one = tree.Name(*at, "\0one")
    ready = tree.Call(*at, tree.Name(*at, "\0ready"), (tree.Argument(*at, one),))
    body = (tree.Each(*at, one, tree.Name(*at, "\0listed"), (ready, tree.Yield(*at, one))),)
    until = deadline(given, given.get(1, "timeout"))
    ready_by = Bound(Record("futures", {"until": until}), "ready")
    return synthetic(given, body, {"\0listed": listed, "\0ready": ready_by})


PYTHON.methods["futures"] = Table()


@PYTHON.methods["futures"].add("ready")
def _ready(given: Given) -> Any:
    future = given.get(0)
    if not isinstance(future, Promise):
        return NOTHING
    return _in_time(future, given.receiver.fields["until"], value=False)


@FUNCTIONS.add("concurrent.futures.wait")
def _wait(given: Given) -> Any:
    """Wait for some; which are there then, and which are not."""
    listed = given.get(0, "fs")
    futures = listed.items if isinstance(listed, Items) else [NOTHING]
    mode = given.get(2, "return_when")
    first = isinstance(mode, Thing) and "FIRST" in mode.path
    until = deadline(given, given.get(1, "timeout"))
    waiting = Promise(all_of=list(futures), value="any" if first else None)
    result = partial(_sorted, tuple(futures))
    return Block("promise", waiting, until=until, then="made", result=result)


def _sorted(futures: tuple[Any, ...], _machine: Machine, _block: Block) -> Any:
    known = [future for future in futures if isinstance(future, Promise)]
    sides = ([f for f in known if f.done], [f for f in known if not f.done])
    return Items([Items(side, whole=len(known) == len(futures)) for side in sides])


@TASK.add("result")
def _result(given: Given) -> Any:
    return _in_time(given.receiver, deadline(given, given.get(0, "timeout")), value=True)


def _in_time(future: Promise, until: float | None, *, value: bool) -> Block:
    return Block("promise", future, until=until, then="made", result=partial(_come, value))


def _come(value: bool, _machine: Machine, block: Block) -> Any:
    """The value of a future, or its exception; it goes on where it is not there in time."""
    future = block.subject
    if not future.done:
        return Thrown("TimeoutError", _LATE)
    if value and future.failed:
        failure = future.value
        return failure if isinstance(failure, Thrown) else Thrown("Error", _LATE[1:], failure)
    return future.value if value else NOTHING


@TASK.add("cancel")
def _cancel(given: Given) -> Any:
    """A task is told to give up; a call of an executor that has begun goes on."""
    future, machine = given.receiver, given.machine
    for strand in machine.strands:
        if strand.promise is future and not (strand.done or strand.main or strand.background):
            return _give_up(machine, strand)
    machine.cancel(future, given.strand)
    return True
