"""Words of a shell: quotes, expansions and here-documents, read character by character.

tree-sitter is not asked about words: it counts bytes, drops carriage returns and has one idea of
quoting for every shell. What it reads is the grammar between them, see `shell_grammar`.
"""

from __future__ import annotations

import re

from gracelint.base import lazy
from gracelint.base.typed import TYPE_CHECKING
from gracelint.syntax.shell.escapes import unescape
from gracelint.syntax.shell.tree import (
    Arithmetic,
    Chars,
    Commands,
    Opaque,
    Parameter,
    ProcessSubstitution,
    Substitution,
    Words,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gracelint.syntax.shell.tree import Dialect, Part

DEPTH = 40
"""How deep commands and expansions may nest before they are left unread."""

PARTS = 100_000
"""Words, operators and pieces of words of a text that are read, which take about 1 kB each."""

_ARITHMETIC = 4096  # how far the end of `((` is looked for, so that hostile text stays cheap

METACHARACTERS = frozenset(" \t\n;&|<>()")

_WHOLE = lazy.compile(r"[\w.,:/@%+-]+(?=[ \t\n;&|)]|\Z)", re.ASCII)
_PLAIN_WORD = lazy.compile(r"[^ \t\n;&|<>()'\"\\$`]+")
_PLAIN_VALUE = lazy.compile(r"(?:[^ \t\n;&|<>()'\"\\$`:]|:(?!~))+:?")
_PLAIN_BRACE = lazy.compile(r"[^}'\"\\$`]+")
_PLAIN_DOUBLE = lazy.compile(r"[^\"\\$`]+")
_PLAIN_DOCUMENT = lazy.compile(r"[^\\$`]+")
_ASSIGNED = lazy.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_PARAMETER = lazy.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-]")
_BRACED = lazy.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-]")
_INDEX = lazy.compile(r"\[((?:[^\[\]{}\n]|\$\{[^{}\n]*\}|\[[^\[\]\n]*\]){0,200})\]")
_OPERATOR = lazy.compile(r":[-=?+]|##|%%|//|\^\^|,,|[-=?+#%/^,:@~]")
_DEFAULTED = lazy.compile(r":[-=?+]|[-=?+]")
_WITH_QUOTES = frozenset(("#", "##", "%", "%%", "/", "//", "^", "^^", ",", ",,"))


class Unterminated(Exception):  # noqa: N818
    """The text ends inside a quote or an expansion that began at `start`."""

    def __init__(self, start: int, what: str) -> None:
        super().__init__(f"{what} is never closed")
        self.start = start


class TooDeep(Exception):  # noqa: N818
    """Commands nest deeper than `DEPTH`, or there are more of them than `PARTS` allows."""


class Reader:
    """A position in a text that is read once from left to right.

    places: where in the script each character, and the end, stands. commands: reads the commands up
    to the closing character, given this reader. doubtful: an expansion was not understood, and
    shells differ in where such a one ends.
    """

    def __init__(
        self,
        text: str,
        places: Sequence[int],
        dialect: Dialect,
        commands: Callable[[Reader, str], Commands],
        depth: int = 0,
    ) -> None:
        self.text = text
        self.places = places
        self.dialect = dialect
        self.depth = depth
        self.at = 0
        self.doubtful = False
        self.errors: list[tuple[int, int, str, bool]] = []
        self.documents: list[Pending] = []
        self._commands = commands
        self._left = [PARTS]
        self._homes = "~" in text

    def within(self, text: str, places: Sequence[int]) -> Reader:
        """A reader for text inside this one, one level deeper."""
        inner = Reader(text, places, self.dialect, self._commands, self.depth + 1)
        inner.errors = self.errors
        inner._left = self._left
        return inner

    def spend(self) -> None:
        """Read one more part; TooDeep when there are too many."""
        self._left[0] -= 1
        if self._left[0] < 0:
            raise TooDeep

    @property
    def exhausted(self) -> bool:
        """Whether there were too many."""
        return self._left[0] < 0

    def deeper(self) -> None:
        """Enter a level; TooDeep when there are too many."""
        self.depth += 1
        if self.depth > DEPTH:
            raise TooDeep

    def plain(self) -> Words | None:
        """The word at the position if it is but letters, digits and the like; else None."""
        match = _WHOLE.match(self.text, self.at)
        if match is None:
            return None
        self.spend()
        start, self.at = self.places[self.at], match.end()
        end = self.places[self.at]
        return Words(start, end, (Chars(start, end, match[0]),))

    def word(
        self, *, pattern: bool = False, negation: bool = True, assigned: bool = False
    ) -> Words:
        """The word at the position, perhaps empty.

        pattern: parentheses are part of it. negation: `!(` begins a pattern, not a command.
        assigned: it is the value of a variable.
        """
        if not pattern and (plain := self.plain()):
            return plain
        start = self.at
        parts: list[Part] = []
        nested = 0
        if self._homes and (name := _ASSIGNED.match(self.text, start)):  # `export PATH=~/bin`
            assigned = True
            self._run(parts, name)
        text = _PLAIN_VALUE if assigned else _PLAIN_WORD
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == "~" and self._starts_home(parts, assigned=assigned):
                self.at += 1
                place = (self.places[self.at - 1], self.places[self.at])
                parts.append(Parameter(*place, "HOME", quoted=True))
            elif char not in METACHARACTERS:
                self._piece(parts, text, quoted=False)
            elif char in "<>" and self._starts_process() and not nested:
                parts.append(self._process())
            elif char == "(" and (nested or pattern or self._starts_glob(parts, negation)):
                nested += 1
                self._literal(parts)
            elif nested and char != "\n":
                nested -= char == ")"
                self._literal(parts)
            elif pattern and char in "|<>" and not nested:
                self._literal(parts)
            else:
                break
        return Words(self.places[start], self.places[self.at], tuple(parts))

    def document(self) -> Words:
        """Everything up to the end as the body of an unquoted here-document."""
        parts: list[Part] = []
        while self.at < len(self.text):
            self._piece(parts, _PLAIN_DOCUMENT, quoted=True)
        return Words(self.places[0], self.places[-1], tuple(parts))

    def _starts_home(self, parts: list[Part], *, assigned: bool) -> bool:
        """Whether the `~` at the position stands for the user's home.

        In a value it does so behind each colon, too. `~name` is another user's.
        """
        if parts:
            last = parts[-1]
            if not assigned or not isinstance(last, Chars) or last.quoted:
                return False
            if last.value[-1:] not in {":", "="}:
                return False
        after = self.text[self.at + 1 : self.at + 2]
        return after in {"", "/"} or after in METACHARACTERS or (assigned and after == ":")

    def _starts_glob(self, parts: list[Part], negation: bool) -> bool:
        last = parts[-1] if parts else None
        if not isinstance(last, Chars) or last.quoted or self.dialect == "posix":
            return False
        return last.value[-1:] in "?*+@!" and (negation or last.value != "!")

    def _starts_process(self) -> bool:
        return self.text.startswith("(", self.at + 1)

    def _literal(self, parts: list[Part], *, quoted: bool = False) -> None:
        start = self.at
        self.at += 1
        parts.append(Chars(self.places[start], self.places[self.at], self.text[start], quoted))

    def _piece(self, parts: list[Part], plain: re.Pattern[str], *, quoted: bool) -> None:
        """One quoted piece, expansion or run of plain characters."""
        self.spend()
        if match := plain.match(self.text, self.at):
            self._run(parts, match, quoted=quoted)
            return
        match self.text[self.at]:
            case "\\":
                self._backslash(parts, quoted=quoted)
            case "'":
                self._single(parts)
            case '"':
                self._double(parts)
            case "`":
                self._backquotes(parts, quoted=quoted)
            case "$":
                self._dollar(parts, quoted=quoted)
            case _:
                self._literal(parts)

    def _run(self, parts: list[Part], match: re.Match[str], *, quoted: bool = False) -> None:
        """Characters that stand for themselves."""
        start, self.at = self.at, match.end()
        parts.append(Chars(self.places[start], self.places[self.at], match[0], quoted))

    def _backslash(self, parts: list[Part], *, quoted: bool) -> None:
        start = self.at
        char = self.text[start + 1 : start + 2]
        self.at += 2 if char else 1
        if char == "\n":
            return
        kept = quoted and char not in ("$", "`", '"', "\\")
        value = "\\" + char if kept or not char else char
        parts.append(Chars(self.places[start], self.places[self.at], value, quoted=True))

    def _single(self, parts: list[Part]) -> None:
        start = self.at + 1
        end = self.text.find("'", start)
        if end < 0:
            raise Unterminated(self.places[self.at], "this single quote")
        place = (self.places[start], self.places[end])
        parts.append(Chars(*place, self.text[start:end], quoted=True))
        self.at = end + 1

    def _double(self, parts: list[Part]) -> None:
        start = self.at
        self.at += 1
        before = len(parts)
        while not self.text.startswith('"', self.at):
            if self.at >= len(self.text):
                raise Unterminated(self.places[start], "this double quote")
            self._piece(parts, _PLAIN_DOUBLE, quoted=True)
        if len(parts) == before:
            parts.append(Chars(self.places[self.at], self.places[self.at], "", quoted=True))
        self.at += 1

    def _backquotes(self, parts: list[Part], *, quoted: bool) -> None:
        """A command between backquotes, read after its backslashes are gone."""
        start = self.at
        chars: list[str] = []
        places: list[int] = []
        at = start + 1
        escaped = '$`\\"' if quoted else "$`\\"
        while at < len(self.text) and self.text[at] != "`":
            places.append(self.places[at])
            at += self.text[at] == "\\" and self.text[at + 1 : at + 2] in tuple(escaped)
            chars.append(self.text[at])
            at += 1
        if at >= len(self.text):
            raise Unterminated(self.places[start], "this backquote")
        self.at = at + 1
        inner = self.within("".join(chars), (*places, self.places[at]))
        place = (self.places[start], self.places[self.at])
        if inner.depth > DEPTH:
            raise TooDeep
        parts.append(self._later(inner, place, quoted=quoted))

    def _later(self, inner: Reader, place: tuple[int, int], *, quoted: bool) -> Part:
        """Commands that most shells read only when they run them: no error in them is certain."""
        inner.errors = []
        try:
            body = self._commands(inner, "")
        except Unterminated:
            return Opaque(*place, quoted)
        self.errors += [(start, end, message, False) for start, end, message, _ in inner.errors]
        return Substitution(*place, body, quoted)

    def _dollar(self, parts: list[Part], *, quoted: bool) -> None:
        start = self.at
        after = self.text[start + 1 : start + 2]
        modern = self.dialect != "posix" and not quoted
        if after == "(":
            parts.append(self._arithmetic(quoted=quoted) or self._substitution(quoted=quoted))
        elif after == "{":
            parts.append(self._braced(quoted=quoted))
        elif after == "'" and modern:
            parts.append(self._escaped())
        elif after == '"' and modern:
            self.at += 1
            self._double(parts)
        elif name := _PARAMETER.match(self.text, start + 1):
            self.at = name.end()
            parts.append(Parameter(self.places[start], self.places[self.at], name[0], quoted))
        else:
            self.at += 1
            parts.append(Chars(self.places[start], self.places[self.at], "$", quoted))

    def _escaped(self) -> Chars:
        start = self.at
        value, self.at = unescape(self.text, start + 2)
        if self.at < 0:
            raise Unterminated(self.places[start], "this single quote")
        return Chars(self.places[start], self.places[self.at], value, quoted=True)

    def arithmetic_end(self, at: int) -> int | None:
        """Behind the `))` that closes the `((` at `at`; None when it closes in another way."""
        nested = 0
        for index in range(at, min(at + _ARITHMETIC, len(self.text))):
            char = self.text[index]
            nested += (char == "(") - (char == ")")
            if char == ")" and nested == 1:
                return index + 2 if self.text.startswith("))", index) else None
        return None

    def _arithmetic(self, *, quoted: bool) -> Arithmetic | None:
        start = self.at
        if not self.text.startswith("((", start + 1):
            return None
        end = self.arithmetic_end(start + 1)
        if end is None:
            return None
        self.at = end
        expression = self.text[start + 3 : end - 2]
        return Arithmetic(self.places[start], self.places[end], expression, quoted)

    def _enclosed(self, what: str) -> tuple[int, int, Commands]:
        start = self.at
        self.at += 2
        self.deeper()
        body = self._commands(self, ")")
        self.depth -= 1
        if self.at >= len(self.text):
            raise Unterminated(self.places[start], what)
        self.at += 1
        return self.places[start], self.places[self.at], body

    def _substitution(self, *, quoted: bool) -> Substitution:
        start, end, body = self._enclosed("this command substitution")
        return Substitution(start, end, body, quoted)

    def _process(self) -> ProcessSubstitution:
        direction = self.text[self.at]
        start, end, body = self._enclosed("this process substitution")
        return ProcessSubstitution(start, end, body, "<" if direction == "<" else ">")

    def _braced(self, *, quoted: bool) -> Parameter | Opaque:
        start = self.at
        self.at += 2
        self.deeper()
        name, index, operator = self._braced_head()
        literal = quoted and operator not in _WITH_QUOTES
        ended = self.at >= len(self.text) or self.text[self.at] == "}"
        self.doubtful |= not name or not (operator or ended)
        within = quoted and operator not in _WITH_QUOTES  # a pattern stays one in double quotes
        argument = self._until_brace(start, quoted=within, literal=literal)
        self.depth -= 1
        place = (self.places[start], self.places[self.at])
        if not name or (argument.parts and not operator):
            return Opaque(*place, quoted)
        given = argument if operator not in ("", "length", "indirect") else None
        return Parameter(*place, name, quoted, operator, given, index)

    def _braced_head(self) -> tuple[str, str | None, str]:
        """Name, index and operator of `${…}`; the position is then at the argument."""
        operator = ""
        match = _BRACED.match(self.text, self.at)
        if match and match[0] in "#!" and (inner := _BRACED.match(self.text, match.end())):
            closes = self.text[inner.end() : inner.end() + 1]
            if inner[0] not in "#?-" or closes == "}":
                operator = "length" if match[0] == "#" else "indirect"
                match = inner
        if not match:
            return "", None, ""
        self.at = match.end()
        index = _INDEX.match(self.text, self.at)
        if index:
            self.at = index.end()
        if operator == "indirect" and (behind := _DEFAULTED.match(self.text, self.at)):
            return match[0], index[1] if index else None, self._past(behind, "!")
        behind = None if operator else _OPERATOR.match(self.text, self.at)
        if behind:
            operator = self._past(behind)
        return match[0], index[1] if index else None, operator

    def _past(self, operator: re.Match[str], before: str = "") -> str:
        """Go past an operator, and give it."""
        self.at = operator.end()
        return before + operator[0]

    def _until_brace(self, opened: int, *, quoted: bool, literal: bool) -> Words:
        """The rest of `${…`. literal: single quotes stand for themselves.

        They still hide a brace from bash.
        """
        start = self.at
        parts: list[Part] = []
        hidden = False
        while hidden or not self.text.startswith("}", self.at):
            if self.at >= len(self.text):
                raise Unterminated(self.places[opened], "this `${`")
            char = self.text[self.at]
            hidden ^= literal and char == "'" and self.dialect == "bash"
            if char == "}" or (literal and char == "'"):
                self._literal(parts, quoted=quoted)
            else:
                self._piece(parts, _PLAIN_BRACE, quoted=quoted)
        end = self.at
        self.at += 1
        return Words(self.places[start], self.places[end], tuple(parts))


class Pending:
    """A here-document whose body has not come yet."""

    __slots__ = ("body", "delimiter", "quoted", "strip")

    def __init__(self, delimiter: str, *, quoted: bool, strip: bool) -> None:
        self.delimiter = delimiter
        self.quoted = quoted
        self.strip = strip
        self.body: Words | None = None
