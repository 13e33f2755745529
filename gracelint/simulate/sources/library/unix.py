"""What Ruby, Perl and PHP share: a command as one text, which a shell runs if it needs one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gracelint.base import lazy
from gracelint.simulate.sources.library.base import command
from gracelint.simulate.sources.machine.values import NOTHING, Items, spelled

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.state import Command, Given

_SHELL = lazy.compile(r"[*?{}\[\]<>()~&|\\$;'`\"\n#%]|^\s*\w+=|^\s*(?:exec|cd|set|export|\.)\s")


def line(given: Given, words: list[Any], **more: Any) -> Command:
    """A command: one text is split at blanks unless it has a shell's signs in it."""
    if len(words) != 1:
        return command(given, Items(words), **more)
    text = spelled(words[0])
    if text is None:
        return command(given, shell=NOTHING, **more)
    if _SHELL.search(text):
        return command(given, shell=text, **more)
    return command(given, Items(list(re.split(r"\s+", text.strip()))), **more)
