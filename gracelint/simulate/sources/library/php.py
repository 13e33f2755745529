"""What PHP does with processes and signals.

Measured with PHP 8.2: handlers run only where `pcntl_async_signals(true)` or ticks are on, or
where the program calls `pcntl_signal_dispatch`; `sleep` ends with a signal in any case; within
`pcntl_wait`, `system`, `exec`, `passthru` and `proc_close` no handler runs until they are over;
`pcntl_wait` ends with a signal where `pcntl_signal` was told not to restart calls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.base import lazy
from gracelint.base.paths import absolute
from gracelint.simulate.sources.library.ahead import undone
from gracelint.simulate.sources.library.base import (
    Language,
    abort,
    alive,
    command,
    deadline,
    each,
    forked,
    gone_child,
    installed,
    leave,
    moved,
    replaced,
    run,
    seconds,
    served,
    start,
    tell,
    there,
)
from gracelint.simulate.sources.library.hands import drops
from gracelint.simulate.sources.library.masks import awaited, masked
from gracelint.simulate.sources.library.php_arrays import ARRAYS
from gracelint.simulate.sources.library.plain import Table
from gracelint.simulate.sources.library.texts import CALLED
from gracelint.simulate.sources.machine.code import Dialect
from gracelint.simulate.sources.machine.state import ENTERED, Block, Given, Lost
from gracelint.simulate.sources.machine.values import (
    MAX_ITEMS,
    NOTHING,
    Bound,
    Child,
    Class,
    Closure,
    Items,
    Record,
    Thing,
    Thrown,
    is_unset,
    listed,
    signal_name,
    spelled,
    unset,
)

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.code import Code
    from gracelint.simulate.sources.machine.machine import Machine
    from gracelint.simulate.sources.machine.state import Strand

_F = Table(ARRAYS | CALLED)
_SEEDS = """
pcntl_signal pcntl_exec pcntl_fork pcntl_wait pcntl_waitpid posix_kill exec system passthru
shell_exec proc_open proc_terminate popen exit die pcntl_signal_dispatch pcntl_async_signals
"""


class Php(Language):
    """PHP on the command line."""

    dialect = Dialect("php", hoists=True, closed=True, vivifies=True, apart=True, breaks_off=True)
    this = "$this"
    constructor = "__construct"
    seeds = frozenset(_SEEDS.split())
    functions = _F
    members = Table()
    handlers = {"PIPE": "ignore"}  # noqa: RUF012
    sleep_interrupted = "ends"
    deferring = True
    runs = frozenset({"run", "start", "loop"})
    own_file = {"__DIR__": "folder", "__FILE__": "path"}  # noqa: RUF012

    def undone(self, machine: Machine) -> bool:
        """Blocks that the end of the program leaves, and threads that go on, are looked at."""
        drops(machine)
        return undone(machine)

    def harmless(self, path: str) -> bool:
        """Functions of the language's own; methods may do anything."""
        return "." not in path

    def load(self, machine: Machine, name: str) -> Any:
        """Special variables; functions and constants."""
        del machine
        match name:
            case "PHP_SAPI":
                return "cli"
            case "PHP_BINARY":
                return "php"
        if name.startswith("$"):
            return Thing(name) if name in {"$_ENV", "$_SERVER", "$GLOBALS"} else None
        return Thing(name)

    def autoloads(self, machine: Machine, strand: Strand, name: str) -> bool:
        """A class stands in the file of its name."""
        if not name[:1].isupper() or name.isupper() or name in self.functions:
            return False
        if any(name in scope.names for scope in machine.globals.values()):
            return False
        if not any("autoload" in code.text.text for code in machine.codes):
            return False
        paths = [p for p in machine.host.named(f"{name}.php") if p not in machine.modules]
        code = machine.host.code(paths[0]) if len(paths) == 1 else None
        if len(paths) > 1:
            machine.unread.append(f"which `{name}.php` is loaded is not known")
        if code is None:
            return False
        self.run_module(machine, strand, paths[0], code, {})
        machine.share(paths[0])
        return True

    def call(self, given: Given) -> Any:
        """Without the extension there are no functions of it: an error that ends most programs."""
        if given.path.startswith("pcntl_") and given.machine.host.has_pcntl() is False:
            given.machine.throw(given.strand, Thrown("Error", ("Throwable",)))
            return ENTERED
        return super().call(given)

    def index(self, machine: Machine, path: str, key: Any) -> Any:
        """A variable of the environment."""
        if path in {"$_ENV", "$_SERVER"} and isinstance(key, str):
            return machine.environment["env"].get(key, unset(key))
        return super().index(machine, path, key)

    def begun(self, machine: Machine, code: Code) -> dict[str, Any]:
        """The variables of the first file."""
        del code
        return {"$argv": Items(list(machine.environment["argv"]))}

    def number(self, signal: str) -> Any:
        """What a handler is given: a constant without a module."""
        return Thing(f"SIG{signal}")

    def truth(self, value: Any) -> bool | None:
        """The text `0` counts as false."""
        return False if value == "0" and isinstance(value, str) else super().truth(value)

    def method(self, given: Given) -> Any:
        """A function that is called by its name stands in a variable as a text."""
        if given.path == "__invoke" and isinstance(given.receiver, Closure):
            return given.machine.enter(
                given.strand, given.receiver, given.arguments, {}, given.node
            )
        return super().method(given)

    def called(self, given: Given, value: Any) -> Any:
        """A variable that holds a function or class by its name, or an object and its method."""
        if isinstance(value, Thing) and given.new and value.path.isidentifier():
            return next(
                (s.names[value.path] for s in given.machine.globals.values()
                 if isinstance(s.names.get(value.path), Class)),
                value,
            )  # fmt: skip
        if isinstance(value, str | Items | Record):
            value = callable_of(given, value)
        return NOTHING if isinstance(value, str | Items | Record) else value


PHP = Php()


def callable_of(given: Given, value: Any) -> Any:
    """The function that PHP calls for a value: by its name, or as an object and its method."""
    from gracelint.simulate.sources.machine.names import member_of, method_of

    if isinstance(value, Record) and value.of is not None:
        return member_of(given.machine, value, "__invoke")
    named = value.partition("::") if isinstance(value, str) else ("", "", "")
    if isinstance(value, Items) and len(value.items) == 2:
        target, name = value.items
        if isinstance(name, str) and not isinstance(target, str):
            return method_of(given.machine, target, name)
        if isinstance(name, str) and isinstance(target, str):
            named = (target, "::", name)
    if not named[0]:
        return value
    for scope in given.machine.globals.values():
        if named[0].lstrip("\\") in scope.names:
            found = scope.names[named[0].lstrip("\\")]
            return member_of(given.machine, found, named[2]) if named[1] else found
    return Thing("".join(named))


@_F.add("pcntl_signal")
def _signal(given: Given) -> Any:
    """Measured: to ask for a signal that nobody can handle is an error which ends the program."""
    if signal_name(given.get(0)) in {"KILL", "STOP"}:
        given.machine.abort(255)
        return ENTERED
    value = given.get(1)
    given.machine.mode["breaks-off"] = given.get(2, "restart_syscalls") is False
    if isinstance(value, Thing):
        value = {"SIG_IGN": "ignore", "SIG_DFL": "default"}.get(value.path, value)
        return installed(given, given.get(0), value)
    installed(given, given.get(0), callable_of(given, value))
    return True


@_F.add("pcntl_async_signals")
def _asynchronous(given: Given) -> Any:
    given.machine.mode["asynchronous"] = PHP.truth(given.get(0)) is True
    return True


@_F.add("\0ticks")
def _ticks(given: Given) -> Any:
    """Measured: the statements of files that are included have no ticks."""
    mode = given.machine.mode
    mode["ticks"] = (*mode.get("ticks", ()), given.code.path)
    return NOTHING


@_F.add("pcntl_signal_dispatch")
def _dispatch(given: Given) -> Any:
    given.machine.dispatch()
    return True


@_F.add("pcntl_sigprocmask")
def _sigmask(given: Given) -> Any:
    masked(given, given.get(0), given.get(1))
    return True


@_F.add("pcntl_sigwaitinfo", "pcntl_sigtimedwait")
def _sigwait(given: Given) -> Any:
    """The number of the signal; less than none where the time is over."""
    pause = seconds(given.get(2))
    until = None if given.path == "pcntl_sigwaitinfo" else given.machine.host.now() + (pause or 0)
    return awaited(given, given.get(0), until, nothing=-1)


@_F.add("pcntl_exec")
def _exec(given: Given) -> Any:
    rest = given.get(1)
    words = [given.get(0), *(rest.items if isinstance(rest, Items) else [])]
    return replaced(given, command(given, Items(words)))


@_F.add("system", "exec", "passthru", "shell_exec")
def _system(given: Given) -> Any:
    return run(given, command(given, shell=given.get(0)), interrupted="waits", result=NOTHING)


@_F.add("popen")
def _popen(given: Given) -> Any:
    return start(given, command(given, shell=given.get(0)), "popen")


@_F.add("pclose", "proc_close")
def _close(given: Given) -> Any:
    child = given.get(0)
    if not isinstance(child, Child) or not alive(given, child):
        return 0
    return Block("child", [child.pid], interrupted="waits", then="status")


@_F.add("proc_open")
def _proc_open(given: Given) -> Any:
    words = given.get(0)
    if isinstance(words, Items):
        return start(given, command(given, words), "popen")
    return start(given, command(given, shell=words), "popen")


@_F.add("proc_terminate")
def _terminate(given: Given) -> Any:
    child, signal = given.get(0), given.get(1)
    if isinstance(child, Child) and not alive(given, child):
        return True
    tell(given, child, Thing("SIGTERM") if signal is None else signal)
    return True


@_F.add("proc_get_status")
def _get_status(given: Given) -> Any:
    child = given.get(0)
    if not isinstance(child, Child):
        return NOTHING
    return Record("dict", {"running": alive(given, child), "pid": child}, open=True)


@_F.add("pcntl_fork")
def _fork(given: Given) -> Any:
    return forked(given)


@_F.add("pcntl_wait", "pcntl_waitpid")
def _wait(given: Given) -> Any:
    machine = given.machine
    child = given.get(0) if given.path == "pcntl_waitpid" else None
    flags = given.arguments[-1] if given.arguments else None
    asks_only = isinstance(flags, Thing) and "WNOHANG" in flags.path
    interrupted = "ends" if machine.mode.get("breaks-off") else "waits"
    if isinstance(child, Child):
        if child.pid in machine.reaped:
            return -1
        if asks_only:
            return gone_child(given, child) or 0
        return Block("child", [child.pid], interrupted=interrupted, then="child", result=child)
    if not machine.unreaped():
        return -1
    if asks_only:
        return gone_child(given) or 0
    return Block("any-child", interrupted=interrupted, then="pid")


@_F.add("posix_kill")
def _kill(given: Given) -> Any:
    target = given.get(0)
    if not there(given, target):
        return False
    tell(given, target, given.get(1))
    return True


@_F.add("posix_getpid", "getmypid", "posix_getpgrp")
def _getpid(given: Given) -> Any:
    return Child(given.machine.host.own_pid(), "self")


@_F.add("posix_setsid", "posix_setpgid")
def _set_group(given: Given) -> Any:
    given.machine.host.lead(session=given.path == "posix_setsid")
    return 1


@_F.add("sleep", "usleep", "time_nanosleep")
def _sleep(given: Given) -> Any:
    pause = seconds(given.get(0))
    scale = 1e-6 if given.path == "usleep" else 1.0
    return given.machine.sleep(1.0 if pause is None else pause * scale, result=0)


@_F.add("time", "microtime")
def _clock(given: Given) -> Any:
    if given.path == "time":
        return int(given.machine.clock())
    return given.machine.clock() if given.get(0) is True else NOTHING


_CLIENTS = Thing("\0clients")


@_F.add("socket_accept", "socket_recvfrom", "socket_recv")
def _accept(given: Given) -> Any:
    """The call is begun anew after a signal, before any handler runs, unless told otherwise."""
    served(given, "connections", _CLIENTS)
    ends = given.machine.mode.get("breaks-off")
    return Block("work", _CLIENTS, interrupted="ends" if ends else "waits", result=False)


@_F.add("stream_socket_accept", "stream_select", "socket_select")
def _polled(given: Given) -> Any:
    """A wait for clients that ends with a signal."""
    selects = given.path.endswith("select")
    served(given, "connections", _CLIENTS)
    pause = given.get(3) if selects else given.get(1, default=60)
    until = deadline(given, pause)
    return Block("work", _CLIENTS, until, "ends", result=0 if selects else False)


@_F.add("exit", "die")
def _exit(given: Given) -> Any:
    return leave(given)


@_F.add("posix__exit")
def _abort(given: Given) -> Any:
    return abort(given)


@_F.add("register_shutdown_function")
def _shutdown(given: Given) -> Any:
    given.machine.at_exit.append((callable_of(given, given.get(0)), given.arguments[1:]))
    return None


@_F.add("call_user_func", "array_map", "array_walk", "iterator_apply")
def _call(given: Given) -> Any:
    value = callable_of(given, given.get(0))
    rest = given.arguments[1:]
    if given.path == "array_map" and rest and isinstance(rest[0], Items):
        return each(given, rest[0], value)
    return given.machine.enter(given.strand, value, rest, {}, given.node)


_F["chdir"] = moved


@_F.add("escapeshellarg", "escapeshellcmd")
def _escaped(given: Given) -> Any:
    text = spelled(given.get(0))
    if given.path == "escapeshellcmd":
        return text if text is not None and not _ESCAPED.search(text) else NOTHING
    if text is None:
        return "'?'"
    return "'" + text.replace("'", "'\\''") + "'"


_ESCAPED = lazy.compile(r"""[#&;`|*?~<>^()\[\]{}$\\\n\xff'"]""")


@_F.add("basename", "dirname")
def _part(given: Given) -> Any:
    text = spelled(given.get(0))
    if text is None or "/" not in text.strip("/") or text.endswith("/") or "//" in text:
        return NOTHING
    if given.has(1):
        return NOTHING
    return text.rpartition("/")[2 if given.path == "basename" else 0]


@_F.add("max", "min", "abs", "intdiv", "intval")
def _reckoned(given: Given) -> Any:
    values = given.arguments
    if given.path == "intval" and isinstance(given.get(0), str):
        text = given.get(0).strip()
        return int(text) if text.isdecimal() and len(text) < 19 and len(values) == 1 else NOTHING
    if not values or not all(isinstance(v, int) and not isinstance(v, bool) for v in values):
        return NOTHING
    match given.path:
        case "max" | "min" if len(values) > 1:
            return max(values) if given.path == "max" else min(values)
        case "abs":
            return abs(values[0])
        case "intval":
            return values[0] if len(values) == 1 else NOTHING
        case "intdiv" if len(values) == 2 and values[0] >= 0 and values[1] > 0:
            return values[0] // values[1]
    return NOTHING


@_F.add("range")
def _range(given: Given) -> Any:
    first, last = given.get(0), given.get(1)
    if len(given.arguments) != 2 or not (isinstance(first, int) and isinstance(last, int)):
        return NOTHING
    return listed(range(first, min(last, first + MAX_ITEMS) + 1)) if last >= first else NOTHING


@_F.add("putenv")
def _putenv(given: Given) -> Any:
    text = spelled(given.get(0))
    given.machine.makes(None if text is None else text.partition("=")[0])
    return True


@_F.add("getenv")
def _getenv(given: Given) -> Any:
    name = spelled(given.get(0))
    environment = given.machine.environment["env"]
    return environment.get(name, unset(name))


@_F.add("isset")
def _isset(given: Given) -> Any:
    known = [
        False if is_unset(v) else NOTHING if isinstance(v, Thing) else v is not None
        for v in given.arguments
    ]
    return False if False in known else NOTHING if NOTHING in known else True


_KINDS: dict[str, tuple[type, ...]] = {
    "is_null": (type(None),),
    "is_bool": (bool,),
    "is_string": (str,),
    "is_array": (Items,),
    **dict.fromkeys(("is_int", "is_integer", "is_long"), (int,)),
    **dict.fromkeys(("is_float", "is_double"), (float,)),
}


@_F.add(*_KINDS)
def _is_of_kind(given: Given) -> Any:
    """Of what kind a value is; a variable of the environment that is not set is `false`."""
    value, kinds = given.get(0), _KINDS[given.path]
    if isinstance(value, Thing | Record):
        return False if isinstance(value, Record) and given.path == "is_null" else NOTHING
    return isinstance(value, kinds) and not (isinstance(value, bool) and bool not in kinds)


@_F.add("empty")
def _empty(given: Given) -> Any:
    truth = False if is_unset(given.get(0)) else PHP.truth(given.get(0))
    return NOTHING if truth is None else not truth


@_F.add("\0aliased")
def _aliased(given: Given) -> Any:
    """Lists and objects are kept by what they are; two names of anything else are not followed."""
    value = given.get(0)
    if value is None or isinstance(value, bool | int | float | str):
        raise Lost("a second name of a variable is not followed", given.node, given.code)
    return value


@_F.add("is_resource")
def _is_resource(given: Given) -> Any:
    return given.get(0) not in (False, None)


@_F.add("function_exists", "extension_loaded", "is_callable", "class_exists")
def _exists(given: Given) -> Any:
    """What the program itself defines is there, and what everybody's PHP has."""
    asked, machine = given.get(0), given.machine
    if not isinstance(asked, str):
        return True if given.path == "is_callable" else NOTHING
    if asked.startswith("pcntl"):
        return machine.host.has_pcntl() is not False
    if given.path == "extension_loaded":
        return True if asked.lower() in _EVERYWHERE else NOTHING
    name = asked.lstrip("\\").rpartition("\\")[2]
    defined = any(name in scope.names for scope in machine.globals.values())
    return True if defined or name in _F or name.startswith("posix_") else NOTHING


_EVERYWHERE = frozenset(
    {"core", "date", "hash", "json", "pcre", "posix", "random", "spl", "standard"}
)


@_F.add("require")
def _require(given: Given) -> Any:
    name = spelled(given.get(0))
    machine = given.machine
    if name is None:
        machine.unread.append("what it loads is computed")
        return NOTHING
    folder = given.code.path.rpartition("/")[0] or "/"
    for base in (machine.environment["workdir"], folder):
        path = absolute(name, base)
        if path in machine.modules:
            return True
        code = machine.host.code(path) if machine.host.there(path) else None
        if code is not None:
            PHP.run_module(machine, given.strand, path, code, {})
            machine.share(path)
            frame = given.strand.frames[-1]
            frame.gives, frame.target = "module", path
            return ENTERED
    if name.endswith("/autoload.php"):
        return True
    machine.unread.append(f"`{name}` is not in sight")
    return NOTHING


def started(machine: Machine, code: Code) -> bool:
    """Whether a file is the first one."""
    return machine.codes[0] is code


def bound(value: Any, name: str) -> Bound:
    """A method of a value."""
    return Bound(value, name)
