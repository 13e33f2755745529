"""Moving an element from one list of a YAML file to another, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.edit import Edit
from gracelint.syntax.yaml.editing import delete_item, insert_after

if TYPE_CHECKING:
    from gracelint.syntax.yaml.node import Node


def move_item(
    mapping: Node, key: str, index: int, target: str, extra: tuple[str, str]
) -> tuple[Edit, ...] | None:
    """Move an element of the list at `key` to the end of the list at `target`, with one more key.

    Both in block style, the element beginning with a scalar on its first line; a missing target is
    made before `key`.
    """
    entry, other = mapping.entry(key), mapping.entry(target)
    if mapping.alias_span is not None or mapping.style != "block" or entry is None:
        return None
    gone = delete_item(entry[1], index)
    lines = None if gone is None else _item_lines(entry[1], index, extra)
    if gone is None or lines is None:
        return None
    column = _column_of_dash(entry[1])
    edit: Edit | None = None
    if other is None:
        edit = _before_line(entry[0], f"{target}:\n{lines}\n")
    elif other[1].style == "block" and other[1].alias_span is None:
        fits = other[1].kind == "sequence" and _column_of_dash(other[1]) == column
        edit = insert_after(other[1], lines.lstrip(" "), column) if fits else None
    return None if edit is None else (edit, gone)


def _column_of_dash(sequence: Node) -> int:
    return sequence.span.first.column - 1


def _before_line(key: Node, lines: str) -> Edit | None:
    """Put whole lines before the line of a key that begins its line."""
    source, at = key.span.source, key.span.start
    line = source.text.rfind("\n", 0, at) + 1
    pad = source.text[line:at]
    if pad.strip() or key.span.first.line != key.span.last.line:
        return None
    return Edit(source.span(line, line), source.insertion(pad + lines, line))


def _item_lines(sequence: Node, index: int, extra: tuple[str, str]) -> str | None:
    """The lines of an element that is a mapping in block style, with `extra` behind the first."""
    item = sequence.children[index]
    if item.style != "block" or item.kind != "mapping" or item.alias_span is not None:
        return None
    first = item.items[0][1]
    edit = delete_item(sequence, index)
    one_line = first.kind == "scalar" and first.style not in {"literal", "folded"}
    if edit is None or not one_line or first.span.last.line != item.span.first.line:
        return None
    head, newline, rest = edit.span.text.replace("\r\n", "\n").strip("\n").partition("\n")
    pad = " " * (item.span.first.column - 1)
    return f"{head}\n{pad}{extra[0]}: {extra[1]}{newline}{rest}"
