"""Builtins that set variables: `export` and its kin, `unset`, `read`, `getopts`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.base.facts import Word
from gracelint.base.integers import whole
from gracelint.simulate.shell import records
from gracelint.simulate.world import FIFO

if TYPE_CHECKING:
    from collections.abc import Generator

    from gracelint.simulate.shell.flow import Tail
    from gracelint.simulate.shell.shell import Shell
    from gracelint.syntax.shell import tree as tree

    Run = Generator[records.Wait, Any, None]


def declare(shell: Shell, node: tree.Simple, words: list[Word], tail: Tail | None) -> Run:
    """`export`, `local`, `declare`, `readonly`, `typeset`."""
    del tail
    exports = words[0].value == "export" or any((w.value or "")[:2] == "-x" for w in words[1:2])
    arrays = {w.parts[0].value[:-1] for w in node.words[1:] if _declares_array(w)}  # type: ignore[union-attr]
    for name in arrays:
        shell.vars.arrays[name] = None
    for index, word in enumerate(words[1:], 1):
        if word.value is None:
            _unknown_declaration(shell, node, index, word)
            continue
        name, equals, value = word.value.partition("=")
        if not name or name[0] == "-" or name in arrays:
            continue
        if equals:
            name = name.removesuffix("+")
            shell.assign(name, Word(value, word.span))
        if exports:
            shell.vars.exported.add(name)
    shell.status = 0
    yield from ()


def _declares_array(word: tree.Words) -> bool:
    from gracelint.syntax.shell import tree as shelltree

    return len(word.parts) > 1 and isinstance(word.parts[1], shelltree.Elements)


def _unknown_declaration(shell: Shell, node: tree.Simple, index: int, word: Word) -> None:
    """`export A=$(…)`: the name is written, its value is not known."""
    if index < len(node.words):
        first = node.words[index].parts[0]
        text = getattr(first, "value", "")
        if "=" in text:
            name = text.partition("=")[0]
            shell.assign(name, Word(None, word.span, reason=word.reason))
            shell.vars.exported.add(name)


def unset(shell: Shell, node: tree.Simple, words: list[Word], tail: Tail | None) -> Run:
    """`unset`."""
    del node, tail
    for word in words[1:]:
        shell.vars.values.pop(word.value or "", None)
        shell.vars.arrays.pop(word.value or "", None)
        shell.vars.functions.pop(word.value or "", None)
    shell.status = 0
    yield from ()


def options(shell: Shell, node: tree.Simple, words: list[Word], tail: Tail | None) -> Run:
    """`getopts`, over arguments that are known."""
    del node, tail
    yield from ()
    spec = words[1].value if len(words) > 2 else None
    name = words[2].value if len(words) > 2 else None
    index = whole(shell.vars.values.get("OPTIND", Word("1")).value)
    if (
        spec is None
        or name is None
        or index is None
        or index < 1
        or any(w.value is None for w in shell.args)
    ):
        shell.status = None
        return
    at = index - 1
    value = (shell.args[at].value or "") if at < len(shell.args) else ""
    if len(value) < 2 or value[0] != "-" or value == "--":
        shell.assign("OPTIND", Word(str(at + 1 + (value == "--"))))
        shell.assign(name, Word("?"))
        shell.status = 1
        return
    letter = value[1]
    where = spec.find(letter)
    takes = where >= 0 and spec[where + 1 : where + 2] == ":"
    if takes and len(value) == 2 and at + 1 < len(shell.args):
        shell.assign("OPTARG", shell.args[at + 1])
        at += 1
    elif takes:
        shell.assign("OPTARG", Word(value[2:]))
    elif len(value) > 2:
        shell.status = None
        return
    shell.assign("OPTIND", Word(str(at + 2)))
    shell.assign(name, Word(letter if where >= 0 else "?"))
    shell.status = 0


def _on_a_pipe(shell: Shell, redirect: tree.Redirect) -> bool:
    """Whether a named pipe is read, to which nobody writes."""
    target = redirect.target.literal if redirect.target is not None else None
    if redirect.operator == "<&":
        return whole(target) in shell.fifos
    return shell.world.written.get(target or "") == FIFO


def read(shell: Shell, node: tree.Simple, words: list[Word], tail: Tail | None) -> Run:
    """`read`, `mapfile`: what comes through a pipe may be known, everything else is not."""
    del tail
    blocked = any(_on_a_pipe(shell, redirect) for redirect in node.redirects)
    while blocked:
        yield records.Wait([], builtin=True, node=node, span=shell.script.span(node))
        yield from shell.run_pending()
        blocked = shell.kind.reopens
    names = [w.value for w in words[1:] if w.value and w.value[0].isalpha()]
    for name in names:
        shell.assign(name, Word(None, reason=f"`${name}` is read at run time"))
    shell.status = None
    line = _piped_line(shell)
    if words[0].value == "read" and len(names) == 1 and line is not None:
        shell.assign(names[0], Word(line.strip(" \t"), shell.script.span(node)))
        shell.status = 0
    yield from ()


def _piped_line(shell: Shell) -> str | None:
    """The first line that was written to the pipe, where it is known and has no escapes in it."""
    written = shell.input
    if not written or None in written:
        return None
    text = "".join(part or "" for part in written)
    line, end, _ = text.partition("\n")
    return line if end and "\\" not in line else None
