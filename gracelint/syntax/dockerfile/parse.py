"""Dockerfiles as trees with a place for every part.

dockerfile-parse finds the instructions and their lines, in a text in which what would mislead it is
masked. Words, flags, arrays and here-documents are read here, as the engine's own parser does.
"""

from __future__ import annotations

from itertools import islice

from gracelint.base import lazy
from gracelint.base.facts import Word
from gracelint.base.source import Embedded, Segment
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass, replace
from gracelint.syntax.dockerfile.arrays import Array, read_array
from gracelint.syntax.dockerfile.check import complaints
from gracelint.syntax.dockerfile.expand import Lexer
from gracelint.syntax.dockerfile.lines import SPACES, Lines
from gracelint.syntax.dockerfile.masked import instructions
from gracelint.syntax.dockerfile.tree import Flag, Heredoc, Instruction, Pair, Tree
from gracelint.syntax.dockerfile.trim import LexError
from gracelint.syntax.dockerfile.words import (
    Cut,
    blank_separated,
    first_word,
    flags,
    quoted_words,
    strip,
)
from gracelint.syntax.placeholders import has_placeholder, may_have_placeholder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.base.source import Source, Span

__all__ = ["Dockerfile", "Flag", "Heredoc", "Instruction", "Pair", "parse"]

MAX_WORDS = 30_000
"""Words of a file's instructions that are read; commands of a shell are one word each."""

_MOST_HEREDOCS = 1_000  # of an instruction
_MAYBE_JSON = frozenset({"CMD", "ENTRYPOINT", "RUN", "SHELL", "HEALTHCHECK"})
_JSON_OR_WORDS = frozenset({"COPY", "ADD", "VOLUME"})
_PAIRS = frozenset({"ENV", "LABEL"})
_ONE_VALUE = frozenset({"STOPSIGNAL", "USER", "WORKDIR", "MAINTAINER"})
_HEREDOCS = frozenset({"RUN", "COPY", "ADD"})
_HEREDOC = lazy.compile(r"(\d*)<<(-?)\s*([^<]*)")


class Dockerfile:
    """A Dockerfile, read when something of its tree is first asked for.

    The tree takes some thirty times as much memory as the text: whoever goes through many files
    lets it go with `forget`, and it is read again where somebody asks once more.
    """

    __slots__ = ("_tree", "source")

    def __init__(self, source: Source) -> None:
        self.source = source
        self._tree: Tree | None = None

    @property
    def tree(self) -> Tree:
        """What it consists of."""
        if self._tree is None:
            self._tree = _read(self.source)
        return self._tree

    def forget(self) -> None:
        """Let the tree go."""
        self._tree = None

    @property
    def instructions(self) -> tuple[Instruction, ...]:
        """All of them, in order."""
        return self.tree.instructions

    @property
    def escape(self) -> str:
        """Its escape character."""
        return self.tree.escape

    @property
    def syntax(self) -> str | None:
        """The image of `# syntax=`."""
        return self.tree.syntax

    @property
    def errors(self) -> tuple[tuple[Span, str], ...]:
        """What the engine would reject, with its place."""
        return self.tree.errors

    @property
    def templated(self) -> bool:
        """Whether it is no Dockerfile yet: some instruction is a template's tag, or what is wrong
        with it is a place to be filled in.
        """
        if not may_have_placeholder(self.source.text):
            return False
        if any(i.name.startswith(("{{", "{%", "%%", "<%")) for i in self.instructions):
            return True
        lines = {(span.first.line, span.last.line): span for span, _ in self.errors}
        return any(has_placeholder(span) for span in lines.values())


def parse(source: Source) -> Dockerfile:
    """A Dockerfile's text as one. Never fails: what the engine would reject is in `errors`."""
    return Dockerfile(source)


def _read(source: Source) -> Tree:
    lines = Lines(source)
    read: dict[int, _Reader] = {}

    def behind(first: int, last: int) -> int:
        read[first] = reader = _Reader(lines, first, last)
        return reader.behind

    parsed: list[Instruction] = []
    for first, last in instructions(lines, behind):
        reader = read.get(first) or _Reader(lines, first, last)
        if reader.instruction.name:
            parsed.append(reader.instruction)
        else:
            lines.errors.append((reader.instruction.span, "a continuation without an instruction"))
    kept = tuple(parsed)
    errors = sorted(
        (*lines.errors, *complaints(source, kept, lines.syntax)), key=lambda e: e[0].key
    )
    return Tree(kept, lines.escape, lines.syntax, tuple(errors))


class _Reader:
    """Reads one instruction, with the here-documents behind it.

    first, last: its lines. behind: the line at which the next one may start.
    """

    def __init__(self, lines: Lines, first: int, last: int) -> None:
        self.lines = lines
        self.line = lines.joined(first, last)
        self.first = first
        self.behind = last + 1
        self.instruction = self._read()

    @property
    def escape(self) -> str:
        return self.lines.escape

    @property
    def text(self) -> str:
        return self.line.text

    def span(self, start: int, end: int) -> Span:
        return self.line.span(start, end)

    def error(self, start: int, end: int, message: str) -> None:
        self.lines.errors.append((self.span(start, end), message))

    def word(self, start: int, end: int) -> Word:
        text = Embedded.slice(self.line, start, end)
        return Word(text.text, self.span(start, end), text)

    def _read(self) -> Instruction:
        start, end = strip(self.text, 0, len(self.text))
        instruction = self._at(start, end, self.span(start, start).start)
        if instruction.name == "ONBUILD" and instruction.value.start < instruction.value.end:
            behind = self._behind_onbuild(start, end)
            instruction = replace(self._at(*behind, instruction.span.start), onbuild=True)
        if instruction.name in _HEREDOCS and instruction.form != "exec" and "<<" in self.text:
            instruction = self.with_heredocs(instruction, start, end)
        if not instruction.heredocs:
            return instruction
        span, whole = self._spans(instruction.span.start)
        return replace(instruction, span=span, lines=whole)

    def _spans(self, start: int) -> tuple[Span, Span]:
        """Where all of it stands, and the whole lines of that."""
        source = self.lines.source
        last_start, last = self.lines.physical(self.behind - 1)
        whole = source.span(source.starts[self.first], source.line_span(self.behind).end)
        return source.span(start, last_start + len(last)), whole

    def _behind_onbuild(self, start: int, end: int) -> tuple[int, int]:
        """Where the instruction behind ONBUILD stands."""
        _, at = flags(self.text, first_word(self.text, start, end), end, self.escape)
        return strip(self.text, at, end)

    def _at(self, start: int, end: int, begin: int) -> Instruction:
        """The instruction that stands there, without what other lines add. begin: of the first."""
        keyword = first_word(self.text, start, end)
        name = self.text[start:keyword].upper()
        cuts, at = flags(self.text, keyword, end, self.escape)
        at, end = strip(self.text, at, end)
        value = self.span(at, end)
        instruction = Instruction(
            name, *self._spans(begin), self.span(start, keyword), value, self.line,
            tuple(self._flag(*cut, text) for cut, text in cuts),
        )  # fmt: skip
        return self.arguments(instruction, at, end)

    def _flag(self, start: int, end: int, text: str) -> Flag:
        name, equals, value = text[2:].partition("=")
        return Flag(name, value if equals else None, self.span(start, end))

    def arguments(self, instruction: Instruction, start: int, end: int) -> Instruction:
        """Add the words, by the rules for the instruction of that name."""
        if instruction.name == "HEALTHCHECK":
            return self._healthcheck(instruction, start, end)
        if instruction.name in _MAYBE_JSON:
            return self._maybe_json(instruction, start, end)
        if instruction.name in _JSON_OR_WORDS and self.text[start : start + 1] == "[":
            return self._json_or_words(instruction, start, end)
        if instruction.name in _PAIRS:
            return self._pairs(instruction, start, end)
        if instruction.name == "ARG":
            return self._args(instruction, start, end)
        if instruction.name in _ONE_VALUE:
            return replace(instruction, words=(self.word(start, end),) if end > start else ())
        return replace(instruction, words=self._words(start, end))

    def _words(self, start: int, end: int) -> tuple[Word, ...]:
        cuts = self._cut(blank_separated(self.text, start, end), start, end)
        return tuple(self.word(*cut) for cut in cuts)

    def _cut(self, cuts: Iterator[Cut], start: int, end: int) -> list[Cut]:
        """As many of the words between two places as are read of one file."""
        left = MAX_WORDS - self.lines.words
        pieces = list(islice(cuts, left + 1))
        self.lines.words += len(pieces)
        if len(pieces) > left >= 0:
            self.error(
                start, end, f"the file has more than {MAX_WORDS:,} words, and is read no more"
            )
        return pieces[: max(left, 0)]

    def _array(self, start: int, end: int) -> Array:
        array = read_array(self.line, start, end)
        if array.kind == "others":
            self.error(start, array.end, "the members of the array have to be strings")
        return array

    def _exec(self, instruction: Instruction, array: Array, end: int) -> Instruction:
        words = tuple(
            Word(i.text.text, self.span(i.start + 1, i.end - 1), i.text) for i in array.items
        )
        after, end = strip(self.text, array.end, end)
        trailing = self.span(after, end) if after < end else None
        return replace(instruction, form="exec", words=words, trailing=trailing)

    def _maybe_json(self, instruction: Instruction, start: int, end: int) -> Instruction:
        bracket = self.text[start : start + 1] == "["
        if bracket:
            array = self._array(start, end)
            if array.kind == "strings":
                return self._exec(instruction, array, end)
            bracket = array.kind == "invalid"
        text = Embedded.slice(self.line, start, end)
        word = Word(text.text, self.span(start, end), text)
        words = (word,) if end > start else ()
        return replace(
            instruction, form="shell", words=words, shell_text=text, malformed_exec=bracket
        )

    def _json_or_words(self, instruction: Instruction, start: int, end: int) -> Instruction:
        array = self._array(start, end)
        if array.kind == "strings":
            return self._exec(instruction, array, end)
        bad = array.kind == "invalid"
        return replace(instruction, words=self._words(start, end), malformed_exec=bad)

    def _healthcheck(self, instruction: Instruction, start: int, end: int) -> Instruction:
        stop = start
        while stop < end and self.text[stop] not in SPACES:
            stop += 1
        kind = self.text[start:stop].upper()
        if kind != "CMD":
            return replace(instruction, words=self._words(start, end), check=kind)
        rest = strip(self.text, stop, end)
        return self._maybe_json(replace(instruction, check=kind), *rest)

    def _args(self, instruction: Instruction, start: int, end: int) -> Instruction:
        cuts = self._cut(quoted_words(self.text, start, end, self.escape), start, end)
        pairs = tuple(self._pair(*cut) for cut in cuts)
        return replace(instruction, words=tuple(self.word(*cut) for cut in cuts), pairs=pairs)

    def _pair(self, start: int, end: int) -> Pair:
        equals = self.text.find("=", start, end)
        if equals < 0:
            return Pair(self.word(start, end), None)
        return Pair(self.word(start, equals), self.word(equals + 1, end))

    def _pairs(self, instruction: Instruction, start: int, end: int) -> Instruction:
        cuts = self._cut(quoted_words(self.text, start, end, self.escape), start, end)
        if cuts and "=" not in self.text[slice(*cuts[0])]:
            return self._old_pair(instruction, start, end)
        for cut in cuts:
            if "=" not in self.text[slice(*cut)]:
                why = f"{instruction.name} takes `name=value`, and this word has no `=`"
                self.error(*cut, f"{why}: quote a value that has spaces")
        words = tuple(self.word(*cut) for cut in cuts)
        return replace(instruction, words=words, pairs=tuple(self._pair(*cut) for cut in cuts))

    def _old_pair(self, instruction: Instruction, start: int, end: int) -> Instruction:
        """`ENV name value`, the value being everything behind the name."""
        stop = first_word(self.text, start, end)
        begin, last = strip(self.text, stop, end)
        if begin == last:
            self.error(start, end, f"{instruction.name} needs a name and a value")
            return replace(instruction, words=(self.word(start, end),))
        name, value = self.word(start, stop), self.word(begin, last)
        return replace(instruction, words=(name, value), pairs=(Pair(name, value),))

    # Here-documents -------------------------------------------------------------------------

    def with_heredocs(self, instruction: Instruction, start: int, end: int) -> Instruction:
        """Read the here-documents that the line announces."""
        try:
            lexer = Lexer(self.text[start:end], raw_quotes=True, raw_escapes=True, keep_unset=True)
            words = lexer.run().words
            announced = [
                (heredoc, self.span(start + word[0].start, start + word[-1].end))
                for word in words
                if (heredoc := _heredoc("".join(p.text for p in word)))
            ][:_MOST_HEREDOCS]
        except LexError:
            return instruction
        heredocs = tuple(self._heredoc(*one) for one in announced if self._opens(one[0]))
        if not heredocs or instruction.name != "RUN" or instruction.shell_text is None:
            return replace(instruction, heredocs=heredocs)
        return replace(
            instruction,
            heredocs=heredocs,
            shell_text=self._script(instruction.shell_text, heredocs),
        )

    def _opens(self, opening: _Opening) -> bool:
        """Whether it is one: a blank behind `<<` makes it one only for newer builders.

        Where the closing line is missing as well, `$((1 << 2))` is the better guess.
        """
        return not opening.spaced or self.lines.closes(
            opening.name, self.behind, strip_tabs=opening.strip_tabs
        )

    def _heredoc(self, opening: _Opening, span: Span) -> Heredoc:
        lines, source = self.lines, self.lines.source
        first = self.behind
        while self.behind < lines.count:
            start, line = lines.physical(self.behind)
            self.behind += 1
            if (line.lstrip("\t") if opening.strip_tabs else line) == opening.name:
                place = source.span(source.starts[first], start + len(line))
                return opening.heredoc(self._body(first, start, opening), span, place)
        lines.errors.append((span, f"the here-document is not closed by {opening.name!r}"))
        start = source.starts[first] if first < len(source.starts) else len(source.text)
        place = source.span(start, len(source.text))
        return opening.heredoc(self._body(first, place.end, opening), span, place)

    def _body(self, first: int, end: int, opening: _Opening) -> Embedded:
        source = self.lines.source
        start = source.starts[first] if first < len(source.starts) else end
        if not opening.strip_tabs:
            return Embedded.slice(source, start, end)
        segments, parts, inner = [], [], 0
        for number in range(first, len(source.starts)):
            at = source.starts[number]
            stop = source.starts[number + 1] if number + 1 < len(source.starts) else end
            stop = min(stop, end)
            if at >= end:
                break
            text = source.text[at:stop].lstrip("\t")
            segments.append(Segment(inner, len(text), stop - len(text), len(text)))
            parts.append(text)
            inner += len(text)
        segments = segments or [Segment(0, 0, start, 0)]
        return Embedded(source, "".join(parts), segments, "block", "\t")

    def _script(self, text: Embedded, heredocs: tuple[Heredoc, ...]) -> Embedded:
        """What the shell gets: the only here-document's body, or the line and what follows it."""
        if _heredoc(text.text):
            return heredocs[0].body
        source = self.lines.source
        start = heredocs[0].terminated.start - 1
        end = heredocs[-1].terminated.end
        outer = self.line.segments
        offset = text.segments[0].host
        segments = []
        for s in outer:
            low, high = max(s.inner, offset), min(s.inner + s.length, offset + len(text.text))
            if low < high:
                host = s.host + low - s.inner
                segments.append(Segment(low - offset, high - low, host, high - low))
        segments.append(Segment(len(text.text), end - start, start, end - start))
        return Embedded(source, text.text + source.text[start:end], segments)


@dataclass(frozen=True, slots=True)
class _Opening:
    """`<<NAME`, `3<<-"NAME"`."""

    name: str
    quoted: bool
    strip_tabs: bool
    fd: int
    spaced: bool

    def heredoc(self, body: Embedded, span: Span, terminated: Span) -> Heredoc:
        """The here-document that it opens."""
        return Heredoc(self.name, self.quoted, self.strip_tabs, self.fd, body, span, terminated)


def _heredoc(word: str) -> _Opening | None:
    """The here-document that a word announces, if it does."""
    match = _HEREDOC.fullmatch(word)
    if match is None or not match[3]:
        return None
    names = Lexer(match[3], keep_unset=True).run().words
    if len(names) != 1:
        return None
    name = "".join(p.text for p in names[0])
    raw = Lexer(match[3], keep_unset=True, raw_quotes=True).run().words
    raw_name = "".join(p.text for word in raw for p in word)
    quotes = [text.count("'") + text.count('"') for text in (name, raw_name)]
    fd = int(match[1][:9] or 0)
    spaced = match.start(3) > match.end(2)
    return _Opening(name, quotes[0] != quotes[1], match[2] == "-", fd, spaced)
