"""What parameters stand for: variables, positional and special ones, arrays."""

from __future__ import annotations

from gracelint.base import lazy
from gracelint.base.facts import Word
from gracelint.base.integers import whole
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import replace
from gracelint.simulate import braces
from gracelint.simulate.shell.state import EPOCH, Exit
from gracelint.syntax.shell import tree

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

    from gracelint.simulate.shell.state import Shell


_VARYING = frozenset({"RANDOM", "HOSTNAME", "LINENO"})


def value(shell: Shell, part: tree.Parameter) -> Word | None:
    """What a parameter stands for; None: it is unset."""
    name = part.name
    if part.operator == "indirect" and part.index is None:
        return _indirect(shell, replace(part, operator=""))
    if part.index is not None:
        word = _element(shell, name, part.index)
    elif name.isdigit():
        word = _positional(shell, whole(name))
    elif name in shell.vars.arrays or name in _OF_THE_SHELL:
        word = _element(shell, name, "0")
    else:
        word = _special(shell, name) or shell.vars.values.get(name)
    asked = name in shell.world.scripts.unset
    if word is None and part.index is None and name.isupper():
        word = _from_outside(shell, name)
    if word is None and not asked and "u" in shell.options and part.operator not in _HANDLES_UNSET:
        _refuse(shell, part)
    return word


_HANDLES_UNSET = frozenset({":-", "-", ":=", "=", ":?", "?", ":+", "+", "indirect"})


def _refuse(shell: Shell, part: tree.Parameter) -> None:
    """`set -u` ends the shell at a parameter that is unset, unless it is set from outside: what is
    meant to be is in capitals by custom. What the script has asked for before it does not demand.
    """
    if part.index is not None or part.name.isdigit() or part.name.islower():
        raise Exit(2 if shell.kind.dialect in {"posix", "ash"} else 1)
    shell.world.scripts.required[part.name] = None


def _from_outside(shell: Shell, name: str) -> Word | None:
    """A variable that nothing in sight sets: unset, or whatever who deploys has set it to."""
    if name in shell.world.deployed:
        return Word(None, reason=f"`${name}` is set from outside")
    shell.world.scripts.unset.pop(name, None)
    shell.world.scripts.unset[name] = None
    return None


def _positional(shell: Shell, index: int | None) -> Word | None:
    if index is None:
        return None
    if index == 0:
        return shell.name
    if any(w.many for w in shell.args[:index]):
        return Word(None, reason=f"`${index}` is not known")
    return shell.args[index - 1] if index <= len(shell.args) else None


_CLOCKS = frozenset({"SECONDS", "EPOCHSECONDS"})


def _changing(shell: Shell, name: str) -> Word | None:
    if name in _VARYING:
        return Word(None, reason=f"`${name}` differs from run to run")
    if shell.kind.dialect == "posix":
        return shell.vars.values.get(name)
    began = shell.clock if name == "SECONDS" else -EPOCH
    shell.kernel.clocked += 1
    return Word(str(int(shell.kernel.now - began)))


def _special(shell: Shell, name: str) -> Word | None:
    if name in _CLOCKS or name in _VARYING:
        return _changing(shell, name)
    match name:
        case "IFS":
            return shell.vars.values.get("IFS", Word(" \t\n"))
        case "#":
            if any(w.many for w in shell.args):
                return Word(None, reason="the number of arguments is not known")
            return Word(str(len(shell.args)))
        case "?":
            return Word(None if shell.status is None else str(shell.status), reason="`$?`")
        case "$" | "PPID" | "!":
            return _process(shell, name)
        case "-":
            return Word("".join(sorted(name for name in shell.options if len(name) == 1)))
        case "HOME":
            return shell.vars.values.get("HOME") or _home(shell)
        case "PWD":
            return Word(shell.cwd, reason="the working directory is not known")
    return None if shell.kind.dialect in braces.WITHOUT else _of_bash(shell, name)


def _home(shell: Shell) -> Word:
    """What the engine sets HOME to where the image does not."""
    return Word("/root" if shell.uid == "0" else None, reason="the user's home is not known")


def _of_bash(shell: Shell, name: str) -> Word | None:
    """What dash and ash do not set."""
    if name == "BASH_SOURCE":
        return shell.name
    if name == "BASHPID":
        return Word(str(shell.me.pid))
    return Word(shell.uid) if name in {"UID", "EUID"} and shell.uid is not None else None


def _parent(shell: Shell) -> Word:
    """The process that started the script; PID 1 has none, which counts as 0."""
    task = shell.kernel.by_pid(shell.pid)
    reason = "the parent of a shell that has ended is not known"
    return Word(None if task is None else str(task.first_parent or 0), reason=reason)


def _process(shell: Shell, name: str) -> Word | None:
    if name == "!":
        return _last_job(shell)
    if name == "PPID":
        return _parent(shell)
    return Word(str(shell.pid))


def _last_job(shell: Shell) -> Word | None:
    if not shell.jobs:
        return None
    return Word(str(shell.jobs[-1].pids[-1]))


def _indirect(shell: Shell, part: tree.Parameter) -> Word | None:
    """`${!x}`, `${!#}`: what the name that a parameter holds stands for."""
    target = value(shell, part)
    if target is None or target.value is None:
        return Word(None, reason=f"`${{!{part.name}}}` is not known")
    return value(shell, replace(part, name=target.value))


def _element(shell: Shell, name: str, index: str) -> Word | None:
    if name == "BASH_SOURCE":
        return shell.name
    if name in shell.vars.maps:
        return _entry(shell, name, index)
    values = _own(shell, name) if name in _OF_THE_SHELL else shell.vars.arrays.get(name, ())
    if values is None or any(w.many for w in values):
        return Word(None, reason=f"`${name}` is not known")
    if name not in shell.vars.arrays and name not in _OF_THE_SHELL and index == "0":
        return shell.vars.values.get(name)
    at = number_of(shell, index)
    if at is None:
        return Word(None, reason=f"`${{{name}[{index}]}}` is not known")
    return values[at] if -len(values) <= at < len(values) else None


def _entry(shell: Shell, name: str, index: str) -> Word | None:
    """The value of an associative array under a key, which may be a variable."""
    entries, key = shell.vars.maps[name], key_of(shell, index)
    if entries is None or key is None:
        return Word(None, reason=f"`${{{name}[{index}]}}` is not known")
    return entries.get(key)


def key_of(shell: Shell, index: str) -> str | None:
    """The text between the brackets of an associative array; None: unknown."""
    text = index.strip("\"'")
    left = _VARIABLE.sub("", text)
    values = [_in_key(shell, match) for match in _VARIABLE.finditer(text)]
    if set(left) & set("$`\\\"'") or None in values:  # quotes inside are none of the key's
        return None
    found = iter(values)
    return _VARIABLE.sub(lambda _: next(found) or "", text)


_VARIABLE = lazy.compile(r"\$(?:([0-9!?#$]|[A-Za-z_]\w*)|\{([!?#$]|\w+)(?:(:?-)([^{}$`\"']*))?\})")


def _in_key(shell: Shell, match: re.Match[str]) -> str | None:
    """The value of `$x`, `${x}` or `${x:-default}` in the key of an array; None: unknown."""
    name = match[1] or match[2]
    if name.isdigit():
        word = _positional(shell, whole(name))
    else:
        word = _special(shell, name) or shell.vars.values.get(name)
    if match[3] and (word is None or (word.value == "" and match[3] == ":-")):
        return match[4] or ""
    return None if word is None else word.value


MAX_VALUE = 20_000
"""A longer value counts as unknown."""


def appended(old: Word | None, new: Word) -> Word:
    """What `name+=value` makes of a value."""
    if old is None:
        return new
    if old.value is None or new.value is None:
        return old if old.value is None else new
    return Word((old.value + new.value)[:MAX_VALUE], new.span)


def put_all(shell: Shell, name: str, values: Sequence[Word]) -> None:
    """`([a]=1 [b]=2)` into an associative array."""
    for word in values:
        head, is_set, value = word.plain.partition("]=")
        key = head.removeprefix("[").strip("\"'") if is_set and head.startswith("[") else None
        shell.vars.put(name, key, Word(value, word.span))


def number_of(shell: Shell, index: str) -> int | None:
    """The index of an indexed array: a number, or a variable that holds one."""
    number = whole(index)
    if number is not None:
        return number
    name = index.removeprefix("$").removeprefix("{").removesuffix("}")
    behind = 0
    if name.endswith(("+1", "-1")):
        name, behind = name[:-2], int(name[-2:])
    if name.endswith(("]", "@")) and name.startswith("#"):
        values = shell.vars.arrays.get(name[1:].partition("[")[0])
        return None if values is None else len(values) + behind
    if name == "#":
        return None if any(w.many for w in shell.args) else len(shell.args) + behind
    word = shell.vars.values.get(name)
    amount = None if word is None else whole(word.value)
    return None if amount is None else amount + behind


def keys(shell: Shell, name: str) -> Sequence[Word] | None:
    """`${!a[@]}`: the keys of an array; None: unknown."""
    if name in shell.vars.maps:
        entries = shell.vars.maps[name]
        return None if entries is None else [Word(key) for key in entries]
    values = shell.vars.arrays.get(name, ())
    if values is None or any(w.many for w in values):
        return None
    if name not in shell.vars.arrays:
        return [Word("0")] if name in shell.vars.values else []
    return [Word(str(number)) for number in range(len(values))]


_OF_THE_SHELL = frozenset({"FUNCNAME", "PIPESTATUS"})


def _own(shell: Shell, name: str) -> Sequence[Word]:
    """`FUNCNAME`: the functions being run, the innermost first. `PIPESTATUS`: the statuses of the
    last pipeline's parts; a command alone is a pipeline of one part.
    """
    if shell.kind.dialect in {"posix", "ash"}:
        return []
    if name == "PIPESTATUS":
        parts = shell.piped or (shell.status,)
        return [Word(None if s is None else str(s), reason="`$PIPESTATUS`") for s in parts]
    names = [*reversed(shell.frames), "main"] if shell.frames else []
    return [Word(name) for name in names]


def many(shell: Shell, part: tree.Parameter) -> Sequence[Word] | None:
    """The values of `$@`, `$*` or a whole array; None: unknown."""
    if part.name in {"@", "*"}:
        return shell.args
    if part.name in _OF_THE_SHELL:
        return _own(shell, part.name)
    if part.name in shell.vars.maps:
        entries = shell.vars.maps[part.name]
        return None if entries is None else list(entries.values())
    if part.name in shell.vars.arrays:
        return shell.vars.arrays[part.name]
    word = shell.vars.values.get(part.name)
    return [] if word is None else [word]


def no_arguments(shell: Shell, words: Sequence[tree.Words]) -> bool:
    """Whether words are lists such as `"$@"` that are known to be empty."""
    parts = [part for word in words for part in word.parts]
    return all(
        isinstance(p, tree.Parameter)
        and not p.operator
        and (p.name in {"@", "*"} or p.index in {"@", "*"})
        and not many(shell, p)
        and many(shell, p) is not None
        for p in parts
    )


def replaced(shell: Shell, first: tree.Words, words: Sequence[Word]) -> bool:
    """Whether an option has come to be a command's name, as nothing in sight sets the variable
    that stands in front of it.
    """
    part = first.parts[0] if len(first.parts) == 1 else None
    if not isinstance(part, tree.Parameter) or not words[0].plain.startswith("-"):
        return False
    return part.name.isupper() and value(shell, part) is None
