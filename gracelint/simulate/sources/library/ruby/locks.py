"""Locks of Ruby, which no handler can take.

Measured with Ruby 3.1: within a handler, `Mutex#lock`, `#synchronize` and those of Monitor raise
ThreadError in the main thread; a thread that the handler begins takes them like any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library.plain import Table
from gracelint.simulate.sources.machine.state import ENTERED
from gracelint.simulate.sources.machine.values import NOTHING, Bound, Closure, Record, Thrown

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.state import Given

LOCKS, LOCK = Table(), Table()
FAILURE = Thrown("ThreadError", ("StandardError", "Exception"))


@LOCKS.add("Mutex", "Thread::Mutex", "Monitor")
def _lock(_given: Given) -> Any:
    return Record("lock")


@LOCK.add("synchronize", "lock", "enter", "mon_enter", "mon_synchronize")
def _take(given: Given) -> Any:
    """Who holds it is not followed: it is had at once."""
    strand, block = given.strand, given.keywords.get("&")
    if strand.handles or any(frame.gives == "handler" for frame in strand.frames):
        given.machine.mode["cannot"] = given.code, given.node
        given.machine.throw(strand, FAILURE)
        return ENTERED
    if isinstance(block, Closure | Bound):
        return given.machine.enter(strand, block, [], {}, given.node)
    return given.receiver


@LOCK.add("unlock", "exit", "mon_exit")
def _give(given: Given) -> Any:
    return given.receiver


@LOCK.add("try_lock", "try_enter", "owned?", "locked?", "new_cond")
def _ask(_given: Given) -> Any:
    return NOTHING
