"""What a server loads with a Python application: handlers, threads, and what is done at its end.

Searched for, not played. Measured with Python 3.11 and uvicorn: what an application's lifespan does
behind its `yield` is waited for however long it takes, and a daemon thread is not waited for.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from typing import TYPE_CHECKING

from gracelint.base import lazy
from gracelint.base.paths import absolute
from gracelint.model.application import Source
from gracelint.simulate.sources import scan
from gracelint.simulate.sources.library.rests import idle
from gracelint.syntax.code.python import standard

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

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
_ENDS = lazy.compile(
    r"\b(?:atexit|on_event|add_event_handler|on_shutdown|on_cleanup|lifespan(?:_context)?)\b"
)


def loaded(
    files: ImageFiles,
    modules: Iterable[str],
    folder: str,
    server: str,
    signals: frozenset[str],
    *,
    lifespan: bool,
) -> Source | None:
    """What is known of a server's end by the modules that it is given, in the folder from which
    they are imported. signals: those that it stops on, for which a handler takes its place.
    lifespan: whether it tells the application that it ends.
    """
    for module in modules:
        texts = list(imported(files, module, folder))
        for name, text in texts[:1]:
            span = scan.handler("python", text, signals)
            if span is not None:
                guess = f"the handler in `{name}` lets `{server}` stop"
                return Source(guess=guess, origins=(span,))
        lasts = lasting([text for _, text in texts], told=lifespan)
        left = next(((name, span) for name, text in texts if (span := daemon(text))), None)
        if left is not None:
            return Source(guess=idle(left[0]), origins=(left[1],), lasts=lasts)
        if lasts:
            return Source(lasts=lasts)
    return None


def imported(files: ImageFiles, module: str, folder: str) -> Iterator[tuple[str, Text]]:
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


def lasting(texts: Sequence[Text], *, told: bool = True, at_exit: bool = True) -> float:
    """The seconds that the application of these modules surely sleeps when it is told to end.

    Of several applications only one is told, and which is not known. told: whether one is at all.
    at_exit: with what is registered for the end of the program.
    """
    asked = [text for text in texts if _ENDS.search(text.text) and len(text.text) <= _LONGEST]
    if not asked:
        return 0.0
    made = sum(len(_MAKES.findall(text.text)) for text in texts)
    off = any(_OFF.search(text.text) for text in texts)
    told = told and made <= 1 and not off
    trees = [tree for text in asked if (tree := standard(text.text)) is not None]
    alone = any(_has_lifespan(tree) for tree in trees)
    return sum(_lasting(tree, told=told, alone=alone, at_exit=at_exit) for tree in trees)


def hook(texts: Sequence[Text]) -> str:
    """A function that an application of these modules has called when it is told that it ends; ""
    for none in sight.
    """
    asked = [text for text in texts if _ENDS.search(text.text) and len(text.text) <= _LONGEST]
    trees = [tree for text in asked if (tree := standard(text.text)) is not None]
    named = (_called(tree, told=True, alone=False, at_exit=False) for tree in trees)
    return next((name for names in named for name in names), "")


_MAKES = lazy.compile(r"\b(?:FastAPI|Starlette|web\s*\.\s*Application)\s*\(")
_OFF = lazy.compile(r"\blifespan\s*=\s*[\"']off")


def _has_lifespan(tree: ast.Module) -> bool:
    """Whether an application may be given a lifespan, which is then all that it has called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "lifespan":
            found = not isinstance(node.value, ast.Constant)
        else:
            found = isinstance(node, ast.Attribute) and (
                node.attr == "lifespan_context" and isinstance(node.ctx, ast.Store)
            )
        if found:
            return True
    return False


def _lasting(tree: ast.Module, *, told: bool, alone: bool, at_exit: bool) -> float:
    """alone: of the functions that the application has called, only its lifespan is."""
    functions: dict[str, _Function] = {}
    constants: dict[str, float] = {}
    given = _given(tree)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            functions[node.name] = node
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            number = _number(node.value, constants) if given[name] == 1 else None
            constants[name] = 0.0 if number is None else number
    bare = any(
        isinstance(node, ast.ImportFrom)
        and f"{node.module}.sleep" in _AWAITED
        and any(alias.name == "sleep" and alias.asname is None for alias in node.names)
        for node in tree.body
    )
    look = _Look(functions, constants, bare=bare)
    named = _called(tree, told=told, alone=alone, at_exit=at_exit)
    hooks = [(functions[name], behind) for name, behind in named.items() if name in functions]
    return sum(look.function(function, behind=behind) for function, behind in hooks)


def _given(tree: ast.Module) -> Counter[str]:
    """How often each name is given a value."""
    given: Counter[str] = Counter()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            given[node.id] += 1
        if isinstance(node, ast.arg):
            given[node.arg] += 1
    return given


_Function = ast.FunctionDef | ast.AsyncFunctionDef


def _called(tree: ast.Module, *, told: bool, alone: bool, at_exit: bool) -> Mapping[str, bool]:
    """The names of the functions that are called at the end, and whether what follows their `yield`
    is what counts.
    """
    found: dict[str, bool] = {}
    for node in ast.walk(tree):
        for name, behind in _named(node) if told else ():
            if behind or not alone:
                found.setdefault(name, behind)
        for name in _registered(node) if at_exit else ():
            found.setdefault(name, False)
    return found


def _registered(node: ast.AST) -> Iterator[str]:
    """The name of a function that is registered for the end of the program."""
    if isinstance(node, _Function):
        if any(dotted(decorator) == "atexit.register" for decorator in node.decorator_list):
            yield node.name
    elif isinstance(node, ast.Call) and dotted(node) == "atexit.register" and node.args:
        yield node.args[0].id if isinstance(node.args[0], ast.Name) else ""


def _named(node: ast.AST) -> Iterator[tuple[str, bool]]:
    """The names of functions that an application has called when it is told that it ends."""
    if isinstance(node, _Function):
        for decorator in node.decorator_list:
            called = isinstance(decorator, ast.Call) and _first(decorator) == "shutdown"
            if called and dotted(decorator).endswith(".on_event"):
                yield node.name, False
    if not isinstance(node, ast.Call):
        return
    words = dotted(node)
    last = node.args[-1] if node.args else None
    if isinstance(last, ast.Name) and (
        words.endswith((".on_shutdown.append", ".on_cleanup.append"))
        or (words.endswith(".add_event_handler") and _first(node) == "shutdown")
    ):
        yield last.id, False
    for keyword in node.keywords if words.endswith(("FastAPI", "Starlette")) else ():
        if keyword.arg == "lifespan" and isinstance(keyword.value, ast.Name):
            yield keyword.value.id, True
        if keyword.arg == "on_shutdown" and isinstance(keyword.value, ast.List):
            yield from ((e.id, False) for e in keyword.value.elts if isinstance(e, ast.Name))


def _first(call: ast.Call) -> object:
    first = call.args[0] if call.args else None
    return first.value if isinstance(first, ast.Constant) else None


def dotted(node: ast.AST) -> str:
    """The names of what is called, with dots between them."""
    parts: list[str] = []
    node = node.func if isinstance(node, ast.Call) else node
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    parts.append(node.id if isinstance(node, ast.Name) else "")
    return ".".join(parts[::-1])


def _number(node: ast.AST, constants: Mapping[str, float], depth: int = 0) -> float | None:
    """A number, or a product of some, that is not too far off; None for anything else."""
    if depth > _FACTORS:
        return None
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value) if abs(node.value) < _FAR else None
    if isinstance(node, ast.Name):
        return constants.get(node.id)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        left = _number(node.left, constants, depth + 1)
        right = _number(node.right, constants, depth + 1)
        product = left * right if left is not None and right is not None else _FAR
        return product if abs(product) < _FAR else None
    return None


_FAR = 1e6
_FACTORS = 20
_AWAITED = frozenset({"asyncio.sleep", "anyio.sleep", "trio.sleep"})
_CALLED = frozenset({"time.sleep"})
_LEAVES = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_ENDING = frozenset({"exit", "_exit", "quit", "abort", "kill"})


class _Look:
    """How long functions surely sleep: what is far off, or calls itself, does not count."""

    def __init__(
        self, functions: Mapping[str, _Function], constants: Mapping[str, float], *, bare: bool
    ) -> None:
        """bare: whether `sleep` by itself is that of a library."""
        self.functions, self.constants = functions, constants
        self.sleeps = _AWAITED | {"sleep"} if bare and "sleep" not in constants else _AWAITED
        self.failing = _failing(functions)
        self.known: dict[tuple[str, bool], float] = {}

    def function(self, function: _Function, *, behind: bool = False, depth: int = 0) -> float:
        """behind: only what follows its `yield`. Each is looked at once."""
        key = function.name, behind
        if key not in self.known:
            self.known[key] = 0.0
            body = _behind(function.body) if behind else function.body
            self.known[key] = _near(self._body(body, depth))
        return self.known[key]

    def _body(self, body: list[ast.stmt], depth: int) -> float:
        """Up to the first statement that may leave it, and what that does before."""
        total = 0.0
        for statement in body:
            total += self._statement(statement, depth)
            if self._may_leave(statement):
                break
        return total

    def _may_leave(self, statement: ast.AST) -> bool:
        """Whether it may leave the block, or calls a function of the file's own that does not come
        back from an exception, or ends the program.
        """
        return any(
            isinstance(node, _LEAVES)
            or (isinstance(node, ast.Call) and (_ends(node) or dotted(node) in self.failing))
            for node in of_its_own(statement)
        )

    def _statement(self, statement: ast.stmt, depth: int) -> float:
        if depth > _DEPTH:
            return 0.0
        if isinstance(statement, ast.With | ast.AsyncWith):
            return 0.0 if _is_limited(statement) else self._body(statement.body, depth + 1)
        if isinstance(statement, ast.Try):
            within = self._body(statement.body, depth + 1)
            return within + self._body(statement.finalbody, depth + 1)
        if isinstance(statement, ast.For) and dotted(statement.iter) == "range":
            return self._rounds(statement, depth)
        value = statement.value if isinstance(statement, ast.Expr) else None
        awaited = isinstance(value, ast.Await)
        call = value.value if isinstance(value, ast.Await) else value
        return self._call(call, depth, awaited=awaited) if isinstance(call, ast.Call) else 0.0

    def _rounds(self, loop: ast.For, depth: int) -> float:
        arguments = loop.iter.args if isinstance(loop.iter, ast.Call) else []
        rounds = _number(arguments[0], self.constants) if len(arguments) == 1 else None
        if not rounds or rounds < 0 or self._may_leave(loop):
            return 0.0
        return _near(rounds * self._body(loop.body, depth + 1))

    def _call(self, call: ast.Call, depth: int, *, awaited: bool) -> float:
        words = dotted(call)
        function = self.functions.get(words)
        if function is not None:
            runs = awaited == isinstance(function, ast.AsyncFunctionDef)
            return self.function(function, depth=depth + 1) if runs else 0.0
        if not call.args or words not in (self.sleeps if awaited else _CALLED):
            return 0.0
        return max(_number(call.args[0], self.constants) or 0.0, 0.0)


def _is_limited(block: ast.With | ast.AsyncWith) -> bool:
    """Whether a `with` may cut short what is in it: `async with asyncio.timeout(5)`."""
    calls = (item.context_expr for item in block.items if isinstance(item.context_expr, ast.Call))
    return any(_LIMITS.fullmatch(dotted(call).rpartition(".")[2]) for call in calls)


_LIMITS = lazy.compile(r"timeout(?:_at)?|(?:move_on|fail)_\w+")


def _near(seconds: float) -> float:
    return seconds if seconds < _FAR else 0.0


def of_its_own(statement: ast.AST) -> Iterator[ast.AST]:
    """A statement and what is in it, but not the functions that it defines."""
    queue = [statement]
    while queue:
        node = queue.pop()
        if not isinstance(node, _Function | ast.Lambda | ast.ClassDef):
            yield node
            queue += ast.iter_child_nodes(node)


def _ends(call: ast.Call) -> bool:
    return dotted(call).rpartition(".")[2] in _ENDING


def _failing(functions: Mapping[str, _Function]) -> set[str]:
    """The functions that raise an exception or end the program, or call one of these that does."""
    callers: dict[str, list[str]] = {}
    queue = []
    for name, function in functions.items():
        for node in ast.walk(function):
            if isinstance(node, ast.Raise) or (isinstance(node, ast.Call) and _ends(node)):
                queue.append(name)
            elif isinstance(node, ast.Call):
                callers.setdefault(dotted(node), []).append(name)
    found: set[str] = set()
    while queue:
        name = queue.pop()
        if name not in found:
            found.add(name)
            queue += callers.get(name, ())
    return found


def _behind(body: list[ast.stmt]) -> list[ast.stmt]:
    """What a generator does behind its first `yield`, at its own level or at the end of a `try`;
    nothing where it may have another one, or leave, before that.
    """
    for at, statement in enumerate(body):
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Yield):
            return body[at + 1 :]
        if isinstance(statement, ast.With | ast.AsyncWith) and _yields(statement):
            within = [] if _is_limited(statement) else _behind(statement.body)
            return [*within, *body[at + 1 :]]
        if isinstance(statement, ast.Try) and _yields(statement):
            return [*_behind(statement.body), *statement.finalbody, *body[at + 1 :]]
        if any(isinstance(node, ast.Return | ast.Yield) for node in of_its_own(statement)):
            return []
    return []


def _yields(statement: ast.stmt) -> bool:
    return any(isinstance(node, ast.Yield) for node in ast.walk(statement))
