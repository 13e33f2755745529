"""What a shell reads: pipes, files, here-documents and here-strings, as far as they are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.simulate.shell.words import single

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gracelint.base.facts import Word
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
            found = _holding(shell, contents(shell, target.value))
        elif redirect.operator in {"<&", "<>"}:
            found = _holding(shell, None)
    return found


def contents(shell: Shell, path: str | None) -> str | None:
    """The text of a small file, as the run wrote it or the image has it; None: unknown."""
    if path is None:
        return None
    if path == "/dev/null":
        return ""
    if path in shell.world.written:
        return shell.world.written[path]
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
    if pipe is None or any(shell.kernel.task(pid).alive for pid in shell.writers):
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
    writing = any(shell.kernel.task(pid).alive for pid in shell.writers)
    return None if writing and "\n" not in left else left
