"""Modules that a JavaScript program loads."""

from __future__ import annotations

from typing import Any

from gracelint.base import lazy
from gracelint.base.paths import absolute, folder_of
from gracelint.simulate.sources.library.node.language import (
    FUNCTIONS,
    NODE,
    as_built,
    as_written,
)
from gracelint.simulate.sources.library.plain import from_json
from gracelint.simulate.sources.machine.state import ENTERED, Given
from gracelint.simulate.sources.machine.values import NOTHING, Thing, spelled
from gracelint.syntax.code import tree


@FUNCTIONS.add("require", "import", "module.require", "require.main.require")
def _require(given: Given) -> Any:
    name = spelled(given.get(0))
    machine = given.machine
    if name is None:
        machine.unknown += 1
        machine.unread.append("what it loads is computed")
        return NOTHING
    node = tree.Import(given.node.start, given.node.end, as_written(machine, name))
    path = machine.host.module(node, given.code, "")
    if not path:
        NODE.missing(machine, name, given.code)
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
    node = tree.Import(given.node.start, given.node.end, as_written(given.machine, name))
    return given.machine.host.module(node, given.code, "") or NOTHING


_SCHEME = lazy.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")


@FUNCTIONS.add("URL", "url.URL")
def _url(given: Given) -> Any:
    """`new URL('./x.js', import.meta.url)` is known by the path of that file."""
    name, folder = spelled(given.get(0)), _folder_of(given, given.get(1))
    if name is None or folder is None or _SCHEME.match(name):
        return NOTHING
    return absolute(name, folder)


@FUNCTIONS.add("url.fileURLToPath")
def _path_of_url(given: Given) -> Any:
    value = given.get(0)
    if _folder_of(given, value) is not None:
        return as_built(given.machine, given.code.path)
    return value if isinstance(value, str) and value.startswith("/") else NOTHING


def _folder_of(given: Given, base: Any) -> str | None:
    """The folder of the file at hand, where that is what an address is beside."""
    own = isinstance(base, Thing) and base.path == "import.meta.url"
    path = given.code.path
    return folder_of(as_built(given.machine, path)) or "/" if own and path[:1] == "/" else None
