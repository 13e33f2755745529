"""What methods and functions make of texts that are known. The values are those of the languages
themselves: Python 3.11, Node.js 20, Ruby 3.1, Perl 5.36 and PHP 8.2.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gracelint.base import lazy
from gracelint.simulate.sources.library.plain import Table, joined, part
from gracelint.simulate.sources.machine.formats import filled, printed
from gracelint.simulate.sources.machine.operations import SIMPLE
from gracelint.simulate.sources.machine.values import MAX_TEXT, NOTHING, Items, listed

if TYPE_CHECKING:
    from collections.abc import Callable

    from gracelint.simulate.sources.machine.state import Given

PYTHON, NODE, RUBY, CALLED = Table(), Table(), Table(), Table()
"""Methods of texts by language; functions that PHP and Perl have instead."""

_MAX_WORK = 1_000_000
"""Replacing makes no longer texts than this on the way."""


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_TEXT


def _given(given: Given, *kinds: type) -> list[Any] | None:
    """The arguments, where they are of these kinds, the last ones left out or not."""
    values = given.arguments
    if given.keywords or len(values) > len(kinds):
        return None
    for value, kind in zip(values, kinds, strict=False):
        if not (_is_number(value) if kind is int else isinstance(value, kind)):
            return None
    return list(values)


def _method(
    table: Table, *names: str, kinds: tuple[type, ...] = (), least: int = 0
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Enter a function of a text and of arguments of these kinds, of which `least` are needed.

    In `CALLED` the text is the first argument.
    """

    def enter(function: Callable[..., Any]) -> Callable[..., Any]:
        def native(given: Given) -> Any:
            values = _given(given, *kinds)
            if values is None or len(values) < least:
                return NOTHING
            if table is CALLED and not all(str(value).isascii() for value in values):
                return NOTHING  # PHP and Perl see bytes
            return _shortened(function(*values if table is CALLED else (given.receiver, *values)))

        table.add(*names)(native)
        return function

    return enter


def _shortened(value: Any) -> Any:
    if isinstance(value, str):
        return value[:MAX_TEXT]
    return listed(value) if isinstance(value, list | tuple) else value


def replaced_in(text: str, old: str, new: str, most: int = -1) -> Any:
    """A text with another in the place of a part; NOTHING where that would grow too large."""
    count = text.count(old) if most < 0 else min(most, text.count(old))
    return NOTHING if count * len(new) > _MAX_WORK else text.replace(old, new, most)


# Python -----------------------------------------------------------------------------------------

_SAME_AS_HERE = """
capitalize casefold count endswith find index isalnum isalpha isdigit islower isnumeric isspace
isupper lower lstrip partition removeprefix removesuffix rfind rindex rpartition rsplit rstrip
split splitlines startswith strip swapcase title upper center ljust rjust zfill
"""


def _python(given: Given) -> Any:
    """A method that this Python has, too."""
    values = [_plain(value) for value in given.arguments]
    named = {name: _plain(value) for name, value in given.keywords.items()}
    if NOTHING in values or NOTHING in named.values():
        return NOTHING
    if any(isinstance(v, int) and abs(v) > MAX_TEXT for v in (*values, *named.values())):
        return NOTHING
    try:
        return _shortened(getattr(given.receiver, given.path)(*values, **named))
    except (TypeError, ValueError):
        return NOTHING


def _plain(value: Any) -> Any:
    if isinstance(value, Items) and value.whole and all(isinstance(v, SIMPLE) for v in value.items):
        return tuple(value.items)
    return value if isinstance(value, SIMPLE) else NOTHING


for _name in _SAME_AS_HERE.split():
    PYTHON[_name] = _python


PYTHON["[:]"] = part


@PYTHON.add("join")
def _join(given: Given) -> Any:
    return joined(given.get(0), given.receiver)


@PYTHON.add("encode", "decode")
def _encoded(given: Given) -> Any:
    return given.receiver


@_method(PYTHON, "replace", kinds=(str, str, int), least=2)
def _replace(text: str, old: str, new: str, most: int = -1) -> Any:
    return replaced_in(text, old, new, most)


@PYTHON.add("format")
def _format(given: Given) -> Any:
    return filled(given.receiver, given.arguments, given.keywords)


# JavaScript -------------------------------------------------------------------------------------


@NODE.add("split")
def _split(given: Given) -> Any:
    glue, most = given.get(0), given.get(1)
    if not given.has(0):
        return Items([given.receiver])
    if not isinstance(glue, str) or (given.has(1) and not (_is_number(most) and most >= 0)):
        return NOTHING
    parts = given.receiver.split(glue) if glue else list(given.receiver)
    return listed(parts[:most] if given.has(1) else parts)


_BLANKS_OF_NODE = "\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(
    map(chr, range(0x2000, 0x200B))
)
_method(NODE, "trim")(lambda text: text.strip(_BLANKS_OF_NODE))
_method(NODE, "trimStart", "trimLeft")(lambda text: text.lstrip(_BLANKS_OF_NODE))
_method(NODE, "trimEnd", "trimRight")(lambda text: text.rstrip(_BLANKS_OF_NODE))
_method(NODE, "toUpperCase", "toLocaleUpperCase")(lambda text: text.upper())
_method(NODE, "toLowerCase", "toLocaleLowerCase")(lambda text: text.lower())
_method(NODE, "toString", "valueOf")(lambda text: text)
_method(NODE, "includes", kinds=(str,), least=1)(lambda text, part: part in text)
_method(NODE, "startsWith", kinds=(str,), least=1)(lambda text, part: text.startswith(part))
_method(NODE, "endsWith", kinds=(str,), least=1)(lambda text, part: text.endswith(part))
_method(NODE, "indexOf", kinds=(str,), least=1)(lambda text, part: text.find(part))
_method(NODE, "lastIndexOf", kinds=(str,), least=1)(lambda text, part: text.rfind(part))
_method(NODE, "concat", kinds=(str, str, str))(lambda text, *more: "".join((text, *more)))
_method(NODE, "charAt", kinds=(int,))(lambda text, at=0: text[at : at + 1] if at >= 0 else "")


@_method(NODE, "replace", kinds=(str, str), least=2)
def _replace_first(text: str, old: str, new: str) -> Any:
    return NOTHING if "$" in new else replaced_in(text, old, new, 1)


@_method(NODE, "replaceAll", kinds=(str, str), least=2)
def _replace_all(text: str, old: str, new: str) -> Any:
    return NOTHING if "$" in new else replaced_in(text, old, new)


@_method(NODE, "slice", kinds=(int, int))
def _slice(text: str, first: int = 0, last: int | None = None) -> str:
    return text[first:last]


@_method(NODE, "substring", kinds=(int, int))
def _substring(text: str, first: int = 0, last: int | None = None) -> str:
    ends = sorted((max(first, 0), len(text) if last is None else max(last, 0)))
    return text[ends[0] : ends[1]]


@_method(NODE, "substr", kinds=(int, int))
def _substr(text: str, first: int = 0, length: int | None = None) -> str:
    rest = text[first:]
    return rest if length is None else rest[: max(length, 0)]


@_method(NODE, "at", kinds=(int,), least=1)
def _at(text: str, at: int) -> Any:
    return text[at] if -len(text) <= at < len(text) else None


@_method(NODE, "repeat", kinds=(int,), least=1)
def _repeat(text: str, times: int) -> Any:
    return text * times if times >= 0 and len(text) * times <= MAX_TEXT else NOTHING


@_method(NODE, "padStart", kinds=(int, str), least=1)
@_method(RUBY, "rjust", kinds=(int, str), least=1)
def _to_the_right(text: str, width: int, fill: str = " ") -> Any:
    return text.rjust(width, fill) if len(fill) == 1 else NOTHING


@_method(NODE, "padEnd", kinds=(int, str), least=1)
@_method(RUBY, "ljust", kinds=(int, str), least=1)
def _to_the_left(text: str, width: int, fill: str = " ") -> Any:
    return text.ljust(width, fill) if len(fill) == 1 else NOTHING


# Ruby -------------------------------------------------------------------------------------------


@RUBY.add("split")
def _split_ruby(given: Given) -> Any:
    """Behind the last part that is not empty nothing is kept; a blank stands for any of them."""
    values = _given(given, str, int)
    most = values[1] if values is not None and len(values) > 1 else 0
    if values is None or (values and not values[0]) or most < 0:
        return NOTHING
    text = given.receiver
    if most == 1 or not text:
        return Items([text] if text else [])
    if not values or values[0] == " ":
        parts = _BLANK.split(text.lstrip(_BLANKS_OF_RUBY[:-1]), max(most - 1, 0))
    else:
        parts = text.split(values[0], most - 1)
    while parts and not parts[-1] and not most:
        parts.pop()
    return listed(parts)


_BLANKS_OF_RUBY = "\t\n\v\f\r \0"
_BLANK = lazy.compile(r"[\t\n\v\f\r ]+")
_LINE = lazy.compile(r"[^\n]*\n|[^\n]+")


@_method(RUBY, "lines")
def _lines(text: str) -> list[str]:
    return _LINE.findall(text)


_method(RUBY, "strip")(lambda text: text.strip(_BLANKS_OF_RUBY))
_method(RUBY, "lstrip")(lambda text: text.lstrip(_BLANKS_OF_RUBY))
_method(RUBY, "rstrip")(lambda text: text.rstrip(_BLANKS_OF_RUBY))
_method(RUBY, "chop")(lambda text: text[: -2 if text.endswith("\r\n") else -1])
_method(RUBY, "upcase")(lambda text: text.upper())
_method(RUBY, "downcase")(lambda text: text.lower())
_method(RUBY, "capitalize")(lambda text: text.capitalize())
_method(RUBY, "swapcase")(lambda text: text.swapcase())
_method(RUBY, "reverse")(lambda text: text[::-1])
_method(RUBY, "length", "size")(len)
_method(RUBY, "chars")(list)
_method(RUBY, "empty?")(lambda text: not text)
_method(RUBY, "to_s", "to_str", "to_sym", "freeze", "dup", "itself", "b")(lambda text: text)
_method(RUBY, "include?", kinds=(str,), least=1)(lambda text, part: part in text)
_method(RUBY, "start_with?", kinds=(str, str, str))(lambda text, *ways: text.startswith(ways))
_method(RUBY, "end_with?", kinds=(str, str, str))(lambda text, *ways: text.endswith(ways))
_method(RUBY, "delete_prefix", kinds=(str,), least=1)(lambda text, part: text.removeprefix(part))
_method(RUBY, "delete_suffix", kinds=(str,), least=1)(lambda text, part: text.removesuffix(part))
_method(RUBY, "partition", kinds=(str,), least=1)(
    lambda text, part: text.partition(part) if part else ("", "", text)
)
_method(RUBY, "index", kinds=(str,), least=1)(
    lambda text, part: text.find(part) if part in text else None
)


@_method(RUBY, "chomp", kinds=(str,))
def _chomp(text: str, end: str | None = None) -> str:
    if end == "":
        return re.sub("(\r?\n)+$", "", text)
    if end not in {None, "\n"}:
        return text.removesuffix(end)
    return text.removesuffix("\n").removesuffix("\r") if text[-1:] in {"\n", "\r"} else text


@_method(RUBY, "sub", kinds=(str, str), least=2)
def _sub(text: str, old: str, new: str) -> Any:
    return NOTHING if "\\" in new else replaced_in(text, old, new, 1)


@_method(RUBY, "gsub", kinds=(str, str), least=2)
def _gsub(text: str, old: str, new: str) -> Any:
    return NOTHING if "\\" in new else replaced_in(text, old, new)


@_method(RUBY, "to_i")
def _leading_number(text: str) -> Any:
    """The number that a text begins with; 0 where it begins with none."""
    match = _NUMBER.match(text)
    digits = match[1] if match is not None else "0"
    return int(digits) if len(digits) < _MANY_DIGITS else NOTHING


_MANY_DIGITS = 16
_NUMBER = lazy.compile(r"[\t\n\v\f\r ]*([+-]?[0-9]+(?:_[0-9]+)*)")


# PHP and Perl -----------------------------------------------------------------------------------


_method(CALLED, "strtoupper", "uc", kinds=(str,), least=1)(lambda text: text.upper())
_method(CALLED, "strtolower", "lc", kinds=(str,), least=1)(lambda text: text.lower())
_method(CALLED, "ucfirst", kinds=(str,), least=1)(lambda text: text[:1].upper() + text[1:])
_method(CALLED, "lcfirst", kinds=(str,), least=1)(lambda text: text[:1].lower() + text[1:])
_method(CALLED, "strlen", "length", kinds=(str,), least=1)(len)
_method(CALLED, "str_contains", kinds=(str, str), least=2)(lambda text, part: part in text)
_method(CALLED, "str_starts_with", kinds=(str, str), least=2)(
    lambda text, part: text.startswith(part)
)
_method(CALLED, "str_ends_with", kinds=(str, str), least=2)(lambda text, part: text.endswith(part))
_method(CALLED, "index", kinds=(str, str), least=2)(lambda text, part: text.find(part))
_method(CALLED, "str_replace", kinds=(str, str, str), least=3)(
    lambda old, new, text: replaced_in(text, old, new) if old else text
)
_method(CALLED, "strpos", kinds=(str, str), least=2)(
    lambda text, part: text.find(part) if part in text else False
)


@_method(CALLED, "substr", kinds=(str, int, int), least=2)
def _substr_of(text: str, first: int, length: int | None = None) -> Any:
    if abs(first) > len(text):
        return NOTHING
    rest = text[first:]
    return rest if length is None else rest[:length]


_method(CALLED, "str_repeat", kinds=(str, int), least=2)(_repeat)


_BLANKS = " \t\n\r\0\v"
_method(CALLED, "trim", kinds=(str, str), least=1)(lambda text, ends=_BLANKS: text.strip(ends))
_method(CALLED, "rtrim", kinds=(str, str), least=1)(lambda text, ends=_BLANKS: text.rstrip(ends))
_method(CALLED, "ltrim", kinds=(str, str), least=1)(lambda text, ends=_BLANKS: text.lstrip(ends))


@_method(CALLED, "explode", kinds=(str, str), least=2)
def _explode(glue: str, text: str) -> Any:
    return text.split(glue) if glue else NOTHING


@CALLED.add("implode", "join")
def _implode(given: Given) -> Any:
    first, second = given.get(0), given.get(1, default="")
    parts, glue = (first, second) if isinstance(first, Items) else (second, first)
    return joined(parts, glue)


@CALLED.add("sprintf")
def _sprintf(given: Given) -> Any:
    text = given.get(0)
    return printed(text, given.arguments[1:])
