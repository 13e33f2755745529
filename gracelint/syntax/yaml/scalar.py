"""What a YAML scalar says: its type as clusters read it, and its text with places."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from gracelint.base import lazy
from gracelint.base.source import Embedded, Segment

if TYPE_CHECKING:
    from gracelint.base.source import Dialect, Source, Span

Scalar: TypeAlias = "str | int | float | bool | None"

_TRUE = frozenset(["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"])
_FALSE = frozenset(["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"])
_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_INT = lazy.compile(r"[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|[1-9][0-9_]*|0)\Z")
_FLOAT = lazy.compile(r"[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_INFINITE = {".inf": float("inf"), "+.inf": float("inf"), "-.inf": float("-inf")}
_DIALECTS: dict[str, Dialect] = {
    "plain": "yaml-plain",
    "single": "yaml-single",
    "double": "json",
    "literal": "block",
    "folded": "folded",
}
_ESCAPED = {
    **dict(zip("0abt\tnvfre", "\0\a\b\t\t\n\v\f\r\x1b", strict=True)),
    **dict(zip(' "/\\N_LP', ' "/\\\x85\xa0\u2028\u2029', strict=True)),
}
_HEX = {"x": 2, "u": 4, "U": 8}
_BREAKS = "\r\n\x85\u2028\u2029"


_TEXT_TAGS = frozenset(("!", "tag:yaml.org,2002:str"))


def is_null(text: str, tag: str | None = None) -> bool:
    """Whether `resolve` gives None."""
    return text in _NULL and tag not in _TEXT_TAGS


def resolve(text: str, tag: str | None = None) -> Scalar:
    """A plain scalar's value by YAML 1.1, as Kubernetes' reader types it."""
    if tag in _TEXT_TAGS:
        return text
    if text in _NULL:
        return None
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    return _number(text)


def _number(text: str) -> Scalar:
    if len(text) > 40:
        return text
    if _INT.match(text):
        sign, digits = (-1 if text[0] == "-" else 1), text.lstrip("+-").replace("_", "")
        octal = digits.startswith("0") and digits[1:].isdigit()
        return sign * int(digits, 8 if octal else 0) if digits.strip("box") else text
    if _FLOAT.match(text):
        return float(text.replace("_", ""))
    return _INFINITE.get(text.lower(), text)


class _Opaque(Embedded):
    """Text that cannot be edited: via an alias, or folded beyond what can be told."""

    __slots__ = ()

    def insertion(self, text: str, at: int) -> str | None:  # noqa: ARG002
        return None


def scalar_text(span: Span, value: str, style: str, *, editable: bool = True) -> Embedded:
    """The text of a scalar that is written at `span`, with a place for each character."""
    dialect = _DIALECTS.get(style, "plain")
    alignment = _Alignment(span.source, span.start, value, style)
    if not alignment.run():
        length = span.end - span.start
        whole = Segment(0, len(value), span.start, length + (length == len(value)))
        return _Opaque(span.source, value, (whole,) if value else (), dialect)
    kind = Embedded if editable else _Opaque
    segments = alignment.segments or [Segment(0, 0, alignment.at, 0)]
    return kind(span.source, value, segments, dialect, " " * max(alignment.indent, 0))


class _Alignment:
    """Walks along a scalar's text in the file and its value side by side."""

    def __init__(self, source: Source, start: int, value: str, style: str) -> None:
        self.text = source.text
        self.at = start
        self.value = value
        self.style = style
        self.indent = -1
        self.inner = 0
        self.segments: list[Segment] = []

    def run(self) -> bool:
        """Align all; whether that could be done."""
        if self.style in {"literal", "folded"}:
            if not self._header():
                return False
        elif self.style != "plain":
            self.at += 1
        while self.inner < len(self.value):
            if not self._step():
                return False
        return True

    def _header(self) -> bool:
        end = self.text.find("\n", self.at)
        if end < 0:
            return False
        self.at = end + 1
        stripped = self.value.lstrip("\n")
        line = self.at
        while line < len(self.text):
            stop = self.text.find("\n", line)
            stop = len(self.text) if stop < 0 else stop
            content = self.text[line:stop]
            if content.strip():
                blanks = len(content) - len(content.lstrip(" "))
                first = stripped.partition("\n")[0]
                self.indent = blanks - (len(first) - len(first.lstrip(" ")))
                break
            line = stop + 1
        if self.indent <= 0 or not stripped:
            return False
        self._skip_indent()
        return True

    def _skip_indent(self) -> None:
        for _ in range(self.indent):
            if self.text[self.at : self.at + 1] != " ":
                break
            self.at += 1

    def _put(self, length: int, host: int) -> None:
        """`length` characters of the value are the `host` characters here."""
        last = self.segments[-1] if self.segments else None
        if (
            last is not None
            and length == host
            and last.length == last.host_length
            and last.host + last.length == self.at
        ):
            joined = Segment(last.inner, last.length + length, last.host, last.length + length)
            self.segments[-1] = joined
        else:
            self.segments.append(Segment(self.inner, length, self.at, host))
        self.inner += length
        self.at += host

    def _step(self) -> bool:
        here = self.text[self.at : self.at + 1]
        if not here:
            return False
        if self.style == "literal":
            return self._literal(here)
        if self.style == "folded":
            return self._fold(self._block_break()) if here in _BREAKS else self._same(here)
        if here in " \t" + _BREAKS and (stop := self._flow_break()):
            return self._fold(stop)
        if self.style == "double" and here == "\\":
            return self._escape()
        if self.style == "single" and here == "'":
            return self._pair()
        return self._same(here)

    def _same(self, here: str) -> bool:
        if self.value[self.inner] != here:
            return False
        self._put(1, 1)
        return True

    def _literal(self, here: str) -> bool:
        if here not in _BREAKS:
            return self._rest_of_line() or self._same(here)
        if self.value[self.inner] not in "\n\x85\u2028\u2029":
            return False
        self._put(1, 2 if self.text.startswith("\r\n", self.at) else 1)
        self._skip_indent()
        return True

    def _rest_of_line(self) -> bool:
        """Take what stands up to the end of the line in one step, if it is the value's."""
        stop = self.text.find("\n", self.at)
        line = self.text[self.at : len(self.text) if stop < 0 else stop].rstrip("\r")
        if not line or not self.value.startswith(line, self.inner):
            return False
        self._put(len(line), len(line))
        return True

    def _block_break(self) -> int:
        """The end of the line breaks here, blank lines and the next line's indentation included."""
        at = self.at
        while at < len(self.text) and self.text[at] in _BREAKS:
            at += 2 if self.text.startswith("\r\n", at) else 1
            blanks = 0
            while blanks < self.indent and self.text[at : at + 1] == " ":
                at, blanks = at + 1, blanks + 1
        return at

    def _flow_break(self) -> int:
        """The end of a run of white space if it has a line break, else 0."""
        at = self.at
        while at < len(self.text) and self.text[at] in " \t" + _BREAKS:
            at += 1
        return at if any(c in _BREAKS for c in self.text[self.at : at]) else 0

    def _fold(self, stop: int) -> bool:
        """The white space up to `stop` stands for a space or for line breaks."""
        length = 0
        while self.value[self.inner + length : self.inner + length + 1] == "\n":
            length += 1
        if not length:
            if self.value[self.inner] != " ":
                return False
            length = 1
        self._put_escape(length, stop - self.at)
        return True

    def _put_escape(self, length: int, host: int) -> None:
        self.segments.append(Segment(self.inner, length, self.at, host))
        self.inner += length
        self.at += host

    def _pair(self) -> bool:
        if self.value[self.inner] != "'" or not self.text.startswith("''", self.at):
            return False
        self._put_escape(1, 2)
        return True

    def _escape(self) -> bool:
        code = self.text[self.at + 1 : self.at + 2]
        if code and code in _BREAKS:
            self.at += 1
            self.at = self._flow_break()
            return True
        digits = _HEX.get(code, 0)
        try:
            raw = self.text[self.at + 2 : self.at + 2 + digits]
            char = chr(int(raw, 16)) if digits else _ESCAPED[code]
        except (KeyError, ValueError, OverflowError):
            return False
        if self.value[self.inner] != char:
            return False
        self._put_escape(1, 2 + digits)
        return True
