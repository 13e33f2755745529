"""Names that nothing defines: to read one is an exception.

That is only said of a name which nothing in its own file gives a value and no other file may put
there. A file that the reader has left out a part of, or that may get names from elsewhere, decides
nothing; nor does what is only taken to be called, before a program is told to stop.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from gracelint.base import lazy
from gracelint.syntax.code import tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gracelint.simulate.sources.machine.code import Code

_FROM_ELSEWHERE = lazy.compile(
    r"\b(?:eval|exec|globals|locals|setattr|builtins|__builtins__|ctypes|gettext)\b"
    r"|import\s*\*|\bwith\s*\(|/global\b|\bnew Function\b|</|/>"
    r"|\b(?:declare|enum|namespace)\s+\w|\bimport\s+\w+\s*="
)
"""What may give a file names that stand in no file."""
_SETS_ELSEWHERE = lazy.compile(
    r"\b(?:eval|exec|setattr|builtins|__builtins__|__dict__|global|globalThis|globals|window|vm)\b"
)
"""What may give another file names."""
_WORD = lazy.compile(r"(?:(?<![\w.$])|(?<=\.\.\.))[\w$]+")


class _Names(NamedTuple):
    """What a file does with its names.

    open, sets: whether it may get names from elsewhere, and give others some, in ways that are not
    seen. given: names that get a value. members: names of members that are set. leaked: names that
    get a value without being declared. read, stand: how often a name is read, and stands there.
    """

    open: bool
    sets: bool
    given: frozenset[str]
    members: frozenset[str]
    leaked: frozenset[str]
    read: Counter[str]
    stand: Counter[str]


def is_undefined(name: str, code: Code, every: Iterable[Code], *, leaks: bool) -> bool:
    """Whether a name that a file reads is defined nowhere.

    every: all files of the program. leaks: whether what one file gives a value without declaring
    it is there for all (JavaScript).
    """
    if not name.isidentifier() or name.startswith("__"):
        return False
    whole = None
    for one in every:
        if one.path == code.path:
            whole = whole or one
        elif name in one.names:
            there = _names(one)
            if there.sets or name in there.members or (leaks and name in there.leaked):
                return False
    if whole is None:
        return False
    here = _names(whole)
    unset = not here.open and name not in here.given
    return unset and here.read[name] == here.stand[name]


@lru_cache(maxsize=64)
def _names(whole: Code) -> _Names:
    text = whole.text.text
    given: dict[str, set[str]] = {}
    read: Counter[str] = Counter()
    for instruction, argument, node in _instructions(whole):
        if instruction == "load":
            read[argument] += 1
        else:
            given.setdefault(instruction, set()).update(_gives(instruction, argument, node))
    given["parameter"] = {p.name for p in whole.function.parameters} if whole.function else set()
    return _Names(
        open=_FROM_ELSEWHERE.search(text) is not None,
        sets=_SETS_ELSEWHERE.search(text) is not None,
        given=frozenset().union(*given.values()),
        members=frozenset(given.get("set-member", ())),
        leaked=frozenset(given.get("store", set()) - given.get("declare", set())),
        read=read,
        stand=Counter(_WORD.findall(text)),
    )


def _instructions(whole: Code) -> Iterator[tuple[str, Any, tree.Node]]:
    """The instructions of a file, those of its functions and classes included."""
    queue = [whole]
    while queue:
        code = queue.pop()
        for instruction, argument, node in code.instructions:
            yield instruction, argument, node
            if instruction == "function":
                queue.append(argument)
            elif instruction == "class":
                queue.append(argument[0])


def _gives(instruction: str, argument: Any, node: tree.Node) -> Iterable[str]:
    """The names that an instruction gives a value, or may."""
    if instruction in {"store", "declare", "define", "set-member"}:
        return (argument,)
    if instruction == "catch" and isinstance(argument, tuple):
        return (argument[2],) if argument[2] else ()
    if instruction == "import" and isinstance(node, tree.Import):
        return (local for _, local in node.names if local)
    if instruction == "function" and argument.function is not None:
        return (p.name for p in argument.function.parameters)
    return ()
