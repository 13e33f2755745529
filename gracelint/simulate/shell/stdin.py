"""What a shell reads: pipes, files, here-documents and here-strings, as far as they are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.facts import Word
from gracelint.base.integers import whole
from gracelint.simulate.shell.words import single
from gracelint.syntax.shell.parse import inner_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gracelint.base.source import Text
    from gracelint.simulate.kernel import Task
    from gracelint.simulate.shell.records import Call
    from gracelint.simulate.shell.state import Shell
    from gracelint.syntax.shell import tree

MAX_TEXT = 20_000
"""A longer file counts as unknown."""

Taken = tuple[str, bool]
"""Text without its line ending, and whether there was one."""


def opened(
    shell: Shell, redirects: Sequence[tree.Redirect], targets: Sequence[Word | None]
) -> int | None:
    """The pipe that stands for what redirections read from; None: they read from nothing else."""
    found: int | None = None
    for redirect, target in zip(redirects, targets, strict=False):
        if redirect.fd not in {None, 0}:
            continue
        if redirect.document is not None:
            found = _holding(shell, single(shell, redirect.document).value)
        elif redirect.operator == "<<<" and target is not None:
            found = _holding(shell, None if target.value is None else target.value + "\n")
        elif redirect.operator == "<" and target is not None:
            found = read_from(shell, target.value)
        elif redirect.operator == "<&" and target is not None:
            found = shell.descriptors.get(whole(target.value) or 0)
            found = _holding(shell, None) if found is None else found
        elif redirect.operator == "<>":
            found = _holding(shell, None)
    return found


def read_from(shell: Shell, path: str | None) -> int:
    """The pipe that stands for a file, or for what `<(…)` writes."""
    stream = shell.world.streams.get(path or "")
    return stream[0] if stream is not None else _holding(shell, contents(shell, path))


def writers(shell: Shell, pipe: int | None) -> list[Task]:
    """The processes that may still write to a pipe."""
    pids = list(shell.writers) if pipe == shell.input else []
    pids += [pid for at, pid in shell.world.streams.values() if at == pipe]
    tasks = [shell.kernel.task(pid) for pid in pids]
    return [task for task in tasks if task.alive]


def at_work(tasks: Sequence[Task]) -> bool:
    """Whether all of them are shells at something that is over in a moment."""
    waits = [getattr(task.body, "waiting", None) for task in tasks]
    return all(wait is not None and wait.seconds is not None for wait in waits)


def for_shell(shell: Shell, call: Call) -> Word | Text | None:
    """What a shell without a script reads: a here-document, a file, a pipe; None: not known."""
    for redirect, target in zip(call.node.redirects, call.targets, strict=False):
        if redirect.fd not in {None, 0}:
            continue
        if redirect.document is not None:
            inner = inner_text(shell.script, redirect.document)
            return single(shell, redirect.document) if inner is None else inner
        if redirect.operator == "<<<":
            return target
        if redirect.operator == "<" and target is not None and target.value is not None:
            file = shell.world.file(target.value, "", shell.cwd or "/")
            if file is not None and file.text is not None:
                return file.text
            text = contents(shell, target.value)
            return None if text is None else Word(text, target.span)
    text = all_of(shell, shell.input)
    return None if text is None else Word(text, shell.span(call.node))


def contents(shell: Shell, path: str | None) -> str | None:
    """The text of a small file, as the run wrote it or the image has it; None: unknown."""
    if path is None:
        return None
    if path == "/dev/null":
        return ""
    if path in shell.world.written:
        return shell.world.written[path]
    if path in shell.world.streams:
        return all_of(shell, shell.world.streams[path][0])
    if path == "/dev/stdin":
        return all_of(shell, shell.input)
    found = shell.world.file(path, "", shell.cwd or "/") if "/" in path else None
    found = found or shell.world.file(f"./{path}", "", shell.cwd or "/")
    if found is None or found.text is None or len(found.text.text) > MAX_TEXT:
        return None
    return found.text.text


def _holding(shell: Shell, text: str | None) -> int:
    pipe = shell.world.pipe()
    shell.world.pipes[pipe].append(text)
    return pipe


def rest(shell: Shell) -> Taken | None:
    """All that is left to read; None: not known. Without a pipe there is nothing: /dev/null."""
    text = _left(shell)
    if text is not None and shell.input is not None:
        shell.world.taken[shell.input] = shell.world.taken.get(shell.input, 0) + len(text)
    return None if text is None else (text, False)


def all_of(shell: Shell, pipe: int | None) -> str | None:
    """Everything in a pipe that another program is going to read; None: not known."""
    if pipe is None or writers(shell, pipe):
        return None
    written = shell.world.pipes[pipe]
    known = "".join(piece for piece in written if piece is not None)
    return None if None in written else known[shell.world.taken.get(pipe, 0) :]


def line(shell: Shell) -> Taken | None:
    """The next line; None: not known."""
    text = _left(shell)
    if text is None:
        return None
    found, end, _ = text.partition("\n")
    if shell.input is not None:
        taken = shell.world.taken.get(shell.input, 0)
        shell.world.taken[shell.input] = taken + len(found) + len(end)
    return found, bool(end)


def _left(shell: Shell) -> str | None:
    """What is in the pipe; None where something in it is not known, or somebody still writes."""
    if shell.input is None:
        return ""
    written = shell.world.pipes[shell.input]
    known = "".join(piece for piece in written if piece is not None)
    if None in written:
        return None
    left = known[shell.world.taken.get(shell.input, 0) :]
    writing = writers(shell, shell.input)
    return None if writing and "\n" not in left else left
