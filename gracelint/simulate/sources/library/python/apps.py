"""What a server loads with a Python application: handlers, threads, and what is done at its end.

Searched for, not played. Measured with Python 3.11 and uvicorn: what an application's lifespan does
behind its `yield` is waited for however long it takes, and a daemon thread is not waited for.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from gracelint.base import lazy
from gracelint.base.paths import absolute
from gracelint.model.application import Source
from gracelint.simulate.sources import scan
from gracelint.simulate.sources.library.rests import idle

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gracelint.base.source import Span, Text
    from gracelint.model.workload import ImageFiles

_MODULES = 60
_LONGEST = 200_000  # characters
_DEPTH = 4  # functions that call each other
_IMPORTS = lazy.compile(
    r"^[ \t]*(?:import[ \t]+(?P<plain>[\w.]+)|from[ \t]+(?P<base>\.{0,3}[\w.]*)[ \t]+import\b"
    r"[ \t]*(?:\([ \t\n]*(?P<many>[\w, \t\n]{0,400})|(?P<names>[\w, \t]{0,400})))",
    re.MULTILINE,
)
_DAEMON = lazy.compile(
    r"\b(?:Thread|__init__)\s*\([^()]{0,200}(?:\([^()]{0,60}\)[^()]{0,60}){0,2}\bdaemon\s*=\s*True"
    r"|\.\s*daemon\s*=\s*True|\.\s*setDaemon\s*\(\s*True"
)
_THREAD = lazy.compile(r"\bThread\b")
_JOINS = lazy.compile(r"\.\s*join\s*\(\s*(?:\)|timeout\b|[\d.]+\s*\))")
_MAIN = lazy.compile(r"^if[ \t]+__name__\b", re.MULTILINE)
_ENDS = lazy.compile(r"\b(?:atexit|on_event|add_event_handler|on_shutdown|on_cleanup|lifespan)\b")


def loaded(
    files: ImageFiles, modules: Iterable[str], folder: str, server: str, signals: frozenset[str]
) -> Source | None:
    """What is known of a server's end by the modules that it is given, in the folder from which
    they are imported. signals: those that it stops on, for which a handler takes its place.
    """
    for module in modules:
        texts = list(_imported(files, module, folder))
        for name, text in texts[:1]:
            span = scan.handler("python", text, signals)
            if span is not None:
                guess = f"the handler in `{name}` lets `{server}` stop"
                return Source(guess=guess, origins=(span,))
        lasts = sum(lasting(text) for _, text in texts)
        left = next(((name, span) for name, text in texts if (span := daemon(text))), None)
        if left is not None:
            return Source(guess=idle(left[0]), origins=(left[1],), lasts=lasts)
        if lasts:
            return Source(lasts=lasts)
    return None


def _imported(files: ImageFiles, module: str, folder: str) -> Iterator[tuple[str, Text]]:
    """A module and those of the project's own that it imports: what they are called, and texts."""
    queue, seen = [module], {module}
    while queue and len(seen) < _MODULES * 10:
        module = queue.pop(0)
        path = module.replace(".", "/")
        for name in (f"{path}.py", f"{path}/__init__.py"):
            file = files.get(absolute(name, folder))
            if file is None or file.text is None or len(file.text.text) > _LONGEST:
                continue
            yield name, file.text
            package = module if name.endswith("/__init__.py") else module.rpartition(".")[0]
            new = [m for m in _names(file.text.text, package) if m and m not in seen]
            seen.update(new)
            queue += new[:_MODULES]
            break


def _names(text: str, package: str) -> Iterator[str]:
    """The modules that a text may import, with their packages."""
    for match in _IMPORTS.finditer(text):
        if match["plain"]:
            yield match["plain"]
            continue
        base = match["base"]
        dots = len(base) - len(base.lstrip("."))
        parts = package.split(".") if package else []
        above = parts[: len(parts) - dots + 1] if dots else []
        whole = ".".join(filter(None, (*above, base[dots:])))
        yield whole
        for name in (match["many"] or match["names"] or "").split(","):
            first = name.split()
            if first:
                yield ".".join(filter(None, (whole, first[0])))


def daemon(text: Text) -> Span | None:
    """Where a module starts threads that the end of the program does not wait for."""
    if not _THREAD.search(text.text):
        return None
    code = scan.bare(text.text, scan.LANGUAGES["python"])
    main = _MAIN.search(code)
    code = code[: main.start()] if main is not None else code
    match = _DAEMON.search(code)
    if match is None or _JOINS.search(code):
        return None
    return text.span(*match.span())


# What is done at the end ----------------------------------------------------------------------


def lasting(text: Text, *, at_exit: bool = True) -> float:
    """The seconds that an application surely sleeps when it is told to end. at_exit: with what it
    has registered for the end of the program.
    """
    if not _ENDS.search(text.text) or len(text.text) > _LONGEST:
        return 0.0
    try:
        tree = ast.parse(text.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return 0.0
    functions: dict[str, _Function] = {}
    constants: dict[str, float] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            functions[node.name] = node
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            number = _number(node.value, constants)
            constants[node.targets[0].id] = 0.0 if number is None else number
    look = _Look(functions, constants)
    return sum(look.function(f, behind=behind) for f, behind in _hooks(tree, functions, at_exit))


_Function = ast.FunctionDef | ast.AsyncFunctionDef


def _hooks(
    tree: ast.Module, functions: Mapping[str, _Function], at_exit: bool
) -> Iterator[tuple[_Function, bool]]:
    """The functions that are called at the end, each once, and whether what follows their `yield`
    is what counts.
    """
    found: dict[str, bool] = {}
    for node in ast.walk(tree):
        for name, behind in _named(node, at_exit=at_exit):
            found.setdefault(name, behind)
    yield from ((functions[name], behind) for name, behind in found.items() if name in functions)


def _named(node: ast.AST, *, at_exit: bool) -> Iterator[tuple[str, bool]]:
    """The names of functions that a piece of code has called at the end."""
    if isinstance(node, _Function):
        for decorator in node.decorator_list:
            words = _words(decorator)
            called = isinstance(decorator, ast.Call) and _first(decorator) == "shutdown"
            at_end = called and words.endswith(".on_event")
            if at_end or (at_exit and words == "atexit.register"):
                yield node.name, False
    if not isinstance(node, ast.Call):
        return
    words = _words(node)
    last = node.args[-1] if node.args else None
    if isinstance(last, ast.Name) and (
        (at_exit and words == "atexit.register")
        or words.endswith((".on_shutdown.append", ".on_cleanup.append"))
        or (words.endswith(".add_event_handler") and _first(node) == "shutdown")
    ):
        yield last.id, False
    for keyword in node.keywords:
        if keyword.arg == "lifespan" and isinstance(keyword.value, ast.Name):
            yield keyword.value.id, True
        if keyword.arg == "on_shutdown" and isinstance(keyword.value, ast.List):
            yield from ((e.id, False) for e in keyword.value.elts if isinstance(e, ast.Name))


def _first(call: ast.Call) -> object:
    first = call.args[0] if call.args else None
    return first.value if isinstance(first, ast.Constant) else None


def _words(node: ast.AST) -> str:
    """The names of what is called, with dots between them."""
    parts: list[str] = []
    node = node.func if isinstance(node, ast.Call) else node
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    parts.append(node.id if isinstance(node, ast.Name) else "")
    return ".".join(parts[::-1])


def _number(node: ast.AST, constants: Mapping[str, float]) -> float | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value) if abs(node.value) < _FAR else None
    if isinstance(node, ast.Name):
        return constants.get(node.id)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        left, right = _number(node.left, constants), _number(node.right, constants)
        return left * right if left is not None and right is not None else None
    return None


_FAR = 1e6
_SLEEPS = frozenset({"sleep", "time.sleep", "asyncio.sleep", "anyio.sleep", "trio.sleep"})


class _Look:
    """How long functions surely sleep."""

    def __init__(self, functions: Mapping[str, _Function], constants: Mapping[str, float]) -> None:
        self.functions, self.constants = functions, constants

    def function(self, function: _Function, *, behind: bool = False, depth: int = 0) -> float:
        """behind: only what follows its `yield`."""
        body = _behind(function.body) if behind else function.body
        return self._body(body, depth)

    def _body(self, body: list[ast.stmt], depth: int) -> float:
        total = 0.0
        for statement in body:
            if isinstance(statement, ast.Return | ast.Raise):
                break
            total += self._statement(statement, depth)
        return total

    def _statement(self, statement: ast.stmt, depth: int) -> float:
        if depth > _DEPTH:
            return 0.0
        if isinstance(statement, ast.With | ast.AsyncWith):
            return self._body(statement.body, depth + 1)
        if isinstance(statement, ast.Try):
            return self._body([*statement.body, *statement.finalbody], depth + 1)
        if isinstance(statement, ast.For) and _words(statement.iter) == "range":
            return self._rounds(statement, depth)
        value = statement.value if isinstance(statement, ast.Expr) else None
        call = value.value if isinstance(value, ast.Await) else value
        return self._call(call, depth) if isinstance(call, ast.Call) else 0.0

    def _rounds(self, loop: ast.For, depth: int) -> float:
        arguments = loop.iter.args if isinstance(loop.iter, ast.Call) else []
        rounds = _number(arguments[0], self.constants) if len(arguments) == 1 else None
        leaves = any(isinstance(n, ast.Break | ast.Return | ast.Raise) for n in ast.walk(loop))
        return rounds * self._body(loop.body, depth + 1) if rounds and not leaves else 0.0

    def _call(self, call: ast.Call, depth: int) -> float:
        words = _words(call)
        if words in _SLEEPS and call.args and words not in self.functions:
            return max(_number(call.args[0], self.constants) or 0.0, 0.0)
        function = self.functions.get(words)
        return self.function(function, depth=depth + 1) if function is not None else 0.0


def _behind(body: list[ast.stmt]) -> list[ast.stmt]:
    """What a generator does behind its `yield`, at its own level or at the end of a `try`."""
    for at, statement in enumerate(body):
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Yield):
            return body[at + 1 :]
        if isinstance(statement, ast.With | ast.AsyncWith) and _yields(statement):
            return [*_behind(statement.body), *body[at + 1 :]]
        if isinstance(statement, ast.Try) and _yields(statement):
            return [*_behind(statement.body), *statement.finalbody, *body[at + 1 :]]
    return []


def _yields(statement: ast.stmt) -> bool:
    return any(isinstance(node, ast.Yield) for node in ast.walk(statement))
