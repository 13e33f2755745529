"""What Ruby does with processes, signals and threads.

Measured with Ruby 3.1: TERM, INT, HUP, QUIT, ALRM, USR1 and USR2 raise SignalException in the main
thread unless there is a handler; a handler runs in the main thread at once, also within `system`
and `Process.wait`, which then go on; `IO.popen` with a block waits for its process in any case.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any

from gracelint.base import signals
from gracelint.base.integers import whole
from gracelint.base.paths import absolute
from gracelint.simulate.sources.library import texts
from gracelint.simulate.sources.library.base import (
    Language,
    abort,
    command,
    each,
    forked,
    gone_child,
    installed,
    moved,
    replaced,
    run,
    seconds,
    start,
    synthetic,
    tell,
    there,
)
from gracelint.simulate.sources.library.plain import Table, from_env_file
from gracelint.simulate.sources.library.queues import QUEUE
from gracelint.simulate.sources.library.ruby.blocks import WITH_ITSELF, with_itself
from gracelint.simulate.sources.library.ruby.ends import ENDS, PIPE, SOCKET
from gracelint.simulate.sources.library.ruby.lists import DICT, LIST, NUMBER, shellescaped
from gracelint.simulate.sources.library.ruby.locks import LOCK, LOCKS
from gracelint.simulate.sources.library.unix import line
from gracelint.simulate.sources.machine.calls import owner_of
from gracelint.simulate.sources.machine.code import Dialect
from gracelint.simulate.sources.machine.formats import printed
from gracelint.simulate.sources.machine.functions import thrown_of
from gracelint.simulate.sources.machine.names import member_of
from gracelint.simulate.sources.machine.state import ENTERED, Block, Given, Strand
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
    listed,
    spelled,
    unset,
)
from gracelint.simulate.sources.machine.waits import ITEMS
from gracelint.syntax.code import tree

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.code import Code
    from gracelint.simulate.sources.machine.machine import Machine

_F = Table(ENDS | LOCKS)
_THREAD, _FUNCTION, _OUTPUT = (Table() for _ in range(3))
_SEEDS = """
trap exec system spawn fork wait wait2 waitpid waitall kill exit exit! abort at_exit popen detach
daemon Thread raise join
"""
_HARMLESS_WORDS = """
puts print p pp warn require require_relative format sprintf attr_accessor attr_reader private
public include extend Time Date JSON YAML File Dir FileUtils Logger ENV Integer Float String
Array Hash Set Struct OpenStruct Random rand srand gets STDOUT STDERR $stdout $stderr
OptionParser SecureRandom Regexp Math ObjectSpace GC defined? freeze loop Shellwords Etc Timeout
Bundler lambda proc raise STDIN $stdin URI Digest Base64
"""
_HARMLESS = frozenset(_HARMLESS_WORDS.split())
_BINARIES = "/usr/local/bundle/bin/"
"""Where the programs of gems are, as the ruby image has it."""
_RAISED = ["TERM", "INT", "HUP", "QUIT", "ALRM", "USR1", "USR2"]


_STANDARD = ("SystemCallError", "StandardError", "Exception")
_RESERVED = ("SEGV", "BUS", "ILL", "FPE", "VTALRM")


class Ruby(Language):
    """Ruby."""

    dialect = Dialect("ruby", nearest=True, last=True)
    this = "self"
    constructor = "initialize"
    seeds = frozenset(_SEEDS.split())
    functions = _F
    members = Table()
    handlers = dict.fromkeys(_RAISED, "raise")
    refuses = {  # noqa: RUF012
        **dict.fromkeys(("KILL", "STOP"), Thrown("Errno::EINVAL", ("EINVAL", *_STANDARD))),
        **dict.fromkeys(_RESERVED, Thrown("ArgumentError", ("StandardError", "Exception"))),
    }
    own_file = {"__FILE__": "given", "__dir__": "folder"}  # noqa: RUF012
    runs = frozenset(
        {"run", "start", "chdir", "synchronize", "tap", "then", "open", "instance_eval", "call"}
    )

    def harmless(self, path: str) -> bool:
        """What the language has beside sockets, and whatever logs."""
        first = path.lstrip("?").partition(".")[0].partition("(")[0]
        return first in _HARMLESS or path.rpartition(".")[2] in {"info", "warn", "error", "debug"}

    def load(self, machine: Machine, name: str) -> Any:
        """A name of the language's own."""
        if name == "ARGV":
            return machine.mode.setdefault("argv", Items(list(machine.environment["argv"][1:])))
        if name in {"$0", "$PROGRAM_NAME"}:
            return machine.environment["argv"][0]
        if name == "$$":
            return Child(machine.host.own_pid(), "self")
        if name[:1] in {"@", "$"}:
            return None
        return self.of_nobody(machine) if name == "self" else Thing(name)

    def of_nobody(self, machine: Machine) -> Any:
        """What a module has, and a program outside of all classes: both are known everywhere."""
        return Record("module", machine.globals[machine.codes[0].path].names, open=True)

    def thing(self, machine: Machine, path: str) -> Any:
        """Constants of the standard library."""
        if path == "Process.pid":
            return Bound(Child(machine.host.own_pid(), "self"), "pid")
        return super().thing(machine, path)

    def index(self, machine: Machine, path: str, key: Any) -> Any:
        """A variable of the environment."""
        environment = machine.environment["env"]
        if path.removesuffix("()") == "Signal.list" and isinstance(key, str):
            name = None if key.startswith("SIG") else signals.parse(key)
            return signals.number(name) if name else None
        if path == "ENV" and isinstance(key, str):
            return environment.get(key, unset(key))
        return super().index(machine, path, key)

    def member(self, machine: Machine, value: Any, name: str) -> Any:
        """A thread keeps nothing of its own where nothing was put."""
        if isinstance(value, Record) and value.kind == "thread" and name.startswith("["):
            return None
        return super().member(machine, value, name)

    def number(self, signal: str) -> Any:
        """What a handler is given."""
        return signals.number(signal)

    def truth(self, value: Any) -> bool | None:
        """Everything but nil and false counts as true."""
        if isinstance(value, Thing):
            return None
        return value is not None and value is not False

    def method(self, given: Given) -> Any:
        """Methods that every value has."""
        if given.path in {"call", "to_proc"} and isinstance(given.receiver, Closure | Bound):
            return given.machine.enter(
                given.strand, given.receiver, given.arguments, {}, given.node
            )
        if given.path in WITH_ITSELF:
            return with_itself(given)
        if given.path in {"nil?", "!"}:
            return given.receiver is None
        if given.path == "respond_to?" and given.get(0) == "call":
            held = given.receiver
            return isinstance(held, Closure | Bound) or (NOTHING if _may_hold(held) else False)
        if given.path == "new":
            return given.machine.enter(
                given.strand, given.receiver, given.arguments, given.keywords, given.node
            )
        return super().method(given)

    def items(self, machine: Machine, value: Any, *, keys: bool) -> Any:
        """`io.each_line` of a process goes on until nobody writes any more."""
        if isinstance(value, Bound) and isinstance(value.receiver, Bound):
            value = value.receiver
        return super().items(machine, value, keys=keys)


def _may_hold(value: Any) -> bool:
    """Whether a value may have methods of which nothing is known."""
    return isinstance(value, Thing | Record)


RUBY = Ruby()
RUBY.methods = {
    "bound": _OUTPUT,
    "socket": SOCKET,
    "text": texts.RUBY,
    "thread": _THREAD,
    "list": LIST,
    "number": NUMBER,
    "function": _FUNCTION,
    "pipe": PIPE,
    "queue": QUEUE,
    "lock": LOCK,
    "dict": DICT,
}


def _block(given: Given) -> Any:
    return given.keywords.get("&")


def _arguments(given: Given) -> tuple[list[Any], dict[str, Any]]:
    """The words of a command without the variables before and the options behind them."""
    words = list(given.arguments)
    more: dict[str, Any] = {}
    if words and isinstance(words[0], Record):
        variables = words.pop(0)
        more["env"] = {k: spelled(v) for k, v in variables.fields.items()}
    if words and isinstance(words[-1], Record):
        options = words.pop().fields
        more["group"] = bool(options.get("pgroup"))
        more["cwd"] = spelled(options["chdir"]) if "chdir" in options else ""
    return words, more


@_F.add("system", "Kernel.system", "`", "Open3.capture2", "Open3.capture3", "Open3.capture2e", "sh")
def _system(given: Given) -> Any:
    words, more = _arguments(given)
    return run(given, line(given, words, **more), result=NOTHING)


@_F.add("exec", "Kernel.exec", "Process.exec")
def _exec(given: Given) -> Any:
    words, more = _arguments(given)
    return replaced(given, line(given, words, **more))


@_F.add("spawn", "Process.spawn", "Kernel.spawn")
def _spawn(given: Given) -> Any:
    words, more = _arguments(given)
    return start(given, line(given, words, **more), "pid")


@_F.add("IO.popen")
def _popen(given: Given) -> Any:
    words, more = _arguments(given)
    if words and isinstance(words[0], Items):
        words = words[0].items
    launch = line(given, words, **more)
    output = Bound(start(given, launch, "pid"), "stdout")
    block = _block(given)
    return _closed_after(given, block, output) if isinstance(block, Closure) else output


def _closed_after(given: Given, block: Closure, output: Bound) -> Any:
    """Call a block with a process's output, and wait for the process however the block is left."""
    at = given.node.start, given.node.end
    io = tree.Name(*at, "\0io")
    called = tree.Call(*at, tree.Name(*at, "\0call"), (tree.Argument(*at, io),))
    close = tree.Call(*at, tree.Member(*at, io, "close"), ())
    body = tree.Try(*at, (called,), (), final=(close,))
    return synthetic(given, (body,), {"\0io": output, "\0call": block})


@_OUTPUT.add("read", "gets", "readlines", "readline", "each", "each_line")
def _output(given: Given) -> Any:
    """All that a process writes, which ends when nobody can write any more."""
    child = given.receiver.receiver
    return Block("pipe", [child.pid], result=None) if isinstance(child, Child) else NOTHING


@_OUTPUT.add("pid")
def _pid_of_output(given: Given) -> Any:
    return given.receiver.receiver


@_OUTPUT.add("close")
def _close_output(given: Given) -> Any:
    """`IO.popen` waits for the process where its pipe is closed, `Open3` does not."""
    child = given.receiver.receiver
    if given.receiver.name == "end":
        return NOTHING
    return Block("child", [child.pid], then="status") if isinstance(child, Child) else NOTHING


@_F.add("Open3.popen3", "Open3.popen2", "Open3.popen2e")
def _popen_all(given: Given) -> Any:
    """The ends of its pipes, and a thread that waits for the process."""
    words, more = _arguments(given)
    child = start(given, line(given, words, **more), "pid")
    ends = 3 if given.path.endswith("3") else 2
    values = [*(Bound(child, "end") for _ in range(ends)), _waiting(given, child)]
    block = _block(given)
    if isinstance(block, Closure):
        return given.machine.enter(given.strand, block, values, {}, given.node)
    return Items(values)


def _waiting(given: Given, child: Child) -> Record:
    strand = Strand([], Block("child", [child.pid], then="status"))
    given.machine.strands.append(strand)
    return Record("thread", {"strand": strand, "child": child})


@_F.add("Timeout.timeout")
def _timed(given: Given) -> Any:
    """Call a block, within which an exception is raised when the time is over."""
    machine, strand, block = given.machine, given.strand, _block(given)
    if not isinstance(block, Closure):
        return NOTHING
    entered = machine.enter(strand, block, [given.get(0)], {}, given.node)
    pause = seconds(given.get(0))
    if entered is ENTERED and pause:
        until = machine.host.now() + pause
        expires = Block("sleep", until=until, then="expire", result=(strand, strand.frames[-1]))
        machine.strands.append(Strand([], expires))
        machine.host.wake(pause)
    return entered


@_F.add("fork", "Process.fork", "Kernel.fork")
def _fork(given: Given) -> Any:
    return forked(given, _block(given), inside=None)


@_F.add("Process.wait", "Process.wait2", "Process.waitpid", "Process.waitpid2", "Process.waitall")
def _wait(given: Given) -> Any:
    machine, child = given.machine, given.get(0)
    if given.path == "Process.waitall":
        return Block("child", machine.unreaped(), then="status")
    flags = given.get(1)
    asks_only = isinstance(flags, Thing) and "WNOHANG" in flags.path
    if isinstance(child, Child):
        if child.pid in machine.reaped:
            machine.throw(given.strand, Thrown("Errno::ECHILD", ("ECHILD", *_STANDARD)))
            return ENTERED
        if asks_only:
            return gone_child(given, child)
        return Block("child", [child.pid], then="status")
    if not machine.unreaped():
        machine.throw(given.strand, Thrown("Errno::ECHILD", ("ECHILD", *_STANDARD)))
        return ENTERED
    if asks_only:
        return gone_child(given)
    return Block("any-child", then="pid")


@_F.add("Process.kill")
def _kill(given: Given) -> Any:
    signal = given.get(0)
    group = isinstance(signal, str) and signal.startswith("-")
    for target in given.arguments[1:]:
        if not there(given, target):
            given.machine.throw(given.strand, Thrown("Errno::ESRCH", ("ESRCH", *_STANDARD)))
            return ENTERED
        tell(given, target, signal, group=group)
    return 1


@_F.add("Process.detach")
def _detach(given: Given) -> Any:
    child = given.get(0)
    if not isinstance(child, Child):
        return NOTHING
    return _waiting(given, child)


@_F.add("Process.setsid", "Process.setpgrp", "Process.daemon")
def _set_group(given: Given) -> Any:
    given.machine.host.lead(session=given.path.endswith("setsid"))
    return None


@_F.add("Process.getpgid", "Process.getpgrp")
def _group(given: Given) -> Any:
    value = given.get(0)
    return value if isinstance(value, Child) else Child(given.machine.host.own_pid(), "self")


@_F.add("trap", "Signal.trap", "Kernel.trap")
def _trap(given: Given) -> Any:
    value = _block(given) if _block(given) is not None else given.get(1)
    actions = {
        **dict.fromkeys(("IGNORE", "SIG_IGN", ""), "ignore"),
        **dict.fromkeys(("DEFAULT", "SIG_DFL"), "raise"),
        "SYSTEM_DEFAULT": "default",
    }
    if isinstance(value, str):
        value = "raise" if value == "EXIT" else actions.get(value, NOTHING)
    if value is None:
        value = "ignore"
    if given.get(0) in {"EXIT", 0}:
        given.machine.at_exit.append((value, []))
        return NOTHING
    before = installed(given, given.get(0), value)
    return "DEFAULT" if before is NOTHING else before  # or the exception, which has been thrown


@_F.add("Signal.signame")
def _signame(given: Given) -> Any:
    value = given.get(0)
    return signals.name_of(value) if isinstance(value, int) else NOTHING


@_F.add("exit", "Kernel.exit", "abort")
def _exit(given: Given) -> Any:
    value = given.get(0)
    status = 1 if given.path == "abort" else value if isinstance(value, int) else 0
    if given.path == "abort" or not given.machine.lasts(given.strand, value):
        given.machine.throw(given.strand, Thrown("SystemExit", ("Exception",), int(status)))
    return ENTERED


@_F.add("exit!", "Process.exit!", "Kernel.exit!")
def _abort(given: Given) -> Any:
    return abort(given)


@_F.add("at_exit")
def _at_exit(given: Given) -> Any:
    given.machine.at_exit.append((_block(given), []))
    return NOTHING


@_F.add("sleep", "Kernel.sleep")
def _sleep(given: Given) -> Any:
    if not given.arguments:
        return given.machine.sleep(None)
    pause = seconds(given.get(0))
    return given.machine.sleep(1.0 if pause is None else pause, result=round(pause or 1))


@_F.add("Time.now", "Process.clock_gettime")
def _clock(given: Given) -> Any:
    return given.machine.clock()


@_F.add("raise", "fail")
def _raise(given: Given) -> Any:
    value = given.get(0)
    given.machine.throw(given.strand, thrown_of(Thing("RuntimeError") if value is None else value))
    return ENTERED


@_F.add("Queue", "Thread::Queue", "SizedQueue", "Thread::SizedQueue")
def _queue(given: Given) -> Any:
    del given
    return Record("queue", {ITEMS: ()})


@_F.add("Thread", "Thread.start", "Thread.fork")
def _thread(given: Given) -> Any:
    strand = given.machine.spawn(_block(given), given.arguments, given.node)
    return _record_of(given.machine, strand)


def _record_of(machine: Machine, strand: Strand) -> Record:
    """A thread with what it keeps of its own (`thread[:name]`): always the same one."""
    known: list[Record] = machine.mode.setdefault("threads", [])
    for record in known:
        if record.fields["strand"] is strand:
            return record
    known.append(Record("thread", {"strand": strand}))
    return known[-1]


@_F.add("Thread.current", "Thread.main")
def _own_thread(given: Given) -> Any:
    main = given.path == "Thread.main"
    return _record_of(given.machine, given.machine.strands[0] if main else given.strand)


@_THREAD.add("pid")
def _pid_of_thread(given: Given) -> Any:
    return given.receiver.fields.get("child", NOTHING)


@_THREAD.add("join", "value")
def _join(given: Given) -> Any:
    strand = given.receiver.fields["strand"]
    if strand.done:
        return given.receiver
    pause = seconds(given.get(0))
    until = None if pause is None else given.machine.host.now() + pause
    return Block("strand", strand, until=until)


@_THREAD.add("kill", "exit", "terminate", "raise")
def _end_thread(given: Given) -> Any:
    """With the main thread the program ends."""
    strand = given.receiver.fields["strand"]
    if strand.main:
        value = given.get(0, default=Thing("RuntimeError"))
        ends = given.path != "raise"
        thrown = Thrown("SystemExit", ("Exception",), 0) if ends else thrown_of(value)
        given.machine.throw(strand, thrown)
        return ENTERED if strand is given.strand else given.receiver
    if strand is not given.strand:
        given.machine.abandon([strand])
    return given.receiver


@_F.add("Thread.exit", "Thread.kill")
def _end_named_thread(given: Given) -> Any:
    named = given.path == "Thread.kill"
    thread = given.get(0) if named else _record_of(given.machine, given.strand)
    if not isinstance(thread, Record) or thread.kind != "thread":
        return NOTHING
    given.receiver, given.path = thread, "kill"
    return _end_thread(given)


@_THREAD.add("alive?")
def _thread_alive(given: Given) -> Any:
    return not given.receiver.fields["strand"].done


@_F.add("RbConfig.ruby", "Gem.ruby")
def _interpreter(given: Given) -> Any:
    del given
    return "ruby"


@_F.add("Gem.bin_path", "Gem.activate_bin_path")
def _bin_path(given: Given) -> Any:
    name = spelled(given.get(1))
    return NOTHING if name is None else _BINARIES + name


@_F.add("require", "require_relative", "load")
def _require(given: Given) -> Any:
    name = spelled(given.get(0))
    machine = given.machine
    if name is None:
        return NOTHING
    if name.startswith(_BINARIES):
        words = [name.removeprefix(_BINARIES), *machine.environment["argv"][1:]]
        return replaced(given, command(given, Items(words)))
    folder = given.code.path.rpartition("/")[0] or "/"
    bases = [folder] if given.path == "require_relative" else [*machine.environment["roots"]]
    for base in bases:
        for tail in (".rb", ""):
            path = absolute(name + tail, base)
            if path in machine.modules:
                return True
            code = machine.host.code(path) if machine.host.there(path) else None
            if code is not None:
                RUBY.run_module(machine, given.strand, path, code, {})
                machine.share(path)
                frame = given.strand.frames[-1]
                frame.gives, frame.target = "module", path
                return ENTERED
    if name in {"sinatra", "rails/commands"}:
        RUBY.calls_unknown(machine, name, stays=False)
        machine.mode["kept"] = name == "sinatra" or _serves(machine)
    if given.path == "require_relative":
        machine.opens(absolute(name if name.endswith(".rb") else f"{name}.rb", folder))
        machine.unread.append(f"`{name}` is not in sight")
    return True


def _serves(machine: Machine) -> bool:
    return machine.environment["argv"][1:2] in (["server"], ["s"])


@_F.add("\0module")
def _module(given: Given) -> Any:
    return RUBY.of_nobody(given.machine)


@_F.add("\0alone")
def _alone(given: Given) -> Any:
    """Whether only one file of the program opens a module."""
    opens = re.compile(rf"^\s*(?:module|class)\s+(?:::)?{given.get(0)}\b", re.MULTILINE)
    return given.machine.host.having(opens) < 2


@_F.add("format", "sprintf")
def _format(given: Given) -> Any:
    """Names are given as the last argument, in braces or without."""
    last = given.arguments[-1] if given.arguments else None
    names = last.fields if isinstance(last, Record) else given.keywords
    return printed(given.get(0), given.arguments[1:], names)


@_F.add("Shellwords.escape", "Shellwords.shellescape")
def _escape(given: Given) -> Any:
    return shellescaped(given.get(0))


@_F.add("lambda", "proc", "Proc")
def _lambda(given: Given) -> Any:
    return _block(given)


@_F.add("..", "...")
def _range(given: Given) -> Any:
    first, last = given.get(0), given.get(1)
    if not isinstance(first, int) or not isinstance(last, int):
        return NOTHING
    last += given.path == ".."
    return listed(range(first, last)[: MAX_ITEMS + 1])


@_F.add("Array")
def _array(given: Given) -> Any:
    """`Array.new(count) { |index| … }`; a count that is not known is taken for one."""
    block, count = _block(given), given.get(0)
    if not isinstance(block, Closure):
        return NOTHING if given.arguments else Items([])
    many = min(count, MAX_ITEMS) if isinstance(count, int) else 1
    return each(given, Items(list(range(many)), many == count), block)


@_F.add("method")
def _method_by_name(given: Given) -> Any:
    """A method of the object around, or a function of the program's own, as a value."""
    name = spelled(given.get(0)) or ""
    owner = owner_of(given.strand.frames[-1].scope, RUBY.this)
    this = owner.names[RUBY.this] if owner is not None else None
    if isinstance(this, Record | Class):
        return member_of(given.machine, this, name)
    return given.machine.globals[given.machine.codes[0].path].names.get(name, Thing(name))


@_F.add("Integer", "String")
def _converted(given: Given) -> Any:
    value = spelled(given.get(0))
    if value is None or given.path == "String":
        return NOTHING if value is None else value
    number = whole(value)
    return NOTHING if number is None else number


@_F.add("Dir.chdir")
def _chdir(given: Given) -> Any:
    """For the time of a block, where one is given; what follows it seldom hangs on the folder."""
    moved(given)
    block = _block(given)
    if isinstance(block, Closure):
        return given.machine.enter(given.strand, block, [given.get(0)], {}, given.node)
    return 0


@_F.add("Dotenv.load", "Dotenv.overload")
def _dotenv(given: Given) -> Any:
    return from_env_file(given, given.get(0))


@_F.add("ENV.fetch", "ENV.key?")
def _fetch(given: Given) -> Any:
    """What is set; else the default that the program itself gives."""
    name = spelled(given.get(0))
    environment, block = given.machine.environment["env"], _block(given)
    if name not in environment and isinstance(block, Closure):
        return given.machine.enter(given.strand, block, [given.get(0)], {}, given.node)
    if name not in environment and given.path == "ENV.fetch" and not given.has(1):
        given.machine.requires(unset(name))
    return environment.get(name, given.get(1, default=unset(name)))


@_F.add("File.expand_path", "File.join", "File.dirname", "File.basename")
def _path(given: Given) -> Any:
    parts = [spelled(v) for v in given.arguments]
    if not parts or None in parts:
        return NOTHING
    if given.path in {"File.dirname", "File.basename"}:
        path = (parts[0] or "").rstrip("/")
        if not path or len(parts) > 1:
            return NOTHING
        folder, name = posixpath.split(path)
        return name if given.path == "File.basename" else folder or "."
    if given.path == "File.join":
        return re.sub("/+", "/", "/".join(p for p in parts if p))
    workdir = given.machine.environment["workdir"] or "/"
    base = absolute(parts[1] or "", workdir) if len(parts) > 1 else workdir
    return absolute(parts[0] or "", base)


def names_of(machine: Machine, code: Code) -> dict[str, Any]:
    """The variables that a file finds."""
    del machine, code
    return {}
