"""What Perl does with processes and signals.

Measured with Perl 5.36: a handler runs between two operations; `sleep` ends with it, `wait`,
`waitpid` and `system` go on; `system` ignores INT and QUIT meanwhile.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gracelint.base.paths import absolute
from gracelint.simulate.sources.library.base import (
    Language,
    abort,
    forked,
    gone_child,
    installed,
    leave,
    moved,
    replaced,
    run,
    seconds,
    start,
    tell,
    there,
)
from gracelint.simulate.sources.library.masks import masked
from gracelint.simulate.sources.library.perl_loops import CONDITION, LOOP, LOOPS, SOCKET
from gracelint.simulate.sources.library.plain import Table, joined, spliced, until_end
from gracelint.simulate.sources.library.texts import CALLED
from gracelint.simulate.sources.library.unix import line
from gracelint.simulate.sources.machine.code import Dialect
from gracelint.simulate.sources.machine.formats import printed
from gracelint.simulate.sources.machine.state import ENTERED, Block, Frame, Given, Lost, Strand
from gracelint.simulate.sources.machine.values import (
    MAX_ITEMS,
    NOTHING,
    Bound,
    Child,
    Closure,
    Items,
    Record,
    Thing,
    Thrown,
    listed,
    ordered,
    put,
    signal_name,
    spelled,
    unset,
)

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.code import Code
    from gracelint.simulate.sources.machine.machine import Machine
    from gracelint.syntax.code import tree

_F = Table(CALLED | LOOPS)
_SEEDS = (
    "SIG %SIG exec system fork wait waitpid kill exit die sigtrap sigaction popen open2 open3 `"
)
_HARMLESS_WORDS = """
print printf say open close push pop shift unshift split join map grep sort keys values exists
delete defined ref bless scalar length substr index sprintf lc uc chomp chop die warn return
local time localtime gmtime STDOUT STDERR STDIN binmode select eof unlink mkdir rename chdir
reverse wantarray int abs rand srand caller undef not bless lock sprintf qw
sqrt sin cos atan2 exp log hex oct ord chr bpi bexp
"""
_HARMLESS = frozenset(_HARMLESS_WORDS.split())


_PACKAGE = "\0package"
_MAX_PACKAGES = 50


class Perl(Language):
    """Perl."""

    dialect = Dialect("perl", hoists=True, blocks=True, last=True, vivifies=True, apart=True)
    seeds = frozenset(_SEEDS.split())
    functions = _F
    members = Table()
    handlers = {"PIPE": "default"}  # noqa: RUF012
    sleep_interrupted = "ends"
    runs = frozenset({"run", "start", "main"})
    own_file = {"__FILE__": "given"}  # noqa: RUF012

    def harmless(self, path: str) -> bool:
        """Functions of the language's own."""
        return path.partition(".")[0] in _HARMLESS or path.startswith(("POSIX::", "Time::"))

    def begun(self, machine: Machine, code: Code) -> dict[str, Any]:
        """The variables of the first file."""
        del code
        environment = Record("environment", dict(machine.environment["env"]), open=True)
        signals = Record("signals", open=True)
        return {"%SIG": signals, "%ENV": environment, "@ARGV": self._argv(machine)}

    @staticmethod
    def _argv(machine: Machine) -> Items:
        return Items(list(machine.environment["argv"][1:]))

    def load(self, machine: Machine, name: str) -> Any:
        """Special variables; a word that is no function."""
        if name == "$$":
            return Child(machine.host.own_pid(), "self")
        if name == "$0":
            return machine.environment["argv"][0]
        if name in {"$^X", "$EXECUTABLE_NAME"}:
            return "perl"
        if name == "@_":
            return Items([])
        sub = None
        if "::" in name:
            sub = _function(machine, name) or _function(machine, name.rpartition("::")[2])
        if sub is not None:
            return sub
        if name[:1] in {"@", "%"}:
            fresh = Items([]) if name[0] == "@" else Record("dict", open=True)
            return machine.globals[machine.codes[0].path].names.setdefault(name, fresh)
        if name.startswith("$"):
            return None
        return Thing(name)

    def number(self, signal: str) -> Any:
        """What a handler is given: the name."""
        return signal

    def truth(self, value: Any) -> bool | None:
        """The text `0` counts as false."""
        return False if value == "0" and isinstance(value, str) else super().truth(value)

    def index(self, machine: Machine, path: str, key: Any) -> Any:
        """An item of something that is not known."""
        return super().index(machine, path, key)

    def member(self, machine: Machine, value: Any, name: str) -> Any:
        """A method of an object, which is a hash; a variable of the environment."""
        if isinstance(value, Record) and value.kind == "environment":
            return unset(name.strip("[]"))
        if isinstance(value, Record) and _method(machine, value, name) is not None:
            return Bound(value, name)
        return super().member(machine, value, name)

    def method(self, given: Given) -> Any:
        """A method of the program's own, whatever package it stands in."""
        sub = _method(given.machine, given.receiver, given.path)
        if sub is not None:
            return self._called_on(given, sub, given.receiver)
        return super().method(given)

    def call(self, given: Given) -> Any:
        """`Package->method(…)`, of a package of the program's own."""
        package, dot, name = given.path.rpartition(".")
        packaged = dot and given.path not in self.functions and _packaged(given.machine, package)
        sub = _method(given.machine, package, name) if packaged else None
        if sub is not None:
            return self._called_on(given, sub, package)
        if packaged:
            given.path = f"{_library_of(given.machine, package)}.{name}"
        return super().call(given)

    @staticmethod
    def _called_on(given: Given, function: Closure, target: Any) -> Any:
        arguments = [target, *given.arguments]
        return given.machine.enter(given.strand, function, arguments, {}, given.node)

    def set_index(
        self, machine: Machine, target: Record, name: str, value: Any, node: tree.Node, code: Code
    ) -> None:
        """`$SIG{NAME} = …` installs a handler."""
        if target.kind == "environment":
            machine.makes(name)
        if target.kind != "signals":
            target.fields[name] = value
            return
        if name not in {"__DIE__", "__WARN__"}:
            handler = _handler_of(machine, value, code)
            machine.install(signal_name(name) or name, handler, node, code)

    def imported(self, machine: Machine, strand: Strand, frame: Frame, node: tree.Import) -> None:
        """`use Module`, `require 'file'`."""
        for base in (*machine.environment["roots"], frame.code.path.rpartition("/")[0] or "/"):
            for path in (absolute(node.module, base), absolute(f"lib/{node.module}", base)):
                if path in machine.modules:
                    return
                if machine.host.there(path):
                    code = machine.host.code(path)
                    if code is not None:
                        first = machine.globals[machine.codes[0].path].names
                        self.run_module(machine, strand, path, code, {"%SIG": first.get("%SIG")})
                        machine.share(path)
                        return
        if node.module.startswith("."):
            machine.unread.append(f"`{node.module}` is not in sight")


def _handler_of(machine: Machine, value: Any, code: Code) -> Any:
    """What is done for a signal: a function, also by its name, or an action."""
    actions = {"IGNORE": "ignore", "DEFAULT": "default", "": "default"}
    if not isinstance(value, str):
        return "default" if value is None else value
    names = machine.globals[code.path].names
    return actions[value] if value in actions else names.get(value.rpartition("::")[2], NOTHING)


def _function(machine: Machine, name: str) -> Closure | None:
    """A function of the program's own; those of all its packages stand together."""
    function = machine.globals[machine.codes[0].path].names.get(name)
    return function if isinstance(function, Closure) else None


def _method(machine: Machine, target: Any, name: str) -> Closure | None:
    """A method of an object or a package; of one that is not known, of any that has it."""
    package = target if isinstance(target, str) else None
    if isinstance(target, Record):
        package = target.fields.get(_PACKAGE)
    around, above, method = name.rpartition("SUPER::")
    queue, seen = [package], 0
    if above:
        package = around.removesuffix("::")
        queue = list(machine.mode.get("isa", {}).get(package, ()))
    while queue and seen < _MAX_PACKAGES:
        one, seen = queue.pop(0), seen + 1
        found = _function(machine, f"{one}::{method}")
        if found is not None:
            return found
        queue += machine.mode.get("isa", {}).get(one, ())
    return None if above else _function(machine, method)


def _library_of(machine: Machine, package: str) -> str:
    """The library's package that one of the program's own is made from; itself where none is."""
    queue, seen = [package], 0
    while queue and seen < _MAX_PACKAGES:
        one, seen = queue.pop(0), seen + 1
        if not _packaged(machine, one):
            return one
        queue += machine.mode.get("isa", {}).get(one, ())
    return package


def _packaged(machine: Machine, name: str) -> bool:
    """Whether a file of the program's own has a package of this name."""
    stated = re.compile(rf"\bpackage\s+{re.escape(name)}\b(?!::)")
    return name == "__PACKAGE__" or any(stated.search(code.text.text) for code in machine.codes)


PERL = Perl()
PERL.methods = {"condvar": CONDITION, "loop": LOOP, "socket": SOCKET}


def flat(values: list[Any]) -> list[Any]:
    """Lists within a list of arguments are taken apart; NOTHING for what one may have besides."""
    return [v for value in values for v in (_parts(value) if isinstance(value, Items) else [value])]


def _parts(listed: Items) -> list[Any]:
    return listed.items if listed.whole else [*listed.items, NOTHING]


@_F.add("system", "`", "qx", "readpipe", "IPC::System::Simple::system")
def _system(given: Given) -> Any:
    quiet = frozenset({"INT", "QUIT"}) if given.path == "system" else frozenset[str]()
    return run(given, line(given, flat(given.arguments)), ignores=quiet, then="status")


@_F.add("exec")
def _exec(given: Given) -> Any:
    return replaced(given, line(given, flat(given.arguments)))


@_F.add("fork")
def _fork(given: Given) -> Any:
    return forked(given)


@_F.add("open")
def _open(given: Given) -> Any:
    """`open(my $h, '-|', …)` starts a process."""
    mode = spelled(given.get(1))
    if mode in {"-|", "|-"}:
        return start(given, line(given, given.arguments[2:]), "pid")
    if mode is not None and (mode.rstrip().endswith("|") or mode.lstrip().startswith("|")):
        return start(given, line(given, [mode.strip("| ")]), "pid")
    return NOTHING


@_F.add("open3", "open2", "IPC::Open3::open3", "IPC::Open2::open2")
def _open_all(given: Given) -> Any:
    """Of `open3` three handles come before the command, of `open2` two."""
    first = 3 if given.path.endswith("3") else 2
    return start(given, line(given, flat(given.arguments[first:])), "pid")


@_F.add("readline")
def _readline(given: Given) -> Any:
    """What a process prints; there is nothing left once it has ended."""
    child = given.get(0)
    return Block("pipe", [child.pid]) if isinstance(child, Child) else None


@_F.add("close")
def _close(given: Given) -> Any:
    child = given.get(0)
    return Block("child", [child.pid], then="status") if isinstance(child, Child) else NOTHING


@_F.add("POSIX::sigaction", "sigaction")
def _sigaction(given: Given) -> Any:
    handler = _handler_of(given.machine, given.get(1), given.code)
    return installed(given, given.get(0), handler)


_SIGTRAP = {
    "normal-signals": ("HUP", "INT", "PIPE", "TERM"),
    "error-signals": ("ABRT", "BUS", "EMT", "FPE", "ILL", "QUIT", "SEGV", "SYS", "TRAP"),
    "old-interface-signals": ("ABRT", "BUS", "EMT", "FPE", "ILL", "PIPE", "QUIT", "SEGV"),
}


@_F.add("sigtrap")
def _sigtrap(given: Given) -> Any:
    """`use sigtrap 'handler' => …, 'normal-signals'`, `use sigtrap qw(die TERM)`."""
    handler: Any = "stack-trace"
    words = iter(flat(given.arguments))
    for word in words:
        if word == "handler":
            handler = next(words, NOTHING)
        elif word in {"die", "stack-trace"}:
            handler = "raise" if word == "die" else word
        elif isinstance(word, str) and word not in {"any", "untrapped"}:
            for name in _SIGTRAP.get(word, (word,)):
                if handler == "stack-trace":
                    raise Lost("`sigtrap` prints a stack and aborts", given.node, given.code)
                given.machine.install(name, handler, given.node, given.code)
    return NOTHING


@_F.add("POSIX::sigprocmask", "sigprocmask")
def _sigmask(given: Given) -> Any:
    masked(given, given.get(0), given.get(1))
    return 1


@_F.add("POSIX::SigSet.new")
def _signals(given: Given) -> Any:
    return Items(list(given.arguments))


@_F.add("POSIX::SigAction.new")
def _action(given: Given) -> Any:
    return given.get(0, default=NOTHING)


@_F.add("wait", "waitpid", "POSIX::waitpid", "POSIX::wait")
def _wait(given: Given) -> Any:
    machine, child = given.machine, given.get(0)
    flags = given.get(1)
    named = flags.path if isinstance(flags, Thing) else flags
    asks_only = flags == 1 or (isinstance(named, str) and "WNOHANG" in named)
    if isinstance(child, Child):
        if child.pid in machine.reaped:
            return -1
        if asks_only:
            return gone_child(given, child) or 0
        return Block("child", [child.pid], then="child", result=child)
    if not machine.unreaped():
        return -1
    if asks_only:
        return gone_child(given) or 0
    return Block("any-child", then="pid")


@_F.add("kill")
def _kill(given: Given) -> Any:
    signal = given.get(0)
    group = (isinstance(signal, str) and signal.startswith("-")) or (
        isinstance(signal, int) and signal < 0
    )
    if isinstance(signal, int):
        signal = abs(signal)
    targets = [target for target in flat(given.arguments[1:]) if there(given, target)]
    for target in targets:
        tell(given, target, signal, group=group)
    return len(targets)


_F["chdir"] = moved


@_F.add("sleep", "Time::HiRes::sleep", "usleep", "select")
def _sleep(given: Given) -> Any:
    if given.path == "select":
        if len(given.arguments) < 4:
            return NOTHING
        pause = seconds(given.get(3))
        return given.machine.sleep(1.0 if pause is None else pause)
    if not given.arguments:
        return given.machine.sleep(None)
    pause = seconds(given.get(0))
    scale = 1e-6 if given.path == "usleep" else 1.0
    slept = 1.0 if pause is None else pause * scale
    return given.machine.sleep(slept, result=max(1, round(slept)))


@_F.add("time", "Time::HiRes::time")
def _clock(given: Given) -> Any:
    return int(given.machine.clock())


@_F.add("pause", "POSIX::pause", "POSIX::sigsuspend")
def _pause(given: Given) -> Any:
    del given
    return Block("for-ever", interrupted="ends")


@_F.add("exit")
def _exit(given: Given) -> Any:
    return leave(given)


@_F.add("POSIX::_exit", "_exit", "abort")
def _abort(given: Given) -> Any:
    return abort(given)


@_F.add("bless")
def _bless(given: Given) -> Any:
    value, package = given.get(0), given.get(1)
    if isinstance(value, Record) and isinstance(package, str):
        value.fields[_PACKAGE] = package
    elif isinstance(value, Record) and isinstance(package, Record):
        value.fields[_PACKAGE] = package.fields.get(_PACKAGE)
    return value


@_F.add("ref")
def _ref(given: Given) -> Any:
    value = given.get(0)
    package = value.fields.get(_PACKAGE) if isinstance(value, Record) else None
    return package if isinstance(package, str) else NOTHING


@_F.add("\0isa")
def _isa(given: Given) -> Any:
    """`use parent`, `@ISA = …`: what a package looks for its methods in."""
    package, *bases = flat(given.arguments)
    bases = [base for base in bases if isinstance(base, str)]
    held = given.machine.mode.get("isa", {})
    given.machine.mode["isa"] = {**held, package: [*held.get(package, ()), *bases]}
    return NOTHING


@_F.add("\0slice")
def _slice(given: Given) -> Any:
    """`@name{keys} = values`."""
    target, keys, values = given.get(0), given.get(1), given.get(2)
    held = flat([keys]) if isinstance(keys, Items) and keys.whole else []
    wanted = flat([values]) if isinstance(values, Items) else [values]
    if isinstance(target, Record):
        if target.kind == "signals" and None in map(spelled, flat([keys])):
            raise Lost("the signals that a handler is for are not known", given.node, given.code)
        for key, value in zip(flat(held), [*wanted, *[None] * len(held)], strict=False):
            name = spelled(key)
            if name is not None:
                PERL.set_index(given.machine, target, name, value, given.node, given.code)
    return values


@_F.add("\0keep")
def _keep(given: Given) -> Any:
    """`local $SIG{NAME}`: what stands there now comes back at the end of the block."""
    name = signal_name(given.get(0))
    if name is not None:
        before = (name, given.machine.handlers.get(name))
        given.machine.mode["localised"] = (*given.machine.mode.get("localised", ()), before)
    return NOTHING


@_F.add("\0restore")
def _restore(given: Given) -> Any:
    machine, name = given.machine, signal_name(given.get(0))
    kept = list(machine.mode.get("localised", ()))
    if name is None or not kept:
        return NOTHING
    machine.effects += 1
    name, before = kept.pop()
    machine.mode["localised"] = tuple(kept)
    if before is None:
        machine.handlers.pop(name, None)
    else:
        machine.handlers[name] = before
    return NOTHING


@_F.add("\0times")
def _times(given: Given) -> Any:
    """`(list) x count`."""
    listed, count = given.get(0), given.get(1)
    if not isinstance(listed, Items) or not isinstance(count, int):
        return NOTHING
    whole = listed.whole and count * len(listed.items) <= MAX_ITEMS
    return Items((listed.items * min(count, MAX_ITEMS))[:MAX_ITEMS], whole)


@_F.add("File::Spec.catfile", "File::Spec.catdir", "catfile", "catdir")
def _catfile(given: Given) -> Any:
    parts = [spelled(part) for part in flat(given.arguments)]
    known = [part for part in parts if part is not None]
    if not parts or len(known) < len(parts) or known[-1].startswith("/"):
        return NOTHING
    return "/".join(part.strip("/") if at else part.rstrip("/") for at, part in enumerate(known))


@_F.add("die", "croak", "confess")
def _die(given: Given) -> Any:
    text = joined(Items(flat(given.arguments)), "")
    given.machine.throw(given.strand, Thrown("die", ("Exception",), text or None))
    return ENTERED


@_F.add("END")
def _end(given: Given) -> Any:
    given.machine.at_exit.append((given.get(0), []))
    return NOTHING


@_F.add("setpgrp", "POSIX::setsid", "setsid", "POSIX::setpgid")
def _set_group(given: Given) -> Any:
    given.machine.host.lead(session=given.path.endswith("setsid"))
    return 1


@_F.add("getppid", "getpgrp")
def _getpgrp(given: Given) -> Any:
    return Child(given.machine.host.own_pid(), "self") if given.path == "getpgrp" else NOTHING


@_F.add("shift", "pop")
def _shift(given: Given) -> Any:
    listed = given.get(0)
    if not isinstance(listed, Items):
        owner: Any = given.strand.frames[-1].scope
        while owner is not None and "\0arguments" not in owner.names:
            owner = owner.outer
        listed = owner.names["\0arguments"] if owner is not None else None
    if not isinstance(listed, Items) or not listed.items:
        return None
    return listed.items.pop(0 if given.path == "shift" else -1)


@_F.add("push", "unshift")
def _push(given: Given) -> Any:
    held, rest = given.get(0), given.arguments[1:]
    if isinstance(held, Items):
        both = [*rest, *held.items] if given.path == "unshift" else [*held.items, *rest]
        held.items[:], held.whole = both[:MAX_ITEMS], held.whole and len(both) <= MAX_ITEMS
    return NOTHING


@_F.add("splice")
def _splice(given: Given) -> Any:
    held, *rest = given.arguments
    if not isinstance(held, Items) or not rest:
        return NOTHING
    return spliced(held, [*until_end(held, rest[:2]), *rest[2:]])


@_F.add("sprintf")
def _sprintf(given: Given) -> Any:
    return printed(given.get(0), flat(given.arguments[1:]))


@_F.add("join")
def _join(given: Given) -> Any:
    return joined(Items(flat(given.arguments[1:])), given.get(0))


@_F.add("defined")
def _defined(given: Given) -> Any:
    value = given.get(0)
    return NOTHING if isinstance(value, Thing) else value is not None


@_F.add("scalar")
def _scalar(given: Given) -> Any:
    listed = given.get(0)
    return len(listed.items) if isinstance(listed, Items) and listed.whole else NOTHING


def _whole(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    return value if isinstance(value, int) else None


@_F.add("..")
def _range(given: Given) -> Any:
    """Texts are counted through as the numbers that they are."""
    first, last = (_whole(given.get(at)) for at in (0, 1))
    if first is not None and last is not None:
        return listed(range(first, min(last, first + MAX_ITEMS) + 1))
    return NOTHING


@_F.add("reverse", "sort", "\0sorted")
def _rearranged(given: Given) -> Any:
    """`reverse @list`, `sort @list`, and `sort { … } @list`, in an order that is not known."""
    items = Items([])
    for value in given.arguments:
        put(items, value, spread=isinstance(value, Items | Thing))
    if given.path == "reverse":
        text = len(given.arguments) == 1 and not isinstance(given.get(0), Items)
        return NOTHING if text or not items.whole else Items(items.items[::-1])
    in_texts = str if given.path == "sort" else None
    return Items(ordered(items.items, in_texts), items.whole)


@_F.add("keys", "values")
def _keys(given: Given) -> Any:
    value = given.get(0)
    if not isinstance(value, Record):
        return NOTHING
    fields = {name: held for name, held in value.fields.items() if name != _PACKAGE}
    return Items(list(fields if given.path == "keys" else fields.values()))


def closure_of(value: Any) -> Closure | None:
    """A function, where a value is one."""
    return value if isinstance(value, Closure) else None
