"""What a preStop hook sends to the processes of its container before the stop signal comes.

Only what names its target is followed: `pkill`, `killall`, and `kill` with `pidof` or `pgrep`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base import signals
from gracelint.syntax.shell import tree
from gracelint.syntax.shell.invoked import shell_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gracelint.model.workload import Command, Hook
    from gracelint.simulate.kernel import Kernel, Task

_BY_NAME = frozenset({"pkill", "killall"})
_FINDS = frozenset({"pidof", "pgrep"})


def send(kernel: Kernel, hooks: Iterable[Hook]) -> None:
    """Send what the hooks send; PID 1 gets its own signal in any case."""
    for hook in hooks:
        if hook.when != "preStop" or hook.command is None:
            continue
        for signal, name in _sent(hook.command):
            for task in kernel.living:
                if task is not kernel.root and _called(task) == name:
                    kernel.kill(task, signal)


def _called(task: Task) -> str:
    return (task.argv[0].value or "").rpartition("/")[2] if task.argv else ""


def _sent(command: Command) -> Iterator[tuple[str, str]]:
    """Each signal with the name of its target."""
    from gracelint.syntax.shell.parse import parse, walk

    word = shell_text(command.argv)
    if word is None:
        yield from _by_name([each.value for each in command.words])
        return
    if word.text is None:
        return
    for node in walk(parse(word.text).body):
        if isinstance(node, tree.Simple) and node.words:
            words = [each.literal for each in node.words]
            yield from _by_name(words)
            if words[0] == "kill":
                yield from ((_signal(words[1:]), name) for name in _looked_up(node))


def _by_name(words: Sequence[str | None]) -> Iterator[tuple[str, str]]:
    """What `pkill` or `killall` send."""
    if words and (words[0] or "").rpartition("/")[2] in _BY_NAME and None not in words:
        names = [word for word in words[1:] if word and word[0] != "-"]
        yield from ((_signal(words[1:]), name) for name in names[-1:])


def _signal(options: Iterable[str | None]) -> str:
    """The signal among options, TERM unless one names another."""
    given = [(option or "").lstrip("-") for option in options if (option or "").startswith("-")]
    return next((named for each in given if (named := signals.parse(each))), "TERM")


def _looked_up(kill: tree.Simple) -> Iterator[str]:
    """The names that `$(pidof NAME)` among a command's words looks for."""
    from gracelint.syntax.shell.parse import walk

    for word in kill.words[1:]:
        for node in walk(word):
            if isinstance(node, tree.Simple) and node.words and node.words[0].literal in _FINDS:
                name = node.words[-1].literal
                if name:
                    yield name
