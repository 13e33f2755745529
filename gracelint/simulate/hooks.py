"""What a preStop hook sends to the processes of its container before the stop signal comes.

Only what names its target is followed: `pkill`, `killall`, and `kill` with `pidof` or `pgrep`,
with a file that a script has written a number into, or of all that there is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.integers import whole
from gracelint.simulate.kernel import Undetermined
from gracelint.syntax.shell import tree
from gracelint.syntax.shell.invoked import shell_text
from gracelint.syntax.shell.kills import killed, killed_by_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gracelint.model.workload import Command
    from gracelint.simulate.kernel import Task
    from gracelint.simulate.world import World

_FINDS = frozenset({"pidof", "pgrep"})
_SUCCEED = frozenset({"sleep", "echo", "printf", "true", ":", "date", "sync"})
_ANYBODY = ""
"""Stands for the name of a target that is not known."""
_EVERYBODY = "*"
_LEAVE = frozenset({"exit", "return", "exec"})


def send(world: World) -> None:
    """Send what the hooks send; PID 1 gets its own signal in any case.

    Raises Undetermined where a hook may signal a process that runs, and may not.
    """
    kernel = world.kernel
    for hook in world.workload.hooks:
        if hook.when != "preStop" or hook.command is None:
            continue
        for signal, name, sure in _sent(hook.command):
            text = world.written.get(name) if world.has_written(name) else None
            number = whole((text or "").strip())
            if text is not None and number is None:
                continue  # the file holds something else
            is_open = signal is None or not sure or (number is None and "/" in name)
            for task in list(kernel.living):
                called = _called(task)
                names = {called, _EVERYBODY, _ANYBODY}
                meant = task.pid == number if number else "/" in name or name in names
                if task is kernel.root or not meant:
                    continue
                if is_open or signal is None:
                    raise Undetermined(f"what the preStop hook sends `{called}` is open", hook.span)
                kernel.kill(task, signal)


def _called(task: Task) -> str:
    return task.argv[0].called if task.argv else ""


def _sent(command: Command) -> Iterator[tuple[str | None, str, bool]]:
    """Each signal (None: unknown) with the name of its target, and whether it is surely sent."""
    from gracelint.syntax.shell.parse import parse, walk

    word = shell_text(command.argv)
    if word is None:
        words = [each.value for each in command.words]
        yield from ((signal, name, True) for signal, name in _by_name(words))
        return
    if word.text is None:
        return
    body = parse(word.text).body
    sure = {(node.start, node.end) for node in _surely(body)}
    for node in walk(body):
        if isinstance(node, tree.Simple) and node.words:
            words = [each.literal for each in node.words]
            certain = (node.start, node.end) in sure
            yield from ((signal, name, certain) for signal, name in _by_name(words))
            if words[0] == "kill":
                signal, _ = killed([each or "" for each in words]) or (None, [])
                if words[-1] == "-1" and len(words) > 2:
                    signal, _ = killed([each or "" for each in words[:-1]]) or (None, [])
                    yield signal, _EVERYBODY, certain
                yield from ((signal, name, certain) for name in _looked_up(node))


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


def _by_name(words: Sequence[str | None]) -> Iterator[tuple[str | None, str]]:
    """What `pkill` or `killall` send, to whom; where a word is not known, it is open to whom."""
    known = [word for word in words if word is not None]
    sent = killed_by_name(known)
    if sent is not None and len(known) < len(words):
        yield None, _ANYBODY
    elif sent is not None:
        signal, names = sent
        yield from ((signal, name) for name in names[-1:])


def _looked_up(kill: tree.Simple) -> Iterator[str]:
    """The names that `$(pidof NAME)` among a command's words looks for, and the files of
    `$(cat FILE)` and `$(<FILE)`.
    """
    from gracelint.syntax.shell.parse import walk

    for word in kill.words[1:]:
        for node in walk(word):
            if isinstance(node, tree.Simple) and node.words and node.words[0].literal in _FINDS:
                name = node.words[-1].literal
                if name:
                    yield name
            elif isinstance(node, tree.Simple) and (path := _read(node)) and path[0] == "/":
                yield path


def _read(node: tree.Simple) -> str | None:
    """The file that `cat FILE` or `<FILE` reads."""
    words = [word.literal for word in node.words]
    if words and (words[0] != "cat" or len(words) != 2):
        return None
    redirected = [r.target.literal for r in node.redirects if r.operator == "<" and r.target]
    return words[1] if words else next(iter(redirected), None)
