"""Variables, files, collections and built-in functions of Python."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from gracelint.base import lazy, signals
from gracelint.base.paths import absolute
from gracelint.simulate.sources.library.base import chosen, each
from gracelint.simulate.sources.library.plain import from_env_file, from_json, of_pairs, texts
from gracelint.simulate.sources.library.python.language import FILE, FUNCTIONS, PYTHON
from gracelint.simulate.sources.library.texts import PYTHON as TEXT
from gracelint.simulate.sources.machine.calls import find_member
from gracelint.simulate.sources.machine.names import member_of
from gracelint.simulate.sources.machine.state import ENTERED
from gracelint.simulate.sources.machine.values import (
    MAX_ITEMS,
    MAX_TEXT,
    NOTHING,
    Items,
    Record,
    Thing,
    listed,
    ordered,
    spelled,
    unique,
    unset,
)
from gracelint.syntax.code import tree

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.state import Given


@FUNCTIONS.add("os.environ.get", "os.getenv", "os.environ.setdefault", "os.environ.pop")
def _getenv(given: Given) -> Any:
    """What is set; else the default that the program itself gives, where it is a text."""
    environment, name = given.machine.environment["env"], spelled(given.get(0))
    default = given.get(1)
    if given.path == "os.environ.setdefault":
        given.machine.makes(name)
    given_one = default if isinstance(default, str) and default else unset(name)
    return environment.get(name, given_one)


@FUNCTIONS.add("os.environ.update")
def _environ_update(given: Given) -> Any:
    """Variables that the program sets itself."""
    value = given.get(0)
    named = [*value.fields] if isinstance(value, Record) else []
    for name in (*named, *given.keywords):
        given.machine.makes(name)
    return None


@FUNCTIONS.add("dotenv.load_dotenv")
def _load_dotenv(given: Given) -> Any:
    return from_env_file(given, given.get(0, "dotenv_path"))


@FUNCTIONS.add("os.environ.copy")
def _environ_copy(given: Given) -> Any:
    return Record("dict", dict(given.machine.environment.get("env", {})), open=True)


@FUNCTIONS.add(
    "os.path.join", "pathlib.Path", "os.path.abspath", "os.path.realpath", "str", "os.fspath"
)
def _path(given: Given) -> Any:
    parts = [part for part in map(spelled, given.arguments) if part is not None]
    if not parts or len(parts) < len(given.arguments):
        return NOTHING
    if given.path == "str":
        return parts[0]
    path = ""
    for part in parts:
        path = part if part.startswith("/") or not path else f"{path.rstrip('/')}/{part}"
    if given.path in {"os.path.abspath", "os.path.realpath"}:
        return absolute(path or "", given.machine.environment.get("workdir", "/"))
    return path


@FUNCTIONS.add("os.path.dirname", "os.path.basename")
def _part(given: Given) -> Any:
    text = spelled(given.get(0))
    if text is None:
        return NOTHING
    return posixpath.dirname(text) if given.path.endswith("dirname") else posixpath.basename(text)


@FUNCTIONS.add("open", "io.open", "codecs.open")
def _open(given: Given) -> Any:
    """A file that is read; what is written to one is not followed."""
    path, mode = spelled(given.get(0)), given.get(1, "mode", "r")
    reads = isinstance(mode, str) and not set(mode) & set("wax+")
    if reads and path:
        given.machine.opens(absolute(path, given.machine.environment["workdir"]))
    elif path:
        given.machine.makes(absolute(path, given.machine.environment["workdir"]))
    return Record("file", {"path": path if reads else None}, open=True)


@TEXT.add("write_text", "write_bytes", "touch")
def _write(given: Given) -> Any:
    """A file that a path writes."""
    given.machine.makes(absolute(given.receiver, given.machine.environment["workdir"]))
    return NOTHING


def _contents(given: Given, held: Any) -> str | None:
    path = held.fields.get("path") if isinstance(held, Record) else None
    workdir = given.machine.environment["workdir"]
    return given.machine.host.contents(absolute(path, workdir)) if path else None


@FILE.add("read", "readline")
def _read(given: Given) -> Any:
    text = _contents(given, given.receiver)
    if text is None or len(text) > MAX_TEXT:
        return NOTHING if text is None else text[:MAX_TEXT]
    path = absolute(given.receiver.fields["path"], given.machine.environment["workdir"])
    held = given.machine.mode.get("contents", {})
    given.machine.mode["contents"] = {**held, text: path}
    return text


@FILE.add("write", "flush", "close", "fileno")
def _written(given: Given) -> Any:
    del given
    return NOTHING


@FUNCTIONS.add("json.load", "json.loads")
def _json(given: Given) -> Any:
    value = given.get(0)
    return from_json(_contents(given, value) if given.path == "json.load" else spelled(value))


@FUNCTIONS.add("shutil.which")
def _which(given: Given) -> Any:
    return given.get(0)


@FUNCTIONS.add("shlex.split")
def _shlex(given: Given) -> Any:
    import shlex

    text = spelled(given.get(0))
    try:
        return Items(list(shlex.split(text))) if text is not None else NOTHING
    except ValueError:
        return NOTHING


@FUNCTIONS.add("shlex.join", "shlex.quote")
def _shlex_join(given: Given) -> Any:
    import shlex

    value = given.get(0)
    words = texts(Items([value]) if given.path == "shlex.quote" else value) or (None,)
    literals = [word for word in words if word is not None]
    return shlex.join(literals) if len(literals) == len(words) else NOTHING


@FUNCTIONS.add("list", "tuple", "set", "sorted", "reversed", "iter")
def _list(given: Given) -> Any:
    value = given.get(0)
    if value is None:
        return Items([])
    items = PYTHON.items(given.machine, value, keys=False)
    if not isinstance(items, list):
        return Items([], whole=False)
    whole = not isinstance(value, Items) or value.whole
    if given.path == "reversed":
        return Items(items[::-1], whole)
    if given.path == "set":
        return unique(Items(items, whole))
    return Items(_sorted(given, items) if given.path == "sorted" else items, whole)


def _sorted(given: Given, items: list[Any]) -> list[Any]:
    backwards = given.keywords.get("reverse", False)
    simple = "key" not in given.keywords and isinstance(backwards, bool)
    return ordered(items, (lambda value: value) if simple else None, backwards=backwards is True)


@FUNCTIONS.add("map", "filter")
def _mapped(given: Given) -> Any:
    """A function for each item of one list."""
    function, value = given.get(0), given.get(1)
    items = PYTHON.items(given.machine, value, keys=False) if len(given.arguments) == 2 else None
    if not isinstance(items, list):
        return Items([], whole=False)
    whole = value.whole if isinstance(value, Items) else True
    if given.path == "map":
        return each(given, Items(items, whole), function)
    if function is None:
        return Items([v for v in items if PYTHON.truth(v) is not False], whole)
    given.receiver = Items(items, whole)
    return chosen(given, function, "kept")


@FUNCTIONS.add("max", "min", "sum", "abs")
def _reckoned(given: Given) -> Any:
    values, name = given.arguments, given.path
    if len(values) == 1 and name != "abs":
        values = values[0].items if isinstance(values[0], Items) and values[0].whole else []
    alike = all(isinstance(v, int) for v in values) or all(isinstance(v, str) for v in values)
    if given.keywords or not values or not alike:
        return NOTHING
    if name in {"max", "min"}:
        return max(values) if name == "max" else min(values)
    if isinstance(values[0], str) or (name == "abs" and len(values) > 1):
        return NOTHING
    return abs(values[0]) if name == "abs" else sum(values)


@FUNCTIONS.add("dict", "pydantic_settings.SettingsConfigDict", "pydantic.ConfigDict")
def _dict(given: Given) -> Any:
    record = of_pairs(given.get(0)) if given.arguments else Record("dict")
    record.fields.update(given.keywords)
    return record


@FUNCTIONS.add("range")
def _range(given: Given) -> Any:
    bounds = [a for a in given.arguments if isinstance(a, int) and not isinstance(a, bool)]
    if len(bounds) != len(given.arguments) or not bounds or (len(bounds) > 2 and not bounds[2]):
        return NOTHING
    numbers = range(*bounds[:3])
    items = listed(numbers[: MAX_ITEMS + 1])
    items.rest = numbers[MAX_ITEMS:] or None
    return items


@FUNCTIONS.add("enumerate", "zip")
def _pairs(given: Given) -> Any:
    first = given.get(1, "start", 0) if given.path == "enumerate" else 0
    lists = [PYTHON.items(given.machine, v, keys=False) for v in given.arguments]
    lists = lists[:1] if given.path == "enumerate" else lists
    rows = [x for x in lists if isinstance(x, list)]
    if not rows or len(rows) != len(lists) or not isinstance(first, int):
        return NOTHING
    whole = all(value.whole for value in given.arguments if isinstance(value, Items))
    if given.path == "enumerate":
        return Items([Items([i, v]) for i, v in enumerate(rows[0], first)], whole)
    return Items([Items(list(row)) for row in zip(*rows, strict=False)], whole)


@FUNCTIONS.add("len")
def _len(given: Given) -> Any:
    value = given.get(0)
    if isinstance(value, Items) and value.whole:
        return len(value.items)
    if isinstance(value, Record) and value.kind == "dict" and not value.open:
        return len(value.fields)
    return len(value) if isinstance(value, str) else NOTHING


@FUNCTIONS.add("int", "float")
def _int(given: Given) -> Any:
    """A number; of a text in another base than ten nothing is known."""
    value = given.get(0)
    if not isinstance(value, str | int | float) or len(given.arguments) > 1:
        return value if isinstance(value, Thing) else NOTHING
    try:
        return float(value) if given.path == "float" else int(value)
    except (ValueError, OverflowError):
        return NOTHING


@FUNCTIONS.add("any", "all")
def _any(given: Given) -> Any:
    value = given.get(0)
    if not isinstance(value, Items) or not value.whole:
        return NOTHING
    truths = [PYTHON.truth(v) for v in value.items]
    decisive = given.path == "any"
    return decisive if decisive in truths else NOTHING if None in truths else not decisive


_SIGNAL = lazy.compile("SIG[A-Z0-9]+")


@FUNCTIONS.add("types.SimpleNamespace", "argparse.Namespace")
def _namespace(given: Given) -> Any:
    return Record("object", dict(given.keywords), open=bool(given.arguments))


@FUNCTIONS.add("dataclasses.field", "field", "pydantic.Field")
def _field(given: Given) -> Any:
    default = given.get(0, "default", NOTHING)
    aliases = (given.keywords.get(name) for name in ("validation_alias", "alias", "env"))
    alias = next((alias for alias in aliases if alias is not None), None)
    fields = {"factory": given.get(1, "default_factory"), "default": default, "alias": alias}
    return Record("field", fields)


@FUNCTIONS.add("getattr", "hasattr")
def _getattr(given: Given) -> Any:
    value, name = given.get(0), spelled(given.get(1))
    if name is None or not isinstance(value, Thing | Record):
        return NOTHING
    own = find_member(value.of, name) if isinstance(value, Record) and value.of else None
    if own is not None and own is not NOTHING:
        return True if given.path == "hasattr" else member_of(given.machine, value, name)
    if isinstance(value, Record):
        return value.fields.get(name, given.get(2, default=NOTHING))
    exists = value.path != "signal" or _SIGNAL.fullmatch(name) is None or signals.parse(name)
    if given.path == "hasattr":
        return bool(exists)
    return Thing(f"{value.path}.{name}") if exists else given.get(2, default=NOTHING)


@FUNCTIONS.add("__import__", "eval")
def _dynamic(given: Given) -> Any:
    given.machine.unread.append(f"what `{given.path}` loads is not seen")
    if given.path.startswith("runpy."):
        PYTHON.calls_unknown(given.machine, given.path, stays=False)
    return NOTHING


@FUNCTIONS.add("exec", "runpy.run_path")
def _executed(given: Given) -> Any:
    """A file that is run by what stands in it, or by its name."""
    text, machine = spelled(given.get(0)), given.machine
    path: str | None = machine.mode.get("contents", {}).get(text)
    if given.path == "runpy.run_path" and text:
        path = absolute(text, machine.environment["workdir"])
    code = machine.host.code(path) if path and machine.host.there(path) else None
    if path is None or code is None:
        return _dynamic(given)
    shared = machine.globals[given.code.path].names
    named = given.get(1) if given.path == "exec" else None
    names = named.fields if isinstance(named, Record) else shared if named is None else {}
    if given.path != "exec":
        names = {"__name__": given.get(2, "run_name", "<run_path>"), "__file__": path}
    PYTHON.run_module(machine, given.strand, path, code, names)
    given.strand.frames[-2].stack.append(NOTHING)
    return ENTERED


@FUNCTIONS.add("compile")
def _compiled(given: Given) -> Any:
    return given.get(0)


@FUNCTIONS.add("importlib.import_module", "runpy.run_module")
def _imported(given: Given) -> Any:
    """A module of the program by its name, with the packages around it."""
    name, machine = spelled(given.get(0)), given.machine
    if not name or name.startswith("."):
        return _dynamic(given)
    at = given.node.start, given.node.end
    paths = machine.host.modules(tree.Import(*at, name), given.code)
    codes = [(p, machine.host.code(p)) for p in paths if p not in machine.modules]
    if not paths or any(code is None for _, code in codes):
        return _dynamic(given) if paths or given.path.startswith("runpy.") else Thing(name)
    own = given.get(2, "run_name") if given.path == "runpy.run_module" else None
    frame = given.strand.frames[-1]
    for path, code in codes[::-1]:
        names = {"__name__": own if own and path == paths[-1] else path}
        assert code is not None
        PYTHON.run_module(machine, given.strand, path, code, names)
    frame.stack.append(machine.modules[paths[-1]])
    return ENTERED


@FUNCTIONS.add("signal.Signals", "signal.valid_signals")
def _signals(given: Given) -> Any:
    return given.get(0, default=NOTHING)
