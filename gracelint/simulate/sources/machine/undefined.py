"""Names that nothing defines: to read one is an exception. And variables of the environment that
nothing sets, which a program asks for at its start and gives up without.

That is only said of a name which nothing in its own file gives a value and no other file may put
there. A file that the reader has left out a part of, or that may get names from elsewhere, decides
nothing; nor does what is only taken to be called, before a program is told to stop.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from gracelint.base import lazy
from gracelint.simulate.sources.machine.values import is_unset, unset, variable
from gracelint.syntax.code import tree

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator

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


# Variables of the environment -------------------------------------------------------------------

_ENVIRONMENT = frozenset({"env", "ENV", "_ENV", "environ", "getenv"})
_FUNCTIONS = frozenset({"getenv", "Getenv", "LookupEnv"})
_METHODS = frozenset(
    (
        "get",
        "fetch",
        "getOrDefault",
        "containsKey",
        "key?",
        "has_key?",
        "include?",
        "hasOwnProperty",
    )
)
_NAME = lazy.compile(r"[A-Z][A-Z0-9_]*\Z")
_ABSENT = frozenset({"nil?", "empty?", "blank?", "empty", "is_null", "isEmpty", "isBlank"})
_PRESENT = frozenset({"isset", "defined", "present?", "LookupEnv", "exists"})


def demanded(
    test: tree.Node, held: Callable[[tree.Node], Any], there: Container[str], *, when: bool
) -> list[Any]:
    """The variables that nothing sets and by whose absence a condition is true (when), or false.

    held: what a name stands for now. there: the variables that are set.
    """
    return [
        value
        for operand, absent in _operands(test)
        if absent is when
        for value in _variables(operand, held)
        if variable(value) not in there
    ]


def turns(
    test: tree.Node, held: Callable[[tree.Node], Any], there: Container[str], *, when: bool
) -> bool:
    """Whether a condition that is true (when), or false, is not so once such variables are set:
    all that it asks for is one of them, so that nothing else decides it alone.
    """
    decides = [
        not any(variable(value) not in there for value in _variables(operand, held))
        for operand, _ in _operands(test)
    ]
    return not any(decides)


def _operands(test: tree.Node) -> Iterator[tuple[tree.Node, bool]]:
    """What a condition asks for, and whether it holds where that is absent."""
    queue: list[tuple[tree.Node, bool]] = [(test, False)]
    while queue:
        node, absent = queue.pop()
        if isinstance(node, tree.Operation) and node.operator == "not":
            queue.append((node.operands[0], not absent))
        elif isinstance(node, tree.Operation) and node.operator in {"or", "and"}:
            queue += [(one, absent) for one in node.operands[::-1]]
        elif isinstance(node, tree.Operation) and node.operator[:2] in {"==", "!="}:
            left, right = node.operands
            if _is_nothing(right):
                yield left, (node.operator[0] == "=") is not absent
        elif isinstance(node, tree.Call) and (asked := _asked(node, absent=absent)) is not None:
            yield asked
        else:
            yield node, absent


def _asked(call: tree.Call, *, absent: bool) -> tuple[tree.Node, bool] | None:
    """What a function looks at that says whether something is there."""
    function = call.function
    name = function.name if isinstance(function, tree.Name | tree.Member) else ""
    if name not in _ABSENT | _PRESENT:
        return None
    by_itself = isinstance(function, tree.Member) and not call.arguments
    asked = function.object if by_itself and isinstance(function, tree.Member) else call
    return asked, absent is not (name in _ABSENT)


def _is_nothing(node: tree.Node) -> bool:
    if isinstance(node, tree.Name):
        return node.name in {"undefined", "null", "nil", "undef"}
    return isinstance(node, tree.Literal) and node.value in (None, "")


def _variables(operand: tree.Node, held: Callable[[tree.Node], Any]) -> Iterator[Any]:
    inside = tree.walk(operand)
    values = [held(one) for one in inside if isinstance(one, tree.Name | tree.Member)]
    yield from filter(is_unset, values)
    yield from (unset(name) for one in inside if _NAME.match(name := _looked_up(one, held)))


def _looked_up(node: tree.Node, held: Callable[[tree.Node], Any]) -> str:
    """The variable that is looked up in the environment; "" for all else."""
    if isinstance(node, tree.Member):
        return node.name if _is_environment(node.object) else ""
    key: tree.Node | None = None
    if isinstance(node, tree.Index):
        key = node.key if _is_environment(node.object) else None
    elif isinstance(node, tree.Call) and node.arguments:
        function = node.function
        name = function.name if isinstance(function, tree.Name | tree.Member) else ""
        of = function.object if isinstance(function, tree.Member) and name in _METHODS else None
        if name in _FUNCTIONS or (of is not None and _is_environment(of)):
            key = node.arguments[0].value
    elif isinstance(node, tree.Operation | tree.Other):  # `name in environment`
        parts = node.operands if isinstance(node, tree.Operation) else node.parts
        within = isinstance(node, tree.Other) or node.operator == "in"
        if within and len(parts) == 2 and _is_environment(parts[1]):
            key = parts[0]
    value = key.value if isinstance(key, tree.Literal) else held(key) if key is not None else ""
    return value if isinstance(value, str) else ""


def _is_environment(node: tree.Node) -> bool:
    if isinstance(node, tree.Call):
        return not node.arguments and _is_environment(node.function)
    return isinstance(node, tree.Name | tree.Member) and node.name.lstrip("$%") in _ENVIRONMENT
