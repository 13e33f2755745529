"""Promises and call-backs that are turned into them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library.node.language import FUNCTIONS, NODE, PROMISE
from gracelint.simulate.sources.library.plain import Table
from gracelint.simulate.sources.machine.values import (
    NOTHING,
    Bound,
    Closure,
    Items,
    Promise,
    Thing,
    Thrown,
)

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.state import Given


@FUNCTIONS.add("Promise")
def _promise(given: Given) -> Any:
    promise = Promise()
    executor = given.get(0)
    if isinstance(executor, Closure):
        resolve, reject = Bound(promise, "resolve"), Bound(promise, "reject")
        given.machine.spawn(executor, [resolve, reject], given.node)
    return promise


@PROMISE.add("resolve", "reject")
def _settle(given: Given) -> Any:
    failed = given.path == "reject"
    value = given.get(0)
    thrown = Thrown("Error", ("Error",), value) if failed else value
    given.machine.resolve(given.receiver, thrown, failed=failed)
    return None


@PROMISE.add("then", "finally", "catch")
def then(given: Given) -> Any:
    """What follows a promise."""
    promise, following = given.receiver, Promise()
    function = given.get(0)
    if given.path == "catch" or not isinstance(function, Closure | Bound):
        function = None
    if promise.all_of is not None:
        given.machine.promise_settled(promise)
    if promise.done and not promise.failed:
        if function is None:
            given.machine.resolve(following, promise.value)
        else:
            given.machine.spawn(function, [promise.value], given.node, promise=following)
    elif promise.done:
        caught = given.get(0) if given.path != "then" else given.get(1)
        if isinstance(caught, Closure | Bound):
            given.machine.spawn(caught, [promise.value], given.node, promise=following)
        else:
            given.machine.resolve(following, promise.value, failed=True)
    else:
        promise.reactions.append((function, following))
    return following


@FUNCTIONS.add("Promise.all", "Promise.allSettled", "Promise.race", "Promise.any")
def _all(given: Given) -> Any:
    parts = given.get(0)
    if not isinstance(parts, Items):
        return NOTHING
    first = given.path in {"Promise.race", "Promise.any"}
    return Promise(all_of=list(parts.items), value="any" if first else None)


@FUNCTIONS.add("Promise.resolve", "Promise.reject")
def _kept(given: Given) -> Any:
    value = given.get(0)
    if isinstance(value, Promise):
        return value
    return Promise(done=True, value=value, failed=given.path == "Promise.reject")


@FUNCTIONS.add("util.promisify")
def _promisify(given: Given) -> Any:
    value = given.get(0)
    if isinstance(value, Thing):
        return Thing({"setTimeout": "timers/promises.setTimeout"}.get(value.path, f"{value.path}~"))
    if isinstance(value, Bound):
        return Bound(value, "promised")
    return NOTHING


def _promised(given: Given) -> Any:
    promise = Promise()
    given.machine.enter(
        given.strand,
        given.receiver,
        [*given.arguments, Bound(promise, "resolve-later")],
        {},
        given.node,
    )
    return promise


NODE.methods["bound"] = Table({"promised": _promised})


@PROMISE.add("resolve-later")
def _resolve_later(given: Given) -> Any:
    given.machine.resolve(given.receiver, NOTHING)
    return None
