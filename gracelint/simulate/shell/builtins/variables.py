"""Builtins that set variables: `export` and its kin, `unset`, `read`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.facts import Word
from gracelint.base.integers import whole
from gracelint.simulate.shell import stdin
from gracelint.simulate.shell.parameters import put_all
from gracelint.simulate.shell.waiting import pause, wait_for_any
from gracelint.simulate.shell.words import MAX_FIELDS, expand
from gracelint.simulate.world import FIFO
from gracelint.syntax.shell import tree

if TYPE_CHECKING:
    from gracelint.simulate.shell.records import Call
    from gracelint.simulate.shell.state import Shell


def declare(shell: Shell, call: Call) -> None:
    """`export`, `local`, `declare`, `readonly`, `typeset`."""
    words, variables = call.words, shell.vars
    exports = words[0].value == "export" or any((w.value or "")[:2] == "-x" for w in words[1:2])
    if any((w.value or "")[:1] == "-" and "A" in (w.value or "") for w in words[1:2]):
        for written in call.node.words[2:]:
            name, values = _associated(shell, written)
            variables.associate(name)
            put_all(shell, name, values)
        shell.status = 0
        return
    arrays = {_array(w) for w in call.node.words[1:]} - {None}
    for array in arrays:
        variables.fill(array or "", None)
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


def _associated(shell: Shell, word: tree.Words) -> tuple[str, tuple[Word, ...]]:
    """The name, and what is written behind it, of `declare -A name=([a]=1)`."""
    first = word.parts[0] if word.parts else None
    name = first.value.partition("=")[0] if isinstance(first, tree.Chars) else ""
    inner = [part for part in word.parts if isinstance(part, tree.Elements)]
    return name, expand(shell, inner[0].words) if inner else ()


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
    """`read`, `mapfile`: a line, or all lines, of what is known to be written."""
    if any(_on_a_pipe(shell, redirect) for redirect in call.node.redirects):
        _blocked(shell, call)
    else:
        _fill(shell, call)


def _blocked(shell: Shell, call: Call) -> None:
    """Wait for somebody to write to a named pipe, which nobody does; only signals end that."""
    wait_for_any(shell, (), call.node)
    shell.then(shell.parts.run_pending)
    shell.then(_blocked if shell.kind.reopens else _unread, call)


def _on_a_pipe(shell: Shell, redirect: tree.Redirect) -> bool:
    """Whether a named pipe is read, to which nobody writes."""
    target = redirect.target.literal if redirect.target is not None else None
    if redirect.operator == "<&":
        return whole(target) in shell.fifos
    return shell.world.written.get(target or "") == FIFO


def _fill(shell: Shell, call: Call) -> None:
    given = stdin.opened(shell, call.node.redirects, call.targets)
    options, names = _options(call)
    if "u" in options:
        given = shell.descriptors.get(whole(options.pop("u")) or 0, given)
    pipe = shell.input if given is None else given
    streaming = [task for task in stdin.writers(shell, pipe) if task.parent is shell.me]
    if (streaming and call.words[0].value != "read") or (
        streaming and not shell.world.pipes[pipe or 0]
    ):
        _until_written(shell, call, streaming[0].pid, brief=stdin.at_work(streaming))
        return
    kept, shell.input = shell.input, pipe
    if call.words[0].value == "read":
        _read_line(shell, call, options, names)
    else:
        _read_lines(shell, call, options, names)
    shell.input = kept


def _until_written(shell: Shell, call: Call, pid: int, *, brief: bool) -> None:
    """Wait for what writes: a moment for a command, else until a program has ended."""
    if brief:
        pause(shell, call.node)
    else:
        wait_for_any(shell, (pid,), call.node)
        shell.then(shell.parts.run_pending)
    shell.then(_fill, call)


_TAKES = {"read": "adinNptu", "mapfile": "dnOsucC", "readarray": "dnOsucC"}


def _options(call: Call) -> tuple[dict[str, str | None], list[str]]:
    """The options with their values, and the names."""
    found: dict[str, str | None] = {}
    takes = _TAKES[call.words[0].value or ""]
    args = [word.value for word in call.args]
    while args and args[0] is not None and args[0][:1] == "-" and len(args[0]) > 1:
        letters = (args.pop(0) or "")[1:]
        if letters == "-":
            break
        while letters:
            letter, letters = letters[0], letters[1:]
            found[letter] = ""
            if letter in takes:
                found[letter] = letters or (args.pop(0) if args else None)
                letters = ""
    return found, [name for name in args if name]


def _read_line(shell: Shell, call: Call, options: dict[str, str | None], names: list[str]) -> None:
    whole_ = options.get("d") == ""
    taken = stdin.rest(shell) if whole_ else stdin.line(shell)
    if taken is None or options.keys() & set("nN") or options.get("d") not in {None, ""}:
        _unread(shell, call)
        return
    text, ended = taken
    if "r" not in options and "\\" in text:
        _unread(shell, call)
        return
    shell.status, shell.assumed = int(not ended), False
    ifs = shell.vars.values.get("IFS")
    separators = " \t\n" if ifs is None else ifs.value
    span = shell.span(call.node)
    if separators is None:
        _unread(shell, call)
    elif (array := options.get("a")) is not None:
        shell.vars.fill(array, tuple(Word(w, span) for w in _split(text, separators, 0)))
    else:
        values = _split(text, separators, len(names) or 1)
        for index, name in enumerate(names or ["REPLY"]):
            shell.vars.assign(name, Word(values[index] if index < len(values) else "", span))


def _split(text: str, separators: str, most: int) -> list[str]:
    """Fields as `read` makes them; the last of `most` takes what is left (0: no limit)."""
    blanks = "".join(c for c in separators if c in " \t\n")
    others = set(separators) - set(blanks)
    rest = text.strip(blanks) if blanks else text
    found: list[str] = []
    while rest and (not most or len(found) < most - 1):
        at = next((i for i, c in enumerate(rest) if c in separators), None)
        if at is None:
            break
        found.append(rest[:at])
        rest = rest[at:].lstrip(blanks) if blanks else rest[at:]
        if rest[:1] and rest[0] in others:
            rest = rest[1:].lstrip(blanks) if blanks else rest[1:]
    return [*found, rest] if rest or not found else found


def _read_lines(shell: Shell, call: Call, options: dict[str, str | None], names: list[str]) -> None:
    """`mapfile -t lines`."""
    taken = stdin.rest(shell)
    name = names[0] if names else "MAPFILE"
    if taken is None or options.keys() - {"t"}:
        shell.vars.fill(name, None)
    else:
        lines = taken[0].splitlines(keepends="t" not in options)
        span = shell.span(call.node)
        shell.vars.fill(name, tuple(Word(line, span) for line in lines[:MAX_FIELDS]))
    shell.status = 0


def _unread(shell: Shell, call: Call) -> None:
    """What is read is not known, nor whether there is anything."""
    options, names = _options(call)
    if array := options.get("a"):
        shell.vars.fill(array, None)
    for name in names or ["REPLY"]:
        if name[0].isalpha() or name[0] == "_":
            shell.vars.assign(name, Word(None, reason=f"`${name}` is read at run time"))
    shell.status = None
