"""Ruby: from tree-sitter's tree to ours.

Blocks are functions that a call gets under the name `&`. Instance variables are names of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from gracelint.syntax.code import tree
from gracelint.syntax.code.grammars import (
    Reader,
    asked,
    field,
    number,
    unescaped,
    verbatim,
)
from gracelint.syntax.parsers import parser

if TYPE_CHECKING:
    from tree_sitter import Node

    from gracelint.syntax.code.grammars import Read

BLOCK = "&"
_OPERATORS = {
    "&&": "and",
    "and": "and",
    "||": "or",
    "or": "or",
    **{sign: sign for sign in ("==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%")},
}


_LOOPS = {"each": "", "times": "times", "each_value": "values", "each_pair": "\0entries"}
"""Methods that are loops where they are given a block, and what they go over."""

_COUNTS = frozenset({"upto", "downto", "step"})
"""Those that are loops where they are given a block and a number."""

_OF_ITSELF = frozenset({"singleton_class", "singleton_method", "assignment"})
"""What stands in a module that is only called by its name."""
_READERS = frozenset({"attr_reader", "attr_accessor"})


def read(text: str) -> tree.Module:
    """The statements of a file."""
    return _Reader(text).module(parser("tree_sitter_ruby"), "Ruby")


class _Reader(Reader):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.variables: set[str] = set()
        self.within: list[tuple[str, tuple[tree.Parameter, ...]]] = []

    def _place(self, node: Node) -> tuple[int, int]:
        return self.at(node.start_byte), self.at(node.end_byte)

    # Expressions --------------------------------------------------------------------------------

    def _identifier(self, node: Node, start: int, end: int) -> tree.Node:
        """A variable where the file assigns to it, else a call."""
        name = self.source(node)
        name_node = tree.Name(start, end, name)
        if name in self.variables or name in {"self", "__FILE__", "__dir__"}:
            return name_node
        return tree.Call(start, end, name_node, ())

    def _name(self, node: Node, start: int, end: int) -> tree.Node:
        return tree.Name(start, end, self.source(node))

    def _literal(self, node: Node, start: int, end: int) -> tree.Node:
        constants = {"true": True, "false": False, "nil": None}
        return tree.Literal(start, end, constants[node.type])

    def _number(self, node: Node, start: int, end: int) -> tree.Node:
        return tree.Literal(start, end, number(self.source(node)))

    def _symbol(self, node: Node, start: int, end: int) -> tree.Node:
        return tree.Literal(start, end, self.source(node).strip(":\"'"))

    def _string(self, node: Node, start: int, end: int) -> tree.Node:
        parts: list[tree.Node] = []
        read = verbatim if self.source(node)[:1] == "'" else unescaped
        for child in node.named_children:
            if child.type == "interpolation":
                parts += self.block(child.named_children)
            else:
                parts.append(tree.Literal(*self._place(child), read(self.source(child))))
        if len(parts) == 1 and isinstance(parts[0], tree.Literal):
            return parts[0]
        return tree.Join(start, end, tuple(parts)) if parts else tree.Literal(start, end, "")

    def _chained(self, node: Node, start: int, end: int) -> tree.Node:
        """`"a" "b"` is one text."""
        parts = tuple(self.value(child) for child in node.named_children)
        texts = [part.value for part in parts if isinstance(part, tree.Literal)]
        if len(texts) == len(parts):
            return tree.Literal(start, end, "".join(str(text) for text in texts))
        return tree.Join(start, end, parts)

    def _subshell(self, node: Node, start: int, end: int) -> tree.Node:
        text = self._string(node, start, end)
        given = (tree.Argument(start, end, text),)
        return tree.Call(start, end, tree.Name(start, end, "`"), given)

    def _array(self, node: Node, start: int, end: int) -> tree.Node:
        return tree.Sequence(start, end, self._given(node.named_children))

    def _words(self, node: Node, start: int, end: int) -> tree.Node:
        items = tuple(
            tree.Argument(
                *self._place(c), tree.Literal(*self._place(c), self.source(c).lstrip(":"))
            )
            for c in node.named_children
        )
        return tree.Sequence(start, end, items)

    def _given(self, nodes: list[Node]) -> tuple[tree.Argument, ...]:
        arguments, pairs = [], []
        for child in nodes:
            at = self._place(child)
            match child.type:
                case "splat_argument" | "rest_assignment":
                    arguments.append(tree.Argument(*at, self.value(_first(child)), spread=True))
                case "block_argument":
                    arguments.append(tree.Argument(*at, self.value(_first(child)), BLOCK))
                case "pair":
                    pairs.append(
                        (self._key(field(child, "key")), self.value(field(child, "value")))
                    )
                case _:
                    arguments.append(tree.Argument(*at, self.value(child)))
        if pairs:
            mapping = tree.Mapping(pairs[0][1].start, pairs[-1][1].end, tuple(pairs))
            arguments.append(tree.Argument(mapping.start, mapping.end, mapping))
        return tuple(arguments)

    def _key(self, node: Node | None) -> tree.Node:
        if node is not None and node.type == "hash_key_symbol":
            return tree.Literal(*self._place(node), self.source(node))
        return self.value(node)

    def _hash(self, node: Node, start: int, end: int) -> tree.Node:
        pairs = [
            (self._key(field(c, "key")), self.value(field(c, "value")))
            for c in node.named_children
            if c.type == "pair"
        ]
        return tree.Mapping(start, end, tuple(pairs))

    def _call(self, node: Node, start: int, end: int) -> tree.Node | tree.Block:
        method, receiver = field(node, "method"), field(node, "receiver")
        name = self.source(method) if method is not None else "call"
        block, arguments = field(node, "block"), field(node, "arguments")
        given = self._given(arguments.named_children) if arguments is not None else ()
        loop = self._as_loop(name, receiver, block, given, start, end)
        if loop is not None:
            return loop
        if name in _READERS and receiver is None:
            return self._readers(given)
        if block is not None:
            given = (*given, tree.Argument(*self._place(block), self.value(block), BLOCK))
        target: tree.Node = tree.Name(start, end, name)
        if method is not None and method.type == "super":
            target = self._method_above(start, end)
        elif receiver is not None:
            at = self._place(method) if method is not None else (start, end)
            target = tree.Member(self._place(receiver)[0], at[1], self.value(receiver), name)
        if name == "new":
            return tree.Call(start, end, self.value(receiver), given, new=True)
        return tree.Call(start, end, target, given)

    @staticmethod
    def _readers(given: tuple[tree.Argument, ...]) -> tree.Block:
        """`attr_reader :name`: methods that give what the object holds."""
        functions = []
        for one in given:
            at, name = (one.start, one.end), one.value
            if isinstance(name, tree.Literal) and isinstance(name.value, str):
                body = (tree.Return(*at, tree.Name(*at, f"@{name.value}")),)
                functions.append(
                    tree.Function(*at, name.value, (), body, own_this=True, declared=True)
                )
        return tuple(functions)

    def _as_loop(
        self,
        name: str,
        receiver: Node | None,
        block: Node | None,
        given: tuple[tree.Argument, ...],
        start: int,
        end: int,
    ) -> tree.Node | None:
        """`loop do … end` and `items.each do |item| … end` are loops, which `break` leaves."""
        if block is None:
            return None
        if name == "loop" and receiver is None:
            return tree.Loop(start, end, None, self._block_body(block))
        if receiver is not None and (name in _LOOPS or (name in _COUNTS and given)):
            targets = self._block_targets(block)
            items = self.value(receiver)
            gone_over = _LOOPS.get(name, name) or ("\0entries" if len(targets) > 1 else "")
            if gone_over:
                items = tree.Call(start, end, tree.Member(start, end, items, gone_over), given)
            target = targets[0] if targets else tree.Name(start, end, "\0item")
            if len(targets) > 1:
                both = tuple(tree.Argument(t.start, t.end, t) for t in targets)
                target = tree.Sequence(start, end, both)
            return tree.Each(start, end, target, items, self._block_body(block), declares=True)
        return None

    def _block_targets(self, block: Node) -> list[tree.Node]:
        listed = field(block, "parameters")
        targets: list[tree.Node] = []
        for child in listed.named_children if listed is not None else ():
            if child.type == "identifier":
                self.variables.add(self.source(child))
                targets.append(tree.Name(*self._place(child), self.source(child)))
        return targets

    def _block_body(self, block: Node) -> tree.Block:
        return self._statements(field(block, "body"))

    def _function(self, node: Node, start: int, end: int) -> tree.Node:
        listed, kept = self._parameters(node)
        inner = field(node, "body")
        if inner is not None and inner.type in {"block", "do_block"}:
            inner = field(inner, "body")
        body = (*kept, *self._statements(inner))
        return tree.Function(start, end, "", listed, body)

    def _parameters(self, node: Node) -> tuple[tuple[tree.Parameter, ...], tree.Block]:
        listed = field(node, "parameters")
        parameters, kept = [], []
        for child in listed.named_children if listed is not None else ():
            if child.type == "destructured_parameter":
                at = self._place(child)
                parameters.append(
                    tree.Parameter(*at, f"\0{at[0]}", None, False, self._taken_apart(child))
                )
                continue
            name_node = field(child, "name") if child.type != "identifier" else child
            if name_node is None:
                continue
            name, at = self.source(name_node), self._place(child)
            self.variables.add(name)
            default = field(child, "value")
            if child.type == "block_parameter":
                kept.append(
                    tree.Assign(*at, tree.Name(*at, name), tree.Name(*at, BLOCK), declares=True)
                )
                continue
            value = self.value(default) if default is not None else None
            parameters.append(tree.Parameter(*at, name, value, child.type == "splat_parameter"))
        return tuple(parameters), tuple(kept)

    def _taken_apart(self, node: Node) -> tree.Node:
        """`(a, (b, c), *d)`: the names for the items of a list that is given."""
        items: list[tree.Argument] = []
        for child in node.named_children:
            at, rest = self._place(child), child.type == "splat_parameter"
            named = field(child, "name") if rest else child
            if child.type == "destructured_parameter":
                items.append(tree.Argument(*at, self._taken_apart(child)))
            elif named is not None:
                self.variables.add(self.source(named))
                name = tree.Name(*at, self.source(named))
                items.append(tree.Argument(*at, name, spread=rest))
        return tree.Sequence(*self._place(node), tuple(items))

    def _method(self, node: Node, start: int, end: int) -> tree.Node:
        listed, kept = self._parameters(node)
        named = field(node, "name")
        name = self.source(named) if named else ""
        self.within.append((name, listed))
        body = (*kept, *self._statements(field(node, "body")))
        self.within.pop()
        return tree.Function(start, end, name, listed, body, own_this=True, declared=True)

    def _above(self, node: Node, start: int, end: int) -> tree.Node:
        """`super`: the method of the same name in a class above, with the same arguments."""
        del node
        parameters = self.within[-1][1] if self.within else ()
        given = tuple(
            tree.Argument(start, end, tree.Name(start, end, p.name), spread=p.rest)
            for p in parameters
        )
        return tree.Call(start, end, self._method_above(start, end), given)

    def _method_above(self, start: int, end: int) -> tree.Node:
        name = self.within[-1][0] if self.within else ""
        above = tree.Call(start, end, tree.Name(start, end, tree.ABOVE), ())
        return tree.Member(start, end, above, name)

    def _class(self, node: Node, start: int, end: int) -> tree.Node:
        name, above = field(node, "name"), field(node, "superclass")
        bases = self.block(above.named_children) if above is not None else ()
        body = self._statements(field(node, "body"))
        return tree.Class(start, end, self.source(name) if name else "", bases, body)

    def _within(self, node: Node, _start: int, _end: int) -> tree.Block:
        return self._statements(field(node, "body"))

    def _module(self, node: Node, start: int, end: int) -> tree.Block:
        """What a module has is known everywhere; its name leads to all of that. One that is only
        called by its name, and stands in one file, keeps to itself what it has, as a class does.
        """
        name, body = field(node, "name"), field(node, "body")
        if name is None or name.type != "constant":
            return self._within(node, start, end)
        inside = {child.type for child in body.named_children} if body is not None else set()
        once = self.text.count(f"module {self.source(name)}\n") == 1
        if once and "singleton_class" in inside and inside <= _OF_ITSELF:
            at, own = (start, end), (self._class(node, start, end),)
            given = tree.Argument(*at, tree.Literal(*at, self.source(name)))
            test = tree.Call(*at, tree.Name(*at, "\0alone"), (given,))
            return (tree.If(*at, test, own, self._known(node, name, start, end)),)
        return self._known(node, name, start, end)

    def _known(self, node: Node, name: Node, start: int, end: int) -> tree.Block:
        target = tree.Name(*self._place(name), self.source(name))
        everything = tree.Call(start, end, tree.Name(start, end, "\0module"), ())
        return (tree.Assign(start, end, target, everything), *self._within(node, start, end))

    def _scope(self, node: Node, start: int, end: int) -> tree.Node:
        inner, name = field(node, "scope"), field(node, "name")
        if inner is None or name is None:
            return tree.Name(start, end, self.source(node).lstrip(":"))
        return tree.Member(start, end, self.value(inner), self.source(name))

    def _index(self, node: Node, start: int, end: int) -> tree.Node:
        target = field(node, "object")
        keys = [c for c in node.named_children if c != target]
        if len(keys) > 1:  # `text[from, length]`
            return tree.Other(start, end, (self.value(target), *self.block(keys)))
        return tree.Index(start, end, self.value(target), self.value(keys[0] if keys else None))

    def _operation(self, node: Node, start: int, end: int) -> tree.Node:
        sign = field(node, "operator")
        operator = _OPERATORS.get(self.source(sign) if sign else "")
        operands = (self.value(field(node, "left")), self.value(field(node, "right")))
        if sign is not None and self.source(sign) == "<<":
            target, value = operands
            given = (tree.Argument(value.start, value.end, value),)
            return tree.Call(start, end, tree.Member(start, end, target, "<<"), given)
        if operator is None:
            return tree.Other(start, end, operands)
        return tree.Operation(start, end, operator, operands)

    def _unary(self, node: Node, start: int, end: int) -> tree.Node:
        sign, inner = field(node, "operator"), self.value(field(node, "operand"))
        operator = {"!": "not", "not": "not", "-": "-"}.get(self.source(sign) if sign else "")
        if operator is None:
            return tree.Other(start, end, (inner,))
        return tree.Operation(start, end, operator, (inner,))

    def _conditional(self, node: Node, start: int, end: int) -> tree.Node:
        parts = (self.value(field(node, n)) for n in ("condition", "consequence", "alternative"))
        return tree.Conditional(start, end, *parts)

    def _inner(self, node: Node, start: int, end: int) -> tree.Node:
        nodes = self.block(node.named_children)
        return nodes[0] if len(nodes) == 1 else tree.Other(start, end, nodes)

    def _yield(self, node: Node, start: int, end: int) -> tree.Node:
        listed = node.named_children[0] if node.named_children else None
        given = self._given(listed.named_children) if listed is not None else ()
        return tree.Call(start, end, tree.Name(start, end, BLOCK), given)

    def _assign(self, node: Node, start: int, end: int) -> tree.Node:
        left, right = field(node, "left"), field(node, "right")
        self._note(left)
        value = self.value(right)
        return tree.Assign(start, end, self._target(left), value)

    def _operator_assign(self, node: Node, start: int, end: int) -> tree.Node:
        left, sign = field(node, "left"), field(node, "operator")
        self._note(left)
        operator = _OPERATORS.get(self.source(sign)[:-1] if sign else "", "?")
        value = self.value(field(node, "right"))
        return tree.Assign(start, end, self._target(left), value, operator=operator)

    def _note(self, node: Node | None) -> None:
        if node is not None and node.type == "identifier":
            self.variables.add(self.source(node))
        for child in (
            node.named_children if node is not None and node.type.endswith("_list") else ()
        ):
            self._note(child)

    def _target(self, node: Node | None) -> tree.Node:
        if node is not None and node.type == "left_assignment_list":
            return tree.Sequence(*self._place(node), self._given(node.named_children))
        if node is not None and node.type == "call":
            receiver, method = field(node, "receiver"), field(node, "method")
            if receiver is not None and method is not None:
                return tree.Member(*self._place(node), self.value(receiver), self.source(method))
        return self.value(node)

    # Statements ---------------------------------------------------------------------------------

    def _statements(self, node: Node | None) -> tree.Block:
        """The statements of a body, which may have its own `rescue` and `ensure`."""
        if node is None:
            return ()
        if node.type not in {
            "body_statement",
            "begin",
            "block_body",
            "then",
            "do",
            "else",
            "ensure",
        }:
            return self.body(node)
        special = (
            {"rescue", "ensure", "else"} if node.type in {"body_statement", "begin"} else set()
        )
        plain = self.block(c for c in node.named_children if c.type not in special)
        handlers = tuple(self._rescue(c) for c in node.named_children if c.type == "rescue")
        last = next((c for c in node.named_children if c.type == "ensure"), None)
        if not special or not (handlers or last):
            return plain
        other = next((c for c in node.named_children if c.type == "else"), None)
        final, at = self._statements(last), self._place(node)
        if any(isinstance(n, tree.Leave) and n.label == tree.RETRY for n in _own(handlers)):
            leave = tree.Leave(*at, next_round=False, label=tree.RETRY)
            once = (*plain, *self._statements(other), leave)
            tried = tree.Try(*at, once, handlers)
            plain, handlers = (tree.Loop(*at, None, (tried, leave), label=tree.RETRY),), ()
            if not final:
                return plain
        return (tree.Try(*at, plain, handlers, self._statements(other), final),)

    def _begin(self, node: Node, _start: int, _end: int) -> tree.Block:
        return self._statements(node)

    def _rescue(self, node: Node) -> tree.Handler:
        listed, named = field(node, "exceptions"), field(node, "variable")
        at = self._place(node)
        types = self.block(listed.named_children) if listed is not None else ()
        name = ""
        if named is not None and named.named_children:
            name = self.source(named.named_children[0])
            self.variables.add(name)
        given = types or (tree.Name(*at, "StandardError"),)
        return tree.Handler(*at, given, name, self._statements(field(node, "body")))

    def _rescued(self, node: Node, start: int, end: int) -> tree.Node:
        """`value rescue other`."""
        tried, other = (self.value(field(node, name)) for name in ("body", "handler"))
        gives = tree.Return(start, end, tried), tree.Return(start, end, other)
        caught = tree.Handler(start, end, (tree.Name(start, end, "StandardError"),), "", gives[1:])
        body = (tree.Try(start, end, gives[:1], (caught,)),)
        return tree.Call(start, end, tree.Function(start, end, "", (), body), ())

    def _if(self, node: Node, start: int, end: int) -> tree.Node:
        test = self.value(field(node, "condition"))
        if node.type.startswith("unless"):
            test = tree.Operation(test.start, test.end, "not", (test,))
        then = field(node, "consequence") or field(node, "body")
        other = field(node, "alternative")
        return tree.If(start, end, test, self._statements(then), self._otherwise(other))

    def _otherwise(self, node: Node | None) -> tree.Block:
        if node is None:
            return ()
        return (
            (self._if(node, *self._place(node)),)
            if node.type == "elsif"
            else self._statements(node)
        )

    def _while(self, node: Node, start: int, end: int) -> tree.Node:
        test = self.value(field(node, "condition"))
        if node.type.startswith("until"):
            test = tree.Operation(test.start, test.end, "not", (test,))
        body = field(node, "body")
        last = body is not None and body.type == "begin"
        endless = isinstance(test, tree.Literal) and bool(test.value)
        return tree.Loop(
            start, end, None if endless else test, self._statements(body), tested_last=last
        )

    def _for(self, node: Node, start: int, end: int) -> tree.Node:
        target, items = field(node, "pattern"), field(node, "value")
        self._note(target)
        inner = items.named_children[0] if items is not None and items.named_children else None
        return tree.Each(
            start,
            end,
            self._target(target),
            self.value(inner),
            self._statements(field(node, "body")),
        )

    def _range(self, node: Node, start: int, end: int) -> tree.Node:
        ends = (self.value(field(node, "begin")), self.value(field(node, "end")))
        given = tuple(tree.Argument(start, end, e) for e in ends)
        name = "..." if "..." in self.source(node) else ".."
        return tree.Call(start, end, tree.Name(start, end, name), given)

    def _case(self, node: Node, start: int, end: int) -> tree.Node:
        subject = field(node, "value")
        chain: tree.Block = ()
        arms = []
        for child in node.named_children:
            if child.type == "else":
                chain = self._statements(child)
            elif child.type == "when":
                arms.append(child)
        about = asked(self.value(subject)) if subject is not None else None
        tested = []
        for arm in arms:
            patterns = [self.value(_first(c)) for c in arm.named_children if c.type == "pattern"]
            tested.append(
                [
                    tree.Operation(p.start, p.end, "==", (next(about), p)) if about else p
                    for p in patterns
                ]
            )
        for arm, tests in zip(arms[::-1], tested[::-1], strict=True):
            whole = tests[0] if len(tests) == 1 else tree.Operation(start, end, "or", tuple(tests))
            chain = (tree.If(start, end, whole, self._statements(field(arm, "body")), chain),)
        return chain[0] if len(chain) == 1 else tree.Other(start, end, chain)

    def _return(self, node: Node, start: int, end: int) -> tree.Node:
        listed = node.named_children[0] if node.named_children else None
        value = listed.named_children[0] if listed is not None and listed.named_children else None
        return tree.Return(start, end, self.value(value) if value is not None else None)

    def _retry(self, _node: Node, start: int, end: int) -> tree.Node:
        return tree.Leave(start, end, next_round=True, label=tree.RETRY)

    def _leave(self, node: Node, start: int, end: int) -> tree.Node:
        return tree.Leave(start, end, node.type == "next")

    reads: ClassVar[dict[str, Read]] = {
        "identifier": _identifier,
        **dict.fromkeys(
            ("constant", "instance_variable", "global_variable", "class_variable", "self"), _name
        ),
        **dict.fromkeys(("true", "false", "nil"), _literal),
        **dict.fromkeys(("integer", "float"), _number),
        **dict.fromkeys(("simple_symbol", "delimited_symbol", "hash_key_symbol"), _symbol),
        **dict.fromkeys(("string", "heredoc_body"), _string),
        "chained_string": _chained,
        "subshell": _subshell,
        **dict.fromkeys(("array", "right_assignment_list"), _array),
        **dict.fromkeys(("string_array", "symbol_array"), _words),
        "hash": _hash,
        "call": _call,
        **dict.fromkeys(("block", "do_block", "lambda"), _function),
        **dict.fromkeys(("method", "singleton_method"), _method),
        "class": _class,
        "module": _module,
        "singleton_class": _within,
        "scope_resolution": _scope,
        "element_reference": _index,
        "binary": _operation,
        "unary": _unary,
        "conditional": _conditional,
        "parenthesized_statements": _inner,
        "yield": _yield,
        "assignment": _assign,
        "operator_assignment": _operator_assign,
        **dict.fromkeys(("begin", "body_statement", "then", "do", "else"), _begin),
        **dict.fromkeys(("if", "unless", "elsif", "if_modifier", "unless_modifier"), _if),
        **dict.fromkeys(("while", "until", "while_modifier", "until_modifier"), _while),
        "rescue_modifier": _rescued,
        "for": _for,
        "range": _range,
        "case": _case,
        "return": _return,
        **dict.fromkeys(("break", "next"), _leave),
        "retry": _retry,
        "super": _above,
    }


def _first(node: Node) -> Node | None:
    return node.named_children[0] if node.named_children else None


def _own(handlers: tuple[tree.Handler, ...]) -> list[tree.Node]:
    """What stands in handlers, without other blocks that begin anew by themselves."""
    nodes, queue = list[tree.Node](), list[tree.Node](handlers)
    while queue:
        node = queue.pop()
        nodes.append(node)
        if not (isinstance(node, tree.Loop) and node.label == tree.RETRY):
            queue += tree.children(node)
    return nodes
