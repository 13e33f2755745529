"""External commands that act on other processes: pkill, killall, pidof, and programs' own stop
commands; and on files that are run or read later: rm, cp, mv, ln, install, tee.
"""

from __future__ import annotations

from gracelint import atlas
from gracelint.base import lazy, signals
from gracelint.base.facts import Word
from gracelint.base.integers import whole
from gracelint.base.paths import absolute
from gracelint.base.source import Derived
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import replace
from gracelint.simulate import absent
from gracelint.simulate.shell import processes, streams, texttools
from gracelint.simulate.shell.builtins.plain import put, write
from gracelint.simulate.shell.expansion import listing
from gracelint.simulate.shell.processes import ENDLESS
from gracelint.simulate.shell.state import EPOCH
from gracelint.simulate.shell.waiting import pause, wait_for
from gracelint.simulate.world import MOMENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gracelint.simulate.kernel import Task
    from gracelint.simulate.shell.records import Call
    from gracelint.simulate.shell.state import Shell
    from gracelint.simulate.shell.streams import Ends

_RESOLVERS = frozenset({"readlink", "realpath"})
_LISTERS = frozenset({"ls", "find"})
_PRINTERS = frozenset({"which", "cat", "whoami", "id"}) | _RESOLVERS | _LISTERS


def carry_out(shell: Shell, call: Call, ends: Ends) -> bool:
    """Carry out a command whose effect is known; whether it was one."""
    call = replace(call, words=_behind_options(_unwrapped(call.words)))
    values = [w.value for w in call.words]
    name = (values[0] or "").rsplit("/", 1)[-1]
    _need(shell, name, values[1:])
    if texttools.is_tool(name) and _tool(shell, name, values[1:], call, ends):
        return True
    shown = shell.output is not None and ends.writes.get(1) == shell.output
    if name in _PRINTERS and shown:
        return _print(shell, name, values[1:], call)
    if name == "kill" or (name == "xargs" and values[1:2] == ["kill"]):
        return _kill(shell, name, call, ends)
    pipe = shell.kernel.pipes.get(ends.reads.get(0, 0))
    whole = not any((value or "-c").startswith("-c") for value in values[1:])
    if (
        name in {"head", "cat", "tail"}
        and whole
        and pipe
        and pipe.parts
        and shell.output is not None
    ):
        _copy(shell, [piece.value for piece in pipe.parts])
        return True
    if (
        _refused(shell, name, values[1:])
        or _saved(shell, name, values[1:], call, ends)
        or _copied(shell, name, values[1:], call)
        or _edited(shell, name, values[1:], call)
        or processes.stopped(shell, call, name, values)
    ):
        return True
    if (watched := _watched(shell, name, values)) is not None:
        for task in watched:
            shell.then(wait_for, task.pid, call.node)
        return True
    if not _acts(shell, name, values, shown=shown):
        return False
    again = processes.finds_itself(shell, name, values[1:])
    pause(shell, call.node, ENDLESS if again else MOMENT)
    if _asked_for(name, values) is not None:
        shell.then(_answered, shell.status or 0)
    return True


def _need(shell: Shell, name: str, args: Sequence[str | None]) -> None:
    """Note the files without which a command fails, and the folder that one of them is put into."""
    copies = name in {"cp", "mv"}
    if not copies and name not in _NEED:
        return
    operands = [arg for arg in args if arg is None or arg[:1] != "-"]
    options = [arg for arg in args if arg and arg[:1] == "-"]
    if None in args or any(option[1:2] == "-" or {"t", "f"} & set(option) for option in options):
        return
    target = operands.pop() if copies and len(operands) > 1 else None
    for operand in operands[_NEED.get(name, 0) :]:
        if operand and not set(operand) & set("*?["):
            absent.require(shell, operand)
    if target and "/" in target:
        absent.require(shell, target.rpartition("/")[0] or "/")


_NEED = {"cat": 0, "chgrp": 1, "chmod": 1, "chown": 1, "head": 0, "sort": 0, "stat": 0}
"""How many operands stand before the files that a command needs."""

_PREFIXES = {"env": 1, "sudo": 1, "nice": 1, "nohup": 1, "command": 1, "busybox": 1, "timeout": 2}
"""Wrappers without options, with the number of words that belong to them."""

_UNWRAPPED = frozenset({"kill", "pkill", "killall", "tail", "ps", "pidwait", "pwait", "waitpid"})


def _unwrapped(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """`env kill`, `sudo kill`, `timeout 5 kill`: the kill itself."""
    rest = words
    while rest and (length := _PREFIXES.get(rest[0].called)):
        inner = rest[length:]
        if not inner or any((w.value or "-")[0] == "-" for w in rest[1 : length + 1]):
            break
        rest = inner
    last = rest[0].called if rest else ""
    if last == "kill" and rest is not words:
        return (Word("/bin/kill", rest[0].span), *rest[1:])  # it is not the builtin then
    return rest if last in _UNWRAPPED else words


def _acts(shell: Shell, name: str, values: list[str | None], *, shown: bool) -> bool:
    """Carry out what signals processes by their names, and programs' own stop commands.

    shown: what it writes goes where the shell's own output goes.
    """
    if name in {"pkill", "killall", "killall5"}:
        _kill_by_name(shell, name, values[1:])
    elif name in {"pidof", "pgrep"}:
        _pids(shell, name, values[1:])
    elif (process := _asked_for(name, values)) is not None:
        task = shell.kernel.by_pid(process)
        shell.status = int(task is None or not task.alive)
        shell.write(None)
    elif name == "ps" and shown:
        shell.write(processes.listed(shell, values[1:]))
    elif name == "date" and shown and values[1:] == ["+%s"]:
        shell.kernel.clocked += 1
        shell.write(f"{EPOCH + int(shell.kernel.now)}\n")
    elif name in _SCRIPTED and (sent := _scripted(values)) is not None:
        task = shell.kernel.by_pid(sent[1])
        if task is not None:
            shell.kernel.kill(task, sent[0], shell.me)
    elif name in {"mkfifo", "touch"}:
        return _make(shell, name, sorted(_places(shell, values[1:])))
    elif (request := atlas.stop(values)) is not None:
        _stop(shell, request.programs, request.signal)
    else:
        return False
    return True


def _make(shell: Shell, name: str, paths: Sequence[str]) -> bool:
    """Make pipes or files; whether it is known who looks for them: the scripts, no application."""
    for path in paths:
        if name == "mkfifo":
            shell.world.fifos[path] = shell.kernel.pipe(named=True)
        elif shell.world.file(path, "", "/") is None:
            put(shell, path, "", append=False)
    texts = [script.text.text for script in shell.world.scripts.read]
    return name == "mkfifo" or all(any(t.count(path) > 1 for t in texts) for path in paths)


def _refused(shell: Shell, name: str, args: Sequence[str | None]) -> bool:
    """`mkdir` of a folder that is there, `rm` of nothing, without options; whether it was so."""
    if name not in {"mkdir", "rm"} or len(args) != 1 or shell.cwd is None:
        return False
    for place in _places(shell, args):
        there = place in _FOLDERS or shell.world.names(place) is not None
        gone = not shell.world.has_written(place) and absent.path(shell, place)
        if there if name == "mkdir" else gone:
            shell.status, shell.assumed = 1, False
            return True
    return False


_FOLDERS = frozenset(
    {"/", "/etc", "/home", "/opt", "/root", "/run", "/srv", "/tmp", "/usr", "/var"}  # noqa: S108
)


def _removed(shell: Shell, args: Sequence[str | None], call: Call) -> bool:
    """`rm` of files that the run itself wrote; whether there were any."""
    written = {place for place in _places(shell, args) if shell.world.has_written(place)}
    for place in written:
        del shell.world.written[place]
        shell.world.gone.add(place)
    if written:
        pause(shell, call.node)
    return bool(written)


def _places(shell: Shell, args: Sequence[str | None]) -> set[str]:
    """The absolute paths among arguments."""
    return {absolute(path, shell.folder) for path in args if path and path[:1] != "-"}


def _asked_for(name: str, values: list[str | None]) -> int | None:
    """The process of which `ps -p N`, `ls /proc/N` and `cat /proc/N/…` say whether it is there."""
    if name in {"cat", "ls", "stat", "head", "grep"}:
        return next((int(m[1]) for v in values[1:] if v and (m := _PROC.fullmatch(v))), None)
    if name != "ps":
        return None
    match values[1:]:
        case ["-p" | "--pid", str(number), *_]:
            return whole(number)
        case [str(option), *_] if option[:2] == "-p" and option[2:].isdecimal():
            return whole(option[2:])
    return None


_PROC = lazy.compile(r"/proc/([0-9]{1,9})(?:/.*)?")
_SCRIPTED = frozenset({"python", "python3", "perl", "ruby"})
_SENT = (
    lazy.compile(r"os\.kill\(\s*(?P<pid>[0-9]{1,9})\s*,\s*(?:signal\.)?(?:SIG)?(?P<name>\w+)\s*\)"),
    lazy.compile(r"kill[\s(]+['\"]?(?:SIG)?(?P<name>\w+)['\"]?\s*(?:,|=>)\s*(?P<pid>[0-9]{1,9})"),
    lazy.compile(
        r"Process\.kill[\s(]+[:'\"]?(?:SIG)?(?P<name>\w+)['\"]?\s*,\s*(?P<pid>[0-9]{1,9})"
    ),
)


def _scripted(values: list[str | None]) -> tuple[str, int] | None:
    """The signal that `python3 -c`, `perl -e` or `ruby -e` sends, and to which process."""
    text = values[2] if len(values) > 2 and values[1] in {"-c", "-e"} else None
    for pattern in _SENT if text is not None else ():
        if match := pattern.search(text or ""):
            signal, pid = signals.parse(match["name"]), whole(match["pid"])
            return None if signal is None or pid is None else (signal, pid)
    return None


def unsure(shell: Shell, call: Call) -> None:
    """Note that a handler runs a program which may be what stops the application."""
    from gracelint.simulate.shell.inert import harmless

    name = call.words[0].called
    asks = atlas.says(name, "asks")
    if not shell.handling or shell.world.unsure or (harmless(name) and not asks):
        return
    words = " ".join(word.value or "…" for word in call.words)
    if asks and not _ENDS.search(words):
        return
    program = shell.world.atlas.program(call.words)
    brief = program is not None and program.lifetime == "short" and not program.interpreter
    if not brief or asks or _stops_service(name, call.words):
        shell.world.unsure = words[:60]


def _stops_service(name: str, words: tuple[Word, ...]) -> bool:
    """Whether an init script is told to stop its daemon, whatever that one is called."""
    script = words[0].plain.startswith(("/etc/init.d/", "/etc/rc.d/init.d/"))
    runs_one = atlas.says(name, "runs_init_scripts")
    return (script or runs_one) and any(word.value == "stop" for word in words[1:])


_ENDS = lazy.compile(r"(?i)shutdown|stop|quit|exit|terminate|drain|halt")


def _behind_options(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """`xargs` and the command that it is given, without options that do not change it."""
    if words[0].called != "xargs":
        return words
    at, place = 1, None
    while at < len(words) and words[at].plain.startswith("-"):
        value = words[at].plain
        if value.startswith("-I"):
            at += len(value) == 2
            place = value[2:] or (words[at].value if at < len(words) else None)
        elif value in {"-n", "-L", "-P"}:
            at += 1
        elif not _HARMLESS.fullmatch(value):
            break
        at += 1
    return words[:1] + tuple(w for w in words[at:] if place is None or w.value != place)


_HARMLESS = lazy.compile(r"-[rt]+|--no-run-if-empty|--verbose|-[nLP]\d+")


def _kill(shell: Shell, name: str, call: Call, ends: Ends) -> bool:
    """`kill`, or `xargs kill` with what it reads."""
    from gracelint.simulate.shell.builtins.jobs import kill

    if name == "xargs":
        pipe = ends.reads.get(0)
        if pipe is None:
            return False
        if _awaited(shell, call, pipe):
            return True
        text = streams.text_left(shell, pipe)
        unknown = (Word(None, reason="what `xargs` reads is not known", many=True),)
        words = text.plain.split() if text is not None else None
        more = unknown if words is None else tuple(Word(value) for value in words)
        call = replace(call, words=(*call.args, *more))
    kill(shell, call)
    return True


def _tool(shell: Shell, name: str, args: Sequence[str | None], call: Call, ends: Ends) -> bool:
    """Carry out a program that turns text into text, where all of it is known."""
    words = [arg for arg in args if arg is not None]
    if len(words) < len(args):
        return False
    given = Word(None)
    files = texttools.operands(name, words)
    if len(files) > 1 or (files and name == "wc"):
        return False
    if texttools.reads(name) and (not files or words[files[0]] == "-"):
        pipe = ends.reads.get(0)
        if _awaited(shell, call, pipe):
            return True
        left = streams.text_left(shell, pipe)
        given = left if left is not None and pipe is not None else given
    elif files:
        given = streams.contents(shell, words.pop(files[0]))
    answer = texttools.answer(name, words, given.value)
    if answer is None:
        return False
    write(shell, call, answer[0], given.text if answer[0] == given.value else None)
    pause(shell, call.node)
    shell.then(_answered, answer[1])
    return True


def _awaited(shell: Shell, call: Call, pipe: int | None) -> bool:
    """Whether what is read is still being written by a command that is over in a moment."""
    alive = [shell.kernel.task(pid) for pid in streams.writing(shell, pipe)]
    waits = [getattr(task.body, "waiting", None) for task in alive]
    if not alive or not all(wait is not None and wait.seconds is not None for wait in waits):
        return False
    pause(shell, call.node)
    shell.then(_again, call)
    return True


def _again(shell: Shell, call: Call) -> None:
    shell.status = 0
    if not carry_out(shell, call, streams.ends_of(shell, call)):
        shell.write(None)
        pause(shell, call.node)


def _answered(shell: Shell, status: int) -> None:
    shell.status, shell.assumed = status, False


def _saved(shell: Shell, name: str, args: Sequence[str | None], call: Call, ends: Ends) -> bool:
    """`cat > FILE`, `tee FILE` with a here-document or what a pipe holds, `rm FILE`; whether it
    was one.
    """
    if name not in {"cat", "tee"}:
        return name == "rm" and _removed(shell, args, call)
    redirects = [r.operator for r in call.node.redirects if r.fd in {None, 1}]
    to_file = not {">", ">>", ">|"}.isdisjoint(redirects)
    pipe = ends.reads.get(0)
    if (to_file or any(args)) and _awaited(shell, call, pipe):
        return True
    left = streams.text_left(shell, pipe) if pipe is not None else None
    left = left or streams.document(shell, pipe)
    if left is None or (name == "cat" and (args or not to_file)):
        return False
    append = bool({"-a", "--append"}.intersection(args))
    for path in args:
        if path is not None and path[:1] != "-":
            put(shell, path, left.value, append=append, text=left.text)
    streams.drain(shell, pipe)
    write(shell, call, left.value, left.text)
    pause(shell, call.node)
    return True


_COPIERS = frozenset({"cp", "mv", "ln", "install"})
_MOST_COPIED = 50


def _copied(shell: Shell, name: str, args: Sequence[str | None], call: Call) -> bool:
    """`cp`, `mv`, `install` and `ln` of files whose text is in sight; whether there were any."""
    words = [arg for arg in args if arg is not None]
    if name not in _COPIERS or len(words) < len(args) or shell.cwd is None:
        return False
    options = [word for word in words if word[:1] == "-"]
    letters = "".join(option for option in options if option[:2] != "--")
    if options and ({"t", "S"} & set(letters) or (name == "install" and "d" in letters)):
        return False
    operands = [w for at, w in enumerate(words) if w[:1] != "-" and not _is_mode(name, words, at)]
    places = [absolute(operand, shell.cwd) for operand in operands]
    keeps = "n" in letters or "--no-clobber" in options
    made = [
        _put_copy(shell, source, place, keeps=keeps)
        for source, place in _targets(shell, operands, places)
    ]
    if name == "mv":
        _removed(shell, places[:-1], call)
    elif any(made):
        pause(shell, call.node)
    return any(made)


def _is_mode(name: str, words: list[str], at: int) -> bool:
    """Whether a word is the mode, owner or group that `install` is to give a file."""
    option = words[at - 1] if at else ""
    short = option[:1] == "-" and option[:2] != "--" and option[-1] in "mog"
    return name == "install" and (short or option in {"--mode", "--owner", "--group"})


def _targets(shell: Shell, operands: list[str], places: list[str]) -> list[tuple[str, str]]:
    """Each file with the place that it is put to."""
    if len(operands) < 2:
        return []
    target = places[-1]
    inside = len(operands) > 2 or operands[-1][-1:] in {"/", "."} or _is_folder(shell, target)
    found = []
    for operand, source in zip(operands, places[:-1], strict=False):
        name = source.rpartition("/")[2] if inside and operand[-2:] != "/." else ""
        place = f"{target.rstrip('/')}/{name}" if name else target
        under = f"{source.rstrip('/')}/"
        if shell.world.names(source) is None:
            found.append((source, place))
        else:
            inner = [path for path in shell.world.paths if path.startswith(under)]
            found += [(p, f"{place}/{p.removeprefix(under)}") for p in inner[:_MOST_COPIED]]
    return found


def _is_folder(shell: Shell, place: str) -> bool:
    files = shell.world.workload.files
    return place in _FOLDERS or shell.world.names(place) is not None or files.is_folder(place)


def _put_copy(shell: Shell, source: str, place: str, *, keeps: bool) -> bool:
    """Put a file to another place as well; whether anything is known of what is there then."""
    there = shell.world.file(place, "", "/")
    file = shell.world.file(source, "", "/")
    known = there is not None and there.text is not None
    if (keeps and known) or (file is None and not known) or place.startswith("/dev/"):
        return False
    text = file.text if file is not None else None
    put(shell, place, None if text is None else text.text, append=False, text=text)
    return True


def _edited(shell: Shell, name: str, args: Sequence[str | None], call: Call) -> bool:
    """`sed -i` of one file, where it is known what becomes of it; whether it was so. Of a file that
    the script has written it is not known any more what is in it otherwise.
    """
    given = ["?" if arg is None else arg for arg in args]
    words = [word for arg in given if (word := _IN_PLACE.sub(r"\1", arg)) not in {"", "-"}]
    files = texttools.operands(name, words)
    if name != "sed" or len(files) != 1 or given == words or shell.cwd is None:
        return False
    path = absolute(words.pop(files[0]), shell.cwd)
    file = shell.world.file(path, "", "/")
    text = file.text.text if file is not None and file.text is not None else None
    answer = None if text is None or None in args else texttools.answer(name, words, text)
    if answer is None:
        if shell.world.has_written(path):
            put(shell, path, None, append=False)
        return False
    if answer[0] != text:
        text_then = Derived(answer[0], shell.span(call.node))
        put(shell, path, answer[0], append=False, text=text_then)
    pause(shell, call.node)
    return True


_IN_PLACE = lazy.compile(r"^(-[Enrsuz]*)i(?:\W\S*|[Er])?$|^--in-place(?:=.*)?$")


def _copy(shell: Shell, written: list[str | None]) -> None:
    for piece in written if len(written) == 1 and _few(written) else [None]:
        shell.write(piece)


def _few(written: Sequence[str | None]) -> bool:
    """Whether it is at most one line, which head, tail and cat hand on alike."""
    return written[0] is not None and written[0].count("\n") <= 1


def _watched(shell: Shell, name: str, values: list[str | None]) -> list[Task] | None:
    """The processes that `tail --pid=N`, `waitpid N` or `pidwait NAME` wait for."""
    words = [value for value in values[1:] if value is not None]
    if name in {"pidwait", "pwait"}:
        return processes.matching(shell, processes.asked_to_kill(name, [*words]))
    pids = [word for word in words if name == "waitpid" and word[:1] != "-"]
    pids += [word[6:] for word in words if name == "tail" and word.startswith("--pid=")]
    tasks = [shell.kernel.by_pid(whole(pid) or 0) for pid in pids]
    return [task for task in tasks if task is not None and task.alive] or None


def _stop(shell: Shell, keys: tuple[str, ...], signal: str) -> None:
    for task in shell.kernel.tasks:
        if task.alive and getattr(task.body, "key", "") in keys:
            shell.kernel.kill(task, signal, shell.me)


def asks_for_end(shell: Shell, words: Sequence[str]) -> bool:
    """A program's own stop command that a wrapper starts, such as `gosu postgres pg_ctl stop`;
    whether it was one.
    """
    if (request := atlas.stop(words)) is not None:
        _stop(shell, request.programs, request.signal)
    return request is not None


def _kill_by_name(shell: Shell, name: str, args: list[str | None]) -> None:
    asked = processes.asked_to_kill(name, args)
    if asked.file is not None:
        _kill_by_file(shell, asked.file, asked.signal)
        return
    tasks = processes.matching(shell, asked)
    if not tasks:
        _doubt(shell, " ".join((name, *(arg or "…" for arg in args))))
    for task in tasks:
        shell.kernel.kill(task, asked.signal, shell.me)


def _kill_by_file(shell: Shell, path: str | None, signal: str) -> None:
    """`pkill -F FILE`."""
    number = whole((streams.contents(shell, path).value or "").strip())
    task = shell.kernel.by_pid(number) if number is not None else None
    if task is None:
        _doubt(shell, f"pkill -F {path or '…'}")
    else:
        shell.kernel.kill(task, signal, shell.me)


def _doubt(shell: Shell, words: str) -> None:
    """Note that a handler looks for processes by a name or file of which nothing is known."""
    if shell.kernel.stopping and not shell.world.unsure:
        shell.world.unsure = words[:60]


def _pids(shell: Shell, name: str, args: list[str | None]) -> None:
    asked = processes.asked_to_kill(name, args)
    tasks = processes.matching(shell, asked)
    shell.status, shell.assumed = (0 if tasks else 1), True
    if not tasks and asked.wanted and shell.output is not None:
        _doubt(shell, " ".join((name, *(arg or "…" for arg in args))))
    shell.write("\n".join(str(t.pid) for t in tasks))


def _print(shell: Shell, name: str, args: list[str | None], call: Call) -> bool:
    if name in _RESOLVERS:
        return _resolve(shell, name, args)
    if name in _LISTERS:
        return _list(shell, name, args, call)
    if len(args) != 1 or args[0] is None:
        if name == "whoami" and not args:
            shell.write("root" if shell.uid == "0" else None)
            return True
        return False
    arg = args[0]
    match name:
        case "which":
            shell.write(f"/usr/bin/{arg}\n" if "/" not in arg else arg + "\n")
        case "id" if arg == "-u" and shell.uid is not None:
            shell.write(shell.uid + "\n")
        case "cat":
            shell.write(streams.contents(shell, arg).value)
        case _:
            return False
    return True


def _list(shell: Shell, name: str, args: list[str | None], call: Call) -> bool:
    """`ls` and `find`, where all that they write is in sight."""
    words = [arg for arg in args if arg is not None]
    if len(words) < len(args) or not listing.is_whole(shell, words):
        return False
    behind = shell.script.text.text[call.node.end : call.node.end + _FAR]
    names = listing.listed(shell, words) if name == "ls" else listing.found(shell, words, behind)
    if names is not None:
        shell.write(names)
        pause(shell, call.node)
        shell.then(_answered, 0)
    return names is not None


_FAR = 200


def _resolve(shell: Shell, name: str, args: list[str | None]) -> bool:
    """`readlink -f PATH`, `realpath PATH`: a file or folder in sight, behind links as well."""
    options = [arg for arg in args if arg is not None and arg[:1] == "-" and arg != "--"]
    paths = [arg for arg in args if arg is None or arg[:1] != "-"]
    if len(paths) != 1 or not paths[0] or (name == "readlink" and not options):
        return False
    if shell.cwd is None or not set(options) <= {"-f", "-e", "-m", "-s"}:
        return False
    place, files = absolute(paths[0], shell.cwd), shell.world.workload.files
    if files.get(place) is None and shell.world.names(place) is None:
        return False
    for _ in range(_LINKS):
        target = "" if "-s" in options else files.link(place)
        if not target:
            shell.write(place + "\n")
            return True
        place = absolute(target, place.rpartition("/")[0] or "/")
    return False


_LINKS = 40  # as many as the kernel follows
