"""Names that nothing defines: to read one is an exception.

That is only said of a name which nothing in its own file gives a value and no other file may put
there. A file that the reader has left out a part of, or that may get names from elsewhere, decides
nothing; nor does what is only taken to be called, before a program is told to stop. What builds
give a JavaScript program is seldom in sight: there, it is only looked for once it is told to stop.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

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


def is_undefined(name: str, code: Code, every: Iterable[Code], *, leaks: bool) -> bool:
    """Whether a name that a file reads is defined nowhere.

    every: all files of the program. leaks: whether what one file gives a value without declaring
    it, and what builds put in, is there for all (JavaScript).
    """
    if not name.isidentifier() or (leaks and name.isupper()) or name.startswith("__"):
        return False  # what a build puts in is mostly called so
    others = [one for one in every if one.path != code.path]
    if any(name in one.names and _gives_away(one, name, leaks=leaks) for one in others):
        return False
    whole = next((one for one in every if one.path == code.path), None)
    if whole is None or _FROM_ELSEWHERE.search(code.text.text):
        return False
    uses = list(_uses(whole, name))
    word = re.compile(rf"(?:(?<![\w.$])|(?<=\.\.\.)){re.escape(name)}(?![\w$])")
    return all(uses) and len(uses) == len(word.findall(code.text.text))


def _gives_away(other: Code, name: str, *, leaks: bool) -> bool:
    """Whether a file may give another one a variable."""
    if _SETS_ELSEWHERE.search(other.text.text):
        return True
    places = list(_instructions(other))
    if any(does == "set-member" and argument == name for does, argument, _ in places):
        return True
    stored = any(does == "store" and argument == name for does, argument, _ in places)
    declared = any(does == "declare" and argument == name for does, argument, _ in places)
    return leaks and stored and not declared


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


def _uses(whole: Code, name: str) -> Iterator[bool]:
    """Of each place in a file that has a name: whether it is only read there."""
    if whole.function is not None:
        yield from (False for p in whole.function.parameters if p.name == name)
    for instruction, argument, node in _instructions(whole):
        if instruction == "function" and argument.function is not None:
            yield from (False for p in argument.function.parameters if p.name == name)
        if instruction == "load" and argument == name:
            yield True
        elif _gives(instruction, argument, node, name):
            yield False


def _gives(instruction: str, argument: object, node: tree.Node, name: str) -> bool:
    """Whether an instruction gives a name a value, or may."""
    if instruction in {"store", "declare", "define", "set-member"}:
        return argument == name
    if instruction == "catch" and isinstance(argument, tuple):
        return bool(argument[2] == name)
    if instruction == "import" and isinstance(node, tree.Import):
        return any(local == name for _, local in node.names)
    return False
