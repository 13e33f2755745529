"""Names that nothing defines: to read one is an exception.

It is only looked for once a program is told to stop: what it does at its start has run wherever it
was started, what its handlers do may never have.
That is only said of a name which stands nowhere in the program but where it is read. A file that
the reader has left out a part of, or that may get names from elsewhere, decides nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gracelint.base import lazy
from gracelint.syntax.code import tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gracelint.simulate.sources.machine.code import Code

_FROM_ELSEWHERE = lazy.compile(
    r"\b(?:eval|exec|globals|locals|setattr|builtins|__builtins__|ctypes|gettext)\b"
    r"|import\s*\*|\bwith\s*\(|/global\b|\bnew Function\b"
)
"""What may give a file names that stand in no file."""


def is_undefined(name: str, code: Code, every: Iterable[Code]) -> bool:
    """Whether a name that a file reads is defined nowhere. every: all files of the program."""
    if not name.isidentifier() or name.isupper() or name.startswith("__"):
        return False  # what a build puts in is mostly called so
    others = [one for one in every if one.path != code.path]
    if any(name in one.names for one in others):
        return False
    whole = next((one for one in every if one.path == code.path), None)
    if whole is None or _FROM_ELSEWHERE.search(code.text.text):
        return False
    uses = list(_uses(whole, name))
    word = re.compile(rf"(?<![\w.$]){re.escape(name)}(?![\w$])")
    return all(uses) and len(uses) == len(word.findall(code.text.text))


def _uses(whole: Code, name: str) -> Iterator[bool]:
    """Of each place in a file that has a name: whether it is only read there."""
    queue = [whole]
    while queue:
        code = queue.pop()
        if code.function is not None:
            yield from (False for p in code.function.parameters if p.name == name)
        for instruction, argument, node in code.instructions:
            if instruction == "load" and argument == name:
                yield True
            elif _gives(instruction, argument, node, name):
                yield False
            elif instruction == "function":
                queue.append(argument)
            elif instruction == "class":
                queue.append(argument[0])


def _gives(instruction: str, argument: object, node: tree.Node, name: str) -> bool:
    """Whether an instruction gives a name a value, or may."""
    if instruction in {"store", "declare", "define", "set-member"}:
        return argument == name
    if instruction == "catch" and isinstance(argument, tuple):
        return bool(argument[2] == name)
    if instruction == "import" and isinstance(node, tree.Import):
        return any(local == name for _, local in node.names)
    return False
