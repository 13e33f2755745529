"""How Compose splits a string into words: quotes and backslashes as in a shell, but no shell.

Source: compose-go 2 (types/command.go), which splits with go-shellwords 1.0.12: an unquoted `;`,
`&`, `|`, `<` or `>` ends the words and drops the rest, a `(` or an open quote makes it reject the
text, `$(…)` and backquotes stay as they are.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from gracelint import atlas
from gracelint.base.facts import Word
from gracelint.base.source import Embedded, Segment
from gracelint.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gracelint.base.source import Text
    from gracelint.declare.compose.interpolate import Hole, Interpolated

_SPACE = frozenset(" \t\r\n")
_ENDS = frozenset(";&|<>")
_ESCAPED = {"t": "\t", "n": "\n"}
_WRITTEN = {"\t": "\\t", "\n": "\\n"}


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text. dropped: what is lost behind them. error: why Compose rejects it."""

    words: tuple[Word, ...] = ()
    dropped: str = ""
    error: str = ""


class _Quoted(Embedded):
    """A word, with the quotes that its characters stand in."""

    __slots__ = ("quotes",)

    def __init__(self, host: Text, text: str, pieces: list[_Piece]) -> None:
        super().__init__(host, text, [p.segment for p in pieces], "sh-word")
        self.quotes = [p.quote for p in pieces]

    def insertion(self, text: str, at: int) -> str | None:
        """How `text` is written at `at`, by the quotes there."""
        index = max(i for i, s in enumerate(self.segments) if s.inner <= at or i == 0)
        quote = self.quotes[index]
        if quote == "'":
            written = None if "'" in text else text
        else:
            special = '"\\' if quote == '"' else " \"'\\;&|<>()`"
            written = "".join(_WRITTEN.get(c, f"\\{c}" if c in special else c) for c in text)
        return None if written is None else self.host.insertion(written, self._host_offset(at))


@dataclass(frozen=True, slots=True)
class _Piece:
    """Characters of a word that stand in the same quotes, or one escape."""

    segment: Segment
    quote: str


@dataclass(frozen=True, slots=True)
class _Char:
    value: str
    at: int
    length: int
    quote: str


def split(given: Interpolated) -> Words:
    """The words of a value; a word with an unknown variable in it is unknown."""
    if given.error:
        return Words(error=given.error)
    splitter = _Splitter(given.text)
    end, error = splitter.run()
    if error:
        return Words(error=error)
    ends = [hole.end for hole in given.holes]
    words: list[Word] = []
    for start, stop, chars in splitter.holes:
        hole = None if is_shell_text(words) else _hole(given, ends, start, stop)
        words.append(_word(given, hole, start, stop, chars))
    return Words(tuple(words), given.text.text[end:].strip())


def is_shell_text(before: Sequence[Word]) -> bool:
    """Whether a shell is given the next word to run.

    A variable of Compose's without a value stays in it as it is written: a variable that has no
    value in sight for the shell, either.
    """
    option = before[-1].value if before else None
    if option is None or option[:2] == "--" or not re.fullmatch(r"-\w*c", option):
        return False
    return any(atlas.is_shell(word.value or "") for word in before[:-1])


class _Splitter:
    def __init__(self, text: Text) -> None:
        self.text = text.text
        self.holes: list[tuple[int, int, list[_Char]]] = []
        self.open: list[_Char] | None = None
        self.start = 0
        self.quote = ""

    def run(self) -> tuple[int, str]:
        """Read all words; where reading ended, and why Compose rejects the text."""
        at = 0
        while at < len(self.text):
            char = self.text[at]
            if not self.quote and char in _ENDS:
                self._redirection(char)
                break
            if char == "\\" and self.quote != "'":
                after = self._escape(at)
            elif self.quote:
                after = self._quoted(char, at)
            elif char in "()`":
                after = self._substitution(char, at)
            else:
                after = self._plain(char, at)
            if after < 0:
                return at, f"its `{char}` is not allowed there"
            at = after
        self._close(at)
        return at, f"a {self.quote} is not closed" if self.quote else ""

    def _redirection(self, char: str) -> None:
        """The number before a `>` is dropped with it."""
        if char == ">" and self.open and self.open[0].value.isdigit():
            self.open = None

    def _escape(self, at: int) -> int:
        following = self.text[at + 1 : at + 2]
        self._put(_ESCAPED.get(following, following), at, 2, self.quote)
        return at + 2 if following else -1

    def _quoted(self, char: str, at: int) -> int:
        if char == self.quote:
            self.quote = ""
        else:
            self._put(char, at, 1, self.quote)
        return at + 1

    def _plain(self, char: str, at: int) -> int:
        if char in "'\"":
            self.quote = char
            self._begin(at)
        elif char in _SPACE:
            self._close(at)
        else:
            self._put(char, at, 1, "")
        return at + 1

    def _substitution(self, char: str, at: int) -> int:
        """`$(…)` or backquotes, taken over as they stand."""
        end = -1
        if char == "`" or (char == "(" and self.open and self.open[-1].value == "$"):
            end = self.text.find(")" if char == "(" else "`", at + 1)
        for index in range(at, end + 1):
            self._put(self.text[index], index, 1, "`")
        return end + 1 if end > 0 else -1

    def _begin(self, at: int) -> None:
        if self.open is None:
            self.open, self.start = [], at

    def _put(self, value: str, at: int, length: int, quote: str) -> None:
        self._begin(at)
        if self.open is not None:
            self.open.append(_Char(value, at, length, quote))

    def _close(self, at: int) -> None:
        if self.open is not None:
            self.holes.append((self.start, at, self.open))
        self.open = None


def _hole(given: Interpolated, ends: list[int], start: int, stop: int) -> Hole | None:
    """The first variable without a value between two places."""
    index = bisect_right(ends, start)
    hole = given.holes[index] if index < len(ends) else None
    return hole if hole is not None and hole.start < stop else None


def _word(
    given: Interpolated, hole: Hole | None, start: int, stop: int, chars: list[_Char]
) -> Word:
    span = given.text.span(start, stop)
    if hole is not None:
        many = hole.start == start and hole.end == stop
        return Word(None, span, None, hole.reason, many=many)
    text = "".join(c.value for c in chars)
    return Word(text, span, _Quoted(given.text, text, _pieces(chars, start)))


def _pieces(chars: list[_Char], start: int) -> list[_Piece]:
    """The characters as runs that map one to one, and single escapes."""
    pieces: list[_Piece] = []
    inner = 0
    while inner < len(chars):
        first, end = chars[inner], inner + 1
        while end < len(chars) and _joins(chars[end - 1], chars[end]):
            end += 1
        segment = Segment(inner, end - inner, first.at, end - inner)
        if first.length != 1:
            segment = Segment(inner, 1, first.at, first.length)
        pieces.append(_Piece(segment, first.quote))
        inner = end
    return pieces or [_Piece(Segment(0, 0, start + 1, 0), "'")]


def _joins(before: _Char, char: _Char) -> bool:
    alike = before.length == char.length == 1 and before.quote == char.quote
    return alike and before.at + 1 == char.at
