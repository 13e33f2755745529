"""Python as the machine plays it: its rules, and the tables of its library."""

from __future__ import annotations

import builtins
import math
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from gracelint.atlas.libraries import library as known_library
from gracelint.base import signals
from gracelint.simulate.sources.library import locks, texts
from gracelint.simulate.sources.library.base import Language, each, kind_of
from gracelint.simulate.sources.library.plain import Table
from gracelint.simulate.sources.library.python.settings import from_environment
from gracelint.simulate.sources.library.queues import QUEUE
from gracelint.simulate.sources.library.rests import idle, left_alone
from gracelint.simulate.sources.machine.calls import above, ancestry, find_member
from gracelint.simulate.sources.machine.code import Dialect
from gracelint.simulate.sources.machine.state import ENTERED, Block, Frame, Given, Lost, Strand
from gracelint.simulate.sources.machine.undefined import is_undefined
from gracelint.simulate.sources.machine.values import (
    NOTHING,
    Bound,
    Child,
    Class,
    Closure,
    Items,
    Promise,
    Record,
    Thing,
    Thrown,
    by_loop,
    unset,
)

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.code import Code
    from gracelint.simulate.sources.machine.machine import Machine
    from gracelint.syntax.code import tree

FUNCTIONS = Table()
POPEN, PID, EVENT, THREAD, ANY, SERVER, POOL, WORKER, TASK = (Table() for _ in range(9))
FILE, STACK, GROUP, GENERATOR, CONTEXT, END, SELECTOR, CLI, LOCK = (Table() for _ in range(9))
_BLOCKING_WORDS = """
socket socketserver selectors select queue asyncio http xmlrpc smtpd cmd code sched
multiprocessing concurrent
"""
_BLOCKING = frozenset(_BLOCKING_WORDS.split())
_STARTS = frozenset({"run", "run_app", "run_forever", "start", "serve", "launch", "main"})
"""What the functions of frameworks are called that run the program."""
_SEEDS = """
signal add_signal_handler Popen run call check_call check_output system spawnv spawnl spawnvp
fork execv execve execvp execvpe execl execlp execle kill killpg terminate send_signal
communicate exit _exit quit abort pause serve_forever Process Thread create_subprocess_exec
create_subprocess_shell run_until_complete run_forever import_module sigwait atexit register
serve shutdown run_polling start_polling acquire release run_module run_path
"""
_BUILTINS_WORDS = """
print len str int float bool list dict set tuple range open isinstance hasattr getattr setattr
type super repr format sorted enumerate zip map filter any all min max sum abs iter next id
input object property staticmethod classmethod bytes bytearray round vars dir callable hash
ValueError RuntimeError Exception TypeError KeyError NotImplementedError OSError
"""
_BUILTINS = frozenset(_BUILTINS_WORDS.split())


_PLAIN_BASES = frozenset(
    {
        *("object", "typing.NamedTuple", "typing.Protocol", "typing.Generic", "abc.ABC"),
        *("pydantic.BaseModel", "pydantic_settings.BaseSettings", "?"),
        *("pydantic.BaseSettings", "pydantic.v1.BaseSettings"),
    }
)
"""What classes of data are made from beside each other."""

_ROLES = {
    "property": "getter",
    "cached_property": "getter",
    "functools.cached_property": "getter",
    "classmethod": "class",
    "staticmethod": "static",
    "contextlib.contextmanager": "context",
    "contextlib.asynccontextmanager": "context",
}
FUNCTIONS["super"] = above


_WRITES_WORDS = "copy copy2 copyfile move rename replace link symlink mkfifo urlretrieve"
_WRITES = frozenset(_WRITES_WORDS.split())
"""Functions that put a file where there was none."""


class Python(Language):
    """Python 3."""

    dialect = Dialect("python", members_apart=True)
    constructor = "__init__"
    seeds = frozenset(_SEEDS.split())
    functions = FUNCTIONS
    handlers = {"INT": "raise", "PIPE": "ignore", "XFSZ": "ignore"}  # noqa: RUF012
    refuses = dict.fromkeys(("KILL", "STOP"), Thrown("OSError", ("Exception", "BaseException")))
    runs = frozenset({"run", "Fire", "main", "wrapper", "run_sync", "run_app"})
    members = Table()
    made: dict[str, str] = {}  # noqa: RUF012
    makers: dict[str, Any] = {}  # noqa: RUF012 - what decorators of libraries make of a function

    def harmless(self, path: str) -> bool:
        """Built-in functions and what the standard library has beside servers."""
        first = path.lstrip("?").partition(".")[0].partition("(")[0]
        if path.startswith("sys.modules"):
            return False
        if first in _BUILTINS:
            return True
        return first in sys.stdlib_module_names and first not in _BLOCKING

    def runs_package(self, path: str) -> bool:
        """A function of a package, or a method of what a package made, that runs it."""
        package, _, rest = path.partition(".")
        if not package.isidentifier() or package in sys.stdlib_module_names:
            return False
        return rest.rpartition(".")[2] in _STARTS and known_library("python", package) is None

    def decorated(
        self, machine: Machine, strand: Strand, function: Any, decorator: Any, node: tree.Node
    ) -> Any:
        """What a function is for a class, or a block, that uses it."""
        role = _ROLES.get(decorator.path) if isinstance(decorator, Thing) else None
        if role and isinstance(function, Closure):
            return Closure(function.code, function.scope, function.this, role)
        if isinstance(decorator, Bound) and decorator.name in {"setter", "deleter"}:
            return decorator.receiver
        replacement = self._replaced(decorator, function)
        if replacement is not None:
            code = function.code
            machine.entered.add((code.path, code.function.start))  # called where it is asked for
            return replacement
        return super().decorated(machine, strand, function, decorator, node)

    def _replaced(self, decorator: Any, function: Any) -> Any:
        """What a decorator of a library makes of a function; None for no other."""
        if not isinstance(function, Closure):
            return None
        if isinstance(decorator, Record) and decorator.kind == "registrar":
            return self.makers["registrar"](decorator, function)
        maker = self.makers.get(decorator.path) if isinstance(decorator, Thing) else None
        return None if maker is None else maker(function)

    def member(self, machine: Machine, value: Any, name: str) -> Any:
        """A member of something that the machine knows."""
        if isinstance(value, Child) and value.kind in {"popen", "aio"}:
            if name == "pid":
                return value
            if name == "returncode":
                return None if machine.host.alive(value.pid) else machine.host.status(value.pid)
        own = value.fields.get("child") if isinstance(value, Record) else None
        if name == "pid" and isinstance(own, Child):
            return own
        if isinstance(value, Bound) and kind_of(value.receiver) == "cli":
            return Bound(value.receiver, name)
        if isinstance(value, Closure) and name == "__name__":
            return value.code.name
        if (
            isinstance(value, Record)
            and value.of is not None
            and find_member(value.of, name) is None
        ):
            return NOTHING  # `dataclass` or `setattr` may have given it any value
        return super().member(machine, value, name)

    def may_stay(self, name: str) -> bool:
        """A class, such as `Dispatcher`, makes an object and comes back: its methods may stay."""
        return not (name[:1].isupper() and any(map(str.islower, name))) and super().may_stay(name)

    def cleans_up(self, machine: Machine) -> float:
        """What a server waits for behind the application; the machine plays `atexit` itself.

        Hooks of an application are not played: they may end the threads that the program waits for.
        """
        from gracelint.simulate.sources.library.python.apps import hook, lasting

        texts = [code.text for code in machine.codes]
        threads = any(s.thread and not s.done and not s.background for s in machine.strands)
        name = hook(texts) if threads else ""
        if name:
            raise Lost(f"whether `{name}`, which a server calls at its end, ends its threads")
        return lasting(texts, at_exit=False)

    def undone(self, machine: Machine) -> bool:
        """Daemon threads end with the program, wherever they are in their work."""
        path = left_alone(machine)
        if path:
            machine.mode.setdefault("guess", idle(path))
        return super().undone(machine)

    def undefined(self, machine: Machine, name: str, code: Code) -> Thrown | None:
        """A `NameError`, unless the language has it."""
        presumed = machine.mode.get("presumes") and not machine.mode.get("told")
        if presumed or hasattr(builtins, name):
            return None
        if not is_undefined(name, code, machine.codes, leaks=False):
            return None
        return Thrown("NameError", ("Exception", "BaseException"))

    def thing(self, machine: Machine, path: str) -> Any:
        """The few constants of the standard library that matter here."""
        if path == "sys.argv":
            return machine.mode.setdefault("argv", Items(list(machine.environment["argv"])))
        if path == "sys.executable":
            return "python3"
        if path == "sys.platform":
            return "linux"
        name = path.removeprefix("signal.SIG").removesuffix(".name")
        if path == f"signal.SIG{name}.name" and signals.parse(name):
            return f"SIG{name}"
        return super().thing(machine, path)

    def index(self, machine: Machine, path: str, key: Any) -> Any:
        """A variable of the environment."""
        environment = machine.environment["env"]
        if path == "os.environ" and isinstance(key, str):
            if key not in environment:
                machine.requires(unset(key))
            return environment.get(key, unset(key))
        return super().index(machine, path, key)

    def unknown(self, given: Given) -> Any:
        """A call of which nothing is known may write the files whose paths it is given."""
        if given.path.rpartition(".")[2] in _WRITES or not self.harmless(given.path):
            for value in (given.receiver, *given.arguments, *given.keywords.values()):
                if isinstance(value, str) and value.startswith("/"):
                    given.machine.makes(value)
        return super().unknown(given)

    def handled(self, machine: Machine, strand: Strand) -> None:
        """A handler of `signal.signal` is through.

        An event loop that it has interrupted sleeps on, and sees what was done only when it wakes
        up: for its next timer, for one of its own handlers, or if it was told.
        """
        loop = [s for s in machine.strands if not s.done and (s.main or s.promise is not None)]
        told = machine.mode.pop("loop-told", False) or any(map(by_loop, machine.handlers.values()))
        if told or not _loops(strand) or len(loop) < len(machine.strands):
            return
        waits = [s.block for s in loop if s.block is not None and s.block.kind != "work"]
        timers = [until for block in waits if (until := machine.timed(block)) is not None]
        if timers:
            machine.mode["sleeps-until"] = min(timers)
        elif machine.unknown:
            machine.mode["guess"] = "its event loop wakes up after its handler"
        else:
            if machine.serves:
                machine.mode["guess"] = "nobody connects, which would wake its event loop up"
            machine.mode["sleeps-until"] = math.inf

    def filled(self, given: Given, instance: Record) -> None:
        """The fields of a data class: what is given by name and by place, else their defaults."""
        classes = ancestry(instance.of)
        if any(isinstance(c, Thing) and c.path not in _PLAIN_BASES for c in classes):
            return
        names = [n for c in classes[::-1] if isinstance(c, Class) for n in c.members.names]
        held = {n: find_member(instance.of, n) for n in dict.fromkeys(names)}
        held = {n: v for n, v in held.items() if not isinstance(v, Closure) and n[:2] != "__"}
        for name, value in held.items():
            if isinstance(value, Record) and value.kind == "field":
                instance.fields[name] = self._default(given, value)
        if any(isinstance(c, Thing) and c.path.endswith(".BaseSettings") for c in classes):
            defaults = {**held, **instance.fields}
            instance.fields.update(from_environment(given, held, defaults))
        instance.fields.update(zip(held, given.arguments, strict=False))
        instance.fields.update(given.keywords)

    @staticmethod
    def _default(given: Given, field: Record) -> Any:
        factory = field.fields.get("factory")
        if not isinstance(factory, Thing):
            return field.fields.get("default", NOTHING)
        made = given.machine.enter(given.strand, factory, [], {}, given.node)
        return NOTHING if made is ENTERED or isinstance(made, Block) else made

    def entered(self, machine: Machine, strand: Strand, value: Any) -> Block | None:
        """`with lock` waits for it."""
        if isinstance(value, Record) and value.kind == "lock":
            taken = take_lock(machine, strand, value)
            return taken if isinstance(taken, Block) else None
        return None

    def left(self, machine: Machine, strand: Strand, value: Any, frame: Frame) -> Block | None:
        """`with Popen(…)` waits for the process, an executor for its threads."""
        if isinstance(value, Record) and value.kind == "exit-stack":
            unwind(machine, strand, value, frame)
        if isinstance(value, Child) and value.kind == "popen":
            return Block("child", [value.pid])
        if isinstance(value, Record) and value.kind == "lock":
            locks.give(machine, value)
        if isinstance(value, Record) and value.kind == "task-group":
            return Block("promise", Promise(all_of=list(value.fields["tasks"].items)))
        if isinstance(value, Record) and value.kind == "executor":
            return rest(value)
        if isinstance(value, Record) and value.kind == "process-pool":
            machine.abandon(value.fields["strands"].items)
        if (
            isinstance(value, Thing)
            and value.path.startswith("contextlib.suppress")
            and frame.after
        ):
            frame.after[-1] = None
        return None

    def imported(self, machine: Machine, strand: Strand, frame: Frame, node: tree.Import) -> None:
        """`import a.b`, `from a import b`: files of the program are run first, in their order."""
        for path in machine.host.modules(node, frame.code):
            if path not in machine.modules:
                code = machine.host.code(path)
                if code is not None:
                    frame.at -= 1
                    self.run_module(machine, strand, path, code, {"__name__": path})
                    return
        wanted = ("", *(what for what, _ in node.names))
        if node.level and not any(machine.host.module(node, frame.code, w) for w in wanted):
            by = frame.code.path.rpartition("/")[2]
            name = "." * node.level + node.module
            machine.unread.append(f"`{name}`, which `{by}` imports, is not in sight")
        for what, local in node.names:
            if what == "*":
                module = machine.host.module(node, frame.code, "")
                record = machine.modules.get(module)
                fields = record.fields if record is not None else self._all_of(node.module)
                shown = {n: v for n, v in fields.items() if not n.startswith("_")}
                frame.scope.names.update(shown)
                continue
            frame.scope.names[local] = self._named(machine, frame, node, what)

    def _all_of(self, module: str) -> dict[str, Any]:
        """What of a library's module is known here, by name."""
        paths = [*self.functions, *self.made]
        if module == "signal":
            known = filter(None, map(signals.name_of, range(1, 32)))
            paths += [
                f"signal.SIG{name}" for name in (*known, "_IGN", "_DFL", "_BLOCK", "_SETMASK")
            ]
        split = (path.rpartition(".") for path in paths)
        return {name: Thing(f"{module}.{name}") for where, _, name in split if where == module}

    def _named(self, machine: Machine, frame: Frame, node: tree.Import, what: str) -> Any:
        plain = what in {"", "."}
        module = machine.host.module(node, frame.code, "" if plain else what)
        package = machine.host.module(node, frame.code, "")
        record = machine.modules.get(package)
        if not plain and record is not None and what in record.fields:
            return record.fields[what]
        if not plain and module and module in machine.modules:
            return machine.modules[module]
        if plain and record is not None:
            return record
        if package or (node.level and not plain):
            return Thing(f"?{node.module}.{what}") if not plain else NOTHING
        if what == ".":
            return Thing(node.module.partition(".")[0])
        return Thing(node.module) if plain else self.thing(machine, f"{node.module}.{what}")


def take_lock(machine: Machine, strand: Strand, lock: Record, until: float | None = None) -> Any:
    """Have a thread hold a lock, see `locks.take`; a signal's handler runs in the main thread."""
    if strand.handles:
        strand = next((s for s in machine.strands if s.main), strand)
    return locks.take(lock, strand, again=lock.fields["again"], until=until)


def rest(pool: Record) -> Block | None:
    """What waits for all that a pool still has to do; None where that is nothing."""
    left = [s for s in pool.fields["strands"].items if not s.done]
    return Block("strand", left[0], then="made", result=partial(_rest, pool)) if left else None


def _rest(pool: Record, _machine: Machine, _block: Block) -> Any:
    return rest(pool)


def _loops(strand: Strand) -> bool:
    """Whether a flow of control is within an event loop."""
    block = strand.block
    if block is not None and (block.subject == "loop" or block.kind == "promise"):
        return True
    functions = [frame.code.function for frame in strand.frames]
    return any(function is not None and function.deferred for function in functions)


def unwind(machine: Machine, strand: Strand, stack: Record, frame: Frame) -> None:
    """Call what an `ExitStack` holds, the last first."""
    waiting, stack.fields["calls"] = stack.fields["calls"].items[::-1], Items([])
    node = frame.code.instructions[frame.at - 1][2]
    given = Given(machine, strand, "", stack, [], {}, node, frame.code)
    each(given, Items(waiting), None, gives="drop")


PYTHON = Python()
PYTHON.methods = {
    "text": texts.PYTHON,
    "popen": POPEN,
    "pid": PID,
    "event": EVENT,
    "lock": LOCK,
    "queue": QUEUE,
    "thread": THREAD,
    "any": ANY,
    "server": SERVER,
    "file": FILE,
    "executor": POOL,
    "exit-stack": STACK,
    "generator": GENERATOR,
    "context": CONTEXT,
    "end": END,
    "selector": SELECTOR,
    "cli": CLI,
    "task-group": GROUP,
    "arguments": Table(),
    "commands": Table(),
    "process": WORKER,
    "promise": TASK,
}
