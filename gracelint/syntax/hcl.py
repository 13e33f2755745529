"""HCL, as bake files are written in: blocks, attributes, and the values that can be told.

tree-sitter's grammar of HCL reads it. An expression is worked out where it is made of literals,
of variables whose values are given, and of texts with such variables in them; a call of a function
or a condition is `UNKNOWN`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from gracelint.base.values import dataclass
from gracelint.syntax.code.grammars import parser

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tree_sitter import Node

Value: TypeAlias = Any
"""A text, a number, a truth value, None for `null`, a list, a dictionary, or UNKNOWN."""


class _Unknown:
    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = _Unknown()

_MAX_DEPTH = 60  # levels of nesting that are worked out
_WORDS: Mapping[str, Value] = {"true": True, "false": False}
_ESCAPES = {"\\n": "\n", "\\t": "\t", "\\r": "\r", '\\"': '"', "\\\\": "\\"}


@dataclass(frozen=True, slots=True)
class Block:
    """`kind "label" { … }`. start, end: the place of the label in the text, in characters."""

    kind: str
    labels: tuple[str, ...]
    start: int
    end: int
    attributes: Mapping[str, Expression]
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Expression:
    """What stands behind `name =`."""

    node: Node
    file: Hcl

    def value(self, variables: Mapping[str, Value]) -> Value:
        """What it comes to with these variables; UNKNOWN where that cannot be told."""
        return self.file.value(self.node, variables)


class Hcl:
    """A file. blocks: those at its top level. attributes: those that stand in none."""

    def __init__(self, text: str) -> None:
        self.data = text.encode("utf-8", "replace")
        self._plain = len(self.data) == len(text)
        root = parser("tree_sitter_hcl").parse(self.data).root_node
        body = next((child for child in root.children if child.type == "body"), None)
        self.attributes, self.blocks = self._body(body, 0)

    def _body(
        self, body: Node | None, depth: int
    ) -> tuple[dict[str, Expression], tuple[Block, ...]]:
        attributes: dict[str, Expression] = {}
        blocks: list[Block] = []
        for child in body.children if body is not None and depth < _MAX_DEPTH else ():
            if child.type == "attribute" and len(child.named_children) > 1:
                name, value = child.named_children[0], child.named_children[-1]
                attributes[self._text(name)] = Expression(value, self)
            elif child.type == "block" and not child.has_error:
                blocks.append(self._block(child, depth))
        return attributes, tuple(blocks)

    def _block(self, node: Node, depth: int) -> Block:
        kind, *labels = [c for c in node.children if c.type in {"identifier", "string_lit"}]
        body = next((child for child in node.children if child.type == "body"), None)
        attributes, blocks = self._body(body, depth + 1)
        at = labels[-1] if labels else kind
        quote = at.type == "string_lit"
        names = tuple(self._text(label).strip('"') for label in labels)
        start, end = self._place(at.start_byte + quote), self._place(at.end_byte - quote)
        return Block(self._text(kind), names, start, end, attributes, blocks)

    def _text(self, node: Node) -> str:
        return self.data[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def _place(self, byte: int) -> int:
        return byte if self._plain else len(self.data[:byte].decode("utf-8", "replace"))

    def value(self, node: Node, variables: Mapping[str, Value], depth: int = 0) -> Value:
        """What an expression comes to."""
        inner = [child for child in node.children if child.is_named]
        if depth > _MAX_DEPTH or node.has_error:
            return UNKNOWN
        kind = node.type
        if kind in {"expression", "literal_value", "template_expr", "collection_value"}:
            return self.value(inner[0], variables, depth + 1) if len(inner) == 1 else UNKNOWN
        if kind in {"string_lit", "quoted_template", "heredoc_template"}:
            return self._template(inner, variables, depth)
        if kind == "variable_expr":
            return variables.get(self._text(node), UNKNOWN)
        if kind == "tuple":
            parts = [c for c in inner if c.type == "expression"]
            return [self.value(part, variables, depth + 1) for part in parts]
        if kind == "object":
            return dict(self._entries(inner, variables, depth))
        return self._literal(node)

    def _literal(self, node: Node) -> Value:
        text = self._text(node)
        if node.type == "null_lit":
            return None
        if node.type == "bool_lit":
            return _WORDS.get(text, UNKNOWN)
        return text if node.type == "numeric_lit" else UNKNOWN

    def _entries(
        self, inner: list[Node], variables: Mapping[str, Value], depth: int
    ) -> Iterator[tuple[str, Value]]:
        for element in inner:
            if element.type != "object_elem" or len(element.named_children) < 2:
                continue
            key, value = element.named_children[0], element.named_children[-1]
            name = self._text(key)
            if not name.replace("_", "a").replace("-", "a").isalnum():
                evaluated = self.value(key, variables, depth + 1)
                if not isinstance(evaluated, str):
                    continue
                name = evaluated
            yield name, self.value(value, variables, depth + 1)

    def _template(self, inner: list[Node], variables: Mapping[str, Value], depth: int) -> Value:
        """A text with what is put into it; UNKNOWN where a part of it is."""
        pieces: list[str] = []
        for part in inner:
            if part.type == "template_literal":
                pieces.append(_unescaped(self._text(part)))
            elif part.type == "template_interpolation":
                words = [c for c in part.children if c.type == "expression"]
                evaluated = self.value(words[0], variables, depth + 1) if words else UNKNOWN
                if not isinstance(evaluated, str):
                    return UNKNOWN
                pieces.append(evaluated)
            elif part.type == "template_directive":
                return UNKNOWN
        return "".join(pieces)


def _unescaped(text: str) -> str:
    if "\\" not in text and "$$" not in text:
        return text
    for written, meant in _ESCAPES.items():
        text = text.replace(written, meant)
    return text.replace("$${", "${")
