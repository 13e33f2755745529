"""What commands do: sequences, single commands, functions and other texts.

`Tail` says whether a command stands where this shell, at this place, runs it in its own process
instead of in a child.
"""

from __future__ import annotations

from gracelint.base import lazy
from gracelint.base.facts import GAP, Word
from gracelint.base.integers import whole
from gracelint.base.paths import DEFAULT_PATH
from gracelint.base.typed import TYPE_CHECKING, Any
from gracelint.base.values import replace
from gracelint.simulate import braces
from gracelint.simulate.kernel import Undetermined
from gracelint.simulate.shell import compound, external, records, streams
from gracelint.simulate.shell.builtins import plain, table
from gracelint.simulate.shell.expansion import parameters
from gracelint.simulate.shell.expansion import words as expansion
from gracelint.simulate.shell.records import Call, Tail
from gracelint.simulate.shell.state import FUNCTION, Exit
from gracelint.simulate.world import notes_of, text_of
from gracelint.syntax.shell import tree
from gracelint.syntax.shell.parse import by_keyword, rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gracelint.base.source import Text
    from gracelint.simulate.shell.state import Shell

_AFTER = frozenset({"after"})


def program(shell: Shell) -> None:
    """The whole script of a shell."""
    tail = _whole_tail(shell) if shell.start_as.form == "dash-c" else None
    sequence(shell, shell.script.body, tail)


def profile(shell: Shell) -> None:
    """What a login shell reads first, as far as it is in sight: /etc/profile of a distribution
    reads the files beside it.
    """
    home = shell.vars.values.get("HOME") or Word("/root" if shell.uid == "0" else None)
    profiles = [f"{home.value}/{name}" for name in (".bash_profile", ".bash_login", ".profile")]
    there = [path for path in profiles if home.value and _text_at(shell, path) is not None]
    beside = shell.world.names("/etc/profile.d") or ()
    _system_path(shell)
    system = ["/etc/profile", *(f"/etc/profile.d/{n}" for n in beside if n.endswith(".sh"))]
    for path in (*system, *there[:1]):
        text_ = _text_at(shell, path)
        if text_ is not None:
            shell.then(script, shell.world.parse(text_, shell.kind.dialect), None)


def _system_path(shell: Shell) -> None:
    """Debian's /etc/profile forgets the PATH that the image has set."""
    image = shell.world.image
    if image is None or image.os.partition("-")[0] != "debian" or _text_at(shell, "/etc/profile"):
        return
    shell.vars.assign("PATH", Word(DEFAULT_PATH if shell.uid == "0" else _USERS_PATH))


_USERS_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games"


def _text_at(shell: Shell, path: str) -> Text | None:
    file = shell.world.workload.files.get(path)
    return file.text if file else None


def _whole_tail(shell: Shell) -> Tail | None:
    """Whether the last command of a `-c` text may replace the shell: it depends on what follows."""
    items = shell.script.body.items
    if not items:
        return None
    rest = shell.script.text.text[items[-1].end :].lstrip(" \t;")
    tail = Tail(shell.kind.implicit_exec)
    if rest in {"\n", "\r\n"}:
        return tail if "newline" in tail.allowed else None
    return tail if not rest or (rest.startswith("#") and "\n" not in rest) else None


# Sequences -----------------------------------------------------------------------------------


def sequence(shell: Shell, body: tree.Commands, tail: Tail | None) -> None:
    """Commands one after the other."""
    if body.items:
        _item(shell, body, tail, 0)


def inner(shell: Shell, body: tree.Commands, tail: Tail | None) -> None:
    """A sequence, where nothing else is to be done before it: its first step is done at once,
    unless it may have to be done again.
    """
    if body.items and body.items[0].background:
        shell.then(sequence, body, tail)
    else:
        sequence(shell, body, tail)


def _item(shell: Shell, body: tree.Commands, tail: Tail | None, index: int) -> None:
    item, last = body.items[index], index == len(body.items) - 1
    if (
        shell.kind.dialect in braces.WITHOUT
        and body is shell.script.body
        and _rejected(shell, item)
    ):
        raise Exit(2)
    if item.background:
        _start_background(shell, item)
    elif not last:
        shell.inside(_AFTER, command, item.command, None)
    else:
        if tail is not None and index:
            tail = tail.via(_separator(shell, body.items[index - 1], item))
        shell.then(command, item.command, tail)
    shell.then(_between, body, tail, index + 1)


def _rejected(shell: Shell, item: tree.Item) -> bool:
    """Whether dash and ash end here with a syntax error: they read one command after the other."""
    known = shell.world.scripts.rejected
    if id(item) not in known:
        known[id(item)] = rejected(shell.script, item)
    return known[id(item)]


def _separator(shell: Shell, before: tree.Item, item: tree.Item) -> str:
    if before.background:
        return "background"
    between = shell.script.text.text[before.end : item.start]
    return "lines" if "\n" in between else "sequence"


def _between(shell: Shell, body: tree.Commands, tail: Tail | None, index: int) -> None:
    """After a command: what `set -e` and signals that have arrived make of it, then the next."""
    failed = shell.status and not (shell.assumed or shell.excused)
    if failed and "condition" not in shell.stack:
        if isinstance(body.items[index - 1].command, _FAILING) and _traps(shell, "ERR", "E"):
            _run_trap(shell, "ERR")
            shell.then(_failed, shell.status or 0, body, tail, index)
            return
        _failed(shell, shell.status or 0, body, tail, index)
        return
    _next(shell, body, tail, index)


_FAILING = (tree.Simple, tree.Pipeline, tree.AndOr, tree.Subshell, tree.Test)


def _traps(shell: Shell, event: str, inherits: str) -> bool:
    """Whether a trap for ERR or RETURN is in force: not in functions that are called where it was
    set, unless an option says so.
    """
    trap = shell.traps.get(event)
    if trap is None or not trap.action.value or trap in shell.handling:
        return False
    everywhere = inherits in shell.options or shell.kind.dialect != "bash"
    return everywhere or shell.trapped_in.get(event, 0) == len(shell.frames)


def _run_trap(shell: Shell, event: str) -> None:
    shell.pending += (event,)
    shell.parts.run_pending(shell)


def _failed(shell: Shell, status: int, body: tree.Commands, tail: Tail | None, index: int) -> None:
    """After a command that has failed, and the ERR trap."""
    if "e" in shell.options:
        shell.world.scripts.forget_paths()
        raise Exit(status)
    shell.status = status
    _next(shell, body, tail, index)


def _next(shell: Shell, body: tree.Commands, tail: Tail | None, index: int) -> None:
    shell.substituted = None  # nothing asks for it any more, and it would tell states apart
    if shell.pending or shell.interrupted:
        shell.parts.run_pending(shell)
        if index < len(body.items):
            shell.then(_item, body, tail, index)
    elif index < len(body.items):
        if body.items[index].background:
            shell.then(_item, body, tail, index)
        else:
            _item(shell, body, tail, index)


# Commands ------------------------------------------------------------------------------------


def command(shell: Shell, node: tree.AnyCommand, tail: Tail | None) -> None:
    """One command of any kind; afterwards `shell.status` is its status."""
    shell.kernel.step_budget()
    shell.assumed = shell.excused = False
    redirects = () if isinstance(node, tree.Simple) else getattr(node, "redirects", ())
    if redirects:
        targets = expansion.targets(shell, redirects)
        ends = streams.opened(shell, redirects, targets)
        ends, file = _into_file(shell, redirects, targets, ends)
        kept = streams.Ends(shell.reads, shell.writes)
        shell.then(_KINDS[type(node)], node, tail.via("redirected") if tail else None)
        shell.lastly(streams.use, kept)
        if file is not None:
            shell.lastly(_keep, *file)
        streams.use(shell, ends)
    else:
        _KINDS[type(node)](shell, node, tail)


def _into_file(
    shell: Shell,
    redirects: tuple[tree.Redirect, ...],
    targets: Sequence[Word | None],
    ends: streams.Ends,
) -> tuple[streams.Ends, tuple[int, str, bool] | None]:
    """Have what several commands write end up in the file that all of it goes to, where that is
    asked for: as long as nobody looks into it, it need not be known.
    """
    file, scripts = streams.file_of(shell, redirects, targets), shell.world.scripts
    if file is not None and scripts.thorough:
        pipe = shell.kernel.pipe()
        return streams.Ends(ends.reads, {**ends.writes, 1: pipe}), (pipe, *file)
    if file is not None:
        scripts.skipped.add(file[0])
    return ends, None


def _keep(shell: Shell, pipe: int, path: str, append: bool) -> None:
    """Put into a file what was written; not known where somebody goes on to write."""
    whole = not streams.writing(shell, pipe)
    value, text = streams.together(shell.kernel.pipes.pop(pipe).parts if whole else [Word(None)])
    plain.put(shell, path, value, append=append, text=text)


def _group(shell: Shell, node: tree.Group, tail: Tail | None) -> None:
    inner(shell, node.body, tail.via("group") if tail else None)


def _define(shell: Shell, node: tree.Function, _tail: Tail | None) -> None:
    if shell.kind.dialect in {"posix", "ash"} and not _NAME.fullmatch(node.name):
        raise Exit(2)  # "bad function name"
    if shell.key == "dash" and by_keyword(shell.script, node):
        _call_function(shell, node)
        return
    shell.vars.define(node.name, shell.script, node)
    if shell.kind.dialect == "zsh":
        from gracelint.simulate.shell.builtins import traps

        traps.by_name(shell, node)
    shell.status = 0


def _call_function(shell: Shell, node: tree.Function) -> None:
    """`function name {` in dash: a command that is not found, then the lines below it, and a `}`
    of no group.
    """
    if "e" in shell.options:
        raise Exit(127)
    shell.then(command, node.body, None)
    shell.then(_reject)


def _reject(_shell: Shell) -> None:
    raise Exit(2)


_NAME = lazy.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _test(shell: Shell, node: tree.Test, _tail: Tail | None) -> None:
    from gracelint.simulate.shell import tests

    if shell.key == "dash":  # there it is a command that is not found
        shell.status, shell.assumed, shell.piped = 127, False, ()
        return
    notes = notes_of(shell.script)
    kept = notes.tests.get(id(node))
    if kept is None:
        kept = notes.tests[id(node)] = (node, [_bare(word) for word in node.words])
    shell.status = tests.double(shell, kept[1])
    shell.piped = ()


def _bare(word: tree.Words) -> str | tree.Words:
    """A word of `[[ … ]]` that may be an operator as a text; quotes make it one that is none."""
    quoted = any(getattr(part, "quoted", False) for part in word.parts)
    return word if quoted or word.literal is None or GAP in word.literal else word.literal


def _compute(shell: Shell, node: tree.ArithmeticCommand, _tail: Tail | None) -> None:
    from gracelint.simulate.shell.expansion import arithmetic

    shell.piped = ()
    if shell.kind.dialect in braces.WITHOUT:  # two subshells with a command that is not found
        shell.status = 0 if _SETS.match(node.expression) else 127
        return
    value = arithmetic.value(node.expression, shell)
    shell.status = None if value is None else int(value == 0)


_SETS = lazy.compile(r"\s*(?:!\s|[A-Za-z_]\w*=[^=\s]*\s*$)")
"""What is no command there: it is negated, or sets a variable."""


def _coprocess(shell: Shell, node: tree.Coprocess, _tail: Tail | None) -> None:
    from gracelint.simulate.shell import forks

    forks.start_coprocess(shell, node)


def _unread(shell: Shell, node: tree.Unread, _tail: Tail | None) -> None:
    raise Undetermined(node.reason, shell.span(node))


def simple(shell: Shell, node: tree.Simple, tail: Tail | None) -> None:
    """Assignments, a function, a builtin or an external command."""
    words = expansion.expand(shell, node.words)
    targets = expansion.targets(shell, node.redirects)
    if not words:
        _empty(shell, node, targets)
        return
    shell.piped = ()
    if parameters.replaced(shell, node.words[0], words):
        raise Undetermined("the command is empty: its variable is not set here", shell.span(node))
    call = Call(node, words, targets, tail)
    name = words[0].value
    if name in shell.vars.aliases and node.words[0].literal == name:
        _alias(shell, shell.vars.aliases[name], words[1:])
        return
    if name is not None and (name in shell.vars.functions or table.has(shell, name)):
        _in_the_shell(shell, call, _function if name in shell.vars.functions else builtin)
        return
    if table.lacks(shell, name or ""):
        shell.status, shell.assumed = 127, False
        return
    env = shell.vars.environment()
    if node.assignments:
        assigned = {a.name: expansion.single(shell, a.value) for a in node.assignments}
        env = {**env, **assigned}
    leaf = tail.leaf(node, trapped=shell.trapped) if tail else None
    external.run(shell, Call(node, words, targets, leaf), env)


def _alias(shell: Shell, text: Word, args: tuple[Word, ...]) -> None:
    """An alias with what follows it."""
    source = text_of(replace(text, value=f'{text.value} "$@"', text=None), shell.context.span)
    script(shell, shell.world.parse(source, shell.kind.dialect), args)


def _in_the_shell(shell: Shell, call: Call, run: Callable[[Shell, Call], None]) -> None:
    """A function or builtin, with its assignments and redirections."""
    node = call.node
    if not (node.assignments or node.redirects):
        run(shell, call)
        return
    kept = streams.Ends(shell.reads, shell.writes)
    before = tuple(shell.vars.held(assignment.name) for assignment in node.assignments)
    for assignment in node.assignments:
        shell.then(_assign, assignment)
        shell.then(_export, assignment.name)
    redirected = bool(node.redirects) and call.words[0].value != "exec"
    file = None
    if redirected:
        ends = streams.ends_of(shell, call)
        if run is _function or call.words[0].value in _CODE:
            ends, file = _into_file(shell, node.redirects, call.targets, ends)
        streams.use(shell, ends)
    if node.assignments:
        shell.then(run, call)
    else:
        run(shell, call)
    if redirected:
        shell.lastly(streams.use, kept)
    if file is not None:
        shell.lastly(_keep, *file)
    if before and not _keeps(shell, call):
        shell.lastly(_put_back, before)


_CODE = frozenset({".", "eval", "source"})
"""Builtins that run commands, each of which writes."""

_SPECIAL = frozenset(
    {".", ":", "eval", "exec", "exit", "export", "readonly", "return", "set", "shift", "trap"}
    | {"unset"}
)


def _keeps(shell: Shell, call: Call) -> bool:
    """Whether the settings in front of a builtin stay: only of a special one, and not in bash."""
    name = call.words[0].value
    return name in _SPECIAL and shell.kind.dialect in {"posix", "ash"}


def _export(shell: Shell, name: str) -> None:
    shell.vars.export(name)


def _put_back(shell: Shell, before: tuple[records.Held, ...]) -> None:
    for held in before:
        shell.vars.put_back(held)


def builtin(shell: Shell, call: Call) -> None:
    """A builtin that there is."""
    table.TABLE[call.words[0].plain](shell, call)


def _empty(shell: Shell, node: tree.Simple, targets: tuple[Word | None, ...]) -> None:
    """No command: assignments, redirections, words that expand to nothing."""
    shell.substituted = None
    if node.redirects:
        plain.make(shell, node.redirects, targets)
    for assignment in node.assignments:
        shell.then(_assign, assignment)
    if shell.output is not None and any(r.operator == "<" for r in node.redirects):
        path = expansion.single(shell, node.redirects[0].target).value
        shell.write(streams.contents(shell, path).value)
    shell.then(_assigned, node)


def _assigned(shell: Shell, node: tree.Simple) -> None:
    shell.status, shell.piped = shell.substituted or 0, ()
    if not parameters.no_arguments(shell, node.words):
        raise Undetermined("the command is empty: its variable is not set here", shell.span(node))
    if node.words and shell.script.body.items[-1].command is node:
        external.given_nothing(shell, node)


def _assign(shell: Shell, node: tree.Assignment) -> None:
    """`a=b`, `a+=b`, `a=(b c)`, `a[i]=b`."""
    if node.array is not None and node.name in shell.vars.maps:
        parameters.put_all(shell, node.name, expansion.expand(shell, node.array))
        return
    if node.array is not None:
        values = expansion.expand(shell, node.array)
        old = shell.vars.arrays.get(node.name, ()) if node.append else ()
        full = old is not None and len(old) + len(values) <= expansion.MAX_FIELDS
        shell.vars.fill(node.name, (*old, *values) if full and old is not None else None)
        return
    value = expansion.single(shell, node.value)
    if node.index is not None:
        _assign_element(shell, node, value)
        return
    if node.name == "SECONDS" and value.value is not None:
        shell.clock = shell.kernel.now - (whole(value.value) or 0)
    if node.name in shell.vars.integers:
        value = _calculated(shell, node, value)
    elif node.append and shell.kind.dialect == "zsh" and node.name in shell.vars.arrays:
        old = shell.vars.arrays[node.name]
        shell.vars.fill(node.name, None if old is None else (*old, value))
        return
    elif node.append:
        value = parameters.appended(shell.vars.values.get(node.name), value)
    shell.vars.assign(node.name, value)
    if "a" in shell.options:
        shell.vars.export(node.name)


def _assign_element(shell: Shell, node: tree.Assignment, value: Word) -> None:
    """`a[i]=b` of an indexed or an associative array."""
    name, index = node.name, node.index or ""
    if name in shell.vars.maps:
        shell.vars.put(name, parameters.key_of(shell, index), value)
        return
    old = shell.vars.arrays.get(name, ())
    at = parameters.number_of(shell, index)
    if old is None or at is None or not 0 <= at <= len(old) or node.append:
        shell.vars.fill(name, None)
    else:
        shell.vars.fill(name, (*old[:at], value, *old[at + 1 :]))


def _calculated(shell: Shell, node: tree.Assignment, value: Word) -> Word:
    """What `declare -i` makes of a value."""
    from gracelint.simulate.shell.expansion import arithmetic

    before = f"{node.name} + " if node.append else ""
    known = None if value.value is None else arithmetic.value(f"{before}({value.value})", shell)
    reason = f"`${node.name}` is computed"
    return Word(None if known is None else str(known), value.span, reason=reason)


_FORKS = "gracelint.simulate.shell.forks"
_LOOPS = "gracelint.simulate.shell.loops"
_start_background = lazy.function(_FORKS, "start_background")
_KINDS: dict[type[tree.Node], Callable[[Shell, Any, Tail | None], None]] = {
    tree.Simple: simple,
    tree.AndOr: compound.and_or,
    tree.Pipeline: lazy.function(_FORKS, "pipeline"),
    tree.Group: _group,
    tree.If: compound.conditional,
    tree.Case: compound.case,
    tree.Subshell: lazy.function(_FORKS, "subshell"),
    tree.For: lazy.function(_LOOPS, "for_each"),
    tree.While: lazy.function(_LOOPS, "loop"),
    tree.ArithmeticFor: lazy.function(_LOOPS, "counted"),
    tree.Function: _define,
    tree.Test: _test,
    tree.ArithmeticCommand: _compute,
    tree.Coprocess: _coprocess,
    tree.Unread: _unread,
}


# Functions and texts -------------------------------------------------------------------------


def _function(shell: Shell, call: Call) -> None:
    """A function of the script."""
    name = call.words[0].plain
    source, function = shell.vars.functions[name]
    if shell.calls >= records.MAX_CALLS:
        raise Undetermined(f"`{name}` calls itself too deeply", source.span(function))
    shell.then(command, function.body, None)
    caller = records.Caller(shell.script, shell.args, shell.frames, shell.stack, shell.scope)
    shell.returned(FUNCTION, _return, caller)
    shell.script, shell.args, shell.scope = source, call.args, ()
    shell.calls += 1
    shell.frames += (name,)


def _return(shell: Shell, caller: records.Caller) -> None:
    if _traps(shell, "RETURN", "T"):
        _run_trap(shell, "RETURN")
        shell.lastly(_returned, caller)
    else:
        _returned(shell, caller)


def _returned(shell: Shell, caller: records.Caller) -> None:
    _put_back(shell, shell.scope[::-1])
    shell.script, shell.args, shell.scope = caller.script, caller.args, caller.scope
    shell.frames, shell.stack = caller.frames, caller.stack
    shell.calls -= 1
    for event, depth in shell.trapped_in.items():
        shell.trapped_in[event] = min(depth, len(shell.frames))
    shell.excused = False  # `set -e` looks at the function, whatever its last command was


def text(shell: Shell, word: Word) -> None:
    """A word's value as commands of this shell: `eval`, a handler."""
    source = text_of(word, shell.context.span)
    script(shell, shell.world.parse(source, shell.kind.dialect), None)


def script(shell: Shell, source: tree.Script, args: tuple[Word, ...] | None) -> None:
    """Another script in this shell. args: None: the same as now."""
    if shell.calls >= records.MAX_CALLS:
        raise Undetermined("texts run one another too deeply", shell.context.span)
    shell.then(sequence, source.body, None)
    shell.lastly(_restore, shell.script, None if args is None else shell.args)
    shell.script = source
    shell.args = shell.args if args is None else args
    shell.calls += 1


def _restore(shell: Shell, source: tree.Script, args: tuple[Word, ...] | None) -> None:
    shell.script = source
    shell.args = shell.args if args is None else args
    shell.calls -= 1
