"""Edits of YAML as text, at exact places: nothing but what an edit names is written anew.

Every function gives None where the change cannot be made so: through an alias or a merge key, or
where the text around leaves no room.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, TypeAlias

from gracelint.base import lazy
from gracelint.base.edit import Edit
from gracelint.syntax.yaml.scalar import resolve

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from gracelint.base.source import Source
    from gracelint.syntax.yaml.node import Node

    Data: TypeAlias = "str | int | float | bool | Mapping[str, Data] | Sequence[Data] | None"

_PLAIN = lazy.compile(r"[A-Za-z0-9_/.][A-Za-z0-9_./@+-]*(?: [A-Za-z0-9_./@+-]+)*\Z")


def add_key(mapping: Node, key: str, value: Data, before: Collection[str] = ()) -> Edit | None:
    """Give `mapping` the key, which it must not have yet; before: siblings it shall precede."""
    if mapping.kind != "mapping" or mapping.alias_span is not None or mapping.entry(key):
        return None
    if mapping.style == "flow":
        return _add_flow(mapping, [v for _, v in mapping.items], f"{_key(mapping, key)}: ", value)
    if not mapping.items:
        return None
    index = next((i for i, (k, _) in enumerate(mapping.items) if k.value in before), None)
    column = _column(mapping.items[0][0])
    lines = _block(key, value, column)
    if index != 0:
        after = mapping.items[-1 if index is None else index - 1][1]
        if edit := insert_after(after, lines, column):
            return edit
    return _before(mapping.items[index or 0][0], lines, column)


def set_key(mapping: Node, key: str, value: Data, before: Collection[str] = ()) -> Edit | None:
    """Add the key, or give it another scalar value."""
    entry = mapping.entry(key)
    if entry is None:
        return add_key(mapping, key, value, before)
    return None if isinstance(value, (dict, list)) else replace_scalar(entry[1], value)


def replace_scalar(node: Node, value: Data) -> Edit | None:
    """Make a scalar say `value`; its quotes and the comment behind it stay."""
    if node.kind != "scalar" or node.alias_span is not None or node.style in {"literal", "folded"}:
        return None
    span = node.span
    if node.style in {"double", "single"} and isinstance(value, (str, int, float)):
        return _requote(node, value if isinstance(value, str) else json.dumps(value))
    if span.start == span.end and span.source.text[span.start - 1 : span.start] in {":", "-"}:
        return Edit(span, " " + _flow(value))
    return Edit(span, _flow(value))


def _requote(node: Node, text: str) -> Edit | None:
    if node.style == "double":
        return Edit(node.span, json.dumps(text))
    return Edit(node.span, "'" + text.replace("'", "''") + "'") if text.isprintable() else None


def replace_entry(mapping: Node, key: str, name: str, value: Data) -> Edit | None:
    """Put another key and value in the place of a key and its value."""
    entry = mapping.entry(key)
    if entry is None or mapping.alias_span is not None or entry[0].alias_span is not None:
        return None
    written, old = entry
    last = _last(old)
    if (
        written.anchor
        or written.tag
        or old.anchor
        or old.tag
        or last.style in {"literal", "folded"}
    ):
        return None
    if mapping.style == "flow":
        content = f"{_key(mapping, name)}: {_flow(value, quoted=_is_json(mapping))}"
    else:
        content = _block(name, value, _column(written))
    return _edit(written.span.source, written.span.start, _end(last), content)


def delete_key(mapping: Node, key: str) -> Edit | None:
    """Take a key out of a mapping that keeps others (in flow style it may be the last)."""
    indexes = [i for i, (k, _) in enumerate(mapping.items) if k.value == key]
    if mapping.kind != "mapping" or mapping.alias_span is not None or len(indexes) != 1:
        return None
    if _is_merged(mapping, key):
        return None
    index = indexes[0]
    if mapping.style == "flow":
        parts = [(_start(k), _end(v)) for k, v in mapping.items]
        return _delete_flow(mapping, parts, index)
    if len(mapping.items) == 1:
        return None
    following = mapping.items[index + 1][0] if index + 1 < len(mapping.items) else None
    key_node, value = mapping.items[index]
    return _delete_lines(_start(key_node), value, following)


def _is_merged(mapping: Node, key: str) -> bool:
    """Whether a merge key gives it, too."""
    given = [value for written, value in mapping.items if written.value == "<<"]
    nodes = (node for value in given for node in (value, *value.children))
    return any(node.kind == "mapping" and node.entry(key) for node in nodes)


def delete_item(sequence: Node, index: int) -> Edit | None:
    """Take an element out of a sequence that keeps others (in flow style it may be the last)."""
    if sequence.kind != "sequence" or sequence.alias_span is not None:
        return None
    children = sequence.children
    if sequence.style == "flow":
        return _delete_flow(sequence, [(_start(c), _end(c)) for c in children], index)
    if len(children) == 1:
        return None
    return _delete_lines(_dash(sequence, children[index]), children[index], None)


def _dash(sequence: Node, child: Node) -> int:
    """Where the `-` of an element stands: in the column of the first one."""
    source, column = sequence.span.source, sequence.span.first.column
    at = source.text.rfind("-", 0, _start(child))
    while at > sequence.span.start and source.position(at).column != column:
        at = source.text.rfind("-", 0, at)
    return at


def append(sequence: Node, value: Data) -> Edit | None:
    """Add an element at the end of a sequence."""
    if sequence.kind != "sequence" or sequence.alias_span is not None:
        return None
    if sequence.style == "flow":
        return _add_flow(sequence, list(sequence.children), "", value)
    if not sequence.children:
        return None
    column = sequence.span.first.column - 1
    return insert_after(sequence.children[-1], "- " + _item(value, column + 2), column)


def _start(node: Node) -> int:
    return (node.alias_span or node.span).start


def _end(node: Node) -> int:
    return (node.alias_span or node.span).end


def _column(node: Node) -> int:
    return node.span.source.position(_start(node)).column - 1


def _last(node: Node) -> Node:
    """The last thing written of a value."""
    while node.alias_span is None and node.style == "block":
        below = node.children or [value for _, value in node.items]
        if not below:
            break
        node = below[-1]
    return node


def _edit(source: Source, start: int, end: int, content: str) -> Edit:
    return Edit(source.span(start, end), source.insertion(content, start))


def _before(key: Node, lines: str, column: int) -> Edit | None:
    if key.alias_span is not None or key.anchor or key.tag or _explicit(key):
        return None
    source, at = key.span.source, key.span.start
    return _edit(source, at, at, f"{lines}\n{' ' * column}")


def _explicit(key: Node) -> bool:
    """Whether the key is written `? key`."""
    text, start = key.span.source.text, key.span.start
    line = text.rfind("\n", 0, start) + 1
    return "?" in text[line:start] or key.span.first.line != key.span.last.line


def insert_after(node: Node, lines: str, column: int) -> Edit | None:
    """Put `lines` on lines of their own, at `column`, behind a value in block style."""
    source, pad = node.span.source, " " * column
    last = _last(node)
    if last.alias_span is None and last.style in {"literal", "folded"}:
        at = _block_scalar_end(last)
        return None if at is None else _edit(source, at, at, f"{pad}{lines}\n")
    at = _line_end(source, _end(last))
    return None if at is None else _edit(source, at, at, f"\n{pad}{lines}")


def _block_scalar_end(node: Node) -> int | None:
    """The start of the line behind a block scalar; None when that cannot be told."""
    segments, text = node.text().segments, node.span.source.text
    if not segments or node.text().text != node.value:
        return None
    at = max(segments[-1].host + segments[-1].host_length, node.span.end)
    if node.value.endswith("\n"):
        return text.rfind("\n", 0, at) + 1
    stop = text.find("\n", at)
    return None if stop < 0 or text[at:stop].strip() else stop + 1


def _line_end(source: Source, at: int) -> int | None:
    """The end of the line at `at` if nothing but a comment stands in between."""
    stop = source.text.find("\n", at)
    stop = len(source.text) if stop < 0 else stop
    rest = source.text[at:stop]
    if rest.strip() and not re.match(r"\s+#", rest):
        return None
    return at + len(rest.removesuffix("\r"))


def _delete_lines(start: int, value: Node, following: Node | None) -> Edit | None:
    source, text = value.span.source, value.span.source.text
    line = text.rfind("\n", 0, start) + 1
    last = _last(value)
    if last.style in {"literal", "folded"} and last.alias_span is None:
        end = _block_scalar_end(last)
    else:
        end = _line_end(source, _end(last))
        end = end if end is None else _behind_newline(text, end)
    if end is None:
        return None
    if not text[line:start].strip():
        if end == len(text) and not text.endswith("\n"):
            line -= len(source.newline) if line else 0
        return Edit(source.span(line, end), "")
    if following is None or text[end : _start(following)].strip():
        return None
    return Edit(source.span(start, _start(following)), "")


def _behind_newline(text: str, at: int) -> int:
    return at + (2 if text.startswith("\r\n", at) else 1 if text.startswith("\n", at) else 0)


def _delete_flow(node: Node, parts: list[tuple[int, int]], index: int) -> Edit | None:
    source = node.span.source
    if not _closed(node):
        return None
    if index + 1 < len(parts):
        return Edit(source.span(parts[index][0], parts[index + 1][0]), "")
    if index:
        return Edit(source.span(parts[index - 1][1], parts[index][1]), "")
    return Edit(source.span(node.span.start + 1, node.span.end - 1), "")


def _closed(node: Node) -> bool:
    """Whether a flow collection is written with its brackets (`[a: b]` has a mapping without)."""
    text = node.span.text
    return text[:1] + text[-1:] in {"{}", "[]"}


def _add_flow(node: Node, values: list[Node], prefix: str, value: Data) -> Edit | None:
    source, text = node.span.source, node.span.source.text
    if not _closed(node):
        return None
    content = prefix + _flow(value, quoted=_is_json(node))
    if not values:
        at = node.span.start + 1
        rest = text[at : node.span.end - 1]
        return None if "#" in rest else _edit(source, at, node.span.end - 1, content)
    at = _end(values[-1])
    rest = text[at : node.span.end - 1]
    if "#" in rest or rest.count(",") > 1 or rest.strip(" \t\r\n,"):
        return None
    separator = _separator(node)
    if "," in rest:
        at += rest.index(",") + 1
        return _edit(source, at, at, separator + content)
    return _edit(source, at, at, "," + separator + content)


def _separator(node: Node) -> str:
    """What stands between the comma and an element: a space, or a line break with indentation."""
    source = node.span.source
    first = _start(node.items[-1][0] if node.items else node.children[-1])
    line = source.text.rfind("\n", 0, first) + 1
    pad = source.text[line:first]
    return " " if pad.strip() or line <= node.span.start else "\n" + pad


def _is_json(node: Node) -> bool:
    keys = [k for k, _ in node.items]
    if keys:
        return keys[-1].style == "double"
    return node.span.source.text.lstrip()[:1] in {"{", "["}


def _key(mapping: Node, key: str) -> str:
    return json.dumps(key) if _is_json(mapping) else _scalar(key)


def _scalar(value: Data) -> str:
    if isinstance(value, str):
        plain = _PLAIN.match(value) and isinstance(resolve(value), str)
        return value if plain else json.dumps(value)
    return json.dumps(value)


def _flow(value: Data, *, quoted: bool = False) -> str:
    """A value in flow style, on one line."""
    if quoted or value is None or isinstance(value, (int, float)):
        return json.dumps(value)
    if isinstance(value, str):
        return _scalar(value)
    if hasattr(value, "items"):
        return "{" + ", ".join(f"{_scalar(k)}: {_flow(v)}" for k, v in value.items()) + "}"
    return "[" + ", ".join(_scalar(v) if not _nested(v) else _flow(v) for v in value) + "]"


def _nested(value: Data) -> bool:
    return isinstance(value, (dict, list, tuple))


def _block(key: str, value: Data, column: int) -> str:
    """`key: value` in block style, all lines but the first with their indentation."""
    if isinstance(value, dict) and value:
        pad = " " * (column + 2)
        below = [pad + _block(k, v, column + 2) for k, v in value.items()]
        return f"{_scalar(key)}:\n" + "\n".join(below)
    if isinstance(value, (list, tuple)) and any(isinstance(v, dict) for v in value):
        pad = " " * column
        below = [f"{pad}- {_item(v, column + 2)}" for v in value]
        return f"{_scalar(key)}:\n" + "\n".join(below)
    return f"{_scalar(key)}: {_words(value)}"


def _words(value: Data) -> str:
    """A value on one line; lists of words in the quotes that commands are written with."""
    if isinstance(value, (list, tuple)) and all(isinstance(v, str) for v in value):
        return json.dumps(value)
    return _flow(value)


def _item(value: Data, column: int) -> str:
    if isinstance(value, dict) and value:
        pad = "\n" + " " * column
        return pad.join(_block(k, v, column) for k, v in value.items())
    return _words(value)
