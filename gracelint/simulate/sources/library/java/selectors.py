"""Selectors: channels that a thread waits for all at once. Nobody connects while it is watched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library.base import served
from gracelint.simulate.sources.library.java.language import FUNCTIONS, JAVA, LIST
from gracelint.simulate.sources.library.java.threads import SELECTOR
from gracelint.simulate.sources.library.plain import Table
from gracelint.simulate.sources.machine.state import ENTERED, Block
from gracelint.simulate.sources.machine.values import NOTHING, Bound, Closure, Items, Record, Thrown

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.machine import Machine
    from gracelint.simulate.sources.machine.state import Given

_SELECTOR = JAVA.methods[SELECTOR] = Table()
_ITERATOR = JAVA.methods["iterator"] = Table()
_CLOSED = Thrown("ClosedSelectorException", ("RuntimeException", "Exception", "Throwable"))


@FUNCTIONS.add("Selector.open")
def _open(_given: Given) -> Any:
    return Record(SELECTOR, {"\0set": False, "closed": False})


@_SELECTOR.add("select")
def _select(given: Given) -> Any:
    """It waits until somebody wakes it, which one that comes before the wait does too, or for as
    long as it is told.
    """
    selector = given.receiver
    if selector.fields["closed"]:
        return _thrown(given)
    served(given, "requests")
    if selector.fields["\0set"]:
        return _woken(given.machine, Block("event", selector))
    if not all(isinstance(v, int | float | Closure | Bound) for v in given.arguments):
        given.machine.mode["guess"] = "`select()` waits for a limited time"
        return Block(
            "event", selector, until=given.machine.host.now() + 1, then="made", result=_woken
        )
    times = [v for v in given.arguments if isinstance(v, int | float) and v > 0]
    until = given.machine.host.now() + times[0] / 1000 if times else None
    return Block("event", selector, until=until, then="made", result=_woken)


def _woken(machine: Machine, block: Block) -> Any:
    machine.hold(block.subject, "\0set", False)
    return 0


@_SELECTOR.add("selectNow")
def _select_now(given: Given) -> Any:
    return _thrown(given) if given.receiver.fields["closed"] else 0


@_SELECTOR.add("selectedKeys", "keys")
def _keys(given: Given) -> Any:
    return _thrown(given) if given.receiver.fields["closed"] else Items([])


def _thrown(given: Given) -> Any:
    given.machine.throw(given.strand, _CLOSED)
    return ENTERED


@_SELECTOR.add("wakeup")
def _wake(given: Given) -> Any:
    given.machine.hold(given.receiver, "\0set", True)
    return given.receiver


@_SELECTOR.add("close")
def _close(given: Given) -> Any:
    given.machine.hold(given.receiver, "closed", True)
    given.machine.hold(given.receiver, "\0set", True)
    return None


@_SELECTOR.add("isOpen")
def _is_open(given: Given) -> Any:
    return not given.receiver.fields["closed"]


# Iterators ----------------------------------------------------------------------------------------


@LIST.add("iterator", "listIterator")
def _iterator(given: Given) -> Any:
    return Record("iterator", {"of": given.receiver, "at": 0})


@_ITERATOR.add("hasNext")
def _has_next(given: Given) -> Any:
    of, at = given.receiver.fields["of"], given.receiver.fields["at"]
    return at < len(of.items) or (False if of.whole else NOTHING)


@_ITERATOR.add("next")
def _next(given: Given) -> Any:
    fields = given.receiver.fields
    given.machine.effects += 1
    fields["at"] += 1
    items = fields["of"].items
    return items[fields["at"] - 1] if fields["at"] <= len(items) else NOTHING


@_ITERATOR.add("remove")
def _remove(given: Given) -> Any:
    fields = given.receiver.fields
    given.machine.effects += 1
    if 0 < fields["at"] <= len(fields["of"].items):
        fields["at"] -= 1
        fields["of"].items.pop(fields["at"])
    return None
