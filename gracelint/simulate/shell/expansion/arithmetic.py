"""Integer expressions of the shell, as far as entrypoints use them to count."""

from __future__ import annotations

import re

from gracelint.base import lazy
from gracelint.base.facts import Word
from gracelint.base.integers import whole
from gracelint.base.typed import TYPE_CHECKING
from gracelint.simulate.shell.expansion import parameters
from gracelint.syntax.shell.tree import Parameter

if TYPE_CHECKING:
    from collections.abc import Callable

    from gracelint.simulate.shell.state import Shell

_TOKEN = lazy.compile(
    r"\s*(?:(0[xX][0-9a-fA-F]+|\d+)|(\$\{#[A-Za-z_]\w*(?:\[[@*]\])?\}|\$\{[A-Za-z_]\w*\[\w+\]\}"
    r"|[A-Za-z_]\w*\[\w+\]"
    r"|\$\{\w+:?-\w*\})"
    r"|(\$[#?!\d])|\$?\{?([A-Za-z_]\w*)\}?"
    r"|(\+\+|--|[-+*/%]=|<<(?!=)|>>(?!=)|<=|>=|==|!=|&&|\|\||[-+*/%<>=!()~?:]|[&|^](?!=)))"
)
_LEVELS = (
    *(("||",), ("&&",), ("|",), ("^",), ("&",), ("==", "!="), ("<", ">", "<=", ">=")),
    *(("<<", ">>"), ("+", "-"), ("*", "/", "%")),
)
MAX_LENGTH = 200
MAX_VALUE = 2**63 - 1


_ASSIGNING = frozenset({"=", "+=", "-=", "*=", "/=", "%="})
_SETTING = _ASSIGNING | {"++", "--"}


class _Unclear(Exception):  # noqa: N818
    """The expression is more than this reads."""


def value(expression: str, shell: Shell) -> int | None:
    """The value, assignments carried out; None: unknown, and what it assigns becomes unknown."""
    if len(expression) > MAX_LENGTH:
        return None
    if shell.kind.dialect == "bash":
        expression = expression.replace('"', "")
    try:
        return _Reader(_tokens(expression), shell).whole()
    except (_Unclear, ZeroDivisionError):
        for name in re.findall(r"([A-Za-z_]\w*)\s*(?:[-+*/%]?=(?!=)|\+\+|--)", expression):
            shell.vars.assign(name, Word(None, reason=f"`${name}` is computed"))
        return None


def _tokens(expression: str) -> list[str]:
    out, at = [], 0
    text = expression.strip()
    while at < len(text):
        token = _TOKEN.match(text, at)
        if not token:
            raise _Unclear
        out.append(next(filter(None, token.groups())))
        at = token.end()
    return out


class _Reader:
    """Precedence climbing over tokens; the nesting is bounded by the expression's length."""

    def __init__(self, tokens: list[str], shell: Shell) -> None:
        self.tokens = tokens
        self.shell = shell
        self.at = 0

    def whole(self) -> int:
        result = self.assignment()
        if self.at != len(self.tokens):
            raise _Unclear
        return result

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        if not token:
            raise _Unclear
        self.at += 1
        return token

    def assignment(self) -> int:
        following = self.tokens[self.at + 1] if self.at + 1 < len(self.tokens) else ""
        if following in _ASSIGNING:
            name, operator = self.take(), self.take()
            right = self.assignment()
            result = right if operator == "=" else _apply(operator[0], self.load(name), right)
            return self.store(name, result)
        result = self.level(0)
        return self.chosen(result) if self.peek() == "?" else result

    def chosen(self, condition: int) -> int:
        """`condition ? this : that`, where neither sets anything."""
        if not _SETTING.isdisjoint(self.tokens):
            raise _Unclear
        self.take()
        this = self.assignment()
        if self.take() != ":":
            raise _Unclear
        that = self.assignment()
        return this if condition else that

    def level(self, depth: int) -> int:
        if depth == len(_LEVELS):
            return self.unary()
        left = self.level(depth + 1)
        while self.peek() in _LEVELS[depth]:
            operator = self.take()
            left = _apply(operator, left, self.level(depth + 1))
        return left

    def unary(self) -> int:
        token = self.take()
        if token == "(":  # noqa: S105
            inner = self.assignment()
            if self.take() != ")":
                raise _Unclear
            return inner
        if token in {"-", "+", "!", "~"}:
            inner = self.unary()
            return {"-": -inner, "+": inner, "!": int(not inner), "~": ~inner}[token]
        if token in {"++", "--"}:
            name = self.take()
            return self.store(name, self.load(name) + (1 if token == "++" else -1))  # noqa: S105
        return self.operand(token)

    def operand(self, token: str) -> int:
        if token[0].isdecimal():
            return _number(token)
        result = self.load(token)
        if self.peek() in {"++", "--"}:
            self.store(token, result + (1 if self.take() == "++" else -1))
        return result

    def load(self, name: str) -> int:
        if "[" in name or name.startswith("${"):
            return self.braces(name.removeprefix("${").removesuffix("}"))
        if not (name[0].isalpha() or name[0] in "_$"):
            raise _Unclear
        part = Parameter(0, 0, name.removeprefix("$"), quoted=True)
        word = parameters.value(self.shell, part)
        return _number("0" if word is None or word.value == "" else word.value)

    def braces(self, text: str) -> int:
        """`${#list[@]}`, `${#text}`, `${list[0]}`, `${name:-1}`."""
        if "-" in text:
            return self.with_default(*text.split("-", 1))
        name, bracket, index = text.lstrip("#").partition("[")
        part = Parameter(0, 0, name, quoted=True, index=index[:-1] if bracket else None)
        if text.startswith("#") and bracket:
            listed = parameters.many(self.shell, part)
            if listed is None or any(word.many for word in listed):
                raise _Unclear
            return len(listed)
        word = parameters.value(self.shell, part) or Word("")
        if word.value is None:
            raise _Unclear
        return len(word.value) if text.startswith("#") else _number(word.value or "0")

    def with_default(self, name: str, default: str) -> int:
        part = Parameter(0, 0, name.removesuffix(":"), quoted=True)
        word = parameters.value(self.shell, part)
        unset = word is None or (word.value == "" and name[-1] == ":")
        return _number((default or "0") if word is None or unset else word.value)

    def store(self, name: str, result: int) -> int:
        if not (name[0].isalpha() or name[0] == "_") or "[" in name:
            raise _Unclear
        self.shell.vars.assign(name, Word(str(result)))
        return result


def _number(text: str | None) -> int:
    """A number as C writes it: `0x1f` and `017` are 31 and 15."""
    digits = (text or "").removeprefix("-")
    base = 16 if digits[:2] in {"0x", "0X"} else 8 if digits[:1] == "0" and len(digits) > 1 else 10
    if base == 10:
        number = whole(text)
        if number is None:
            raise _Unclear
        return number
    if len(digits) > _LONGEST or not _DIGITS[base].fullmatch(digits):
        raise _Unclear
    return int(text or "", base)


_LONGEST = 15
_DIGITS = {16: lazy.compile("0[xX][0-9a-fA-F]+"), 8: lazy.compile("0[0-7]+")}


def _quotient(left: int, right: int) -> int:
    """The quotient, cut off towards zero."""
    return abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)


_BITS = 63


def _shifted(number: int, by: int) -> int:
    return number << by if 0 <= by < _BITS and abs(number) <= MAX_VALUE else _unclear()


def _unclear() -> int:
    raise _Unclear


_OPERATORS: dict[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _quotient,
    "%": lambda a, b: a - b * _quotient(a, b),
    "<": lambda a, b: int(a < b),
    ">": lambda a, b: int(a > b),
    "<=": lambda a, b: int(a <= b),
    ">=": lambda a, b: int(a >= b),
    "==": lambda a, b: int(a == b),
    "!=": lambda a, b: int(a != b),
    "&": lambda a, b: a & b,
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
    "<<": _shifted,
    ">>": lambda a, b: a >> b if 0 <= b < _BITS else _unclear(),
    "&&": lambda a, b: int(bool(a and b)),
    "||": lambda a, b: int(bool(a or b)),
}


def _apply(operator: str, left: int, right: int) -> int:
    result = _OPERATORS[operator](left, right)
    if abs(result) > MAX_VALUE:
        raise _Unclear
    return result
