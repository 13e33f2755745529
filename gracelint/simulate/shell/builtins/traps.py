"""`trap`: handlers, their signals, and what each shell accepts."""

from __future__ import annotations

from gracelint.base import signals
from gracelint.base.facts import Word
from gracelint.base.typed import TYPE_CHECKING
from gracelint.model.snapshot import Trap
from gracelint.simulate.shell.builtins.plain import write
from gracelint.syntax.shell import tree

if TYPE_CHECKING:
    from gracelint.simulate.shell.records import Call
    from gracelint.simulate.shell.state import Shell


def trap(shell: Shell, call: Call) -> None:
    """`trap ACTION SIGNAL…`, `trap - SIGNAL…`, `trap SIGNAL`."""
    args = call.args
    if args and args[0].value == "--":
        args = args[1:]
    shell.status = 0
    if not args or args[0].value in {"-p", "-l"}:
        if call.words[-1].value != "-l":
            _print(shell, call, [accepted(shell, word.value) for word in args[1:]])
        return
    action: Word | None = args[0]
    if len(args) == 1 or args[0].plain.isdigit():
        action = None if len(args) > 1 or args[0].value != "" else action
        args = args if action is None else args[1:]
    else:
        args = args[1:]
        action = None if action is not None and action.value == "-" else action
    for word in args:
        _set(shell, action, word, call.node)
        if shell.status and shell.kind.dialect == "posix":
            return  # dash does not look at the names behind one that it rejects


def _print(shell: Shell, call: Call, names: list[str | None]) -> None:
    """`trap`, `trap -p TERM`: the commands that set what is in force, to be kept for later."""
    own = any(trap.action.value for trap in shell.traps.values())
    traps = shell.traps if own else {**shell.outer_traps, **shell.traps}
    shown = {n: t.action.value for n, t in traps.items() if not names or n in names}
    if shell.kind.dialect != "bash" or None in shown.values():
        write(shell, call, None)
        return
    quoted = {name: (text or "").replace("'", "'\\''") for name, text in shown.items()}
    signs = {name: "" if name in _EVENTS else "SIG" for name in shown}
    write(shell, call, "".join(f"trap -- '{t}' {signs[n]}{n}\n" for n, t in quoted.items()))


def by_name(shell: Shell, function: tree.Function) -> None:
    """A function of zsh that is called after a signal: `TRAPTERM() { … }`.

    Its argument is the signal's number; a `return` with another status than 0 ends the script.
    """
    name = function.name.removeprefix("TRAP")
    if name == function.name or accepted(shell, name) is None:
        return
    value = signals.number(name) if name not in _EVENTS else 0
    leaves = " || exit" if "return" in shell.span(function).text and name not in _EVENTS else ""
    node = tree.Simple(function.start, function.end, (), ())
    span = shell.span(function)
    shell.reset -= {name}
    shell.ever_trapped = True
    shell.trapped_in[name] = len(shell.frames)
    shell.traps[name] = Trap(
        Word(f"{function.name} {value}{leaves}", span), span, shell.script, node
    )


def _set(shell: Shell, action: Word | None, word: Word, node: tree.Simple) -> None:
    span, name = shell.span(node), accepted(shell, word.value)
    if name is None:
        shell.rejected += ((word.plain, word.span or span),)
        shell.status = 1
        return
    if action is None:
        if shell.traps.pop(name, None) is not None:
            shell.reset |= {name}
        return
    shell.reset -= {name}
    shell.ever_trapped = shell.ever_trapped or action.value != ""
    shell.trapped_in[name] = len(shell.frames)
    shell.traps[name] = Trap(action, span, shell.script, node, _early(node))
    if action.value and action.text is not None:
        shell.world.scripts.look_ahead(action.text, shell.kind.dialect)
    if action.value == "":
        shell.world.ignoring[name] = shell.traps[name]


_EVENTS = frozenset({"EXIT", "ERR", "DEBUG", "RETURN"})
_UNKNOWN_EVENTS = {"posix": _EVENTS - {"EXIT"}, "ash": frozenset({"DEBUG", "RETURN"})}


def accepted(shell: Shell, value: str | None) -> str | None:
    """The signal (or EXIT) that this shell takes a trap's name for; None: it refuses it."""
    if value is None:
        return None
    upper = value.upper()
    if value == "0" or upper in _EVENTS:
        known = upper not in _UNKNOWN_EVENTS.get(shell.kind.dialect, ())
        return "EXIT" if value == "0" else upper if known else None
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
    return tuple(p.name for p in parts if isinstance(p, tree.Parameter))
