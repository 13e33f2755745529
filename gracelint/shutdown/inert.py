"""Whether a branch can matter for which processes a container has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.syntax import shelltree as tree
from gracelint.syntax.shell import walk

if TYPE_CHECKING:
    from gracelint.shutdown.shell import Shell

_HARMLESS = frozenset(
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
    for inner in walk(node):
        if isinstance(inner, _MATTERS) or (isinstance(inner, tree.Item) and inner.background):
            return False
        if isinstance(inner, tree.Simple) and inner.words:
            name = inner.name
            if name not in _HARMLESS or name in shell.vars.functions:
                return False
    return True
