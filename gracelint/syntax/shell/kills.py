"""What `kill`, `pkill` and `killall` are told to send, and to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base import signals

if TYPE_CHECKING:
    from collections.abc import Sequence

_BY_NAME = frozenset({"pkill", "killall"})


def killed(words: Sequence[str | None]) -> tuple[str | None, list[str]] | None:
    """The signal's name without SIG (None: unknown) and the targets of a `kill` command."""
    if not words or _name(words[0]) != "kill" or None in words:
        return None
    rest = [word or "" for word in words[1:]]
    signal: str | None = "TERM"
    while rest and rest[0].startswith("-") and rest[0] != "--":
        option = rest.pop(0)
        named = option in {"-s", "-n", "--signal"} and bool(rest)
        signal = signals.parse(rest.pop(0) if named else option[1:])
    return signal, [target for target in rest if target != "--"]


def killed_by_name(words: Sequence[str | None]) -> tuple[str, list[str]] | None:
    """The signal's name without SIG and the names that `pkill` or `killall` look for."""
    if not words or _name(words[0]) not in _BY_NAME or None in words:
        return None
    signal, names = "TERM", []
    before = ""
    for word in (word or "" for word in words[1:]):
        behind = before in {"--signal", "-s"} and signals.parse(word)
        named = behind or (word[:1] == "-" and signals.parse(word.rpartition("=")[2].lstrip("-")))
        if named:
            signal = named
        elif word[:1] != "-":
            names.append(word)
        before = word
    return signal, names


def _name(word: str | None) -> str | None:
    return None if word is None else word.rpartition("/")[2]
