"""Tasks that requests leave running in a Python server: nobody waits for them.

Searched for, not played. `asyncio.run`, in which uvicorn serves, cancels at its end whatever is
still running; requests and their `BackgroundTasks` are waited for before that.
"""

from __future__ import annotations

import ast
import re
from itertools import islice
from typing import TYPE_CHECKING

from gracelint.base import lazy
from gracelint.base.values import dataclass
from gracelint.model.application import Source
from gracelint.simulate.sources.scan import LANGUAGES, own_sources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.base.source import Text
    from gracelint.model.workload import ImageFiles

_MODULES = 200
_LONGEST = 200_000  # characters
_MOST = 10  # tasks of a file that are looked at
_STARTS = lazy.compile(r"\b(?:create_task|ensure_future)\s*\(")
_CALLS = frozenset({"create_task", "ensure_future"})
_ROUTES = frozenset(
    {"get", "post", "put", "patch", "delete", "head", "options", "websocket", "route", "api_route"}
)
_ASYNC = lazy.compile(r"^[ \t]*async[ \t]+def[ \t]+(\w+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Left:
    """A coroutine function that is started and left, and where."""

    name: str
    line: int


def left_running(files: ImageFiles, folder: str) -> Source | None:
    """What is not certain of a server whose requests start work that lasts, as far as the modules
    below a folder tell.
    """
    base = f"{folder.rstrip('/')}/"
    texts: list[tuple[str, Text]] = []
    for path, file in own_sources(LANGUAGES["python"], files):
        if file.text is not None and path.startswith(base) and len(file.text.text) <= _LONGEST:
            texts.append((path.removeprefix(base), file.text))
        if len(texts) == _MODULES:
            break
    written = {name: text for _, text in texts for name in _ASYNC.findall(text.text)}
    for name, text in texts:
        for left in islice(_left(text), _MOST) if _STARTS.search(text.text) else ():
            if left.name in written and _lasts(written[left.name], left.name):
                guess = f"`{left.name}`, which requests leave running in `{name}`, is through"
                at = sum(map(len, text.text.splitlines(keepends=True)[: left.line - 1]))
                return Source(guess=guess, origins=(text.span(at, at),))
    return None


def _parsed(text: Text) -> ast.Module | None:
    try:
        return ast.parse(text.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _left(text: Text) -> Iterator[_Left]:
    """What the handlers of requests start without waiting for it."""
    tree = _parsed(text)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.AsyncFunctionDef) and any(map(_is_route, node.decorator_list)):
            yield from _started(node)


def _is_route(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else None
    return isinstance(called, ast.Attribute) and called.attr in _ROUTES


def _started(handler: ast.AsyncFunctionDef) -> Iterator[_Left]:
    awaited = {
        name.id
        for node in ast.walk(handler)
        if isinstance(node, ast.Await)
        for name in ast.walk(node)
        if isinstance(name, ast.Name)
    }
    for node in ast.walk(handler):
        if not isinstance(node, ast.Expr | ast.Assign) or not isinstance(node.value, ast.Call):
            continue
        kept = node.targets[0] if isinstance(node, ast.Assign) else None
        if kept is not None and (not isinstance(kept, ast.Name) or kept.id in awaited):
            continue
        given = node.value.args[0] if node.value.args else None
        if _name(node.value) in _CALLS and isinstance(given, ast.Call):
            yield _Left(_name(given), node.lineno)


def _name(call: ast.Call) -> str:
    """The last part of what is called."""
    called = call.func
    if isinstance(called, ast.Attribute):
        return called.attr
    return called.id if isinstance(called, ast.Name) else ""


def _lasts(text: Text, name: str) -> bool:
    """Whether a coroutine function of this name goes round, and waits in each round."""
    tree = _parsed(text)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.AsyncFunctionDef) and node.name == name:
            loops = (n for n in ast.walk(node) if isinstance(n, ast.While | ast.For | ast.AsyncFor))
            return any(isinstance(n, ast.AsyncFor) or _waits(n) for n in loops)
    return False


def _waits(loop: ast.AST) -> bool:
    return any(isinstance(node, ast.Await) for node in ast.walk(loop))
