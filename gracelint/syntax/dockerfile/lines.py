"""The physical lines of a Dockerfile, by the rules of the engine's own parser.

A line goes on when its last character before blanks is the escape character and the one before that
is not; within a continuation, comment lines and blank lines are skipped and do not end it.
"""

from __future__ import annotations

from gracelint.base.source import Embedded, Segment
from gracelint.base.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from gracelint.base.source import Source, Span

# What the engine strips around lines: Unicode's white space, not Python's wider idea of it.
SPACES = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
BLANKS = "\t\v\f\r "  # what separates words

DIRECTIVES = frozenset({"escape", "syntax", "check"})


class Lines:
    """Physical lines, counted from 0, and what the directives at the top say.

    count: how many there are. escape: the escape character. syntax: the image of `# syntax=`.
    errors: what is wrong with directives, with its place; the reader of instructions adds to it.
    words: how many it has read.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        ends = bool(source.starts) and source.starts[-1] >= len(source.text)
        self.count = len(source.starts) - ends
        self.escape = "\\"
        self.syntax: str | None = None
        self.errors: list[tuple[Span, str]] = []
        self.words = 0
        self._starts = source.starts
        self._texts = [line.rstrip("\r") for line in source.text.split("\n")]
        self._closing: dict[str, int] | None = None
        self._directives()

    def physical(self, number: int) -> tuple[int, str]:
        """The offset and the text, without its line ending, of a line."""
        return self._starts[number], self._texts[number]

    def trim(self, line: str) -> tuple[int, bool]:
        """How much of a line counts, and whether it goes on in the next one."""
        text = line.rstrip(" \t")
        if text.endswith(self.escape) and not text[:-1].endswith(self.escape):
            return len(text) - 1, True
        return len(line), False

    def joined(self, first: int, last: int) -> Embedded:
        """What the engine reads of an instruction on these lines, mapped to the file."""
        segments, parts, at = [], [], 0
        begin = self.source.starts[first]
        for number in range(first, last + 1):
            host, line = self.physical(number)
            stripped = line.lstrip(SPACES)
            if number == first:
                host, line = host + len(line) - len(stripped), stripped
                begin = host
            elif not stripped or stripped.startswith("#"):
                continue
            if kept := self.trim(line)[0]:
                segments.append(Segment(at, kept, host, kept))
                parts.append(line[:kept])
                at += kept
        segments = segments or [Segment(0, 0, begin, 0)]
        return Embedded(self.source, "".join(parts), segments, "continued")

    def closes(self, name: str, after: int, *, strip_tabs: bool) -> bool:
        """Whether a line from `after` on consists of `name`, tabs in front of it allowed or not."""
        if self._closing is None:
            self._closing = {}
            for number in range(self.count):
                line = self.physical(number)[1]
                self._closing[line] = number
                self._closing["\t" + line.lstrip("\t")] = number
        return self._closing.get("\t" + name if strip_tabs else name, -1) >= after

    def _directives(self) -> None:
        """Read `# escape=`, `# syntax=` and `# check=` up to the first line that is none."""
        seen: set[str] = set()
        for number in range(self.count):
            start, body = self.physical(number)
            line = body.lstrip(SPACES)
            name, equals, value = line[1:].partition("=")
            name, value = name.strip(SPACES).lower(), value.strip(SPACES)
            if not (line.startswith("#") and equals and value) or name not in DIRECTIVES:
                return
            span = self.source.span(start + len(body) - len(line), start + len(body))
            if name in seen:
                self.errors.append((span, f"only one `{name}` directive can be used"))
            elif name == "syntax":
                self.syntax = value
            elif name == "escape":
                self._escape(value, span)
            seen.add(name)

    def _escape(self, value: str, span: Span) -> None:
        if value in {"\\", "`"}:
            self.escape = value
        else:
            self.errors.append((span, f"the escape character must be \\ or `, not {value!r}"))
