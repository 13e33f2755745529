"""Pools of `multiprocessing`: workers that end with the program, whatever they are doing.

Its workers are played as threads: nobody waits for one at the program's end, and leaving a `with`
block terminates them.
"""

from __future__ import annotations

from typing import Any

from gracelint.simulate.sources.library.base import deadline
from gracelint.simulate.sources.library.plain import Table
from gracelint.simulate.sources.library.python.futures import rest_of_pool
from gracelint.simulate.sources.library.python.language import FUNCTIONS, PYTHON, TASK
from gracelint.simulate.sources.machine.state import Block, Given
from gracelint.simulate.sources.machine.values import NOTHING, Items, Promise, Record

_POOL = PYTHON.methods["process-pool"] = Table()
_AT_ONCE = 8  # calls of a long list that are played; the others would do the same
_KINDS = (
    *("multiprocessing.Pool", "multiprocessing.pool.Pool", "multiprocessing.get_context().Pool"),
    *("multiprocessing.pool.ThreadPool", "multiprocessing.dummy.Pool"),
)


@FUNCTIONS.add(*_KINDS)
def _pool(given: Given) -> Any:
    del given
    return Record("process-pool", {"strands": Items([])})


@_POOL.add("map", "imap", "imap_unordered", "starmap")
def _map(given: Given) -> Any:
    results = _calls(given)
    return Block("promise", Promise(all_of=results), result=Items(list(results), whole=False))


@_POOL.add("map_async", "starmap_async")
def _map_async(given: Given) -> Any:
    return Promise(all_of=_calls(given))


@_POOL.add("apply_async")
def _apply_async(given: Given) -> Any:
    return _call(given, _listed(given.get(1, "args")) or [])


@_POOL.add("apply")
def _apply(given: Given) -> Any:
    return Block("promise", _apply_async(given), then="promise")


@_POOL.add("close")
def _close(given: Given) -> Any:
    del given
    return None


_POOL["join"] = rest_of_pool


@_POOL.add("terminate")
def _terminate(given: Given) -> Any:
    given.machine.abandon(given.receiver.fields["strands"].items)
    return None


@TASK.add("get", "wait")
def _awaited(given: Given) -> Any:
    until = deadline(given, given.get(0, "timeout"))
    return Block("promise", given.receiver, until=until, then="promise")


@TASK.add("ready")
def _ready(given: Given) -> Any:
    return given.machine.promise_settled(given.receiver)


def _calls(given: Given) -> list[Any]:
    """A call for each item, of a list that is not known for one."""
    items = _listed(given.get(1, "iterable"))
    spread = given.path.startswith("starmap")
    calls = [(_listed(i) or [NOTHING]) if spread else [i] for i in (items or [NOTHING])[:_AT_ONCE]]
    return [_call(given, arguments) for arguments in calls]


def _listed(value: Any) -> list[Any] | None:
    return list(value.items) if isinstance(value, Items) and value.whole else None


def _call(given: Given, arguments: list[Any]) -> Promise:
    done = Promise()
    strand = given.machine.spawn(
        given.get(0, "func"), arguments, given.node, background=True, promise=done
    )
    given.receiver.fields["strands"].items.append(strand)
    return done
