"""Locks that one thread holds at a time: who has one, and who waits for it.

Who holds it is kept in fields of the object; those who wait for it get it in turn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.machine.state import Block
from gracelint.simulate.sources.machine.values import Record

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.machine import Machine
    from gracelint.simulate.sources.machine.state import Strand

_HOLDER, _DEPTH, _QUEUE = "\0holder", "\0depth", "\0queue"
TICKET = "ticket"
"""What a thread in the queue of a lock waits for: its kind."""


def is_free(lock: Record, strand: Strand, *, again: bool = True) -> bool:
    """Whether a thread can have a lock at once. again: also where it has it already."""
    holder = lock.fields.get(_HOLDER)
    return holder is None or (again and holder is strand)


def take(lock: Record, strand: Strand, *, again: bool = True, until: float | None = None) -> Any:
    """Have a thread hold a lock: True, or what it waits for, which gives whether it holds it."""
    if is_free(lock, strand, again=again):
        depth = lock.fields.get(_DEPTH, 0) if lock.fields.get(_HOLDER) is strand else 0
        lock.fields |= {_HOLDER: strand, _DEPTH: depth + 1}
        return True
    ticket = Record(TICKET, {"\0set": False, "strand": strand, "lock": lock})
    lock.fields[_QUEUE] = [*lock.fields.get(_QUEUE, ()), ticket]
    return Block("event", ticket, until=until, then="made", result=_came)


def _came(machine: Machine, block: Block) -> bool:
    """Whether it was given the lock; if not, its time was over, and it stands in no queue."""
    del machine
    ticket = block.subject
    if not ticket.fields["\0set"]:
        queue = ticket.fields["lock"].fields[_QUEUE]
        ticket.fields["lock"].fields[_QUEUE] = [one for one in queue if one is not ticket]
    return bool(ticket.fields["\0set"])


def give(machine: Machine, lock: Record, strand: Strand | None = None) -> None:
    """Give a lock back, and to the first who waits. strand: only where this one holds it."""
    fields = lock.fields
    if strand is not None and fields.get(_HOLDER) is not strand:
        return
    fields[_DEPTH] = fields.get(_DEPTH, 0) - 1
    if fields[_DEPTH] <= 0:
        leave(machine, lock)


def leave(machine: Machine, lock: Record) -> None:
    """Give a lock back, however often it was taken."""
    fields = lock.fields
    queue = [t for t in fields.get(_QUEUE, ()) if not t.fields["strand"].done]
    fields |= {_HOLDER: None, _DEPTH: 0, _QUEUE: queue[1:]}
    machine.effects += 1
    if queue:
        fields |= {_HOLDER: queue[0].fields["strand"], _DEPTH: 1}
        machine.hold(queue[0], "\0set", True)
