"""`getopt`, which puts a script's arguments in order: `eval set -- "$(getopt -o p:v -- "$@")"`.

As util-linux has it, and busybox: getopt(1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_VALUED = {"-o": "o", "--options": "o", "-l": "l", "--long": "l", "--longoptions": "l"}
_NAMED = frozenset({"-n", "--name"})
_QUIET = frozenset({"-q", "--quiet"})


@dataclass(frozen=True, slots=True)
class _Known:
    """Options and whether each takes a value: "", ":" or "::"; short ones and long ones."""

    short: Mapping[str, str]
    long: Mapping[str, str]
    in_order: bool  # the first operand ends the options


def ordered(args: Sequence[str]) -> str | None:
    """What getopt writes for `args`; None where it would complain, or is called otherwise."""
    if args and not args[0].startswith("-"):
        return _line(_taken(_known(args[0], ""), args[1:]), quoted=False)
    stated = {"o": "", "l": ""}
    at = 0
    while at < len(args) and args[at] != "--":
        name, equals, value = args[at].partition("=")
        if name in _QUIET:
            at += 1
            continue
        if name not in _VALUED and name not in _NAMED:
            return None
        at += 1 if equals else 2
        if at > len(args):
            return None
        key = _VALUED.get(name)
        if key is not None:
            before = stated[key] + "," if key == "l" and stated[key] else ""
            stated[key] = before + (value if equals else args[at - 1])
    return _line(_taken(_known(stated["o"], stated["l"]), args[at + 1 :]), quoted=True)


def _known(short: str, long: str) -> _Known:
    names = short.removeprefix("+")
    letters: dict[str, str] = {}
    for at, letter in enumerate(names):
        if letter != ":":
            rest = names[at + 1 :]
            letters[letter] = rest[: min(2, len(rest) - len(rest.lstrip(":")))]
    words = (word for word in long.replace(" ", ",").split(",") if word)
    longs = {word.rstrip(":"): word[len(word.rstrip(":")) :] for word in words}
    return _Known(letters, longs, short.startswith("+"))


def _taken(known: _Known, args: Sequence[str]) -> tuple[list[str | None], list[str]] | None:
    """Options, each with its value behind it where it takes one, and operands.

    An option stands as it is, its value behind None. None as a whole where one is not known.
    """
    options: list[str | None] = []
    operands: list[str] = []
    rest = list(reversed(args))
    while rest:
        word = rest.pop()
        if word == "--":
            break
        if word.startswith("--"):
            found = _long(known, word, rest)
        elif word.startswith("-") and word != "-":
            found = _short(known, word, rest)
        elif known.in_order:
            rest.append(word)
            break
        else:
            operands.append(word)
            continue
        if found is None:
            return None
        options += found
    return options, [*operands, *reversed(rest)]


def _long(known: _Known, word: str, rest: list[str]) -> list[str | None] | None:
    written, equals, value = word[2:].partition("=")
    names = [n for n in known.long if n.startswith(written)]
    name = written if written in known.long else names[0] if len(names) == 1 else None
    if name is None or (equals and not known.long[name]):
        return None
    if known.long[name] == ":" and not equals:
        return ["--" + name, None, rest.pop()] if rest else None
    return ["--" + name, None, value] if known.long[name] else ["--" + name]


def _short(known: _Known, word: str, rest: list[str]) -> list[str | None] | None:
    found: list[str | None] = []
    for at, letter in enumerate(word[1:], 2):
        takes = known.short.get(letter)
        if takes is None:
            return None
        found.append("-" + letter)
        if takes:
            if not word[at:] and takes == ":" and not rest:
                return None
            value = word[at:] or (rest.pop() if takes == ":" else "")
            return [*found, None, value]
    return found


def _line(taken: tuple[list[str | None], list[str]] | None, *, quoted: bool) -> str | None:
    if taken is None:
        return None
    written: list[str] = []
    options = iter(taken[0])
    for option in options:
        value = next(options) if option is None else None
        written.append(option if option is not None else _quote(value or "", quoted=quoted))
    operands = [_quote(operand, quoted=quoted) for operand in taken[1]]
    return "".join(f" {word}" for word in [*written, "--", *operands]) + "\n"


def _quote(text: str, *, quoted: bool) -> str:
    return "'" + text.replace("'", "'\\''") + "'" if quoted else text
