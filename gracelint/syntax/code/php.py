"""PHP: from tree-sitter's tree to ours. Variables keep their sign, so that functions have none."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from gracelint.base.values import replace
from gracelint.syntax.code import tree
from gracelint.syntax.code.grammars import (
    Case,
    Reader,
    asked,
    field,
    number,
    stepped,
    switched,
    tokens,
    unescaped,
    verbatim,
)
from gracelint.syntax.parsers import parser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from gracelint.syntax.code.grammars import Read

_OPERATORS = {
    **dict.fromkeys(("&&", "and"), "and"),
    **dict.fromkeys(("||", "or"), "or"),
    "??": "??",
    **{sign: sign for sign in ("==", "===", "!=", "!==")},
    "<>": "!=",
    **{sign: sign for sign in ("<", "<=", ">", ">=", "+", "-", "*", "/", "%", ".")},
}
_OWN = frozenset({"self", "static"})
_MAX_LEVELS = 1000
"""Of loops that a `break` leaves; more are not nested. PHP rejects `break 0`."""


def read(text: str, path: str = "") -> tree.Module:
    """The statements of a file; on the command line there is no text around them."""
    alone = path.endswith("[command line]")
    grammar = "language_php_only" if alone else "language_php"
    return _Reader(text).module(parser("tree_sitter_php", grammar), "PHP")


class _Reader(Reader):
    silent = frozenset({"php_tag", "text", "attribute_list", "text_interpolation"})

    def _place(self, node: Node) -> tuple[int, int]:
        return self.at(node.start_byte), self.at(node.end_byte)

    # Expressions --------------------------------------------------------------------------------

    def _name(self, node: Node, start: int, end: int) -> tree.Node:
        return tree.Name(start, end, self.source(node).rpartition("\\")[2])

    def _variable(self, node: Node, start: int, end: int) -> tree.Node:
        return tree.Name(start, end, self.source(node))

    def _literal(self, node: Node, start: int, end: int) -> tree.Node:
        constants = {"true": True, "false": False}
        return tree.Literal(start, end, constants.get(self.source(node).lower()))

    def _number(self, node: Node, start: int, end: int) -> tree.Node:
        return tree.Literal(start, end, number(self.source(node)))

    def _string(self, node: Node, start: int, end: int) -> tree.Node:
        parts: list[tree.Node] = []
        read = verbatim if node.type in {"string", "nowdoc_body"} else unescaped
        for child in node.named_children:
            if child.type in {"string_content", "escape_sequence", "nowdoc_string"}:
                parts.append(tree.Literal(*self._place(child), read(self.source(child))))
            elif child.type == "heredoc_body":
                parts.append(self._string(child, *self._place(child)))
            else:
                parts.append(self.value(child))
        if len(parts) == 1 and isinstance(parts[0], tree.Literal):
            return parts[0]
        return tree.Join(start, end, tuple(parts)) if parts else tree.Literal(start, end, "")

    def _shell(self, node: Node, start: int, end: int) -> tree.Node:
        given = (tree.Argument(start, end, self._string(node, start, end)),)
        return tree.Call(start, end, tree.Name(start, end, "shell_exec"), given)

    def _array(self, node: Node, start: int, end: int) -> tree.Node:
        elements = node.named_children
        keyed = [e for e in elements if len(e.named_children) > 1]
        if keyed:
            pairs = [
                (self.value(e.named_children[0]), self.value(e.named_children[1])) for e in keyed
            ]
            return tree.Mapping(start, end, tuple(pairs))
        items = []
        for one in elements:
            inner = one.named_children[0] if one.named_children else one
            spread = inner.type == "variadic_unpacking"
            value = self.value(inner.named_children[0] if spread else inner)
            items.append(tree.Argument(*self._place(one), value, spread=spread))
        return tree.Sequence(start, end, tuple(items))

    def _targets(self, node: Node, start: int, end: int) -> tree.Node:
        items, filled = [], False
        for child in node.children:
            if child.is_named:
                items.append(tree.Argument(*self._place(child), self.value(child)))
            elif child.type == "," and not filled:
                at = self._place(child)
                items.append(tree.Argument(*at, tree.Name(*at, "\0nobody")))
            filled = child.type != ","
        return tree.Sequence(start, end, tuple(items))

    def _given(self, node: Node | None) -> tuple[tree.Argument, ...]:
        arguments = []
        for child in node.named_children if node is not None else ():
            if child.type != "argument":
                continue
            name = field(child, "name")
            inner = child.named_children[-1] if child.named_children else None
            spread = inner is not None and inner.type == "variadic_unpacking"
            if spread and inner is not None:
                inner = inner.named_children[0]
            named = self.source(name) if name is not None else ""
            arguments.append(tree.Argument(*self._place(child), self.value(inner), named, spread))
        return tuple(arguments)

    def _call(self, node: Node, start: int, end: int) -> tree.Node:
        function, given = self.value(field(node, "function")), field(node, "arguments")
        if _names_function(given):
            return function
        return tree.Call(start, end, function, self._given(given))

    def _method_call(self, node: Node, start: int, end: int) -> tree.Node:
        target, name = field(node, "object") or field(node, "scope"), field(node, "name")
        given, owner = field(node, "arguments"), self._scope_name(target)
        called = self.source(name) if name is not None else ""
        if _names_function(given):
            return tree.Member(start, end, owner, tree.METHOD + called)
        return tree.Call(start, end, tree.Member(start, end, owner, called), self._given(given))

    def _scope_name(self, node: Node | None) -> tree.Node:
        if node is None or (node.type != "relative_scope" and self.source(node) not in _OWN):
            return self.value(node)
        at = self._place(node)
        if self.source(node) == "parent":
            return tree.Call(*at, tree.Name(*at, tree.ABOVE), ())
        return tree.Name(*at, "$this")

    def _member(self, node: Node, start: int, end: int) -> tree.Node:
        target, name = field(node, "object") or field(node, "scope"), field(node, "name")
        text = self.source(name).lstrip("$") if name is not None else ""
        shared = _SHARED if node.type.startswith("scoped_property") else ""
        return tree.Member(start, end, self._scope_name(target), shared + text)

    def _constant(self, node: Node, start: int, end: int) -> tree.Node:
        first, last = node.named_children[0], node.named_children[-1]
        if self.source(last) == "class":
            return self._scope_name(first)
        return tree.Member(start, end, self._scope_name(first), self.source(last))

    def _subscript(self, node: Node, start: int, end: int) -> tree.Node:
        inner = node.named_children
        key = self.value(inner[1]) if len(inner) > 1 else tree.Literal(end, end, None)
        return tree.Index(start, end, self.value(inner[0]), key)

    def _new(self, node: Node, start: int, end: int) -> tree.Node:
        given = next((c for c in node.named_children if c.type == "arguments"), None)
        kind = next((c for c in node.named_children if c.type != "arguments"), None)
        return tree.Call(start, end, self._scope_name(kind), self._given(given), new=True)

    def _function(self, node: Node, start: int, end: int) -> tree.Node:
        name, body = field(node, "name"), field(node, "body")
        statements = self.body(body)
        captures: tuple[tuple[str, bool], ...] | None = ()
        if node.type == "arrow_function":
            captures = None
            at = self._place(body) if body is not None else (start, end)
            statements = (tree.Return(*at, self.value(body)),)
        for clause in node.named_children:
            if clause.type == "anonymous_function_use_clause":
                captures = tuple(
                    (self.source(c).lstrip("&"), c.type == "by_ref") for c in clause.named_children
                )
        declared = node.type in {"function_definition", "method_declaration"}
        return tree.Function(
            start,
            end,
            self.source(name) if name is not None else "",
            self._parameters(field(node, "parameters")),
            (
                *self._promoted(field(node, "parameters")),
                *self._aliases(field(node, "parameters"), body),
                *statements,
            ),
            own_this=node.type == "method_declaration",
            captures=captures,
            declared=declared,
        )

    def _promoted(self, node: Node | None) -> tree.Block:
        """Parameters of a constructor that become properties."""
        kept = []
        for child in node.named_children if node is not None else ():
            name = field(child, "name")
            if child.type == "property_promotion_parameter" and name is not None:
                at, text = self._place(child), self.source(name)
                target = tree.Member(*at, tree.Name(*at, "$this"), text.lstrip("$&"))
                kept.append(tree.Assign(*at, target, tree.Name(*at, text.lstrip("&"))))
        return tuple(kept)

    def _aliases(self, node: Node | None, body: Node | None) -> tree.Block:
        """Parameters that stand for a variable of the caller's, and are kept by a function."""
        text = self.source(body) if body is not None else ""
        aliases = []
        for child in node.named_children if node is not None else ():
            name = field(child, "name")
            by_ref = any(c.type == "reference_modifier" for c in child.named_children)
            if by_ref and name is not None and f"&{self.source(name)}" in text:
                at = self._place(child)
                aliases.append(_aliased(*at, tree.Name(*at, self.source(name))))
        return tuple(aliases)

    def _parameters(self, node: Node | None) -> tuple[tree.Parameter, ...]:
        parameters = []
        for child in node.named_children if node is not None else ():
            name, default = field(child, "name"), field(child, "default_value")
            if name is not None:
                value = self.value(default) if default is not None else None
                rest = child.type == "variadic_parameter"
                parameters.append(
                    tree.Parameter(*self._place(child), self.source(name), value, rest)
                )
        return tuple(parameters)

    def _class(self, node: Node, start: int, end: int) -> tree.Node:
        name, body = field(node, "name"), field(node, "body")
        bases: tree.Block = ()
        inside = body.named_children if body is not None else []
        for child in (*(c for c in inside if c.type == "use_declaration"), *node.named_children):
            if child.type in {"base_clause", "use_declaration"}:
                bases += self.block(c for c in child.named_children if c.type != "use_list")
        methods = self.block(c for c in inside if c.type == "method_declaration")
        properties = self.block(c for c in inside if c.type != "method_declaration")
        members = (*_told_apart(properties, methods), *methods)
        if node.type != "trait_declaration":  # of a trait it is private to the class that uses it
            members = (*self._private(inside), *members)
        return tree.Class(start, end, self.source(name) if name is not None else "", bases, members)

    def _private(self, inside: list[Node]) -> tree.Block:
        """Marks for the properties that no other class sees, those of a constructor among them."""
        marks = []
        for member in inside:
            given = field(member, "parameters")
            promoted = given.named_children if given is not None else []
            for one in (member, *promoted):
                said = [self.source(c) for c in one.named_children if c.type.endswith("_modifier")]
                if "private" not in said or "static" in said:
                    continue
                parts = [one] if one.type == "property_promotion_parameter" else one.named_children
                for part in parts:
                    name = field(part, "name") if part.type.startswith("property_") else None
                    name = name or next(iter(part.named_children), None)
                    if part.type in {"property_element", "property_promotion_parameter"} and name:
                        at = self._place(part)
                        mark = tree.Name(*at, tree.PRIVATE + self.source(name).lstrip("$&"))
                        value = tree.Literal(*at, True)
                        marks.append(tree.Assign(*at, mark, value, declares=True))
        return tuple(marks)

    def _properties(self, node: Node, _start: int, _end: int) -> tree.Block:
        assignments = []
        shared = any(c.type == "static_modifier" for c in node.named_children)
        for child in node.named_children:
            if child.type in {"property_element", "const_element"}:
                at = self._place(child)
                name = field(child, "name") or child.named_children[0]
                value = field(child, "default_value")
                if value is None and child.type == "const_element":
                    value = child.named_children[-1]
                own = self.source(name).lstrip("$")
                target = tree.Name(*at, _SHARED + own if shared else own)
                assignments.append(tree.Assign(*at, target, self.value(value), declares=True))
        return tuple(assignments)

    def _operation(self, node: Node, start: int, end: int) -> tree.Node:
        sign = field(node, "operator")
        operands = (self.value(field(node, "left")), self.value(field(node, "right")))
        operator = _OPERATORS.get(self.source(sign).lower() if sign is not None else "")
        if operator is None:
            return tree.Other(start, end, operands)
        return tree.Operation(start, end, operator, operands)

    def _unary(self, node: Node, start: int, end: int) -> tree.Node:
        inner = self.value(node.named_children[-1])
        sign = self.source(node)[:1]
        if sign == "@":
            return inner
        operator = {"!": "not", "-": "-"}.get(sign)
        if operator is None:
            return tree.Other(start, end, (inner,))
        return tree.Operation(start, end, operator, (inner,))

    def _update(self, node: Node, start: int, end: int) -> tree.Node:
        target = self.value(field(node, "argument") or node.named_children[0])
        return stepped(node, target, start, end)

    def _conditional(self, node: Node, start: int, end: int) -> tree.Node:
        test, then = self.value(field(node, "condition")), field(node, "body")
        other = self.value(field(node, "alternative"))
        if then is None:
            return tree.Operation(start, end, "or", (test, other))
        return tree.Conditional(start, end, test, self.value(then), other)

    def _inner(self, node: Node, start: int, end: int) -> tree.Node:
        nodes = self.block(node.named_children)
        return nodes[0] if len(nodes) == 1 else tree.Other(start, end, nodes)

    def _cast(self, node: Node, start: int, end: int) -> tree.Node:
        """`(int) $value`; other types change nothing that matters here."""
        value = self.value(field(node, "value"))
        kind = field(node, "type")
        if kind is None or self.source(kind).strip() not in {"int", "integer"}:
            return value
        return tree.Call(
            start, end, tree.Name(start, end, "intval"), (tree.Argument(start, end, value),)
        )

    def _assign(self, node: Node, start: int, end: int) -> tree.Node:
        target, value = self.value(field(node, "left")), self.value(field(node, "right"))
        sign = field(node, "operator")
        written = self.source(sign)[:-1] if sign is not None else ""
        operator = _OPERATORS.get(written, "?") if written else ""
        right = field(node, "right")
        if right is not None and right.type in _PLACES and _by_ref(node):
            value = _aliased(start, end, value)
        elif right is not None and right.type in _PLACES and not operator:
            copied = (tree.Argument(value.start, value.end, value),)
            value = tree.Call(start, end, tree.Name(start, end, "\0copy"), copied)
        return tree.Assign(start, end, target, value, operator=operator)

    # Statements ---------------------------------------------------------------------------------

    def _statement(self, node: Node, _start: int, _end: int) -> tree.Block:
        return self.block(node.named_children)

    def _nothing(self, _node: Node, _start: int, _end: int) -> None:
        return None

    def _declare(self, node: Node, start: int, end: int) -> tree.Block:
        """`declare(ticks=1)` lets handlers run between the statements of its file."""
        body = self.block(c for c in node.named_children if c.type != "declare_directive")
        if "ticks" not in self.source(node).partition(")")[0]:
            return body
        return (tree.Call(start, end, tree.Name(start, end, "\0ticks"), ()), *body)

    def _if(self, node: Node, start: int, end: int) -> tree.Node:
        alternatives = node.children_by_field_name("alternative")
        other: tree.Block = ()
        for clause in alternatives[::-1]:
            body = self.body(field(clause, "body"))
            if clause.type == "else_clause":
                other = body
            else:
                test = self.value(field(clause, "condition"))
                other = (tree.If(*self._place(clause), test, body, other),)
        test = self.value(field(node, "condition"))
        return tree.If(start, end, test, self.body(field(node, "body")), other)

    def _while(self, node: Node, start: int, end: int) -> tree.Node:
        test = self.value(field(node, "condition"))
        endless = isinstance(test, tree.Literal) and bool(test.value)
        body = self.body(field(node, "body"))
        last = node.type == "do_statement"
        return tree.Loop(start, end, None if endless else test, body, tested_last=last)

    def _for(self, node: Node, start: int, end: int) -> tree.Block:
        before, after = self.body(field(node, "initialize")), self.body(field(node, "update"))
        condition = field(node, "condition")
        test = self.value(condition) if condition is not None else None
        return (*before, tree.Loop(start, end, test, self.body(field(node, "body")), after))

    def _each(self, node: Node, start: int, end: int) -> tree.Node:
        body = field(node, "body")
        items, target = [c for c in node.named_children if c != body][:2]
        if target.type == "pair":
            key, held = target.named_children[0], target.named_children[-1]
            names = (tree.Argument(*self._place(c), self.value(c)) for c in (key, held))
            both = tree.Sequence(*self._place(target), tuple(names))
            over, inside = self.value(items), self.body(body)
            if held.type == "by_ref":
                inside = (*inside, self._put_back(over, self.value(key), self.value(held)))
            return tree.Each(start, end, both, tree.pairs_of(over), inside)
        value = self.value(target)
        if target.type == "by_ref":
            at, over = self._place(target), self.value(items)
            key_name = tree.Name(*at, "\0key")
            both = tree.Sequence(*at, (tree.Argument(*at, key_name), tree.Argument(*at, value)))
            inside = (*self.body(body), self._put_back(over, key_name, value))
            return tree.Each(start, end, both, tree.pairs_of(over), inside)
        return tree.Each(start, end, value, self.value(items), self.body(body))

    @staticmethod
    def _put_back(items: tree.Node, key: tree.Node, value: tree.Node) -> tree.Node:
        """What a round has made of an item that it has by reference."""
        at = value.start, value.end
        return tree.Assign(*at, tree.Index(*at, items, key), value)

    def _unset(self, node: Node, start: int, end: int) -> tree.Node:
        nodes = self.block(node.named_children)
        places = (n for n in nodes if isinstance(n, tree.Index))
        return tree.Other(start, end, tuple(tree.removal(place) for place in places))

    def _switch(self, node: Node, start: int, end: int) -> tree.Node:
        subject = asked(self.value(field(node, "condition")))
        body = field(node, "body")
        cases: list[Case] = []
        tests: list[tree.Node] = []
        for case in body.named_children if body is not None else ():
            value = field(case, "value")
            inner = self.block(c for c in case.named_children if c != value)
            last = inner[-1] if inner else None
            trimmed = inner[:-1] if isinstance(last, tree.Leave) and not last.label else inner
            goes_on = not isinstance(last, tree.Leave | tree.Return | tree.Raise)
            if case.type == "default_statement":
                cases.append(([], trimmed, goes_on))
                tests = []
            elif case.type == "case_statement":
                test = self.value(value)
                tests.append(tree.Operation(test.start, test.end, "==", (next(subject), test)))
                if inner:
                    cases.append((tests, trimmed, goes_on))
                    tests = []
        chain = switched(start, end, cases)
        if any(isinstance(n, tree.Leave) for n in tree.walk(*chain)):
            leaves = (*chain, tree.Leave(end, end, next_round=False))
            return tree.Loop(start, end, None, leaves, label=tree.SWITCH)
        return chain[0] if len(chain) == 1 else tree.Other(start, end, chain)

    def _match(self, node: Node, start: int, end: int) -> tree.Node:
        """`match (value) { A, B => …, default => … }`."""
        subject = self.value(field(node, "condition"))
        body = field(node, "body")
        thrown = tree.Call(start, end, tree.Name(start, end, "UnhandledMatchError"), (), new=True)
        chain: tree.Node = tree.Raise(start, end, thrown)
        arms = body.named_children if body is not None else []
        last = [c for c in arms if c.type == "match_default_expression"]
        for arm in (*last, *(c for c in arms[::-1] if c not in last)):
            given = self.value(field(arm, "return_expression"))
            listed = field(arm, "conditional_expressions")
            if listed is None:
                chain = given
                continue
            tests = tuple(
                tree.Operation(v.start, v.end, "===", (subject, v))
                for v in self.block(listed.named_children)
            )
            whole = tests[0] if len(tests) == 1 else tree.Operation(start, end, "or", tests)
            chain = tree.Conditional(*self._place(arm), whole, given, chain)
        return chain

    def _try(self, node: Node, start: int, end: int) -> tree.Node:
        handlers: list[tree.Handler] = []
        final: tree.Block = ()
        for child in node.named_children:
            if child.type == "catch_clause":
                kinds, name = field(child, "type"), field(child, "name")
                types = tuple(
                    tree.Name(*self._place(c), self.source(c).rpartition("\\")[2])
                    for c in (kinds.named_children if kinds is not None else ())
                )
                named = self.source(name) if name is not None else ""
                handlers.append(
                    tree.Handler(*self._place(child), types, named, self.body(field(child, "body")))
                )
            elif child.type == "finally_clause":
                final = self.body(field(child, "body"))
        return tree.Try(start, end, self.body(field(node, "body")), tuple(handlers), (), final)

    def _return(self, node: Node, start: int, end: int) -> tree.Node:
        inner = node.named_children
        return tree.Return(start, end, self.value(inner[0]) if inner else None)

    def _yield(self, node: Node, start: int, end: int) -> tree.Node:
        inner = node.named_children
        each = "from" in tokens(node)
        if inner and inner[0].type == "array_element_initializer":
            inner = inner[0].named_children
        return tree.Yield(start, end, self.value(inner[-1]) if inner else None, each)

    def _leave(self, node: Node, start: int, end: int) -> tree.Node:
        again = node.type == "continue_statement"
        written = next((c for c in node.named_children if c.type == "integer"), None)
        if written is None:
            return tree.Leave(start, end, again)
        levels = min(max(number(self.source(written)) or 1, 1), _MAX_LEVELS)
        return tree.Leave(start, end, again, str(int(levels)))

    def _throw(self, node: Node, start: int, end: int) -> tree.Node:
        return tree.Raise(start, end, self.value(node.named_children[0]))

    def _exit(self, node: Node, start: int, end: int) -> tree.Node:
        inner = node.named_children
        given = (tree.Argument(start, end, self.value(inner[0])),) if inner else ()
        return tree.Call(start, end, tree.Name(start, end, "exit"), given)

    def _global(self, node: Node, start: int, end: int) -> tree.Node:
        names = tuple(self.source(c) for c in node.named_children)
        return tree.Shared(start, end, names, everywhere=True)

    def _require(self, node: Node, start: int, end: int) -> tree.Node:
        given = (tree.Argument(start, end, self.value(node.named_children[0])),)
        return tree.Call(start, end, tree.Name(start, end, "require"), given)

    reads: ClassVar[dict[str, Read]] = {
        **dict.fromkeys(("name", "qualified_name"), _name),
        "variable_name": _variable,
        **dict.fromkeys(("boolean", "null"), _literal),
        **dict.fromkeys(("integer", "float"), _number),
        **dict.fromkeys(("string", "encapsed_string", "heredoc", "nowdoc"), _string),
        "shell_command_expression": _shell,
        "array_creation_expression": _array,
        "list_literal": _targets,
        "function_call_expression": _call,
        **dict.fromkeys(
            ("member_call_expression", "nullsafe_member_call_expression", "scoped_call_expression"),
            _method_call,
        ),
        **dict.fromkeys(
            (
                *("member_access_expression", "nullsafe_member_access_expression"),
                "scoped_property_access_expression",
            ),
            _member,
        ),
        "class_constant_access_expression": _constant,
        "subscript_expression": _subscript,
        "object_creation_expression": _new,
        **dict.fromkeys(
            ("anonymous_function", "arrow_function", "function_definition", "method_declaration"),
            _function,
        ),
        **dict.fromkeys(("class_declaration", "trait_declaration", "anonymous_class"), _class),
        **dict.fromkeys(("property_declaration", "const_declaration"), _properties),
        "binary_expression": _operation,
        **dict.fromkeys(("unary_op_expression", "error_suppression_expression"), _unary),
        "update_expression": _update,
        "conditional_expression": _conditional,
        **dict.fromkeys(("parenthesized_expression", "by_ref"), _inner),
        "cast_expression": _cast,
        **dict.fromkeys(
            (
                *("assignment_expression", "augmented_assignment_expression"),
                "reference_assignment_expression",
            ),
            _assign,
        ),
        **dict.fromkeys(
            (
                *("expression_statement", "compound_statement", "echo_statement", "program"),
                *("namespace_definition", "colon_block"),
            ),
            _statement,
        ),
        **dict.fromkeys(
            (
                "namespace_use_declaration",
                "empty_statement",
                "interface_declaration",
                "use_declaration",
                "namespace_name",
            ),
            _nothing,
        ),
        "declare_statement": _declare,
        "if_statement": _if,
        **dict.fromkeys(("while_statement", "do_statement"), _while),
        "for_statement": _for,
        "foreach_statement": _each,
        "switch_statement": _switch,
        "match_expression": _match,
        "try_statement": _try,
        "return_statement": _return,
        **dict.fromkeys(("break_statement", "continue_statement"), _leave),
        "unset_statement": _unset,
        "throw_expression": _throw,
        "exit_statement": _exit,
        "yield_expression": _yield,
        "global_declaration": _global,
        **dict.fromkeys(
            (
                *("require_expression", "require_once_expression"),
                *("include_expression", "include_once_expression"),
            ),
            _require,
        ),
    }


_PLACES = frozenset({"variable_name", "member_access_expression", "subscript_expression"})
"""What stands for a list that is given away as a copy."""


def _told_apart(properties: tree.Block, methods: tree.Block) -> Iterator[tree.Node]:
    """Properties; those that are called like a method stand under another name."""
    called = {method.name for method in methods if isinstance(method, tree.Function)}
    for one in properties:
        if isinstance(one, tree.Assign) and isinstance(one.target, tree.Name):
            name = one.target.name
            own = tree.PROPERTY + name if name in called else name
            yield replace(one, target=tree.Name(one.target.start, one.target.end, own))
        else:
            yield one


_SHARED = "::"
"""What begins the name of a property that belongs to the class, not to an object."""


def _aliased(start: int, end: int, value: tree.Node) -> tree.Call:
    """A second name for what is kept in one place."""
    given = (tree.Argument(start, end, value),)
    return tree.Call(start, end, tree.Name(start, end, "\0aliased"), given)


def _by_ref(node: Node) -> bool:
    return node.type == "reference_assignment_expression"


def _names_function(given: Node | None) -> bool:
    """Whether `f(...)` means the function itself."""
    inside = given.named_children if given is not None else []
    return any(child.type == "variadic_placeholder" for child in inside)
