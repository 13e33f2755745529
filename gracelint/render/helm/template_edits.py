"""Edits of rendered text as edits of the templates that wrote it."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from gracelint.base import lazy
from gracelint.base.edit import Edit
from gracelint.base.values import dataclass

if TYPE_CHECKING:
    from gracelint.base.source import Source
    from gracelint.render.helm.lines import Lines
    from gracelint.render.helm.template import Action, Template


@dataclass(frozen=True, slots=True)
class _Place:
    """An offset in a template. line: the index of the rendered line that led there."""

    template: Template
    at: int
    line: int


def in_template(lines: Lines, edit: Edit) -> Edit | None:
    """The same change of a template's own text; None where an expression wrote what is changed."""
    span = edit.span
    start = _place(lines, span.start)
    if start is None:
        return None
    if span.start == span.end:
        return _insertion(lines, edit, start)
    end = _end(lines, span.end)
    if end is None or end.template is not start.template or end.at < start.at:
        return None
    source = start.template.source
    here = source.span(start.at, end.at)
    if _bare(here.text) != _bare(span.text):
        return None
    content = _indented(edit.content, _shift(lines, start), whole=_is_start(lines, span.start))
    return None if content is None else Edit(here, source.insertion(content, here.start))


def _bare(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n")]


def _is_start(lines: Lines, at: int) -> bool:
    return lines.starts[lines.line(at)] == at


def _place(lines: Lines, at: int) -> _Place | None:
    """Where in a template a character of the rendered text is written as it stands."""
    index = lines.line(at)
    pieces, marks = lines.pieces(index), lines.written(index)
    if not pieces:
        return None
    template, start = lines.templates[marks[0][0]], lines.starts[index]
    source = template.source
    if at == start + len(lines.text_of(index)):
        if not lines.marks[index]:
            return None  # an expression goes on below
        line = source.line_span(marks[0][1])
        return _Place(template, line.start + len(line.text.rstrip()), index)
    piece = lines.piece(at)
    if piece is None or not piece.exact:
        return None
    host = piece.host
    if at >= piece.start:
        return _Place(template, host.start + at - piece.start, index)
    line = source.line_span(marks[0][1])
    blank = not source.text[line.start : host.start].strip()
    return _Place(template, line.start, index) if blank and at == start else None


def _end(lines: Lines, at: int) -> _Place | None:
    """The same for the end of a place; where that is the start of a line, a line ends before it."""
    if not _is_start(lines, at):
        before = _place(lines, at - 1)
        whole = at == lines.starts[lines.line(at)] + len(lines.text_of(lines.line(at)))
        if before is None:
            return None
        return _place(lines, at) if whole else _Place(before.template, before.at + 1, before.line)
    last = _place(lines, at - 1)
    if last is None:
        return None
    source = last.template.source
    return _Place(last.template, source.line_span(source.position(last.at).line).end, last.line)


def _shift(lines: Lines, place: _Place) -> int:
    """By how much a template's line is indented more than what it became."""
    source = place.template.source
    line = source.line(source.position(place.at).line)
    if line.lstrip().startswith("{{"):
        return 0
    return _depth(line) - _depth(lines.text_of(place.line))


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _indented(content: str, shift: int, *, whole: bool) -> str | None:
    """`content` with the indentation of its lines changed; whole: that of the first one, too."""
    first, *rest = content.split("\n")
    indented = [first] if not whole else []
    for line in rest if not whole else [first, *rest]:
        depth = _depth(line) + shift
        if depth < 0:
            return None
        indented.append(" " * depth + line.lstrip() if line else line)
    return "\n".join(indented)


def _insertion(lines: Lines, edit: Edit, place: _Place) -> Edit | None:
    """An insertion where it does not come to depend on more conditions than what it goes into."""
    template, source = place.template, place.template.source
    shift = _shift(lines, place)
    content = _indented(edit.content, shift, whole=_is_start(lines, edit.span.start))
    at: int | None = place.at
    if content is not None and "\n" in content:
        column = _depth(edit.content.lstrip("\n")) if edit.content[:1] == "\n" else None
        around = _parent_block(lines, place, column)
        at = _outside(template, place.at, around, behind=edit.content[:1] == "\n")
        if at is not None and content[:1] == "\n":
            at = _behind_rest(template, at, _depth(content.lstrip("\n")))
    if content is None or at is None:
        return None
    if at != place.at and content[:1] != "\n":
        pad = " " * _depth(source.line(source.position(place.at).line))
        content = pad + content.removesuffix(pad)
    return Edit(source.span(at, at), source.insertion(content, at))


def _parent_block(lines: Lines, place: _Place, column: int | None) -> int:
    """The block of the template that holds what the inserted lines belong to."""
    index = place.line
    depth = _depth(lines.text_of(index)) if column is None else column
    while index >= 0 and not lines.text_of(index).startswith("---"):
        text = lines.text_of(index)
        if text.strip() and _depth(text) < depth:
            for number, line in lines.written(index):
                if lines.templates[number] is place.template:
                    return place.template.inside(place.template.source.line_span(line).end - 1)
            break
        index -= 1
    chain = list(place.template.around(place.template.inside(place.at)))
    blocks = place.template.blocks
    defined = (b for b in chain if b.opening.word in {"define", "block"})
    return next((blocks.index(b) for b in defined), -1)


def _outside(template: Template, at: int, around: int, *, behind: bool) -> int | None:
    """The offset before or behind all blocks that lie within the block `around`."""
    source, inner = template.source, template.inside(at)
    blocks = {id(block) for block in template.around(around)}
    while inner >= 0 and id(template.blocks[inner]) not in blocks:
        block = template.blocks[inner]
        action = block.end if behind else block.opening
        if action is None:
            return None
        at = _edge(source, action.end if behind else action.start, behind=behind)
        if at < 0 or (behind and action.trims[1]):
            return None
        inner = block.parent
    return at


def _behind_rest(template: Template, at: int, column: int) -> int | None:
    """The offset behind all that may go on with the value before it where other values are given.

    Blocks whose lines are indented as that value is, be they left out today, and expressions with
    such an indentation; None where it is not told.
    """
    source = template.source
    number = source.position(at).line
    for following in range(number + 1, len(source.starts) + 1):
        if following <= number or not source.line(following).strip():
            continue
        action = _first_action(template, following)
        if action is None or action.kind in {"end", "else", "comment", "set", "other"}:
            return at
        end = template.blocks[action.block].end if action.kind == "open" else action
        if end is None:
            return None
        goes_on = _goes_on(template, following, source.position(end.end).line, column)
        if goes_on is not True:
            return at if goes_on is False else None
        at = _edge(source, end.end, behind=True)
        if at < 0 or end.trims[1]:
            return None
        number = source.position(at).line
    return at


def _first_action(template: Template, number: int) -> Action | None:
    """The action that a line begins with."""
    line = template.source.line_span(number)
    start = line.start + _depth(line.text)
    index = bisect_left(template.actions, start, key=lambda action: action.start)
    candidate = template.actions[index] if index < len(template.actions) else None
    return candidate if candidate is not None and candidate.start == start else None


_INDENT = lazy.compile(r"\bn?indent\s+([0-9]{1,3})\b")


def _goes_on(template: Template, first: int, last: int, column: int) -> bool | None:
    """Whether lines may belong to a value that stands before a key at `column`; None: not told."""
    for number in range(first, last + 1):
        line = template.source.line(number)
        action = _first_action(template, number)
        if not line.strip() or (action is not None and action.kind != "output"):
            continue
        depth, stated = _depth(line), _INDENT.search(line)
        if action is None:
            return depth > column or (depth == column and line.lstrip()[:1] == "-")
        if stated is not None:
            return int(stated[1]) >= column
        return None if action.trims[0] else depth >= column
    return False


def _edge(source: Source, at: int, *, behind: bool) -> int:
    """The end or start of the line at an offset; -1 where something else stands between."""
    line = source.line_span(source.position(at).line)
    between = source.text[at : line.end] if behind else source.text[line.start : at]
    if between.strip():
        return -1
    return line.start + len(line.text.rstrip()) if behind else line.start
