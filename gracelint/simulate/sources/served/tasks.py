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
from gracelint.base.source import Source as Lines
from gracelint.base.values import dataclass, field
from gracelint.model.application import Source
from gracelint.simulate.sources.library.python.apps import imported, of_its_own
from gracelint.syntax.code.python import standard

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gracelint.base.source import Text
    from gracelint.model.workload import ImageFiles

_MODULES = 200
_MOST_READ = 2_000_000  # characters
_MOST = 10  # tasks of a file that are looked at
_STARTS = lazy.compile(r"\b(?:create_task|ensure_future)\s*\(")
_CALLS = frozenset({"create_task", "ensure_future"})
_ROUTES = frozenset(
    {"get", "post", "put", "patch", "delete", "head", "options", "websocket", "route", "api_route"}
)
_ASYNC = lazy.compile(r"^[ \t]*async[ \t]+def[ \t]+(\w+)", re.MULTILINE)
_LINE_END = lazy.compile(r"\r(?!\n)")


@dataclass(frozen=True, slots=True)
class _Left:
    """A coroutine function that is started and left, and where."""

    name: str
    line: int


@dataclass(frozen=True, slots=True)
class _Read:
    """What is found in a module. left: what its handlers of requests start and do not wait for.
    lasts: by name, whether a coroutine function goes round, and waits in each round.
    """

    left: tuple[_Left, ...] = ()
    lasts: Mapping[str, bool] = field(default_factory=dict)


def left_running(files: ImageFiles, modules: Iterable[str], folder: str) -> Source | None:
    """What is not certain of a server whose requests start work that lasts, as far as the modules
    tell that it is given in a folder, and what they import.
    """
    texts: dict[str, Text] = {}
    for module in modules:
        for name, text in islice(imported(files, module, folder), _MODULES):
            texts.setdefault(name, text)
    starting = [name for name, text in texts.items() if _STARTS.search(text.text)]
    if not starting:
        return None
    written: dict[str, list[str]] = {}
    for name, text in islice(texts.items(), _MODULES):
        for function in set(_ASYNC.findall(text.text)):
            written.setdefault(function, []).append(name)
    look = _Look(texts)
    for name in starting[:_MODULES]:
        for left in look.read(name).left[:_MOST]:
            places = written.get(left.name, [])
            if look.lasts(left.name, [name] if name in places else places):
                guess = f"`{left.name}`, which requests leave running in `{name}`, is through"
                at = lines(name, texts[name]).offset(left.line)
                return Source(guess=guess, origins=(texts[name].span(at, at),))
    return None


class _Look:
    """Modules, each of which is read once, as long as they are not too many."""

    def __init__(self, texts: Mapping[str, Text]) -> None:
        self.texts = texts
        self.known: dict[str, _Read] = {}
        self.surely: dict[str, bool] = {}
        self.most = _MOST_READ

    def read(self, name: str) -> _Read:
        """What is found in a module; nothing where that is too long."""
        if name not in self.known:
            text = self.texts[name]
            self.most -= len(text.text)
            self.known[name] = _read(lines(name, text)) if self.most >= 0 else _Read()
        return self.known[name]

    def lasts(self, function: str, places: list[str]) -> bool:
        """Whether each coroutine function of a name in these modules lasts, and there is one."""
        if len(places) == 1:
            return self.read(places[0]).lasts.get(function, False)
        if function not in self.surely:
            all_last = all(self.read(place).lasts.get(function, False) for place in places)
            self.surely[function] = bool(places) and all_last
        return self.surely[function]


def lines(name: str, text: Text) -> Lines:
    """A text with the lines that Python sees in it: a carriage return ends one, too."""
    return Lines(name, _LINE_END.sub("\n", text.text))


def _read(lines: Lines) -> _Read:
    tree = standard(lines.text)
    if tree is None:
        return _Read()
    left: list[_Left] = []
    lasts: dict[str, bool] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.AsyncFunctionDef):
            lasts[node.name] = lasts.get(node.name, True) and _lasts(node)
            if any(map(_is_route, node.decorator_list)):
                left += _started(node)
    return _Read(tuple(left), lasts)


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


def _lasts(function: ast.AsyncFunctionDef) -> bool:
    """Whether a coroutine function goes round, and waits in each round."""
    nodes = (node for statement in function.body for node in of_its_own(statement))
    loops = (node for node in nodes if isinstance(node, ast.While | ast.For | ast.AsyncFor))
    return any(isinstance(loop, ast.AsyncFor) or _waits(loop) for loop in loops)


def _waits(loop: ast.AST) -> bool:
    return any(isinstance(node, ast.Await) for node in of_its_own(loop))
