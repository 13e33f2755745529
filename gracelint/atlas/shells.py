"""Shells: which one a command runs, and what it does."""

from __future__ import annotations

from functools import cache

from gracelint.atlas.argv import base_name
from gracelint.atlas.table import table
from gracelint.base.typed import TYPE_CHECKING, Any
from gracelint.model.entries import Shell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gracelint.base.facts import Word

_SETS = frozenset({"implicit_exec", "subshell_exec", "background_exec", "ends_on"})


@cache
def shell(key: str) -> Shell | None:
    """The shell under an atlas key (`dash`, `bash-5.0`); None when there is none."""
    entry = table("shells").find(key)
    if entry is None:
        return None
    fields: dict[str, Any] = {
        k: frozenset(value) if k in _SETS else value
        for k, value in entry.items()
        if k != "in_locks"  # it is about an image
    }
    return Shell(**{**fields, "key": key})


def shell_key(command: str, args: Sequence[Word], sh: str) -> tuple[str, int] | None:
    """Which shell `command` is, and how many of its arguments belong to the name.

    sh: the atlas key of the image's /bin/sh. None when `command` is no shell that the atlas knows.
    """
    name = base_name(command)
    if name == "busybox":
        applet = args[0].value if args else None
        return ("ash", 1) if applet in {"sh", "ash"} else None
    if name == "sh":
        return (sh, 0) if sh else None
    if name == "bash":
        return (sh if sh.startswith("bash") else "bash", 0)
    entry = table("shells").find(name)
    return None if entry is None else (entry["key"], 0)


def is_shell(name: str) -> bool:
    """Whether a program of this name is a shell, whichever one."""
    return shell_key(name, (), "dash") is not None
