"""Variables of the environment that a program asks for at its start, and gives up without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.base import lazy
from gracelint.simulate.sources.machine.values import is_unset, unset
from gracelint.syntax.code import tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ENVIRONMENT = frozenset({"env", "ENV", "_ENV", "environ", "getenv", "Getenv", "LookupEnv"})
_NAME = lazy.compile(r"[A-Z][A-Z0-9_]*\Z")
_ABSENT = frozenset({"nil?", "empty?", "blank?", "empty", "is_null", "isEmpty", "isBlank"})
_PRESENT = frozenset({"isset", "defined", "present?", "LookupEnv", "exists"})


def demanded(test: tree.Node, held: Callable[[tree.Node], Any], *, when: bool) -> list[Any]:
    """The variables that nothing sets and by whose absence a condition is true (when), or false.

    held: what a name stands for now.
    """
    return [
        value
        for operand, absent in _operands(test)
        if absent is when
        for value in _variables(operand, held)
    ]


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
    words = {one.name.lstrip("$%") for one in inside if isinstance(one, tree.Name | tree.Member)}
    if words & _ENVIRONMENT:
        named = [one.value for one in inside if isinstance(one, tree.Literal)]
        named += [one.name for one in inside if isinstance(one, tree.Member)]
        yield from (unset(n) for n in named if isinstance(n, str) and _NAME.match(n))
