"""Login shells of the accounts that a RUN makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base import lazy
from gracelint.syntax.shell.tree import Simple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gracelint.syntax.shell.tree import Script

_DEFAULTS = {"useradd": "/bin/sh", "adduser": "", "usermod": "", "chsh": ""}
"""What the commands take where no shell is named; "": that differs, or nothing is changed.

Source: /etc/default/useradd of passwd 4.13 on Debian 12.
"""
_SHELL = lazy.compile(r"(?:-s|--shell)(?:=|$)(.*)")
_SHORT = lazy.compile(r"-[a-zA-Z]*s")


def made(script: Script) -> Iterator[tuple[str, str]]:
    """The accounts and their login shells, in the order in which a script sets them."""
    from gracelint.syntax.shell.parse import walk

    for node in walk(script.body):
        words = [word.literal or "" for word in node.words] if isinstance(node, Simple) else []
        words = [word for word in words if word not in {"sudo", "&&"}]
        name = words[0].rpartition("/")[2] if words else ""
        if name in _DEFAULTS and len(words) > 1:
            shell, rest = _shell_of(words[1:])
            shell = shell or _DEFAULTS[name]
            user = rest[-1] if rest else ""
            if shell and user and user[0] != "-":
                yield user, shell


def _shell_of(words: Sequence[str]) -> tuple[str, list[str]]:
    """The shell that options name, and the other words."""
    shell, rest, at = "", [], 0
    while at < len(words):
        match = _SHELL.fullmatch(words[at])
        if match or _SHORT.fullmatch(words[at]):
            shell = match[1] if match and match[1] else "".join(words[at + 1 : at + 2])
            at += 1 + (not (match and match[1]))
        else:
            rest.append(words[at])
            at += 1
    return shell, rest
