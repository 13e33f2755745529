"""Threads of an application that never end, and for which the end of a Python server waits.

Searched for, not played. Measured with Python 3.11: it waits at its end for every thread that is no
daemon, so that uvicorn as PID 1 stays after it has shut down, and so do gunicorn's synchronous
workers until gunicorn kills them. Behind another process uvicorn is ended by the signal, which it
sends to itself once more. Workers that a process or a signal ends, as uvicorn's and those of
gunicorn's UvicornWorker, wait for none.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, TypeGuard

from gracelint.base import lazy
from gracelint.model.application import Source
from gracelint.model.entries import Reaction
from gracelint.simulate.sources.library.python.apps import dotted, imported, of_its_own
from gracelint.simulate.sources.served.tasks import lines
from gracelint.syntax.code.python import standard

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gracelint.base.source import Text
    from gracelint.model.workload import ImageFiles

_MODULES = 200
_MOST_READ = 2_000_000  # characters
_DEPTH = 4  # functions that call each other
_STARTS = lazy.compile(r"\bThread\s*\(")
_OTHERWISE = lazy.compile(r"\.\s*daemon\b|\bsetDaemon\b|\b_exit\b|\bos\s*\.\s*kill\b")
"""What makes a thread a daemon later, or ends the program in spite of it."""
_HOOKS = lazy.compile(r"\bshutdown\b|\batexit\b")
_CLASSES = frozenset({"Thread", "threading.Thread"})

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def keeps(
    files: ImageFiles, modules: Iterable[str], folder: str, *, lifespan: bool, waits: bool
) -> Source | None:
    """What a thread that never ends makes of a server's end, as far as the modules tell that it is
    given in a folder, and what they import. lifespan: whether it tells the application that it
    begins. waits: whether it surely waits for threads; it is certain only of the module itself that
    it is given that it is loaded.
    """
    for module in modules:
        texts = _read(files, module, folder)
        for number, (name, text) in enumerate(texts):
            found = _in_module(text, lifespan=lifespan)
            if found is None:
                continue
            at = lines(name, text).offset(found.lineno)
            origins = (text.span(at, at),)
            if waits and number == 0 and not any(_has_hooks(other) for _, other in texts):
                reactions = dict.fromkeys(("TERM", "INT"), Reaction.NOTHING)
                return Source(reactions=reactions, origins=origins, kept=origins[0])
            guess = f"it does not wait for the thread of `{_target(found)}` in `{name}`"
            return Source(guess=guess, origins=origins)
    return None


def _read(files: ImageFiles, module: str, folder: str) -> list[tuple[str, Text]]:
    """A module and those that it imports; none where that is too much."""
    texts, size = [], 0
    for name, text in imported(files, module, folder):
        texts.append((name, text))
        size += len(text.text)
        if len(texts) > _MODULES or size > _MOST_READ:
            return []
    return texts


def _in_module(text: Text, *, lifespan: bool) -> ast.Call | None:
    """The call that makes the thread, where the module surely starts it."""
    if not _STARTS.search(text.text) or _OTHERWISE.search(text.text):
        return None
    tree = standard(text.text)
    if tree is None:
        return None
    functions = {node.name: node for node in tree.body if isinstance(node, _Function)}
    bodies = [tree.body, *(_startup(tree, functions) if lifespan else ())]
    for body in bodies:
        for call in _started(body, functions, set()):
            function = functions.get(_target(call) or "")
            if isinstance(function, ast.FunctionDef) and _goes_on(function):
                return call
    return None


def _has_hooks(text: Text) -> bool:
    """Whether something may be called at the end, and end the thread."""
    tree = standard(text.text)
    if tree is None or _HOOKS.search(text.text):
        return True
    functions = (each for each in ast.walk(tree) if isinstance(each, _Function))
    return any(_goes_on_later(each) for each in functions)


def _goes_on_later(function: _Function) -> bool:
    """Whether it is a generator in which something comes behind a `yield`."""
    inner = (node for statement in function.body for node in of_its_own(statement))
    last = function.body[-1]
    ends_there = isinstance(last, ast.Expr) and isinstance(last.value, ast.Yield)
    return sum(isinstance(node, ast.Yield) for node in inner) > ends_there


def _startup(tree: ast.Module, functions: Mapping[str, _Function]) -> Iterator[Sequence[ast.stmt]]:
    """What an application does when it is told that it begins: a lifespan takes the place of the
    functions for that.
    """
    spans = [name for node in ast.walk(tree) for name in _lifespans(node)]
    for name in spans:
        if name in functions:
            yield _before(functions[name].body)
    for function in functions.values() if not spans else ():
        if any(_is_startup(each) for each in function.decorator_list):
            yield function.body


def _lifespans(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call) and dotted(node).rpartition(".")[2] in {"FastAPI", "Starlette"}:
        for keyword in node.keywords:
            if keyword.arg == "lifespan":
                yield keyword.value.id if isinstance(keyword.value, ast.Name) else ""


def _is_startup(decorator: ast.expr) -> bool:
    first = decorator.args[0] if isinstance(decorator, ast.Call) and decorator.args else None
    begins = isinstance(first, ast.Constant) and first.value == "startup"
    return begins and dotted(decorator).endswith(".on_event")


def _before(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """What a generator surely does before its `yield`."""
    before: list[ast.stmt] = []
    for statement in body:
        if any(isinstance(node, ast.Yield) for node in ast.walk(statement)):
            break
        before.append(statement)
    return before


def _started(
    body: Sequence[ast.stmt],
    functions: Mapping[str, _Function],
    seen: set[str],
    depth: int = 0,
) -> Iterator[ast.Call]:
    """The calls that make threads, which these statements surely start."""
    made: dict[str, ast.Call] = {}
    for statement in body:
        if isinstance(statement, ast.Return | ast.Raise):
            return
        value = getattr(statement, "value", None)
        call = value.value if isinstance(value, ast.Await) else value
        if isinstance(statement, ast.Assign) and _makes(call):
            made |= {each.id: call for each in statement.targets if isinstance(each, ast.Name)}
        if not isinstance(statement, ast.Expr) or not isinstance(call, ast.Call):
            continue
        if isinstance(call.func, ast.Attribute) and call.func.attr == "start":
            of = call.func.value
            thread = made.get(of.id) if isinstance(of, ast.Name) else of
            if _makes(thread):
                yield thread
        name = dotted(call)
        if name in functions and name not in seen and depth < _DEPTH:
            seen.add(name)
            yield from _started(functions[name].body, functions, seen, depth + 1)


def _makes(node: object) -> TypeGuard[ast.Call]:
    """Whether it makes a thread that is no daemon."""
    if not isinstance(node, ast.Call) or dotted(node) not in _CLASSES:
        return False
    daemon = [keyword.value for keyword in node.keywords if keyword.arg in {"daemon", None}]
    return all(isinstance(each, ast.Constant) and each.value is False for each in daemon)


def _target(call: ast.Call) -> str | None:
    given = [k.value for k in call.keywords if k.arg == "target"]
    return given[0].id if given and isinstance(given[0], ast.Name) else None


def _goes_on(function: ast.FunctionDef) -> bool:
    """Whether a function goes round for ever: nothing in it leaves its loop."""
    for statement in function.body:
        nodes = list(of_its_own(statement))
        if any(isinstance(node, ast.Return | ast.Raise | ast.Break) for node in nodes):
            return False
        if any(isinstance(n, ast.Call) and "exit" in dotted(n).rpartition(".")[2] for n in nodes):
            return False
        if isinstance(statement, ast.While) and _always(statement.test):
            return True
    return False


def _always(test: ast.expr) -> bool:
    return isinstance(test, ast.Constant) and bool(test.value)
