"""What edits of rendered text change in its objects, and the same change where it is written."""

from __future__ import annotations

import json
from bisect import bisect_right
from typing import TYPE_CHECKING

from gracelint.base.edit import Edit, applied
from gracelint.base.source import Source
from gracelint.render import trees
from gracelint.syntax.yaml import editing
from gracelint.syntax.yaml.parse import parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gracelint.syntax.yaml.node import Node
    from gracelint.syntax.yaml.parse import YamlFile


def changed(file: YamlFile, edits: Sequence[Edit]) -> tuple[Node, list[trees.Change]] | None:
    """The document that edits are in and what becomes of it; None where that cannot be said."""
    start = min(edit.span.start for edit in edits)
    index = bisect_right(file.documents, start, key=lambda d: d.span.start) - 1
    document = file.documents[index] if index >= 0 else None
    if document is None or document.root is None:
        return None
    begin, end, text = document.span.start, document.span.end, file.source.text
    if any(edit.span.end > end for edit in edits):
        return None
    whole = applied(text, edits)
    after = parse(Source(file.source.path, whole[begin : end + len(whole) - len(text)]))
    root = next(after.roots(), None)
    changes = None if root is None else trees.changes(document.root, root)
    return None if changes is None else (document.root, changes)


def put(node: Node, change: trees.Change, before: tuple[str, ...] = ()) -> Edit | None:
    """A change of a value or of a mapping's key, made where the same is written.

    before: keys that a new one goes before.
    """
    key = str(change.path[-1])
    if change.into is not None:
        if change.new is None:
            return editing.delete_key(node, key)
        return editing.add_key(node, key, trees.plain(change.new), before)
    if change.new is None or node.alias_span is not None:
        return None
    if node.kind == "scalar" == change.new.kind:
        return _rewritten(node, change.new)
    if node.kind == "sequence" == change.new.kind:
        return _relisted(node, change.new)
    return None


def _rewritten(node: Node, new: Node) -> Edit | None:
    """A scalar with another text; what is the same at both ends stays as it is written."""
    old, text = node.value, new.value
    if not isinstance(node.data, str) or not isinstance(new.data, str):
        return editing.replace_scalar(node, new.data)
    start = _alike(old, text)
    behind = _alike(old[start:][::-1], text[start:][::-1])
    return Edit.replace(node.text(), start, len(old) - behind, text[start : len(text) - behind])


def spliced(source: Source, old: str, text: str) -> Edit:
    """A file that reads `old` with another text."""
    start = _alike(old, text)
    behind = _alike(old[start:][::-1], text[start:][::-1])
    content = text[start : len(text) - behind]
    return Edit(source.span(start, len(old) - behind), source.insertion(content, start))


def _alike(one: str, other: str) -> int:
    """How many characters two texts have in common at the start."""
    pairs = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _relisted(node: Node, new: Node) -> Edit | None:
    """A list of scalars with other elements."""
    scalars = [child.data for child in new.children]
    if not scalars or not all(c.kind == "scalar" for c in (*node.children, *new.children)):
        return None
    words = [json.dumps(word) for word in scalars]
    if node.style == "flow":
        return Edit(node.span, f"[{', '.join(words)}]")
    pad = " " * (node.span.first.column - 1)
    return Edit(node.span, node.span.source.insertion(f"\n{pad}".join(f"- {w}" for w in words), 0))
