"""Signal handlers in Python source."""

from __future__ import annotations

import ast
import sys
import warnings
from typing import TYPE_CHECKING

from gracelint.base import signals
from gracelint.base.paths import absolute

if TYPE_CHECKING:
    from gracelint.base.source import Text
    from gracelint.simulate.sources.read import Reading

# Packages that install no handler when they are imported or used in the ordinary way.
_PLAIN = frozenset(
    [
        *("attr", "attrs", "boto3", "botocore", "bottle", "bs4", "certifi", "cachetools"),
        *("confluent_kafka", "cryptography", "dateutil", "dotenv", "flask", "flask_cors"),
        *("flask_sqlalchemy", "grpc", "httpx", "itsdangerous", "jinja2", "jwt", "kafka"),
        *("kubernetes", "lxml", "markupsafe", "marshmallow", "mysql", "numpy", "orjson", "paho"),
        *("pandas", "peewee", "pika", "PIL", "prometheus_client", "psutil", "psycopg"),
        *("psycopg2", "pydantic", "pymongo", "pymysql", "pytz", "redis", "requests", "rich"),
        *("schedule", "serial", "simplejson", "sqlalchemy", "structlog", "tabulate"),
        *("tenacity", "tornado", "tqdm", "ujson", "urllib3", "waitress", "websocket"),
        *("werkzeug", "yaml", "gevent", "click"),
    ]
)
# Calls that start a server with handlers of its own for TERM and INT.
_SERVERS = {
    "uvicorn.run": "uvicorn",
    "aiohttp.web.run_app": "aiohttp",
    "cherrypy.quickstart": "cherrypy",
    "hypercorn.asyncio.serve": "hypercorn",
    "twisted.internet.reactor.run": "twisted",
}
_INSTALL = frozenset({"signal.signal"})
_IGNORED = frozenset({"SIG_IGN", "SIG_DFL"})
_DYNAMIC = frozenset({"__import__", "exec", "eval", "importlib.import_module", "runpy.run_path"})


def read_python(text: Text, path: str, reading: Reading) -> None:
    """Enter the handlers that a file installs, and what it imports."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        reading.doubt(f"`{path}` cannot be read as Python")
        return
    File(text, path, tree, reading).read()


class File:
    """One file: its names for what it imports, and its calls."""

    def __init__(self, text: Text, path: str, tree: ast.Module, reading: Reading) -> None:
        self.text = text
        self.path = path
        self.reading = reading
        self.nodes = list(ast.walk(tree))
        self.names: dict[str, str] = {}
        self.lines = _line_starts(text.text)
        self.unused = _unused_functions(self.nodes)
        self.bound = _bindings(self.nodes)

    def read(self) -> None:
        """Go through imports first, then the calls."""
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    self.imported(alias.name)
                    first = alias.name.partition(".")[0]
                    self.names[alias.asname or first] = alias.name if alias.asname else first
            elif isinstance(node, ast.ImportFrom):
                self.imported_from(node)
            elif isinstance(node, ast.Assign) and _switches_debug(node):
                self.reading.doubt("its reloader may install a handler")
        for node in self.nodes:
            if isinstance(node, ast.Call) and id(node) not in self.unused:
                self.call(node)

    def imported(self, name: str) -> bool:
        """Have a module of the application's own read too; doubt an unknown one."""
        first = name.partition(".")[0]
        folder = self.path.rpartition("/")[0]
        for base in dict.fromkeys((folder or "/", self.reading.workdir)):
            where = absolute(name.replace(".", "/"), base)
            if self.reading.load(f"{where}.py", f"{where}/__init__.py"):
                return True
        if first in sys.stdlib_module_names or first in _PLAIN or name in _MODULES:
            return True
        self.reading.doubt(f"the package `{first}` may install handlers")
        return False

    def imported_from(self, node: ast.ImportFrom) -> None:
        """`from a.b import c`, `from . import c`."""
        module = node.module or ""
        if node.level:
            folder = self.path.rpartition("/")[0]
            module_path = "../" * (node.level - 1) + module.replace(".", "/")
            base = absolute(module_path or ".", folder or "/")
            found = self.reading.load(f"{base}.py", f"{base}/__init__.py")
            for alias in node.names:
                found |= self.reading.load(f"{base}/{alias.name}.py")
            if not found:
                self.reading.doubt(f"`{module or '.'}` is not in sight")
            return
        self.imported(module)
        folder = self.path.rpartition("/")[0]
        for alias in node.names:
            where = absolute(f"{module.replace('.', '/')}/{alias.name}", folder or "/")
            self.reading.load(f"{where}.py", f"{where}/__init__.py")
            self.names[alias.asname or alias.name] = f"{module}.{alias.name}"

    def dotted(self, node: ast.expr) -> str:
        """`signal.signal` for however this file names it; "" when it is no plain name."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return "." + ".".join(reversed(parts)) if parts else ""
        return ".".join((self.names.get(node.id, node.id), *reversed(parts)))

    def call(self, node: ast.Call) -> None:
        """Enter a call that installs handlers or that may."""
        name = self.dotted(node.func)
        start, end = self.place(node)
        if name in _INSTALL or name.endswith(".add_signal_handler"):
            self.install(node, start, end)
        elif name in _SERVERS and not _says_no(node, "handle_signals"):
            self.reading.handles(self.text, start, end, "TERM", "INT")
        elif name in {"signal.sigwait", "signal.sigwaitinfo", "signal.sigtimedwait"} and node.args:
            self.reading.handles(self.text, start, end, *self.signals(node.args[0]))
        elif name.endswith(".run") and _reloads(node):
            self.reading.doubt("its reloader may install a handler")
        elif name in _DYNAMIC or name == "signal.set_wakeup_fd":
            self.reading.doubt(f"what `{name}` does here is not known")

    def install(self, node: ast.Call, start: int, end: int) -> None:
        """`signal.signal(signal.SIGTERM, handler)`."""
        if len(node.args) < 2:
            return
        if self.dotted(node.args[1]).rpartition(".")[2] in _IGNORED:
            return
        named = self.signals(node.args[0])
        if named:
            self.reading.handles(self.text, start, end, *named)
        else:
            self.reading.doubt("the signal that a handler is for is not known")

    def signals(self, node: ast.expr) -> list[str]:
        """The signals that an expression names; a variable stands for what it is looped over."""
        found: list[str] = []
        queue, steps = [node], 0
        while queue and steps < 50:
            steps += 1
            node = queue.pop()
            if isinstance(node, ast.Tuple | ast.List | ast.Set):
                queue += node.elts
            elif isinstance(node, ast.Constant) and isinstance(node.value, int):
                found += filter(None, [signals.name_of(node.value)])
            elif isinstance(node, ast.Name | ast.Attribute):
                name = self.dotted(node).rpartition(".")[2]
                if name.startswith("SIG") and name.isupper():
                    found.append(name)
                elif isinstance(node, ast.Name):
                    queue += self.bound.get(node.id, [])
        return found

    def place(self, node: ast.expr) -> tuple[int, int]:
        """Where a node stands in the text."""
        last, offset = node.end_lineno or node.lineno, node.end_col_offset or 0
        return self._offset(node.lineno, node.col_offset), self._offset(last, offset)

    def _offset(self, line: int, column: int) -> int:
        start = self.lines[line - 1]
        head = self.text.text[start : start + column]
        if head.isascii():
            return start + column
        return start + len(head.encode("utf-8", "replace")[:column].decode("utf-8", "ignore"))


_MODULES = frozenset(
    {"uvicorn", "aiohttp", "aiohttp.web", "cherrypy", "hypercorn.asyncio", "hypercorn.config"}
)


def _says_no(node: ast.Call, option: str) -> bool:
    """Whether a call passes `option=False`."""
    given = [k.value for k in node.keywords if k.arg == option]
    return any(isinstance(v, ast.Constant) and not v.value for v in given)


def _reloads(node: ast.Call) -> bool:
    """Whether a call of werkzeug's kind may ask for its reloader."""
    asked = [k for k in node.keywords if k.arg in {"debug", "use_reloader", "reloader", None}]
    return any(not (isinstance(k.value, ast.Constant) and not k.value.value) for k in asked)


def _switches_debug(node: ast.Assign) -> bool:
    """`app.debug = True`."""
    return any(isinstance(t, ast.Attribute) and t.attr == "debug" for t in node.targets)


def _line_starts(text: str) -> list[int]:
    starts = [0]
    at = text.find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = text.find("\n", at + 1)
    return starts


def _bindings(nodes: list[ast.AST]) -> dict[str, list[ast.expr]]:
    """The expressions that each name is set to or looped over, at most a few of them."""
    found: dict[str, list[ast.expr]] = {}
    for node in nodes:
        if isinstance(node, ast.For | ast.comprehension):
            target, value = node.target, node.iter
        elif isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, value = node.targets[0], node.value
        else:
            continue
        if isinstance(target, ast.Name) and len(found.setdefault(target.id, [])) < 4:
            found[target.id].append(value)
    return found


def _unused_functions(nodes: list[ast.AST]) -> set[int]:
    """The nodes inside of functions whose name is mentioned nowhere in the file."""
    used = {n.id for n in nodes if isinstance(n, ast.Name)}
    used |= {n.attr for n in nodes if isinstance(n, ast.Attribute)}
    inside: set[int] = set()
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            special = node.name.startswith("__") or node.decorator_list
            if node.name not in used and not special and len(inside) < 100_000:
                inside |= {id(inner) for inner in ast.walk(node)}
    return inside
