"""Whether a branch can matter for which processes a container has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.syntax.shell import tree
from gracelint.syntax.shell.parse import walk

if TYPE_CHECKING:
    from gracelint.simulate.shell.state import Shell

HARMLESS = frozenset(
    [
        "echo",
        "printf",
        ":",
        "true",
        "test",
        "[",
        "cd",
        "umask",
        "ulimit",
        "mkdir",
        "chown",
        "chmod",
        "cp",
        "rm",
        "ln",
        "touch",
        "mv",
        "install",
        "sed",
        "cat",
        "envsubst",
        "tee",
        "find",
        "grep",
        "sleep",
        "ls",
        "id",
        "hash",
        "type",
        "unalias",
        "alias",
        "shopt",
        "pushd",
        "popd",
        "sync",
        "date",
        "tr",
        "cut",
        "head",
        "tail",
        "sort",
        "awk",
        "update-ca-certificates",
        "update-alternatives",
        "usermod",
        "groupmod",
        "useradd",
        "groupadd",
        "adduser",
        "addgroup",
        "gosu-check",
        "git",
        "tar",
        "unzip",
        "gunzip",
        "gzip",
        "curl",
        "wget",
        "openssl",
    ]
)
_MATTERS = (tree.Assignment, tree.Function, tree.Coprocess, tree.Unread, tree.While)


def inert(shell: Shell, node: tree.If) -> bool:
    """Whether no branch starts, ends, waits or sets anything: then it need not be decided."""
    known = shell.world.scripts.names
    if id(node) not in known:
        known[id(node)] = _names(node)
    names = known[id(node)]
    return names is not None and not any(name in shell.vars.functions for name in names)


def _names(node: tree.If) -> frozenset[str] | None:
    """The commands within a node when they and all else there are harmless; else None."""
    names = set()
    for inner in walk(node):
        if isinstance(inner, _MATTERS) or (isinstance(inner, tree.Item) and inner.background):
            return None
        if isinstance(inner, tree.Simple) and inner.words:
            if inner.name not in HARMLESS:
                return None
            names.add(inner.name)
    return frozenset(names)
