"""Modules that a JavaScript program loads."""

from __future__ import annotations

from typing import Any

from gracelint.simulate.sources.library.node.language import FUNCTIONS, NODE
from gracelint.simulate.sources.library.plain import from_json
from gracelint.simulate.sources.machine.state import ENTERED, Given
from gracelint.simulate.sources.machine.values import (
    NOTHING,
    spelled,
)
from gracelint.syntax.code import tree


@FUNCTIONS.add("require", "import", "module.require", "require.main.require")
def _require(given: Given) -> Any:
    name = spelled(given.get(0))
    machine = given.machine
    if name is None:
        machine.unknown += 1
        machine.unread.append("what it loads is computed")
        return NOTHING
    node = tree.Import(given.node.start, given.node.end, name)
    path = machine.host.module(node, given.code, "")
    if not path:
        NODE.missing(machine, name)
        return NODE.package(machine, name)
    if path.endswith(".json"):
        return from_json(machine.host.contents(path))
    if NODE.loaded(machine, given.strand, path):
        return NODE.exports(machine, path)
    frame = given.strand.frames[-1]
    frame.gives, frame.target = "module", path
    return ENTERED


@FUNCTIONS.add("require.resolve")
def _resolve(given: Given) -> Any:
    """The path of a file of the program's own."""
    name = spelled(given.get(0))
    if name is None:
        return NOTHING
    node = tree.Import(given.node.start, given.node.end, name)
    return given.machine.host.module(node, given.code, "") or NOTHING
