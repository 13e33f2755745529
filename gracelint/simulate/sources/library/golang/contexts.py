"""Contexts, which end when they are told to, or when a signal comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library.base import alive, tell
from gracelint.simulate.sources.library.golang.channels import (
    CLOSED,
    channel,
    is_closed,
    pause,
    put,
)
from gracelint.simulate.sources.library.golang.language import CANCELLED, FUNCTIONS, GO
from gracelint.simulate.sources.library.plain import Table
from gracelint.simulate.sources.machine.values import NOTHING, Bound, Closure, Items, Record

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.state import Given

_CONTEXT = GO.methods["context"] = Table()


def derived(given: Given, parent: Any) -> Record:
    """A context that ends with another."""
    context = Record("context", {"done": channel(), "kids": Items([]), "commands": Items([])})
    if isinstance(parent, Record) and parent.kind == "context":
        parent.fields["kids"].items.append(context)
        if is_closed(given.machine, parent.fields["done"]):
            put(given.machine, context.fields["done"], CLOSED)
    return context


@FUNCTIONS.add("context.Background", "context.TODO")
def _background(given: Given) -> Any:
    return derived(given, None)


@FUNCTIONS.add("context.WithValue", "context.WithoutCancel")
def _same(given: Given) -> Any:
    return given.get(0)


@FUNCTIONS.add("context.WithCancel", "context.WithCancelCause")
def _with_cancel(given: Given) -> Any:
    context = derived(given, given.get(0))
    return Items([context, Bound(context, "\0cancel")])


@FUNCTIONS.add("context.WithTimeout", "context.WithDeadline")
def _with_timeout(given: Given) -> Any:
    context = derived(given, given.get(0))
    if given.path.endswith("Timeout"):
        context.fields["done"].fields["due"] = given.machine.host.now() + pause(given, 1)
        context.fields["done"].fields["again"] = True
    return Items([context, Bound(context, "\0cancel")])


@_CONTEXT.add("Done")
def _done(given: Given) -> Any:
    return given.receiver.fields["done"]


@_CONTEXT.add("Err")
def _err(given: Given) -> Any:
    return CANCELLED if is_closed(given.machine, given.receiver.fields["done"]) else None


@_CONTEXT.add("Value", "Deadline")
def _value(_given: Given) -> Any:
    return NOTHING


@_CONTEXT.add("\0cancel")
def cancel(given: Given) -> Any:
    """End a context and those derived from it; commands that were started with it are killed."""
    queue = [given.receiver]
    while queue:
        context = queue.pop()
        if is_closed(given.machine, context.fields["done"]):
            continue
        put(given.machine, context.fields["done"], CLOSED)
        queue += context.fields["kids"].items
        for command in context.fields["commands"].items:
            _end(given, command)
    return None


def _end(given: Given, command: Record) -> None:
    child = command.fields.get("Process")
    if child is None or not alive(given, child):
        return
    own = command.fields.get("Cancel")
    if isinstance(own, Closure | Bound):
        given.machine.spawn(own, [], given.node)
    else:
        tell(given, child, "KILL")
