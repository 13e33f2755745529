"""Whether a branch can matter for which processes a container has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint import atlas
from gracelint.syntax.shell import tree
from gracelint.syntax.shell.parse import walk

if TYPE_CHECKING:
    from gracelint.simulate.shell.state import Shell

_BUILTINS = frozenset(
    (
        *("echo", "printf", ":", "true", "test", "[", "cd", "umask", "ulimit", "hash", "type"),
        *("unalias", "alias", "shopt", "pushd", "popd"),
    )
)
_MATTERS = (tree.Assignment, tree.Function, tree.Coprocess, tree.Unread, tree.While)


def harmless(name: str) -> bool:
    """Whether what a command does cannot matter for which processes there are."""
    return name in _BUILTINS or atlas.says(name, "inert")


def inert(shell: Shell, node: tree.If) -> bool:
    """Whether no branch starts, ends, waits or sets anything: then it need not be decided."""
    memo = shell.world.scripts.names
    if id(node) not in memo:
        memo[id(node)] = _names(node)
    names = memo[id(node)]
    return names is not None and not any(name in shell.vars.functions for name in names)


def _names(node: tree.If) -> frozenset[str] | None:
    """The commands within a node when they and all else there are harmless; else None."""
    names: set[str] = set()
    for inner in walk(node):
        if isinstance(inner, _MATTERS) or (isinstance(inner, tree.Item) and inner.background):
            return None
        if isinstance(inner, tree.Simple) and inner.words:
            name = inner.name or ""
            if not harmless(name):
                return None
            names.add(name)
    return frozenset(names)
