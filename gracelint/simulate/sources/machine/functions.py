"""Instructions: calls, functions, exceptions and modules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.machine.exceptions import also
from gracelint.simulate.sources.machine.flow import leave_loop
from gracelint.simulate.sources.machine.names import home, look_up, member_of, taken
from gracelint.simulate.sources.machine.state import ENTERED, Block, Frame
from gracelint.simulate.sources.machine.values import (
    NOTHING,
    Class,
    Closure,
    Coroutine,
    Items,
    Promise,
    Record,
    Scope,
    Thing,
    Thrown,
    put,
)

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.code import Code
    from gracelint.simulate.sources.machine.machine import Machine
    from gracelint.simulate.sources.machine.state import Do, Strand
    from gracelint.syntax.code import tree


def _call(m: Machine, s: Strand, f: Frame, asked: Any, node: tree.Node) -> None:
    given, new = asked
    f.at += 1
    values = taken(f, len(given))
    function = f.stack.pop()
    arguments, keywords = Items([]), dict[str, Any]()
    for value, (name, spread) in zip(values, given, strict=True):
        if name:
            keywords[name] = value
        elif spread and isinstance(value, Record):
            keywords.update(value.fields)
        else:
            put(arguments, value, spread=spread)
    if not arguments.whole:
        arguments.items.append(NOTHING)
    m.call(s, function, arguments.items, keywords, node, new=new)


def _function(m: Machine, s: Strand, f: Frame, code: Code, node: tree.Node) -> None:
    f.at += 1
    scope = f.scope
    captures = code.function.captures if code.function is not None else None
    if captures:
        kept = {f"\0{n}": look_up(m, f, n) for n, shared in captures if not shared}
        scope = Scope(kept, outer=f.scope)
    getter = code.function is not None and code.function.getter
    closure = Closure(code, scope, role="getter" if getter else "")
    if code.function is not None and code.function.itself and code.name:
        closure.scope = Scope({code.name: closure}, outer=scope)
    f.stack.append(closure)


def _decorate(m: Machine, s: Strand, f: Frame, _: Any, node: tree.Node) -> None:
    """A decorator of a library leaves the function as it is, but may keep it."""
    f.at += 1
    function, decorator = f.stack.pop(), f.stack.pop()
    kept = m.library.decorated(m, s, function, decorator, node)
    if kept is not ENTERED:
        f.stack.append(kept)


def _return(m: Machine, s: Strand, f: Frame, _: Any, node: tree.Node) -> None:
    value = f.stack.pop()
    _give_back(m, s, f, value)


def _give_back(m: Machine, s: Strand, f: Frame, value: Any) -> None:
    while f.tries:
        kind, final, depth, scope = f.tries.pop()
        if kind == "final":
            del f.stack[depth:]
            f.after.append(("return", value))
            f.scope, f.at = scope, final
            return
    m.give_back(s, value)


def _class(m: Machine, s: Strand, f: Frame, asked: Any, node: tree.Node) -> None:
    f.at += 1
    code, count = asked
    bases = tuple(taken(f, count))
    around = f.scope
    if m.library.events and code.name:
        around = Scope(outer=around)  # within it, its name stands for it
    apart = m.library.dialect.members_apart
    members = Scope(outer=around, of_function=True, of_class=apart)
    cls = Class(code.name, members, bases)
    if around is not f.scope:
        around.names[code.name] = cls
    f.stack.append(cls)
    s.frames.append(Frame(code, members, gives="class"))
    if m.library.this:
        members.names[m.library.this] = cls


def _await(m: Machine, s: Strand, f: Frame, _: Any, node: tree.Node) -> None:
    f.at += 1
    value = f.stack.pop()
    wait(m, s, f, value)


def wait(m: Machine, s: Strand, f: Frame, value: Any) -> None:
    """`await value`: its value comes onto the stack when it is there."""
    m.yielded += not (isinstance(value, Promise) and value.done)
    if isinstance(value, Coroutine):
        entered = m._run_closure(s, value.closure, value.arguments, value.keywords, "push")  # noqa: SLF001
        assert entered is ENTERED
    elif isinstance(value, Promise):
        value.heard = True
        m.block(s, Block("promise", value, then="promise"))
    elif isinstance(value, Block):
        m.block(s, value)
    else:
        f.stack.append(value)


def _try(m: Machine, s: Strand, f: Frame, asked: Any, node: tree.Node) -> None:
    target, kind = asked
    f.at += 1
    f.tries.append((kind, target, len(f.stack), f.scope))


def _end_try(m: Machine, s: Strand, f: Frame, kind: str, node: tree.Node) -> None:
    f.at += 1
    f.tries.pop()
    if kind == "final":
        f.after.append(None)


def _end_final(m: Machine, s: Strand, f: Frame, _: Any, node: tree.Node) -> None:
    f.at += 1
    after = f.after.pop()
    if isinstance(after, Thrown):
        m.throw(s, after)
    elif after is not None and after[0] == "return":
        _give_back(m, s, f, after[1])
    elif after is not None:
        _, target, tries, scopes = after
        leave_loop(m, s, f, (target, min(tries - 1, len(f.tries)), scopes), node)


def _catch(m: Machine, s: Strand, f: Frame, asked: Any, node: tree.Node) -> None:
    target, count, name = asked
    types = taken(f, count)
    thrown = f.caught[-1]
    if count and not any(catches(m, t, thrown) for t in types):
        f.at = target
        return
    f.at += 1
    if name:
        known = isinstance(thrown.value, Record | str)
        held = thrown.value if known else Record("object", open=True)
        (f.scope if m.library.dialect.blocks else home(m, f, name)).names[name] = held


def catches(m: Machine, kind: Any, thrown: Thrown) -> bool:
    """Whether a handler for a type catches an exception."""
    name = kind.path if isinstance(kind, Thing) else getattr(kind, "name", "")
    last = name.rpartition(".")[2].rpartition("::")[2]
    if m.library.dialect.name == "php" and last in {"Exception", "Error"}:
        return last == _side(thrown)
    return last in (thrown.kind, *thrown.kinds)


def _side(thrown: Thrown) -> str:
    """Whether PHP takes something for an exception or for an error, which is none."""
    names = thrown.kinds if isinstance(thrown.value, Record) else (thrown.kind, *thrown.kinds)
    sides = [side for name in names for side in ("Exception", "Error") if name.endswith(side)]
    return sides[0] if sides else "Exception"


def _caught(m: Machine, s: Strand, f: Frame, _: Any, node: tree.Node) -> None:
    f.at += 1
    f.caught.pop()


def _raise(m: Machine, s: Strand, f: Frame, _: Any, node: tree.Node) -> None:
    f.at += 1
    thrown = thrown_of(f.stack.pop())
    if thrown.kind != "SystemExit" or not m.lasts(s, thrown.value):
        m.throw(s, thrown)


def thrown_of(value: Any) -> Thrown:
    """The exception that raising a value gives."""
    if isinstance(value, Thrown):
        return value
    if isinstance(value, Record) and value.of is not None:
        value_class: Any = value.of
        return Thrown(value_class.name, _ancestors(value_class), value)
    if isinstance(value, Class):
        return Thrown(value.name, _ancestors(value))
    path = value.path.rstrip("()") if isinstance(value, Thing) else ""
    last = path.rpartition(".")[2]
    outside = {"SystemExit", "KeyboardInterrupt", "GeneratorExit", "Interrupt"}
    bases = ("BaseException",) if last in outside else ("Exception", "BaseException", "Error")
    return Thrown(last or "Exception", (*also(last), *bases, "StandardError", "Throwable"))


def _ancestors(cls: Class) -> tuple[str, ...]:
    names, queue = list[str](), list(cls.bases)
    while queue and len(names) < 20:
        one = queue.pop(0)
        if isinstance(one, Class):
            names.append(one.name)
            queue += one.bases
        elif isinstance(one, Thing):
            last = one.path.rpartition(".")[2]
            names += [last, *also(last)]
    outside = {"SystemExit", "KeyboardInterrupt", "BaseException"} & set(names)
    more = ("BaseException",) if outside else ("Exception", "BaseException", "StandardError")
    return (*names, *more)


def _raise_again(m: Machine, s: Strand, f: Frame, _: Any, node: tree.Node) -> None:
    f.at += 1
    thrown = f.caught.pop() if f.caught else Thrown("Exception", ("BaseException",))
    m.throw(s, thrown)


def _enter(m: Machine, s: Strand, f: Frame, _: Any, node: tree.Node) -> None:
    """`with value`: the value stays for the end of the block, what it gives comes above it."""
    f.at += 1
    value = f.stack[-1]
    generator = _context(value)
    if generator is not None:
        m.block(s, m.ask(s, generator, "given"))
        return
    if isinstance(value, Record) and value.of is not None:
        function = member_of(m, value, "__enter__")
        if isinstance(function, Closure):
            m.call(s, function, [], {}, node)
            return
    block = m.library.entered(m, s, value)
    if isinstance(block, Block):
        m.block(s, block)
    else:
        f.stack.append(value)


def _exit(m: Machine, s: Strand, f: Frame, _: Any, node: tree.Node) -> None:
    f.at += 1
    value = f.stack.pop() if f.stack else NOTHING
    generator = _context(value)
    if generator is not None:
        thrown = f.after[-1] if f.after else None
        if isinstance(thrown, Thrown):
            m.block(s, m.ask_with(generator, thrown))
        else:
            m.block(s, m.ask(s, generator, "left"))
        return
    if isinstance(value, Record) and value.of is not None:
        function = member_of(m, value, "__exit__")
        if isinstance(function, Closure):
            m.call(s, function, [None, None, None], {}, node)
            return
    block = m.library.left(m, s, value, f)
    if isinstance(block, Block):
        m.block(s, block)
    else:
        f.stack.append(NOTHING)


def _context(value: Any) -> Any:
    """The generator by which a block is entered and left; None where there is none."""
    if isinstance(value, Record) and value.kind == "context":
        return value.fields["generator"]
    return None


def _yield(m: Machine, s: Strand, f: Frame, _: Any, node: tree.Node) -> None:
    """A generator gives a value, and waits until it is asked for the next."""
    f.at += 1
    value = f.stack.pop()
    if s.generator is None:
        f.stack.append(NOTHING)
        return
    s.generator.value, s.generator.given = value, True
    s.block = Block("asked")


def _import(m: Machine, s: Strand, f: Frame, node: tree.Import, _: tree.Node) -> None:
    f.at += 1
    m.library.imported(m, s, f, node)


def _export(m: Machine, s: Strand, f: Frame, _: Any, node: tree.Node) -> None:
    f.at += 1
    m.library.exported(m, s, f, node)


DO: dict[str, Do] = {
    "call": _call,
    "function": _function,
    "decorate": _decorate,
    "return": _return,
    "class": _class,
    "await": _await,
    "try": _try,
    "end-try": _end_try,
    "end-final": _end_final,
    "catch": _catch,
    "caught": _caught,
    "raise": _raise,
    "raise-again": _raise_again,
    "enter": _enter,
    "exit": _exit,
    "yield": _yield,
    "import": _import,
    "export": _export,
}
