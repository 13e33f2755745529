"""Builtins that set variables: `export` and its kin, `unset`, `read`."""

from __future__ import annotations

from gracelint.base import lazy
from gracelint.base.facts import Word
from gracelint.base.integers import whole
from gracelint.base.typed import TYPE_CHECKING, TypeAlias
from gracelint.model.snapshot import Waiting
from gracelint.simulate.shell import streams
from gracelint.simulate.shell.expansion import arithmetic
from gracelint.simulate.shell.expansion.parameters import appended, put_all
from gracelint.simulate.shell.expansion.words import MAX_FIELDS, expand, fields
from gracelint.simulate.shell.state import Exit
from gracelint.simulate.shell.waiting import wait_for_any
from gracelint.syntax.shell import tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gracelint.simulate.shell.records import Call
    from gracelint.simulate.shell.state import Shell


def declare(shell: Shell, call: Call) -> None:
    """`export`, `local`, `declare`, `readonly`, `typeset`."""
    words, variables = call.words, shell.vars
    option = words[1].plain if len(words) > 1 else ""
    letters = option if option[:1] == "-" else ""
    _refuse(shell, words[0].plain, letters)
    if shell.frames and words[0].value not in {"export", "readonly"} and "g" not in letters:
        _make_local(shell, call)
    exports = words[0].value == "export" or letters[:2] == "-x"
    if "A" in letters:
        for written in call.node.words[2:]:
            name, values = _associated(shell, written)
            variables.associate(name)
            put_all(shell, name, values)
        shell.status = 0
        return
    if "n" in letters and words[0].value != "export":
        _refer(shell, words[2:])
        return
    arrays = _fill(shell, call.node.words[1:])
    for index, word in enumerate(words[1:], 1):
        if word.value is None:
            _declare_unknown(shell, _written(call.node, index), word, exports=exports)
            continue
        name, equals, value = word.value.partition("=")
        if not name or name[0] == "-" or name in arrays:
            continue
        kinds = _CHANGING & set(letters) if words[0].value != "export" else frozenset[str]()
        name, appends = name.removesuffix("+"), name.endswith("+")
        variables.integers |= {name} if "i" in kinds else frozenset[str]()
        if equals:
            reason = f"`{letters}` changes what `${name}` is given"
            given = Word(_changed(shell, kinds, value), word.span, reason=reason)
            old = variables.values.get(name) if appends else None
            variables.assign(name, appended(old, given))
        if exports:
            variables.export(name)
    shell.status = 0


def _refuse(shell: Shell, name: str, letters: str) -> None:
    """dash and ash end at an option that is bash's, and at `local` outside of a function."""
    known = _OPTIONS.get(shell.kind.dialect)
    outside = name == "local" and not set(shell.frames) - {"source"}
    strange = known is not None and letters not in {"", "-", "--", *known.get(name, ())}
    if known is not None and (outside or strange):
        raise Exit(2)


_OPTIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "posix": {"export": ("-p",), "readonly": ("-p",)},
    "ash": {"export": ("-p", "-n"), "readonly": ("-p",)},
}


def _make_local(shell: Shell, call: Call) -> None:
    """Remember what the names stand for outside of the function."""
    for at, word in enumerate(call.words[1:], 1):
        name = word.plain.partition("=")[0].removesuffix("+")
        if not name and at < len(call.node.words):
            name = _array(call.node.words[at]) or _written(call.node, at)
        if name.isidentifier() and all(held.name != name for held in shell.scope):
            shell.scope += (shell.vars.held(name),)


_CHANGING = frozenset("iluc")
"""Letters of `declare` with which a value is calculated, or written in other letters."""


def _changed(shell: Shell, kinds: frozenset[str], value: str) -> str | None:
    """A value as these letters of `declare` have it; None: unknown."""
    if "i" in kinds:
        number = arithmetic.value(value, shell)
        return None if number is None else str(number)
    if "c" in kinds:
        return None
    return value.lower() if "l" in kinds else value.upper() if "u" in kinds else value


def _fill(shell: Shell, words: Sequence[tree.Words]) -> set[str]:
    """Set the arrays that are written with their values, `list=(a b)`; their names."""
    arrays = set()
    for word in words:
        if _array(word) is not None:
            name, values = _associated(shell, word)
            appends = name.endswith("+")
            arrays.add(name.removesuffix("+"))
            shell.vars.fill(name.removesuffix("+"), None if appends else values)
    return arrays


def _refer(shell: Shell, words: tuple[Word, ...]) -> None:
    """`local -n name=other`."""
    for word in words:
        name, _, other = word.plain.partition("=")
        if other:
            shell.vars.refer(name, other)
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


def _declare_unknown(shell: Shell, name: str, word: Word, *, exports: bool) -> None:
    """`export A=$(…)`: the name is written, its value is not known."""
    if name:
        shell.vars.assign(name, Word(None, word.span, reason=word.reason))
    if name and exports:
        shell.vars.export(name)


def _written(node: tree.Simple, index: int) -> str:
    """The name that an argument such as `A=$(…)` sets, whose value is not known; "" for none."""
    if index >= len(node.words) or _array(node.words[index]) is not None:
        return ""
    parts = node.words[index].parts
    name, equals, _ = (getattr(parts[0], "value", "") if parts else "").partition("=")
    return name if equals else ""


def alias(shell: Shell, call: Call) -> None:
    """`alias name='text'`; bash's scripts do not expand them."""
    shell.status = 0
    for word in call.args:
        name, is_set, text = word.plain.partition("=")
        expands = shell.kind.dialect in {"posix", "ash"} or "expand_aliases" in shell.options
        if is_set and expands:
            shell.vars.rename(name, Word(text, word.span))


def unset(shell: Shell, call: Call) -> None:
    """`unset`."""
    for word in call.args:
        shell.vars.unset(word.plain)
    shell.status = 0


def read(shell: Shell, call: Call) -> None:
    """`read`, `mapfile`: a line, or all lines, of what is known to be written."""
    options, names = _options(call)
    if options.get("u") == "":  # of a coprocess that has ended
        shell.status, shell.assumed = 1, False
        return
    pipe = shell.reads.get(whole(options.get("u", "0")) or 0)
    fill = _read_line if call.words[0].value == "read" else _read_lines
    if not fill(shell, call, options, names, pipe):
        _block(shell, call, pipe)


def _block(shell: Shell, call: Call, pipe: int | None) -> None:
    """Wait until those who write have ended; for a named pipe, until somebody writes at all."""
    patience = _seconds(_options(call)[0].get("t"))
    if patience is not None and pipe is not None and not shell.kernel.ended(pipe):
        span = shell.span(call.node)
        shell.wait(Waiting((), True, call.node, span, shell.stack, patience))
        shell.then(_timed_out, call)
    elif pipe is None or shell.kernel.ended(pipe):
        _unread(shell, call)
    else:
        shell.kernel.watch(pipe, shell.me.pid)
        wait_for_any(shell, streams.writing(shell, pipe), call.node)
        shell.then(_woken, call)


def _seconds(value: str | None) -> float | None:
    return float(value) if value is not None and _NUMBER.fullmatch(value) else None


_NUMBER = lazy.compile(r"[0-9]{1,6}(?:\.[0-9]{0,6})?|\.[0-9]{1,6}")
_TIMED_OUT = 142  # 128 and SIGALRM


def _timed_out(shell: Shell, call: Call) -> None:
    """`read -t` has waited for as long as it was told to, or a signal has come first."""
    _unread(shell, call)
    shell.status = _TIMED_OUT
    if isinstance(shell.answer, str):
        shell.parts.run_pending(shell)


def _woken(shell: Shell, call: Call) -> None:
    """A signal may have come first; some shells go on to read then."""
    if not isinstance(shell.answer, str):
        read(shell, call)
        return
    shell.parts.run_pending(shell)
    shell.then(read if shell.kind.reopens else _unread, call)


Options: TypeAlias = "dict[str, str | None]"
"""Options by their letters, with the values that they take."""

_TAKES = {"read": "adinNptu", "mapfile": "dnOsucC", "readarray": "dnOsucC"}


def _options(call: Call) -> tuple[Options, list[str]]:
    """The options with their values, and the names."""
    options: Options = {}
    takes = _TAKES[call.words[0].plain]
    args = [word.value for word in call.args]
    while args and args[0] is not None and args[0][:1] == "-" and len(args[0]) > 1:
        letters = (args.pop(0) or "")[1:]
        if letters == "-":
            break
        while letters:
            letter, letters = letters[0], letters[1:]
            options[letter] = ""
            if letter in takes:
                options[letter] = letters or (args.pop(0) if args else None)
                letters = ""
    return options, [name for name in args if name]


def _read_line(
    shell: Shell, call: Call, options: Options, names: list[str], pipe: int | None
) -> bool:
    """`read`; False: what there is to read is not known, or not there yet."""
    taken = streams.rest(shell, pipe) if options.get("d") == "" else streams.line(shell, pipe)
    if taken is None:
        return False
    if options.keys() & set("nN") or options.get("d") not in {None, ""}:
        _unread(shell, call)
        return True
    text, ended = taken
    if "r" not in options and "\\" in text:
        _unread(shell, call)
        return True
    shell.status, shell.assumed = int(not ended), False
    ifs = shell.vars.values.get("IFS")
    separators = " \t\n" if ifs is None else ifs.value
    span = shell.span(call.node)
    if separators is None:
        _unread(shell, call)
    elif (array := options.get("a")) is not None:
        shell.vars.fill(array, tuple(Word(w, span) for w in fields(text, separators)))
    else:
        values = fields(text, separators, len(names) or 1)
        for index, name in enumerate(names or ["REPLY"]):
            shell.vars.assign(name, Word(values[index] if index < len(values) else "", span))
    return True


def _read_lines(
    shell: Shell, call: Call, options: Options, names: list[str], pipe: int | None
) -> bool:
    """`mapfile -t lines`; False: as for `read`."""
    taken = streams.rest(shell, pipe)
    if taken is None:
        return False
    lines = taken[0].splitlines(keepends="t" not in options)
    span = shell.span(call.node)
    complete = not options.keys() - {"t", "u"}
    values = tuple(Word(line, span) for line in lines[:MAX_FIELDS])
    shell.vars.fill(names[0] if names else "MAPFILE", values if complete else None)
    shell.status = 0
    return True


def _unread(shell: Shell, call: Call) -> None:
    """What is read is not known, nor whether there is anything."""
    options, names = _options(call)
    if array := options.get("a"):
        shell.vars.fill(array, None)
    for name in names or ["REPLY"]:
        if name[0].isalpha() or name[0] == "_":
            shell.vars.assign(name, Word(None, reason=f"`${name}` is read at run time"))
    shell.status = None
