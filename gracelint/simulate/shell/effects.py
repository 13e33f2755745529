"""External commands that act on other processes: pkill, killall, pidof, and programs' own stop
commands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base import signals
from gracelint.base.facts import Word
from gracelint.base.integers import whole
from gracelint.base.values import replace
from gracelint.simulate.shell.builtins.jobs import kill
from gracelint.simulate.shell.waiting import pause, wait_for
from gracelint.simulate.world import FIFO

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gracelint.simulate.kernel import Task
    from gracelint.simulate.shell.records import Call
    from gracelint.simulate.shell.state import Shell

# By program: the words that make it stop a server, the servers' atlas keys, and the signal.
_STOPPERS: dict[str, tuple[frozenset[str], tuple[str, ...], str]] = {
    "nginx": (frozenset({"quit", "stop"}), ("nginx",), "QUIT"),
    "apachectl": (frozenset({"stop", "graceful-stop"}), ("httpd", "apache2"), "TERM"),
    "pg_ctl": (frozenset({"stop"}), ("postgres",), "INT"),
    "redis-cli": (frozenset({"shutdown", "SHUTDOWN"}), ("redis",), "TERM"),
    "mysqladmin": (frozenset({"shutdown"}), ("mysql", "mariadb"), "TERM"),
    "mariadb-admin": (frozenset({"shutdown"}), ("mysql", "mariadb"), "TERM"),
    "rabbitmqctl": (frozenset({"stop", "shutdown", "stop_app"}), ("rabbitmq",), "TERM"),
    "supervisorctl": (frozenset({"shutdown"}), ("supervisord",), "TERM"),
    "mongod": (frozenset({"--shutdown"}), ("mongo",), "TERM"),
}
_PRINTERS = frozenset({"dirname", "basename", "which", "cat", "whoami", "id"})


def known(shell: Shell, call: Call) -> bool:
    """Carry out a command whose effect is known; whether it was one."""
    values = [w.value for w in call.words]
    name = (values[0] or "").rsplit("/", 1)[-1]
    if name in {"pkill", "killall", "killall5"}:
        _kill_by_name(shell, name, values[1:])
    elif name in {"pidof", "pgrep"}:
        _pids(shell, name, values[1:])
    elif name in _PRINTERS and shell.output is not None:
        return _print(shell, name, values[1:])
    elif name == "kill":
        kill(shell, call)
        return True
    elif name == "xargs" and shell.input is not None and values[1:2] == ["kill"]:
        kill(shell, replace(call, words=(*call.args, *_piped(shell))))
        return True
    elif name in {"head", "cat", "tail"} and shell.read() and shell.output is not None:
        _copy(shell, shell.read() or [])
        return True
    elif name == "tail" and (watched := _watched(shell, values)) is not None:
        wait_for(shell, watched.pid, call.node)
        return True
    elif name == "mkfifo":
        shell.world.written.update({v: FIFO for v in values[1:] if v})
    elif name in _STOPPERS and _STOPPERS[name][0] & set(values[1:]):
        _stop(shell, *_STOPPERS[name][1:])
    else:
        return False
    pause(shell, call.node)
    return True


def _piped(shell: Shell) -> list[Word]:
    """What `xargs` reads, as words."""
    written = shell.read()
    if written is None or None in written:
        return [Word(None, reason="what `xargs` reads is not known", many=True)]
    return [Word(value) for value in "".join(v or "" for v in written).split()]


def _copy(shell: Shell, written: list[str | None]) -> None:
    for piece in written if len(written) == 1 and _few(written) else [None]:
        shell.write(piece)


def _few(written: Sequence[str | None]) -> bool:
    """Whether it is at most one line, which head, tail and cat hand on alike."""
    return written[0] is not None and written[0].count("\n") <= 1


def _watched(shell: Shell, values: list[str | None]) -> Task | None:
    """The process that `tail --pid=N` waits for."""
    for value in values:
        if value is not None and value.startswith("--pid="):
            task = shell.kernel.by_pid(whole(value[6:]) or 0)
            return task if task is not None and task.alive else None
    return None


def _stop(shell: Shell, keys: tuple[str, ...], signal: str) -> None:
    for task in shell.kernel.tasks:
        if task.alive and getattr(task.body, "key", "") in keys:
            shell.kernel.kill(task, signal, shell.me)


def _kill_by_name(shell: Shell, name: str, args: list[str | None]) -> None:
    signal, wanted, full, parent = "TERM", [], False, None
    rest = iter(args)
    for arg in rest:
        if arg in {"-s", "--signal"}:
            signal = signals.parse(next(rest, "") or "") or signal
        elif arg == "-P":
            parent = next(rest, "")
        elif arg is not None and arg.startswith("-") and len(arg) > 1:
            signal = signals.parse(arg[1:]) or signal
            full = full or arg == "-f"
        else:
            wanted.append(arg)
    for task in _matching(shell, wanted, full=full or name == "killall", parent=parent):
        shell.kernel.kill(task, signal, shell.me)


def _matching(
    shell: Shell, wanted: list[str | None], *, full: bool, parent: str | None
) -> list[Task]:
    found = []
    for task in shell.kernel.tasks:
        if not task.alive or task is shell.me:
            continue
        if parent is not None and not (task.parent and str(task.parent.pid) == parent):
            continue
        if wanted and not any(w is not None and w in _names(task, full=full) for w in wanted):
            continue
        found.append(task)
    return found


def _names(task: Task, *, full: bool) -> str:
    words = [w.value or "" for w in task.argv]
    return " ".join(words) if full else " ".join(w.rsplit("/", 1)[-1] for w in words[:2])


def _pids(shell: Shell, name: str, args: list[str | None]) -> None:
    parent = args[args.index("-P") + 1] if "-P" in args[:-1] else None
    wanted = [a for a in args if a is None or not a.startswith("-")]
    wanted = [a for a in wanted if a != parent]
    full = "-f" in args or name == "pidof"
    found = _matching(shell, wanted, full=full, parent=parent)
    shell.status, shell.assumed = (0 if found else 1), True
    shell.write("\n".join(str(t.pid) for t in found))


def _print(shell: Shell, name: str, args: list[str | None]) -> bool:
    if len(args) != 1 or args[0] is None:
        if name == "whoami" and not args:
            shell.write("root" if shell.uid == "0" else None)
            return True
        return False
    arg = args[0]
    match name:
        case "dirname":
            above = arg.rstrip("/").rpartition("/")[0]
            shell.write((above or ("/" if arg[:1] == "/" else ".")) + "\n")
        case "basename":
            shell.write(arg.rstrip("/").rsplit("/", 1)[-1] + "\n")
        case "which":
            shell.write(f"/usr/bin/{arg}\n" if "/" not in arg else arg + "\n")
        case "id" if arg == "-u" and shell.uid is not None:
            shell.write(shell.uid + "\n")
        case "cat":
            shell.write(_contents(shell, arg))
        case _:
            return False
    return True


def _contents(shell: Shell, path: str) -> str | None:
    if path in shell.world.written:
        return shell.world.written[path]
    found = shell.world.file(path, "", shell.cwd or "/")
    return found.text.text if found and found.text and len(found.text.text) < 4096 else None
