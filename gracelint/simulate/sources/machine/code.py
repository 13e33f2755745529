"""From a tree to instructions for the machine that plays programs.

An instruction is its name, an argument and the node it was made for. The machine works on a stack
of values for each function that is being run, so that a program can be stopped and copied anywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from gracelint.base.values import dataclass, field
from gracelint.syntax.code import tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gracelint.base.source import Text

MAX_INSTRUCTIONS = 60_000  # of a file; larger ones are bundles that nobody wrote

Writer: TypeAlias = "Callable[[_Compiler, Any], None]"
Instruction: TypeAlias = "tuple[str, Any, tree.Node]"


@dataclass(frozen=True, slots=True, eq=False)
class Dialect:
    """What languages do differently.

    hoists: functions are there before their block begins. blocks: a block has variables of its
    own, and assignments find the nearest variable (else: those of the function). nearest: the same,
    where of all blocks only a loop's over items has variables of its own. closed: a function sees
    no variables but its own, and what it is given (PHP). last: the value of a function's last
    statement is what it returns. vivifies: what an item is put into need not be there. apart: a
    method and a property of one name are two. alone: the end of the main function is that of all
    threads, which count nonetheless. lingers: the end of the run-time takes a moment, in which
    other threads still go on. breaks_off: an exit leaves blocks without what is at their ends.
    members_apart: a bare name in a method means no member of its class.
    """

    name: str
    hoists: bool = False
    blocks: bool = False
    nearest: bool = False
    closed: bool = False
    last: bool = False
    vivifies: bool = False
    apart: bool = False
    alone: bool = False
    lingers: bool = False
    breaks_off: bool = False
    members_apart: bool = False


@dataclass(slots=True, eq=False)
class Code:
    """A function or a file as instructions.

    names: the words that it uses, by which is told what it may do. text, path: the file.
    generator: a call of it gives what its values are taken from.
    """

    name: str
    text: Text
    path: str
    instructions: list[Instruction]
    function: tree.Function | None = None
    names: frozenset[str] = frozenset()
    local: frozenset[str] = frozenset()  # variables that are its own
    shared: dict[str, bool] = field(default_factory=dict)  # declared global (True) or of outside
    generator: bool = False
    functions: tuple[Code, ...] | None = None  # all in it, where they were asked for

    def __deepcopy__(self, memo: object) -> Code:
        """What code does never changes."""
        return self


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """Where a condition that fails leads, and the words that are used on both ways.

    ends: whether the way leads out of the program at once.
    """

    target: int
    then: frozenset[str]
    other: frozenset[str]
    loop: bool = False


class TooLong(Exception):  # noqa: N818
    """There is more of it than anybody wrote by hand."""


def compile_module(module: tree.Module, text: Text, path: str, dialect: Dialect) -> Code:
    """The instructions of a whole file."""
    return _Compiler(text, path, dialect, [0]).whole(module)


def compile_function(function: tree.Function, around: Code, dialect: Dialect) -> Code:
    """The instructions of a function that stands in a file."""
    return _Compiler(around.text, around.path, dialect, [0]).function(function)


def words_of(*nodes: tree.Node) -> frozenset[str]:
    """The names that are used in nodes and below, of variables and of members alike."""
    names: set[str] = set()
    for node in tree.walk(*nodes):
        if isinstance(node, tree.Name | tree.Member):
            names.add(node.name)
    return frozenset(names)


class _Compiler:
    def __init__(self, text: Text, path: str, dialect: Dialect, budget: list[int]) -> None:
        self.text, self.path, self.dialect, self.budget = text, path, dialect, budget
        self.out: list[Instruction] = []
        self.loops: list[tuple[list[int], list[int], int, int, tree.Loop | tree.Each]] = []
        """Of each loop around: its breaks, its continues, how many tries and scopes are open."""
        self.tries = self.scopes = 0

    def whole(self, module: tree.Module) -> Code:
        self._block(module.body)
        return Code("<module>", self.text, self.path, self.out, names=words_of(*module.body))

    # Writing ------------------------------------------------------------------------------------

    def emit(self, name: str, argument: Any, node: tree.Node) -> int:
        self.budget[0] += 1
        if self.budget[0] > MAX_INSTRUCTIONS:
            raise TooLong
        self.out.append((name, argument, node))
        return len(self.out) - 1

    def patch(self, *places: int) -> None:
        """Let jumps lead here."""
        here = len(self.out)
        for at in places:
            name, argument, node = self.out[at]
            if isinstance(argument, Branch):
                argument = Branch(here, argument.then, argument.other, argument.loop)
            elif isinstance(argument, tuple):
                argument = (here, *argument[1:])
            else:
                argument = here
            self.out[at] = (name, argument, node)

    # Statements ---------------------------------------------------------------------------------

    def _block(self, body: Iterable[tree.Node]) -> None:
        nodes = list(body)
        if self.dialect.hoists:
            first = [n for n in nodes if self._is_hoisted(n)]
            there = {n.name for n in first if isinstance(n, tree.Class)}
            first += [n for n in nodes if _made_of(n, there) and n not in first]
            nodes = first + [n for n in nodes if n not in first]
        for node in nodes:
            self.statement(node)

    def _is_hoisted(self, node: tree.Node) -> bool:
        """Whether it is there before its block begins: functions; in PHP classes as well."""
        if isinstance(node, tree.Function):
            return node.declared
        return self.dialect.closed and isinstance(node, tree.Class) and not node.bases

    def _scoped(self, body: Sequence[tree.Node], node: tree.Node) -> None:
        """A block with variables of its own, where the language has that and it needs one."""
        scoped = self.dialect.blocks and any(
            (isinstance(n, tree.Assign) and n.declares) or isinstance(n, tree.Function)
            for n in body
        )
        if scoped:
            self.emit("scope", None, node)
        self.scopes += scoped
        self._block(body)
        self.scopes -= scoped
        if scoped:
            self.emit("unscope", None, node)

    def statement(self, node: tree.Node) -> None:
        written = self.statements.get(type(node))
        if written is not None:
            written(self, node)
        else:
            self.value(node)
            self.emit("pop", None, node)

    def _if(self, node: tree.If) -> None:
        self.value(node.test)
        then, other = words_of(*node.then), words_of(*node.other)
        fails = self.emit("branch", Branch(0, then, other), node)
        self._scoped(node.then, node)
        if not node.other:
            self.patch(fails)
            return
        done = self.emit("jump", 0, node)
        self.patch(fails)
        self._scoped(node.other, node)
        self.patch(done)

    def _loop(self, node: tree.Loop) -> None:
        self.loops.append(([], [], self.tries, self.scopes, node))
        begin = self.emit("loop", None, node)
        skip = self.emit("jump", 0, node) if node.tested_last else None
        top = len(self.out)
        fails = None
        if node.test is not None:
            self.value(node.test)
            words = words_of(*node.body)
            fails = self.emit("branch", Branch(0, words, frozenset(), loop=True), node)
        if skip is not None:
            self.patch(skip)
        self._scoped(node.body, node)
        breaks, continues, *_ = self.loops.pop()
        self.patch(*continues)
        self._block(node.after)
        self.emit("round", (top, begin, _deciders(node)), node)
        self.patch(*([fails] if fails is not None else []), *breaks)

    def _each(self, node: tree.Each) -> None:
        self.value(node.items)
        words = words_of(*node.body)
        begin = self.emit("iterate", (0, words, node.keys), node)
        top = self.emit("next", (0,), node)
        scoped = (self.dialect.blocks or self.dialect.nearest) and node.declares
        if scoped:
            self.emit("scope", None, node)
        self.scopes += scoped
        self.loops.append(([], [], self.tries, self.scopes, node))
        self._store(node.target, declares=scoped)
        self._block(node.body)
        breaks, continues, *_ = self.loops.pop()
        self.scopes -= scoped
        self.patch(*continues)
        if scoped:
            self.emit("unscope", None, node)
        self.emit("jump", top, node)
        if scoped and breaks:
            self.patch(*breaks)
            self.emit("unscope", None, node)
            breaks = []
        self.patch(top, *breaks)
        self.emit("pop", None, node)
        self.patch(begin)

    def _leave(self, node: tree.Leave) -> None:
        if not self.loops:
            return
        at = self._left(node)
        for *_, inner in self.loops[at:][1:]:
            if isinstance(inner, tree.Each):
                self.emit("pop", None, node)  # what is left of its items
        breaks, continues, tries, scopes, _ = self.loops[at]
        at = self.emit("leave", (0, self.tries - tries, self.scopes - scopes), node)
        (continues if node.next_round else breaks).append(at)

    def _left(self, node: tree.Leave) -> int:
        """Which of the loops around it leaves, or begins again."""
        labels = [loop[4].label for loop in self.loops]
        if node.label.isdigit():  # PHP counts them, a `switch` among them
            return max(len(labels) - int(node.label), 0)
        if node.label:
            fit = (n for n, label in enumerate(labels) if label == node.label)
        elif node.next_round:
            fit = (n for n, label in enumerate(labels) if label not in {tree.SWITCH, tree.RETRY})
        else:
            fit = (n for n, label in enumerate(labels) if label != tree.RETRY)
        return max(fit, default=-1)

    def _try(self, node: tree.Try) -> None:
        final = None
        if node.final:
            final = self.emit("try", (0, "final"), node)
            self.tries += 1
        if node.handlers:
            self._handled(node)
        else:
            self._scoped(node.body, node)
        self._block(node.otherwise if not node.handlers else ())
        if final is not None:
            self.tries -= 1
            self.emit("end-try", "final", node)
            self.patch(final)
            self._scoped(node.final, node)
            self.emit("end-final", None, node)

    def _handled(self, node: tree.Try) -> None:
        caught = self.emit("try", (0, "handler"), node)
        self.tries += 1
        self._scoped(node.body, node)
        self.tries -= 1
        self.emit("end-try", "handler", node)
        self._block(node.otherwise)
        done = [self.emit("jump", 0, node)]
        self.patch(caught)
        for handler in node.handlers:
            for each in handler.types:
                self.value(each)
            misses = self.emit("catch", (0, len(handler.types), handler.name), handler)
            self._scoped(handler.body, handler)
            self.emit("caught", None, handler)
            done.append(self.emit("jump", 0, handler))
            self.patch(misses)
        self.emit("raise-again", None, node)
        self.patch(*done)

    def _with(self, node: tree.With) -> None:
        self.value(node.value)
        self.emit("enter", None, node)
        if node.target is not None:
            self._store(node.target)
        else:
            self.emit("pop", None, node)
        final = self.emit("try", (0, "final"), node)
        self.tries += 1
        self._block(node.body)
        self.tries -= 1
        self.emit("end-try", "final", node)
        self.patch(final)
        self.emit("exit", None, node)
        self.emit("pop", None, node)
        self.emit("end-final", None, node)

    def _return(self, node: tree.Return) -> None:
        if node.value is not None:
            self.value(node.value)
        else:
            self.emit("const", None, node)
        self.emit("return", None, node)

    def _raise(self, node: tree.Raise) -> None:
        if node.value is None:
            self.emit("raise-again", None, node)
        else:
            self.value(node.value)
            self.emit("raise", None, node)

    def _import(self, node: tree.Import) -> None:
        self.emit("import", node, node)

    def _export(self, node: tree.Export) -> None:
        self.emit("export", node.names, node)

    def _nothing(self, node: tree.Node) -> None:
        """What only says how names are meant."""

    def _parts(self, node: tree.Other) -> None:
        for part in node.parts:
            self.statement(part)

    # Values -------------------------------------------------------------------------------------

    def value(self, node: tree.Node) -> None:
        """Leave the value of an expression on the stack."""
        written = self.values.get(type(node))
        if written is not None:
            written(self, node)
        elif type(node) in self.statements:
            self.statement(node)
            self.emit("const", None, node)
        else:
            self.emit("unknown", "", node)

    def _literal(self, node: tree.Literal) -> None:
        self.emit("const", node.value, node)

    def _name(self, node: tree.Name) -> None:
        self.emit("load", node.name, node)

    def _member(self, node: tree.Member) -> None:
        self.value(node.object)
        self.emit("member", node.name, node)

    def _index(self, node: tree.Index) -> None:
        self.value(node.object)
        self.value(node.key)
        self.emit("index", None, node)

    def _call(self, node: tree.Call) -> None:
        called = node.function
        if isinstance(called, tree.Member):
            self.value(called.object)
            self.emit("method", called.name, called)
        else:
            self.value(called)
        for argument in node.arguments:
            self.value(argument.value)
        given = tuple((a.name, a.spread) for a in node.arguments)
        self.emit("call", (given, node.new), node)

    def _sequence(self, node: tree.Sequence) -> None:
        for item in node.items:
            self.value(item.value)
        self.emit("list", tuple(i.spread for i in node.items), node)

    def _mapping(self, node: tree.Mapping) -> None:
        for key, value in node.pairs:
            if key is not None:
                self.value(key)
            self.value(value)
        self.emit("map", tuple(key is None for key, _ in node.pairs), node)

    def _function(self, node: tree.Function) -> None:
        inner = _Compiler(self.text, self.path, self.dialect, self.budget)
        code = inner.function(node)
        for each in node.decorators[::-1]:
            self.value(each)
        self.emit("function", code, node)
        for each in node.decorators:
            self.emit("decorate", None, each)

    def _declared(self, node: tree.Function) -> None:
        self._function(node)
        if not node.declared:
            self.emit("pop", None, node)
        else:
            self.emit("define", node.name, node)

    def function(self, node: tree.Function) -> Code:
        """The code of a function."""
        for parameter in node.parameters:
            if parameter.default is not None:
                self.emit("unless-given", (0, parameter.name), parameter)
                at = len(self.out) - 1
                self.value(parameter.default)
                self.emit("declare", parameter.name, parameter)
                self.patch(at)
            if parameter.pattern is not None:
                self.emit("load", parameter.name, parameter)
                self._store(parameter.pattern, declares=True)
        body = node.body
        if self.dialect.last and body and type(body[-1]) in self.values:
            self._block(body[:-1])
            self.value(body[-1])
            self.emit("return", None, node)
        else:
            self._block(body)
        self.emit("const", None, node)
        self.emit("return", None, node)
        nodes = tree.walk(*node.body)
        shared = {
            name: n.everywhere for n in nodes if isinstance(n, tree.Shared) for name in n.names
        }
        return Code(
            node.name,
            self.text,
            self.path,
            self.out,
            node,
            words_of(*node.body),
            _assigned(node) - shared.keys(),
            shared,
            any(name == "yield" for name, *_ in self.out),
        )

    def _class(self, node: tree.Class) -> None:
        inner = _Compiler(self.text, self.path, self.dialect, self.budget)
        inner._block(node.body)
        code = Code(node.name, self.text, self.path, inner.out, names=words_of(*node.body))
        for base in node.bases:
            self.value(base)
        self.emit("class", (code, len(node.bases)), node)

    def _defined_class(self, node: tree.Class) -> None:
        self._class(node)
        if node.name:
            self.emit("define", node.name, node)
        else:
            self.emit("pop", None, node)

    def _join(self, node: tree.Join) -> None:
        for part in node.parts:
            self.value(part)
        self.emit("join", len(node.parts), node)

    def _operation(self, node: tree.Operation) -> None:
        if node.operator in {"and", "or", "??"}:
            self._short(node)
            return
        for operand in node.operands:
            self.value(operand)
        self.emit("operate", (node.operator, len(node.operands)), node)

    def _short(self, node: tree.Operation) -> None:
        jumps = []
        for index, operand in enumerate(node.operands):
            self.value(operand)
            if index + 1 < len(node.operands):
                words = words_of(*node.operands[index + 1 :])
                jumps.append(self.emit("short", (0, node.operator, words), node))
        self.patch(*jumps)

    def _conditional(self, node: tree.Conditional) -> None:
        self.value(node.test)
        branch = Branch(0, words_of(node.then), words_of(node.other))
        fails = self.emit("choose", branch, node)
        self.value(node.then)
        done = self.emit("jump", 0, node)
        self.patch(fails)
        self.value(node.other)
        self.patch(done)

    def _collect(self, node: tree.Collect) -> None:
        self.emit("list", (), node)
        self.value(node.items)
        begin = self.emit("iterate", (0, words_of(node.element), False), node)
        top = self.emit("next", (0,), node)
        self._store(node.target)
        misses = []
        for condition in node.conditions:
            self.value(condition)
            misses.append(self.emit("sift", 0, node))
        self.value(node.element)
        self.emit("append", None, node)
        self.patch(*misses)
        self.emit("jump", top, node)
        self.patch(top)
        self.emit("pop", None, node)
        self.patch(begin)

    def _wait(self, node: tree.Wait) -> None:
        self.value(node.value)
        self.emit("await", None, node)

    def _yield(self, node: tree.Yield) -> None:
        item = tree.Name(node.start, node.end, "\0given")
        if node.each and node.value is not None:
            body = (tree.Yield(node.start, node.end, item),)
            self._each(tree.Each(node.start, node.end, item, node.value, body))
            self.emit("const", None, node)
            return
        self.value(node.value or tree.Literal(node.start, node.end, None))
        self.emit("yield", None, node)

    def _other(self, node: tree.Other) -> None:
        for part in node.parts:
            self.value(part)
            self.emit("pop", None, part)
        self.emit("unknown", "", node)

    def _assigned_value(self, node: tree.Assign) -> None:
        if node.operator in {"or", "??", "and"} and node.value is not None:
            self._short(
                tree.Operation(node.start, node.end, node.operator, (node.target, node.value))
            )
        elif node.operator and node.value is not None:
            self.value(node.target)
            if node.before:
                self.emit("dup", None, node)
            self.value(node.value)
            self.emit("operate", (node.operator, 2), node)
            if node.before:
                self._store(node.target)
                return
        elif node.value is not None:
            self.value(node.value)
        else:
            self.emit("const", None, node)
        self.emit("dup", None, node)
        self._store(node.target, declares=node.declares)

    def _store(self, target: tree.Node, *, declares: bool = False) -> None:
        """Assign the value on top of the stack and take it away."""
        match target:
            case tree.Name():
                self.emit("declare" if declares else "store", target.name, target)
            case tree.Member():
                self.value(target.object)
                self.emit("set-member", target.name, target)
            case tree.Index():
                self._container(target.object)
                self.value(target.key)
                self.emit("set-index", None, target)
            case tree.Sequence():
                self.emit("unpack", tuple(i.spread for i in target.items), target)
                for item in target.items:
                    self._store(item.value, declares=declares)
            case tree.Mapping():
                self._take_apart(target, declares=declares)
            case tree.Assign(value=value) if value is not None:
                there = self.emit("unless-held", 0, target)
                self.value(value)
                self.patch(there)
                self._store(target.target, declares=declares)
            case _:
                self.emit("pop", None, target)

    def _container(self, node: tree.Node) -> None:
        """What an item is put into; where there is none yet, some languages make one."""
        self.value(node)
        if self.dialect.vivifies and isinstance(node, tree.Index | tree.Member | tree.Name):
            there = self.emit("vivify", 0, node)
            self.emit("dup", None, node)
            self._store(node)
            self.patch(there)

    def _take_apart(self, target: tree.Mapping, *, declares: bool) -> None:
        keys = [key for key, _ in target.pairs if key is not None]
        names = tuple(str(key.value) for key in keys if isinstance(key, tree.Literal))
        for key, inner in target.pairs:
            self.emit("dup", None, target)
            if key is None:
                self.emit("left", (names, len(names) == len(keys)), target)
            elif isinstance(key, tree.Literal):
                self.emit("member", str(key.value), key)
            else:
                self.value(key)
                self.emit("index", None, key)
            self._store(inner, declares=declares)
        self.emit("pop", None, target)

    statements: ClassVar[dict[type, Writer]] = {
        tree.If: _if,
        tree.Loop: _loop,
        tree.Each: _each,
        tree.Leave: _leave,
        tree.Try: _try,
        tree.With: _with,
        tree.Return: _return,
        tree.Raise: _raise,
        tree.Import: _import,
        tree.Export: _export,
        tree.Shared: _nothing,
        tree.Function: _declared,
        tree.Class: _defined_class,
        tree.Other: _parts,
    }
    values: ClassVar[dict[type, Writer]] = {
        tree.Literal: _literal,
        tree.Name: _name,
        tree.Member: _member,
        tree.Index: _index,
        tree.Call: _call,
        tree.Sequence: _sequence,
        tree.Mapping: _mapping,
        tree.Function: _function,
        tree.Class: _class,
        tree.Join: _join,
        tree.Operation: _operation,
        tree.Conditional: _conditional,
        tree.Collect: _collect,
        tree.Wait: _wait,
        tree.Yield: _yield,
        tree.Other: _other,
        tree.Assign: _assigned_value,
    }


def _made_of(node: tree.Node, there: set[str]) -> bool:
    """Whether it is a class made of others that are all there."""
    bases = node.bases if isinstance(node, tree.Class) else ()
    return bool(bases) and all(isinstance(b, tree.Name) and b.name in there for b in bases)


def _deciders(loop: tree.Loop) -> frozenset[str]:
    """The names on which it depends how often a loop is gone round."""
    tests = [] if loop.test is None else [loop.test]
    for node in tree.walk(*loop.body):
        if isinstance(node, tree.If) and _leaves(node):
            tests += [node.test]
    return words_of(*tests)


def _leaves(node: tree.If) -> bool:
    """Whether one of its ways leads out of a loop."""
    inside = tree.walk(*node.then, *node.other)
    return any(isinstance(one, tree.Leave | tree.Return) for one in inside)


def _assigned(node: tree.Function) -> frozenset[str]:
    """The names that a function assigns to, inner functions left out."""
    names: set[str] = set()
    queue: list[tree.Node] = list(node.body)
    while queue:
        inner = queue.pop()
        match inner:
            case tree.Function() | tree.Class():
                names.add(inner.name)
                continue
            case tree.Assign() | tree.Each() | tree.With() | tree.Collect():
                if inner.target is not None:
                    names |= {n.name for n in tree.walk(inner.target) if isinstance(n, tree.Name)}
            case tree.Import():
                names |= {local for _, local in inner.names}
            case tree.Handler():
                names.add(inner.name)
        queue += tree.children(inner)
    return frozenset(names)
