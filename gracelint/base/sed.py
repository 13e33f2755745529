"""sed: what a program of simple commands makes of a text, and where each character comes from.

`s`, `d`, `p`, `a`, `i` and `c`, with addresses, as GNU sed 4.9 and busybox 1.35 read them alike.
What they do not, and what is more than that, is not read: the answer is None.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from gracelint.base import lazy
from gracelint.base.expressions import CLASSES, effort
from gracelint.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

MAX_PATTERN = 200
MAX_REPEATS = 3
MAX_LINE = 4_000
MAX_TEXT = 60_000
MAX_STEPS = 200_000
"""More commands than these, each counted for each line, are not carried out."""

MAX_EFFORT = 2_000_000
"""More steps than these are not spent on laying the patterns over the lines."""


class Piece(NamedTuple):
    """A part of the result, and the characters of the text that it stands for.

    It is a single character, or those of the text as they are.
    """

    text: str
    start: int
    end: int


class Pattern(NamedTuple):
    """An expression. spans: parts of it that may be of several lengths, and where it may begin;
    ways: how many expressions without optional parts it stands for.
    """

    regex: re.Pattern[str]
    spans: int
    ways: int

    def effort(self, length: int) -> int:
        """The most steps that it takes on a text of this length."""
        simple = self.spans < 2 and self.ways == 1
        return length // 16 + 1 if simple else effort(length, self.spans, self.ways)


Line: TypeAlias = "list[Piece]"
Address: TypeAlias = "int | Pattern | None"
"""A line's number, -1 for the last one; or what it has to hold; None: every line."""


@dataclass(frozen=True, slots=True)
class _Command:
    """One command. first, last: its addresses; other: it is for the lines that they do not name."""

    name: str
    first: Address = None
    last: Address = None
    other: bool = False
    pattern: Pattern | None = None
    with_: tuple[str | int, ...] = ()
    number: int = 1
    everywhere: bool = False
    prints: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class Invoked:
    """What the words behind `sed` say."""

    programs: tuple[str, ...]
    files: tuple[str, ...]
    in_place: bool
    extended: bool
    quiet: bool


def invoked(words: Sequence[str]) -> Invoked | None:
    """Read the words behind `sed`; None where an option among them is not read."""
    programs: list[str] = []
    operands: list[str] = []
    letters = ""
    rest = list(words)
    while rest:
        word = rest.pop(0)
        long = _LONG.get(word.partition("=")[0])
        if word == "--":
            operands += rest
            break
        if long is not None:
            letters += long
        elif len(word) < 2 or word[0] != "-":
            operands.append(word)
        elif (match := _SHORT.fullmatch(word)) is None:
            return None
        else:
            letters += match["flags"] + (match["i"] or "")
            if match["e"]:
                if not match["program"] and not rest:
                    return None
                programs.append(match["program"] or rest.pop(0))
    if not programs:
        if not operands:
            return None
        programs.append(operands.pop(0))
    extended, quiet = bool(set(letters) & set("Er")), "n" in letters
    return Invoked(tuple(programs), tuple(operands), "i" in letters, extended, quiet)


_SHORT = lazy.compile(r"-(?P<flags>[nErsu]*)(?:(?P<i>i).*|(?P<e>e)(?P<program>(?s:.*)))?")
_LONG = {
    "--in-place": "i", "--regexp-extended": "E", "--quiet": "n", "--silent": "n", "--separate": "s",
}  # fmt: skip


def edited(
    text: str, programs: Sequence[str], *, extended: bool = False, quiet: bool = False
) -> list[Piece] | None:
    """What sed writes that reads the text; None where that is not known.

    programs: those of `-e`, one after the other. extended: `-E`. quiet: `-n`.
    """
    commands = _commands("\n".join(programs), extended=extended)
    lines = text.split("\n")
    whole = text.endswith("\n")
    if commands is None or len(text) > MAX_TEXT or max(map(len, lines)) > MAX_LINE:
        return None
    lines = lines[:-1] if whole or not text else lines
    if len(lines) * len(commands) > MAX_STEPS:
        return None
    written: Line = []
    size = 0
    going = _Going()
    at = 0
    for number, line in enumerate(lines, 1):
        pieces = [Piece(line, at, at + len(line))] if line else []
        place = _Place(number, at, at + len(line), number == len(lines))
        made = _cycle(commands, pieces, place, going, quiet=quiet)
        if made is None or going.effort > MAX_EFFORT:
            return None
        written += chain.from_iterable(made)
        size += sum(len(piece.text) for one in made for piece in one)
        if size > MAX_TEXT:
            return None
        at += len(line) + 1
    beyond = Piece("\n", len(text), len(text) + 1)  # the end that the last line has not
    kept = written[:-1] if written[-1:] == [beyond] else written
    return [Piece("\n", len(text), len(text)) if piece == beyond else piece for piece in kept]


class _Going:
    """Which commands' ranges are open, and what matching has taken so far."""

    def __init__(self) -> None:
        self.open: dict[int, bool] = {}
        self.effort = 0

    def may(self, pattern: Pattern, held: str) -> bool:
        """Whether there is effort left to lay the pattern over a line."""
        self.effort += pattern.effort(len(held))
        return self.effort <= MAX_EFFORT


class _Place(NamedTuple):
    """A line's number, where it begins and ends in the text, and whether it is the last one."""

    number: int
    start: int
    end: int
    is_last: bool


def _cycle(
    commands: list[_Command], line: Line, place: _Place, going: _Going, *, quiet: bool
) -> list[Line] | None:
    """What is written for one line, each with its end; None where that grows too long."""
    before: list[Line] = []
    after: list[Line] = []
    end = [Piece("\n", place.end, place.end + 1)]
    held = _said(line)
    for index, command in enumerate(commands):
        if _chosen(command, index, held, place, going) == command.other:
            continue
        added = [Piece(c, place.start, place.start) for c in (*command.text, "\n")]
        if command.name == "d":
            return [*before, *after]
        if command.name == "c":
            return [*before, added, *after]
        if command.name == "i":
            before.append(added)
        elif command.name == "a":
            after.append(added)
        elif command.name == "p":
            before.append([*line, *end])
        else:
            made = _substituted(command, line, held, place, going)
            line, held = (made, _said(made)) if made is not None else (line, held)
            if len(held) > MAX_LINE:
                return None
            if made is not None and command.prints:
                before.append([*line, *end])
    return [*before, *([] if quiet else [[*line, *end]]), *after]


def _chosen(command: _Command, index: int, held: str, place: _Place, going: _Going) -> bool:
    """Whether the addresses name the line."""
    if command.last is None:
        return _fits(command.first, held, place, going)
    if not going.open.get(index):
        if not _fits(command.first, held, place, going):
            return False
        last = command.last
        going.open[index] = not isinstance(last, int) or (
            last > place.number or (last == -1 and not place.is_last)
        )
        return True
    ends = _fits(command.last, held, place, going)
    going.open[index] = not ends
    return True


def _fits(address: Address, held: str, place: _Place, going: _Going) -> bool:
    if address is None:
        return True
    if isinstance(address, int):
        return place.number == address or (address == -1 and place.is_last)
    return going.may(address, held) and address.regex.search(held) is not None


def _said(line: Line) -> str:
    return "".join(piece.text for piece in line)


def _substituted(
    command: _Command, line: Line, held: str, place: _Place, going: _Going
) -> Line | None:
    """`s/PATTERN/TEXT/`; None where it changes nothing."""
    pattern = command.pattern
    if pattern is None or not going.may(pattern, held):
        return None
    matches = list(pattern.regex.finditer(held))
    wanted = matches[command.number - 1 :][: None if command.everywhere else 1]
    if not wanted:
        return None
    chars = [char for piece in line for char in _chars(piece)]
    out: Line = []
    at = 0
    for match in wanted:
        out += chars[at : match.start()]
        out += _replacement(command.with_, chars, match, place)
        at = match.end()
    return [*out, *chars[at:]]


def _chars(piece: Piece) -> Iterator[Piece]:
    """A part's characters, each with its place."""
    if len(piece.text) == 1:
        yield piece
        return
    for at, char in enumerate(piece.text, piece.start):
        yield Piece(char, at, at + 1)


def _replacement(
    with_: tuple[str | int, ...], line: Line, match: re.Match[str], place: _Place
) -> Line:
    start, end = _span(line, match.start(), match.end(), place)
    out: Line = []
    for part in with_:
        if isinstance(part, int):
            first, last = match.span(part)
            out += line[first:last] if first >= 0 else []
        else:
            out.append(Piece(part, start, end))
    return out


def _span(line: Line, start: int, end: int, place: _Place) -> tuple[int, int]:
    """Where the characters from `start` up to `end` of a line come from."""
    if start < end:
        return line[start].start, line[end - 1].end
    at = line[start].start if start < len(line) else place.end
    return at, at


# Reading the program ---------------------------------------------------------------------------

_NUMBER = lazy.compile(r"[0-9]{1,6}")
_TEXT = lazy.compile(r"(?:[ \t]*\\[ \t]*\n|[ \t]+\\?|\\)(?P<text>[^\n\\]+)(?:\n|$)")
_BLANK = lazy.compile(r"[\s;]*")


class _Unread(ValueError):  # noqa: N818 - it is no error
    pass


@lru_cache(maxsize=64)
def _commands(program: str, *, extended: bool) -> list[_Command] | None:
    reader = _Reader(program, extended=extended)
    try:
        return list(iter(reader.command, None))
    except (_Unread, re.error):
        return None


class _Reader:
    """Reads a program, command by command."""

    def __init__(self, program: str, *, extended: bool) -> None:
        self.program = program
        self.extended = extended
        self.at = 0

    def _next(self) -> str:
        return self.program[self.at : self.at + 1]

    def _skip(self, wanted: re.Pattern[str]) -> str:
        match = wanted.match(self.program, self.at)
        self.at = match.end() if match else self.at
        return match[0] if match else ""

    def command(self) -> _Command | None:
        """The next command; None at the end."""
        self._skip(_BLANK)
        if self._next() == "#" and not self.program.startswith("#n"):
            self.at = (self.program + "\n").index("\n", self.at)
            return self.command()
        if not self._next():
            return None
        first = self._address()
        last = None
        if first is not None and self._next() == ",":
            self.at += 1
            last = self._address()
            if last is None:
                raise _Unread
        self._skip(_BLANKS)
        other = self._next() == "!"
        self.at += other
        self._skip(_BLANKS)
        name = self._next()
        self.at += 1
        if name == "s":
            return self._substitution(first, last, other=other)
        if name in {"a", "i"} or (name == "c" and last is None and not other):
            return self._text(name, first, last, other=other)
        if name not in {"d", "p"}:
            raise _Unread
        self._end()
        return _Command(name, first, last, other)

    def _end(self) -> None:
        """What has to follow a command."""
        self._skip(_BLANKS)
        if self._next() not in {"", ";", "\n"}:
            raise _Unread

    def _address(self) -> Address:
        digits = self._skip(_NUMBER)
        if digits:
            if int(digits) == 0 or self._next() == "~":
                raise _Unread
            return int(digits)
        if self._next() == "$":
            self.at += 1
            return -1
        if self._next() not in {"/", "\\"}:
            return None
        self.at += self._next() == "\\"
        wanted = self._until(self._next())
        folded = self._next() == "I"
        self.at += folded
        return _expression(wanted, extended=self.extended, folded=folded)

    def _until(self, delimiter: str) -> str:
        """Up to the next delimiter, which has no meaning of its own behind a backslash."""
        if not delimiter or delimiter in "\\\n" or delimiter.isalnum():
            raise _Unread
        self.at += 1
        out = ""
        while (char := self._next()) != delimiter:
            if not char:
                raise _Unread
            follows = self.program[self.at + 1 : self.at + 2]
            if char == "\\" and follows == delimiter:
                if delimiter in _SPECIAL:
                    raise _Unread  # what `s|a\|b||` means is not agreed on
                char = delimiter
                self.at += 1
            elif char == "\\":
                char += follows
                self.at += 1
            elif char == "\n":
                raise _Unread
            out += char
            self.at += 1
        self.at += 1
        return out

    def _substitution(self, first: Address, last: Address, *, other: bool) -> _Command:
        delimiter = self._next()
        wanted = self._until(delimiter)
        self.at -= 1
        with_ = _with(self._until(delimiter))
        flags = self._skip(_FLAGS)
        self._end()
        folded = bool(set(flags) & set("iI"))
        pattern = _expression(wanted, extended=self.extended, folded=folded)
        if "g" in flags and wanted not in {"^", "$"} and pattern.regex.search(""):
            raise _Unread  # where else nothing matches is not agreed on
        if any(isinstance(part, int) and part > pattern.regex.groups for part in with_):
            raise _Unread
        digits = "".join(c for c in flags if c.isdigit())
        if digits and (int(digits) == 0 or "g" in flags):
            raise _Unread
        return _Command(
            *("s", first, last, other, pattern, with_, int(digits or 1)),
            everywhere="g" in flags,
            prints="p" in flags,
        )

    def _text(self, name: str, first: Address, last: Address, *, other: bool) -> _Command:
        match = _TEXT.match(self.program, self.at)
        if match is None:
            raise _Unread
        self.at = match.end()
        return _Command(name, first, last, other, text=match["text"])


_BLANKS = lazy.compile(r"[ \t]*")
_FLAGS = lazy.compile(r"[gpiI0-9]*")
_SPECIAL = frozenset("|+?.*[]^$(){}&")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


def _with(text: str) -> tuple[str | int, ...]:
    """What is put in: characters, and numbers of groups."""
    out: list[str | int] = []
    at = 0
    while at < len(text):
        char, follows = text[at], text[at + 1 : at + 2]
        at += 2 if char == "\\" else 1
        if char == "&":
            out.append(0)
        elif char != "\\":
            out.append(char)
        elif follows.isdigit():
            out.append(int(follows))
        elif follows in _ESCAPES:
            out.append(_ESCAPES[follows])
        elif follows.isalpha() or not follows:
            raise _Unread
        else:
            out.append(follows)
    return tuple(out)


@lru_cache(maxsize=128)
def _expression(text: str, *, extended: bool, folded: bool = False) -> Pattern:
    """A regular expression of POSIX as one of Python's. folded: case is the same. Raises _Unread.

    What is repeated is not given back where what follows fits none of it: nothing comes of that.
    """
    if not text or len(text) > MAX_PATTERN:
        raise _Unread
    pieces: list[str] = []
    at, repeats = 0, 0
    while at < len(text):
        piece, at = _token(text, at)
        out = "".join(pieces[-2:])
        read = _ATOMS[extended](piece, out, at == len(text))
        if read in {"*", "+", "?"} or read[:1] == "{":
            repeats += read != "?"
            if repeats > MAX_REPEATS or (out[-1:] == ")" and out[-2:] != "\\)" and read != "?"):
                raise _Unread
        pieces.append(read)
    loose = [at for at, piece in enumerate(pieces) if piece in {"*", "+"}]
    for at in [] if folded else loose:
        pieces[at] += "+" if _apart(pieces, at) else ""
    spans = sum(pieces[at] in {"*", "+"} and any(map(_counts, pieces[at + 1 :])) for at in loose)
    from_start = [piece for piece in pieces if piece != "("][:2] == [".", "*"]
    regex = re.compile(r"\A" * from_start + "".join(pieces), re.DOTALL | re.IGNORECASE * folded)
    anywhere = not from_start and pieces[0] != "^"
    return Pattern(regex, spans + anywhere, 1 << pieces.count("?"))


def _apart(pieces: list[str], at: int) -> bool:
    """Whether what follows a repeated piece matches no character that the piece does."""
    rest = [piece for piece in pieces[at + 1 :] if piece not in {"(", ")"}]
    may_lack = "?" in pieces or (len(rest) > 1 and rest[1] in {"*", "*+"})
    if not rest or may_lack or rest[0] in {"^", r"\Z"}:
        return False
    held, follows = (re.compile(piece, re.DOTALL) for piece in (pieces[at - 1], rest[0]))
    return not any(held.fullmatch(c) and follows.fullmatch(c) for c in _CHARACTERS)


def _counts(piece: str) -> bool:
    """Whether a match may fail at the piece."""
    return piece not in {"(", ")", r"\Z"}


_CHARACTERS = [*map(chr, range(128)), "\u00e9", "\u4e00"]


def _token(text: str, at: int) -> tuple[str, int]:
    """The next character with the backslash before it, or a whole bracket."""
    if text[at] == "\\":
        if at + 1 == len(text):
            raise _Unread
        return text[at : at + 2], at + 2
    if text[at] != "[":
        return text[at], at + 1
    match = _BRACKET.match(text, at)
    if match is None:
        raise _Unread
    return match[0], match.end()


_BRACKET = lazy.compile(
    r"\[\^?\]?(?:\[:(?:alpha|digit|alnum|upper|lower|space|blank|xdigit|punct):\]|[^\]\[\\]|\\[nt])*\]"
)


def _basic(piece: str, before: str, is_last: bool) -> str:
    """A piece of a basic expression, of which GNU's additions are read."""
    start = not before or before.endswith(("(", "(?:"))
    if piece in {"\\(", "\\)", "\\+", "\\?"}:
        return piece[1]
    if piece == "*" and (start or before == "^"):
        return r"\*"
    if piece == "^":
        return "^" if not before else r"\^"
    if piece == "$":
        return r"\Z" if is_last else r"\$"
    if piece in {"\\|", "\\{", "\\}"}:
        raise _Unread
    return piece if piece == "*" else _plain(piece)


def _extended(piece: str, before: str, is_last: bool) -> str:
    """A piece of an extended expression."""
    if piece in {"|", "{", "}"}:
        raise _Unread
    if piece == "^":
        if before:
            raise _Unread
        return piece
    if piece == "$":
        if not is_last:
            raise _Unread
        return r"\Z"
    if piece in {"*", "+", "?"} and (not before or before == "^" or before.endswith("(")):
        raise _Unread
    return piece if piece in {"(", ")", "*", "+", "?"} else _plain(piece)


_ATOMS: dict[bool, Callable[[str, str, bool], str]] = {False: _basic, True: _extended}
_CLASS = {"\\n": "\\n", "\\t": "\\t", "\\r": "\\r", "\\s": r"[ \t\n\r\f\v]", "\\w": "[A-Za-z0-9_]"}


def _plain(piece: str) -> str:
    if piece[0] == "[" and len(piece) > 1:
        return _bracket(piece)
    if piece in _CLASS:
        return _CLASS[piece]
    if piece[0] == "\\":
        if piece[1].isalnum() or piece[1] in "<>`'":
            raise _Unread
        return re.escape(piece[1])
    return "." if piece == "." else re.escape(piece)


def _bracket(piece: str) -> str:
    body = re.sub(r"\[:([a-z]+):\]", lambda m: CLASSES[m[1]], piece[1:-1])
    start = "^" if body[:1] == "^" else ""
    body = body[len(start) :]
    closing = "\\]" if body[:1] == "]" else ""
    body = body[len(closing) // 2 :].replace("&&", "&").replace("~~", "~").replace("||", "|")
    return f"[{start}{closing}{body}]"
