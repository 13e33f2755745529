"""Shells: which one a command runs, and what it does."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from gracelint.atlas.argv import base_name
from gracelint.atlas.data import load
from gracelint.model.entries import Shell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gracelint.base.facts import Word

_OWN = {
    "dash": "dash",
    "ash": "ash",
    "mksh": "mksh",
    "ksh": "mksh",
    "lksh": "mksh",
    "zsh": "zsh",
}


@cache
def shell(key: str) -> Shell | None:
    """The shell under an atlas key (`dash`, `bash-5.0`); None when there is none."""
    table = load("shells")
    entry = table.get(key)
    if entry is None:
        return None
    own: dict[str, Any] = dict(entry)
    while (base := own.pop("as", None)) is not None:
        own = {**table[base], **own}
    for name in _SETS:
        own[name] = frozenset(own.get(name, "").split())
    return Shell(key=key, **own)


_SETS = ("implicit_exec", "subshell_exec", "background_exec", "ends_on")


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
    return (_OWN[name], 0) if name in _OWN else None
