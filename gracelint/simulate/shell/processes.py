"""Commands that find or list processes, or stop daemons and services: pkill, ps, sv."""

from __future__ import annotations

from gracelint.base import lazy, signals
from gracelint.base.integers import whole
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass
from gracelint.simulate.bodies import Supervisor
from gracelint.simulate.shell import streams
from gracelint.simulate.shell.builtins.plain import put
from gracelint.simulate.shell.waiting import pause, wait_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gracelint.simulate.kernel import Task
    from gracelint.simulate.shell.records import Call
    from gracelint.simulate.shell.state import Shell

_COLUMNS = {"aux": "- pid - - - - - - - - args", "ef": "- pid ppid - - - - args"}
_COLUMN = {"cmd": "args", "command": "args", "ucmd": "comm", "ucomm": "comm"}
_COMM = 15  # characters that the kernel keeps of a program's name


@dataclass(frozen=True, slots=True)
class Kill:
    """What `pkill` and `killall` are asked for. file: that of the number, instead of names. parent,
    group: the number that the processes have besides.
    """

    signal: str
    wanted: list[str | None]
    full: bool
    parent: str | None
    file: str | None
    group: str | None = None


def asked_to_kill(name: str, args: list[str | None]) -> Kill:
    """The options and names of `pkill` or `killall`, or of those that find as they do."""
    wanted: list[str | None] = []
    signal, full, parent, file = "TERM", name in {"killall", "pidof"}, None, None
    group = None
    rest = iter(args)
    for arg in rest:
        if arg in {"-s", "--signal"}:
            signal = signals.parse(next(rest, "") or "") or signal
        elif arg == "-P":
            parent = next(rest, "") or ""
        elif arg == "-g" and name != "killall":
            group = next(rest, "") or ""
        elif arg in {"-F", "--pidfile"}:
            file = next(rest, "") or ""
        elif arg is not None and arg.startswith("-") and len(arg) > 1:
            signal = signals.parse(arg[1:]) or signal
            full = full or arg == "-f"
        else:
            wanted.append(arg)
    return Kill(signal, wanted, full, parent, file, group)


def finds_itself(shell: Shell, name: str, args: list[str | None]) -> bool:
    """Whether a handler's `pkill -f` finds its own shell, too, by what that is started with: the
    handler runs again within itself, and never comes to its end.
    """
    if name != "pkill" or "-f" not in args:
        return False
    asked = asked_to_kill(name, args)
    trap = shell.traps.get(asked.signal)
    again = trap is not None and trap in shell.handling and asked.file is None
    return again and bool(asked.wanted) and _fits(shell.me, asked)


ENDLESS = 1_000_000.0
"""Seconds that outlast any stop."""


def matching(shell: Shell, asked: Kill) -> list[Task]:
    """The other processes whose names hold one of the words, or all that they were started with."""
    others = (t for t in shell.kernel.tasks if t.alive and t is not shell.me)
    return [task for task in others if _fits(task, asked)]


def _fits(task: Task, asked: Kill) -> bool:
    if asked.parent is not None and not (task.parent and str(task.parent.pid) == asked.parent):
        return False
    if asked.group is not None and str(task.pgid) != asked.group:
        return False
    names = _names(task, full=asked.full)
    return not asked.wanted or any(word is not None and word in names for word in asked.wanted)


def _names(task: Task, *, full: bool) -> str:
    words = [w.plain for w in task.argv]
    return " ".join(words) if full else " ".join(w.rsplit("/", 1)[-1] for w in words[:2])


def listed(shell: Shell, args: Sequence[str | None]) -> str | None:
    """What `ps aux`, `ps -ef` and `ps -eo pid,args` write, less the header and themselves.

    None: that is not known.
    """
    columns = None
    match args:
        case [str(options)]:
            columns = _COLUMNS.get(options.removeprefix("-"))
        case ["-eo" | "-Ao" | "axo" | "-axo", str(named)] | ["-e" | "-A" | "ax", "-o", str(named)]:
            columns = named.replace("=", "").replace(",", " ")
    alive = [task for task in shell.kernel.tasks if task.alive]
    if columns is None or any(word.value is None for task in alive for word in task.argv):
        return None
    wanted = [_COLUMN.get(column, column) for column in columns.split()]
    if not _PS_FIELDS.issuperset(wanted):
        return None
    return "".join(" ".join(_column(t, c) for c in wanted) + "\n" for t in alive)


_PS_FIELDS = frozenset({"args", "comm", "pid", "ppid", "-"})


def _column(task: Task, name: str) -> str:
    words = [word.plain for word in task.argv]
    if name == "args":
        return " ".join(words)
    if name == "comm":
        script = getattr(task.body, "role", "") == "script" and len(words) > 1
        return words[int(script)].rpartition("/")[2][:_COMM]
    parent = task.parent.pid if task.parent is not None else 0
    return {"pid": str(task.pid), "ppid": str(parent)}.get(name, "-")


def stopped(shell: Shell, call: Call, name: str, values: list[str | None]) -> bool:
    """Carry out a command that stops a daemon or services; whether it was one."""
    if name == "start-stop-daemon" and not {"--stop", "-K"}.isdisjoint(values):
        return _stop_daemon(shell, call, values)
    if name == "supervisorctl":
        return _stop_programs(shell, call, values)
    return name == "sv" and _stop_services(shell, call, values)


def _stop_daemon(shell: Shell, call: Call, values: list[str | None]) -> bool:
    """`start-stop-daemon --stop --pidfile F [--signal S] [--retry N]`; whether it is known whom."""
    given = _options(values[1:], {"-p": "--pidfile", "-s": "--signal", "-R": "--retry"})
    path = given.get("--pidfile")
    number = whole((streams.contents(shell, path).value or "").strip()) if path else None
    task = shell.kernel.by_pid(number) if number is not None else None
    if number is None:
        return False
    retry, sent = given.get("--retry", ""), given.get("--signal", "TERM")
    signal = signals.parse(sent if not retry or retry.isdigit() else retry.partition("/")[0])
    if task is None or signal is None:
        shell.status, shell.assumed = 1, False
        return True
    shell.kernel.kill(task, signal, shell.me)
    if retry:
        shell.then(wait_for, task.pid, call.node)
    else:
        pause(shell, call.node)
    return True


def pid_file(call: Call) -> str:
    """The file into which `start-stop-daemon --start --make-pidfile` writes a number, else ""."""
    values = [word.value for word in call.words]
    if (values[0] or "").rpartition("/")[2] != "start-stop-daemon":
        return ""
    flags = values[: values.index("--")] if "--" in values else values
    given = _options(flags[1:], {"-p": "--pidfile", "-m": "--make-pidfile"})
    makes = any(o[:2] == "-m" or (o[:1] == "-" != o[1:2] and "m" in o) for o in map(str, flags[1:]))
    return given.get("--pidfile", "") if makes or "--make-pidfile" in given else ""


def note_daemon(shell: Shell, pid: int, path: str) -> None:
    """Write the number of the daemon that a process has started, and left behind."""
    daemons = [task for task in shell.kernel.tasks if task.first_parent == pid]
    if daemons:
        put(shell, path, f"{daemons[0].pid}\n", append=False)


def _options(words: list[str | None], short: dict[str, str]) -> dict[str, str]:
    """Options with their values: `--name value`, `--name=value`, `-n value`."""
    options = {}
    for at, word in enumerate(words):
        name, joined, value = (word or "").partition("=")
        following = words[at + 1] if at + 1 < len(words) else None
        options[short.get(name, name)] = value if joined else following or ""
    return options


def _stop_services(shell: Shell, call: Call, values: list[str | None]) -> bool:
    """`sv stop …` under runsvdir: TERM to its services; all but `down` wait for their end.

    Which of the services is not looked at where the words are patterns or folders.
    """
    words = [v for v in values[1:] if v is not None and v[:1] != "-" and not v.isdigit()]
    if not words or words[0] not in {*_SV_WAITS, "down", "d"}:
        return False
    wanted = {word.rstrip("/").rpartition("/")[2] for word in words[1:]}
    if None in values or any(set(word) & set("*?[") for word in wanted):
        wanted.add("*")
    for task in list(shell.kernel.tasks):
        service = _service(task)
        if service is not None and (service == "*" or {"*", service} & wanted):
            shell.kernel.kill(task, "TERM", shell.me)
            if words[0] in _SV_WAITS:
                shell.then(wait_for, task.pid, call.node)
    return True


def _stop_programs(shell: Shell, call: Call, values: list[str | None]) -> bool:
    """`supervisorctl stop …`: supervisord stops its programs, and it waits for their end.

    It reaches supervisord only where its settings name a server to ask.
    """
    given = [value or "" for value in values[1:]]
    at = next((i for i, word in enumerate(given) if word in {"stop", "shutdown"}), None)
    if at is None:
        return False
    options = _options(list(given[:at]), {"-c": "--configuration"})
    places = [options[_SETTINGS]] if _SETTINGS in options else _SUPERVISOR_SETTINGS
    texts = (streams.contents(shell, place).value for place in places)
    text = next((text for text in texts if text is not None), None)
    if text is not None and not ("[supervisorctl]" in text and _SERVER.search(text)):
        shell.status, shell.assumed = 2, False
        pause(shell, call.node)
        return True
    if given[at] == "shutdown" or (None in values):
        return False
    if text is None:
        shell.world.unsure = shell.world.unsure or " ".join(["supervisorctl", *given])[:60]
        return False
    for task in list(shell.kernel.tasks):
        above = task.parent.body if task.alive and task.parent is not None else None
        if isinstance(above, Supervisor) and above.key == "supervisord":
            service = above.services.get(task.pid)
            if service is not None and _is_named(service.name, given[at + 1 :]):
                above.stop_one(task.pid)
                shell.then(wait_for, task.pid, call.node)
    return True


def _is_named(name: str, wanted: list[str]) -> bool:
    """Whether a program is meant by one of the words: `all`, `web`, `web:*`, `web:web_00`."""
    return any(word == "all" or word.partition(":")[0] == name for word in wanted)


_SETTINGS = "--configuration"
_SUPERVISOR_SETTINGS = [
    *("supervisord.conf", "etc/supervisord.conf", "/etc/supervisord.conf"),
    "/etc/supervisor/supervisord.conf",
]
_SERVER = lazy.compile(r"(?m)^\[(?:unix|inet)_http_server\]")


_SV_WAITS = frozenset({"stop", "force-stop", "shutdown", "force-shutdown", "exit"})


def _service(task: Task) -> str | None:
    """The name of the service that a process is under runsvdir; "*" for its only one."""
    above = task.parent.body if task.alive and task.parent is not None else None
    if getattr(above, "key", "") != "runsvdir":
        return None
    service = getattr(above, "services", {}).get(task.pid)
    return "*" if service is None else str(service.name)
