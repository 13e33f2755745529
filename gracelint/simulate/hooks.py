"""What a preStop hook sends to the processes of its container before the stop signal comes.

Only what names its target is followed: `pkill`, `killall`, and `kill` with `pidof` or `pgrep`,
with a file that a script has written a number into, or of all that there is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from gracelint.base import expressions, lazy
from gracelint.base.integers import whole
from gracelint.simulate.kernel import Undetermined
from gracelint.syntax.shell import tree
from gracelint.syntax.shell.invoked import SHELLS, shell_text
from gracelint.syntax.shell.kills import killed, killed_by_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gracelint.base.source import Text
    from gracelint.model.workload import Command
    from gracelint.simulate.kernel import Task
    from gracelint.simulate.world import World

_FINDS = frozenset({"pidof", "pgrep"})
_BY_PATTERN = frozenset({"pkill", "pgrep"})
_SUCCEED = frozenset({"sleep", "echo", "printf", "true", ":", "date", "sync"})
_LEAVE = frozenset({"exit", "return", "exec"})
_SYSTEM = lazy.compile(r"/(?:usr/)?s?bin/")
"""Where programs of the system are; what lies elsewhere may be anybody's script."""
_NESTED = 3  # scripts that run one another
_COMM = 15
"""As many characters of a program's name the kernel keeps."""


class _Target(NamedTuple):
    """Whom a hook signals: what has a name, or fits a pattern, by its name or its whole line; whose
    number is in a file; all; or that is open.
    """

    how: Literal["name", "pattern", "line", "file", "all", "open"]
    text: str = ""


_OPEN = _Target("open")


def send(world: World) -> None:
    """Send what the hooks send; PID 1 gets its own signal in any case.

    Raises Undetermined where a hook may signal a process that runs, and may not.
    """
    for hook in world.workload.hooks:
        if hook.when != "preStop" or hook.command is None:
            continue
        for signal, target, sure in _sent(world, hook.command):
            meant = _meant(world, target)
            for task in _others(world) if meant is None else meant:
                if meant is None or signal is None or not sure:
                    called = _called(task)
                    raise Undetermined(f"what the preStop hook sends `{called}` is open", hook.span)
                world.kernel.kill(task, signal)


def _others(world: World) -> list[Task]:
    return [task for task in world.kernel.living if task is not world.kernel.root]


def _meant(world: World, target: _Target) -> list[Task] | None:
    """The processes besides PID 1 that are signalled; None: that is open."""
    how, text = target
    if how == "file":
        written = world.written.get(text) if world.has_written(text) else None
        number = whole((written or "").strip())
        return None if written is None else [t for t in _others(world) if t.pid == number]
    if how == "name":
        return [task for task in _others(world) if _called(task) == text]
    if how in {"pattern", "line"}:
        shown = _name if how == "pattern" else _line
        found = [(task, expressions.search(shown(task), text)) for task in _others(world)]
        if any(fits is None for _, fits in found):
            return None
        meant = [task for task, fits in found if fits]
        titled = any(_called(task) in text for task in _others(world))
        return None if how == "line" and titled and not meant else meant  # a line may change
    return None if how == "open" else _others(world)


def _called(task: Task) -> str:
    return task.argv[0].called if task.argv else ""


def _name(task: Task) -> str:
    return _called(task)[:_COMM]


def _line(task: Task) -> str:
    return " ".join(word.plain for word in task.argv)


def _sent(world: World, command: Command) -> Iterator[tuple[str | None, _Target, bool]]:
    """Each signal (None: unknown) with its target, and whether it is surely sent."""
    text = shell_text(command.argv)
    if text is not None:
        if text.text is not None:
            yield from _by_script(world, text.text, ())
        elif text.value is None:
            yield None, _OPEN, False
        return
    words = [each.value for each in command.words]
    if words and (words[0] or "").rpartition("/")[2] in SHELLS:
        words = [each for each in words[1:] if each is None or not each.startswith("-")]
        yield from _by_program(world, words, (), is_script=True)
        return
    yield from _by_program(world, words, ())


def _by_program(
    world: World, words: Sequence[str | None], scripts: tuple[str, ...], *, is_script: bool = False
) -> Iterator[tuple[str | None, _Target, bool]]:
    """What a program sends; scripts: those that run it. is_script: a shell is given it."""
    path = (words[0] or "") if words else ""
    file = world.workload.files.get(path) if path[:1] == "/" else None
    if file is not None and file.text is not None and path not in scripts:
        first = file.text.text.partition("\n")[0]
        if len(scripts) < _NESTED and (first[:2] != "#!" or "sh" in first):
            yield from _by_script(world, file.text, (*scripts, path))
        else:
            yield None, _OPEN, False
    elif is_script or path.endswith(".sh") or (path[:1] == "/" and not _SYSTEM.match(path)):
        yield None, _OPEN, False  # it is not in sight, or runs itself
    else:
        yield from ((signal, target, True) for signal, target in _by_name(words))


def _by_script(
    world: World, text: Text, scripts: tuple[str, ...]
) -> Iterator[tuple[str | None, _Target, bool]]:
    """What a shell's text sends, and the scripts that it runs."""
    from gracelint.syntax.shell.parse import parse, walk

    body = parse(text).body
    sure = {(node.start, node.end) for node in _surely(body)}
    for node in walk(body):
        if isinstance(node, tree.Simple) and node.words:
            words = [each.literal for each in node.words]
            certain = (node.start, node.end) in sure
            sent = _by_program(world, words, scripts)
            yield from ((signal, target, certain and surely) for signal, target, surely in sent)
            if words[0] == "kill":
                signal, _ = killed([each or "" for each in words]) or (None, [])
                if words[-1] == "-1" and len(words) > 2:
                    signal, _ = killed([each or "" for each in words[:-1]]) or (None, [])
                    yield signal, _Target("all"), certain
                yield from ((signal, target, certain) for target in _looked_up(node, body))


def _surely(body: tree.Commands) -> Iterator[tree.Simple]:
    """The simple commands that are run in any case."""
    stack: list[tree.AnyCommand | tree.Commands | tree.Item] = [body]
    while stack:
        node = stack.pop()
        match node:
            case tree.Commands(items=items):
                stack += reversed(items)
            case tree.Item(command=command):
                stack.append(command)
            case tree.Group(body=inner):
                stack.append(inner)
            case tree.Pipeline(commands=commands):
                stack += reversed(commands)
            case tree.AndOr(left=left, operator=operator, right=right):
                stack += (right, left) if operator == "&&" and _succeeds(left) else (left,)
            case tree.Simple(words=words):
                yield node
                if words and words[0].literal in _LEAVE:
                    return


def _succeeds(node: tree.AnyCommand) -> bool:
    while isinstance(node, tree.AndOr):
        if not _succeeds(node.right):
            return False
        node = node.left
    return isinstance(node, tree.Simple) and bool(node.words) and node.words[0].literal in _SUCCEED


def _by_name(words: Sequence[str | None]) -> Iterator[tuple[str | None, _Target]]:
    """What `pkill` or `killall` send, to whom; where a word is not known, it is open to whom."""
    known = [word for word in words if word is not None]
    sent = killed_by_name(known)
    if sent is not None and len(known) < len(words):
        yield None, _OPEN
    elif sent is not None:
        signal, names = sent
        yield from ((signal, _named(known, name)) for name in names[-1:])


def _named(words: Sequence[str], name: str) -> _Target:
    """Whom `pkill`, `pgrep`, `killall` or `pidof` find."""
    letters = "".join(word for word in words[1:] if _LETTERS.fullmatch(word))
    if words[0].rpartition("/")[2] not in _BY_PATTERN or ("x" in letters and "f" not in letters):
        return _Target("name", name)
    if "x" in letters:
        return _Target("line", f"^({name})$")
    return _Target("line" if "f" in letters or "--full" in words else "pattern", name)


_LETTERS = lazy.compile(r"-[a-z]+")


def _looked_up(kill: tree.Simple, body: tree.Commands) -> Iterator[_Target]:
    """Whom `$(pidof NAME)` among a command's words looks for, and the files of `$(cat FILE)` and
    `$(<FILE)`; in variables, too.
    """
    from gracelint.syntax.shell.parse import walk, within

    for word in kill.words[1:]:
        nodes = list(walk(word))
        names = {node.name for node in nodes if isinstance(node, tree.Parameter)}
        for set_ in within(body, tree.Assignment) if names else ():
            nodes += walk(set_) if set_.name in names else ()
        for node in nodes:
            words = [w.literal for w in node.words] if isinstance(node, tree.Simple) else []
            if words and words[0] in _FINDS:
                known = [w for w in words if w is not None]
                yield _named(known, known[-1]) if words[-1] is not None else _OPEN
            elif isinstance(node, tree.Simple) and (path := _read(node)):
                yield _Target("file", path) if path[0] == "/" else _OPEN


def _read(node: tree.Simple) -> str | None:
    """The file that `cat FILE` or `<FILE` reads."""
    words = [word.literal for word in node.words]
    if words and (words[0] != "cat" or len(words) != 2):
        return None
    redirected = [r.target.literal for r in node.redirects if r.operator == "<" and r.target]
    return words[1] if words else next(iter(redirected), None)
