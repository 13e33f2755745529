"""Text and places in it: the one module that does line and column arithmetic.

All offsets are code points into `Source.text`, which has no byte order mark and keeps its line
endings. Bytes exist only in `Source.decode` and `Source.encode`, which are exact inverses.
"""

from __future__ import annotations

import codecs
from bisect import bisect_right
from operator import attrgetter

from gracelint.base.typed import TYPE_CHECKING, Final, Literal, Protocol
from gracelint.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place as people count it: line and column from 1, the column in characters."""

    line: int
    column: int


class Source:
    """One file's text, which never changes: a file that does is another source.

    path: from the root, with `/`. root: the folder that this is, as the system knows it; "" for
    text that is in no folder. text: code points without the byte order mark; bytes that are no
    valid text are kept as lone surrogates (PEP 383), so that writing returns them unchanged.
    """

    __slots__ = ("_starts", "bom", "encoding", "path", "root", "text")

    def __init__(
        self, path: str, text: str, encoding: str = "utf-8", bom: bytes = b"", root: str = ""
    ) -> None:
        self.path: Final = path
        self.text: Final = text
        self.encoding: Final = encoding
        self.bom: Final = bom
        self.root: Final = root
        self._starts: list[int] | None = None

    def __repr__(self) -> str:
        return f"Source({self.path!r}, {len(self.text)} characters)"

    @classmethod
    def decode(cls, path: str, data: bytes, root: str = "") -> Source:
        """The source held in `data`; never fails."""
        for bom, encoding in _BOMS:
            if data.startswith(bom):
                errors = "surrogateescape" if encoding == "utf-8" else "strict"
                try:
                    text = data[len(bom) :].decode(encoding, errors)
                    return cls(path, text, encoding, bom, root)
                except UnicodeDecodeError:
                    break
        return cls(path, data.decode("utf-8", "surrogateescape"), root=root)

    def reading(self, text: str) -> Source:
        """The same file with another text."""
        return Source(self.path, text, self.encoding, self.bom, self.root)

    def renamed(self, path: str) -> Source:
        """The same text under a name that needs no root."""
        source = Source(path, self.text, self.encoding, self.bom)
        source._starts = self.starts
        return source

    def encode(self, text: str | None = None) -> bytes:
        """The bytes of `text` (default: the own text) in this file's encoding, with its BOM."""
        errors = "surrogateescape" if self.encoding == "utf-8" else "strict"
        return self.bom + (self.text if text is None else text).encode(self.encoding, errors)

    @property
    def starts(self) -> list[int]:
        """The offset at which each line starts."""
        if self._starts is None:
            starts = [0]
            at = self.text.find("\n")
            while at >= 0:
                starts.append(at + 1)
                at = self.text.find("\n", at + 1)
            self._starts = starts
        return self._starts

    @property
    def newline(self) -> str:
        """The line ending that this file uses: that of its first line."""
        at = self.text.find("\n")
        return "\r\n" if at > 0 and self.text[at - 1] == "\r" else "\n"

    def position(self, offset: int) -> Position:
        """Line and column of an offset."""
        line = bisect_right(self.starts, offset)
        return Position(line, offset - self.starts[line - 1] + 1)

    def offset(self, line: int, column: int = 1) -> int:
        """The offset of a line and column; ValueError when there is no such line."""
        if not 1 <= line <= len(self.starts):
            raise ValueError(f"{self.path} has no line {line}")
        return self.starts[line - 1] + column - 1

    def line(self, number: int) -> str:
        """The text of a line without its line ending."""
        start = self.offset(number)
        end = self.starts[number] if number < len(self.starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def line_span(self, number: int) -> Span:
        """The whole of a line with its line ending."""
        end = self.starts[number] if number < len(self.starts) else len(self.text)
        return Span(self, self.offset(number), end)

    def span(self, start: int, end: int) -> Span:
        """The place from `start` up to `end`."""
        return Span(self, start, end)

    def place(self, span: Span) -> Span:
        """Where people find and change what `span` says: there, unless a program wrote the text."""
        return span

    def insertion(self, text: str, at: int) -> str:  # noqa: ARG002
        """How `text` has to be written to stand at `at`: with this file's line endings."""
        return text.replace("\n", self.newline) if self.newline != "\n" else text


class Outside(Source):
    """Text that no file of the tree holds, such as a script in an image that is only named.

    at: the place that people can change, where it is named. role: what is to be said there of it.
    """

    __slots__ = ("_at", "role")

    def __init__(
        self, path: str, text: str, at: Span, role: str = "the image's own script does this"
    ) -> None:
        super().__init__(path, text)
        self._at = at
        self.role = role

    def place(self, span: Span) -> Span:  # noqa: ARG002
        """Where it is named."""
        return self._at.place


@dataclass(frozen=True, slots=True, eq=False)
class Span:
    """The text from `start` up to, not including, `end` of a source."""

    source: Source
    start: int
    end: int

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Span) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    @property
    def key(self) -> tuple[str, int, int]:
        """What tells spans apart and orders them: path, start, end."""
        return (self.source.path, self.start, self.end)

    @property
    def text(self) -> str:
        """The text at this place."""
        return self.source.text[self.start : self.end]

    @property
    def first(self) -> Position:
        """Where it starts."""
        return self.source.position(self.start)

    @property
    def last(self) -> Position:
        """The position just behind its last character."""
        return self.source.position(self.end)

    @property
    def place(self) -> Span:
        """Where people find and change this text: there, unless a program wrote it."""
        return self.source.place(self)

    def covers(self, other: Span) -> bool:
        """Whether `other` lies within this place."""
        return (
            self.source.path == other.source.path
            and self.start <= other.start
            and other.end <= self.end
        )

    def to(self, other: Span) -> Span:
        """From the start of this to the end of `other`, in the same source."""
        return Span(self.source, self.start, other.end)


class Places(Protocol):
    """Where the pieces of a rendered text come from."""

    def place(self, start: int, end: int) -> Span:
        """The text of a file that became the characters from `start` up to `end`."""


class Rendered(Source):
    """What a program wrote. path: of the file that it was told to render.

    Its spans are read, compared and edited like those of a file; `Span.place` leads to the file in
    which people find the same.
    """

    __slots__ = ("places",)

    def __init__(self, path: str, text: str, places: Places) -> None:
        super().__init__(path, text)
        self.places = places

    def place(self, span: Span) -> Span:
        """The text that became `span`."""
        return self.places.place(span.start, span.end)


class Text(Protocol):
    """Text whose every character has a place in a file: a `Source`, or `Embedded` in one."""

    @property
    def text(self) -> str:
        """The characters, as the reader of this text sees them."""

    def span(self, start: int, end: int) -> Span:
        """The place in the file of the characters from `start` up to `end`."""

    def insertion(self, text: str, at: int) -> str | None:
        """How `text` must be written in the file to be read as `text` at `at`.

        None where the file's syntax cannot hold it there.
        """


class Derived:
    """Text that is computed, so that none of its characters has a place: all stand for one span."""

    __slots__ = ("_span", "text")

    def __init__(self, text: str, span: Span) -> None:
        self.text = text
        self._span = span

    def span(self, start: int, end: int) -> Span:  # noqa: ARG002
        """The span that the text was computed from."""
        return self._span

    def insertion(self, text: str, at: int) -> str | None:  # noqa: ARG002
        """Nothing can be put in."""
        return None


Dialect = Literal[
    "plain",  # as it stands
    "continued",  # a Dockerfile's shell form: `\` and newline join lines
    "json",  # inside a JSON or YAML double-quoted string
    "yaml-single",  # inside a YAML single-quoted scalar
    "yaml-plain",  # a YAML plain scalar
    "block",  # a YAML literal block scalar, or another text in which every line is indented
    "folded",  # a YAML folded block scalar
    "sh-single",  # inside '…' of a shell
    "sh-double",  # inside "…" of a shell
    "sh-word",  # an unquoted or mixed word of a shell
]


@dataclass(frozen=True, slots=True)
class Segment:
    """`length` characters from `inner` on are written as `host_length` characters from `host` on.

    Equal lengths mean that characters map one to one; otherwise the segment is one escape.
    """

    inner: int
    length: int
    host: int
    host_length: int


_INNER = attrgetter("inner")


class Embedded:
    """Text inside text: a script in a block scalar, a command in a JSON string.

    host: the text around it, itself perhaps embedded. segments: ordered, without gaps on the inner
    side. indent: what every line of a block starts with in the host.
    """

    __slots__ = ("dialect", "host", "indent", "segments", "text")

    def __init__(
        self,
        host: Text,
        text: str,
        segments: Iterable[Segment],
        dialect: Dialect = "plain",
        indent: str = "",
    ) -> None:
        self.host = host
        self.text = text
        self.segments = tuple(segments)
        self.dialect: Dialect = dialect
        self.indent = indent

    def __repr__(self) -> str:
        return f"Embedded({self.text!r}, {self.dialect})"

    @classmethod
    def slice(cls, host: Text, start: int, end: int) -> Embedded:
        """The characters from `start` up to `end` of `host`, as they stand."""
        segment = Segment(0, end - start, start, end - start)
        return cls(host, host.text[start:end], (segment,))

    def _segment(self, at: int) -> Segment:
        """The one that the character at `at` belongs to."""
        if len(self.segments) == 1:  # most have no other, and there are many
            return self.segments[0]
        return self.segments[max(bisect_right(self.segments, at, key=_INNER) - 1, 0)]

    def _host_offset(self, at: int) -> int:
        """Where in the host the character at `at` begins (for the end: where the last one ends)."""
        if not self.segments:
            return 0
        segment = self._segment(at)
        into = at - segment.inner
        if segment.length == segment.host_length:
            return segment.host + min(into, segment.length)
        return segment.host if into < segment.length else segment.host + segment.host_length

    def _host_end(self, end: int) -> int:
        """Where in the host the character before `end` ends."""
        segment = self._segment(end - 1)
        if segment.length == segment.host_length:
            return segment.host + end - segment.inner
        return segment.host + segment.host_length

    def span(self, start: int, end: int) -> Span:
        """The place in the file of the characters from `start` up to `end`."""
        if len(self.segments) == 1:  # most have no other, and there are many
            only = self.segments[0]
            if only.length == only.host_length:
                shift = only.host - only.inner
                first = shift + min(start, only.inner + only.length)
                return self.host.span(first, shift + end if end > start else first)
        first = self._host_offset(start)
        return self.host.span(
            first, self._host_end(end) if end > start and self.segments else first
        )

    def insertion(self, text: str, at: int) -> str | None:
        """How `text` must be written in the file to be read as `text` at `at`; None: it cannot."""
        written = _write(text, self.dialect, self.indent)
        return None if written is None else self.host.insertion(written, self._host_offset(at))


def _write(text: str, dialect: Dialect, indent: str) -> str | None:
    match dialect:
        case "plain":
            return text
        case "continued":
            return None if "\n" in text else text
        case "json":
            return _json_escape(text)
        case "yaml-single":
            return None if "\n" in text else text.replace("'", "''")
        case "yaml-plain":
            risky = "\n" in text or ": " in text or " #" in text or text.endswith(":")
            return None if risky else text
        case "block":
            return text.replace("\n", "\n" + indent)
        case "sh-single":
            return None if "'" in text else text
        case "sh-double":
            return None if set(text) & set('"$`\\!') else text
        case "sh-word" | "folded":
            plain = all(c.isalnum() or c in "_-./:=@%+, " for c in text)
            return text if plain and (dialect == "folded" or " " not in text) else None


def _json_escape(text: str) -> str:
    named = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return "".join(named.get(c) or (f"\\u{ord(c):04x}" if c < " " else c) for c in text)
