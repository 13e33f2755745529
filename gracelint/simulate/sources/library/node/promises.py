"""Promises and call-backs that are turned into them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library.base import partial
from gracelint.simulate.sources.library.node.language import FUNCTION, FUNCTIONS, NODE, PROMISE
from gracelint.simulate.sources.library.plain import Table
from gracelint.simulate.sources.machine.values import (
    NOTHING,
    Bound,
    Closure,
    Items,
    Promise,
    Record,
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
    promise.heard = True
    kept, broken = given.get(0), given.get(1)
    if given.path == "catch":
        kept, broken = None, given.get(0)
    if given.path == "finally":
        kept = broken = Bound(Record("finally", {"function": kept, "promise": promise}), "call")
    reaction = (*map(_callable, (kept, broken)), following)
    if promise.all_of is not None:
        _hear_all(promise)
        given.machine.promise_settled(promise)
    if promise.done:
        given.machine.react(promise, reaction)
    else:
        given.machine.follow(promise, reaction)
    return following


def _callable(value: Any) -> Any:
    return value if isinstance(value, Closure | Bound | Thing) else None


def _finally(given: Given) -> Any:
    """The function is called without the value, which goes on to who comes next."""
    machine, promise = given.machine, given.receiver.fields["promise"]
    called, following = Promise(heard=True), Promise()
    outcome = Bound(Record("finally", {"promise": promise, "following": following}), "pass")
    called.reactions.append((outcome, None, following))
    machine.spawn(given.receiver.fields["function"], [], given.node, promise=called)
    return following


def _pass(given: Given) -> Any:
    promise, following = (given.receiver.fields[name] for name in ("promise", "following"))
    given.machine.resolve(following, promise.value, failed=promise.failed)
    return NOTHING


NODE.methods["finally"] = Table({"call": _finally, "pass": _pass})


@FUNCTIONS.add("Promise.all", "Promise.allSettled", "Promise.race", "Promise.any")
def _all(given: Given) -> Any:
    parts = given.get(0)
    if not isinstance(parts, Items):
        return NOTHING
    first = given.path in {"Promise.race", "Promise.any"}
    how = "any" if first else "all" if given.path == "Promise.all" else None
    return _hear_all(Promise(all_of=list(parts.items), value=how))


def _hear_all(promise: Promise) -> Promise:
    """What waits for several waits for each of them."""
    for part in promise.all_of or ():
        if isinstance(part, Promise):
            part.heard = True
    return promise


@FUNCTIONS.add("Promise.resolve")
def _kept(given: Given) -> Any:
    value = given.get(0)
    return value if isinstance(value, Promise) else Promise(done=True, value=value)


@FUNCTIONS.add("Promise.reject")
def _broken(given: Given) -> Any:
    promise = Promise()
    given.machine.resolve(promise, Thrown("Error", ("Error",), given.get(0)), failed=True)
    return promise


@FUNCTIONS.add("util.promisify")
def _promisify(given: Given) -> Any:
    value = given.get(0)
    if isinstance(value, Thing):
        return Thing({"setTimeout": "timers/promises.setTimeout"}.get(value.path, f"{value.path}~"))
    return Bound(value, "promised") if isinstance(value, Bound | Closure) else NOTHING


@FUNCTION.add("promised")
def _promised(given: Given) -> Any:
    promise = Promise()
    arguments = [*given.arguments, Bound(promise, "resolve-later")]
    given.machine.spawn(given.receiver, arguments, given.node)
    return promise


def _called(given: Given) -> Any:
    """`method.call(object, …)` of a method that knows its object; `bind` keeps what it is given."""
    if given.path == "bind":
        rest = given.arguments[1:]
        return partial(given.receiver, rest) if rest else given.receiver
    return given.machine.enter(given.strand, given.receiver, given.arguments[1:], {}, given.node)


NODE.methods["bound"] = Table({"promised": _promised, "call": _called, "bind": _called})


@PROMISE.add("resolve-later")
def _resolve_later(given: Given) -> Any:
    """Called as call-backs are: with an exception, or with nothing and a value."""
    thrown, value = given.get(0), given.get(1, default=NOTHING)
    failed = isinstance(thrown, Record | Thrown)
    failed = failed or (isinstance(thrown, Thing) and thrown.path.endswith("Error()"))
    given.machine.resolve(given.receiver, thrown if failed else value, failed=failed)
    return None
