"""Java: from tree-sitter's tree to ours.

A name that stands alone may be a variable, or a member of the object around it or of its class.
Members of objects are told by the classes of the file; `\\0this:NAME` is the object of a class,
also in the classes and lambdas that are written in its methods.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from gracelint.syntax.code import tree
from gracelint.syntax.code.grammars import (
    MAX_FOLLOWING,
    Reader,
    field,
    labelled,
    number,
    stepped,
    unescaped,
)
from gracelint.syntax.parsers import parser

if TYPE_CHECKING:
    from tree_sitter import Node

    from gracelint.syntax.code.grammars import Read

SIBLINGS = "."
"""The module that stands for the program's other files."""
_OPERATORS = {"&&": "and", "||": "or"}
_KNOWN = frozenset({"==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "&&", "||"})
_INHERITED = frozenset(
    {"isInterrupted", "interrupt", "start", "join", "wait", "notify", "notifyAll", "setDaemon"}
)
_CLASSES = ("class_declaration", "enum_declaration", "interface_declaration", "record_declaration")
_MEMBERS = ("method_declaration", "field_declaration", "constructor_declaration")


STARTED = "\0started"
"""The variable that holds the name of the class whose `main` is called."""


def read(text: str) -> tree.Module:
    """The statements of a file: its classes, and a call of `main` where one of them is started."""
    reader = _Reader(text)
    module = reader.module(parser("tree_sitter_java"), "Java")
    if not module.problem:
        module.body = (tree.Import(0, 0, SIBLINGS), *module.body, *reader.calls)
    return module


_NUMBERS = frozenset({"int", "long", "short", "byte", "double", "float"})


class _Reader(Reader):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.owned: list[tuple[str, frozenset[str]]] = []  # classes around, with members of objects
        self.shared: list[frozenset[str]] = []  # of these classes, the members of their own
        self.locals: list[set[str]] = [set()]
        self.around: list[str] = []
        self.calls: list[tree.Node] = []  # of each `main`, if it is the one that is started

    # Classes --------------------------------------------------------------------------------------

    def _import(self, _node: Node, _start: int, _end: int) -> None:
        return None

    def _class(self, node: Node, start: int, end: int) -> tree.Class:
        named = field(node, "name")
        name = self.source(named) if named is not None else ""
        return self._class_of(name, node, self._bases(node), (start, end))

    def _bases(self, node: Node) -> tuple[tree.Node, ...]:
        above = field(node, "superclass"), field(node, "interfaces")
        types = [t for part in above if part is not None for t in _types(part)]
        return tuple(self._named(t) for t in types)

    def _named(self, node: Node) -> tree.Node:
        """A type as a value, without its parameters."""
        start, end = self.at(node.start_byte), self.at(node.end_byte)
        while node.type in {"generic_type", "annotated_type"} and node.named_children:
            node = node.named_children[0]
        name = self.source(node)
        value: tree.Node | None = None
        for part in name.split("."):
            value = tree.Member(start, end, value, part) if value else tree.Name(start, end, part)
        return value or tree.Name(start, end, name)

    def _class_of(
        self, name: str, node: Node, bases: tuple[tree.Node, ...], at: tuple[int, int]
    ) -> tree.Class:
        body = node if node.type == "class_body" else field(node, "body")
        members = _members(body)
        named = [(m, n) for m in members if m.type in _MEMBERS for n in _names(m)]
        own, shared = ([n for m, n in named if self.is_static(m) is of] for of in (False, True))
        name = name or f"anonymous{at[0]}"
        parameters = field(node, "parameters") if node.type == "record_declaration" else None
        listed = self._parameters(parameters)
        mine = frozenset(self.source(n) for n in own) | {p.name for p in listed}
        if not self.owned and any(_is_main(m, self) for m in members):
            self._starts(name, at)
        self.owned.append((name, mine))
        self.shared.append(frozenset(self.source(n) for n in shared))
        nested = self.block(m for m in members if m.type in _CLASSES)
        constants = self.block(m for m in members if m.type == "enum_constant")
        methods = self.block(m for m in members if m.type == "method_declaration")
        statics = [
            m
            for m in members
            if m.type == "static_initializer"
            or (m.type == "field_declaration" and self.is_static(m))
        ]
        maker = self._maker(members, listed, at, above=bool(bases))
        whole = (*nested, *methods, maker, *constants, *self.block(statics))
        self.owned.pop()
        self.shared.pop()
        return tree.Class(*at, name, bases, whole)

    def _starts(self, name: str, at: tuple[int, int]) -> None:
        started = tree.Name(*at, STARTED)
        test = tree.Operation(*at, "==", (started, tree.Literal(*at, name)))
        main = tree.Member(*at, tree.Name(*at, name), "main")
        given = tree.Argument(*at, tree.Name(*at, "\0args"))
        self.calls.append(tree.If(*at, test, (tree.Call(*at, main, (given,)),), ()))

    def _words_before(self, node: Node) -> list[str]:
        """What a member is said to be: `private`, `static`, `synchronized`."""
        head = next((c for c in node.named_children if c.type == "modifiers"), None)
        return self.source(head).split() if head is not None else []

    def is_static(self, node: Node) -> bool:
        """Whether a member belongs to the class itself."""
        constant = node.type == "field_declaration" and node.parent is not None
        return "static" in self._words_before(node) or (
            constant and node.parent is not None and node.parent.type == "interface_body"
        )

    def _maker(
        self,
        members: list[Node],
        listed: tuple[tree.Parameter, ...],
        at: tuple[int, int],
        *,
        above: bool,
    ) -> tree.Function:
        """The constructor: fields get their values first. Of several the longest is taken."""
        fields = [m for m in members if m.type == "field_declaration" and not self.is_static(m)]
        makers = [m for m in members if m.type == "constructor_declaration"]
        self.locals.append(set())
        mine: list[tree.Node] = [self._own(*at)]
        explicit = False
        values = [one for m in fields for one in self._fields(m)]
        body: tree.Block = ()
        if makers:
            chosen = max(makers, key=lambda m: len(_inside(field(m, "parameters"))))
            listed = self._parameters(field(chosen, "parameters"))
            self.locals[-1].update(p.name for p in listed)
            inner = field(chosen, "body")
            explicit = any(c.type == "explicit_constructor_invocation" for c in _inside(inner))
            body = self.body(inner)
        else:
            this = tree.Name(*at, "this")
            body = tuple(
                tree.Assign(*at, tree.Member(*at, this, p.name), tree.Name(*at, p.name))
                for p in listed
            )
        self.locals.pop()
        if above and not explicit:
            mine.append(made_above(*at, ()))
        whole = (*mine, *values, *body)
        return tree.Function(*at, "constructor", listed, whole, own_this=True, declared=True)

    def _own(self, start: int, end: int) -> tree.Assign:
        target = tree.Name(start, end, f"\0this:{self.owned[-1][0]}")
        return tree.Assign(start, end, target, tree.Name(start, end, "this"), declares=True)

    def _fields(self, node: Node) -> list[tree.Node]:
        """The fields of an object, with their first values."""
        fields: list[tree.Node] = []
        for one in node.children_by_field_name("declarator"):
            start, end = self.at(one.start_byte), self.at(one.end_byte)
            name, value = field(one, "name"), field(one, "value")
            target = tree.Member(
                start, end, tree.Name(start, end, "this"), self.source(name) if name else ""
            )
            first = self.value(value) if value is not None else self._zero(field(node, "type"))
            fields.append(tree.Assign(start, end, target, first))
        return fields

    def _zero(self, node: Node | None) -> tree.Node:
        kind = node.type if node is not None else ""
        plain = {"boolean_type": False, "integral_type": 0, "floating_point_type": 0}
        return tree.Literal(0, 0, plain.get(kind))

    def _method(self, node: Node, start: int, end: int) -> tree.Node:
        name = field(node, "name")
        listed = self._parameters(field(node, "parameters"))
        self.locals.append({p.name for p in listed})
        static = self.is_static(node)
        before = () if static or not self.owned else (self._own(start, end),)
        around, self.around = self.around, []
        body = self.body(field(node, "body"))
        if "synchronized" in self._words_before(node):
            word = self.owned[-1][0] if static and self.owned else "this"
            body = _holding(tree.Name(start, end, word), body)
        body = (*before, *body)
        self.around = around
        self.locals.pop()
        called = self.source(name) if name is not None else ""
        return tree.Function(start, end, called, listed, body, own_this=not static, declared=True)

    def _parameters(self, node: Node | None) -> tuple[tree.Parameter, ...]:
        if node is not None and node.type == "identifier":
            at = self.at(node.start_byte), self.at(node.end_byte)
            return (tree.Parameter(*at, self.source(node)),)
        parameters = []
        for one in _inside(node):
            named = one if one.type == "identifier" else field(one, "name")
            rest = one.type == "spread_parameter"
            if rest:
                inner = [c for c in one.named_children if c.type == "variable_declarator"]
                named = field(inner[0], "name") if inner else None
            if named is not None:
                at = self.at(one.start_byte), self.at(one.end_byte)
                parameters.append(tree.Parameter(*at, self.source(named), rest=rest))
        return tuple(parameters)

    def _static_block(self, node: Node, _start: int, _end: int) -> tree.Block:
        return self.block(node.named_children)

    def _constant(self, node: Node, start: int, end: int) -> tree.Node:
        name = field(node, "name")
        value = tree.Literal(start, end, self.source(name) if name else "")
        return tree.Assign(
            start, end, tree.Name(start, end, str(value.value)), value, declares=True
        )

    # Expressions ----------------------------------------------------------------------------------

    def _name(self, node: Node, start: int, end: int) -> tree.Node:
        return self._member_or_name(self.source(node), start, end)

    def _member_or_name(self, name: str, start: int, end: int) -> tree.Node:
        if not any(name in names for names in self.locals):
            for owner, mine in self.owned[::-1]:
                if name in mine:
                    this = tree.Name(start, end, f"\0this:{owner}")
                    return tree.Member(start, end, this, name)
        return tree.Name(start, end, name)

    def _this(self, _node: Node, start: int, end: int) -> tree.Node:
        return tree.Name(start, end, f"\0this:{self.owned[-1][0]}" if self.owned else "this")

    def _plain(self, node: Node, start: int, end: int) -> tree.Node:
        return tree.Literal(start, end, {"true": True, "false": False}.get(node.type))

    def _number(self, node: Node, start: int, end: int) -> tree.Node:
        return tree.Literal(start, end, number(self.source(node).rstrip("fFdD")))

    def _string(self, node: Node, start: int, end: int) -> tree.Node:
        text = self.source(node)
        if node.type == "character_literal":
            return tree.Literal(start, end, unescaped(text[1:-1]))
        return tree.Literal(start, end, unescaped(text.strip('"').lstrip("\n")))

    def _field_of(self, node: Node, start: int, end: int) -> tree.Node:
        name = field(node, "field")
        if name is not None and name.type == "this":
            owner = field(node, "object")
            return tree.Name(start, end, f"\0this:{self.source(owner) if owner else ''}")
        return tree.Member(
            start, end, self.value(field(node, "object")), self.source(name) if name else ""
        )

    def _index(self, node: Node, start: int, end: int) -> tree.Node:
        return tree.Index(
            start, end, self.value(field(node, "array")), self.value(field(node, "index"))
        )

    def _invoked(self, node: Node, start: int, end: int) -> tree.Node:
        target, named = field(node, "object"), field(node, "name")
        name = self.source(named) if named is not None else ""
        if target is None:
            function = self._member_or_name(name, start, end)
            own = any(name in names for names in self.shared)
            if name in _INHERITED and isinstance(function, tree.Name) and self.owned and not own:
                function = tree.Member(start, end, self._this(node, start, end), name)
        else:
            function = tree.Member(start, end, self.value(target), name)
        return tree.Call(start, end, function, self._arguments(field(node, "arguments")))

    def _arguments(self, node: Node | None) -> tuple[tree.Argument, ...]:
        given = node.named_children if node is not None else ()
        values = [self.value(n) for n in given if n.type not in self.silent]
        return tuple(tree.Argument(v.start, v.end, v) for v in values)

    def _new(self, node: Node, start: int, end: int) -> tree.Node:
        of = field(node, "type")
        arguments = self._arguments(field(node, "arguments"))
        made = self._named(of) if of is not None else tree.Other(start, end, ())
        body = next((c for c in node.named_children if c.type == "class_body"), None)
        if body is not None:
            made = self._class_of("", body, (made,), (start, end))
        return tree.Call(start, end, made, arguments, new=True)

    def _outer_call(self, node: Node, start: int, end: int) -> tree.Block:
        """`super(…)` and `this(…)`: what a base of the library is given is kept."""
        this = tree.Name(start, end, "this")
        arguments = self._arguments(field(node, "arguments"))
        given = tree.Sequence(start, end, arguments)
        kept = tree.Assign(start, end, tree.Member(start, end, this, "\0super"), given)
        called = field(node, "constructor")
        above = called is not None and called.type == "super"
        return (kept, made_above(start, end, arguments)) if above else (kept,)

    def _array(self, node: Node, start: int, end: int) -> tree.Node:
        value = field(node, "value")
        if value is not None:
            return self.value(value)
        sizes = [c for c in node.named_children if c.type == "dimensions_expr"]
        if len(sizes) != 1 or not sizes[0].named_children:
            return tree.Sequence(start, end, ())
        of = field(node, "type")
        kind = self.source(of) if of is not None else ""
        zero: bool | int | None = 0 if kind in _NUMBERS else None
        zero = False if kind == "boolean" else zero
        values = self.value(sizes[0].named_children[0]), tree.Literal(start, end, zero)
        arguments = tuple(tree.Argument(start, end, one) for one in values)
        return tree.Call(start, end, tree.Name(start, end, "\0array"), arguments)

    def _listed(self, node: Node, start: int, end: int) -> tree.Node:
        return tree.Sequence(start, end, self._arguments(node))

    def _lambda(self, node: Node, start: int, end: int) -> tree.Node:
        listed = self._parameters(field(node, "parameters"))
        self.locals.append({p.name for p in listed})
        body = field(node, "body")
        around, self.around = self.around, []
        if body is not None and body.type == "block":
            inner = self.body(body)
        else:
            inner = (tree.Return(start, end, self.value(body)),)
        self.around = around
        self.locals.pop()
        return tree.Function(start, end, "", listed, inner)

    def _reference(self, node: Node, start: int, end: int) -> tree.Node:
        """`object::method`; of a type it is a method of what it is called with, or a static one."""
        parts = node.named_children
        name = self.source(parts[-1]) if len(parts) > 1 else "new"
        holder = self.value(parts[0] if parts else node)
        if not (isinstance(holder, tree.Name) and holder.name[:1].isupper()):
            return tree.Member(start, end, holder, name)
        item, rest = tree.Name(start, end, "\0item"), tree.Name(start, end, "\0rest")
        given = (tree.Argument(start, end, item), tree.Argument(start, end, rest, spread=True))
        of_class = any(owner == holder.name and name not in mine for owner, mine in self.owned)
        if name == "new":
            call = tree.Call(start, end, holder, given, new=True)
        elif of_class:
            call = tree.Call(start, end, tree.Member(start, end, holder, name), given)
        else:
            call = tree.Call(start, end, tree.Member(start, end, item, name), given[1:])
        names = (item.name, rest.name)
        listed = [tree.Parameter(start, end, n, rest=n == rest.name) for n in names]
        return tree.Function(start, end, "", tuple(listed), (tree.Return(start, end, call),))

    def _unary(self, node: Node, start: int, end: int) -> tree.Node:
        operand = self.value(field(node, "operand"))
        sign = node.children[0].type
        if sign in {"!", "-"}:
            return tree.Operation(start, end, "not" if sign == "!" else "-", (operand,))
        return tree.Other(start, end, (operand,))

    def _binary(self, node: Node, start: int, end: int) -> tree.Node:
        sign = field(node, "operator")
        operator = self.source(sign) if sign is not None else ""
        operands = self.value(field(node, "left")), self.value(field(node, "right"))
        if operator not in _KNOWN:
            return tree.Other(start, end, operands)
        return tree.Operation(start, end, _OPERATORS.get(operator, operator), operands)

    def _asked(self, node: Node, start: int, end: int) -> tree.Node:
        """`value instanceof Type`, which is not followed."""
        return tree.Other(start, end, (self.value(field(node, "left")),))

    def _conditional(self, node: Node, start: int, end: int) -> tree.Node:
        parts = [self.value(field(node, n)) for n in ("condition", "consequence", "alternative")]
        return tree.Conditional(start, end, *parts)

    def _cast(self, node: Node, _start: int, _end: int) -> tree.Node:
        return self.value(field(node, "value"))

    def _inner(self, node: Node, _start: int, _end: int) -> tree.Node:
        return self.value(node.named_children[0] if node.named_children else None)

    def _assignment(self, node: Node, start: int, end: int) -> tree.Node:
        sign = field(node, "operator")
        operator = self.source(sign)[:-1] if sign is not None else ""
        target, value = self.value(field(node, "left")), self.value(field(node, "right"))
        return tree.Assign(start, end, target, value, operator=operator)

    def _count(self, node: Node, start: int, end: int) -> tree.Node:
        target = self.value(node.named_children[0] if node.named_children else None)
        return stepped(node, target, start, end)

    # Statements -----------------------------------------------------------------------------------

    def _parts(self, node: Node, _start: int, _end: int) -> tree.Block:
        return self.block(node.named_children)

    def _declared(self, node: Node, _start: int, _end: int) -> tree.Block:
        """`Type name = value`; of a class, where it belongs to that."""
        assigned: list[tree.Node] = []
        for one in node.children_by_field_name("declarator"):
            start, end = self.at(one.start_byte), self.at(one.end_byte)
            name, value = field(one, "name"), field(one, "value")
            word = self.source(name) if name is not None else ""
            if node.type == "local_variable_declaration":
                self.locals[-1].add(word)
            first = self.value(value) if value is not None else self._zero(field(node, "type"))
            target = tree.Name(start, end, word)
            assigned.append(tree.Assign(start, end, target, first, declares=True))
        return tuple(assigned)

    def _if(self, node: Node, start: int, end: int) -> tree.Node:
        test = self.value(field(node, "condition"))
        then, other = self.body(field(node, "consequence")), self.body(field(node, "alternative"))
        return tree.If(start, end, test, then, other)

    def _loop_body(self, node: Node) -> tree.Block:
        self.around.append("loop")
        body = self.body(field(node, "body"))
        self.around.pop()
        return body

    def _while(self, node: Node, start: int, end: int) -> tree.Node:
        test: tree.Node | None = self.value(field(node, "condition"))
        if isinstance(test, tree.Literal) and test.value is True:
            test = None
        last = node.type == "do_statement"
        return tree.Loop(start, end, test, self._loop_body(node), tested_last=last)

    def _for(self, node: Node, start: int, end: int) -> tree.Block:
        before = [one for n in node.children_by_field_name("init") for one in self.body(n)]
        condition = field(node, "condition")
        test = self.value(condition) if condition is not None else None
        after = [one for n in node.children_by_field_name("update") for one in self.body(n)]
        return (*before, tree.Loop(start, end, test, self._loop_body(node), tuple(after)))

    def _each(self, node: Node, start: int, end: int) -> tree.Node:
        name = field(node, "name")
        word = self.source(name) if name is not None else ""
        self.locals[-1].add(word)
        items = self.value(field(node, "value"))
        target = tree.Name(start, end, word)
        return tree.Each(start, end, target, items, self._loop_body(node), declares=True)

    def _try(self, node: Node, start: int, end: int) -> tree.Block:
        """What a block is given to use is closed at its end."""
        used = field(node, "resources")
        before: list[tree.Node] = []
        closing: list[tree.Node] = []
        for one in _inside(used):
            name, value = field(one, "name"), field(one, "value")
            if name is not None and value is not None:
                word = tree.Name(start, end, self.source(name))
                self.locals[-1].add(word.name)
                before.append(tree.Assign(start, end, word, self.value(value), declares=True))
                closing.append(tree.Call(start, end, tree.Member(start, end, word, "close"), ()))
        body = self.body(field(node, "body"))
        if before:
            body = (*before, tree.Try(start, end, body, (), (), tuple(closing[::-1])))
        handlers = [self._handler(c) for c in node.named_children if c.type == "catch_clause"]
        final = [c for c in node.named_children if c.type == "finally_clause"]
        last = self.block(final[0].named_children) if final else ()
        return (tree.Try(start, end, body, tuple(handlers), (), last),)

    def _handler(self, node: Node) -> tree.Handler:
        start, end = self.at(node.start_byte), self.at(node.end_byte)
        what = next((c for c in node.named_children if c.type == "catch_formal_parameter"), None)
        name = field(what, "name") if what is not None else None
        kinds = [c for c in what.named_children if c.type == "catch_type"] if what else []
        types = [
            tree.Name(start, end, self.source(t)) for kind in kinds for t in kind.named_children
        ]
        word = self.source(name) if name is not None else ""
        self.locals[-1].add(word)
        every = any(t.name in {"Throwable", "Exception"} for t in types)
        return tree.Handler(
            start, end, () if every else tuple(types), word, self.body(field(node, "body"))
        )

    def _throw(self, node: Node, start: int, end: int) -> tree.Node:
        return tree.Raise(start, end, self._inner(node, start, end))

    def _locked(self, node: Node, start: int, end: int) -> tree.Block:
        held = next((c for c in node.named_children if c.type == "parenthesized_expression"), None)
        lock = tree.Name(start, end, f"\0lock{start}")
        first = tree.Assign(start, end, lock, self.value(held), declares=True)
        return (first, *_holding(lock, self.body(field(node, "body"))))

    def _switch(self, node: Node, start: int, end: int) -> tree.Block:
        asked = tree.Name(start, end, f"\0asked{start}")
        first = tree.Assign(start, end, asked, self.value(field(node, "condition")), declares=True)
        body = field(node, "body")
        chain: tree.Block = ()
        following: tree.Block = ()
        self.around.append("switch")
        for group in (body.named_children if body is not None else [])[::-1]:
            labels = [c for c in group.named_children if c.type == "switch_label"]
            values = [self.value(v) for label in labels for v in label.named_children]
            inner = [c for c in group.named_children if c.type != "switch_label"]
            goes_on = group.type == "switch_block_statement_group"
            goes_on = goes_on and (not inner or inner[-1].type not in _ENDS_CASE)
            if inner and inner[-1].type == "break_statement":
                inner.pop()
            statements = (*self.block(inner), *(following if goes_on else ()))
            following = statements if len(statements) < MAX_FOLLOWING else ()
            if not values:
                chain = statements
                continue
            tests = [tree.Operation(start, end, "==", (asked, value)) for value in values]
            test = tests[0] if len(tests) == 1 else tree.Operation(start, end, "or", tuple(tests))
            chain = (tree.If(start, end, test, statements, chain),)
        self.around.pop()
        return (first, *chain)

    def _return(self, node: Node, start: int, end: int) -> tree.Node:
        return tree.Return(
            start, end, self.value(node.named_children[0]) if node.named_children else None
        )

    def _leave(self, node: Node, start: int, end: int) -> tree.Node:
        label = self._label(node)
        if not label and node.type == "break_statement" and self.around[-1:] == ["switch"]:
            return tree.Other(start, end, ())
        return tree.Leave(start, end, node.type == "continue_statement", label)

    def _labelled(self, node: Node, _start: int, _end: int) -> tree.Block:
        return labelled(self.block(node.named_children[1:]), self._label(node))

    def _label(self, node: Node) -> str:
        first = node.named_children[0] if node.named_children else None
        return self.source(first) if first is not None and first.type == "identifier" else ""

    reads: ClassVar[dict[str, Read]] = {
        **dict.fromkeys(("import_declaration", "package_declaration"), _import),
        **dict.fromkeys(_CLASSES, _class),
        "method_declaration": _method,
        "static_initializer": _static_block,
        "enum_constant": _constant,
        **dict.fromkeys(("identifier", "type_identifier"), _name),
        "this": _this,
        **dict.fromkeys(("true", "false", "null_literal"), _plain),
        **dict.fromkeys(
            (
                *("decimal_integer_literal", "hex_integer_literal"),
                "decimal_floating_point_literal",
            ),
            _number,
        ),
        **dict.fromkeys(("string_literal", "character_literal"), _string),
        "field_access": _field_of,
        "array_access": _index,
        "method_invocation": _invoked,
        "object_creation_expression": _new,
        "explicit_constructor_invocation": _outer_call,
        "array_creation_expression": _array,
        "array_initializer": _listed,
        "lambda_expression": _lambda,
        "method_reference": _reference,
        "unary_expression": _unary,
        "binary_expression": _binary,
        "instanceof_expression": _asked,
        "ternary_expression": _conditional,
        "cast_expression": _cast,
        "parenthesized_expression": _inner,
        "assignment_expression": _assignment,
        "update_expression": _count,
        **dict.fromkeys(("block", "constructor_body", "expression_statement"), _parts),
        "labeled_statement": _labelled,
        **dict.fromkeys(("local_variable_declaration", "field_declaration"), _declared),
        "if_statement": _if,
        **dict.fromkeys(("while_statement", "do_statement"), _while),
        "for_statement": _for,
        "enhanced_for_statement": _each,
        **dict.fromkeys(("try_statement", "try_with_resources_statement"), _try),
        "throw_statement": _throw,
        "synchronized_statement": _locked,
        **dict.fromkeys(("switch_expression", "switch_statement"), _switch),
        "return_statement": _return,
        **dict.fromkeys(("break_statement", "continue_statement"), _leave),
    }
    silent = frozenset({"modifiers", "constructor_declaration"})


def made_above(start: int, end: int, given: tuple[tree.Argument, ...]) -> tree.Node:
    """The constructor of the class above, called for this object."""
    above = tree.Call(start, end, tree.Name(start, end, tree.ABOVE), ())
    return tree.Call(start, end, tree.Member(start, end, above, "constructor"), given)


def _holding(lock: tree.Name, body: tree.Block) -> tree.Block:
    """A block in which an object's lock is held, and given back however it ends."""
    place = lock.start, lock.end
    given = (tree.Argument(*place, lock),)
    take, give = (tree.Call(*place, tree.Name(*place, n), given) for n in (tree.TAKE, tree.GIVE))
    return (take, tree.Try(*place, body, (), (), (give,)))


def _inside(node: Node | None) -> list[Node]:
    return node.named_children if node is not None else []


def _members(body: Node | None) -> list[Node]:
    """What is declared in a class, that of an enum among it."""
    members = []
    for one in _inside(body):
        members += _inside(one) if one.type == "enum_body_declarations" else [one]
    return members


def _is_main(node: Node, reader: _Reader) -> bool:
    named = field(node, "name") if node.type == "method_declaration" else None
    return named is not None and reader.source(named) == "main" and reader.is_static(node)


def _names(node: Node) -> list[Node]:
    """The names that a member declares."""
    if node.type == "field_declaration":
        declared = node.children_by_field_name("declarator")
        return [n for d in declared if (n := field(d, "name")) is not None]
    name = field(node, "name")
    return [name] if name is not None and node.type == "method_declaration" else []


def _types(node: Node) -> list[Node]:
    found = []
    for one in node.named_children:
        found += _types(one) if one.type == "type_list" else [one]
    return found


_ENDS_CASE = frozenset(
    {
        *("break_statement", "continue_statement", "return_statement", "throw_statement"),
        "yield_statement",
    }
)
