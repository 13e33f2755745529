"""External commands that act on other processes: pkill, killall, pidof, and programs' own stop
commands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.base import signals
from gracelint.base.facts import Word
from gracelint.base.integers import whole
from gracelint.simulate.bodies import App
from gracelint.simulate.shell import records
from gracelint.simulate.world import FIFO

if TYPE_CHECKING:
    from collections.abc import Generator

    from gracelint.simulate.kernel import Task
    from gracelint.simulate.shell.shell import Shell
    from gracelint.syntax.shell import tree as tree

    Known = Generator[records.Wait, Any, bool]

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
_COPIES = frozenset({"dirname", "basename", "which"})


def known(shell: Shell, node: tree.Simple, words: list[Word]) -> Known:
    """Carry out a command whose effect is known; whether it was one."""
    values = [w.value for w in words]
    name = (values[0] or "").rsplit("/", 1)[-1]
    if name in {"pkill", "killall", "killall5"}:
        _kill_by_name(shell, name, values[1:])
    elif name in {"pidof", "pgrep"}:
        _pids(shell, name, values[1:])
    elif (
        name in {"dirname", "basename", "which", "cat", "whoami", "id"} and shell.output is not None
    ):
        return _print(shell, name, values[1:])
    elif name == "kill":
        from gracelint.simulate.shell.jobs import kill

        yield from kill(shell, node, words, None)
        return True
    elif name == "xargs" and shell.input is not None and values[1:2] == ["kill"]:
        from gracelint.simulate.shell.jobs import kill

        yield from kill(shell, node, [*words[1:], *_piped(shell)], None)
        return True
    elif name in {"head", "cat", "tail"} and shell.input and shell.output is not None:
        shell.output += shell.input if len(shell.input) == 1 and _few(shell.input) else [None]
        return True
    elif name == "tail" and (watched := _watched(shell, values)) is not None:
        from gracelint.simulate.shell.external import wait_for

        yield from wait_for(shell, watched, node)
        return True
    elif name == "mkfifo":
        shell.world.written.update({v: FIFO for v in values[1:] if v})
    elif name in _STOPPERS and _STOPPERS[name][0] & set(values[1:]):
        _stop(shell, *_STOPPERS[name][1:])
    else:
        return False
    from gracelint.simulate.shell.external import pause

    yield from pause(shell, node)
    return True


def _piped(shell: Shell) -> list[Word]:
    """What `xargs` reads, as words."""
    if shell.input is None or None in shell.input:
        return [Word(None, reason="what `xargs` reads is not known", many=True)]
    return [Word(value) for value in "".join(v or "" for v in shell.input).split()]


def _few(written: list[str | None]) -> bool:
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
    if shell.output is not None:
        shell.output.append("\n".join(str(t.pid) for t in found))


def _print(shell: Shell, name: str, args: list[str | None]) -> bool:
    output = shell.output
    assert output is not None
    if len(args) != 1 or args[0] is None:
        if name == "whoami" and not args:
            output.append("root" if shell.uid == "0" else None)
            return True
        return False
    arg = args[0]
    match name:
        case "dirname":
            output.append(
                (arg.rstrip("/").rpartition("/")[0] or ("/" if arg[:1] == "/" else ".")) + "\n"
            )
        case "basename":
            output.append(arg.rstrip("/").rsplit("/", 1)[-1] + "\n")
        case "which":
            output.append(f"/usr/bin/{arg}\n" if "/" not in arg else arg + "\n")
        case "id" if arg == "-u" and shell.uid is not None:
            output.append(shell.uid + "\n")
        case "cat":
            output.append(_contents(shell, arg))
        case _:
            return False
    return True


def _contents(shell: Shell, path: str) -> str | None:
    if path in shell.world.written:
        return shell.world.written[path]
    found = shell.world.file(path, "", shell.cwd or "/")
    return found.text.text if found and found.text and len(found.text.text) < 4096 else None


def placeholder(task: Task) -> bool:
    """Whether a process only keeps the container alive or copies a stream."""
    return isinstance(task.body, App) and task.body.placeholder
