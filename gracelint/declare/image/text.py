"""What `echo`, `printf` and here-documents of a RUN write, every character with its place."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate, groupby
from operator import attrgetter

from gracelint import atlas
from gracelint.base import lazy
from gracelint.base.source import Embedded, Segment
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass
from gracelint.syntax.shell.tree import Chars, Parameter

if TYPE_CHECKING:
    from collections.abc import Callable

    from gracelint.base import sed
    from gracelint.base.source import Source, Span, Text
    from gracelint.syntax.dockerfile.parse import Instruction
    from gracelint.syntax.shell.tree import Script, Simple, Words

_ESCAPES = {
    "n": "\n", "t": "\t", "r": "\r", "\\": "\\", "a": "\a", "b": "\b", "f": "\f", "v": "\v",
}  # fmt: skip
_COMMAND = lazy.compile(r"-[a-z]*c")
_LONGEST = 60_000  # characters of one file that are followed
_MOST_PARTS = 1000  # of one file; every one that it had before is kept
_PLACE = attrgetter("start", "end")
_DEEPEST = 30  # edits of one text, each looked up in the one before


@dataclass(frozen=True, slots=True)
class Char:
    """A character and the place in the file that it comes from."""

    char: str
    start: int
    end: int


class Effort:
    """How many characters of variables and of files a build may still spread or edit."""

    __slots__ = ("left",)

    def __init__(self, left: int = 1_500_000) -> None:
        self.left = left

    def spend(self, length: int) -> None:
        """Spread so many; Untold where that is too much."""
        self.left -= length
        if self.left < 0:
            raise Untold


class Untold(ValueError):  # noqa: N818 - it is no error
    """What is written cannot be told from the file."""


class Writer:
    """Works out what commands write to their standard output.

    value: a variable's value, None where it is unknown. sh: the shell, an atlas key, `""` unknown.
    """

    def __init__(
        self, script: Script, value: Callable[[str], str | None], sh: str, effort: Effort
    ) -> None:
        self.effort = effort
        self.script = script
        self.value = value
        self.sh = sh

    def chars(self, word: Words) -> list[Char]:
        """A word's value; Untold where it depends on what is not known."""
        chars: list[Char] = []
        for part in word.parts:
            span = self.script.text.span(part.start, part.end)
            if isinstance(part, Chars):
                value = part.value
            elif isinstance(part, Parameter) and not part.operator and part.quoted:
                variable = self.value(part.name)
                if variable is None:
                    raise Untold
                value = variable
                self.effort.spend(len(value))
            else:
                raise Untold
            if len(chars) + len(value) > _LONGEST:
                raise Untold
            if isinstance(part, Chars) and len(value) == part.end - part.start:
                chars += self._one_to_one(part)
            else:
                chars += [Char(char, span.start, span.end) for char in value]
        return chars

    def _one_to_one(self, part: Chars) -> list[Char]:
        span = self.script.text.span(part.start, part.end)
        if span.end - span.start == len(part.value):
            return [Char(c, span.start + i, span.start + i + 1) for i, c in enumerate(part.value)]
        spans = (
            self.script.text.span(part.start + i, part.start + i + 1)
            for i in range(len(part.value))
        )
        return [Char(c, s.start, s.end) for c, s in zip(part.value, spans, strict=True)]

    def output(self, command: Simple) -> list[Char]:
        """What a simple command writes; Untold for any but echo, printf and cat."""
        words, length = list[list[Char]](), 0
        for word in command.words:
            words.append(self.chars(word))
            length += len(words[-1])
            if length > _LONGEST:
                raise Untold
        name = _text(words[0]) if words else ""
        if name == "echo":
            return self._echo(words[1:], command)
        if name == "printf" and len(words) > 1:
            return _printf(words[1:])
        documents = [r.document for r in command.redirects if r.document is not None]
        if name in {"cat", "tee"} and len(documents) == 1 and (name == "tee" or len(words) == 1):
            return self.chars(documents[0])
        raise Untold

    def _echo(self, words: list[list[Char]], command: Simple) -> list[Char]:
        options = "n" if self.sh == "dash" else "neE"
        newline, escapes = True, self.sh == "dash"
        while words and (text := _text(words[0])).startswith("-") and len(text) > 1:
            if not set(text[1:]) <= set(options):
                break
            newline = newline and "n" not in text
            escapes = (escapes or "e" in text) and not text.endswith("E")
            words = words[1:]
        end = self.script.text.span(command.end, command.end).start
        chars: list[Char] = []
        for index, word in enumerate(words):
            if index:
                chars.append(
                    Char(" ", word[0].start if word else end, word[0].start if word else end)
                )
            chars += word
        if not self.sh and any(c.char == "\\" for c in chars):
            raise Untold
        chars = _unescaped(chars) if escapes else chars
        return [*chars, Char("\n", end, end)] if newline else chars


def _text(word: list[Char]) -> str:
    return "".join(c.char for c in word)


def _unescaped(chars: list[Char]) -> list[Char]:
    """Backslash escapes as echo and printf read them."""
    decoded, at = [], 0
    while at < len(chars):
        here = chars[at]
        at += 1
        if here.char != "\\" or at >= len(chars):
            decoded.append(here)
            continue
        follows = chars[at]
        if follows.char in _ESCAPES:
            decoded.append(Char(_ESCAPES[follows.char], here.start, follows.end))
            at += 1
        elif follows.char in "01234567xcuU":
            raise Untold
        else:
            decoded.append(here)
    return decoded


def _printf(words: list[list[Char]]) -> list[Char]:
    """`printf`: `%s`, `%b` and `%%`; the format is used again while arguments are left."""
    form, rest, chars = _unescaped_format(words[0]), words[1:], list[Char]()
    while True:
        before, at = len(rest), 0
        while at < len(form):
            here = form[at]
            at += 1
            if here.char != "%":
                chars.append(here)
                continue
            kind = form[at].char if at < len(form) else ""
            at += 1
            if kind == "%":
                chars.append(here)
            elif kind in {"s", "b"}:
                argument, rest = (rest[0], rest[1:]) if rest else ([], [])
                chars += _unescaped(argument) if kind == "b" else argument
            else:
                raise Untold
        if not rest or len(rest) == before or len(chars) > _LONGEST:
            return chars


def _unescaped_format(chars: list[Char]) -> list[Char]:
    """The format's escapes; `\\"` is one here."""
    joined: list[Char] = []
    for char in chars:
        if char.char == '"' and joined and joined[-1].char == "\\":
            joined[-1] = Char('"', joined[-1].start, char.end)
        else:
            joined.append(char)
    return _unescaped(joined)


def spread(text: Text) -> list[Char]:
    """A text's characters with their places in the file; Untold where it is too long."""
    if len(text.text) > _LONGEST:
        raise Untold
    spans = (text.span(at, at + 1) for at in range(len(text.text)))
    return [Char(c, s.start, s.end) for c, s in zip(text.text, spans, strict=True)]


class Edited:
    """What sed made of a text; Untold where that has been made often enough already.

    Its characters have their places there; nothing is put into a line of which some were changed.
    """

    __slots__ = ("_of", "_pieces", "_starts", "depth", "text")

    def __init__(self, of: Text, pieces: list[sed.Piece]) -> None:
        self.depth = _depth(of) + 1
        if self.depth > _DEEPEST:
            raise Untold
        self._of = of
        self._pieces = pieces
        self._starts = list(accumulate((len(piece.text) for piece in pieces), initial=0))
        self.text = "".join(piece.text for piece in pieces)

    def span(self, start: int, end: int) -> Span:
        """The place of what the characters from `start` up to `end` stand for."""
        first = self._place(start)
        last = self._place(end - 1) if end > start else (first[0], first[0])
        return self._of.span(first[0], max(first[0], last[1]))

    def insertion(self, text: str, at: int) -> str | None:
        """How `text` has to be written in what sed read; None where sed changed the line."""
        start = self.text.rfind("\n", 0, at) + 1
        end = self.text.find("\n", at)
        end = len(self.text) if end < 0 else end
        first = self._place(start)[0]
        same = self._of.text[first : first + end - start] == self.text[start:end]
        kept = same and all(
            self._place(at) == (first + n, first + n + 1) for n, at in enumerate(range(start, end))
        )
        return self._of.insertion(text, self._place(at)[0]) if kept else None

    def _place(self, at: int) -> tuple[int, int]:
        if at >= len(self.text):
            end = self._pieces[-1].end if self._pieces else 0
            return end, end
        index = bisect_right(self._starts, at) - 1
        piece = self._pieces[index]
        if len(piece.text) == 1:
            return piece.start, piece.end
        start = piece.start + at - self._starts[index]
        return start, start + 1


class Joined:
    """Texts one behind the other; Untold where they are too long, or too many."""

    __slots__ = ("_starts", "depth", "parts", "text")

    def __init__(self, texts: list[Text]) -> None:
        if sum(len(text.text) for text in texts) > _LONGEST:
            raise Untold
        each = (text.parts if isinstance(text, Joined) else [text] for text in texts)
        self.parts: list[Text] = [part for parts in each for part in parts if part.text]
        self.parts = self.parts or texts[:1]
        if len(self.parts) > _MOST_PARTS:
            raise Untold
        self.depth = max(map(_depth, self.parts))
        lengths = [len(part.text) for part in self.parts]
        self._starts = list(accumulate(lengths[:-1], initial=0))
        self.text = "".join(part.text for part in self.parts)

    def _at(self, at: int) -> tuple[Text, int]:
        """The text that the character at `at` belongs to, and where that begins."""
        index = bisect_right(self._starts, at) - 1
        return self.parts[index], self._starts[index]

    def span(self, start: int, end: int) -> Span:
        """The place of the characters from `start` up to `end`, as far as one text has it."""
        text, first = self._at(start)
        return text.span(start - first, min(end - first, len(text.text)))

    def insertion(self, text: str, at: int) -> str | None:
        """How `text` has to be written to stand at `at`."""
        there, first = self._at(at)
        return there.insertion(text, at - first)


def _depth(text: Text) -> int:
    """How many edits a text has behind it."""
    return text.depth if isinstance(text, Edited | Joined) else 0


def script_of(run: Instruction) -> Text | None:
    """What a RUN executes, as a shell's text; None where that cannot be put so."""
    if run.form != "exec":
        return run.shell_text
    words = [word.value or "" for word in run.words]
    if words and atlas.is_shell(words[0]):
        at = next((i for i, word in enumerate(words) if _COMMAND.fullmatch(word)), len(words))
        return run.words[at + 1].text if at + 1 < len(words) else None
    chars: list[Char] = []
    for word in run.words:
        if word.text is None or word.span is None or not _plain(word.text.text):
            return None
        start, end = word.span.start, word.span.end
        chars += [Char("'", start, start), *spread(word.text), Char("'", end, end)]
        chars.append(Char(" ", end, end))
    return gathered(run.span.source, chars)


def _plain(text: str) -> bool:
    return "'" not in text and len(text) < _LONGEST


def gathered(source: Source, chars: list[Char]) -> Embedded:
    """Characters as a text in their file.

    Edits may put in what means the same in every quoting and in none: that is what the dialect
    `folded` lets through.
    """
    segments: list[Segment] = []
    inner = 0
    for (start, end), same in groupby(chars, key=_PLACE):
        count, length = sum(1 for _ in same), end - start
        last = segments[-1] if segments else None
        if count == length == 1 and last is not None and _ends_at(last, start):
            segments[-1] = Segment(last.inner, last.length + 1, last.host, last.host_length + 1)
        elif count == length > 1:  # as many as their place has, but no copy of it
            segments.append(Segment(inner, 1, start, length))
            segments.append(Segment(inner + 1, count - 1, start, length))
        else:
            segments.append(Segment(inner, count, start, length))
        inner += count
    text = "".join(c.char for c in chars)
    return Embedded(source, text, segments or [Segment(0, 0, 0, 0)], "folded")


def _ends_at(segment: Segment, at: int) -> bool:
    """Whether it is a copy of what stands in front of a place."""
    return segment.length == segment.host_length == at - segment.host
