"""What watches files, and keeps a program going until it is closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library.node.language import FUNCTIONS, NODE
from gracelint.simulate.sources.library.plain import Table
from gracelint.simulate.sources.machine.values import NOTHING, Promise, Record, spelled

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.state import Given

_WATCHER = NODE.methods["watcher"] = Table()


@FUNCTIONS.add("fs.watch", "fs.watchFile", "chokidar.watch")
def _watch(given: Given) -> Any:
    options, watcher = given.get(1), Record("watcher")
    watcher.fields["keeper"] = ("watcher", id(watcher))
    if not isinstance(options, Record) or options.fields.get("persistent") is not False:
        given.machine.keepers[watcher.fields["keeper"]] = True
        if given.path == "fs.watchFile":
            by_path = given.machine.mode.setdefault("watched-files", {})
            by_path.setdefault(spelled(given.get(0)), []).append(watcher.fields["keeper"])
    return watcher


@FUNCTIONS.add("fs.unwatchFile")
def _unwatch_file(given: Given) -> Any:
    by_path = given.machine.mode.get("watched-files", {})
    for keeper in by_path.pop(spelled(given.get(0)), ()):
        given.machine.keepers.pop(keeper, None)
    return NOTHING


@_WATCHER.add("close", "unref", "unwatch")
def _close(given: Given) -> Any:
    if given.path != "unwatch":
        given.machine.effects += 1
        given.machine.keepers.pop(given.receiver.fields["keeper"], None)
    return Promise(done=True) if given.path == "close" else given.receiver


@_WATCHER.add("on", "once", "add", "ref")
def _on(given: Given) -> Any:
    return given.receiver
