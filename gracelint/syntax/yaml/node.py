"""A value in a YAML document: scalar, mapping or sequence, with its place in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from gracelint.syntax.yaml.scalar import Scalar, is_null, resolve, scalar_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gracelint.base.source import Embedded, Span

Kind = Literal["scalar", "mapping", "sequence"]
Style = Literal["plain", "single", "double", "literal", "folded", "flow", "block"]


class Node:
    """A value in a document.

    span: where it is written, without anchor and tag; a block scalar from its header to its last
    character, a block collection from its first child to the end of its last; for an empty value
    the empty place after the colon. value: a scalar's text. alias_span: the `*alias` (or merge)
    through which it came here; such a node must not be edited.
    """

    __slots__ = (
        "_children",
        "_index",
        "_items",
        "alias_span",
        "anchor",
        "kind",
        "span",
        "style",
        "tag",
        "value",
    )

    def __init__(
        self,
        kind: Kind,
        span: Span,
        value: str = "",
        style: Style = "plain",
        tag: str | None = None,
        anchor: str | None = None,
        alias_span: Span | None = None,
        items: tuple[tuple[Node, Node], ...] = (),
        children: tuple[Node, ...] = (),
    ) -> None:
        self.kind = kind
        self.span = span
        self.value = value
        self.style = style
        self.tag = tag
        self.anchor = anchor
        self.alias_span = alias_span
        self._items = items
        self._children = children
        self._index: dict[str, tuple[Node, Node]] | None = None

    def __repr__(self) -> str:
        return f"Node({self.kind}, {self.span.text[:40]!r})"

    def via(self, alias: Span | None) -> Node:
        """This node as it is seen through `alias`."""
        if alias is None or self.alias_span is not None:
            return self
        parts = (self.kind, self.span, self.value, self.style, self.tag, self.anchor)
        return Node(*parts, alias, self._items, self._children)

    @property
    def items(self) -> tuple[tuple[Node, Node], ...]:
        """A mapping's pairs as they stand: duplicates and merge keys are all there."""
        if self.alias_span is None:
            return self._items
        return tuple((k.via(self.alias_span), v.via(self.alias_span)) for k, v in self._items)

    @property
    def children(self) -> tuple[Node, ...]:
        """A sequence's elements."""
        if self.alias_span is None:
            return self._children
        return tuple(child.via(self.alias_span) for child in self._children)

    def entries(self) -> dict[str, tuple[Node, Node]]:
        """A mapping as a cluster reads it: the last of duplicate keys, merged keys included."""
        if self._index is None:
            self._index = _effective(self)
        return self._index

    def entry(self, key: str) -> tuple[Node, Node] | None:
        """The key and the value of a mapping's key."""
        return (self.entries() if self._index is None else self._index).get(key)

    def get(self, key: str) -> Node | None:
        """The value of a mapping's key."""
        entry = (self.entries() if self._index is None else self._index).get(key)
        return None if entry is None else entry[1]

    def find(self, *path: str) -> Node | None:
        """The value below several keys."""
        node: Node | None = self
        for key in path:
            node = None if node is None else node.get(key)
        return node

    def sequence(self, key: str) -> tuple[Node, ...]:
        """The elements of the sequence at `key`; none when there is no sequence."""
        node = self.get(key)
        return node.children if node is not None and node.kind == "sequence" else ()

    def string(self, key: str) -> str | None:
        """The text of a scalar at `key`, whatever its type; None for null and for collections."""
        node = self.get(key)
        return None if node is None or node.kind != "scalar" or node.is_null else node.value

    @property
    def data(self) -> Scalar:
        """A scalar's value as a cluster types it: YAML 1.1, `on` and `off` included."""
        if self.kind != "scalar":
            return None
        return resolve(self.value, self.tag) if self.style == "plain" else self.value

    @property
    def is_null(self) -> bool:
        """Whether this is an empty or null scalar."""
        return self.kind == "scalar" and self.style == "plain" and is_null(self.value, self.tag)

    def text(self) -> Embedded:
        """A scalar's text with a place for every character; it cannot be edited via an alias."""
        return scalar_text(self.span, self.value, self.style, editable=self.alias_span is None)

    def walk(self) -> Iterator[Node]:
        """This node and all below it, keys included, each written node once."""
        seen: set[int] = set()
        stack = [self]
        while stack:
            node = stack.pop()
            if (parts := node._items or node._children) and id(parts) in seen:  # noqa: SLF001
                continue
            seen.add(id(parts))
            yield node
            stack += reversed(node.children)
            for key, value in reversed(node.items):
                stack += (value, key)


def _direct(mapping: Node) -> dict[str, tuple[Node, Node]]:
    """A mapping's pairs by the texts of their keys, the last of duplicate ones."""
    return {pair[0].value: pair for pair in mapping.items if pair[0].kind == "scalar"}


def _effective(node: Node) -> dict[str, tuple[Node, Node]]:
    direct = _direct(node)
    if "<<" not in direct:  # as in nearly all
        return direct
    entries: dict[str, tuple[Node, Node]] = {}
    merges: list[Node] = [node]
    seen: set[int] = set()
    while merges:
        mapping = merges.pop(0)
        if mapping.kind != "mapping" or id(mapping._items) in seen:  # noqa: SLF001
            continue
        seen.add(id(mapping._items))  # noqa: SLF001
        direct = _direct(mapping)
        merge = direct.pop("<<", None)
        entries.update((key, pair) for key, pair in direct.items() if key not in entries)
        if merge is not None:
            merges[:0] = [m.via(merge[0].span) for m in _merged(merge[1])]
    return entries


def _merged(value: Node) -> Sequence[Node]:
    return value.children if value.kind == "sequence" else (value,)
