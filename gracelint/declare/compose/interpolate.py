"""Compose's `$VAR` and `${VAR:-default}` in a value, and the `.env` file that they are taken from.

Source: the Compose specification, "Interpolation"; compose-go 2 (template, dotenv) for the details.
"""

from __future__ import annotations

from collections import ChainMap
from typing import TYPE_CHECKING

from gracelint.base.source import Embedded, Segment
from gracelint.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gracelint.base.source import Dialect, Text

MAX_DEPTH = 20
"""Defaults nested more deeply than this are unknown."""

MAX_LENGTH = 200_000
"""Values that grow longer than this by their variables are unknown."""

_START = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
_NAME = _START | frozenset("0123456789")
_OPERATORS = (":-", ":+", ":?", "-", "+", "?")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "$": "$", '"': '"', "\\": "\\"}


@dataclass(frozen=True, slots=True)
class Hole:
    """From `start` up to `end` a text holds a variable, as written, whose value is not in sight."""

    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class Interpolated:
    """A value after interpolation. error: why Compose rejects it, "" when it does not.

    replaced: whether variables stood in it.
    """

    text: Text
    holes: tuple[Hole, ...] = ()
    error: str = ""
    replaced: bool = False

    @property
    def value(self) -> str | None:
        """The whole text; None when a part of it is not in sight."""
        return None if self.holes or self.error else self.text.text

    @property
    def reason(self) -> str:
        """Why the value is not known."""
        return self.error or (self.holes[0].reason if self.holes else "")


class _Dollars(Embedded):
    """A value in which variables were replaced and `$$` became `$`."""

    __slots__ = ("replaced",)

    def __init__(
        self, host: Text, text: str, segments: list[Segment], replaced: list[tuple[int, int]]
    ) -> None:
        dialect: Dialect = getattr(host, "dialect", "plain")
        super().__init__(host, text, segments, dialect, getattr(host, "indent", ""))
        self.replaced = replaced

    def insertion(self, text: str, at: int) -> str | None:
        """How `text` is written at `at`; None within what a variable was replaced by."""
        if any(start < at < end for start, end in self.replaced):
            return None
        return self.host.insertion(text.replace("$", "$$"), self._host_offset(at))


def interpolate(text: Text, variables: Mapping[str, str]) -> Interpolated:
    """`text` with its variables replaced; a variable that nothing sets stays, as a hole."""
    if "$" not in text.text:
        return Interpolated(text)
    return _Interpolation(text, variables).run()


class _Interpolation:
    def __init__(self, host: Text, variables: Mapping[str, str]) -> None:
        self.host = host
        self.raw = host.text
        self.variables = variables
        self.parts: list[str] = []
        self.segments: list[Segment] = []
        self.replaced: list[tuple[int, int]] = []
        self.holes: list[Hole] = []
        self.length = 0

    def run(self) -> Interpolated:
        at = 0
        while (dollar := self.raw.find("$", at)) >= 0:
            self._put(self.raw[at:dollar], at, dollar)
            end, value = _variable(self.raw, dollar, self.variables, 0)
            if isinstance(value, _Missing) and value.rejected:
                return Interpolated(self.host, (), value.reason)
            if self.length > MAX_LENGTH:
                return Interpolated(self.host, (), "the value becomes too long")
            if isinstance(value, _Missing):
                start = self.length
                self._put(self.raw[dollar:end], dollar, end)
                self.holes.append(Hole(start, self.length, value.reason))
            else:
                self._put(value, dollar, end)
            at = end
        self._put(self.raw[at:], at, len(self.raw))
        inner = "".join(self.parts)
        segments = self.segments or [Segment(0, 0, 0, 0)]
        text = _Dollars(self.host, inner, segments, self.replaced)
        return Interpolated(text, tuple(self.holes), replaced=True)

    def _put(self, value: str, start: int, end: int) -> None:
        """`value` stands for the characters from `start` up to `end` of the host."""
        if not value:
            return
        self.parts.append(value)
        self.segments.append(Segment(self.length, len(value), start, end - start))
        if value != self.raw[start:end]:
            self.replaced.append((self.length, self.length + len(value)))
        self.length += len(value)


@dataclass(frozen=True, slots=True)
class _Missing:
    """Why there is no value; rejected: Compose refuses the file."""

    reason: str
    rejected: bool = False


def _variable(
    raw: str, at: int, variables: Mapping[str, str], depth: int
) -> tuple[int, str | _Missing]:
    """What the `$` at `at` begins: where it ends, and its value."""
    following = raw[at + 1 : at + 2]
    if following == "$":
        return at + 2, "$"
    if following in _START and following:
        end = _name_end(raw, at + 1)
        return end, _lookup(raw[at + 1 : end], variables)
    if following != "{":
        return at + 1, "$"
    end = _closing(raw, at + 1)
    if end < 0:
        return len(raw), _Missing("a `${` is not closed", rejected=True)
    return end + 1, _braced(raw[at + 2 : end], variables, depth)


def _name_end(raw: str, at: int) -> int:
    while at < len(raw) and raw[at] in _NAME:
        at += 1
    return at


def _closing(raw: str, at: int) -> int:
    """Where the brace that opens at `at` is closed; -1 when it is not."""
    depth = 0
    for index in range(at, len(raw)):
        if raw[index] == "{":
            depth += 1
        elif raw[index] == "}":
            depth -= 1
            if depth == 0:
                return index
    return -1


def _lookup(name: str, variables: Mapping[str, str]) -> str | _Missing:
    value = variables.get(name)
    return _Missing(f"`${name}` is set outside these files") if value is None else value


def _braced(inner: str, variables: Mapping[str, str], depth: int) -> str | _Missing:
    """The value of `${inner}`."""
    end = _name_end(inner, 0)
    name, rest = inner[:end], inner[end:]
    operator = next((o for o in _OPERATORS if rest.startswith(o)), "")
    if not name or name[0] not in _START or (rest and not operator):
        return _Missing(f"`${{{inner[:40]}}}` is no variable", rejected=True)
    if not rest:
        return _lookup(name, variables)
    value = variables.get(name)
    there = value if value or not operator.startswith(":") else None
    other = rest[len(operator) :]
    match operator[-1]:
        case "?":
            return _lookup(name, {}) if there is None else there
        case "-":
            return _nested(other, variables, depth) if there is None else there
    return _lookup(name, variables) if there is None else _nested(other, variables, depth)


def _nested(text: str, variables: Mapping[str, str], depth: int) -> str | _Missing:
    """A default with the variables in it."""
    if "$" not in text:
        return text
    if depth >= MAX_DEPTH:
        return _Missing("its defaults are nested too deeply")
    parts: list[str] = []
    at = length = 0
    while (dollar := text.find("$", at)) >= 0:
        parts.append(text[at:dollar])
        at, value = _variable(text, dollar, variables, depth + 1)
        if isinstance(value, _Missing):
            return value
        parts.append(value)
        length += len(value)
        if length > MAX_LENGTH:
            return _Missing("the value becomes too long")
    return "".join([*parts, text[at:]])


def dotenv(text: str, environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables of an `.env` file; a value that needs one that is not in sight is left out.

    environment: variables set before. Lines that are no assignment are skipped.
    """
    assignments: dict[str, str] = {}
    variables = ChainMap(assignments, dict(environment or {}))
    rest = text.replace("\r\n", "\n")
    at = 0
    while at < len(rest):
        stop = rest.find("\n", at)
        stop = len(rest) if stop < 0 else stop
        name, start = _assignment(rest, at, stop)
        at = stop + 1
        if not name:
            continue
        raw, quote, end = _value(rest, start, stop)
        at = max(at, end)
        value = raw if quote == "'" else _nested(raw, variables, 0)
        if not isinstance(value, _Missing):
            assignments[name] = value
    return assignments


def _assignment(text: str, start: int, stop: int) -> tuple[str, int]:
    """The name that a line sets, "" when it sets none, and where the value starts."""
    line = text[start:stop]
    head = line.lstrip()
    if head.startswith(("export ", "export\t")):
        head = head[7:].lstrip()
    cuts = [at for at in (head.find("="), head.find(":")) if at >= 0]
    if not cuts:
        return "", 0
    name = head[: min(cuts)].rstrip()
    valid = name and all(c.isalnum() or c in "_.-[]" for c in name)
    return (name if valid else ""), stop - len(head) + min(cuts) + 1


def _value(text: str, start: int, stop: int) -> tuple[str, str, int]:
    """The value that starts in a line, the quote around it, and where reading goes on."""
    while start < stop and text[start].isspace():
        start += 1
    quote = text[start : start + 1]
    if quote and quote in "'\"":
        end = _quote_end(text, start + 1, quote)
        if end >= 0:
            after = text.find("\n", end)
            return _unquote(text[start + 1 : end], quote), quote, (after + 1) or len(text)
    return text[start:stop].split(" #", 1)[0].rstrip(), "", stop


def _quote_end(text: str, at: int, quote: str) -> int:
    while at < len(text) and text[at] != quote:
        at += 2 if text[at] == "\\" else 1
    return at if at < len(text) else -1


def _unquote(raw: str, quote: str) -> str:
    if "\\" not in raw:
        return raw
    if quote == "'":
        return raw.replace("\\'", "'")
    parts, at = [], 0
    while at < len(raw):
        pair = raw[at : at + 2]
        if pair[0] == "\\" and pair[1:] in _ESCAPES and len(pair) == 2:
            parts.append("$$" if pair[1] == "$" else _ESCAPES[pair[1]])
            at += 2
        else:
            parts.append(pair[0])
            at += 1
    return "".join(parts)
