"""Ignore comments put before what findings are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base import lazy
from gracelint.base.edit import Edit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gracelint.base.source import Source

_WRITTEN = lazy.compile(r"[ \t]*#[ \t]*gracelint:[ \t]*ignore[ \t]*\[([^\]\n]{0,2000})\]")


def comments(
    source: Source, kind: str, wanted: Iterable[tuple[str, int]], reason: str
) -> list[Edit]:
    """Edits that leave findings out. kind: of the file, as a session has it; "" for a script.

    wanted: code and offset of each. A comment that stands at a place already takes more codes.
    """
    by_line: dict[int, dict[str, None]] = {}
    for code, offset in sorted(wanted):
        by_line.setdefault(_line(source, kind, offset), {})[code] = None
    return [_comment(source, line, list(codes), reason) for line, codes in by_line.items()]


def _comment(source: Source, line: int, codes: list[str], reason: str) -> Edit:
    """The comment alone before a line, or its codes in the one that is there."""
    before = source.line(line - 1) if line > 1 else ""
    comment = _WRITTEN.match(before)
    if comment is not None:
        at = source.offset(line - 1) + comment.end(1)
        more = [code for code in codes if code not in comment[1].upper().replace(",", " ").split()]
        return Edit(source.span(at, at), "".join(f", {code}" for code in more))
    text = source.line(line)
    indent = text[: len(text) - len(text.lstrip(" \t"))]
    written = f"{indent}# gracelint: ignore[{', '.join(codes)}] {reason}{source.newline}"
    at = source.offset(line)
    return Edit(source.span(at, at), written)


def _line(source: Source, kind: str, offset: int) -> int:
    """The line before which a comment speaks of what stands at an offset."""
    starts = {"dockerfile": _instructions, "yaml": _entries, "": _commands}.get(kind)
    spans = starts(source) if starts is not None else ()
    covering = [start for start, end in spans if start <= offset < max(end, start + 1)]
    line = source.span(offset, offset).first.line
    return max((source.span(start, start).first.line for start in covering), default=line)


def _instructions(source: Source) -> Iterator[tuple[int, int]]:
    from gracelint.syntax.dockerfile.parse import parse

    for instruction in parse(source).instructions:
        yield instruction.lines.start, instruction.lines.end


def _entries(source: Source) -> Iterator[tuple[int, int]]:
    """Entries and list elements before which there is nothing on their line but dashes."""
    from gracelint.syntax.yaml.parse import parse

    for root in parse(source).roots():
        for node in root.walk():
            if node.alias_span is not None:
                continue
            for key, value in node.items:
                if key.alias_span is None and _opens(source, key.span.start, " -"):
                    end = value.span.end if value.alias_span is None else value.alias_span.end
                    yield key.span.start, max(end, key.span.end)
            for child in node.children:
                if child.alias_span is None and _opens(source, child.span.start, " -"):
                    yield child.span.start, child.span.end


def _commands(source: Source) -> Iterator[tuple[int, int]]:
    """Commands that begin a line which no backslash joins to the one before."""
    from gracelint.syntax.shell.parse import parse, walk
    from gracelint.syntax.shell.tree import Item

    script = parse(source)
    for node in walk(script.body):
        if isinstance(node, Item) and _opens(source, node.start, " \t"):
            line = source.span(node.start, node.start).first.line
            if line == 1 or not source.line(line - 1).endswith("\\"):
                yield node.start, node.end


def _opens(source: Source, start: int, blanks: str) -> bool:
    return not source.text[source.text.rfind("\n", 0, start) + 1 : start].strip(blanks)
