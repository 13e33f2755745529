"""Python: from the standard library's syntax tree to ours."""

from __future__ import annotations

import ast
import warnings
from typing import TYPE_CHECKING, Any, ClassVar

from gracelint.base import lazy
from gracelint.base.values import replace
from gracelint.syntax.code import tree
from gracelint.syntax.code.newer import plainer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_LARGE = 2**64  # numbers from there on are not worked with
MAX_DEPTH = 120  # levels of nesting that are followed

_OPERATORS: dict[type, str] = {
    ast.Eq: "==",
    ast.Is: "===",
    ast.NotEq: "!=",
    ast.IsNot: "!==",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.And: "and",
    ast.Or: "or",
    ast.Not: "not",
    ast.USub: "-",
}


def read(text: str) -> tree.Module:
    """The statements of a file; what is not Python is a module with a problem."""
    try:
        try:
            return _module(text)
        except SyntaxError:
            return _module(plainer(text))
    except tree.TooLarge:
        return tree.Module((), "it is too large to be read as Python", exact=False)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return tree.Module((), "it cannot be read as Python", exact=False)


def _module(text: str) -> tree.Module:
    return tree.Module(_Reader(text).block(_parsed(text).body))


def _parsed(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text.encode("utf-8", "replace").decode())


def standard(text: str) -> ast.Module | None:
    """The standard library's tree of a file; None where it cannot be read."""
    try:
        return _parsed(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


_LINE_END = lazy.compile(r"\r(?!\n)")
"""A carriage return ends a line for Python, too."""


class _Reader:
    def __init__(self, text: str) -> None:
        self.lines = _LINE_END.sub("\n", text).split("\n")
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line) + 1)
        self.depth = self.count = 0
        self.labels = [""]

    def block(self, body: Sequence[ast.AST]) -> tree.Block:
        return tuple(self.node(node) for node in body)

    def node(self, node: ast.AST | None) -> Any:
        """The node of our tree for one of theirs."""
        if node is None:
            return None
        read = self.reads.get(type(node), _Reader._other)
        self.depth, self.count = self.depth + 1, self.count + 1
        try:
            if self.count > tree.MAX_NODES:
                raise tree.TooLarge
            if self.depth > MAX_DEPTH:
                raise RecursionError
            return read(self, node, *self._place(node))
        finally:
            self.depth -= 1

    def _place(self, node: Any) -> tuple[int, int]:
        line = getattr(node, "lineno", None)
        if line is None:
            return 0, 0
        last = node.end_lineno or line
        start = self.starts[line - 1] + self._column(line, node.col_offset)
        return start, self.starts[last - 1] + self._column(last, node.end_col_offset or 0)

    def _column(self, line: int, column: int) -> int:
        text = self.lines[line - 1]
        if text.isascii():
            return column
        return len(text.encode("utf-8", "replace")[:column].decode("utf-8", "ignore"))

    def _other(self, node: ast.AST, start: int, end: int) -> tree.Node:
        parts = (n for n in ast.iter_child_nodes(node) if isinstance(n, ast.expr | ast.stmt))
        return tree.Other(start, end, self.block(list(parts)))

    def _constant(self, node: ast.Constant, start: int, end: int) -> tree.Node:
        value = node.value
        large = isinstance(value, int) and abs(value) >= _LARGE
        if value is None or (isinstance(value, str | int | float) and not large):
            return tree.Literal(start, end, value)
        return tree.Other(start, end, ())

    def _name(self, node: ast.Name, start: int, end: int) -> tree.Node:
        return tree.Name(start, end, node.id)

    def _attribute(self, node: ast.Attribute, start: int, end: int) -> tree.Node:
        return tree.Member(start, end, self.node(node.value), node.attr)

    def _subscript(self, node: ast.Subscript, start: int, end: int) -> tree.Node:
        if isinstance(node.slice, ast.Slice) and node.slice.step is None:
            parts = (node.slice.lower, node.slice.upper)
            given = [tree.Argument(start, end, self.node(p) or _nothing(end)) for p in parts]
            slicer = tree.Member(start, end, self.node(node.value), "[:]")
            return tree.Call(start, end, slicer, tuple(given))
        return tree.Index(start, end, self.node(node.value), self.node(node.slice))

    def _call(self, node: ast.Call, start: int, end: int) -> tree.Node:
        given = [self._argument(a) for a in node.args]
        for keyword in node.keywords:
            at = self._place(keyword)
            name = keyword.arg or ""
            given.append(tree.Argument(*at, self.node(keyword.value), name, spread=not name))
        called = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if called in _BEGINNING and given:
            given[0] = replace(given[0], value=_later(given[0].value))
            if called in {"gather", "wait"}:
                given = [replace(a, value=_later(a.value)) for a in given]
        return tree.Call(start, end, self.node(node.func), tuple(given))

    def _argument(self, node: ast.expr) -> tree.Argument:
        inner = node.value if isinstance(node, ast.Starred) else node
        at = self._place(node)
        return tree.Argument(*at, self.node(inner), spread=isinstance(node, ast.Starred))

    def _sequence(self, node: Any, start: int, end: int) -> tree.Node:
        return tree.Sequence(start, end, tuple(self._argument(e) for e in node.elts))

    def _set(self, node: ast.Set, start: int, end: int) -> tree.Node:
        items = tree.Argument(start, end, self._sequence(node, start, end))
        return tree.Call(start, end, tree.Name(start, end, "set"), (items,))

    def _dict(self, node: ast.Dict, start: int, end: int) -> tree.Node:
        pairs = zip(node.keys, node.values, strict=True)
        return tree.Mapping(start, end, tuple((self.node(k), self.node(v)) for k, v in pairs))

    def _lambda(self, node: ast.Lambda, start: int, end: int) -> tree.Node:
        at = self._place(node.body)
        body = (tree.Return(*at, self.node(node.body)),)
        return tree.Function(start, end, "", self._parameters(node.args), body)

    def _function(self, node: Any, start: int, end: int) -> tree.Node:
        return tree.Function(
            start,
            end,
            node.name,
            self._parameters(node.args),
            self.block(node.body),
            deferred=isinstance(node, ast.AsyncFunctionDef),
            decorators=self.block(node.decorator_list),
            declared=True,
        )

    def _parameters(self, given: ast.arguments) -> tuple[tree.Parameter, ...]:
        plain = [*given.posonlyargs, *given.args]
        defaults: list[ast.expr | None] = [None] * (len(plain) - len(given.defaults))
        parameters = [
            tree.Parameter(*self._place(a), a.arg, self.node(d))
            for a, d in zip(plain, [*defaults, *given.defaults], strict=True)
        ]
        if given.vararg:
            parameters.append(
                tree.Parameter(*self._place(given.vararg), given.vararg.arg, rest=True)
            )
        for argument, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
            value = self.node(default)
            parameters.append(tree.Parameter(*self._place(argument), argument.arg, value))
        return tuple(parameters)

    def _class(self, node: ast.ClassDef, start: int, end: int) -> tree.Node:
        return tree.Class(start, end, node.name, self.block(node.bases), self.block(node.body))

    def _joined(self, node: ast.JoinedStr, start: int, end: int) -> tree.Node:
        return tree.Join(start, end, tuple(self._filled(value) for value in node.values))

    def _filled(self, part: ast.AST) -> tree.Node:
        """What stands in a place of a text; `{x:>3}` and `{x!r}` are not worked out."""
        if not isinstance(part, ast.FormattedValue):
            read: tree.Node = self.node(part)
            return read
        inside: tree.Node = self.node(part.value)
        plain = part.format_spec is None and part.conversion in {-1, ord("s")}
        return inside if plain else tree.Other(inside.start, inside.end, (inside,))

    def _operation(self, node: Any, start: int, end: int) -> tree.Node:
        match node:
            case ast.BoolOp():
                operands = self.block(node.values)
            case ast.UnaryOp():
                operands = (self.node(node.operand),)
            case _:
                operands = (self.node(node.left), self.node(node.right))
        operator = _OPERATORS.get(type(node.op))
        if operator is None:
            return tree.Other(start, end, operands)
        return tree.Operation(start, end, operator, operands)

    def _compare(self, node: ast.Compare, start: int, end: int) -> tree.Node:
        operands = self.block([node.left, *node.comparators])
        operator = _OPERATORS.get(type(node.ops[0]), "") if len(node.ops) == 1 else ""
        if isinstance(node.ops[0], ast.NotIn) and len(node.ops) == 1:
            inside = tree.Operation(start, end, "in", operands)
            return tree.Operation(start, end, "not", (inside,))
        if not operator:
            return tree.Other(start, end, operands)
        return tree.Operation(start, end, operator, operands)

    def _conditional(self, node: ast.IfExp, start: int, end: int) -> tree.Node:
        parts = self.block([node.test, node.body, node.orelse])
        return tree.Conditional(start, end, *parts)

    def _collect(self, node: Any, start: int, end: int) -> tree.Node:
        first, *more = node.generators
        if more:
            return tree.Other(start, end, self.block([node.elt, first.iter]))
        items, target = self.node(first.iter), self.node(first.target)
        return tree.Collect(start, end, self.node(node.elt), target, items, self.block(first.ifs))

    def _dict_collect(self, node: ast.DictComp, start: int, end: int) -> tree.Node:
        first = node.generators[0]
        pair = tree.Sequence(start, end, (self._argument(node.key), self._argument(node.value)))
        items, target = self.node(first.iter), self.node(first.target)
        collect = tree.Collect(start, end, pair, target, items, self.block(first.ifs))
        given = (tree.Argument(start, end, collect),)
        return tree.Call(start, end, tree.Name(start, end, "dict"), given)

    def _named(self, node: ast.NamedExpr, start: int, end: int) -> tree.Node:
        return tree.Assign(start, end, self.node(node.target), self.node(node.value))

    def _await(self, node: ast.Await, start: int, end: int) -> tree.Node:
        return tree.Wait(start, end, self.node(node.value))

    def _yield(self, node: ast.Yield | ast.YieldFrom, start: int, end: int) -> tree.Node:
        each = isinstance(node, ast.YieldFrom)
        return tree.Yield(start, end, None if node.value is None else self.node(node.value), each)

    def _expression(self, node: ast.Expr, _start: int, _end: int) -> tree.Node:
        expression: tree.Node = self.node(node.value)
        return expression

    def _assign(self, node: ast.Assign, start: int, end: int) -> tree.Node:
        value = self.node(node.value)
        for target in node.targets[::-1]:
            value = tree.Assign(start, end, self.node(target), value)
        assigned: tree.Node = value
        return assigned

    def _delete(self, node: ast.Delete, start: int, end: int) -> tree.Node:
        places = [self.node(target) for target in node.targets]
        removals = (tree.removal(p) for p in places if isinstance(p, tree.Index))
        return tree.Other(start, end, tuple(removals))

    def _annotated(self, node: ast.AnnAssign, start: int, end: int) -> tree.Node:
        """`name: type` alone says that there is such a field."""
        nothing = tree.Other(start, end, ())
        if node.value is None and not isinstance(node.target, ast.Name):
            return nothing
        value = self.node(node.value) if node.value is not None else nothing
        return tree.Assign(start, end, self.node(node.target), value)

    def _augmented(self, node: ast.AugAssign, start: int, end: int) -> tree.Node:
        operator = _OPERATORS.get(type(node.op), "?")
        target, value = self.node(node.target), self.node(node.value)
        return tree.Assign(start, end, target, value, operator=operator)

    def _if(self, node: ast.If, start: int, end: int) -> tree.Node:
        test = self.node(node.test)
        return tree.If(start, end, test, self.block(node.body), self.block(node.orelse))

    def _while(self, node: ast.While, start: int, end: int) -> tree.Node:
        always = isinstance(node.test, ast.Constant) and bool(node.test.value)
        test = None if always else self.node(node.test)
        return self._looped(node, tree.Loop(start, end, test, self._rounds(node)))

    def _for(self, node: Any, start: int, end: int) -> tree.Node:
        target, items = self.node(node.target), self.node(node.iter)
        return self._looped(node, tree.Each(start, end, target, items, self._rounds(node)))

    def _rounds(self, node: Any) -> tree.Block:
        self.labels.append(f"\0else{node.lineno}:{node.col_offset}" if node.orelse else "")
        body = self.block(node.body)
        self.labels.pop()
        return body

    def _looped(self, node: Any, loop: tree.Loop | tree.Each) -> tree.Node:
        """A loop with what is done at its end, unless it was left: a block that is left around."""
        if not node.orelse:
            return loop
        at = loop.end, loop.end
        label = f"\0else{node.lineno}:{node.col_offset}"
        inside = (loop, *self.block(node.orelse), tree.Leave(*at, next_round=False, label=label))
        return tree.Loop(loop.start, loop.end, None, inside, label=label)

    def _match(self, node: ast.Match, start: int, end: int) -> tree.Node:
        """A chain of conditions; of a pattern with parts it is not known whether it fits."""
        subject = tree.Name(start, end, f"\0match{start}")
        chain: tree.Block = ()
        for case in node.cases[::-1]:
            test = self._fits(case.pattern, subject)
            if case.guard is not None:
                guard = self.node(case.guard)
                test = guard if test is None else tree.Operation(start, end, "and", (test, guard))
            held = [p for p in ast.walk(case.pattern) if isinstance(p, ast.MatchAs) and p.name]
            named = [tree.Name(start, end, str(part.name)) for part in held]
            whole = subject if isinstance(case.pattern, ast.MatchAs) else tree.Other(start, end, ())
            given = (tree.Assign(start, end, name, whole) for name in named)
            body = self.block(case.body)
            chosen = body if test is None else (tree.If(start, end, test, body, chain),)
            chain = (*given, *chosen)
        assigned = tree.Assign(start, end, subject, self.node(node.subject))
        return tree.Other(start, end, (assigned, *chain))

    def _fits(self, pattern: ast.pattern, subject: tree.Node) -> tree.Node | None:
        """The condition for a pattern; None where every value fits."""
        at = subject.start, subject.end
        match pattern:
            case ast.MatchValue():
                return tree.Operation(*at, "==", (subject, self.node(pattern.value)))
            case ast.MatchSingleton():
                value = tree.Literal(*at, pattern.value)
                return tree.Operation(*at, "===", (subject, value))
            case ast.MatchOr():
                tests = [self._fits(part, subject) for part in pattern.patterns]
                known = tuple(test for test in tests if test is not None)
                return tree.Operation(*at, "or", known) if len(known) == len(tests) else None
            case ast.MatchAs():
                return None if pattern.pattern is None else self._fits(pattern.pattern, subject)
            case _:
                return tree.Other(*at, ())

    def _try(self, node: Any, start: int, end: int) -> tree.Node:
        handlers = tuple(self._handler(h) for h in node.handlers)
        return tree.Try(
            start,
            end,
            self.block(node.body),
            handlers,
            self.block(node.orelse),
            self.block(node.finalbody),
        )

    def _handler(self, node: ast.ExceptHandler) -> tree.Handler:
        types = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        kinds = tuple(self.node(t) for t in types if t is not None)
        return tree.Handler(*self._place(node), kinds, node.name or "", self.block(node.body))

    def _with(self, node: Any, start: int, end: int) -> tree.Node:
        body = self.block(node.body)
        for item in node.items[::-1]:
            value, target = self.node(item.context_expr), self.node(item.optional_vars)
            body = (tree.With(start, end, value, target, body),)
        return body[0]

    def _return(self, node: ast.Return, start: int, end: int) -> tree.Node:
        return tree.Return(start, end, self.node(node.value))

    def _raise(self, node: ast.Raise, start: int, end: int) -> tree.Node:
        return tree.Raise(start, end, self.node(node.exc))

    def _leave(self, node: ast.AST, start: int, end: int) -> tree.Node:
        goes_on = isinstance(node, ast.Continue)
        return tree.Leave(start, end, goes_on, "" if goes_on else self.labels[-1])

    def _import(self, node: ast.Import, start: int, end: int) -> tree.Node:
        imports = []
        for alias in node.names:
            local = alias.asname or alias.name.partition(".")[0]
            what = "" if alias.asname or "." not in alias.name else "."
            imports.append(tree.Import(start, end, alias.name, ((what, local),)))
        return imports[0] if len(imports) == 1 else tree.Other(start, end, tuple(imports))

    def _import_from(self, node: ast.ImportFrom, start: int, end: int) -> tree.Node:
        names = tuple((a.name, a.asname or a.name) for a in node.names)
        return tree.Import(start, end, node.module or "", names, node.level)

    def _shared(self, node: Any, start: int, end: int) -> tree.Node:
        return tree.Shared(start, end, tuple(node.names), isinstance(node, ast.Global))

    reads: ClassVar[dict[type, Callable[..., tree.Node]]] = {
        ast.Constant: _constant,
        ast.Name: _name,
        ast.Attribute: _attribute,
        ast.Subscript: _subscript,
        ast.Call: _call,
        ast.List: _sequence,
        ast.Tuple: _sequence,
        ast.Set: _set,
        ast.Dict: _dict,
        ast.Lambda: _lambda,
        ast.FunctionDef: _function,
        ast.AsyncFunctionDef: _function,
        ast.ClassDef: _class,
        ast.JoinedStr: _joined,
        ast.BinOp: _operation,
        ast.BoolOp: _operation,
        ast.UnaryOp: _operation,
        ast.Compare: _compare,
        ast.IfExp: _conditional,
        ast.ListComp: _collect,
        ast.SetComp: _collect,
        ast.GeneratorExp: _collect,
        ast.DictComp: _dict_collect,
        ast.NamedExpr: _named,
        ast.Await: _await,
        ast.Yield: _yield,
        ast.YieldFrom: _yield,
        ast.Expr: _expression,
        ast.Assign: _assign,
        ast.AnnAssign: _annotated,
        ast.AugAssign: _augmented,
        ast.Delete: _delete,
        ast.If: _if,
        ast.While: _while,
        ast.For: _for,
        ast.AsyncFor: _for,
        ast.Try: _try,
        ast.TryStar: _try,
        ast.Match: _match,
        ast.With: _with,
        ast.AsyncWith: _with,
        ast.Return: _return,
        ast.Raise: _raise,
        ast.Break: _leave,
        ast.Continue: _leave,
        ast.Import: _import,
        ast.ImportFrom: _import_from,
        ast.Global: _shared,
        ast.Nonlocal: _shared,
    }


_BEGINNING = frozenset({"create_task", "ensure_future", "wait_for", "wait", "gather", "shield"})
"""Functions of asyncio that begin the calls that they are given, one beside the other."""

_AWAITED = frozenset(
    {"wait", "communicate", "sleep", "get", "join", "read", "readline", "wait_closed", "acquire"}
)
"""Methods that asyncio has beside those of the same names that come back when they are through."""


def _later(value: tree.Node) -> tree.Node:
    """What such a function is given: a call that is only made once it is awaited."""
    if isinstance(value, tree.Sequence):
        items = (replace(item, value=_later(item.value)) for item in value.items)
        return tree.Sequence(value.start, value.end, tuple(items))
    called = value.function if isinstance(value, tree.Call) else None
    if not isinstance(called, tree.Member) or called.name not in _AWAITED:
        return value
    at = value.start, value.end
    body = (tree.Return(*at, tree.Wait(*at, value)),)
    return tree.Call(*at, tree.Function(*at, "", (), body, deferred=True), ())


def _nothing(at: int) -> tree.Node:
    return tree.Literal(at, at, None)
