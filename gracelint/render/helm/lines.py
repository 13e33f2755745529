"""From the lines that helm writes to the template lines that wrote them."""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING

from gracelint.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gracelint.base.source import Source, Span
    from gracelint.render.helm.template import Action, Template

Mark = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters of a rendered line and the text that wrote them.

    exact: they are written as they stand; else by `action`, or by the template line as a whole.
    """

    start: int
    end: int
    host: Span
    exact: bool
    action: Action | None = None


class Lines:
    """The way back from a rendered stream, line by line.

    marks: of each line, file and line number of what wrote it, the innermost first; empty where
    that is not known. templates: by the files' numbers. foreign: by number, what stands for files
    outside of the tree. fallback: for what has no mark at all.
    """

    def __init__(
        self,
        text: str,
        marks: Sequence[tuple[Mark, ...]],
        templates: Mapping[int, Template],
        foreign: Mapping[int, Span],
        fallback: Span,
    ) -> None:
        self.text = text
        self.marks = marks
        self.templates = templates
        self.foreign = foreign
        self.fallback = fallback
        self.starts = _starts(text)
        self._pieces: dict[int, list[Piece]] = {}

    def place(self, start: int, end: int) -> Span:
        """The template text that became the characters from `start` up to `end`."""
        first = self.piece(start)
        last = self.piece(max(end - 1, start))
        if first is None or last is None:
            return self._file(start)
        here = _offset(first, start, behind=False)
        if end == start:
            return first.host.source.span(here, here if first.exact else first.host.end)
        there = _offset(last, end, behind=True)
        if last.host.source is first.host.source and there >= here:
            return first.host.source.span(here, there)
        return first.host.source.span(here, self._reach(first, end))

    def _reach(self, first: Piece, end: int) -> int:
        """How far the text goes in the file of `first` that wrote everything up to `end`."""
        for file, line in self.written(self.line(max(end - 1, 0))):
            source = self.templates[file].source
            if source is first.host.source:
                return max(first.host.end, source.line_span(line).end - 1)
        return first.host.end

    def line(self, at: int) -> int:
        """The index of the line that the character at `at` stands on."""
        return bisect_right(self.starts, at) - 1

    def _file(self, at: int) -> Span:
        """The nearest line of the same document of which it is known where it comes from."""
        index = self.line(at)
        for other in range(index, max(index - 200, 0), -1):
            if self.text.startswith("---", self.starts[other]):
                break
            if pieces := self.pieces(other):
                return pieces[0].host
            if outside := [self.foreign[f] for f, _ in self.marks[other] if f in self.foreign]:
                return outside[-1]
        return self.fallback

    def piece(self, at: int) -> Piece | None:
        """The piece that holds the character at `at`, or the nearest one on its line."""
        pieces = self.pieces(self.line(at))
        return next((p for p in pieces if at < p.end), pieces[-1] if pieces else None)

    def written(self, index: int) -> tuple[Mark, ...]:
        """What wrote a line: its own marks, or those of the line on which its expression ends."""
        if self.marks[index] or not self._has_text(index):
            return self._of_templates(index)
        for other in range(index + 1, min(index + 2000, len(self.marks))):
            if self.text.startswith("---", self.starts[other]):
                break
            if self.marks[other]:
                marks = self._of_templates(other)
                return marks if marks and self._outputs(marks[0]) else ()
        return ()

    def _of_templates(self, index: int) -> tuple[Mark, ...]:
        return tuple(mark for mark in self.marks[index] if mark[0] in self.templates)

    def _has_text(self, index: int) -> bool:
        return bool(self.text_of(index).strip())

    def text_of(self, index: int) -> str:
        """A line without its end."""
        end = self.starts[index + 1] - 1 if index + 1 < len(self.starts) else len(self.text)
        return self.text[self.starts[index] : end]

    def actions(self, mark: Mark) -> list[Action]:
        """The actions on a template's line."""
        template = self.templates[mark[0]]
        lines = template.source.line_span(mark[1])
        first = bisect_right(template.actions, lines.start, key=lambda a: a.end)
        last = bisect_right(template.actions, lines.end - 1, key=lambda a: a.start)
        return template.actions[first:last]

    def _outputs(self, mark: Mark) -> list[Action]:
        return [action for action in self.actions(mark) if action.kind == "output"]

    def pieces(self, index: int) -> list[Piece]:
        """The pieces of a line, in order; none where it is not known what wrote it."""
        if index not in self._pieces:
            marks = self.written(index)
            self._pieces[index] = list(self._matched(index, marks[0])) if marks else []
        return self._pieces[index]

    def _matched(self, index: int, mark: Mark) -> Iterator[Piece]:
        template, text = self.templates[mark[0]], self.text_of(index)
        start = self.starts[index]
        pieces = _align(text, template, mark[1], self.actions(mark), last=bool(self.marks[index]))
        if pieces is not None:
            for a, b, host, action in pieces:
                yield Piece(start + a, start + b, host, action is None, action)
            return
        outputs = self._outputs(mark)
        lines = template.source.line_span(mark[1])
        whole = lines.source.span(*_stripped(lines))
        last = outputs[-1] if outputs else None
        host = whole if last is None else lines.source.span(last.start, last.end)
        inner = len(text) - len(text.lstrip())
        yield Piece(start + inner, start + len(text), host, exact=False, action=last)


def _stripped(lines: Span) -> tuple[int, int]:
    text = lines.text
    inner = text.strip()
    start = lines.start + len(text) - len(text.lstrip())
    return start, start + len(inner)


def _offset(piece: Piece, at: int, *, behind: bool) -> int:
    if piece.exact:
        return piece.host.start + min(max(at - piece.start, 0), piece.end - piece.start)
    return piece.host.end if behind else piece.host.start


def _starts(text: str) -> list[int]:
    starts, at = [0], text.find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = text.find("\n", at + 1)
    return starts


def _align(
    text: str, template: Template, line: int, actions: Sequence[Action], *, last: bool
) -> list[tuple[int, int, Span, Action | None]] | None:
    """What each part of a template's line became; None where the text does not fit it.

    last: the line ends with what the template line ends with; else its expression goes on below.
    """
    parts = list(_parts(template.source, line, actions))
    at, tail = len(text) - len(text.lstrip()), text.rstrip()
    first = parts[0][0].text
    if not text.startswith(first, at):
        return None
    pieces: list[tuple[int, int, Span, Action | None]] = [(at, at + len(first), parts[0][0], None)]
    if not last and len(parts) > 1:
        return [*pieces, _became(parts[0][1], at + len(first), len(tail), template.source)]
    at += len(first)
    for (_, action), (literal, following) in pairwise(parts):
        fixed = literal.text if following is not None else literal.text.rstrip()
        here = text.find(fixed, at) if following is not None else max(len(tail) - len(fixed), at)
        if here < at or not text.startswith(fixed, here):
            return None
        pieces.append(_became(action, at, here, template.source))
        at = here + len(fixed)
        pieces.append((here, at, literal, None))
    return [part for part in pieces if part[0] < part[1]] if at >= len(tail) else None


def _became(
    action: Action | None, start: int, end: int, source: Source
) -> tuple[int, int, Span, Action | None]:
    span = source.span(action.start, action.end) if action else source.span(0, 0)
    return start, end, span, action


def _parts(
    source: Source, line: int, actions: Sequence[Action]
) -> Iterator[tuple[Span, Action | None]]:
    """A template line's own text up to each action, with that action; at last what follows all."""
    start, end = _stripped(source.line_span(line))
    trimmed = False
    for action in actions:
        yield _without_blanks(source, start, action.start, trimmed, action.trims[0]), action
        start, trimmed = action.end, action.trims[1]
    yield _without_blanks(source, start, end, trimmed, False), None


def _without_blanks(source: Source, start: int, end: int, before: bool, behind: bool) -> Span:
    text = source.text[start:end]
    if before:
        start += len(text) - len(text.lstrip())
    if behind:
        end -= len(text) - len(text.rstrip())
    return source.span(start, max(start, end))
