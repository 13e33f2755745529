"""Kotlin: from tree-sitter's tree to ours, with the same names as Java.

Members of objects are told by the classes of the file, as in Java; functions outside of classes
belong to all files. In a lambda that has an object for its `this` (`apply`, `run`, `with`), a name
that nothing in sight declares is a member of that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from gracelint.syntax.code import tree
from gracelint.syntax.code.grammars import (
    Reader,
    field,
    labelled,
    number,
    stepped,
    switched,
    tokens,
    unescaped,
)
from gracelint.syntax.code.java import SIBLINGS, STARTED, made_above
from gracelint.syntax.parsers import parser

if TYPE_CHECKING:
    from tree_sitter import Node

    from gracelint.syntax.code.grammars import Case, Read

MAIN = "\0main"
"""What `STARTED` is where the one `main` of a program is called."""
_OPERATORS = {"&&": "and", "||": "or", "===": "==", "!==": "!="}
_KNOWN = frozenset({"==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "&&", "||"})
_INHERITED = frozenset(
    {"isInterrupted", "interrupt", "start", "join", "wait", "notify", "notifyAll", "isDaemon"}
)
_GETTERS = frozenset(
    {"isInterrupted", "isAlive", "isShutdown", "isTerminated", "isDone", "isEmpty"}
)
"""Methods of Java's classes that are read like properties."""
_WITH_OBJECT = frozenset({"let", "also", "use", "apply", "run"})
_AS_THIS = frozenset({"apply", "run", "with"})
_GIVES_OBJECT = frozenset({"also", "apply"})
_OWN = frozenset({"println", "print", "listOf", "mutableListOf", "require", "check", "error"})
_CLASSES = frozenset({"class_declaration", "object_declaration", "companion_object"})
_DECLARED = frozenset({"property_declaration", "function_declaration"})
_LEAVES = frozenset({"return_expression", "throw_expression"})
_MAX_RANGE = 50
_IT = "it"


def read(text: str) -> tree.Module:
    """The statements of a file: its classes, functions and values, and a call of `main`."""
    reader = _Reader(text)
    grammar = parser("tree_sitter_kotlin")
    if _of_type(grammar.parse(reader.data).root_node, "ERROR"):
        return tree.Module((), "it cannot be read as Kotlin", exact=False)
    module = reader.module(grammar, "Kotlin")
    if not module.problem:
        module.exact = True  # the grammar misses the end of a statement in `{ fun f() {} }`
        module.body = (tree.Import(0, 0, SIBLINGS), *module.body, *reader.calls)
    return module


class _Reader(Reader):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.owned: list[tuple[str, frozenset[str]]] = []  # classes around, with their members
        self.locals: list[set[str]] = [set()]
        self.given: list[tuple[int, str]] = []  # lambdas around whose `this` is a value
        self.calls: list[tree.Node] = []

    # Files and classes ----------------------------------------------------------------------------

    def _nothing(self, _node: Node, _start: int, _end: int) -> None:
        return None

    def _class(self, node: Node, start: int, end: int) -> tree.Block:
        """A class; of an object, also the one that there is."""
        named = field(node, "name")
        name = self.source(named) if named is not None else ""
        cls = self._class_of(name, node, (start, end))
        if node.type != "object_declaration":
            return (cls,)
        made = tree.Call(start, end, tree.Name(start, end, name), (), new=True)
        return (cls, tree.Assign(start, end, tree.Name(start, end, name), made, declares=True))

    def _class_of(self, name: str, node: Node, at: tuple[int, int]) -> tree.Class:
        body = _child(node, "class_body")
        members = body.named_children if body is not None else []
        listed = _child(_child(node, "primary_constructor"), "class_parameters")
        parameters = [p for p in _inside(listed) if p.type == "class_parameter"]
        kept = [p for p in parameters if tokens(p) & {"val", "var"}]
        name = name or f"anonymous{at[0]}"
        mine = {self._name_of(p) for p in kept}
        mine.update(n for m in members if m.type in _DECLARED for n in self._names(m))
        self.owned.append((name, frozenset(mine)))
        nested = self.block(m for m in members if m.type in _CLASSES - {"companion_object"})
        shared = [m for m in members if m.type == "companion_object"]
        statics = [one for m in shared for one in self._statics(m, name, at)]
        methods = self.block(m for m in members if m.type == "function_declaration")
        maker = self._maker(node, members, parameters, at)
        self.owned.pop()
        return tree.Class(*at, name, self._bases(node), (*nested, *methods, maker, *statics))

    def _statics(self, node: Node, owner: str, at: tuple[int, int]) -> tree.Block:
        """What belongs to the class itself; its `main` is started."""
        mine = self.owned.pop()
        members = _inside(_child(node, "class_body"))
        if any("main" in self._names(m) for m in members if m.type == "function_declaration"):
            main = tree.Member(*at, tree.Name(*at, owner), "main")
            self._starts(main, (tree.Argument(*at, tree.Name(*at, "\0args")),), at)
        body = self.block(members)
        self.owned.append(mine)
        return body

    def _starts(
        self, main: tree.Node, given: tuple[tree.Argument, ...], at: tuple[int, int]
    ) -> None:
        started = tree.Name(*at, STARTED)
        test = tree.Operation(*at, "==", (started, tree.Literal(*at, MAIN)))
        self.calls.append(tree.If(*at, test, (tree.Call(*at, main, given),), ()))

    def _bases(self, node: Node) -> tuple[tree.Node, ...]:
        bases = []
        for one in _inside(_child(node, "delegation_specifiers")):
            made = _child(one, "constructor_invocation") or one
            named = _child(made, "user_type")
            if named is not None:
                bases.append(self._type(named))
        return tuple(bases)

    def _type(self, node: Node) -> tree.Node:
        """A type as a value, without its parameters."""
        start, end = self.at(node.start_byte), self.at(node.end_byte)
        names = [self.source(c) for c in node.named_children if c.type == "identifier"]
        return tree.Name(start, end, names[-1] if names else "")

    def _maker(
        self, node: Node, members: list[Node], parameters: list[Node], at: tuple[int, int]
    ) -> tree.Function:
        """The constructor: what a base is given, properties and `init` blocks in their order."""
        listed = tuple(self._parameter(p) for p in parameters)
        this = tree.Name(*at, "this")
        self.locals.append({p.name for p in listed})
        body: list[tree.Node] = [self._own(*at)]
        for one in _inside(_child(node, "delegation_specifiers")):
            made = _child(one, "constructor_invocation")
            if made is not None:
                arguments = self._arguments(_child(made, "value_arguments"))
                kept, given = tree.Member(*at, this, "\0super"), tree.Sequence(*at, arguments)
                body += [tree.Assign(*at, kept, given), made_above(*at, arguments)]
        body += [
            tree.Assign(*at, tree.Member(*at, this, p.name), tree.Name(*at, p.name))
            for p, one in zip(listed, parameters, strict=True)
            if tokens(one) & {"val", "var"}
        ]
        for member in members:
            if member.type == "property_declaration":
                name, value = self._name_of(member), self._first(member)
                body.append(tree.Assign(*at, tree.Member(*at, this, name), value))
            elif member.type == "anonymous_initializer":
                body += self.body(_child(member, "block"))
        self.locals.pop()
        return tree.Function(*at, "constructor", listed, tuple(body), own_this=True, declared=True)

    def _own(self, start: int, end: int) -> tree.Assign:
        target = tree.Name(start, end, f"\0this:{self.owned[-1][0]}")
        return tree.Assign(start, end, target, tree.Name(start, end, "this"), declares=True)

    def _names(self, node: Node) -> list[str]:
        """The names that a declaration has."""
        named = field(node, "name")
        if named is not None:
            return [self.source(named)]
        declared = _child(node, "multi_variable_declaration") or node
        inner = [c for c in declared.named_children if c.type == "variable_declaration"]
        return [self._name_of(c) for c in inner]

    def _name_of(self, node: Node) -> str:
        held = _child(node, "variable_declaration") or node
        named = _child(held, "identifier")
        return self.source(named) if named is not None else ""

    def _first(self, node: Node) -> tree.Node:
        """The value that a property begins with; that of `by lazy { … }` is there at once."""
        start, end = self.at(node.start_byte), self.at(node.end_byte)
        delegate = _child(node, "property_delegate")
        if delegate is not None:
            made = _of_type(delegate, "lambda_literal")
            if not made:
                return tree.Other(start, end, ())
            return tree.Call(start, end, self.value(made[0]), ())
        if "=" not in tokens(node):
            return tree.Literal(start, end, None)
        at = [c.type for c in node.children].index("=")
        return self.value(next((c for c in node.children[at + 1 :] if c.is_named), None))

    # Functions ------------------------------------------------------------------------------------

    def _function(self, node: Node, start: int, end: int) -> tree.Node:
        named = field(node, "name")
        name = self.source(named) if named is not None else ""
        listed = tuple(
            self._parameter(p)
            for p in _inside(_child(node, "function_value_parameters"))
            if p.type == "parameter"
        )
        inner = bool(self.locals[1:])
        method = bool(self.owned) and not inner
        if inner:
            self.locals[-1].add(name)
        self.locals.append({p.name for p in listed})
        before = (self._own(start, end),) if method else ()
        body = (*before, *self._function_body(_child(node, "function_body")))
        self.locals.pop()
        if name == "main" and not self.owned and not inner:
            args = (tree.Argument(start, end, tree.Name(start, end, "\0args")),)
            self._starts(tree.Name(start, end, name), args[: len(listed)], (start, end))
        return tree.Function(start, end, name, listed, body, own_this=method, declared=True)

    def _function_body(self, node: Node | None) -> tree.Block:
        if node is None:
            return ()
        block = _child(node, "block")
        if block is not None and "=" not in tokens(node):
            return self.block(block.named_children)
        value = self.value(next(iter(_inside(node)), None))
        return (tree.Return(value.start, value.end, value),)

    def _parameter(self, node: Node) -> tree.Parameter:
        at = self.at(node.start_byte), self.at(node.end_byte)
        return tree.Parameter(*at, self._name_of(node), rest="vararg" in self.source(node).split())

    def _lambda(self, node: Node, start: int, end: int) -> tree.Node:
        return self._lambda_of(node, (start, end))

    def _lambda_of(self, node: Node, at: tuple[int, int], gives: str = "") -> tree.Function:
        """A lambda gives its last value; gives: the variable that it gives instead."""
        listed = _child(node, "lambda_parameters")
        names = [self._name_of(p) for p in _inside(listed)] if listed is not None else [_IT]
        self.locals.append(set(names))
        held = [c for c in _inside(node) if c.type not in {"lambda_parameters", *self.silent}]
        body = self.block(held)
        if gives:
            body = (*body, tree.Return(*at, tree.Name(*at, names[0] if gives == _IT else gives)))
        elif body and isinstance(body[-1], _VALUES):
            body = (*body[:-1], tree.Return(body[-1].start, body[-1].end, body[-1]))
        self.locals.pop()
        parameters = tuple(tree.Parameter(*at, name) for name in names)
        return tree.Function(*at, "", parameters, body)

    # Expressions ----------------------------------------------------------------------------------

    def _name(self, node: Node, start: int, end: int) -> tree.Node:
        word = self.source(node)
        if word in {"true", "false", "null"}:
            return tree.Literal(start, end, {"true": True, "false": False}.get(word))
        if word in {"break", "continue"}:
            return tree.Leave(start, end, word == "continue", "")
        return self._member_or_name(word, start, end)

    def _member_or_name(self, name: str, start: int, end: int) -> tree.Node:
        if any(name in names for names in self.locals):
            return tree.Name(start, end, name)
        for owner, mine in self.owned[::-1]:
            if name in mine:
                return tree.Member(start, end, tree.Name(start, end, f"\0this:{owner}"), name)
        if self.given and name not in _OWN and name[:1].islower():
            return tree.Member(start, end, tree.Name(start, end, self.given[-1][1]), name)
        return tree.Name(start, end, name)

    def _this(self, node: Node, start: int, end: int) -> tree.Node:
        owner = self.source(node).partition("@")[2]
        if not owner and self.given:
            return tree.Name(start, end, self.given[-1][1])
        owner = owner or (self.owned[-1][0] if self.owned else "")
        return tree.Name(start, end, f"\0this:{owner}" if owner else "this")

    def _number(self, node: Node, start: int, end: int) -> tree.Node:
        return tree.Literal(start, end, number(self.source(node).rstrip("fFuU")))

    def _string(self, node: Node, start: int, end: int) -> tree.Node:
        parts = [self.value(c) for c in node.named_children if c.type == "interpolation"]
        text = self.source(node).strip('"')
        if parts or "$" in text:
            return tree.Other(start, end, tuple(parts))
        return tree.Literal(start, end, unescaped(text))

    def _member(self, node: Node, start: int, end: int) -> tree.Node:
        """`object.name`, `object?.name` and `object::name`."""
        parts = _inside(node)
        held, name = self.value(parts[0]), self.source(parts[-1])
        member = tree.Member(start, end, held, name)
        if name in _GETTERS and "::" not in tokens(node):
            return tree.Call(start, end, member, ())
        return member

    def _called(self, node: Node, start: int, end: int) -> tree.Node:
        inner, last = node.named_children[0], _child(node, "annotated_lambda")
        given = _child(node, "value_arguments")
        if last is not None and given is None and inner.type == "call_expression":
            given, inner = _child(inner, "value_arguments"), inner.named_children[0]
        function = _child(last, "lambda_literal") if last is not None else None
        word = self.source(_inside(inner)[-1] if inner.type == "navigation_expression" else inner)
        if function is not None and (word in _WITH_OBJECT or word == "with"):
            held = self._held(inner, given)
            if held is not None:
                return self._with_object(word, held, function, (start, end))
        arguments = self._arguments(given)
        if function is not None:
            value = self.value(function)
            arguments += (tree.Argument(value.start, value.end, value),)
        return tree.Call(start, end, self._callee(inner), arguments, new=word[:1].isupper())

    def _held(self, inner: Node, given: Node | None) -> tree.Node | None:
        """The object of `object.let { … }` and `with(object) { … }`; `apply { … }` is of `this`."""
        if inner.type == "navigation_expression" and given is None:
            return self.value(_inside(inner)[0])
        own = inner.type == "identifier" and given is None and self.source(inner) in _WITH_OBJECT
        if own and self.owned and not any(self.source(inner) in mine for _, mine in self.owned):
            return self._this(inner, self.at(inner.start_byte), self.at(inner.end_byte))
        arguments = self._arguments(given)
        named = inner.type == "identifier" and self.source(inner) == "with"
        return arguments[0].value if named and arguments else None

    def _with_object(
        self, word: str, held: tree.Node, function: Node, at: tuple[int, int]
    ) -> tree.Node:
        """A lambda that is called at once with an object, where there is one."""
        name = _IT
        if word in _AS_THIS:
            name = f"\0with{at[0]}"
            self.given.append((len(self.locals), name))
        gives = name if word in _GIVES_OBJECT else ""
        called = self._lambda_of(function, at, gives)
        if word in _AS_THIS:
            self.given.pop()
            called = tree.Function(*at, "", (tree.Parameter(*at, name),), called.body)
        return tree.Call(*at, called, (tree.Argument(*at, held),))

    def _callee(self, node: Node) -> tree.Node:
        start, end = self.at(node.start_byte), self.at(node.end_byte)
        if node.type == "navigation_expression":
            parts = _inside(node)
            return tree.Member(start, end, self.value(parts[0]), self.source(parts[-1]))
        if node.type != "identifier":
            return self.value(node)
        name = self.source(node)
        function = self._member_or_name(name, start, end)
        if name in _INHERITED and isinstance(function, tree.Name) and self.owned:
            return tree.Member(start, end, self._this(node, start, end), name)
        return function

    def _arguments(self, node: Node | None) -> tuple[tree.Argument, ...]:
        arguments = []
        for one in _inside(node):
            parts = _inside(one)
            named = self.source(parts[0]) if "=" in tokens(one) and len(parts) > 1 else ""
            value = self.value(parts[-1]) if parts else tree.Literal(0, 0, None)
            spread = bool(parts) and parts[-1].type == "spread_expression"
            arguments.append(tree.Argument(value.start, value.end, value, named, spread))
        return tuple(arguments)

    def _object(self, node: Node, start: int, end: int) -> tree.Node:
        """`object : Type() { … }`."""
        return tree.Call(start, end, self._class_of("", node, (start, end)), (), new=True)

    def _unary(self, node: Node, start: int, end: int) -> tree.Node:
        operand = self.value(field(node, "argument"))
        sign = field(node, "operator")
        operator = self.source(sign) if sign is not None else ""
        if operator == "!!":
            return operand
        if operator in {"++", "--"}:
            return stepped(node, operand, start, end)
        if operator in {"!", "-"}:
            return tree.Operation(start, end, "not" if operator == "!" else "-", (operand,))
        return tree.Other(start, end, (operand,))

    def _binary(self, node: Node, start: int, end: int) -> tree.Node:
        sign = field(node, "operator")
        operator = self.source(sign) if sign is not None else ""
        left, right = self.value(field(node, "left")), self.value(field(node, "right"))
        if operator == "?:":
            absent = tree.Operation(start, end, "==", (left, tree.Literal(start, end, None)))
            return tree.Conditional(start, end, absent, right, left)
        if operator not in _KNOWN and operator not in _OPERATORS:
            return tree.Other(start, end, (left, right))
        return tree.Operation(start, end, _OPERATORS.get(operator, operator), (left, right))

    def _range(self, node: Node, start: int, end: int) -> tree.Node:
        """`1..4`, where it is short."""
        ends = [self.value(c) for c in _inside(node)]
        values = [e.value for e in ends if isinstance(e, tree.Literal)]
        match values:
            case [int() as first, int() as last] if 0 <= last - first < _MAX_RANGE:
                items = [tree.Literal(start, end, n) for n in range(first, last + 1)]
                given = tuple(tree.Argument(start, end, item) for item in items)
                return tree.Sequence(start, end, given)
        return tree.Other(start, end, tuple(ends))

    def _index(self, node: Node, start: int, end: int) -> tree.Node:
        parts = _inside(node)
        return tree.Index(start, end, self.value(parts[0]), self.value(parts[-1]))

    def _inner(self, node: Node, _start: int, _end: int) -> tree.Node:
        return self.value(next(iter(_inside(node)), None))

    def value(self, node: Node | None) -> tree.Node:
        """One expression; a condition or a block of statements, where it stands for a value."""
        if node is None:
            return super().value(node)
        start, end = self.at(node.start_byte), self.at(node.end_byte)
        if node.type == "if_expression":
            then, other = _branches(node)
            test = self.value(field(node, "condition"))
            return tree.Conditional(start, end, test, self.value(then), self.value(other))
        if node.type in {"block", "when_expression", "try_expression"}:
            body = self.body(node)
            last = body[-1] if body else None
            if len(body) == 1 and isinstance(last, _VALUES):
                return last
            return tree.Call(start, end, tree.Function(start, end, "", (), _giving(body)), ())
        return super().value(node)

    # Statements -----------------------------------------------------------------------------------

    def _parts(self, node: Node, _start: int, _end: int) -> tree.Block:
        return self.block(node.named_children)

    def _declared(self, node: Node, start: int, end: int) -> tree.Block:
        """`val name = value`; with `?: return` behind it, it is left where there is none."""
        names = self._names(node)
        held = next((c for c in node.named_children if c.type == "binary_expression"), None)
        right = field(held, "right") if held is not None and "?:" in tokens(held) else None
        leaves = right is not None and (
            right.type in _LEAVES or self.source(right) in {"break", "continue"}
        )
        value = self.value(field(held, "left")) if held and leaves else self._first(node)
        if self.locals[1:]:
            self.locals[-1].update(names)
        if len(names) != 1:
            whole = (tree.Assign(start, end, tree.Name(start, end, n), None) for n in names)
            return (tree.Other(start, end, (value,)), *whole)
        target = tree.Name(start, end, names[0])
        assigned = tree.Assign(start, end, target, value, declares=True)
        if not leaves:
            return (assigned,)
        absent = tree.Operation(start, end, "==", (target, tree.Literal(start, end, None)))
        return (assigned, tree.If(start, end, absent, self.body(right), ()))

    def _assignment(self, node: Node, start: int, end: int) -> tree.Node:
        sign = field(node, "operator")
        operator = self.source(sign)[:-1] if sign is not None else ""
        target, value = self.value(field(node, "left")), self.value(field(node, "right"))
        return tree.Assign(start, end, target, value, operator=operator)

    def _if(self, node: Node, start: int, end: int) -> tree.Node:
        then, other = _branches(node)
        test = self.value(field(node, "condition"))
        return tree.If(start, end, test, self.body(then), self.body(other))

    def _while(self, node: Node, start: int, end: int) -> tree.Block:
        test: tree.Node | None = self.value(field(node, "condition"))
        if isinstance(test, tree.Literal) and test.value is True:
            test = None
        last = node.type == "do_while_statement"
        loop = tree.Loop(start, end, test, self.body(_body_of(node)), tested_last=last)
        return labelled((loop,), self._label(node))

    def _for(self, node: Node, start: int, end: int) -> tree.Block:
        declared = _child(node, "variable_declaration")
        name = self._name_of(declared) if declared is not None else f"\0each{start}"
        parts = [c for c in _inside(node) if c.type not in {"label", "variable_declaration"}]
        items = self.value(parts[0] if parts else None)
        self.locals[-1].add(name)
        body = self.body(parts[-1]) if len(parts) > 1 else ()
        target = tree.Name(start, end, name)
        loop = tree.Each(start, end, target, items, body, declares=True)
        return labelled((loop,), self._label(node))

    def _label(self, node: Node) -> str:
        named = _child(node, "label")
        return self.source(named).strip("@") if named is not None else ""

    def _when(self, node: Node, start: int, end: int) -> tree.Block:
        """`when (value) { a, b -> … }` and `when { test -> … }`."""
        asked = tree.Name(start, end, f"\0asked{start}")
        subject = _child(node, "when_subject")
        before: tree.Block = ()
        if subject is not None:
            held = self.value(_inside(subject)[-1] if _inside(subject) else None)
            before = (tree.Assign(start, end, asked, held, declares=True),)
        cases: list[Case] = []
        for entry in (c for c in node.named_children if c.type == "when_entry"):
            tests = [self.value(c) for c in entry.children_by_field_name("condition")]
            if subject is not None:
                tests = [
                    t if isinstance(t, tree.Other) else tree.Operation(start, end, "==", (asked, t))
                    for t in tests
                ]
            cases.append((tests, self.body(_inside(entry)[-1]), False))
        return (*before, *switched(start, end, cases))

    def _try(self, node: Node, start: int, end: int) -> tree.Node:
        body = self.body(_child(node, "block"))
        handlers = [self._handler(c) for c in node.named_children if c.type == "catch_block"]
        final = _child(node, "finally_block")
        last = self.body(_child(final, "block")) if final is not None else ()
        return tree.Try(start, end, body, tuple(handlers), (), last)

    def _handler(self, node: Node) -> tree.Handler:
        start, end = self.at(node.start_byte), self.at(node.end_byte)
        named, kind = _child(node, "identifier"), _child(node, "user_type")
        word = self.source(named) if named is not None else ""
        self.locals[-1].add(word)
        caught = self.source(kind) if kind is not None else ""
        types = () if caught in {"Throwable", "Exception"} else (tree.Name(start, end, caught),)
        return tree.Handler(start, end, types, word, self.body(_child(node, "block")))

    def _throw(self, node: Node, start: int, end: int) -> tree.Node:
        return tree.Raise(start, end, self._inner(node, start, end))

    def _return(self, node: Node, start: int, end: int) -> tree.Node:
        given = [c for c in _inside(node) if c.type != "label"]
        return tree.Return(start, end, self.value(given[-1]) if given else None)

    def _labelled(self, node: Node, start: int, end: int) -> tree.Node:
        """`break@loop`; of a statement with a label, the statement."""
        word, _, rest = self.source(node).partition("@")
        if word in {"break", "continue"}:
            return tree.Leave(start, end, word == "continue", rest.strip())
        return self.value(_inside(node)[-1])

    reads: ClassVar[dict[str, Read]] = {
        **dict.fromkeys(("import", "import_list", "package_header", "file_annotation"), _nothing),
        **dict.fromkeys(("class_declaration", "object_declaration"), _class),
        "function_declaration": _function,
        "property_declaration": _declared,
        "identifier": _name,
        "this_expression": _this,
        "number_literal": _number,
        "string_literal": _string,
        "navigation_expression": _member,
        "call_expression": _called,
        **dict.fromkeys(("lambda_literal", "anonymous_function"), _lambda),
        "annotated_lambda": _inner,
        "object_literal": _object,
        "unary_expression": _unary,
        "binary_expression": _binary,
        "range_expression": _range,
        "index_expression": _index,
        **dict.fromkeys(
            ("parenthesized_expression", "as_expression", "interpolation", "spread_expression"),
            _inner,
        ),
        "assignment": _assignment,
        "block": _parts,
        "if_expression": _if,
        **dict.fromkeys(("while_statement", "do_while_statement"), _while),
        "for_statement": _for,
        "when_expression": _when,
        "try_expression": _try,
        "throw_expression": _throw,
        "return_expression": _return,
        "labeled_expression": _labelled,
    }
    silent = frozenset({"modifiers", "type_alias"})


_VALUES = (
    *(tree.Call, tree.Name, tree.Member, tree.Literal, tree.Operation, tree.Conditional),
    *(tree.Index, tree.Sequence, tree.Function, tree.Other),
)


def _giving(body: tree.Block) -> tree.Block:
    """Statements that give the value of the last one."""
    last = body[-1] if body else None
    if isinstance(last, tree.If):
        whole = tree.If(last.start, last.end, last.test, _giving(last.then), _giving(last.other))
        return (*body[:-1], whole)
    if isinstance(last, _VALUES):
        return (*body[:-1], tree.Return(last.start, last.end, last))
    return body


def _child(node: Node | None, kind: str) -> Node | None:
    held = node.named_children if node is not None else ()
    return next((c for c in held if c.type == kind), None)


def _inside(node: Node | None) -> list[Node]:
    if node is None:
        return []
    return [c for c in node.named_children if c.type != "modifiers"]


def _of_type(node: Node, kind: str) -> list[Node]:
    queue = [node]
    found: list[Node] = []
    while queue and not found:
        one = queue.pop()
        found += [c for c in one.named_children if c.type == kind]
        queue += one.named_children
    return found


def _branches(node: Node) -> tuple[Node | None, Node | None]:
    """What an `if` does, and what it does else."""
    condition = field(node, "condition")
    otherwise = next((c.end_byte for c in node.children if c.type == "else"), node.end_byte)
    held = [c for c in _inside(node) if c != condition]
    then = next((c for c in held if c.end_byte <= otherwise), None)
    return then, next((c for c in held if c.start_byte >= otherwise), None)


def _body_of(node: Node) -> Node | None:
    condition = field(node, "condition")
    held = [c for c in _inside(node) if c != condition and c.type != "label"]
    return held[-1] if held else None
