"""Packages that a RUN installs."""

from __future__ import annotations

import re
from functools import cache

from gracelint import atlas
from gracelint.base import lazy
from gracelint.base.typed import TYPE_CHECKING
from gracelint.syntax.shell.tree import Simple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gracelint.syntax.shell.tree import Script

_WITH_VALUE = frozenset(
    {"-t", "-r", "-c", "-i", "-e", "-v", "-o", "--virtual", "--target-release", "--repository",
     "-X", "--index-url", "--extra-index-url", "--requirement", "--constraint", "-p", "--prefix"}
)  # fmt: skip
_IN_FRONT = frozenset({"sudo", "env"})
_HINT = lazy.compile(r"\b(install|add|i|in)\b")


def installed(script: Script) -> frozenset[str]:
    """Names of the packages that a script installs, without versions."""
    from gracelint.syntax.shell.parse import within

    if not _HINT.search(script.text.text):
        return frozenset()
    packages: set[str] = set()
    for node in within(script.body, Simple):
        if _may_install(node.name or ""):
            packages.update(_of_command([word.literal or "" for word in node.words]))
    return frozenset(packages)


@cache
def _may_install(command: str) -> bool:
    """Whether a command may install something, whatever its words are."""
    if command in _IN_FRONT or command.startswith("python"):
        return True
    return bool(atlas.installs(command.rpartition("/")[2]))


def _of_command(words: Sequence[str]) -> Iterator[str]:
    words = [word for word in words if word not in _IN_FRONT]
    if len(words) > 2 and re.fullmatch(r"python[\d.]*", words[0]) and words[1] == "-m":
        words = words[2:]
    name = words[0].rpartition("/")[2] if words else ""
    installs = atlas.installs(name)
    verbs, asked = installs.get("words", ()), installs.get("only-with", ())
    if asked and set(words).isdisjoint(asked):
        return
    skip, begun = False, False
    for word in words[1:]:
        if skip or word.startswith("-"):
            skip = not skip and word in _WITH_VALUE
        elif begun:
            if plain := re.split(r"(?<=.)[=<>~!@\[:]", word)[0]:
                yield plain
        else:
            begun = word in verbs
