"""Code frames: lines of source with labels under them."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass
from gracelint.report.text import cells, fill, paint, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gracelint.base.source import Source
    from gracelint.model.finding import Finding, Label, Severity

_TAB = 4
_LEAD = 12  # columns kept before a label when its line is cut on the left


@dataclass(frozen=True, slots=True)
class _Mark:
    """One label on one line; columns count characters from 0. main: it says what is wrong."""

    line: int
    start: int
    end: int
    message: str
    main: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """How frames are drawn. gutter: digits of the widest line number."""

    severity: Severity
    color: bool
    width: int
    gutter: int


def frames(finding: Finding, *, color: bool, width: int) -> Iterator[str]:
    """The lines that show every place of a finding, its own file first."""
    marked = _by_source(finding)
    numbers = [m.line for _, marks in marked for m in marks]
    frame = Frame(finding.severity, color, width, max(3, len(str(max(numbers)))))
    for index, (source, marks) in enumerate(marked):
        anchor = marks[0]
        arrow = ":::" if index else "-->"
        place = f"{visible(source.path)}:{anchor.line}:{anchor.start + 1}"
        yield f"{paint(arrow.rjust(frame.gutter + 2), 'frame', color=color)} {place}"
        yield from _file(frame, source, marks)


def _by_source(finding: Finding) -> list[tuple[Source, list[_Mark]]]:
    """The labels of each file; the first mark of a file is the one its heading names."""
    sources: dict[str, tuple[Source, list[_Mark]]] = {}
    seen: set[tuple[tuple[str, int, int], str]] = set()
    labels = (finding.primary, *finding.causes, *finding.related)
    for index, label in enumerate(labels):
        key = (label.span.key, label.message if index else "")
        if key in seen or (label.span.key, "") in seen:
            continue
        seen.add(key)
        source = label.span.source
        marks = sources.setdefault(source.path, (source, []))[1]
        marks += _marks(label, main=index == 0)
    return list(sources.values())


def _marks(label: Label, *, main: bool) -> list[_Mark]:
    """A label's marks: one, or for text over several lines its first and its last line."""
    source = label.span.source
    first, last = label.span.first, label.span.last
    start, end = first.column - 1, last.column - 1
    if last.line > first.line and (end == 0 or not source.line(last.line)[:end].strip()):
        last_line = last.line - 1
        end = len(source.line(last_line))
    else:
        last_line = last.line
    if last_line <= first.line:
        end = end if last_line == first.line else start
        return [_Mark(first.line, start, end, label.message, main)]
    text = source.line(last_line)
    indent = len(text) - len(text.lstrip())
    return [
        _Mark(first.line, start, len(source.line(first.line)), "", main),
        _Mark(last_line, indent, end, label.message, main),
    ]


def _file(frame: Frame, source: Source, marks: list[_Mark]) -> Iterator[str]:
    by_line: dict[int, list[_Mark]] = {}
    for mark in sorted(marks, key=lambda m: (m.line, m.start)):
        by_line.setdefault(mark.line, []).append(mark)
    for line, here in by_line.items():
        yield from _line(frame, source.line(line), line, here)


def _line(frame: Frame, text: str, number: int, marks: list[_Mark]) -> Iterator[str]:
    room = max(frame.width - frame.gutter - 4, 20)
    columns, shown = _window(text, marks, room)
    yield f"{_gutter(frame, str(number))} {shown}".rstrip()
    for mark in marks:
        start = min(columns(mark.start), room - 1)
        end = min(max(columns(mark.end), start + 1), room)
        yield from _mark(frame, mark, start, end, room)


def _gutter(frame: Frame, text: str) -> str:
    return paint(f" {text.rjust(frame.gutter)} |", "frame", color=frame.color)


def _mark(frame: Frame, mark: _Mark, start: int, end: int, room: int) -> Iterator[str]:
    """The row under a line that marks a piece of it, with its message beside or below."""
    style = frame.severity.label if mark.main else "frame"
    sign = ("^" if mark.main else "-") * (end - start)
    message = visible(mark.message)
    row = f"{_gutter(frame, '')} {' ' * start}{paint(sign, style, color=frame.color)}"
    if end + 1 + cells(message) <= room:
        yield f"{row} {paint(message, style, color=frame.color)}" if message else row
        return
    yield row
    if not message:
        return
    indent = min(start, max(room - cells(message), 0) if cells(message) < room else 2)
    for part in fill(mark.message, room - indent):
        painted = paint(part, style, color=frame.color)
        yield f"{_gutter(frame, '')} {' ' * indent}{painted}"


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where each character of a line stands on the screen.

    at: the screen column of each character from `base` on, and of the end. first: the index into
    `at` of the first one shown. lead: columns taken by what stands for the part that is not.
    """

    at: list[int]
    base: int
    first: int
    lead: int

    def __call__(self, character: int) -> int:
        """The screen column of a character; behind the last one for its end."""
        index = min(max(character - self.base, self.first), len(self.at) - 1)
        return self.at[index] - self.at[self.first] + self.lead


def _window(text: str, marks: Iterable[_Mark], room: int) -> tuple[_Columns, str]:
    """The part of a line that fits into `room` columns and shows its marks, made visible.

    Only what is near the marks is looked at, because a line may be as long as its file.
    """
    start, end = min(mark.start for mark in marks), max(mark.end for mark in marks)
    base = start - room if start > 4 * room else 0
    pieces, at = _pieces(text[base : start + 4 * room])
    first = 0
    if base or at[min(end - base, len(pieces))] > room - 1:
        wanted = at[min(start - base, len(pieces))] - _LEAD
        while first < len(pieces) and at[first] < wanted:
            first += 1
    kept = ["…"] if base or first else []
    columns = _Columns(at, base, first, len(kept))
    fits = at[-1] - at[first] + len(kept) <= room
    for index in range(first, len(pieces)):
        if not fits and columns.at[index + 1] - at[first] + columns.lead > room - 1:
            kept.append("…")
            break
        kept.append(pieces[index])
    return columns, "".join(kept)


def _pieces(text: str) -> tuple[list[str], list[int]]:
    """How each character is shown, and the screen column where it starts (and the end's)."""
    if text.isascii() and text.isprintable():
        return list(text), list(range(len(text) + 1))
    pieces: list[str] = []
    at = [0]
    for char in text:
        piece = " " * (_TAB - at[-1] % _TAB) if char == "\t" else visible(char)
        pieces.append(piece)
        at.append(at[-1] + cells(piece))
    return pieces, at
