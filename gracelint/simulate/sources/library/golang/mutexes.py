"""Mutexes of Go, and conditions that are waited for with one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library import locks
from gracelint.simulate.sources.library.golang.language import FUNCTIONS, GO
from gracelint.simulate.sources.library.plain import Table
from gracelint.simulate.sources.machine.state import Block
from gracelint.simulate.sources.machine.values import Record

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.machine import Machine
    from gracelint.simulate.sources.machine.state import Given, Strand

_MUTEX = GO.methods["mutex"] = Table()
_CONDITION = GO.methods["condition"] = Table()


@FUNCTIONS.add("sync.Mutex", "sync.RWMutex")
def _mutex(_given: Given) -> Any:
    return Record("mutex")


@_MUTEX.add("Lock")
def _lock(given: Given) -> Any:
    """Whoever has it already waits for itself."""
    return locks.take(given.receiver, given.strand, again=False)


@_MUTEX.add("TryLock")
def _try_lock(given: Given) -> Any:
    free = locks.is_free(given.receiver, given.strand, again=False)
    return free and locks.take(given.receiver, given.strand, again=False)


@_MUTEX.add("Unlock")
def _unlock(given: Given) -> Any:
    locks.give(given.machine, given.receiver)


@_MUTEX.add("RLock")
def _read_lock(given: Given) -> Any:
    """Those that read wait for whoever writes; that one waits for them is not followed."""
    if locks.is_free(given.receiver, given.strand, again=False):
        return None
    return locks.take(given.receiver, given.strand, again=False)


@_MUTEX.add("RUnlock")
def _read_unlock(given: Given) -> Any:
    locks.give(given.machine, given.receiver, given.strand)


@_MUTEX.add("RLocker")
def _locker(given: Given) -> Any:
    return given.receiver


@FUNCTIONS.add("sync.NewCond")
def _condition(given: Given) -> Any:
    return Record("condition", {"L": given.get(0), "\0set": False})


@_CONDITION.add("Wait")
def _wait(given: Given) -> Any:
    """The lock is given back while it waits, and taken again before it goes on."""
    lock, block = given.receiver.fields["L"], Block("event", given.receiver)
    if isinstance(lock, Record) and lock.kind == "mutex":
        block.then, block.result = "made", partial(_taken_again, lock, given.strand)
        locks.leave(given.machine, lock)
    return block


def _taken_again(lock: Record, strand: Strand, machine: Machine, block: Block) -> Any:
    del machine, block
    taken = locks.take(lock, strand, again=False)
    return taken if isinstance(taken, Block) else None


@_CONDITION.add("Signal", "Broadcast")
def _signal(given: Given) -> Any:
    machine = given.machine
    waits = [s.block for s in machine.strands if s.block is not None]
    there = [b for b in waits if b.kind == "event" and b.subject is given.receiver]
    for block in there if given.path == "Broadcast" else there[:1]:
        block.until = machine.host.now()
    machine.effects += 1
