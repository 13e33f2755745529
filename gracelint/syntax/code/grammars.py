"""Languages that tree-sitter reads: what their readers share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from gracelint.base import lazy
from gracelint.base.values import replace
from gracelint.syntax.code import tree
from gracelint.syntax.parsers import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tree_sitter import Node, Parser, Tree

    Read: TypeAlias = "Callable[[Any, Node, int, int], Any]"

MAX_DEPTH = 130  # levels of nesting that are followed


def labelled(body: tree.Block, label: str) -> tree.Block:
    """Statements of which the last one, where it is a loop, has a name."""
    if not body or not isinstance(body[-1], tree.Loop | tree.Each):
        return body
    return (*body[:-1], replace(body[-1], label=label))


Case: TypeAlias = "tuple[list[tree.Node], tree.Block, bool]"
"""Of a `switch`: the tests of a case (none: the default), its statements, whether it goes on."""


def asked(subject: tree.Node) -> Iterator[tree.Node]:
    """What a `switch` is about, for one test after the other: what does something is done once."""
    acts = any(isinstance(n, tree.Call | tree.Assign) for n in tree.walk(subject))
    name = tree.Name(subject.start, subject.end, f"\0asked{subject.start}")
    if acts:
        yield tree.Assign(subject.start, subject.end, name, subject)
    while True:
        yield name if acts else subject


def switched(start: int, end: int, cases: list[Case]) -> tree.Block:
    """A `switch` as a chain of conditions; a case that goes on does what the next one does."""
    default: tree.Block = ()
    arms: list[tuple[list[tree.Node], tree.Block]] = []
    following: tree.Block = ()
    for tests, body, goes_on in reversed(cases):
        following = (*body, *following) if goes_on and len(following) < MAX_FOLLOWING else body
        if tests:
            arms.append((tests, following))
        else:
            default = following
    chain = default
    for tests, body in arms:
        whole = tests[0] if len(tests) == 1 else tree.Operation(start, end, "or", tuple(tests))
        chain = (tree.If(start, end, whole, body, chain),)
    return chain


MAX_FOLLOWING = 100
"""So many statements of the cases that follow are counted to a case that goes on there."""


class Reader:
    """Reads a file's syntax tree into ours, node by node as a table says.

    reads: by the name of a node of the grammar, what reads it; a node that is not there is `Other`
    with its parts.
    """

    reads: ClassVar[Mapping[str, Read]] = {}
    silent: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, text: str) -> None:
        self.text = text
        self.data = text.encode("utf-8", "replace")
        self.places: list[int] | None = None
        if len(self.data) != len(text):
            self.places = _places(text)
        self.depth = self.count = 0

    def module(self, parser: Parser, language: str) -> tree.Module:
        """The statements of the file."""
        parsed = parse(parser, self.data)
        if parsed is not None and (places := _comments(parsed)):
            self.data = _blanked(self.data, places)
            parsed = parse(parser, self.data)
        if parsed is None:
            return tree.Module((), f"it takes too long to be read as {language}", exact=False)
        root = parsed.root_node
        try:
            return tree.Module(self.block(root.named_children), exact=not root.has_error)
        except tree.TooLarge:
            return tree.Module((), f"it is too large to be read as {language}", exact=False)
        except RecursionError:
            return tree.Module((), f"it is nested too deeply to be read as {language}", exact=False)

    def at(self, place: int) -> int:
        """The character at a byte."""
        return place if self.places is None else self.places[place]

    def source(self, node: Node) -> str:
        """What is written there."""
        return self.data[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def block(self, nodes: Iterable[Node]) -> tree.Block:
        """The statements or expressions that these are, in their order."""
        statements: list[tree.Node] = []
        for node in nodes:
            if node.type in self.silent or not node.is_named:
                continue
            one = self.node(node)
            if isinstance(one, tuple):
                statements += one
            elif one is not None:
                statements.append(one)
        return tuple(statements)

    def node(self, node: Node | None) -> Any:
        """One of our nodes, several, or None."""
        if node is None:
            return None
        self.depth, self.count = self.depth + 1, self.count + 1
        try:
            if self.count > tree.MAX_NODES:
                raise tree.TooLarge
            if self.depth > MAX_DEPTH:
                raise RecursionError
            read = self.reads.get(node.type)
            start, end = self.at(node.start_byte), self.at(node.end_byte)
            if read is None:
                return tree.Other(start, end, self.block(node.named_children))
            return read(self, node, start, end)
        finally:
            self.depth -= 1

    def value(self, node: Node | None) -> tree.Node:
        """One expression; nothing at all is the value nothing."""
        parsed = self.node(node)
        if isinstance(parsed, tuple):
            start = parsed[0].start if parsed else 0
            return tree.Other(start, start, parsed)
        return parsed if parsed is not None else tree.Literal(0, 0, None)

    def body(self, node: Node | None) -> tree.Block:
        """The statements of a block, or the one statement that stands for it."""
        parsed = self.node(node)
        if parsed is None:
            return ()
        return parsed if isinstance(parsed, tuple) else (parsed,)


def _comments(parsed: Tree) -> list[tuple[int, int]]:
    """Where comments stand, which may be between any two words: in front of a value, too.

    One with which the text begins is left there: that is `#!` mostly.
    """
    places = []
    cursor = parsed.walk()
    while True:
        node = cursor.node
        if node is not None and node.type in _COMMENTS and node.start_byte:
            places.append((node.start_byte, node.end_byte))
        if cursor.goto_first_child() or cursor.goto_next_sibling():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return places


_COMMENTS = frozenset({"comment", "line_comment", "block_comment", "html_comment"})


def _blanked(data: bytes, places: Iterable[tuple[int, int]]) -> bytes:
    """The text with blanks for these; lines end where they did."""
    parts, at = [], 0
    for start, end in places:
        lines = data[start:end].split(b"\n")
        parts += [data[at:start], b"\n".join(b" " * len(line) for line in lines)]
        at = end
    return b"".join([*parts, data[at:]])


def _places(text: str) -> list[int]:
    offsets = []
    for index, char in enumerate(text):
        offsets += [index] * len(char.encode("utf-8", "replace"))
    return [*offsets, len(text)]


def field(node: Node, name: str) -> Node | None:
    """A named part of a node."""
    return node.child_by_field_name(name)


def tokens(node: Node) -> set[str]:
    """The words and signs right below a node."""
    return {child.type for child in node.children if not child.is_named}


def stepped(node: Node, target: tree.Node, start: int, end: int) -> tree.Assign:
    """`++i` and `i++`, of which the second gives what was there before."""
    signs = [child for child in node.children if child.type in {"++", "--"}]
    operator = signs[0].type[0] if signs else "+"
    before = bool(signs) and signs[0] == node.children[-1]
    one = tree.Literal(start, end, 1)
    return tree.Assign(start, end, target, one, operator=operator, before=before)


def number(text: str) -> float | None:
    """The value of a number as most languages write it."""
    plain = text.replace("_", "").rstrip("nNlL")
    try:
        based = plain[:2].lower() in {"0x", "0b", "0o"}
        value = int(plain, 0) if based else _decimal(plain)
        return value if abs(value) < 2**64 else float(value)
    except (ValueError, OverflowError):
        return None


def _decimal(text: str) -> float:
    if text.isdigit() and text.startswith("0"):
        return int(text, 8)
    return int(text) if text.isdigit() and len(text) < 20 else float(text)


ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "v": "\v", "f": "\f", "\n": ""}
_ESCAPE = lazy.compile(
    r"\\(?:x\{(?P<x>[0-9A-Fa-f]{1,6})\}|x(?P<two>[0-9A-Fa-f]{1,2})|u\{(?P<u>[0-9A-Fa-f]{1,6})\}"
    r"|u(?P<four>[0-9A-Fa-f]{4})|(?P<one>.))",
    re.DOTALL,
)


def unescaped(text: str) -> str:
    """A quoted text without its backslashes."""
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(escape: re.Match[str]) -> str:
    one = escape["one"]
    if one is not None:
        return ESCAPES.get(one, one)
    number = int(escape["x"] or escape["two"] or escape["u"] or escape["four"], 16)
    return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"


def verbatim(text: str) -> str:
    """A text in single quotes, where a backslash stands for itself but before another or `'`."""
    return re.sub(r"\\([\\'])", r"\1", text)
