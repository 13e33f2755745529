"""Texts and numbers of Go programs: `strings`, `strconv`, `fmt.Sprintf`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.library.golang.language import FUNCTIONS
from gracelint.simulate.sources.library.plain import joined
from gracelint.simulate.sources.machine.formats import printed
from gracelint.simulate.sources.machine.values import MAX_TEXT, NOTHING, Items, listed

if TYPE_CHECKING:
    from collections.abc import Callable

    from gracelint.simulate.sources.machine.state import Given


_OF_TEXTS: dict[str, Callable[..., Any]] = {
    "Fields": lambda text: listed(text.split()),
    "Split": lambda text, by: listed(text.split(by) if by else list(text)),
    "TrimSpace": str.strip,
    "TrimPrefix": str.removeprefix,
    "TrimSuffix": str.removesuffix,
    "ToLower": str.lower,
    "ToUpper": str.upper,
    "HasPrefix": str.startswith,
    "HasSuffix": str.endswith,
    "Contains": lambda text, part: part in text,
    "EqualFold": lambda text, other: text.lower() == other.lower(),
}
"""What functions of `strings` make of texts."""


@FUNCTIONS.add(*(f"strings.{name}" for name in _OF_TEXTS))
def _of_texts(given: Given) -> Any:
    known = all(isinstance(v, str) and len(v) <= MAX_TEXT for v in given.arguments)
    return _OF_TEXTS[given.path.rpartition(".")[2]](*given.arguments) if known else NOTHING


@FUNCTIONS.add("strings.Join")
def _join(given: Given) -> Any:
    return joined(given.get(0), given.get(1))


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
    number = text.lstrip("-").isdigit() and len(text) < 20
    return Items([int(text), None] if number else [0, "invalid syntax"])


@FUNCTIONS.add("strconv.Itoa")
def _spell(given: Given) -> Any:
    value = given.get(0)
    return str(value) if isinstance(value, int) else NOTHING
