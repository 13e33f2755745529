"""Texts and numbers of Go programs: `strings`, `strconv`, `fmt.Sprintf`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.base.integers import MAX_DIGITS, whole
from gracelint.simulate.sources.library.golang.language import FUNCTIONS
from gracelint.simulate.sources.library.plain import joined
from gracelint.simulate.sources.machine.formats import printed
from gracelint.simulate.sources.machine.values import MAX_TEXT, NOTHING, Items, listed, spelled

if TYPE_CHECKING:
    from collections.abc import Callable

    from gracelint.simulate.sources.machine.state import Given


_OF_TEXT: dict[str, Callable[[str], Any]] = {
    "Fields": lambda text: listed(text.split()),
    "TrimSpace": str.strip,
    "ToLower": str.lower,
    "ToUpper": str.upper,
}
"""What functions of `strings` make of a text."""

_OF_TEXTS: dict[str, Callable[[str, str], Any]] = {
    "Split": lambda text, by: listed(text.split(by) if by else list(text)),
    "TrimPrefix": str.removeprefix,
    "TrimSuffix": str.removesuffix,
    "HasPrefix": str.startswith,
    "HasSuffix": str.endswith,
    "Contains": lambda text, part: part in text,
    "EqualFold": lambda text, other: text.lower() == other.lower(),
}
"""What functions of `strings` make of a text and another."""


@FUNCTIONS.add(*(f"strings.{name}" for name in (*_OF_TEXT, *_OF_TEXTS)))
def _of_texts(given: Given) -> Any:
    name = given.path.rpartition(".")[2]
    match given.arguments:
        case [str() as text] if name in _OF_TEXT and len(text) <= MAX_TEXT:
            return _OF_TEXT[name](text)
        case [str() as text, str() as other] if name in _OF_TEXTS and len(text) <= MAX_TEXT:
            return _OF_TEXTS[name](text, other)
    return NOTHING


@FUNCTIONS.add("strings.Join")
def _join(given: Given) -> Any:
    return joined(given.get(0), given.get(1))


@FUNCTIONS.add("fmt.Sprint")
def _printed(given: Given) -> Any:
    """With blanks between what are no texts."""
    text, before = "", ""
    for at, value in enumerate(given.arguments):
        word = spelled(value)
        if word is None:
            return value if len(given.arguments) == 1 else NOTHING
        apart = at and not isinstance(before, str) and not isinstance(value, str)
        text, before = f"{text}{' ' if apart else ''}{word}", value
    return text


@FUNCTIONS.add("fmt.Sprintf")
def _print(given: Given) -> Any:
    pattern = given.get(0)
    plain = pattern.replace("%v", "%s") if isinstance(pattern, str) else NOTHING
    return printed(plain, given.arguments[1:])


@FUNCTIONS.add("strconv.Atoi", "strconv.ParseInt", "strconv.ParseBool")
def _parse(given: Given) -> Any:
    """A number or truth, and whether there was none."""
    text = given.get(0)
    if not isinstance(text, str):
        return Items([NOTHING, NOTHING])
    if given.path.endswith("Bool"):
        return Items([text.lower() in {"1", "t", "true"}, None])
    if len(text) > MAX_DIGITS:
        return Items([NOTHING, NOTHING])
    number = whole(text.removeprefix("+"))
    return Items([0, "invalid syntax"] if number is None else [number, None])


@FUNCTIONS.add("strconv.Itoa")
def _spell(given: Given) -> Any:
    value = given.get(0)
    return str(value) if isinstance(value, int) else NOTHING
