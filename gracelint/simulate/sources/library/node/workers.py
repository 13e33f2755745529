"""Threads of a JavaScript program, which keep it going as long as they have something to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.base import lazy
from gracelint.base.paths import absolute
from gracelint.simulate.sources.library.node.language import FUNCTIONS, NODE
from gracelint.simulate.sources.library.plain import Table
from gracelint.simulate.sources.machine.values import NOTHING, Promise, Record, spelled

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.state import Given

_LASTS = lazy.compile(
    r"\bsetInterval\s*\(|\bparentPort\s*[?!]?\s*\.\s*(?:on|once|addListener)\s*\(|\.\s*listen\s*\("
    r"|\bwhile\s*\(\s*(?:true|1)\s*\)|\bfor\s*\(\s*;\s*;"
)
"""What a thread does that does not end by itself."""
_WORKER = NODE.methods["thread"] = Table()


@FUNCTIONS.add("worker_threads.Worker", "Worker")
def _worker(given: Given) -> Any:
    """Signals come to the main thread alone; a thread whose file is not in sight may end."""
    machine, worker = given.machine, Record("thread", open=True)
    name = spelled(given.get(0))
    folder = machine.mode.get("cwd") or machine.environment["workdir"]
    text = machine.host.contents(absolute(name, folder)) if name is not None else None
    worker.fields["keeper"] = ("thread", id(worker))
    if text is None:
        machine.unknown += 1
        machine.keepers[worker.fields["keeper"]] = False
    elif _LASTS.search(text):
        machine.keepers[worker.fields["keeper"]] = True
    worker.fields["\0text"] = text
    return worker


@_WORKER.add("terminate")
def _terminate(given: Given) -> Any:
    given.machine.effects += 1
    given.machine.keepers.pop(given.receiver.fields["keeper"], None)
    for function in given.receiver.fields.get("\0events", {}).pop("exit", ()):
        given.machine.spawn(function, [1], given.node)
    return Promise(done=True, value=1)


@_WORKER.add("unref")
def _unref(given: Given) -> Any:
    given.machine.keepers.pop(given.receiver.fields["keeper"], None)
    return NOTHING


@_WORKER.add("postMessage")
def _post(given: Given) -> Any:
    """What a thread makes of a message while the program stops is not followed; one that it does
    not listen for, or has no words of, ends nothing.
    """
    machine, keeper = given.machine, given.receiver.fields["keeper"]
    heeds = _heeds(given.receiver.fields.get("\0text"), given.get(0))
    if machine.mode.get("told") and keeper in machine.keepers and heeds:
        machine.unknown += 1
        machine.keepers[keeper] = False
    return NOTHING


def _heeds(text: str | None, message: Any) -> bool:
    if text is None:
        return True
    values = message.fields.values() if isinstance(message, Record) else (message,)
    words = [value for value in values if isinstance(value, str)]
    return "message" in text and (not words or any(word in text for word in words))


@_WORKER.add("on", "once", "addListener")
def _on(given: Given) -> Any:
    event = spelled(given.get(0))
    if event is not None:
        events = given.receiver.fields.setdefault("\0events", {})
        events.setdefault(event, []).append(given.get(1))
    return given.receiver


@_WORKER.add("off", "removeListener", "removeAllListeners", "ref")
def _nothing(given: Given) -> Any:
    return given.receiver
