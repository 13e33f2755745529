"""Small changes to a module's functions, each of which some test ought to notice."""

from __future__ import annotations

import ast
import copy
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Change = tuple[str, ast.AST]


class Mutant(NamedTuple):
    """One change: in which function (by its first and last line) of a file, and how it reads."""

    path: Path
    line: int
    column: int
    number: int
    """The how manyth change of the node there, from 0."""
    function: str
    first: int
    last: int
    words: str


_COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_COUNTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}


def mutants(path: Path) -> Iterator[Mutant]:
    """Every change of the functions of a file."""
    for function in _functions(ast.parse(path.read_text(encoding="utf-8"))):
        first = min(node.lineno for node in (function, *function.decorator_list))
        for node in _inside(function):
            for number, (words, _) in enumerate(_changes(node)):
                place = node.lineno, node.col_offset
                lines = first, function.end_lineno or first
                yield Mutant(path, *place, number, function.name, *lines, words)


def source(mutant: Mutant) -> ast.Module:
    """The module with the change in it."""
    tree = ast.parse(mutant.path.read_text(encoding="utf-8"))
    function = next(
        f
        for f in _functions(tree)
        if min(node.lineno for node in (f, *f.decorator_list)) == mutant.first
    )
    for node in _inside(function):
        if (node.lineno, node.col_offset) != (mutant.line, mutant.column):
            continue
        for number, (words, changed) in enumerate(_changes(node)):
            if (number, words) == (mutant.number, mutant.words):
                if _names_class(function):
                    function.body.append(ast.Expr(ast.Name("__class__", ast.Load())))
                return ast.fix_missing_locations(_Exchange(node, changed).visit(tree))
    raise LookupError(mutant)


def _names_class(function: ast.FunctionDef) -> bool:
    """Whether `super()` holds the class of the method, which its changed code has to hold, too."""
    names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    return not names.isdisjoint({"super", "__class__"})


class _Exchange(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, ast.copy_location(new, old)

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.old else self.generic_visit(node)


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """Functions of the module and of its classes, not those within functions."""
    waiting: list[ast.AST] = list(tree.body)
    for node in waiting:
        if isinstance(node, ast.FunctionDef):
            yield node
        elif isinstance(node, ast.ClassDef | ast.If):
            waiting += node.body


def _inside(function: ast.FunctionDef) -> Iterator[ast.expr | ast.stmt]:
    """What a function does: no annotations, defaults, or docstrings."""
    waiting: list[ast.AST] = list(function.body)
    for node in waiting:
        if isinstance(node, ast.expr | ast.stmt):
            yield node
        for name, value in ast.iter_fields(node):
            if name in {"annotation", "returns", "args_annotation", "decorator_list"}:
                continue
            parts = value if isinstance(value, list) else [value]
            waiting += [part for part in parts if isinstance(part, ast.AST)]


def _changes(node: ast.expr | ast.stmt) -> Iterator[Change]:
    """The changes of one node alone, in words and as what stands there instead."""
    for kind, changes in _KINDS.items():
        if isinstance(node, kind):
            yield from changes(node)


def _calculated(node: ast.BinOp) -> Iterator[Change]:
    other = _COUNTED.get(type(node.op))
    if other is not None and not _is_text(node):
        yield _told(node, ast.BinOp(node.left, other(), node.right))


def _affirmed(node: ast.UnaryOp) -> Iterator[Change]:
    if isinstance(node.op, ast.Not):
        yield _told(node, node.operand)


def _turned(node: ast.If | ast.While | ast.IfExp) -> Iterator[Change]:
    changed = copy.copy(node)
    changed.test = ast.UnaryOp(ast.Not(), node.test)
    yield f"`{_short(node.test)}` is turned around", changed


def _left(node: ast.Break | ast.Continue) -> Iterator[Change]:
    yield _told(node, ast.Continue() if isinstance(node, ast.Break) else ast.Break())


def _undone(node: ast.Expr) -> Iterator[Change]:
    if isinstance(node.value, ast.Call | ast.Yield | ast.YieldFrom):
        yield from _dropped(node)


def _returned(node: ast.Return) -> Iterator[Change]:
    if node.value is not None and not _is_none(node.value):
        yield f"`{_short(node)}` returns None", ast.Return(ast.Constant(None))


def _compared(node: ast.Compare) -> Iterator[Change]:
    for at, operator in enumerate(node.ops):
        for other in _COMPARED[type(operator)]:
            changed = copy.copy(node)
            changed.ops = [*node.ops[:at], other(), *node.ops[at + 1 :]]
            yield _told(node, changed)
    for part in (node.left, *node.comparators):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield from _exchanged(node, part)


def _exchanged(node: ast.Compare, part: ast.Constant) -> Iterator[Change]:
    """A text that is compared with becomes another one."""
    changed = copy.copy(node)
    other = ast.Constant(f"{part.value}?")
    changed.left = other if node.left is part else node.left
    changed.comparators = [other if each is part else each for each in node.comparators]
    yield _told(node, changed)


def _joined(node: ast.BoolOp) -> Iterator[Change]:
    other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    yield _told(node, ast.BoolOp(other, node.values))
    for at in range(len(node.values)):
        rest = [*node.values[:at], *node.values[at + 1 :]]
        yield _told(node, rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest))


def _constant(node: ast.Constant) -> Iterator[Change]:
    if isinstance(node.value, bool):
        yield _told(node, ast.Constant(not node.value))
    elif isinstance(node.value, int | float):
        yield _told(node, ast.Constant(node.value + 1))


def _filtered(
    node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp,
) -> Iterator[Change]:
    """Without the conditions of a comprehension, one at a time."""
    for which, part in enumerate(node.generators):
        for at in range(len(part.ifs)):
            fewer = copy.copy(part)
            fewer.ifs = [*part.ifs[:at], *part.ifs[at + 1 :]]
            changed = copy.copy(node)
            changed.generators = [*node.generators[:which], fewer, *node.generators[which + 1 :]]
            yield _told(node, changed)


def _dropped(node: ast.stmt) -> Iterator[Change]:
    yield f"`{_short(node)}` is left out", ast.Pass()


def _is_text(node: ast.BinOp) -> bool:
    return any(
        isinstance(part, ast.JoinedStr)
        or (isinstance(part, ast.Constant) and isinstance(part.value, str))
        for part in (node.left, node.right)
    )


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _told(old: ast.AST, new: ast.AST) -> Change:
    return f"`{_short(old)}` becomes `{_short(new)}`", new


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 90 else f"{text[:87]}..."


_KINDS: dict[Any, Callable[[Any], Iterator[Change]]] = {
    ast.Compare: _compared,
    ast.BoolOp: _joined,
    ast.BinOp: _calculated,
    ast.UnaryOp: _affirmed,
    ast.Constant: _constant,
    ast.If | ast.While | ast.IfExp: _turned,
    ast.Break | ast.Continue: _left,
    ast.Expr: _undone,
    ast.AugAssign: _dropped,
    ast.Return: _returned,
    ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp: _filtered,
}
