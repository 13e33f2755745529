"""The options that a Go program is given: `flag`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gracelint.base import durations, lazy
from gracelint.base.integers import MAX_DIGITS, whole
from gracelint.simulate.sources.library.golang.language import FUNCTIONS
from gracelint.simulate.sources.machine.values import NOTHING, Items, Record

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.machine import Machine
    from gracelint.simulate.sources.machine.state import Given

_NUMBERS = ("Int", "Int64", "Uint", "Uint64")
_KINDS = ("String", "Bool", *_NUMBERS, "Float64", "Duration")
_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False"})
_OPTION = lazy.compile(r"--?([^-=\s][^=]*)(?:=(.*))?", re.DOTALL)


@FUNCTIONS.add(*(f"flag.{kind}" for kind in _KINDS))
def _defined(given: Given) -> Any:
    """`flag.Int("port", 80, "…")`: where its value will stand."""
    default = given.get(1) if given.has(1) else NOTHING
    pointer = Record("pointer", {"to": Record("object", {"": default}), "name": ""})
    _note(given.machine, given.get(0), given.path.removeprefix("flag."), pointer)
    return pointer


@FUNCTIONS.add(*(f"flag.{kind}Var" for kind in _KINDS))
def _defined_there(given: Given) -> Any:
    """`flag.IntVar(&port, "port", 80, "…")`: a variable that is there already."""
    pointer, kind = given.get(0), given.path.removeprefix("flag.").removesuffix("Var")
    _note(given.machine, given.get(1), kind, pointer)
    _put(given, pointer, given.get(2) if given.has(2) else NOTHING)
    return None


@FUNCTIONS.add("flag.Var", "flag.Func", "flag.TextVar")
def _other(given: Given) -> Any:
    """One whose value the program reads itself."""
    given.machine.unknown += 1
    _note(given.machine, given.get(given.path != "flag.Func"), "", None)
    return None


def _note(machine: Machine, name: Any, kind: str, pointer: Any) -> None:
    flags = machine.mode.setdefault("flags", {})
    flags[name if isinstance(name, str) else ""] = kind, pointer


def _put(given: Given, pointer: Any, value: Any) -> None:
    if isinstance(pointer, Record) and pointer.kind == "pointer":
        inner = [pointer, value]
        given.arguments, before = inner, given.arguments
        FUNCTIONS["\0put"](given)
        given.arguments = before


@FUNCTIONS.add("flag.Parse")
def _parse(given: Given) -> Any:
    """Options stand in front of the first word that is none. What is not told of one is not known
    of any that follows.
    """
    machine = given.machine
    flags, words = machine.mode.get("flags", {}), list(machine.environment["argv"][1:])
    machine.mode["given"] = Items([], whole=False)
    while words and isinstance(words[0], str) and words[0][:1] == "-" and words[0] != "-":
        word = words.pop(0)
        if word == "--":
            break
        option = _OPTION.fullmatch(word)
        kind, pointer = flags.get(option[1], (None, None)) if option is not None else (None, None)
        if option is None or kind is None:
            return _all_open(given)
        value: Any = option[2]
        if value is None and kind != "Bool":
            value = words.pop(0) if words else None
        _put(given, pointer, _read(kind, "true" if option[2] is None and kind == "Bool" else value))
    if words and words[0] is None:
        return _all_open(given)
    machine.mode["given"] = Items([NOTHING if word is None else word for word in words])
    return None


def _all_open(given: Given) -> None:
    for _, pointer in given.machine.mode.get("flags", {}).values():
        _put(given, pointer, NOTHING)


def _read(kind: str, text: Any) -> Any:
    """The value that an option's word stands for."""
    if not isinstance(text, str):
        return NOTHING
    if kind == "String":
        return text
    if kind == "Bool":
        return True if text in _TRUE else False if text in _FALSE else NOTHING
    if kind == "Duration":
        seconds = durations.go(text)
        return NOTHING if seconds is None else seconds
    number = whole(text) if kind in _NUMBERS and len(text) <= MAX_DIGITS else None
    return NOTHING if number is None else number


@FUNCTIONS.add("flag.Args")
def _rest(given: Given) -> Any:
    """The words behind the options."""
    return given.machine.mode.get("given", Items([]))


@FUNCTIONS.add("flag.NArg")
def _count(given: Given) -> Any:
    rest = _rest(given)
    return len(rest.items) if rest.whole else NOTHING


@FUNCTIONS.add("flag.Arg")
def _one(given: Given) -> Any:
    rest, at = _rest(given), given.get(0)
    if not rest.whole or not isinstance(at, int) or isinstance(at, bool):
        return NOTHING
    return rest.items[at] if 0 <= at < len(rest.items) else ""


@FUNCTIONS.add("flag.Parsed")
def _parsed(given: Given) -> Any:
    return "given" in given.machine.mode
