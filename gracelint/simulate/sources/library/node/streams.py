"""Streams of Node.js that read what a generator gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library.node.language import FUNCTIONS, NODE
from gracelint.simulate.sources.machine.code import compile_function
from gracelint.simulate.sources.machine.values import (
    NOTHING,
    Closure,
    Generator,
    Record,
    Scope,
    Thing,
)
from gracelint.syntax.code import tree

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.state import Given


@FUNCTIONS.add("stream.Readable.from")
def _readable(given: Given) -> Any:
    """Whoever reads it gets what the generator gives."""
    return given.get(0) if isinstance(given.get(0), Generator) else NODE.unknown(given)


@FUNCTIONS.add("stream.pipeline", "stream.promises.pipeline", "stream/promises.pipeline")
def _pipeline(given: Given) -> Any:
    """It goes on until the generator gives no more; then the last function is called, unless it
    gives a promise. A function may also be a stage, which decides itself how long it goes on.
    """
    source, last = given.get(0), given.arguments[-1] if given.arguments else NOTHING
    ended = isinstance(last, Record) and "signal" in last.fields
    called = given.path == "stream.pipeline" and _is_callback(last)
    stages = given.arguments[1 : -1 if called else None]
    if not isinstance(source, Generator) or ended or not all(map(_is_plain, stages)):
        return NODE.unknown(given)
    at = given.node.start, given.node.end
    item, items = tree.Name(*at, "\0item"), tree.Name(*at, "\0source")
    body: tree.Block = (tree.Each(*at, item, items, ()),)
    if called:
        body += (tree.Call(*at, tree.Name(*at, "\0done"), ()),)
    function = tree.Function(*at, "", (), body, deferred=True)
    code = compile_function(function, given.code, NODE.dialect)
    scope = Scope({"\0source": source, "\0done": last}, of_function=True)
    return given.machine.enter(given.strand, Closure(code, scope), [], {}, given.node)


def _is_callback(value: Any) -> bool:
    """Whether a function is only called, rather than read from."""
    if not isinstance(value, Closure) or value.code.generator:
        return False
    return value.code.function is not None and not value.code.function.deferred


_PLAIN = ("process.std", "fs.", "stream.", "zlib.")


def _is_plain(value: Any) -> bool:
    """Whether a stage, or a record of options, takes all that it is given."""
    return isinstance(value, Record) or (isinstance(value, Thing) and value.path.startswith(_PLAIN))
