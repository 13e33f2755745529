"""Signals that a program blocks, and asks for one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.machine.state import Block, Lost
from gracelint.simulate.sources.machine.values import Items, Thing, signal_name

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.state import Given


def names_of(given: Given, asked: Any) -> frozenset[str]:
    """The signals of a list; Lost where one of them is not known."""
    listed = asked.items if isinstance(asked, Items) and asked.whole else [asked]
    names = [signal_name(value) for value in listed]
    if None in names:
        raise Lost("the signals that are meant are not known", given.node, given.code)
    return frozenset(filter(None, names))


def masked(given: Given, how: Any, asked: Any) -> Items:
    """`SIG_BLOCK`, `SIG_UNBLOCK` or `SIG_SETMASK` of signals; those that were blocked before.

    Every thread has a mask of its own, and what the main one blocks goes to another: so only a
    program's main thread is taken to change it.
    """
    word = how.path.rpartition("SIG_")[2].lower() if isinstance(how, Thing) else ""
    kind = {"block": "block", "unblock": "unblock", "setmask": "set"}.get(word)
    if kind is None:
        raise Lost("how signals are blocked is not known", given.node, given.code)
    names = names_of(given, asked) if given.strand.main else None
    before = given.machine.host.block(names, kind if names is not None else "block")
    return Items([Thing(f"signal.SIG{name}") for name in sorted(before)])


def awaited(
    given: Given,
    asked: Any,
    until: float | None = None,
    field: str = "",
    nothing: int | None = None,
) -> Block:
    """`sigwait` and its kin: until one of these signals comes. field: of what it gives, that which
    holds the signal; "" for none. nothing: what it gives when the time is over.
    """
    names = names_of(given, asked) & given.machine.host.block(None, "block")
    for name in sorted(names):  # what is not blocked does what it does otherwise
        given.machine.install(name, "wait", given.node, given.code)
    given.machine.host.block(None, "block")
    listed = sorted(names)
    return Block("signal", listed, until, "goes-on", (field, nothing), then="signal")
