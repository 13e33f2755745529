"""`trap`: handlers, their signals, and what each shell accepts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.base import signals
from gracelint.simulate.shell import records
from gracelint.syntax.shell import tree as shelltree

if TYPE_CHECKING:
    from collections.abc import Generator

    from gracelint.base.facts import Word
    from gracelint.simulate.shell.flow import Tail
    from gracelint.simulate.shell.shell import Shell
    from gracelint.syntax.shell import tree as tree

    Run = Generator[records.Wait, Any, None]


def trap(shell: Shell, node: tree.Simple, words: list[Word], tail: Tail | None) -> Run:
    """`trap ACTION SIGNAL…`, `trap - SIGNAL…`, `trap SIGNAL`."""
    del tail
    yield from ()
    args = words[1:]
    if args and args[0].value == "--":
        args = args[1:]
    shell.status = 0
    if not args or args[0].value in {"-p", "-l"}:
        return
    span = shell.script.span(node)
    action: Word | None = args[0]
    if len(args) == 1 or (args[0].value or "").isdigit():
        action = None if len(args) > 1 or args[0].value != "" else action
        args = args if action is None else args[1:]
    else:
        args = args[1:]
        action = None if action is not None and action.value == "-" else action
    for word in args:
        _set(shell, action, word, span, node)
        if shell.status and shell.kind.dialect == "posix":
            return  # dash does not look at the names behind one that it rejects


def _set(shell: Shell, action: Word | None, word: Word, span: Any, node: tree.Simple) -> None:
    name = accepted(shell, word.value)
    if name is None:
        shell.rejected.append((word.value or "", word.span or span))
        shell.status = 1
        return
    if action is None:
        if shell.traps.pop(name, None) is not None:
            shell.reset.add(name)
        return
    shell.reset.discard(name)
    shell.ever_trapped = shell.ever_trapped or action.value != ""
    shell.traps[name] = records.Trap(action, span, shell.script, node, _early(node))
    if action.value == "":
        shell.world.ignoring[name] = shell.traps[name]


def accepted(shell: Shell, value: str | None) -> str | None:
    """The signal (or EXIT) that this shell takes a trap's name for; None: it refuses it."""
    if value is None:
        return None
    upper = value.upper()
    if value == "0" or upper in {"EXIT", "ERR", "DEBUG", "RETURN"}:
        return "EXIT" if value == "0" else upper
    if value.isdigit():
        return signals.parse(value)
    if upper.startswith("SIG") and not shell.kind.sig_prefix:
        return None
    return signals.parse(value)


def _early(node: tree.Simple) -> tuple[str, ...]:
    """The variables that a double-quoted action expands when it is set."""
    if len(node.words) < 2:
        return ()
    parts = node.words[1].parts
    return tuple(p.name for p in parts if isinstance(p, shelltree.Parameter))
