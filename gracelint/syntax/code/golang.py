"""Go: from tree-sitter's tree to ours.

What the language has and the tree has not is a call of a function of its own, whose name begins
with a character that no program writes: `\0receive`, `\0select`, `\0go`, `\0chan` and their like.
A pointer is what it points to.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar
from zlib import crc32

from gracelint.base import lazy
from gracelint.syntax.code import tree
from gracelint.syntax.code.grammars import Reader, field, labelled, number, unescaped
from gracelint.syntax.parsers import parser

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tree_sitter import Node

    from gracelint.syntax.code.grammars import Read

SIBLINGS = "."
"""The module that stands for the other files of the package."""
BEGINS = "\0begins"
"""The module that stands for what these do when the variables of all of them are there."""
_OPERATORS = {"&&": "and", "||": "or"}
_COUNTS = frozenset({"int", "int8", "int16", "int32", "int64", "uint", "uint32", "uint64", "byte"})
_ORDER = (
    *("import_declaration", "type_declaration", "method_declaration"),
    *("function_declaration", "const_declaration", "var_declaration"),
)
_VERSION = lazy.compile(r"/v\d+$")
_BREAK = "\0Break"


def _ends_in(node: Node, kind: str) -> bool:
    last = node.named_children[-1] if node.named_children else None
    return node.type == kind or (last is not None and last.type == kind)


def read(text: str) -> tree.Module:
    """The statements of a file; the last one calls `main` where the file has it."""
    return _Reader(text).module(parser("tree_sitter_go"), "Go")


_GOES_TO = lazy.compile(r"\bgoto\s+(\w+)")
_RECOVERS = lazy.compile(r"\brecover\s*\(\s*\)")


class _Reader(Reader):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.around: list[str] = []  # what a `break` leaves: loops, and switches
        self.broken = False
        self.inits = 0
        self.gone_to = frozenset(_GOES_TO.findall(text))
        self.back: set[str] = set()  # labels of the statements around, to which `goto` goes back
        self.fields: dict[str, tuple[str, ...]] = {}

    # Files ----------------------------------------------------------------------------------------

    def _file(self, nodes: Iterable[Node]) -> tree.Block:
        """Imports and types come first, variables last: their order is not that of the text."""
        by_kind: dict[str, list[Node]] = {}
        for node in nodes:
            by_kind.setdefault(node.type, []).append(node)
        sorted_nodes = [node for kind in _ORDER for node in by_kind.get(kind, ())]
        package = "".join(map(self.source, by_kind.get("package_clause", ())))
        body = [tree.Import(0, 0, SIBLINGS), *self.block(sorted_nodes)]
        body.append(tree.Import(0, 0, BEGINS))
        body += [_call(0, 0, self._begin(index)) for index in range(self.inits)]
        functions = [field(n, "name") for n in by_kind.get("function_declaration", ())]
        if package.split()[1:2] == ["main"] and "main" in (self.source(n) for n in functions if n):
            body.append(_call(0, 0, "main"))
        return tuple(body)

    def _begin(self, index: int) -> str:
        """The name of an `init`, of which each file of a package may have several."""
        return f"init\0{self._mark}.{index}"

    @cached_property
    def _mark(self) -> int:
        """What tells the file from the others of its package."""
        return crc32(self.text.encode(errors="surrogatepass"))

    def block(self, nodes: Iterable[Node]) -> tree.Block:
        """Statements; what is deferred runs at the end of those that follow it."""
        listed = list(nodes)
        if listed and listed[0].parent is not None and listed[0].parent.type == "source_file":
            if any(node.type == "package_clause" for node in listed):
                return self._file(listed)
            return super().block(listed)
        for at, node in enumerate(listed):
            place = self.at(node.start_byte), self.at(node.end_byte)
            if node.type == "defer_statement":
                before = super().block(listed[:at])
                called = self.block(node.named_children)
                rest = self.block(listed[at + 1 :])
                return (*before, tree.Try(*place, rest, self._recovered(node), (), called))
            if node.type == "labeled_statement" and self._label(node) in self.gone_to:
                before = super().block(listed[:at])
                return (*before, self._again(node, listed[at + 1 :]))
        return super().block(listed)

    def _recovered(self, node: Node) -> tuple[tree.Handler, ...]:
        """A deferred function that calls `recover` ends a panic."""
        if not _RECOVERS.search(self.source(node)):
            return ()
        at = self.at(node.start_byte), self.at(node.end_byte)
        return (tree.Handler(*at, (tree.Name(*at, "panic"),), "", (_call(*at, "\0panicked"),)),)

    def _again(self, node: Node, rest: list[Node]) -> tree.Loop:
        """The statements from a label on, which `goto` begins again."""
        at, label = (self.at(node.start_byte), self.at(node.end_byte)), self._label(node)
        self.back.add(label)
        inner = [c for c in node.named_children if c.type != "label_name"]
        body = (*self.block([*inner, *rest]), tree.Leave(*at, False, label))
        self.back.discard(label)
        return tree.Loop(*at, None, body, label=label)

    def _goto(self, node: Node, start: int, end: int) -> tree.Leave:
        """Only what goes back to a label around it is followed."""
        if self._label(node) not in self.back:
            raise tree.TooLarge
        return tree.Leave(start, end, True, self._label(node))

    def _import(self, node: Node, start: int, end: int) -> tree.Import:
        path = self.source(field(node, "path") or node)[1:-1]
        given = field(node, "name")
        last = _VERSION.sub("", path).rpartition("/")[2]
        name = self.source(given) if given is not None else last
        names = () if name in {"_", "."} else (("", name),)
        return tree.Import(start, end, path, names)

    def _parts(self, node: Node, _start: int, _end: int) -> tree.Block:
        return self.block(node.named_children)

    # Types and functions --------------------------------------------------------------------------

    def _type(self, node: Node, start: int, end: int) -> tree.Node:
        name = self.source(field(node, "name") or node)
        kind = field(node, "type")
        bases: list[tree.Node] = []
        values: list[tree.Node] = []
        if kind is not None and kind.type == "struct_type":
            fields = [f for part in kind.named_children for f in part.named_children]
            listed: list[str] = []
            for one in fields:
                if one.type != "field_declaration":
                    continue
                of = field(one, "type")
                names = [self.source(n) for n in one.children_by_field_name("name")]
                if not names and of is not None:
                    bases.append(self._of(of))
                    names = [self.source(of).lstrip("*").rpartition(".")[2]]
                listed += names
                values += [self._field(n, of, start, end) for n in names]
            self.fields[name] = tuple(listed)
        if kind is not None and kind.type == "interface_type":  # others have its methods
            bases.append(tree.Name(start, end, "\0interface"))
        own = tree.Parameter(start, end, "\0self")
        maker = tree.Function(start, end, "\0new", (own,), tuple(values), declared=True)
        return tree.Class(start, end, name, tuple(bases), (maker,))

    def _field(self, name: str, of: Node | None, start: int, end: int) -> tree.Node:
        target = tree.Member(start, end, tree.Name(start, end, "\0self"), name)
        return tree.Assign(start, end, target, self._zero(of))

    def _of(self, node: Node) -> tree.Node:
        """A type as a value: what a pointer points to."""
        start, end = self.at(node.start_byte), self.at(node.end_byte)
        if node.type == "pointer_type" and node.named_children:
            return self._of(node.named_children[0])
        if node.type == "qualified_type":
            package, name = field(node, "package"), field(node, "name")
            holder = tree.Name(start, end, self.source(package) if package else "")
            return tree.Member(start, end, holder, self.source(name) if name else "")
        if node.type == "generic_type":
            inner = field(node, "type")
            return self._of(inner) if inner is not None else tree.Other(start, end, ())
        return tree.Name(start, end, self.source(node))

    def _zero(self, node: Node | None) -> tree.Node:
        """The value that a variable of a type has before it is given one."""
        if node is None:
            return tree.Literal(0, 0, None)
        start, end, name = self.at(node.start_byte), self.at(node.end_byte), self.source(node)
        if node.type == "type_identifier":
            if name in _COUNTS or name in {"bool", "string"}:
                value = "" if name == "string" else 0
                return tree.Literal(start, end, False if name == "bool" else value)
            if name in {"error", "any"}:
                return tree.Literal(start, end, None)
        if name == "time.Duration":
            return tree.Literal(start, end, 0)
        if node.type in {"type_identifier", "qualified_type", "generic_type"}:
            return tree.Call(start, end, self._of(node), (), new=True)
        if node.type in {"slice_type", "array_type"}:
            return tree.Sequence(start, end, ())
        return tree.Literal(start, end, None)

    def _function(self, node: Node, start: int, end: int) -> tree.Node:
        named = field(node, "name")
        name = self.source(named) if named is not None else ""
        if name == "init" and node.type == "function_declaration":
            name, self.inits = self._begin(self.inits), self.inits + 1
        parameters = self._parameters(field(node, "parameters"))
        around, self.around = self.around, []
        body = self.body(field(node, "body"))
        self.around = around
        declared = node.type == "function_declaration"
        copies = self._copies(field(node, "parameters"))
        return tree.Function(start, end, name, parameters, (*copies, *body), declared=declared)

    def _copies(self, node: Node | None) -> tree.Block:
        """Parameters of a type by its name alone are copies, where that is a struct."""
        copies = []
        for one in node.named_children if node is not None else ():
            of, at = field(one, "type"), (self.at(one.start_byte), self.at(one.end_byte))
            kind = self.source(of) if of is not None and of.type == "type_identifier" else ""
            if not kind or kind in _COUNTS or kind in {"bool", "string", "error", "any"}:
                continue
            for given in one.children_by_field_name("name"):
                name = tree.Name(*at, self.source(given))
                copied = _call(*at, "\0copied", name, tree.Literal(*at, kind))
                copies.append(tree.Assign(*at, name, copied, declares=True))
        return tuple(copies)

    def _method(self, node: Node, start: int, end: int) -> tree.Node:
        receiver = self._parameters(field(node, "receiver")) or (tree.Parameter(start, end, "_"),)
        inner = self._function(node, start, end)
        assert isinstance(inner, tree.Function)
        types = [
            n
            for part in node.children_by_field_name("receiver")
            for one in part.named_children
            for n in one.children_by_field_name("type")
        ]
        pointed = bool(types) and types[0].type == "pointer_type"
        given = tree.Name(start, end, receiver[0].name)
        taken = _call(start, end, "\0address" if pointed else "\0received", given)
        own = tree.Assign(start, end, given, taken, declares=True)
        body = inner.body if given.name == "_" else (own, *inner.body)
        function = tree.Function(start, end, inner.name, (receiver[0], *inner.parameters), body)
        owner = self._of(types[0]) if types else tree.Other(start, end, ())
        return tree.Assign(start, end, tree.Member(start, end, owner, inner.name), function)

    def _parameters(self, node: Node | None) -> tuple[tree.Parameter, ...]:
        parameters = []
        for one in node.named_children if node is not None else ():
            start, end = self.at(one.start_byte), self.at(one.end_byte)
            rest = one.type == "variadic_parameter_declaration"
            names = [self.source(n) for n in one.children_by_field_name("name")] or ["_"]
            parameters += [tree.Parameter(start, end, name, rest=rest) for name in names]
        return tuple(parameters)

    def _block(self, node: Node, _start: int, _end: int) -> tree.Block:
        inner = [c for part in node.named_children for c in _statements(part)]
        return self.block(inner)

    # Expressions ----------------------------------------------------------------------------------

    def _name(self, node: Node, start: int, end: int) -> tree.Node:
        return tree.Name(start, end, self.source(node))

    def _constant(self, node: Node, start: int, end: int) -> tree.Node:
        value = {"true": True, "false": False}.get(node.type)
        return tree.Literal(start, end, value)

    def _number(self, node: Node, start: int, end: int) -> tree.Node:
        return tree.Literal(start, end, number(self.source(node)))

    def _string(self, node: Node, start: int, end: int) -> tree.Node:
        text = self.source(node)[1:-1]
        plain = node.type == "raw_string_literal"
        return tree.Literal(start, end, text if plain else unescaped(text))

    def _selector(self, node: Node, start: int, end: int) -> tree.Node:
        name = field(node, "field")
        operand = self.value(field(node, "operand"))
        return tree.Member(start, end, operand, self.source(name) if name else "")

    def _index(self, node: Node, start: int, end: int) -> tree.Node:
        return tree.Index(
            start, end, self.value(field(node, "operand")), self.value(field(node, "index"))
        )

    def _slice(self, node: Node, start: int, end: int) -> tree.Node:
        bounds = [self.value(field(node, name)) for name in ("operand", "start", "end")]
        return _call(start, end, "\0slice", *bounds)

    def _call(self, node: Node, start: int, end: int) -> tree.Node:
        function, given = field(node, "function"), field(node, "arguments")
        nodes = list(given.named_children) if given is not None else []
        name = self.source(function) if function is not None else ""
        if name in {"make", "new"} and nodes:
            return self._made(name, nodes, start, end)
        last = nodes[-1] if nodes and nodes[-1].type == "variadic_argument" else None
        nodes[-1:] = last.named_children if last is not None else nodes[-1:]
        values = [self.value(n) for n in nodes]
        stored = self._atomic(name, values, start, end)
        if stored is not None:
            return stored
        dots = given is not None and any(c.type == "..." for c in given.children)
        spread = last is not None or dots  # as one version of the grammar has it, or another
        arguments = tuple(
            tree.Argument(v.start, v.end, v, spread=spread and v is values[-1]) for v in values
        )
        return tree.Call(start, end, self.value(function), arguments)

    def _made(self, name: str, nodes: list[Node], start: int, end: int) -> tree.Node:
        of = nodes[0]
        if name == "new":
            return _call(start, end, "\0address", self._zero(of))
        if of.type == "channel_type":
            room = self.value(nodes[1]) if len(nodes) > 1 else tree.Literal(start, end, 0)
            return _call(start, end, "\0chan", room)
        if of.type == "map_type":
            return tree.Mapping(start, end, ())
        if len(nodes) > 1 and self.source(nodes[1]) != "0":
            return _call(
                start, end, "\0made", self.value(nodes[1]), self._zero(field(of, "element"))
            )
        return tree.Sequence(start, end, ())

    @staticmethod
    def _atomic(name: str, values: list[tree.Node], start: int, end: int) -> tree.Node | None:
        """`atomic.StoreInt32(&variable, value)` and its relatives."""
        verb = name.removeprefix("atomic.")
        if verb == name or not values:
            return None
        values = [_pointed(values[0]), *values[1:]]
        if verb.startswith("Load"):
            return values[0]
        if verb.startswith("Store") and len(values) > 1:
            return tree.Assign(start, end, values[0], values[1])
        if verb.startswith("Add") and len(values) > 1:
            return tree.Assign(start, end, values[0], values[1], operator="+")
        return None

    def _unary(self, node: Node, start: int, end: int) -> tree.Node:
        operator = node.children[0].type
        operand = self.value(field(node, "operand"))
        if operator == "<-":
            return _call(start, end, "\0receive", operand)
        if operator in {"!", "-"}:
            return tree.Operation(start, end, {"!": "not"}.get(operator, operator), (operand,))
        if operator == "&":
            return _address(operand)
        if operator == "*":
            return _call(start, end, "\0pointed", operand)
        return tree.Other(start, end, (operand,))

    def _binary(self, node: Node, start: int, end: int) -> tree.Node:
        sign = field(node, "operator")
        operator = self.source(sign) if sign is not None else ""
        operands = self.value(field(node, "left")), self.value(field(node, "right"))
        known = {"==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "&&", "||"}
        if operator not in known:
            return tree.Other(start, end, operands)
        return tree.Operation(start, end, _OPERATORS.get(operator, operator), operands)

    def _asserted(self, node: Node, _start: int, _end: int) -> tree.Node:
        return self.value(field(node, "operand"))

    def _inner(self, node: Node, _start: int, _end: int) -> tree.Node:
        return self.value(node.named_children[0] if node.named_children else None)

    def _list(self, node: Node, start: int, end: int) -> tree.Node:
        values = [self.value(n) for n in node.named_children]
        return values[0] if len(values) == 1 else _listed(start, end, values)

    def _literal(self, node: Node, start: int, end: int) -> tree.Node:
        of, body = field(node, "type"), field(node, "body")
        if of is None or body is None:
            return tree.Other(start, end, self.block(node.named_children))
        return self._composed(of, body, start, end)

    def _composed(self, of: Node, body: Node, start: int, end: int) -> tree.Node:
        """A literal of a type: `[]T{…}`, `map[K]V{…}`, `T{…}`."""
        if of.type == "pointer_type" and of.named_children:
            return _address(self._composed(of.named_children[0], body, start, end))
        if of.type in {"slice_type", "array_type", "implicit_length_array_type"}:
            element = field(of, "element")
            values = [self._element(n, element) for n in body.named_children]
            return _listed(start, end, values)
        keyed = [n for n in body.named_children if n.type == "keyed_element"]
        if of.type == "map_type":
            value = field(of, "value")
            return tree.Mapping(start, end, tuple(self._entry(n, value) for n in keyed))
        name = self.source(of)
        pairs = [
            (tree.Literal(start, end, self.source(_side(n, 0))), self._element(_side(n, 1), None))
            for n in keyed
        ]
        if not keyed:
            given = [self._element(n, None) for n in body.named_children]
            names = self.fields.get(name, ())
            pairs = [(tree.Literal(start, end, n), v) for n, v in zip(names, given, strict=False)]
        made = tree.Call(start, end, self._of(of), (), new=True)
        return _call(start, end, "\0fill", made, tree.Mapping(start, end, tuple(pairs)))

    def _entry(self, node: Node, of: Node | None) -> tuple[tree.Node, tree.Node]:
        return self._element(_side(node, 0), None), self._element(_side(node, 1), of)

    def _element(self, node: Node, of: Node | None) -> tree.Node:
        """An element of a literal, which need not say of what type it is."""
        while node.type == "literal_element" and node.named_children:
            node = node.named_children[0]
        if node.type == "keyed_element":
            return self._element(_side(node, 1), of)
        if node.type == "literal_value" and of is not None:
            return self._composed(of, node, self.at(node.start_byte), self.at(node.end_byte))
        return self.value(node)

    # Statements -----------------------------------------------------------------------------------

    def _declared(self, node: Node, start: int, end: int) -> tree.Block | tree.Node:
        """`a, b := value`, `var a T = value`."""
        names = node.children_by_field_name("name")
        value = field(node, "value")
        if value is None:
            given = [(self.value(n), self._zero(field(node, "type"))) for n in names]
            return tuple(tree.Assign(start, end, *pair, declares=True) for pair in given)
        targets = [self.value(n) for n in names]
        return self._assigned(targets, value, start, end, declares=True)

    def _short(self, node: Node, start: int, end: int) -> tree.Node:
        left, right = field(node, "left"), field(node, "right")
        targets = [self.value(n) for n in left.named_children] if left is not None else []
        return self._assigned(targets, right, start, end, declares=True)

    def _assignment(self, node: Node, start: int, end: int) -> tree.Node:
        left, right, sign = (field(node, name) for name in ("left", "right", "operator"))
        operator = self.source(sign)[:-1] if sign is not None else ""
        targets = [self.value(n) for n in left.named_children] if left is not None else []
        if operator and targets:
            return tree.Assign(start, end, targets[0], self.value(right), operator=operator)
        return self._assigned(targets, right, start, end, declares=False)

    def _assigned(
        self, targets: list[tree.Node], right: Node | None, start: int, end: int, *, declares: bool
    ) -> tree.Node:
        value = self.value(right)
        single = not isinstance(value, tree.Sequence) or len(targets) == 1
        last = targets[-1].name if targets and isinstance(targets[-1], tree.Name) else ""
        if len(targets) == 1:
            if "err" in last.lower() and isinstance(value, tree.Call):
                value = _method(start, end, value, "\0error")
            if isinstance(value, tree.Name | tree.Member | tree.Index):
                value = _call(start, end, "\0copied", value)
            if _holder(value) is not None:
                value = _call(start, end, "\0received", value)
            holder = _holder(targets[0])
            if holder is not None:
                return _call(start, end, "\0put", holder, value)
            return tree.Assign(start, end, targets[0], value, declares=declares)
        if single:
            several = tree.Literal(start, end, len(targets))
            value = self._pair(value) or _method(start, end, value, "\0results", several)
        items = tuple(tree.Argument(t.start, t.end, t) for t in targets)
        return tree.Assign(start, end, tree.Sequence(start, end, items), value, declares=declares)

    @staticmethod
    def _pair(value: tree.Node) -> tree.Node | None:
        """`value, ok := <-channel` and `value, ok := table[key]`."""
        if isinstance(value, tree.Call) and getattr(value.function, "name", "") == "\0receive":
            given = tuple(argument.value for argument in value.arguments)
            return _call(value.start, value.end, "\0receive-pair", *given)
        if isinstance(value, tree.Call):
            return None
        return _listed(value.start, value.end, [value, tree.Other(value.start, value.end, ())])

    def _count(self, node: Node, start: int, end: int) -> tree.Node:
        target = self.value(node.named_children[0] if node.named_children else None)
        operator = "+" if node.type == "inc_statement" else "-"
        return tree.Assign(start, end, target, tree.Literal(start, end, 1), operator=operator)

    def _go(self, node: Node, start: int, end: int) -> tree.Node:
        call = self.value(node.named_children[0] if node.named_children else None)
        if not isinstance(call, tree.Call):
            return call
        function = tree.Argument(start, end, call.function)
        name = tree.Name(start, end, "\0go")
        return tree.Call(start, end, name, (function, *call.arguments))

    def _send(self, node: Node, start: int, end: int) -> tree.Node:
        channel, value = self.value(field(node, "channel")), self.value(field(node, "value"))
        return _call(start, end, "\0send", channel, value)

    def _return(self, node: Node, start: int, end: int) -> tree.Node:
        values = [self.value(n) for n in node.named_children]
        return tree.Return(start, end, values[0] if values else None)

    def _if(self, node: Node, start: int, end: int) -> tree.Block:
        before = self.body(field(node, "initializer"))
        test = self.value(field(node, "condition"))
        then, other = self.body(field(node, "consequence")), self.body(field(node, "alternative"))
        return (*before, tree.If(start, end, test, then, other))

    def _for(self, node: Node, start: int, end: int) -> tree.Block:
        head = next((n for n in node.named_children if n.type != "block"), None)
        self.around.append("loop")
        body = self.body(field(node, "body"))
        self.around.pop()
        if head is None:
            return (tree.Loop(start, end, None, body),)
        if head.type == "range_clause":
            return self._range(head, body, start, end)
        if head.type != "for_clause":
            return (tree.Loop(start, end, self.value(head), body),)
        condition = field(head, "condition")
        test = self.value(condition) if condition is not None else None
        after = self.body(field(head, "update"))
        before = self.body(field(head, "initializer"))
        return (*before, tree.Loop(start, end, test, body, after))

    def _range(self, head: Node, body: tree.Block, start: int, end: int) -> tree.Block:
        """A round for each item of whatever it is: a list, a number, a channel."""
        left = field(head, "left")
        targets = [self.value(n) for n in left.named_children] if left is not None else []
        items = tree.Name(start, end, f"\0items{start}")
        source = _call(start, end, "\0iterate", self.value(field(head, "right")))
        first = tree.Assign(start, end, items, source, declares=True)
        wanted = tree.Literal(start, end, len(targets))
        taken: list[tree.Node] = []
        if targets:
            parts = tuple(tree.Argument(t.start, t.end, t) for t in targets)
            pair = _call(start, end, "\0current", items, wanted)
            target = tree.Sequence(start, end, parts)
            taken = [tree.Assign(start, end, target, pair, declares=True)]
        if len(targets) > 1:
            copied = _call(start, end, "\0copied", targets[1])
            taken.append(tree.Assign(start, end, targets[1], copied))
        return (first, tree.Loop(start, end, _call(start, end, "\0more", items), (*taken, *body)))

    def _switch(self, node: Node, start: int, end: int) -> tree.Block:
        before = self.body(field(node, "initializer"))
        subject = field(node, "value")
        asked = tree.Name(start, end, f"\0asked{start}")
        typed = node.type == "type_switch_statement"
        alias = field(node, "alias")
        chain: tree.Block = ()
        if subject is not None:
            value = self.value(subject)
            before = (*before, tree.Assign(start, end, asked, value, declares=True))
        if typed and alias is not None and alias.named_children:
            target = self.value(alias.named_children[0])
            before = (*before, tree.Assign(start, end, target, asked, declares=True))
        self.around.append("switch")
        outer, self.broken = self.broken, False
        cases = [c for c in node.named_children if c.type.endswith("_case")]
        arms = [(c, self._arm(c)) for c in cases]
        for at, (case, body) in reversed(list(enumerate(arms[:-1]))):
            if any(_ends_in(part, "fallthrough_statement") for part in case.named_children):
                arms[at] = (case, (*body, *arms[at + 1][1]))
        default = [body for c, body in arms if c.type == "default_case"]
        chain = default[0] if default else ()
        for case, body in arms[::-1]:
            if case.type == "default_case":
                continue
            test: tree.Node = tree.Other(start, end, ())
            labels = field(case, "value")
            if not typed and labels is not None:
                test = self._matches(labels, asked if subject is not None else None, start, end)
            if typed and subject is not None:
                test = self._is_one_of(case, asked, start, end)
            chain = (tree.If(start, end, test, body, chain),)
        self.around.pop()
        whole = (*before, *self._leavable(chain, start, end))
        self.broken = outer
        return whole

    def _is_one_of(self, case: Node, asked: tree.Node, start: int, end: int) -> tree.Node:
        names = [self.source(n).lstrip("*") for n in case.children_by_field_name("type")]
        tests = [_call(start, end, "\0is", asked, tree.Literal(start, end, n)) for n in names]
        return tests[0] if len(tests) == 1 else tree.Operation(start, end, "or", tuple(tests))

    def _matches(self, labels: Node, asked: tree.Node | None, start: int, end: int) -> tree.Node:
        values = [self.value(n) for n in labels.named_children]
        if asked is not None:
            values = [tree.Operation(start, end, "==", (asked, value)) for value in values]
        return values[0] if len(values) == 1 else tree.Operation(start, end, "or", tuple(values))

    def _arm(self, case: Node) -> tree.Block:
        """The statements of a case; a `break` at its end only says what happens anyway."""
        inner = [c for part in case.named_children for c in _statements(part, only=True)]
        if inner and inner[-1].type == "break_statement" and not inner[-1].named_children:
            inner.pop()
        return self.block(inner)

    def _leavable(self, chain: tree.Block, start: int, end: int) -> tree.Block:
        """What a `break` in the middle of it leaves."""
        if not self.broken:
            return chain
        handler = tree.Handler(start, end, (tree.Name(start, end, _BREAK),), "", ())
        return (tree.Try(start, end, chain, (handler,)),)

    def _select(self, node: Node, start: int, end: int) -> tree.Block:
        chosen = tree.Name(start, end, f"\0chosen{start}")
        cases = [c for c in node.named_children if c.type == "communication_case"]
        default = [c for c in node.named_children if c.type == "default_case"]
        channels = [self._channel(field(c, "communication")) for c in cases]
        self.around.append("switch")
        outer, self.broken = self.broken, False
        chain = self._arm(default[0]) if default else ()
        for at, case in list(enumerate(cases))[::-1]:
            index = tree.Index(start, end, chosen, tree.Literal(start, end, 0))
            test = tree.Operation(start, end, "==", (index, tree.Literal(start, end, at)))
            body = (*self._received(field(case, "communication"), chosen), *self._arm(case))
            chain = (tree.If(start, end, test, body, chain),)
        self.around.pop()
        whole = self._leavable(chain, start, end)
        self.broken = outer
        asked = _call(
            start,
            end,
            "\0select",
            _listed(start, end, channels),
            tree.Literal(start, end, bool(default)),
        )
        return (tree.Assign(start, end, chosen, asked, declares=True), *whole)

    def _channel(self, node: Node | None) -> tree.Node:
        """The channel that a case waits for; an offer to one that it sends to."""
        if node is None:
            return tree.Literal(0, 0, None)
        if node.type == "send_statement":
            at = self.at(node.start_byte), self.at(node.end_byte)
            return _call(*at, "\0offer", self.value(field(node, "channel")))
        right = field(node, "right") if node.type == "receive_statement" else node
        value = self.value(right)
        if isinstance(value, tree.Call) and value.arguments:
            return value.arguments[0].value
        return value

    def _received(self, node: Node | None, chosen: tree.Node) -> tree.Block:
        """What a case does with what has come."""
        if node is None:
            return ()
        start, end = self.at(node.start_byte), self.at(node.end_byte)
        if node.type == "send_statement":
            channel, value = self.value(field(node, "channel")), self.value(field(node, "value"))
            return (_call(start, end, "\0sent", channel, value),)
        left = field(node, "left") if node.type == "receive_statement" else None
        targets = left.named_children if left is not None else ()
        parts = [tree.Index(start, end, chosen, tree.Literal(start, end, n)) for n in (1, 2)]
        return tuple(
            tree.Assign(start, end, self.value(t), part, declares=True)
            for t, part in zip(targets, parts, strict=False)
        )

    def _leave(self, node: Node, start: int, end: int) -> tree.Node:
        """`break` and `continue`, of the nearest loop or of one that is named."""
        label = self._label(node)
        if node.type == "continue_statement":
            return tree.Leave(start, end, next_round=True, label=label)
        if label or not self.around or self.around[-1] == "loop":
            return tree.Leave(start, end, next_round=False, label=label)
        self.broken = True
        return tree.Raise(start, end, tree.Name(start, end, _BREAK))

    def _labelled(self, node: Node, _start: int, _end: int) -> tree.Block:
        return labelled(self.block(node.named_children), self._label(node))

    def _label(self, node: Node) -> str:
        return next((self.source(c) for c in node.named_children if c.type == "label_name"), "")

    reads: ClassVar[dict[str, Read]] = {
        **dict.fromkeys(("identifier", "package_identifier", "type_identifier"), _name),
        **dict.fromkeys(("true", "false", "nil"), _constant),
        **dict.fromkeys(("int_literal", "float_literal"), _number),
        **dict.fromkeys(("interpreted_string_literal", "raw_string_literal"), _string),
        "selector_expression": _selector,
        "index_expression": _index,
        "slice_expression": _slice,
        "call_expression": _call,
        "unary_expression": _unary,
        "binary_expression": _binary,
        "type_assertion_expression": _asserted,
        "type_conversion_expression": _asserted,
        **dict.fromkeys(("parenthesized_expression", "literal_element"), _inner),
        "expression_list": _list,
        "composite_literal": _literal,
        "func_literal": _function,
        "function_declaration": _function,
        "method_declaration": _method,
        "type_spec": _type,
        "import_spec": _import,
        **dict.fromkeys(("import_declaration", "import_spec_list", "type_declaration"), _parts),
        **dict.fromkeys(("var_declaration", "const_declaration", "var_spec_list"), _parts),
        "expression_statement": _parts,
        "labeled_statement": _labelled,
        **dict.fromkeys(("var_spec", "const_spec"), _declared),
        **dict.fromkeys(("block", "statement_list"), _block),
        "short_var_declaration": _short,
        "assignment_statement": _assignment,
        **dict.fromkeys(("inc_statement", "dec_statement"), _count),
        "go_statement": _go,
        "send_statement": _send,
        "return_statement": _return,
        "if_statement": _if,
        "for_statement": _for,
        **dict.fromkeys(("expression_switch_statement", "type_switch_statement"), _switch),
        "select_statement": _select,
        "goto_statement": _goto,
        **dict.fromkeys(("break_statement", "continue_statement"), _leave),
    }
    silent = frozenset({"label_name", "package_clause", "empty_statement"})


def _statements(node: Node, *, only: bool = False) -> list[Node]:
    """The statements of a list of them; of anything else, itself, unless only lists count."""
    if node.type == "statement_list":
        return list(node.named_children)
    return [] if only else [node]


def _side(node: Node, at: int) -> Node:
    """The key or the value of a keyed element."""
    parts = node.named_children
    one = parts[min(at, len(parts) - 1)]
    return one.named_children[0] if one.type == "literal_element" and one.named_children else one


def _call(start: int, end: int, name: str, *values: tree.Node) -> tree.Call:
    arguments = tuple(tree.Argument(v.start, v.end, v) for v in values)
    return tree.Call(start, end, tree.Name(start, end, name), arguments)


def _address(operand: tree.Node) -> tree.Node:
    """A pointer: to a variable or a field by its name, to all else by what it is."""
    at = operand.start, operand.end
    if isinstance(operand, tree.Name):
        return _call(*at, "\0address", operand, tree.Literal(*at, operand.name))
    if isinstance(operand, tree.Member):
        return _call(*at, "\0address", operand, tree.Literal(*at, operand.name), operand.object)
    return _call(*at, "\0address", operand)


def _pointed(value: tree.Node) -> tree.Node:
    """What a pointer that is written out, `&variable`, points to; else the value itself."""
    name = value.function if isinstance(value, tree.Call) else None
    if isinstance(value, tree.Call) and getattr(name, "name", "") == "\0address":
        return value.arguments[0].value
    return value


def _holder(target: tree.Node) -> tree.Node | None:
    """The pointer that `*pointer` is about; None for all else."""
    name = target.function if isinstance(target, tree.Call) else None
    if isinstance(target, tree.Call) and getattr(name, "name", "") == "\0pointed":
        return target.arguments[0].value
    return None


def _method(start: int, end: int, value: tree.Node, name: str, *given: tree.Node) -> tree.Call:
    arguments = tuple(tree.Argument(v.start, v.end, v) for v in given)
    return tree.Call(start, end, tree.Member(start, end, value, name), arguments)


def _listed(start: int, end: int, values: list[tree.Node]) -> tree.Sequence:
    return tree.Sequence(start, end, tuple(tree.Argument(v.start, v.end, v) for v in values))
