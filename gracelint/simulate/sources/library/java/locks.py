"""Locks, conditions and semaphores of Java."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library import locks
from gracelint.simulate.sources.library.java.language import FUNCTIONS, JAVA, deadline
from gracelint.simulate.sources.library.java.threads import ANY, waiting
from gracelint.simulate.sources.library.plain import Table
from gracelint.simulate.sources.machine.state import Block
from gracelint.simulate.sources.machine.values import Class, Record
from gracelint.syntax.code.tree import GIVE, TAKE

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.machine import Machine
    from gracelint.simulate.sources.machine.state import Given, Strand

_CONDITION = JAVA.methods["condition"] = Table()
_LOCK = JAVA.methods["lock"] = Table()
_SEMAPHORE = JAVA.methods["semaphore"] = Table()


@FUNCTIONS.add(TAKE)
def _enter(given: Given) -> Any:
    """The lock of an object, at the begin of what is synchronized by it."""
    lock = _monitor(given)
    return None if lock is None else locks.take(lock, given.strand)


@FUNCTIONS.add(GIVE)
def _leave(given: Given) -> Any:
    lock = _monitor(given)
    if lock is not None:
        locks.give(given.machine, lock, given.strand)


def _monitor(given: Given) -> Record | None:
    """What keeps who holds the lock of an object or a class."""
    value = given.get(0)
    if isinstance(value, Class):
        kept: dict[Class, Record] = given.machine.mode.setdefault("locks", {})
        return kept.setdefault(value, Record("lock"))
    return value if isinstance(value, Record) else None


@ANY.add("wait")
@_CONDITION.add("await")
def _wait(given: Given) -> Any:
    """The lock is given back while it waits, and taken again before it goes on."""
    given.receiver.fields["\0set"] = False
    lock = given.receiver.fields.get("lock", given.receiver)
    block = Block("event", given.receiver, until=deadline(given, 0))
    if not locks.is_free(lock, given.strand, again=False):
        block.then, block.result = "made", partial(_taken_again, lock, given.strand)
        locks.leave(given.machine, lock)
    return waiting(given, block)


def _taken_again(lock: Record, strand: Strand, machine: Machine, block: Block) -> Any:
    del machine, block
    taken = locks.take(lock, strand)
    return taken if isinstance(taken, Block) else None


@ANY.add("notify", "notifyAll")
@_CONDITION.add("signal", "signalAll")
def _notify(given: Given) -> Any:
    """Whoever waits now goes on; nothing is kept for those who come later."""
    machine, waits = given.machine, [s.block for s in given.machine.strands if s.block is not None]
    there = [b for b in waits if b.kind == "event" and b.subject is given.receiver]
    for block in there if given.path.endswith("All") else there[:1]:
        block.until = machine.host.now()
    machine.effects += 1
    return None


@FUNCTIONS.add("ReentrantLock")
def _lock(_given: Given) -> Any:
    return Record("lock")


@FUNCTIONS.add("ReentrantReadWriteLock")
@_LOCK.add("readLock", "writeLock")
def _shared_lock(_given: Given) -> Any:
    """Who reads and who writes is not followed."""
    return Record("lock")


@_LOCK.add("lock", "lockInterruptibly")
def _take_lock(given: Given) -> Any:
    return locks.take(given.receiver, given.strand)


@_LOCK.add("tryLock")
def _try_lock(given: Given) -> Any:
    """Without a time, whether it is free now."""
    if not given.arguments and not locks.is_free(given.receiver, given.strand):
        return False
    return locks.take(given.receiver, given.strand, until=deadline(given, 0))


@_LOCK.add("unlock")
def _give_lock(given: Given) -> Any:
    locks.give(given.machine, given.receiver, given.strand)


@_LOCK.add("newCondition")
def _condition(given: Given) -> Any:
    return Record("condition", {"lock": given.receiver})


@FUNCTIONS.add("Semaphore")
def _semaphore(given: Given) -> Any:
    number = given.get(0)
    free = number if isinstance(number, int) else 1
    return Record("semaphore", {"n": free, "\0set": free > 0})


@_SEMAPHORE.add("acquire", "acquireUninterruptibly", "tryAcquire")
def _acquire(given: Given) -> Any:
    until = deadline(given, 0) if given.path == "tryAcquire" else None
    if given.receiver.fields["n"] > 0:
        return _taken_from(given.machine, given.receiver)
    if given.path == "tryAcquire" and until is None:
        return False
    return waiting(given, Block("event", given.receiver, until=until, then="made", result=_freed))


def _freed(machine: Machine, block: Block) -> Any:
    return _taken_from(machine, block.subject) if block.subject.fields["n"] > 0 else False


def _taken_from(machine: Machine, semaphore: Record) -> bool:
    semaphore.fields["n"] -= 1
    machine.hold(semaphore, "\0set", semaphore.fields["n"] > 0)
    return True


@_SEMAPHORE.add("release")
def _release(given: Given) -> Any:
    given.receiver.fields["n"] += 1
    given.machine.hold(given.receiver, "\0set", True)
    return None
