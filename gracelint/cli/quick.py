"""Command lines read without typer, by the same declarations.

Loading typer takes longer than checking a Dockerfile. What this does not read, help and mistakes
included, is left to typer, which makes the same of the same words.
"""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING, Any
from gracelint.cli.options import COMMANDS, options

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gracelint.cli.options import Option


def read(arguments: Sequence[str]) -> tuple[str, dict[str, Any]] | None:
    """The command and the words for its fields; None: ask typer."""
    if not arguments or arguments[0] not in COMMANDS:
        return None
    declared = options(COMMANDS[arguments[0]])
    named = {option.name: (name, option) for name, option in declared.items() if option.name}
    given: dict[str, Any] = {}
    alone: list[str] = []
    words = iter(arguments[1:])
    for word in words:
        if word == "--":
            alone += words
        elif not word.startswith("-") or word == "-":
            alone.append(word)
        elif not _take(word, words, named, given):
            return None
    return (arguments[0], given) if _place(alone, declared, given) else None


def _take(
    word: str, words: Iterator[str], named: dict[str, tuple[str, Option]], given: dict[str, Any]
) -> bool:
    """Read an option with its value; whether that went well."""
    spelled, equals, value = word.partition("=")
    if spelled not in named:
        return False
    name, option = named[spelled]
    if option.kind == "flag":
        given[name] = True
        return not equals
    if not equals and (value := next(words, "-"))[:1] == "-":
        return False
    if option.kind in {"codes", "texts"}:
        given.setdefault(name, []).append(value)
    elif option.kind == "number":
        if not (value.isascii() and value.isdigit() and len(value) < 10):
            return False
        given[name] = int(value)
    else:
        given[name] = value
    return True


def _place(alone: list[str], declared: dict[str, Option], given: dict[str, Any]) -> bool:
    """Read what stands without an option; whether there is a place for it."""
    for name, option in declared.items():
        if option.kind == "words":
            given[name] = tuple(alone)
            return True
        if option.kind == "word" and len(alone) < 2:
            given[name] = alone[0] if alone else None
            return True
    return not alone
