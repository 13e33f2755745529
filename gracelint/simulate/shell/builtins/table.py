"""The builtins by name."""

from __future__ import annotations

from gracelint.base import lazy
from gracelint.base.facts import Word
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import replace
from gracelint.simulate import absent
from gracelint.simulate.shell import compound, external
from gracelint.simulate.shell.builtins import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from gracelint.simulate.shell.records import Call
    from gracelint.simulate.shell.state import Shell


def command(shell: Shell, call: Call) -> None:
    """`command x`, `builtin x`, `type x`."""
    args = call.args
    if call.words[0].value == "type" and args and args[0].value == "-t":
        _type(shell, call)
        return
    lookup = call.words[0].value in {"type", "hash"}
    if lookup or (args and args[0].value in {"-v", "-V"}):
        named = [a.value for a in args if a.value is not None and a.value[:1] != "-"]
        places = [_place(shell, name) for name in named]
        sought = [name for name, place in zip(named, places, strict=True) if place is None]
        missing = any(absent.command(shell, (Word(name),), asked=True) for name in sought)
        shell.status = int(missing) if named and (missing or None not in places) else None
        if missing and len(named) == 1:
            places = []
        elif named == sought and len(sought) == 1 and not missing and "substitution" in shell.stack:
            found = compound.choose(shell, call.node, default=True)
            places, shell.status = [f"/usr/bin/{sought[0]}"] if found else [], int(not found)
        told = None not in places and not (places and _in_words(call))
        shell.write("".join(f"{place}\n" for place in places) if told else None)
        return
    while args and args[0].value in {"-p", "--"}:
        args = args[1:]
    if not args:
        shell.status = 0
        return
    if has(shell, args[0].plain):
        TABLE[args[0].plain](shell, replace(call, words=args))
        return
    tail = call.tail.leaf(call.node, trapped=shell.trapped) if call.tail else None
    external.run(shell, replace(call, words=args, tail=tail), shell.vars.environment())


def _in_words(call: Call) -> bool:
    """Whether it does not write the paths alone: `type` says what each command is, in a sentence,
    and `hash` nothing.
    """
    given = {word.value for word in call.args}
    return given.isdisjoint({"-p", "-P"}) if call.words[0].value == "type" else "-v" not in given


def _type(shell: Shell, call: Call) -> None:
    """bash's `type -t NAME…`: one word for each of them that there is."""
    if shell.kind.dialect in {"posix", "ash"}:
        shell.status = 127  # there `-t` is itself taken for a name
        shell.write(None)
        return
    kinds = []
    for word in call.args[1:]:
        kind = _kind(shell, word)
        if kind is None:
            kind = "file" if compound.choose(shell, call.node, default=True) else ""
        kinds.append(kind)
    shell.status, shell.assumed = int("" in kinds), False
    plain.write(shell, call, "".join(f"{kind}\n" for kind in kinds if kind))


_KEYWORDS = frozenset(
    (
        *("if", "then", "else", "elif", "fi", "case", "esac", "for", "select", "while", "until"),
        *("do", "done", "in", "function", "time", "{", "}", "!", "[[", "]]", "coproc"),
    )
)


def _kind(shell: Shell, word: Word) -> str | None:
    """What `type -t` says of a name, "" where nothing is called so; None: not known."""
    name = word.value
    if name is None:
        return None
    if name in shell.vars.aliases and "expand_aliases" in shell.options:
        return "alias"
    if name in _KEYWORDS:
        return "keyword"
    if name in shell.vars.functions:
        return "function"
    if has(shell, name):
        return "builtin"
    if _place(shell, name) is not None:
        return "file"
    return "" if absent.command(shell, (word,), asked=True) else None


_NOT_IN_ASH = frozenset(
    {"builtin", "caller", "declare", "disown", "dirs", "enable", "mapfile", "popd", "pushd"}
    | {"readarray", "shopt", "typeset"}
)
_NOT_IN_DASH = _NOT_IN_ASH | {"let", "source"}
_NO_PROGRAMS = _NOT_IN_DASH - {"enable"}


def has(shell: Shell, name: str) -> bool:
    """Whether a name is a builtin of this shell."""
    lacks = {"posix": _NOT_IN_DASH, "ash": _NOT_IN_ASH}.get(shell.kind.dialect, frozenset())
    return name in TABLE and name not in lacks


def lacks(shell: Shell, name: str) -> bool:
    """Whether a name is a builtin of other shells, and here a command that is not found."""
    return name in _NO_PROGRAMS and not has(shell, name)


def _place(shell: Shell, name: str) -> str | None:
    """What `command -v` says of a name; None: not known."""
    if has(shell, name) or name in shell.vars.functions:
        return name
    path = shell.vars.values.get("PATH")
    file = shell.world.file(name, (path.value if path else None) or "", shell.folder)
    if file is not None:
        return file.path
    return f"/usr/bin/{name}" if absent.is_the_command(shell, name) else None


_FLOW = "gracelint.simulate.shell.builtins.flow"
_JOBS = "gracelint.simulate.shell.builtins.jobs"
_OPTIONS = "gracelint.simulate.shell.builtins.options"
_TRAPS = "gracelint.simulate.shell.builtins.traps"
_VARIABLES = "gracelint.simulate.shell.builtins.variables"
TABLE: dict[str, Callable[[Shell, Call], None]] = {
    **dict.fromkeys(("true", "false", ":"), plain.true),
    **dict.fromkeys(("test", "["), plain.test),
    "echo": plain.echo,
    "printf": plain.printf,
    **dict.fromkeys(("exit", "return", "break", "continue"), lazy.function(_FLOW, "leave")),
    **dict.fromkeys(("cd", "pushd", "popd"), lazy.function(_FLOW, "change_folder")),
    **dict.fromkeys((".", "source"), lazy.function(_FLOW, "source")),
    "alias": lazy.function(_VARIABLES, "alias"),
    "exec": lazy.function(_FLOW, "execute"),
    "eval": lazy.function(_FLOW, "evaluate"),
    "let": lazy.function(_FLOW, "let"),
    **dict.fromkeys(("command", "builtin", "type", "hash"), command),
    **dict.fromkeys(
        ("export", "local", "declare", "readonly", "typeset"), lazy.function(_VARIABLES, "declare")
    ),
    **dict.fromkeys(("read", "mapfile", "readarray"), lazy.function(_VARIABLES, "read")),
    "unset": lazy.function(_VARIABLES, "unset"),
    "set": lazy.function(_OPTIONS, "set_options"),
    "shift": lazy.function(_OPTIONS, "shift"),
    "shopt": lazy.function(_OPTIONS, "shell_options"),
    "getopts": lazy.function(_OPTIONS, "getopts"),
    "trap": lazy.function(_TRAPS, "trap"),
    "pwd": plain.working_directory,
    "wait": lazy.function(_JOBS, "wait"),
    "kill": lazy.function(_JOBS, "kill"),
    "jobs": lazy.function(_JOBS, "list_jobs"),
    "fg": lazy.function(_JOBS, "foreground"),
    "disown": lazy.function(_JOBS, "disown"),
    **dict.fromkeys(("umask", "ulimit", "unalias", "times", "enable"), plain.nothing),
    **dict.fromkeys(("bind", "help", "history", "dirs", "logout"), plain.nothing),
    **dict.fromkeys(("setopt", "unsetopt", "emulate", "caller", "bg"), plain.nothing),
}
