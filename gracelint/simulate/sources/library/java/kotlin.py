"""What Kotlin's own library adds to Java's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library.base import each
from gracelint.simulate.sources.library.java.language import FUNCTIONS, task_of
from gracelint.simulate.sources.library.java.system import leave
from gracelint.simulate.sources.library.java.threads import begin
from gracelint.simulate.sources.machine.values import Items, Record

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.state import Given


@FUNCTIONS.add("thread")
def _thread(given: Given) -> Any:
    """`thread(start = true, isDaemon = false) { … }`."""
    thread = Record("thread", {"target": task_of(given.arguments[-1] if given.arguments else None)})
    thread.fields["daemon"] = given.keywords.get("isDaemon", False)
    if given.keywords.get("start", True) is not False:
        begin(given, thread)
    return thread


FUNCTIONS["exitProcess"] = leave


@FUNCTIONS.add(
    *("listOf", "mutableListOf", "arrayOf", "setOf", "mutableSetOf", "emptyList", "arrayListOf")
)
def _list(given: Given) -> Any:
    return Items(list(given.arguments))


@FUNCTIONS.add("mapOf", "mutableMapOf", "hashMapOf", "emptyMap")
def _map(given: Given) -> Any:
    return Record("dict", open=bool(given.arguments))


@FUNCTIONS.add("repeat")
def _repeat(given: Given) -> Any:
    times = given.get(0)
    rounds = range(times) if isinstance(times, int) and 0 <= times <= 50 else range(1)
    return each(given, Items(list(rounds)), given.get(1))


@FUNCTIONS.add("synchronized")
def _synchronized(given: Given) -> Any:
    return given.machine.enter(given.strand, given.get(1), [], {}, given.node)
