"""HCL, as bake files are written in: blocks, attributes, and the values that can be told.

tree-sitter's grammar of HCL reads it. An expression is worked out where it is made of literals,
of variables whose values are given, of texts with such variables in them, of conditions, and of
calls of the file's own functions and the common ones for texts; all else is `UNKNOWN`.
"""

from __future__ import annotations

from collections import ChainMap
from typing import TYPE_CHECKING, Any, TypeAlias

from gracelint.base.values import dataclass
from gracelint.syntax.parsers import parse, parser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tree_sitter import Node

Value: TypeAlias = Any
"""A text, a number, a truth value, None for `null`, a list, a dictionary, or UNKNOWN."""


class _Unknown:
    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = _Unknown()

_MAX_DEPTH = 60  # levels of nesting that are worked out
_MAX_STEPS = 200_000  # expressions of a file that are worked out
_MAX_PRODUCT = 1_000_000  # of the lengths of a function's two longest arguments
_MAX_TEXT = 20_000  # characters of a text that is put together
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
    """A file. blocks: those at its top level. attributes: those that stand in none.

    functions: parameters and result of the file's own (`function "name" { … }`).
    """

    def __init__(self, text: str) -> None:
        self.data = text.encode("utf-8", "replace")
        self._plain = len(self.data) == len(text)
        parsed = parse(parser("tree_sitter_hcl"), self.data)
        parts = parsed.root_node.children if parsed is not None else []
        body = next((child for child in parts if child.type == "body"), None)
        self.attributes, self.blocks = self._body(body, 0)
        self._steps = 0
        self.functions = dict(self._functions())

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

    def _functions(self) -> Iterator[tuple[str, tuple[list[str], Node]]]:
        for block in self.blocks:
            given, result = block.attributes.get("params"), block.attributes.get("result")
            if block.kind == "function" and block.labels and given and result:
                words = self._text(given.node).strip("[] \n").split(",")
                yield (
                    block.labels[0],
                    ([word.strip() for word in words if word.strip()], result.node),
                )

    def _text(self, node: Node) -> str:
        return self.data[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def _place(self, byte: int) -> int:
        return byte if self._plain else len(self.data[:byte].decode("utf-8", "replace"))

    def value(self, node: Node, variables: Mapping[str, Value], depth: int = 0) -> Value:
        """What an expression comes to."""
        inner = [child for child in node.children if child.is_named]
        self._steps += 1
        if depth > _MAX_DEPTH or node.has_error or self._steps > _MAX_STEPS:
            return UNKNOWN
        kind = node.type
        if kind in {"conditional", "binary_operation", "unary_operation", "function_call"}:
            return self._worked(node, inner, variables, depth)
        if kind == "expression" and len(inner) > 1:
            return self._member(inner, variables, depth)
        if kind in {
            "expression",
            "literal_value",
            "template_expr",
            "collection_value",
            "operation",
        }:
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
        text = "".join(pieces)
        return text if len(text) <= _MAX_TEXT else UNKNOWN

    def _member(self, inner: list[Node], variables: Mapping[str, Value], depth: int) -> Value:
        """`item.name`."""
        target = self.value(inner[0], variables, depth + 1)
        for part in inner[1:]:
            name = self._text(part).lstrip(".").strip()
            plain = part.type == "get_attr" and isinstance(target, dict)
            target = target.get(name, UNKNOWN) if plain else UNKNOWN
        return target

    def _worked(
        self, node: Node, inner: list[Node], variables: Mapping[str, Value], depth: int
    ) -> Value:
        """A condition, an operation or a call."""
        if node.type == "function_call":
            return self._called(inner, variables, depth)
        values = [self.value(each, variables, depth + 1) for each in inner]
        if node.type == "conditional":
            chosen = {True: 1, False: 2}.get(values[0]) if isinstance(values[0], bool) else None
            return values[chosen] if chosen is not None and len(values) == 3 else UNKNOWN
        if UNKNOWN in values:
            return UNKNOWN
        sign = next((child.type for child in node.children if not child.is_named), "")
        function = _OPERATORS.get((sign, len(values)))
        return UNKNOWN if function is None else _STANDARD[function](*values)

    def _called(self, inner: list[Node], variables: Mapping[str, Value], depth: int) -> Value:
        name = self._text(inner[0])
        given = [
            self.value(each, variables, depth + 1)
            for part in inner[1:]
            for each in part.named_children
            if each.type == "expression"
        ]
        if name in self.functions:
            params, result = self.functions[name]
            if len(params) != len(given):
                return UNKNOWN
            bound: dict[str, Value] = dict(zip(params, given, strict=True))
            return self.value(result, ChainMap(bound, variables), depth + 1)  # type: ignore[arg-type]
        sizes = sorted(len(each) for each in given if isinstance(each, (str, list)))
        large = len(sizes) > 1 and sizes[-1] * sizes[-2] > _MAX_PRODUCT
        if name not in _STANDARD or UNKNOWN in given or large:
            return UNKNOWN
        try:
            answer = _STANDARD[name](*given)
        except (TypeError, AttributeError, ValueError):  # other arguments than it takes
            return UNKNOWN
        return UNKNOWN if isinstance(answer, str) and len(answer) > _MAX_TEXT else answer


_STANDARD: Mapping[str, Callable[..., Value]] = {
    "equal": lambda a, b: a == b,
    "notequal": lambda a, b: a != b,
    "not": lambda a: not a if isinstance(a, bool) else UNKNOWN,
    "and": lambda a, b: a and b if isinstance(a, bool) and isinstance(b, bool) else UNKNOWN,
    "or": lambda a, b: a or b if isinstance(a, bool) and isinstance(b, bool) else UNKNOWN,
    "lower": lambda text: text.lower(),
    "upper": lambda text: text.upper(),
    "join": lambda between, parts: between.join(parts),
    "split": lambda between, text: text.split(between),
    "replace": lambda text, old, new: text.replace(old, new),
    "trimprefix": lambda text, prefix: text.removeprefix(prefix),
    "trimsuffix": lambda text, suffix: text.removesuffix(suffix),
    "concat": lambda *lists: [each for part in lists for each in part],
    "coalesce": lambda *values: next((v for v in values if v not in {None, ""}), UNKNOWN),
}
"""The functions for texts and lists that bake files use. Source: the Bake standard library."""

_OPERATORS: Mapping[tuple[str, int], str] = {
    ("==", 2): "equal",
    ("!=", 2): "notequal",
    ("&&", 2): "and",
    ("||", 2): "or",
    ("!", 1): "not",
}


def _unescaped(text: str) -> str:
    if "\\" not in text and "$$" not in text:
        return text
    for written, meant in _ESCAPES.items():
        text = text.replace(written, meant)
    return text.replace("$${", "${")
