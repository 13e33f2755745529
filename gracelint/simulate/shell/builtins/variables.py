"""Builtins that set variables: `export` and its kin, `unset`, `read`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.facts import Word
from gracelint.base.integers import whole
from gracelint.simulate.shell.waiting import wait_for_any
from gracelint.simulate.world import FIFO
from gracelint.syntax.shell import tree

if TYPE_CHECKING:
    from gracelint.simulate.shell.records import Call
    from gracelint.simulate.shell.state import Shell


def declare(shell: Shell, call: Call) -> None:
    """`export`, `local`, `declare`, `readonly`, `typeset`."""
    words, variables = call.words, shell.vars
    exports = words[0].value == "export" or any((w.value or "")[:2] == "-x" for w in words[1:2])
    arrays = {_array(w) for w in call.node.words[1:]} - {None}
    for name in arrays:
        variables.fill(name or "", None)
    for index, word in enumerate(words[1:], 1):
        if word.value is None:
            _declare_unknown(shell, call.node, index, word)
            continue
        name, equals, value = word.value.partition("=")
        if not name or name[0] == "-" or name in arrays:
            continue
        if equals:
            name = name.removesuffix("+")
            variables.assign(name, Word(value, word.span))
        if exports:
            variables.export(name)
    shell.status = 0


def _array(word: tree.Words) -> str | None:
    """The array that an argument such as `list=(a b)` sets."""
    if len(word.parts) > 1 and isinstance(word.parts[1], tree.Elements):
        return getattr(word.parts[0], "value", "")[:-1]
    return None


def _declare_unknown(shell: Shell, node: tree.Simple, index: int, word: Word) -> None:
    """`export A=$(…)`: the name is written, its value is not known."""
    if index < len(node.words):
        first = node.words[index].parts[0]
        text = getattr(first, "value", "")
        if "=" in text:
            name = text.partition("=")[0]
            shell.vars.assign(name, Word(None, word.span, reason=word.reason))
            shell.vars.export(name)


def unset(shell: Shell, call: Call) -> None:
    """`unset`."""
    for word in call.args:
        shell.vars.unset(word.value or "")
    shell.status = 0


def read(shell: Shell, call: Call) -> None:
    """`read`, `mapfile`: what comes through a pipe may be known, everything else is not."""
    if any(_on_a_pipe(shell, redirect) for redirect in call.node.redirects):
        _blocked(shell, call)
    else:
        _fill(shell, call)


def _blocked(shell: Shell, call: Call) -> None:
    """Wait for somebody to write to a named pipe, which nobody does; only signals end that."""
    wait_for_any(shell, (), call.node)
    shell.then(shell.parts.run_pending)
    shell.then(_blocked if shell.kind.reopens else _fill, call)


def _fill(shell: Shell, call: Call) -> None:
    names = [w.value for w in call.args if w.value and w.value[0].isalpha()]
    for name in names:
        shell.vars.assign(name, Word(None, reason=f"`${name}` is read at run time"))
    shell.status = None
    line = _piped_line(shell)
    if call.words[0].value == "read" and len(names) == 1 and line is not None:
        shell.vars.assign(names[0], Word(line.strip(" \t"), shell.span(call.node)))
        shell.status = 0


def _on_a_pipe(shell: Shell, redirect: tree.Redirect) -> bool:
    """Whether a named pipe is read, to which nobody writes."""
    target = redirect.target.literal if redirect.target is not None else None
    if redirect.operator == "<&":
        return whole(target) in shell.fifos
    return shell.world.written.get(target or "") == FIFO


def _piped_line(shell: Shell) -> str | None:
    """The first line that was written to the pipe, where it is known and has no escapes in it."""
    written = shell.read()
    if not written or None in written:
        return None
    text = "".join(part or "" for part in written)
    line, end, _ = text.partition("\n")
    return line if end and "\\" not in line else None
