"""What operators make of values, as each language has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.base import lazy, signals
from gracelint.base.integers import whole
from gracelint.simulate.sources.machine.formats import printed
from gracelint.simulate.sources.machine.values import (
    MAX_ITEMS,
    MAX_TEXT,
    NOTHING,
    Bound,
    Child,
    Items,
    Record,
    Thing,
    certain,
    key_of,
    listed,
    signal_name,
    spelled,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from gracelint.simulate.sources.machine.machine import Machine

SIMPLE = (str, int, float, bool, type(None))


def operation(m: Machine, operator: str, given: list[Any]) -> Any:
    """The value of an operation; NOTHING where it is not known."""
    if operator == "not":
        truth = m.library.truth(given[0])
        return NOTHING if truth is None else not truth
    if len(given) != 2:
        if operator == "-" and isinstance(given[0], Child):
            return Bound(given[0], "group")
        return -given[0] if operator == "-" and isinstance(given[0], int | float) else NOTHING
    left, right = given
    language = m.library.dialect.name
    if operator in _EQUAL:
        held = same(language, operator, left, right)
        return NOTHING if held is None else held == (operator[0] == "=")
    if operator == "in":
        return contains(right, left)
    if isinstance(left, Items):
        return _lists(language, operator, left, right)
    if operator == "." or (operator == "+" and language not in _NUMERIC_PLUS):
        joined = _joined(language, left, right)
        if joined is not None:
            return joined
    if isinstance(left, str) and operator in {"*", "%"}:
        return _text(operator, left, right) if language in {"python", "ruby"} else NOTHING
    return _numbers(language, operator, left, right)


_EQUAL = frozenset({"==", "!=", "===", "!=="})
_BY_CONTENTS = frozenset({"python", "ruby"})
"""Languages in which lists are the same that have the same items."""

_NUMERIC_PLUS = frozenset({"perl", "php"})
"""Languages that put texts together with an operator of their own."""


def same(language: str, operator: str, left: Any, right: Any) -> bool | None:
    """Whether two values are the same, as an operator sees it."""
    if language == "go" and any(isinstance(v, Items) and not v.items for v in (left, right)):
        return None  # of Go's slices without items only some are nil
    if operator in {"===", "!=="}:
        return _strictly(language, left, right)
    return alike(left, right) if language in _BY_CONTENTS else _loosely(language, left, right)


def _lists(language: str, operator: str, left: Items, right: Any) -> Any:
    if operator == "+" and language == "php":
        return NOTHING
    if operator == "+" and isinstance(right, Items):
        return listed([*left.items, *right.items], whole=left.whole and right.whole)
    if operator == "*" and _count(right) and len(left.items) * right <= MAX_ITEMS:
        return listed(left.items * right, whole=left.whole)
    return NOTHING


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_TEXT


def _joined(language: str, left: Any, right: Any) -> Any:
    """Texts that are put together; None where these are no texts.

    Python and Ruby refuse a number beside a text.
    """
    texts = [isinstance(value, str) for value in (left, right)]
    mixed = language not in {"python", "ruby"}
    if not (all(texts) or (mixed and any(texts)) or (language in _NUMERIC_PLUS)):
        return None if not any(texts) else NOTHING
    parts = [spelled(left), spelled(right)]
    pieces = [part for part in parts if part is not None]
    return "".join(pieces)[:MAX_TEXT] if len(pieces) == len(parts) else NOTHING


def _text(operator: str, left: str, right: Any) -> Any:
    """`text * number`, `text % values`."""
    if operator == "%":
        names = right.fields if isinstance(right, Record) else {}
        return printed(left, right.items if isinstance(right, Items) else [right], names)
    return left * right if _count(right) and len(left) * right <= MAX_TEXT else NOTHING


def equal(left: Any, right: Any) -> bool | None:
    """Whether two values are the same; None where that is not known."""
    for child, other in ((left, right), (right, left)):
        if isinstance(child, Child) and isinstance(other, int | type(None)):
            return None if child.kind == "self" and other == 1 else False
    if isinstance(left, Thing) or isinstance(right, Thing):
        return _same_signal(left, right)
    if isinstance(left, SIMPLE) and isinstance(right, SIMPLE):
        return bool(left == right)
    if isinstance(left, SIMPLE) or isinstance(right, SIMPLE):
        return False
    return left is right


def alike(left: Any, right: Any) -> bool | None:
    """The same, by what lists and dictionaries hold."""
    if isinstance(left, Record) and isinstance(right, Record) and left.kind == right.kind == "dict":
        if left.open or right.open:
            return None
        if left.fields.keys() != right.fields.keys():
            return False
        pairs = [(value, right.fields[key]) for key, value in left.fields.items()]
    elif isinstance(left, Items) and isinstance(right, Items):
        if not left.whole or not right.whole:
            return None
        if len(left.items) != len(right.items):
            return False
        pairs = list(zip(left.items, right.items, strict=True))
    else:
        return equal(left, right)
    if any(isinstance(value, Items | Record) for pair in pairs for value in pair):
        return True if left is right else None
    found = {equal(*pair) for pair in pairs}
    return False if False in found else None if None in found else True


def _strictly(language: str, left: Any, right: Any) -> bool | None:
    """The same, and of one kind."""
    kinds: list[type] = [bool, str, type(None), *([float] if language == "php" else [])]
    if isinstance(left, SIMPLE) and isinstance(right, SIMPLE):
        return bool(left == right) and all(
            isinstance(left, kind) == isinstance(right, kind) for kind in kinds
        )
    return equal(left, right)


def _loosely(language: str, left: Any, right: Any) -> bool | None:
    """The same where a text may be equal to a number, and in PHP whatever counts as false."""
    if language == "php":
        found = _loosely_in_php(left, right)
        if found is not NOTHING:
            return bool(found) if found is not None else None
    text, number = (left, right) if isinstance(left, str) else (right, left)
    if language == "node" and isinstance(text, str) and isinstance(number, bool):
        number = int(number)
    if not isinstance(text, str) or isinstance(number, bool) or not isinstance(number, int | float):
        return equal(left, right)
    read = whole(text)
    if read is None:
        worded = text.strip() and not any(map(str.isdigit, text))
        return False if language == "node" and worded else None
    return read == number


def _loosely_in_php(left: Any, right: Any) -> Any:
    """NOTHING where it is as in other languages."""
    if isinstance(left, Items) and isinstance(right, Items):
        return alike(left, right) if left.keys is right.keys is None else None
    if isinstance(left, Record) and isinstance(right, Record):
        return alike(left, right) or None
    truths = [_truth_of(value) for value in (left, right)]
    kinds = isinstance(left, bool | type(None)) or isinstance(right, bool | type(None))
    if kinds and None not in truths:
        return truths[0] == truths[1]
    if left != right and None not in (whole(str(left)), whole(str(right))):
        return whole(str(left)) == whole(str(right))
    if isinstance(left, str) and isinstance(right, str):
        if _NUMERIC.fullmatch(left) and _NUMERIC.fullmatch(right):
            return float(left) == float(right)
        return left == right
    return NOTHING


_NUMERIC = lazy.compile(r"\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)(e[+-]?[0-9]+)?\s*")


def _truth_of(value: Any) -> bool | None:
    """Whether a value counts as true in PHP."""
    if isinstance(value, str):
        return value not in {"", "0"}
    if isinstance(value, Items):
        return bool(value.items) if value.whole else None
    return bool(value) if isinstance(value, SIMPLE) else None


def _same_signal(left: Any, right: Any) -> bool | None:
    """Whether two constants are the same signal or action; None for anything else."""
    if left is None or right is None:
        return False if signal_name(right if left is None else left) else None
    if isinstance(left, int) or isinstance(right, int):
        return _numbered(left, right)
    if not (isinstance(left, Thing) and isinstance(right, Thing) and _SIGNAL.search(left.path)):
        return None
    if left == right:
        return True
    (module, _, name), (other, _, word) = left.path.rpartition("."), right.path.rpartition(".")
    values = [_ACTIONS.get(one) or signals.parse(one) for one in (name, word)]
    return None if module != other or None in values else values[0] == values[1]


def _numbered(left: Any, right: Any) -> bool | None:
    """Whether a number is that of a signal; None where one of them is neither."""
    constant, value = (left, right) if isinstance(left, Thing) else (right, left)
    name = signal_name(constant)
    number = signals.parse(name) if name else None
    if number is None or isinstance(value, bool):
        return None
    return bool(signals.number(number) == value)


_SIGNAL = lazy.compile(r"(^|\.)SIG[A-Z_]")
_ACTIONS = {name: name for name in ("SIG_DFL", "SIG_IGN")}


def contains(container: Any, value: Any) -> Any:
    """Whether a value is in something; NOTHING where that is not known."""
    if isinstance(container, Items) and container.whole:
        matches = [equal(value, item) for item in container.items]
        return True if True in matches else NOTHING if None in matches else False
    if isinstance(container, Record) and (key := key_of(value)) is not None:
        if key in container.fields:
            return True
        return False if not container.open and all(map(certain, container.fields)) else NOTHING
    if isinstance(container, str) and isinstance(value, str):
        return value in container
    return NOTHING


def _numbers(language: str, operator: str, left: Any, right: Any) -> Any:
    """Arithmetic and comparisons."""
    if operator in _COMPARED:
        left, right = _reckoned(left), _reckoned(right)
    texts = isinstance(left, str) and isinstance(right, str) and language not in _NUMERIC_PLUS
    numbers = isinstance(left, int | float) and isinstance(right, int | float)
    if operator in _COMPARED and (texts or numbers):
        return _COMPARED[operator](left, right)
    most = _LARGEST_INT if language in {"java", "go"} else _LARGE
    if not numbers or abs(left) >= most or abs(right) >= most:
        return NOTHING
    if operator in _COUNTED:
        return _COUNTED[operator](left, right)
    return _divided(language, operator, left, right)


def _reckoned(value: Any) -> Any:
    """A process has a number above those that calls give instead of one; a signal has its own."""
    if isinstance(value, Child):
        return _SOME_PID
    name = signal_name(value) if isinstance(value, Thing) else None
    return value if name is None or signals.parse(name) is None else signals.number(name)


def _divided(language: str, operator: str, left: Any, right: Any) -> Any:
    """Division, where it is the same whether a language rounds down or towards zero."""
    whole = isinstance(left, int) and isinstance(right, int)
    if not right or left < 0 or right < 0 or operator not in {"/", "//", "%"}:
        return NOTHING
    if operator == "%":
        return left % right if whole else NOTHING
    if operator == "//" or (language == "ruby" and whole):
        return left // right
    exact = whole and left % right == 0 and language != "python"
    return left // right if exact else left / right


_SOME_PID = 1000
_LARGE = 1e15  # larger numbers are not worth knowing
_LARGEST_INT = 1e9  # what is larger may be too large for its type
_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
_COUNTED: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
}
