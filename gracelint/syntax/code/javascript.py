"""JavaScript and TypeScript: from tree-sitter's tree to ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from gracelint.syntax.code import tree
from gracelint.syntax.code.grammars import (
    Case,
    Reader,
    asked,
    field,
    labelled,
    number,
    stepped,
    switched,
    tokens,
    unescaped,
)
from gracelint.syntax.parsers import parser

if TYPE_CHECKING:
    from tree_sitter import Node

    from gracelint.syntax.code.grammars import Read

DEFAULT = "\0default"  # the variable that holds what `export default` gives
_OPERATORS = {
    "&&": "and",
    "||": "or",
    "??": "??",
    "==": "==",
    "===": "===",
    "!=": "!=",
    "!==": "!==",
    "<": "<",
    "<=": "<=",
    ">": ">",
    ">=": ">=",
    "+": "+",
    "-": "-",
    "*": "*",
    "/": "/",
    "%": "%",
}


def read(text: str, path: str = "") -> tree.Module:
    """The statements of a file; TypeScript and JSX are told by the path."""
    if path.endswith((".ts", ".mts", ".cts")):
        return _Reader(text).module(
            parser("tree_sitter_typescript", "language_typescript"), "TypeScript"
        )
    if path.endswith(".tsx"):
        return _Reader(text).module(parser("tree_sitter_typescript", "language_tsx"), "TypeScript")
    return _Reader(text).module(parser("tree_sitter_javascript"), "JavaScript")


class _Reader(Reader):
    silent = frozenset({"type_annotation", "decorator", "hash_bang_line"})

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.awaited: set[int] = set()

    # Expressions --------------------------------------------------------------------------------

    def _name(self, node: Node, start: int, end: int) -> tree.Node:
        return tree.Name(start, end, self.source(node))

    def _undefined(self, _node: Node, start: int, end: int) -> tree.Node:
        return tree.Literal(start, end, None)

    def _boolean(self, node: Node, start: int, end: int) -> tree.Node:
        return tree.Literal(start, end, node.type == "true")

    def _number(self, node: Node, start: int, end: int) -> tree.Node:
        return tree.Literal(start, end, number(self.source(node)))

    def _string(self, node: Node, start: int, end: int) -> tree.Node:
        return tree.Literal(start, end, unescaped(self.source(node)[1:-1]))

    def _template(self, node: Node, start: int, end: int) -> tree.Node:
        parts: list[tree.Node] = []
        for child in node.named_children:
            at, to = self.at(child.start_byte), self.at(child.end_byte)
            if child.type == "template_substitution":
                parts += self.block(child.named_children)
            else:
                parts.append(tree.Literal(at, to, unescaped(self.source(child))))
        if not parts:
            return tree.Literal(start, end, "")
        return tree.Join(start, end, tuple(parts))

    def _regex(self, _node: Node, start: int, end: int) -> tree.Node:
        return tree.Other(start, end, ())

    def _member(self, node: Node, start: int, end: int) -> tree.Node:
        name, optional = field(node, "property"), field(node, "optional_chain") is not None
        target = self.value(field(node, "object"))
        return tree.Member(start, end, target, self.source(name) if name else "", optional)

    def _subscript(self, node: Node, start: int, end: int) -> tree.Node:
        target, key = self.value(field(node, "object")), self.value(field(node, "index"))
        if isinstance(key, tree.Literal) and isinstance(key.value, str):
            return tree.Member(start, end, target, key.value)
        return tree.Index(start, end, target, key)

    def _call(self, node: Node, start: int, end: int) -> tree.Node:
        """The grammar takes `await (…)(x)` for calls of a function of that name."""
        waited = self._awaited(node)
        if waited is not None and waited.start_byte not in self.awaited:
            self.awaited.add(waited.start_byte)
            return tree.Wait(start, end, self.value(node))
        called, given = (
            field(node, "function") or field(node, "constructor"),
            field(node, "arguments"),
        )
        arguments = () if given is None else self._arguments(given)
        if waited is not None and waited == node:
            return arguments[-1].value if arguments else tree.Other(start, end, ())
        new = node.type == "new_expression"
        return tree.Call(start, end, self.value(called), arguments, new)

    def _awaited(self, node: Node) -> Node | None:
        """What a chain of calls and members begins with, where that is a call of `await`."""
        called: Node | None = node
        while called is not None and called.type in _CHAINED:
            inner = field(called, "function") or field(called, "object")
            is_call = called.type == "call_expression"
            short = inner is not None and inner.end_byte - inner.start_byte == len("await")
            if is_call and inner is not None and short and self.source(inner) == "await":
                return called
            called = inner
        return None

    def _enum(self, node: Node, start: int, end: int) -> tree.Node:
        """`enum`: an object that has a number for each name, unless another value is given."""
        name, body = field(node, "name"), field(node, "body")
        pairs: list[tuple[tree.Node | None, tree.Node]] = []
        following: int | None = 0
        for member in body.named_children if body is not None else ():
            key, value = field(member, "name") or member, field(member, "value")
            made = tree.Literal(start, end, following) if value is None else self.value(value)
            whole = made.value if isinstance(made, tree.Literal) else None
            following = whole + 1 if isinstance(whole, int) else None
            pairs.append((self._key(key), made))
        target = tree.Name(start, end, self.source(name) if name is not None else "")
        return tree.Assign(
            start, end, target, tree.Mapping(start, end, tuple(pairs)), declares=True
        )

    def _arguments(self, node: Node) -> tuple[tree.Argument, ...]:
        if node.type == "template_string":
            at = self.at(node.start_byte), self.at(node.end_byte)
            return (tree.Argument(*at, self.value(node)),)
        arguments = []
        for child in node.named_children:
            if child.type in self.silent:
                continue
            spread = child.type == "spread_element"
            inner = child.named_children[0] if spread and child.named_children else child
            at = self.at(child.start_byte), self.at(child.end_byte)
            arguments.append(tree.Argument(*at, self.value(inner), spread=spread))
        return tuple(arguments)

    def _array_pattern(self, node: Node, start: int, end: int) -> tree.Node:
        """`[a, , b]`: what is left out has a place as well."""
        items: list[tree.Argument] = []
        filled = False
        for child in node.children:
            if child.type == ",":
                if not filled:
                    items.append(tree.Argument(start, end, tree.Name(start, end, "\0left-out")))
                filled = False
            elif child.is_named and child.type not in self.silent:
                filled = True
                rest = child.type == "rest_pattern" and child.named_children
                target = child.named_children[0] if rest else child
                items.append(tree.Argument(start, end, self.value(target), spread=bool(rest)))
        return tree.Sequence(start, end, tuple(items))

    def _array(self, node: Node, start: int, end: int) -> tree.Node:
        items = []
        for argument in self._arguments(node):
            value, spread = argument.value, argument.spread
            if isinstance(value, tree.Other) and len(value.parts) == 1:
                spread, value = True, value.parts[0]
            items.append(tree.Argument(argument.start, argument.end, value, spread=spread))
        return tree.Sequence(start, end, tuple(items))

    def _object(self, node: Node, start: int, end: int) -> tree.Node:
        pairs: list[tuple[tree.Node | None, tree.Node]] = []
        for child in node.named_children:
            at = self.at(child.start_byte), self.at(child.end_byte)
            match child.type:
                case "pair" | "pair_pattern":
                    pairs.append(
                        (self._key(field(child, "key")), self.value(field(child, "value")))
                    )
                case "shorthand_property_identifier" | "shorthand_property_identifier_pattern":
                    name = self.source(child)
                    pairs.append((tree.Literal(*at, name), tree.Name(*at, name)))
                case "object_assignment_pattern":
                    left = field(child, "left")
                    if left is not None and left.type.startswith("shorthand_property"):
                        name = self.source(left)
                        default = self.value(field(child, "right"))
                        target = tree.Assign(*at, tree.Name(*at, name), default)
                        pairs.append((tree.Literal(*at, name), target))
                case "method_definition" if "set" not in tokens(child):
                    name_node = field(child, "name")
                    pairs.append((self._key(name_node), self.value(child)))
                case "spread_element" | "rest_pattern":
                    pairs.append((None, self.value(child.named_children[0])))
        return tree.Mapping(start, end, tuple(pairs))

    def _key(self, node: Node | None) -> tree.Node:
        if node is None:
            return tree.Literal(0, 0, None)
        at = self.at(node.start_byte), self.at(node.end_byte)
        if node.type == "computed_property_name":
            return self.value(node.named_children[0])
        if node.type in {"string", "number"}:
            return self.value(node)
        return tree.Literal(*at, self.source(node))

    def _pattern_default(self, node: Node, start: int, end: int) -> tree.Node:
        return tree.Assign(
            start, end, self.value(field(node, "left")), self.value(field(node, "right"))
        )

    def _function(self, node: Node, start: int, end: int) -> tree.Node:
        name = field(node, "name")
        body = field(node, "body")
        block = body is not None and body.type == "statement_block"
        statements = self.body(body)
        if not block and body is not None:
            at = self.at(body.start_byte), self.at(body.end_byte)
            statements = (tree.Return(*at, self.value(body)),)
        given, kept = self._parameters(node)
        return tree.Function(
            start,
            end,
            self.source(name) if name else "",
            given,
            (*kept, *statements),
            deferred="async" in tokens(node),
            own_this=node.type != "arrow_function",
            declared=node.type in {"function_declaration", "generator_function_declaration"},
            itself=node.type in {"function_expression", "function", "generator_function"},
        )

    def _parameters(self, node: Node) -> tuple[tuple[tree.Parameter, ...], tree.Block]:
        """The parameters, and the assignments by which some become members (TypeScript)."""
        alone = field(node, "parameter")
        listed = field(node, "parameters")
        nodes = [alone] if alone is not None else listed.named_children if listed else []
        parameters, kept = [], []
        for child in nodes:
            if child.type in self.silent:
                continue
            one = self._parameter(child)
            if one is None:
                continue
            parameters.append(one)
            if any(c.type == "accessibility_modifier" for c in child.children):
                at = one.start, one.end
                this = tree.Member(*at, tree.Name(*at, "this"), one.name)
                kept.append(tree.Assign(*at, this, tree.Name(*at, one.name)))
        return tuple(parameters), tuple(kept)

    def _parameter(self, node: Node) -> tree.Parameter | None:
        at = self.at(node.start_byte), self.at(node.end_byte)
        default = None
        rest = False
        inner: Node | None = node
        if node.type in {"required_parameter", "optional_parameter"}:
            inner = field(node, "pattern")
            value = field(node, "value")
            default = self.value(value) if value is not None else None
        if inner is not None and inner.type == "assignment_pattern":
            default, inner = self.value(field(inner, "right")), field(inner, "left")
        if inner is not None and inner.type == "rest_pattern":
            rest, inner = True, inner.named_children[0] if inner.named_children else None
        if inner is None or inner.type == "this":
            return None
        if inner.type == "identifier":
            return tree.Parameter(*at, self.source(inner), default, rest)
        return tree.Parameter(*at, f"\0{at[0]}", default, rest, self.value(inner))

    def _class(self, node: Node, start: int, end: int) -> tree.Node:
        name = field(node, "name")
        bases: list[tree.Node] = []
        for child in node.named_children:
            if child.type == "class_heritage":
                for part in child.named_children:
                    if part.type == "extends_clause":
                        bases.append(self.value(field(part, "value")))
                    elif part.type != "implements_clause":
                        bases.append(self.value(part))
        body = field(node, "body")
        members = self.block(body.named_children) if body is not None else ()
        return tree.Class(start, end, self.source(name) if name else "", tuple(bases), members)

    def _method(self, node: Node, start: int, end: int) -> tree.Node | None:
        parent = node.parent
        inside = parent is not None and parent.type == "class_body"
        sets = "set" in tokens(node)
        if sets and not inside:
            return None
        function = self._function(node, start, end)
        assert isinstance(function, tree.Function)
        return tree.Function(
            start,
            end,
            f"{tree.SETTER}{function.name}" if sets else function.name,
            function.parameters,
            function.body,
            deferred=function.deferred,
            own_this=True,
            declared=inside,
            getter="get" in tokens(node),
        )

    def _yield(self, node: Node, start: int, end: int) -> tree.Node:
        inner = node.named_children
        value = self.value(inner[0]) if inner else None
        return tree.Yield(start, end, value, "*" in tokens(node))

    def _class_field(self, node: Node, start: int, end: int) -> tree.Node | None:
        name = field(node, "property") or field(node, "name")
        value = field(node, "value")
        if name is None:
            return None
        target = tree.Name(start, end, self.source(name))
        return tree.Assign(start, end, target, self.value(value), declares=True)

    def _operation(self, node: Node, start: int, end: int) -> tree.Node:
        left, right = field(node, "left"), field(node, "right")
        sign = field(node, "operator")
        operator = _OPERATORS.get(self.source(sign) if sign else "")
        if operator in {"and", "or", "??"}:
            return self._chain(node, operator, start, end)
        operands = (self.value(left), self.value(right))
        if operator is None:
            return tree.Other(start, end, operands)
        return tree.Operation(start, end, operator, operands)

    def _chain(self, node: Node, operator: str, start: int, end: int) -> tree.Node:
        operands = (self.value(field(node, "left")), self.value(field(node, "right")))
        return tree.Operation(start, end, operator, operands)

    def _unary(self, node: Node, start: int, end: int) -> tree.Node:
        sign, inner = field(node, "operator"), self.value(field(node, "argument"))
        written = self.source(sign) if sign else ""
        if written == "delete" and isinstance(inner, tree.Index | tree.Member):
            return tree.removal(inner)
        operator = {"!": "not", "-": "-"}.get(written)
        if written == "typeof" and isinstance(inner, tree.Name):
            return tree.Other(start, end, ())  # it need not be there
        if operator is None:
            return tree.Other(start, end, (inner,))
        return tree.Operation(start, end, operator, (inner,))

    def _update(self, node: Node, start: int, end: int) -> tree.Node:
        return stepped(node, self.value(field(node, "argument")), start, end)

    def _conditional(self, node: Node, start: int, end: int) -> tree.Node:
        parts = (self.value(field(node, n)) for n in ("condition", "consequence", "alternative"))
        return tree.Conditional(start, end, *parts)

    def _await(self, node: Node, start: int, end: int) -> tree.Node:
        return tree.Wait(start, end, self.value(node.named_children[0]))

    def _inner(self, node: Node, _start: int, _end: int) -> tree.Node:
        """What stands in brackets, or what a type is said of."""
        return self.value(next(iter(node.named_children), None))

    def _assign(self, node: Node, start: int, end: int) -> tree.Node:
        target, value = self.value(field(node, "left")), self.value(field(node, "right"))
        sign = field(node, "operator")
        written = self.source(sign)[:-1] if sign is not None else ""
        operator = _OPERATORS.get(written, "?") if written else ""
        return tree.Assign(start, end, target, value, operator=operator)

    # Statements ---------------------------------------------------------------------------------

    def _statement(self, node: Node, _start: int, _end: int) -> tree.Block:
        return self.block(node.named_children)

    def _nothing(self, _node: Node, _start: int, _end: int) -> None:
        return None

    def _declaration(self, node: Node, _start: int, _end: int) -> tree.Block:
        assignments = []
        for child in node.named_children:
            if child.type != "variable_declarator":
                continue
            at = self.at(child.start_byte), self.at(child.end_byte)
            target, value = field(child, "name"), field(child, "value")
            assignments.append(
                tree.Assign(*at, self.value(target), self.value(value), declares=True)
            )
        return tuple(assignments)

    def _if(self, node: Node, start: int, end: int) -> tree.Node:
        test = self.value(field(node, "condition"))
        then, other = self.body(field(node, "consequence")), field(node, "alternative")
        otherwise = self.block(other.named_children) if other is not None else ()
        return tree.If(start, end, test, then, otherwise)

    def _while(self, node: Node, start: int, end: int) -> tree.Node:
        test = self._test(field(node, "condition"))
        body = self.body(field(node, "body"))
        return tree.Loop(start, end, test, body, tested_last=node.type == "do_statement")

    def _test(self, node: Node | None) -> tree.Node | None:
        condition = self.value(node) if node is not None else None
        endless = isinstance(condition, tree.Literal) and bool(condition.value)
        return (
            None
            if endless or (isinstance(condition, tree.Other) and not condition.parts)
            else condition
        )

    def _for(self, node: Node, start: int, end: int) -> tree.Block:
        before = self.body(field(node, "initializer"))
        condition = field(node, "condition")
        test = None if condition is None or condition.type == "empty_statement" else condition
        after = self.body(field(node, "increment"))
        body = self.body(field(node, "body"))
        check = self._test(self._unwrapped(test))
        return (*before, tree.Loop(start, end, check, body, after))

    @staticmethod
    def _unwrapped(node: Node | None) -> Node | None:
        if node is not None and node.type == "expression_statement" and node.named_children:
            return node.named_children[0]
        return node

    def _each(self, node: Node, start: int, end: int) -> tree.Node:
        sign = field(node, "operator")
        return tree.Each(
            start,
            end,
            self.value(field(node, "left")),
            self.value(field(node, "right")),
            self.body(field(node, "body")),
            declares=field(node, "kind") is not None,
            keys=sign is not None and self.source(sign) == "in",
        )

    def _switch(self, node: Node, start: int, end: int) -> tree.Node:
        """A chain of conditions."""
        subject = asked(self.value(field(node, "value")))
        body = field(node, "body")
        tests: list[tree.Node] = []
        cases: list[Case] = []
        for case in body.named_children if body is not None else ():
            if case.type not in {"switch_case", "switch_default"}:
                continue
            label = field(case, "value")
            inner = self.block(c for c in case.named_children if c != label)
            if label is not None:
                test = self.value(label)
                tests.append(tree.Operation(test.start, test.end, "===", (next(subject), test)))
            if inner or label is None:
                kept = _without_break(inner)
                goes_on = not isinstance(inner[-1] if inner else None, _ENDS_CASE)
                cases.append((tests if label is not None else [], kept, goes_on))
                tests = []
        chain = switched(start, end, cases)
        if any(isinstance(n, tree.Leave) and not n.next_round for n in tree.walk(*chain)):
            leaves = (*chain, tree.Leave(end, end, next_round=False))
            return tree.Loop(start, end, None, leaves, label=tree.SWITCH)
        return chain[0] if len(chain) == 1 else tree.Other(start, end, chain)

    def _try(self, node: Node, start: int, end: int) -> tree.Node:
        caught, final = field(node, "handler"), field(node, "finalizer")
        handlers: tuple[tree.Handler, ...] = ()
        if caught is not None:
            name = field(caught, "parameter")
            named = self.source(name) if name is not None and name.type == "identifier" else ""
            at = self.at(caught.start_byte), self.at(caught.end_byte)
            handlers = (tree.Handler(*at, (), named, self.body(field(caught, "body"))),)
        last = self.body(field(final, "body")) if final is not None else ()
        return tree.Try(start, end, self.body(field(node, "body")), handlers, (), last)

    def _return(self, node: Node, start: int, end: int) -> tree.Node:
        children = node.named_children
        return tree.Return(start, end, self.value(children[0]) if children else None)

    def _throw(self, node: Node, start: int, end: int) -> tree.Node:
        return tree.Raise(start, end, self.value(node.named_children[0]))

    def _leave(self, node: Node, start: int, end: int) -> tree.Node:
        return tree.Leave(start, end, node.type == "continue_statement", self._label(node))

    def _labelled(self, node: Node, _start: int, _end: int) -> tree.Block:
        return labelled(self.body(field(node, "body")), self._label(node))

    def _label(self, node: Node) -> str:
        label = field(node, "label")
        return "" if label is None else self.source(label)

    # Modules ------------------------------------------------------------------------------------

    def _import(self, node: Node, start: int, end: int) -> tree.Node | None:
        if "type" in tokens(node):
            return None
        module = self._module(field(node, "source"))
        names: list[tuple[str, str]] = []
        for clause in node.named_children:
            if clause.type == "import_require_clause":
                target = clause.named_children[0]
                module = self._module(field(clause, "source") or clause.named_children[-1])
                names.append(("", self.source(target)))
            if clause.type != "import_clause":
                continue
            for child in clause.named_children:
                names += self._imported(child)
        return tree.Import(start, end, module, tuple(names))

    def _imported(self, node: Node) -> list[tuple[str, str]]:
        if node.type == "identifier":
            return [("default", self.source(node))]
        if node.type == "namespace_import":
            return [("", self.source(node.named_children[0]))]
        names = []
        for one in node.named_children:
            name, alias = field(one, "name"), field(one, "alias")
            if name is not None and "type" not in tokens(one):
                what = self.source(name).strip("'\"")
                names.append((what, self.source(alias) if alias else what))
        return names

    def _module(self, node: Node | None) -> str:
        return unescaped(self.source(node)[1:-1]) if node is not None else ""

    def _export(self, node: Node, start: int, end: int) -> tree.Block:
        source, declared, value = (field(node, n) for n in ("source", "declaration", "value"))
        signs = tokens(node)
        if "type" in signs:
            return ()
        if declared is not None:
            return self._exported_declaration(self.body(declared), start, end, "default" in signs)
        if value is not None:
            target = tree.Name(start, end, DEFAULT)
            if "=" in signs:
                whole = tree.Member(start, end, tree.Name(start, end, "module"), "exports")
                return (tree.Assign(start, end, whole, self.value(value)),)
            return (
                tree.Assign(start, end, target, self.value(value), declares=True),
                tree.Export(start, end, ((DEFAULT, "default"),)),
            )
        names = self._export_names(node)
        if source is None:
            return (tree.Export(start, end, tuple(names)),)
        module = self._module(source)
        if not names:
            return (
                tree.Import(start, end, module, (("*", ""),)),
                tree.Export(start, end, (("*", module),)),
            )
        taken = tuple((what, f"\0{shown}") for what, shown in names)
        given = tuple((f"\0{shown}", shown) for _, shown in names)
        return tree.Import(start, end, module, taken), tree.Export(start, end, given)

    def _export_names(self, node: Node) -> list[tuple[str, str]]:
        names = []
        for clause in node.named_children:
            if clause.type == "namespace_export":
                return [("", self.source(clause.named_children[0]))]
            for one in clause.named_children if clause.type == "export_clause" else ():
                name, alias = field(one, "name"), field(one, "alias")
                if name is not None:
                    what = self.source(name)
                    names.append((what, self.source(alias) if alias else what))
        return names

    @staticmethod
    def _exported_declaration(block: tree.Block, start: int, end: int, default: bool) -> tree.Block:
        names: list[str] = []
        for one in block:
            match one:
                case tree.Function() | tree.Class():
                    names.append(one.name)
                case tree.Assign():
                    names += [n.name for n in tree.walk(one.target) if isinstance(n, tree.Name)]
        if not default:
            return (*block, tree.Export(start, end, tuple((n, n) for n in names)))
        if names and names[0]:
            return (*block, tree.Export(start, end, ((names[0], "default"),)))
        target = tree.Name(start, end, DEFAULT)
        value = block[0] if block else tree.Literal(start, end, None)
        kept = tree.Assign(start, end, target, value, declares=True)
        return kept, tree.Export(start, end, ((DEFAULT, "default"),))

    reads: ClassVar[dict[str, Read]] = {
        **dict.fromkeys(
            ("identifier", "this", "super", "import", "property_identifier", "meta_property"), _name
        ),
        **dict.fromkeys(("undefined", "null"), _undefined),
        **dict.fromkeys(("true", "false"), _boolean),
        "number": _number,
        "string": _string,
        "template_string": _template,
        "regex": _regex,
        "member_expression": _member,
        "subscript_expression": _subscript,
        **dict.fromkeys(("call_expression", "new_expression"), _call),
        "array": _array,
        "array_pattern": _array_pattern,
        **dict.fromkeys(("object", "object_pattern"), _object),
        "assignment_pattern": _pattern_default,
        **dict.fromkeys(
            (
                *("function_declaration", "function_expression", "function", "arrow_function"),
                *("generator_function", "generator_function_declaration"),
            ),
            _function,
        ),
        "method_definition": _method,
        "yield_expression": _yield,
        **dict.fromkeys(("class_declaration", "class", "abstract_class_declaration"), _class),
        **dict.fromkeys(("field_definition", "public_field_definition"), _class_field),
        "binary_expression": _operation,
        "unary_expression": _unary,
        "update_expression": _update,
        "ternary_expression": _conditional,
        "await_expression": _await,
        **dict.fromkeys(
            (
                *("parenthesized_expression", "as_expression", "satisfies_expression"),
                "non_null_expression",
            ),
            _inner,
        ),
        **dict.fromkeys(("assignment_expression", "augmented_assignment_expression"), _assign),
        **dict.fromkeys(
            ("expression_statement", "statement_block", "program", "else_clause"), _statement
        ),
        **dict.fromkeys(
            (
                *("empty_statement", "interface_declaration", "type_alias_declaration"),
                *(
                    "ambient_declaration",
                    "function_signature",
                    "method_signature",
                    "debugger_statement",
                ),
                *("class_static_block", "abstract_method_signature", "index_signature"),
            ),
            _nothing,
        ),
        **dict.fromkeys(("lexical_declaration", "variable_declaration"), _declaration),
        "enum_declaration": _enum,
        "if_statement": _if,
        **dict.fromkeys(("while_statement", "do_statement"), _while),
        "for_statement": _for,
        "for_in_statement": _each,
        "switch_statement": _switch,
        "try_statement": _try,
        "return_statement": _return,
        "throw_statement": _throw,
        **dict.fromkeys(("break_statement", "continue_statement"), _leave),
        "labeled_statement": _labelled,
        "import_statement": _import,
        "export_statement": _export,
    }


_CHAINED = frozenset({"call_expression", "member_expression", "subscript_expression"})
_ENDS_CASE = (tree.Leave, tree.Return, tree.Raise)


def _without_break(body: tree.Block) -> tree.Block:
    last = body[-1] if body else None
    if isinstance(last, tree.Leave) and not last.next_round and not last.label:
        return body[:-1]
    return body
