"""Pointers of Go, and the copies that structs are where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library.golang.language import FUNCTIONS
from gracelint.simulate.sources.machine.calls import owner_of
from gracelint.simulate.sources.machine.names import member_of
from gracelint.simulate.sources.machine.properties import holder_of
from gracelint.simulate.sources.machine.values import NOTHING, Record

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.state import Given

_PLAIN = (bool, int, float, str)


@FUNCTIONS.add("\0address")
def _address(given: Given) -> Any:
    """`&value`; of a variable or a field that holds a number or a text, the place itself."""
    value, name, target = given.get(0), given.get(1), given.get(2)
    if isinstance(value, Record):
        value.pointed = True
    if not isinstance(value, _PLAIN):
        return value
    if not isinstance(name, str):
        return Record("pointer", {"to": Record("object", {"": value}), "name": ""})
    if isinstance(target, Record):
        return Record("pointer", {"to": target, "name": name})
    frames = given.strand.frames
    scope = owner_of(frames[-1].scope, name) if frames and not given.has(2) else None
    return value if scope is None else Record("pointer", {"in": scope, "name": name})


@FUNCTIONS.add("\0pointed")
def _pointed(given: Given) -> Any:
    """`*pointer`."""
    pointer = given.get(0)
    if not isinstance(pointer, Record) or pointer.kind != "pointer":
        return pointer
    if "to" in pointer.fields:
        return member_of(given.machine, pointer.fields["to"], pointer.fields["name"])
    return pointer.fields["in"].names.get(pointer.fields["name"], NOTHING)


@FUNCTIONS.add("\0put")
def _put(given: Given) -> Any:
    """`*pointer = value`."""
    pointer, value = given.get(0), given.get(1)
    given.machine.effects += 1
    if not isinstance(pointer, Record):
        return None
    if pointer.kind != "pointer":
        if isinstance(value, Record) and value.of is pointer.of:
            pointer.fields = dict(value.fields)
        return None
    if "to" in pointer.fields:
        to, name = pointer.fields["to"], pointer.fields["name"]
        holder_of(to, name).fields[name] = value
    else:
        pointer.fields["in"].names[pointer.fields["name"]] = value
    return None


@FUNCTIONS.add("\0copied")
def _copied(given: Given) -> Any:
    """A struct as it is given on: of the type that is named, or reached by no pointer so far."""
    value, kind = given.get(0), given.get(1)
    if not isinstance(value, Record) or value.kind != "object" or value.of is None:
        return value
    copied = value.of.name == kind if kind is not None else not value.pointed
    if copied or given.path == "\0received":
        return Record("object", dict(value.fields), value.of, value.open)
    return value


FUNCTIONS["\0received"] = _copied
