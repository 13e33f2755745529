"""What a server has in hand when its own handler ends it.

Measured with Python 3.11, Ruby 3.1 and PHP 8.2, with a request that takes three seconds: an
exception that a handler throws breaks off what the main thread is about, and the end of the main
thread what threads in the background are about, so the request gets no answer. Python waits for
its other threads unless `os._exit` ends it; Ruby does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.base import lazy
from gracelint.simulate.sources.library.ahead import cut_off, leaves_at_once
from gracelint.simulate.sources.machine.calls import ancestry, find_member
from gracelint.simulate.sources.machine.state import Block
from gracelint.simulate.sources.machine.values import Record, Thing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.simulate.sources.machine.machine import Machine

_ELSEWHERE = lazy.compile(
    r"\b(?:(?:pcntl_)?fork|spawn|Process|ProcessPoolExecutor|Pool|detach|join)\b"
)
"""Words of programs that may have somebody else answer, or wait for those who do."""

_THREADS = lazy.compile(r"\b(?:Thread|ThreadPoolExecutor|Timer|run_in_executor)\b")
"""The same where the end of the program waits for its threads."""

_JOINED = ("Threading", "Forking")
"""What the names of server classes begin with that have others answer, and wait for them."""


def drops(machine: Machine) -> None:
    """Note that a handler ends the program at once while it waits for clients, where nobody else
    would answer those that it has.
    """
    mode = machine.mode
    if "ended-by" in mode and leaves_at_once(machine) and any(_open(machine)):
        cut_off(machine, mode["leaves"])


def _open(machine: Machine) -> Iterator[bool]:
    """Of each way in for clients that is open: whether nobody will answer them.

    What serves beside a main thread that does something else tells of its health, or the like.
    """
    mode, interrupted = machine.mode, machine.mode["ended-by"]
    blocks = [strand.block for strand in machine.strands] if _idles(interrupted) else []
    subjects = [block.subject for block in (interrupted, *blocks) if isinstance(block, Block)]
    for door in mode.get("doors", ()):
        if isinstance(door, Record) and door.kind == "aio-server":
            yield not door.fields["closed"].done
        elif any(_is_at(door, subject) for subject in subjects):
            yield bool(mode.get("abrupt")) or not _others(machine, door)


def _idles(block: Any) -> bool:
    """Whether a main thread only waits to be told; what a loop does in between is not asked."""
    waits = isinstance(block, Block) and block.until is None and not block.idle
    return waits and block.kind in _IDLE


_IDLE = frozenset({"for-ever", "strand", "event", "sleep", "work"})


def _is_at(door: Any, subject: Any) -> bool:
    """Whether this is what is waited for, or one of several that are."""
    if isinstance(subject, list):
        return any(isinstance(one, tuple) and door is one[0] for one in subject)
    return door is subject or (isinstance(door, Thing) and door == subject)


def _others(machine: Machine, door: Any) -> bool:
    """Whether other threads or processes may answer, for which the program's end waits."""
    if isinstance(door, Record) and (door.kind == "server" or door.of is not None):
        return _is_joined(door)
    texts = [code.text.text for code in machine.codes]
    lives_on = machine.library.dialect.name == "python" and any(map(_THREADS.search, texts))
    return lives_on or any(map(_ELSEWHERE.search, texts))


def _is_joined(server: Record) -> bool:
    classes = ancestry(server.of) if server.of is not None else [server.fields.get("\0class")]
    if not all(isinstance(one, Thing) or hasattr(one, "bases") for one in classes):
        return True
    paths = [one.path.rpartition(".")[2] for one in classes if isinstance(one, Thing)]
    threaded = any(path.startswith(_JOINED) for path in paths)
    by_class = find_member(server.of, "daemon_threads") if server.of is not None else None
    daemons = server.fields.get("daemon_threads", by_class)
    if daemons is None or isinstance(daemons, Thing):
        daemons = "ThreadingHTTPServer" in paths
    return threaded and daemons is not True
