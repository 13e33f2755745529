"""A Dockerfile's logical lines: continuations joined, comments and blank lines dropped.

The rules are those of the engine's own parser: a line goes on when its last character before blanks
is the escape character and the one before that is not; within a continuation, comment lines and
blank lines are skipped and do not end it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.source import Embedded, Segment
from gracelint.base.values import dataclass, field

if TYPE_CHECKING:
    from gracelint.base.source import Source, Span

# What the engine strips around lines: Unicode's white space, not Python's wider idea of it.
SPACES = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
BLANKS = "\t\v\f\r "  # what separates words


@dataclass(frozen=True, slots=True)
class LogicalLine:
    """One instruction's line.

    text: what the engine reads, mapped to the file. first, last: physical lines, counted from 0.
    cut: for every physical line of it that has something to say, its number and whether the
    escape character at its end was dropped.
    """

    text: Embedded
    first: int
    last: int
    cut: tuple[tuple[int, bool], ...]


@dataclass(slots=True)
class Directives:
    """The parser directives at the top (`# escape=`, `# syntax=`, `# check=`)."""

    escape: str = "\\"
    syntax: str | None = None
    done: bool = False
    seen: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Scanner:
    """Walks over the physical lines of a source. at: the next line, counted from 0."""

    source: Source
    directives: Directives = field(default_factory=Directives)
    errors: list[tuple[Span, str]] = field(default_factory=list)
    at: int = 0
    _closing: dict[str, int] | None = None

    @property
    def ended(self) -> bool:
        """Whether no line is left."""
        starts = self.source.starts
        return self.at >= len(starts) or starts[self.at] >= len(self.source.text)

    def physical(self, number: int) -> tuple[int, str]:
        """The offset and the text, without its line ending, of a physical line."""
        starts = self.source.starts
        end = starts[number + 1] if number + 1 < len(starts) else len(self.source.text)
        return starts[number], self.source.text[starts[number] : end].rstrip("\r\n")

    def closes(self, name: str, strip_tabs: bool) -> bool:
        """Whether a line ahead consists of `name`, tabs in front of it allowed or not."""
        if self._closing is None:
            self._closing = {}
            for number in range(len(self.source.starts)):
                line = self.physical(number)[1]
                self._closing[line] = number
                self._closing["\t" + line.lstrip("\t")] = number
        return self._closing.get("\t" + name if strip_tabs else name, -1) >= self.at

    def next(self) -> LogicalLine | None:
        """The next logical line that is no comment; None at the end."""
        while not self.ended:
            number = self.at
            self.at += 1
            start, body = self.physical(number)
            line = body.lstrip(SPACES)
            start += len(body) - len(line)
            self._directive(line, start)
            if line and not line.startswith("#"):
                return self._continue(number, start, line)
        return None

    def _continue(self, first: int, start: int, line: str) -> LogicalLine:
        kept, goes_on = self._trim(line)
        pieces, cut, last = [(start, line[:kept])], [(first, goes_on)], first
        while goes_on and not self.ended:
            number = last = self.at
            self.at += 1
            start, line = self.physical(number)
            stripped = line.lstrip(SPACES)
            if stripped and not stripped.startswith("#"):
                kept, goes_on = self._trim(line)
                pieces.append((start, line[:kept]))
                cut.append((number, goes_on))
        return LogicalLine(_joined(self.source, pieces), first, last, tuple(cut))

    def _trim(self, line: str) -> tuple[int, bool]:
        """How much of a line counts, and whether it goes on in the next one."""
        escape = self.directives.escape
        text = line.rstrip(" \t")
        if text.endswith(escape) and not text[:-1].endswith(escape):
            return len(text) - 1, True
        return len(line), False

    def _directive(self, line: str, start: int) -> None:
        if self.directives.done:
            return
        name, equals, value = line[1:].partition("=")
        name, value = name.strip(SPACES).lower(), value.strip(SPACES)
        if not (line.startswith("#") and equals and value) or name not in DIRECTIVES:
            self.directives.done = True
            return
        span = self.source.span(start, start + len(line))
        if name in self.directives.seen:
            self.errors.append((span, f"only one `{name}` directive can be used"))
            return
        self.directives.seen.add(name)
        if name == "syntax":
            self.directives.syntax = value
        elif name == "escape":
            self._escape(value, span)

    def _escape(self, value: str, span: Span) -> None:
        if value in {"\\", "`"}:
            self.directives.escape = value
        else:
            self.errors.append((span, f"the escape character must be \\ or `, not {value!r}"))


DIRECTIVES = frozenset({"escape", "syntax", "check"})


def _joined(source: Source, pieces: list[tuple[int, str]]) -> Embedded:
    segments, at = [], 0
    for host, text in pieces:
        if text:
            segments.append(Segment(at, len(text), host, len(text)))
            at += len(text)
    if not segments:
        segments.append(Segment(0, 0, pieces[0][0], 0))
    return Embedded(source, "".join(text for _, text in pieces), segments, "continued")
