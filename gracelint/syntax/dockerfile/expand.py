"""Quotes, escapes and variables in a Dockerfile's words, handled as the engine's builder does.

The builder has its own small lexer for this, close to a shell's but not the same: nothing but
`$NAME` and a few forms of `${NAME…}` is expanded, and an unset variable gives nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from gracelint.base import lazy
from gracelint.base.source import Embedded, Segment
from gracelint.base.typed import TYPE_CHECKING, TypeAlias
from gracelint.base.values import dataclass
from gracelint.syntax.dockerfile.lines import SPACES
from gracelint.syntax.dockerfile.trim import LexError, regex, short, trimmed

if TYPE_CHECKING:
    from gracelint.base.source import Text

_SPECIAL = frozenset("@*#?-$!0")
_DEPTH = 40  # how deep `${a:-${b:-…}}` is followed
_LONGEST = 100_000  # characters that variables may add to a word
_ORDINARY = lazy.compile(r"[^$<'\"\\`\s]+")  # no more than stand for themselves


@dataclass(frozen=True, slots=True)
class Missing:
    """A variable whose value the files do not tell.

    optional: unset unless somebody sets it from outside, so that a default in place of it counts.
    """

    reason: str
    optional: bool = False


Lookup: TypeAlias = Callable[[str], "str | Missing | None"]  # None: certainly unset


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters of the result, and the place they were written at; of one length: one to one."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Lexed:
    """A word without quotes, escapes and variables.

    value: None when unknown, then `reason` says why. pieces: the value with its places. words: the
    value split at blanks that were not quoted.
    """

    value: str | None
    reason: str
    pieces: tuple[Piece, ...]
    words: tuple[tuple[Piece, ...], ...]

    def embedded(self, host: Text) -> Embedded | None:
        """The value as text in `host`, which the word was cut out of at offset 0."""
        if self.value is None:
            return None
        segments, at = [], 0
        for piece in merged(self.pieces):
            if piece.text:
                segments.append(Segment(at, len(piece.text), piece.start, piece.end - piece.start))
                at += len(piece.text)
        return Embedded(host, self.value, segments or [Segment(0, 0, 0, 0)])


def merged(pieces: tuple[Piece, ...]) -> list[Piece]:
    """The same with neighbours joined that map one to one."""
    runs: list[list[Piece]] = []
    for piece in pieces:
        if runs and _plain(piece) and _plain(runs[-1][-1]) and runs[-1][-1].end == piece.start:
            runs[-1].append(piece)
        else:
            runs.append([piece])
    return [Piece("".join(p.text for p in run), run[0].start, run[-1].end) for run in runs]


def _plain(piece: Piece) -> bool:
    return len(piece.text) == piece.end - piece.start


def unset(name: str) -> None:  # noqa: ARG001
    """A lookup that knows no variable."""
    return


@dataclass(slots=True)
class Lexer:
    """Reads one text. The options are those of the builder's lexer, whose behaviour it copies.

    raw_quotes, raw_escapes: leave them in. keep_unset: leave unset variables as they are written.
    no_quotes: quotes mean nothing (the body of a here-document).
    """

    text: str
    lookup: Lookup = unset
    escape: str = "\\"
    raw_quotes: bool = False
    raw_escapes: bool = False
    keep_unset: bool = False
    no_quotes: bool = False
    at: int = 0
    depth: int = 0
    added: int = 0
    reason: str = ""

    def run(self) -> Lexed:
        """Read all of it; LexError when the engine would reject it."""
        words = _Words()
        pieces = self._until("", self.raw_escapes, words)
        words.flush()
        value = None if self.reason else "".join(p.text for p in pieces)
        return Lexed(value, self.reason, tuple(pieces), tuple(words.finished))

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _next(self) -> str:
        char = self.text[self.at : self.at + 1]
        self.at += len(char)
        return char

    def _until(self, stop: str, raw_escapes: bool, words: _Words) -> list[Piece]:
        pieces: list[Piece] = []
        while char := self._peek():
            start = self.at
            if char == stop:
                self.at += 1
                return pieces
            if char == "$":
                part = self._dollar()
                if part.end - part.start > 2 and self.text[start + 1 : start + 2] == "{":
                    words.forget(part)
                words.add(part)
            elif char == "<":
                part = self._angle()
                words.add_raw(part)
            elif char in "'\"" and not self.no_quotes:
                quoted = self._single() if char == "'" else self._double(raw_escapes)
                pieces += quoted
                for piece in quoted:
                    words.add_raw(piece)
                continue
            elif char == self.escape:
                pieces += self._escaped(raw_escapes, words)
                continue
            else:
                part = self._ordinary(char, stop)
                words.add(part)
            pieces.append(part)
        if stop:
            raise LexError(f"`{stop}` is missing")
        return pieces

    def _ordinary(self, char: str, stop: str) -> Piece:
        """Characters that stand for themselves: as many as there are, or one."""
        start = self.at
        run = None if stop else _ORDINARY.match(self.text, start)
        text = run[0] if run else char
        self.at += len(text)
        return Piece(text, start, self.at)

    def _escaped(self, raw_escapes: bool, words: _Words) -> list[Piece]:
        start = self.at
        escape, char = self._next(), self._next()
        if raw_escapes:
            pieces = [Piece(escape, start, start + 1)]
            pieces += [Piece(char, start + 1, start + 2)] if char else []
        else:
            pieces = [Piece(char, start, start + 2)] if char else []
        for piece in pieces:
            words.add_raw(piece)
        return pieces

    def _angle(self) -> Piece:
        start = self.at
        self.at += 1
        if self._peek() == "<":
            self.at += 1
            while self._peek() in {"\t", "\r", " "}:
                self.at += 1
        return Piece(self.text[start : self.at], start, self.at)

    def _single(self) -> list[Piece]:
        start = self.at
        end = self.text.find("'", start + 1)
        if end < 0:
            raise LexError("a single quote is not closed")
        self.at = end + 1
        if self.raw_quotes:
            return [Piece(self.text[start : self.at], start, self.at)]
        return [Piece(self.text[start + 1 : end], start + 1, end)]

    def _double(self, raw_escapes: bool) -> list[Piece]:
        pieces: list[Piece] = []
        if self.raw_quotes:
            pieces.append(Piece('"', self.at, self.at + 1))
        self.at += 1
        while char := self._peek():
            start = self.at
            if char == "$":
                pieces.append(self._dollar())
                continue
            self.at += 1
            if char == '"':
                if self.raw_quotes:
                    pieces.append(Piece(char, start, self.at))
                return pieces
            if char == self.escape:
                pieces += self._escaped_in_quotes(start, raw_escapes)
            else:
                pieces.append(Piece(char, start, self.at))
        raise LexError("a double quote is not closed")

    def _escaped_in_quotes(self, start: int, raw_escapes: bool) -> list[Piece]:
        following = self._peek()
        if not following:
            return []
        if following not in {'"', "$", self.escape}:
            double = [Piece(self.escape, start, start)] if raw_escapes else []
            return [*double, Piece(self.escape, start, self.at)]
        self.at += 1
        if raw_escapes:
            return [Piece(self.escape + following, start, self.at)]
        return [Piece(following, start, self.at)]

    def _dollar(self) -> Piece:
        start = self.at
        self.at += 1
        text = self._variable()
        self.added += len(text)
        if self.added > _LONGEST:
            raise LexError("the value is too long")
        return Piece(text, start, self.at)

    def _variable(self) -> str:
        if self._peek() != "{":
            name = self._name()
            return self._plain_value(name, "$" + name) if name else "$"
        self.at += 1
        self.depth += 1
        if self.depth > _DEPTH:
            raise LexError("substitutions are nested too deeply")
        text = self._braces()
        self.depth -= 1
        return text

    def _braces(self) -> str:
        if self._peek() in {"", "{", "}", ":"}:
            raise LexError("a substitution has no name")
        name, char = self._name(), self._next()
        if char == "}":
            return self._plain_value(name, f"${{{name}}}")
        if char == "/":
            return self._replace(name)
        operator = char + (self._next() if char == ":" else "")
        if char not in {":", "+", "-", "?", "#", "%"} or operator in {":#", ":%"}:
            raise LexError(f"`{operator}` is no known operator in a substitution")
        word = self._inner("}", operator in {"#", "%"})
        if operator[-1:] not in {"+", "-", "?", "#", "%"}:
            raise LexError(f"`{operator}` is no known operator in a substitution")
        return self._operate(name, operator, word)

    def _inner(self, stop: str, raw_escapes: bool) -> tuple[str, str]:
        """A text inside a substitution, and why it is unknown."""
        before, self.reason = self.reason, ""
        pieces = self._until(stop, raw_escapes, _Words())
        reason, self.reason = self.reason, before
        return "".join(p.text for p in pieces), reason

    def _plain_value(self, name: str, written: str) -> str:
        value = self.lookup(name)
        if value is None and self.keep_unset:
            return written
        if isinstance(value, Missing):
            self.reason = self.reason or value.reason
            return ""
        return value or ""

    def _operate(self, name: str, operator: str, word: tuple[str, str]) -> str:
        value = self.lookup(name)
        if value is None and self.keep_unset:
            return f"${{{name}{operator}{word[0]}}}"
        if isinstance(value, Missing) and (not value.optional or operator[-1] in "?#%"):
            self.reason = self.reason or value.reason
            return ""
        text = None if isinstance(value, Missing) else value
        present = bool(text) if operator[0] == ":" else text is not None
        match operator[-1]:
            case "-":
                return text or "" if present else self._take(word)
            case "+":
                return self._take(word) if present else ""
            case "?":
                if not present:
                    raise LexError(f"{name}: {word[0] or 'is not set'}")
                return text or ""
        return trimmed(text or "", operator, self._take(word))

    def _take(self, word: tuple[str, str]) -> str:
        self.reason = self.reason or word[1]
        return word[0]

    def _replace(self, name: str) -> str:
        everywhere = self._peek() == "/"
        self.at += everywhere
        pattern = self._inner("/", True)
        replacement = self._inner("}", True)
        value = self.lookup(name)
        if value is None and self.keep_unset:
            return f"${{{name}/{pattern[0]}/{replacement[0]}}}"
        if isinstance(value, Missing):
            self.reason = self.reason or value.reason
            return ""
        compiled = re.compile(regex(self._take(pattern), greedy=True), re.DOTALL)
        text = self._take(replacement)
        return compiled.sub(lambda _: text, short(value or ""), 0 if everywhere else 1)

    def _name(self) -> str:
        start = self.at
        first = self._peek()
        if first.isdecimal():
            while self._peek().isdecimal():
                self.at += 1
        elif first in _SPECIAL and first:
            self.at += 1
        else:
            while (char := self._peek()) and (char.isalpha() or char.isdecimal() or char == "_"):
                self.at += 1
        return self.text[start : self.at]


_SPACES = frozenset(SPACES)


class _Words:
    """Splits what is read at blanks that were not quoted."""

    __slots__ = ("current", "finished")

    def __init__(self) -> None:
        self.finished: list[tuple[Piece, ...]] = []
        self.current: list[Piece] = []

    def add(self, piece: Piece) -> None:
        """Add characters, of which blanks end the word."""
        if _SPACES.isdisjoint(piece.text):
            self.add_raw(piece)
            return
        for char in piece.text:
            if char not in SPACES:
                self.current.append(Piece(char, piece.start, piece.end))
            else:
                self.flush()

    def add_raw(self, piece: Piece) -> None:
        """Add characters that stand for themselves."""
        if piece.text:
            self.current.append(piece)

    def forget(self, piece: Piece) -> None:
        """What the builder's lexer loses of a word before a substitution with an operator."""
        if any(c in piece.text for c in ":+-?#%/"):
            self.current = []

    def flush(self) -> None:
        """End the word."""
        if self.current:
            self.finished.append(tuple(self.current))
        self.current = []
