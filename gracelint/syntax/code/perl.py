"""Perl: from tree-sitter's tree to ours. Variables keep their sign: `$x`, `@x`, `%x`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeGuard

from gracelint.base.values import replace
from gracelint.syntax.code import tree
from gracelint.syntax.code.grammars import (
    Reader,
    field,
    labelled,
    number,
    stepped,
    unescaped,
    verbatim,
)
from gracelint.syntax.parsers import parser

if TYPE_CHECKING:
    from tree_sitter import Node

    from gracelint.syntax.code.grammars import Read

_OPERATORS = {
    **dict.fromkeys(("&&", "and"), "and"),
    **dict.fromkeys(("||", "or"), "or"),
    "//": "??",
    **dict.fromkeys(("==", "eq"), "=="),
    **dict.fromkeys(("!=", "ne"), "!="),
    **{sign: sign for sign in ("<", "<=", ">", ">=", "+", "-", "*", "/", "%")},
    ".": ".",
}

_LOOSE = frozenset({"and", "or", "xor"})
"""Operators that bind less than `..` does."""

_LISTS = frozenset({"array", "quoted_word_list", "array_deref_expression"})
_ITEMS = frozenset({"list_expression", "array", "anonymous_array_expression"})
_TAKES_LIST = frozenset({"shift", "pop", "push", "unshift", "splice", "scalar"})
_MAKES_LIST = frozenset({"..", "\0times", "\0sorted", "sort", "reverse", "keys", "values"})
_GIVES_LIST = (tree.Sequence, tree.Call, tree.Collect)
_VALUES = (tree.Literal, tree.Name, tree.Call, tree.Member, tree.Index, tree.Operation)


def read(text: str) -> tree.Module:
    """The statements of a file. Its `END` blocks are known before the first of them runs."""
    module = _Reader(text).module(parser("tree_sitter_perl"), "Perl")
    ends = tuple(node for node in module.body if _is_end(node))
    rest = tuple(node for node in module.body if not _is_end(node))
    return replace(module, body=(*ends, *rest)) if ends else module


def _is_end(node: tree.Node) -> bool:
    called = node.function if isinstance(node, tree.Call) else None
    return isinstance(called, tree.Name) and called.name == "END"


_CHANGES = frozenset({"substitution_regexp", "transliteration_expression"})
_REPEATED = frozenset({"parenthesized_expression", "quoted_word_list"})
"""What `x` repeats as a list; anything else it repeats as a text."""


class _Reader(Reader):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.package = "main"

    silent = frozenset({"pod", "eof_marker", "data_section", "attribute"})

    def _place(self, node: Node) -> tuple[int, int]:
        return self.at(node.start_byte), self.at(node.end_byte)

    # Expressions --------------------------------------------------------------------------------

    def _variable(self, node: Node, start: int, end: int) -> tree.Node:
        """A variable; `@$x`, `%{$x->{y}}` and the like are what the reference stands for."""
        name = next((c for c in node.named_children if c.type == "varname"), None)
        reference = name.named_children[0] if name is not None and name.named_children else None
        if node.type == "arraylen":
            return self._last_place(name, reference, start, end)
        if reference is not None:
            body = self.body(reference)
            return body[-1] if body else tree.Other(start, end, ())
        return tree.Name(start, end, self.source(node).replace("{", "").replace("}", ""))

    def _last_place(
        self, name: Node | None, reference: Node | None, start: int, end: int
    ) -> tree.Node:
        """`$#x`, `$#$x`, `$#{$x->{y}}`: one less than there are items."""
        body = self.body(reference) if reference is not None else ()
        named = "" if name is None else self.source(name)
        listed = body[-1] if body else tree.Name(start, end, f"@{named}")
        size = tree.Call(start, end, tree.Name(start, end, "scalar"), _arguments(listed))
        return tree.Operation(start, end, "-", (size, tree.Literal(start, end, 1)))

    def _dereferenced(self, node: Node, start: int, end: int) -> tree.Node:
        """`$x->@*`, `$x->%*`."""
        del start, end
        return self.value(node.named_children[0])

    def _number(self, node: Node, start: int, end: int) -> tree.Node:
        return tree.Literal(start, end, number(self.source(node).removesuffix(".")))

    def _bareword(self, node: Node, start: int, end: int) -> tree.Node:
        """A text; by itself, or with its package as a value (`AE::cv`), the call of a function."""
        word, around = self.source(node), node.parent.type if node.parent is not None else ""
        packaged = "::" in word and word.rpartition("::")[2].islower()
        if around == "expression_statement" or (packaged and around == "assignment_expression"):
            return tree.Call(start, end, tree.Name(start, end, word), ())
        return tree.Literal(start, end, word)

    def _string(self, node: Node, start: int, end: int) -> tree.Node:
        content = field(node, "content")
        at, last = node.start_byte + 1, node.end_byte - 1
        if content is not None and self.source(node)[:1] not in {"'", '"'}:
            at, last = content.start_byte, content.end_byte
        held = content.named_children if content is not None else []
        inside = [c for c in held if c.type != "escape_sequence"]
        if node.type == "string_literal":
            return tree.Literal(start, end, verbatim(self.data[at:last].decode("utf-8", "replace")))
        parts: list[tree.Node] = []
        for child in inside:
            self._piece(at, child.start_byte, parts)
            parts.append(self.value(child))
            at = child.end_byte
        self._piece(at, last, parts)
        if inside:
            return tree.Join(start, end, tuple(parts))
        return replace(parts[0], start=start, end=end) if parts else tree.Literal(start, end, "")

    def _piece(self, start: int, end: int, parts: list[tree.Node]) -> None:
        if end > start:
            text = self.data[start:end].decode("utf-8", "replace")
            parts.append(tree.Literal(self.at(start), self.at(end), unescaped(text)))

    def _command(self, node: Node, start: int, end: int) -> tree.Node:
        given = (tree.Argument(start, end, self._string(node, start, end)),)
        return tree.Call(start, end, tree.Name(start, end, "`"), given)

    def _words(self, node: Node, start: int, end: int) -> tree.Node:
        content = field(node, "content")
        words = self.source(content).split() if content is not None else []
        items = (tree.Argument(start, end, tree.Literal(start, end, w)) for w in words)
        return tree.Sequence(start, end, tuple(items))

    def _element(self, node: Node, start: int, end: int) -> tree.Node:
        """`$x{key}`, `$x[0]`, `$x->{key}`."""
        held = field(node, "hash") or field(node, "array")
        key = field(node, "key") or field(node, "index")
        sign = "%" if "hash" in node.type else "@"
        named = held is not None and all(not c.named_children for c in held.named_children)
        if held is not None and held.type == "container_variable" and named:
            name = sign + self.source(held)[1:]
            target: tree.Node = tree.Name(*self._place(held), name)
        else:
            inner = held or (node.named_children[0] if node.named_children else None)
            target = self.value(inner)
        return tree.Index(start, end, target, self.value(key))

    def _call(self, node: Node, start: int, end: int) -> tree.Node:
        function, given = field(node, "function"), field(node, "arguments")
        name = self.source(function).lstrip("&") if function is not None else ""
        rest = [c for c in node.named_children if c not in {function, given}]
        rest = [c for c in rest if c.type != "indirect_object"]
        arguments = self._given([given] if given is not None else rest)
        if name in _TAKES_LIST and arguments:
            first = arguments[0]
            whole = tree.Argument(first.start, first.end, first.value)
            arguments = (whole, *arguments[1:])
        if name == "__PACKAGE__":
            return tree.Literal(start, end, self.package)
        if name in {"do", "require"}:
            return self._require(node, start, end)
        place = arguments[0].value if name == "delete" and arguments else None
        if isinstance(place, tree.Index):
            return tree.removal(place)
        call = tree.Call(start, end, tree.Name(start, end, name), arguments)
        if name == "open" and arguments and isinstance(arguments[0].value, tree.Name):
            return tree.Assign(start, end, arguments[0].value, call, declares=True)
        return call

    def _readline(self, node: Node, start: int, end: int) -> tree.Node:
        """`<$handle>`."""
        handle = next((c for c in node.named_children), None)
        name = self.source(handle) if handle is not None else "STDIN"
        given = (tree.Argument(start, end, tree.Name(start, end, name)),)
        return tree.Call(start, end, tree.Name(start, end, "readline"), given)

    def _given(self, nodes: list[Node]) -> tuple[tree.Argument, ...]:
        arguments: list[tree.Argument] = []
        for node in nodes:
            if node.type in {"list_expression", "parenthesized_expression"}:
                arguments += self._given(node.named_children)
            elif node.type not in self.silent:
                value = self.value(node)
                spread = node.type in _LISTS or _is_list(value)
                arguments.append(tree.Argument(*self._place(node), value, spread=spread))
        return tuple(arguments)

    def _method(self, node: Node, start: int, end: int) -> tree.Node:
        name, given = field(node, "method"), field(node, "arguments")
        target = self.value(field(node, "invocant"))
        if isinstance(target, tree.Literal):
            target = tree.Name(target.start, target.end, str(target.value))
        called = self.source(name) if name else ""
        if called.startswith("SUPER::"):
            called = f"{self.package}::{called}"
        member = tree.Member(start, end, target, called)
        return tree.Call(start, end, member, self._given([given] if given is not None else []))

    def _called(self, node: Node, start: int, end: int) -> tree.Node:
        given = field(node, "arguments")
        target = node.named_children[0]
        return tree.Call(
            start, end, self.value(target), self._given([given] if given is not None else [])
        )

    def _reference(self, node: Node, start: int, end: int) -> tree.Node:
        inner = node.named_children[0] if node.named_children else None
        if inner is not None and inner.type == "function":
            return tree.Name(start, end, self.source(inner).lstrip("&"))
        return self.value(inner)

    def _bare_function(self, node: Node, start: int, end: int) -> tree.Node:
        return tree.Call(start, end, tree.Name(start, end, self.source(node).lstrip("&")), ())

    def _sub(self, node: Node, start: int, end: int) -> tree.Node:
        name, body = field(node, "name"), field(node, "body")
        named = self.source(name) if name is not None else ""
        statements = self.body(body)
        if named and "::" not in named:
            named = f"{self.package}::{named}"
        return tree.Function(start, end, named, (), statements, declared=bool(named))

    def _package(self, node: Node, start: int, end: int) -> tree.Block:
        """`package Name;`, `package Name { … }`."""
        del start, end
        name, before = field(node, "name"), self.package
        self.package = self.source(name) if name is not None else before
        block = next((c for c in node.named_children if c.type == "block"), None)
        if block is None:
            return ()
        body = self.body(block)
        self.package = before
        return body

    def _list(self, node: Node, start: int, end: int) -> tree.Node:
        children = [c for c in node.named_children if c.type not in self.silent]
        if len(children) == 1 and children[0].type not in _ITEMS:
            return self.value(children[0])
        return tree.Sequence(start, end, self._given(children))

    def _array(self, node: Node, start: int, end: int) -> tree.Node:
        """`[…]`, one value that holds others."""
        return tree.Sequence(start, end, self._given(node.named_children))

    def _mapping(self, node: Node, start: int, end: int) -> tree.Node:
        return _pairs(self._given(list(node.named_children)), start, end)

    def _operation(self, node: Node, start: int, end: int) -> tree.Node:
        sign, left = field(node, "operator"), field(node, "left")
        first, second = self.value(left), self.value(field(node, "right"))
        written = self.source(sign) if sign is not None else ""
        if written in {"..", "..."} or (written == "." and self._is_cut(left)):
            return self._range("..", (first, second), start, end)
        dotted = left is not None and left.type == "binary_expression"
        if dotted and _is_range(first) and written not in _LOOSE:
            begin, last = first.arguments  # `1..$n + 1`, of which `1. . $n` was read first
            rest = self._calculated(written, (last.value, second), last.start, end)
            return self._range("..", (begin.value, rest), start, end)
        if written == "x" and left is not None and left.type in _REPEATED:
            return self._range("\0times", (_sequence(first), second), start, end)
        changed = self._changed(node, first) if written == "=~" else ()
        return self._calculated(written, (first, second, *changed), start, end)

    @staticmethod
    def _calculated(written: str, parts: tuple[tree.Node, ...], start: int, end: int) -> tree.Node:
        """What an operator makes of its operands: not known of those that say nothing of a stop."""
        operator = _OPERATORS.get(written)
        if operator is None:
            return tree.Other(start, end, parts)
        return tree.Operation(start, end, operator, parts)

    def _is_cut(self, node: Node | None) -> bool:
        """Whether the first of the dots of `1..3` was read as a part of the number."""
        numbers = {"number", "unary_expression"}
        return node is not None and node.type in numbers and self.source(node).endswith(".")

    def _changed(self, node: Node, target: tree.Node) -> tree.Block:
        """What is matched against `s///` or `tr///`: from then on it is not known."""
        right = field(node, "right")
        modifiers = field(right, "modifiers") if right is not None else None
        kept = modifiers is not None and "r" in self.source(modifiers)
        if right is None or right.type not in _CHANGES or kept:
            return ()
        at = target.start, target.end
        place = target.target if isinstance(target, tree.Assign) else target
        return (tree.Assign(*at, place, tree.Other(*at, ())),)

    @staticmethod
    def _range(name: str, operands: tuple[tree.Node, ...], start: int, end: int) -> tree.Node:
        """An operator of lists, as a call."""
        return tree.Call(start, end, tree.Name(start, end, name), _arguments(*operands))

    def _unary(self, node: Node, start: int, end: int) -> tree.Node:
        sign, inner = field(node, "operator"), self.value(field(node, "operand"))
        written = self.source(sign) if sign else self.source(node)[:3]
        operator = {"!": "not", "not": "not", "-": "-"}.get(written)
        if operator is None:
            return tree.Other(start, end, (inner,))
        return tree.Operation(start, end, operator, (inner,))

    def _increment(self, node: Node, start: int, end: int) -> tree.Node:
        return stepped(node, self.value(field(node, "operand")), start, end)

    def _conditional(self, node: Node, start: int, end: int) -> tree.Node:
        parts = (self.value(field(node, n)) for n in ("condition", "consequent", "alternative"))
        return tree.Conditional(start, end, *parts)

    def _declared(self, node: Node, start: int, end: int) -> tree.Node:
        """`my $x`, `my ($a, $b)`."""
        one = field(node, "variable")
        if one is not None:
            return self.value(one)
        several = node.children_by_field_name("variables")
        return tree.Sequence(start, end, self._given(several))

    def _localized(self, node: Node, start: int, end: int) -> tree.Node:
        return self._list(node, start, end)

    def _assign(self, node: Node, start: int, end: int) -> tree.Node | tree.Block:
        left, right = field(node, "left"), field(node, "right")
        sign = field(node, "operator")
        target, value = self.value(left), self.value(right)
        written = self.source(sign)[:-1] if sign is not None else ""
        operator = _OPERATORS.get(written, "?") if written else ""
        declares = left is not None and left.type == "variable_declaration"
        rest = (
            target.items[-1].value if isinstance(target, tree.Sequence) and target.items else None
        )
        if (
            isinstance(target, tree.Sequence)
            and isinstance(rest, tree.Name)
            and rest.name.startswith("%")
        ):
            return self._with_rest(target, rest, value, start, end)
        if left is not None and left.type == "slice_expression":
            return self._slice(left, value, start, end)
        if isinstance(target, tree.Name) and target.name == "@ISA":
            return self._made_from(start, end, (tree.Argument(start, end, value, spread=True),))
        if isinstance(target, tree.Name) and target.name.startswith("@"):
            value = value if isinstance(value, (*_GIVES_LIST, tree.Name)) else _listed(value)
        if isinstance(target, tree.Name) and target.name.startswith("%"):
            value = _as_mapping(value)
        assign = tree.Assign(start, end, target, value, declares=declares, operator=operator)
        local = left is not None and left.type == "localization_expression"
        if local and isinstance(target, tree.Index) and _named(target.object, "%SIG"):
            return (_call_of("\0keep", target.key), assign)
        return assign

    @staticmethod
    def _with_rest(
        target: tree.Sequence, rest: tree.Name, value: tree.Node, start: int, end: int
    ) -> tree.Node:
        """`my ($class, %given) = @_`: the last one takes all that is left, as a hash."""
        last = tree.Argument(rest.start, rest.end, rest, spread=True)
        taken = tree.Sequence(target.start, target.end, (*target.items[:-1], last))
        assign = tree.Assign(start, end, taken, value, declares=True)
        kept = tree.Assign(start, end, rest, _as_mapping(rest), declares=True)
        return tree.Other(start, end, (assign, kept))

    def _slice(self, node: Node, value: tree.Node, start: int, end: int) -> tree.Node:
        """`@name{keys} = values`."""
        held = field(node, "hash")
        if held is None:
            return tree.Other(start, end, (value,))
        keys = self._given([c for c in node.named_children if c != held])
        target = tree.Name(*self._place(held), "%" + self.source(held)[1:])
        given = (
            tree.Argument(start, end, target),
            tree.Argument(start, end, tree.Sequence(start, end, keys)),
            tree.Argument(start, end, value),
        )
        return tree.Call(start, end, tree.Name(start, end, "\0slice"), given)

    def _made_from(self, start: int, end: int, given: tuple[tree.Argument, ...]) -> tree.Node:
        """What the package looks for its methods in."""
        own = tree.Argument(start, end, tree.Literal(start, end, self.package))
        return tree.Call(start, end, tree.Name(start, end, "\0isa"), (own, *given))

    # Statements ---------------------------------------------------------------------------------

    def _bare(self, node: Node, start: int, end: int) -> tree.Block:
        """A block by itself is a loop that is gone through once, unless it says otherwise."""
        body = _restoring(self.block(node.named_children))
        if not any(isinstance(n, tree.Leave) for n in tree.walk(*body)):
            return body
        return (tree.Loop(start, end, None, (*body, tree.Leave(end, end, next_round=False))),)

    def _statement(self, node: Node, start: int, end: int) -> tree.Block:
        children = node.named_children
        if len(children) == 1 and children[0].type == "variable_declaration":
            return self._empty(children[0], start, end)
        body = self.block(children)
        return _restoring(body) if node.type == "block" else body

    def _empty(self, node: Node, start: int, end: int) -> tree.Block:
        """`my $x;`, `my (@a, %b);`: variables that hold nothing yet."""
        declared = self._declared(node, start, end)
        names = [declared] if isinstance(declared, tree.Name) else tree.children(declared)
        inner = [n.value if isinstance(n, tree.Argument) else n for n in names]
        empty: dict[str, tree.Node] = {
            "@": tree.Sequence(end, end, ()),
            "%": tree.Mapping(end, end, ()),
        }
        return tuple(
            tree.Assign(
                start, end, n, empty.get(n.name[:1], tree.Literal(end, end, None)), declares=True
            )
            for n in inner
            if isinstance(n, tree.Name)
        )

    def _nothing(self, _node: Node, _start: int, _end: int) -> None:
        return None

    def _if(self, node: Node, start: int, end: int) -> tree.Node:
        test = self.value(field(node, "condition"))
        if self.source(node).startswith("unless"):
            test = tree.Operation(test.start, test.end, "not", (test,))
        then = self.body(field(node, "block"))
        rest = [c for c in node.named_children if c.type in {"elsif", "else"}]
        other: tree.Block = ()
        if rest and rest[0].type == "elsif":
            other = (self._if(rest[0], *self._place(rest[0])),)
        elif rest:
            other = self.body(field(rest[0], "block"))
        return tree.If(start, end, test, then, other)

    def _postfix_if(self, node: Node, start: int, end: int) -> tree.Node:
        test, body = field(node, "condition"), node.named_children[0]
        value = self.value(test)
        words = {c.type for c in node.children if not c.is_named}
        if "unless" in words:
            value = tree.Operation(value.start, value.end, "not", (value,))
        return tree.If(start, end, value, self.body(body), ())

    def _while(self, node: Node, start: int, end: int) -> tree.Node:
        test = self.value(field(node, "condition"))
        words = {c.type for c in node.children if not c.is_named}
        if "until" in words:
            test = tree.Operation(test.start, test.end, "not", (test,))
        block = field(node, "block") or node.named_children[0]
        endless = isinstance(test, tree.Literal) and bool(test.value)
        return tree.Loop(start, end, None if endless else test, self.body(block))

    def _cstyle(self, node: Node, start: int, end: int) -> tree.Block:
        before = self.body(field(node, "initialiser"))
        condition = field(node, "condition")
        test = self.body(condition) if condition is not None and condition.is_named else ()
        after = self.body(field(node, "iterator"))
        body = self.body(field(node, "block"))
        loop = tree.Loop(start, end, test[0] if test else None, body, after)
        return (*before, loop)

    def _each(self, node: Node, start: int, end: int) -> tree.Node:
        named, items = field(node, "variable"), field(node, "list")
        target = self.value(named) if named is not None else tree.Name(start, end, "$_")
        block = field(node, "block") or node.named_children[0]
        value = self.value(items)
        listed = self._items(items, value)
        return tree.Each(start, end, target, listed, self.body(block), declares=named is not None)

    @staticmethod
    def _items(node: Node | None, value: tree.Node) -> tree.Node:
        """What stands where a list is wanted: one, or a single value as a list."""
        kind = "" if node is None else node.type
        one = kind == "anonymous_array_expression" or not isinstance(value, _GIVES_LIST)
        return value if kind in _LISTS or not one else _listed(value)

    def _map(self, node: Node, start: int, end: int) -> tree.Node:
        """`map { … } list`, `grep { … } list`: several statements are a function of their own."""
        callback, items = field(node, "callback"), field(node, "list")
        body, value = self.body(callback), self._items(items, self.value(items))
        if any(isinstance(part, tree.Return | tree.Leave) for part in tree.walk(*body)):
            return tree.Other(start, end, (*body, value))
        item = tree.Name(start, end, "$_")
        made = body[0] if len(body) == 1 else _called(body, start, end)
        if self.source(node).startswith("grep"):
            return tree.Collect(start, end, item, item, value, (made,))
        return tree.Collect(start, end, made, item, value, ())

    def _sort(self, node: Node, start: int, end: int) -> tree.Node:
        """`sort list`, by the texts of its items, or by what a block says."""
        items, by = field(node, "list"), field(node, "callback")
        given = self._given([items] if items is not None else [])
        name = "sort" if by is None else "\0sorted"
        return tree.Call(start, end, tree.Name(start, end, name), given)

    def _eval(self, node: Node, start: int, end: int) -> tree.Node:
        block = next((c for c in node.named_children if c.type == "block"), None)
        if block is None:
            return tree.Other(start, end, self.block(node.named_children))
        none = tree.Assign(
            start, end, tree.Name(start, end, "$@"), tree.Literal(start, end, value="")
        )
        value, body = tree.Name(start, end, "$\0eval"), self.body(block)
        given = body[-1] if body and isinstance(body[-1], _VALUES) else tree.Literal(end, end, None)
        kept = tree.Assign(start, end, value, given)
        before = body[:-1] if body and given is body[-1] else body
        failed = tree.Assign(start, end, value, tree.Literal(end, end, None))
        caught = tree.Handler(start, end, (), "$@", (failed,))
        tried = tree.Try(start, end, (*before, kept, none), (caught,))
        return tree.Operation(start, end, "or", (tried, value))

    def _leave(self, node: Node, start: int, end: int) -> tree.Node:
        label = next((self.source(c) for c in node.named_children if c.type == "label"), "")
        again = self.source(node).startswith(("next", "redo"))
        return tree.Leave(start, end, again, label)

    def _labelled(self, node: Node, _start: int, _end: int) -> tree.Block:
        label, loop = field(node, "label"), field(node, "statement")
        return labelled(self.body(loop), "" if label is None else self.source(label))

    def _return(self, node: Node, start: int, end: int) -> tree.Node:
        inner = [c for c in node.named_children if c.type not in self.silent]
        return tree.Return(start, end, self.value(inner[0]) if inner else None)

    def _use(self, node: Node, start: int, end: int) -> tree.Node | None:
        module = field(node, "module")
        name = self.source(module) if module is not None else ""
        if name == "sigtrap":
            rest = [c for c in node.named_children if c != module]
            return tree.Call(start, end, tree.Name(start, end, name), self._given(rest))
        if name in {"parent", "base"}:
            return self._based(node, start, end)
        if not name[:1].isupper():
            return None
        return tree.Import(start, end, name.replace("::", "/") + ".pm")

    def _based(self, node: Node, start: int, end: int) -> tree.Node:
        """`use parent 'Name'`, whose file is loaded unless `-norequire` is said."""
        listed = [self.value(c) for c in node.named_children[1:] if c.type != "list_expression"]
        listed += [
            a.value
            for c in node.named_children
            if c.type == "list_expression"
            for a in self._given([c])
        ]
        flat = [i.value for n in listed if isinstance(n, tree.Sequence) for i in n.items]
        names = [n.value for n in (*listed, *flat) if isinstance(n, tree.Literal)]
        texts = [str(name).lstrip("-") for name in names]
        bases = [name for name in texts if name != "norequire"]
        loads = [
            tree.Import(start, end, name.replace("::", "/") + ".pm")
            for name in bases
            if "norequire" not in texts
        ]
        given = (tree.Argument(start, end, tree.Literal(start, end, name)) for name in bases)
        return tree.Other(start, end, (*loads, self._made_from(start, end, tuple(given))))

    def _require(self, node: Node, start: int, end: int) -> tree.Node:
        inner = [c for c in node.named_children if c.type != "function"]
        required = self.value(inner[-1]) if inner else None
        if isinstance(required, tree.Literal) and isinstance(required.value, str):
            name = required.value
            path = name if "/" in name or "." in name else name.replace("::", "/") + ".pm"
            return tree.Import(start, end, path)
        return tree.Other(start, end, (required,) if required is not None else ())

    def _end_block(self, node: Node, start: int, end: int) -> tree.Node:
        """`END { … }` is run when the program ends; others at once."""
        block = next((c for c in node.named_children if c.type == "block"), None)
        body = self.body(block)
        if not self.source(node).startswith("END"):
            return tree.Other(start, end, body)
        function = tree.Function(start, end, "", (), body)
        given = (tree.Argument(start, end, function),)
        return tree.Call(start, end, tree.Name(start, end, "END"), given)

    reads: ClassVar[dict[str, Read]] = {
        **dict.fromkeys(("scalar", "array", "hash", "container_variable", "arraylen"), _variable),
        "number": _number,
        **dict.fromkeys(("autoquoted_bareword", "bareword", "package"), _bareword),
        **dict.fromkeys(("string_literal", "interpolated_string_literal"), _string),
        "command_string": _command,
        "quoted_word_list": _words,
        **dict.fromkeys(("hash_element_expression", "array_element_expression"), _element),
        **dict.fromkeys(
            (
                *("function_call_expression", "ambiguous_function_call_expression"),
                *("func0op_call_expression", "func1op_call_expression"),
            ),
            _call,
        ),
        "map_grep_expression": _map,
        "sort_expression": _sort,
        "array_deref_expression": _dereferenced,
        "hash_deref_expression": _dereferenced,
        "readline_expression": _readline,
        "method_call_expression": _method,
        "coderef_call_expression": _called,
        "refgen_expression": _reference,
        "function": _bare_function,
        **dict.fromkeys(
            ("anonymous_subroutine_expression", "subroutine_declaration_statement"), _sub
        ),
        **dict.fromkeys(("parenthesized_expression", "list_expression"), _list),
        "anonymous_array_expression": _array,
        "anonymous_hash_expression": _mapping,
        **dict.fromkeys(
            (
                *("binary_expression", "equality_expression", "relational_expression"),
                "lowprec_logical_expression",
            ),
            _operation,
        ),
        **dict.fromkeys(("unary_expression", "logical_not_expression"), _unary),
        **dict.fromkeys(("postinc_expression", "preinc_expression"), _increment),
        "conditional_expression": _conditional,
        "variable_declaration": _declared,
        "localization_expression": _localized,
        "assignment_expression": _assign,
        **dict.fromkeys(("expression_statement", "block", "source_file"), _statement),
        "package_statement": _package,
        "block_statement": _bare,
        "conditional_statement": _if,
        "postfix_conditional_expression": _postfix_if,
        **dict.fromkeys(("loop_statement", "postfix_loop_expression"), _while),
        "cstyle_for_statement": _cstyle,
        **dict.fromkeys(("for_statement", "postfix_for_expression"), _each),
        "eval_expression": _eval,
        "loopex_expression": _leave,
        "statement_label": _labelled,
        "return_expression": _return,
        "use_statement": _use,
        "require_expression": _require,
        "phaser_statement": _end_block,
    }


def _named(node: tree.Node, name: str) -> bool:
    return isinstance(node, tree.Name) and node.name == name


def _is_range(node: tree.Node) -> TypeGuard[tree.Call]:
    return isinstance(node, tree.Call) and _named(node.function, "..")


def _is_list(node: tree.Node) -> bool:
    """Whether a value stands for all of its items, among those of another list."""
    called = node.function if isinstance(node, tree.Call) else None
    return isinstance(node, tree.Collect) or (
        isinstance(called, tree.Name) and called.name in _MAKES_LIST
    )


def _arguments(*given: tree.Node) -> tuple[tree.Argument, ...]:
    return tuple(tree.Argument(one.start, one.end, one) for one in given)


def _call_of(name: str, *given: tree.Node) -> tree.Call:
    at = given[0].start, given[0].end
    return tree.Call(*at, tree.Name(*at, name), _arguments(*given))


def _restoring(body: tree.Block) -> tree.Block:
    """A block within which `local $SIG{NAME} = …` stands: the handler is that before behind it."""
    for at, one in reversed(list(enumerate(body))):
        if isinstance(one, tree.Call) and _named(one.function, "\0keep"):
            restore = _call_of("\0restore", one.arguments[0].value)
            rest = body[at + 1 :]
            held = tree.Try(one.start, rest[-1].end, rest, (), final=(restore,))
            body = (*body[: at + 1], held)
    return body


def _sequence(value: tree.Node) -> tree.Node:
    return value if isinstance(value, tree.Sequence) else _listed(value)


def _listed(value: tree.Node) -> tree.Node:
    return tree.Sequence(value.start, value.end, _arguments(value))


def _called(body: tuple[tree.Node, ...], start: int, end: int) -> tree.Node:
    """Statements as a value: that of the last."""
    return tree.Call(start, end, tree.Function(start, end, "", (), body), ())


def _as_mapping(value: tree.Node) -> tree.Node:
    if isinstance(value, tree.Sequence):
        return _pairs(value.items, value.start, value.end)
    if isinstance(value, tree.Mapping | tree.Literal):
        return value
    return tree.Mapping(value.start, value.end, ((None, value),))


def _pairs(given: tuple[tree.Argument, ...], start: int, end: int) -> tree.Mapping:
    """The hash of a list of keys and values, of which some may be hashes and lists themselves."""
    pairs: list[tuple[tree.Node | None, tree.Node]] = []
    at = 0
    while at < len(given):
        one = given[at].value
        if given[at].spread or (isinstance(one, tree.Name) and one.name.startswith("%")):
            pairs.append((None, one))
        elif at + 1 < len(given):
            at += 1
            pairs.append((one, given[at].value))
        at += 1
    return tree.Mapping(start, end, tuple(pairs))
