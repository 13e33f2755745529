"""What commands do: the walk over a shell tree, as generators that yield what the shell waits for.

`Tail` says whether a command stands where this shell, at this place, runs it in its own process
instead of in a child.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.base.facts import Word
from gracelint.simulate.kernel import Undetermined
from gracelint.simulate.shell import (
    builtins,
    compound,
    conditions,
    expand,
    external,
    forks,
    records,
)
from gracelint.simulate.shell.flow import Exit, Leave, Tail
from gracelint.simulate.world import text_of
from gracelint.syntax.shell import tree as tree

if TYPE_CHECKING:
    from collections.abc import Generator

    from gracelint.base.source import Text
    from gracelint.simulate.shell.shell import Shell

    Run = Generator[records.Wait, Any, None]


def program(shell: Shell) -> Run:
    """The whole script of a shell."""
    tail = _whole_tail(shell) if shell.start_as.form != "file" else None
    yield from sequence(shell, shell.script.body, tail)


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


def sequence(shell: Shell, body: tree.Commands, tail: Tail | None) -> Run:
    """Commands one after the other."""
    last = len(body.items) - 1
    for index, item in enumerate(body.items):
        here = tail if index == last else None
        if here is not None and index:
            here = here.via(_separator(shell, body.items[index - 1], item))
        if index != last:
            shell.stack.append("after")
        if item.background:
            forks.start_background(shell, item)
        else:
            yield from command(shell, item.command, here)
        if index != last:
            shell.stack.pop()
        yield from shell.run_pending()


def _separator(shell: Shell, before: tree.Item, item: tree.Item) -> str:
    between = shell.script.text.text[before.end : item.start]
    if before.background:
        return "background"
    return "lines" if "\n" in between else "sequence"


def command(shell: Shell, node: tree.AnyCommand, tail: Tail | None) -> Run:
    """One command of any kind; afterwards `shell.status` is its status."""
    shell.kernel.step_budget()
    shell.assumed = shell.excused = False
    redirects = getattr(node, "redirects", ())
    if redirects and not isinstance(node, tree.Simple):
        yield from redirected(shell, redirects)
        tail = tail.via("redirected") if tail else None
    match node:
        case tree.Simple():
            yield from simple(shell, node, tail)
        case tree.AndOr():
            yield from compound.and_or(shell, node, tail)
        case tree.Pipeline():
            yield from forks.pipeline(shell, node)
        case tree.Group():
            yield from sequence(shell, node.body, tail.via("group") if tail else None)
        case tree.If():
            yield from compound.conditional(shell, node, tail)
        case tree.Case():
            yield from compound.case(shell, node, tail)
        case _:
            yield from _others(shell, node, tail)
    _errexit(shell)


def _others(shell: Shell, node: tree.AnyCommand, tail: Tail | None) -> Run:
    match node:
        case tree.Subshell():
            yield from forks.subshell(shell, node, tail)
        case tree.For():
            yield from compound.for_each(shell, node)
        case tree.While():
            yield from compound.loop(shell, node)
        case tree.ArithmeticFor():
            yield from compound.counted(shell, node)
        case tree.Function():
            shell.vars.functions[node.name] = (shell.script, node)
            shell.status = 0
        case tree.Test():
            words = [w.literal if w.literal is not None else w for w in node.words]
            shell.status = yield from conditions.double(shell, words)
        case tree.ArithmeticCommand():
            value = shell.arithmetic(node.expression)
            shell.status = None if value is None else int(value == 0)
        case tree.Coprocess():
            forks.start_background(
                shell, tree.Item(node.start, node.end, node.body, background=True)
            )
            shell.assign(f"{node.name or 'COPROC'}_PID", Word(str(shell.jobs[-1].task.pid)))
        case tree.Unread():
            raise Undetermined(node.reason, shell.script.span(node))


def _errexit(shell: Shell) -> None:
    if (
        "e" in shell.options
        and shell.status
        and not (shell.assumed or shell.excused)
        and "condition" not in shell.stack
    ):
        raise Exit(shell.status)


# Single commands ------------------------------------------------------------------------------


def simple(shell: Shell, node: tree.Simple, tail: Tail | None) -> Run:
    """Assignments, a function, a builtin or an external command."""
    before = shell.status
    words = yield from shell.fields(node.words)
    if not words:
        yield from redirected(shell, node.redirects)
        shell.substituted = False
        yield from assignments(shell, node.assignments)
        if not shell.substituted:
            shell.status = 0
        if node.words and not _no_arguments(shell, node):
            raise Undetermined(
                "the command is empty: its variable is not set here", shell.script.span(node)
            )
        return
    shell.status = before
    name = words[0].value
    if name is not None and name in shell.vars.functions:
        yield from _scoped(shell, node, call(shell, name, words[1:]))
        return
    if name is not None and name in builtins.TABLE:
        yield from _scoped(shell, node, builtins.TABLE[name](shell, node, words, tail))
        return
    env = yield from _environment(shell, node)
    tail = tail.leaf(node, trapped=shell.trapped) if tail else None
    yield from external.run(shell, node, words, env, tail)


def _no_arguments(shell: Shell, node: tree.Simple) -> bool:
    """Whether the words are lists such as `"$@"` that are known to be empty."""
    parts = [part for word in node.words for part in word.parts]
    return all(
        isinstance(p, tree.Parameter)
        and not p.operator
        and (p.name in {"@", "*"} or p.index in {"@", "*"})
        and shell.many(p) == []
        for p in parts
    )


def _scoped(shell: Shell, node: tree.Simple, run: Run) -> Run:
    """A function or builtin with its redirections and variable settings."""
    yield from redirected(shell, node.redirects)
    yield from assignments(shell, node.assignments)
    yield from run


def _environment(shell: Shell, node: tree.Simple) -> Generator[Any, Any, dict[str, Word]]:
    yield from redirected(shell, node.redirects)
    env = {n: w for n, w in shell.vars.values.items() if n in shell.vars.exported}
    for assignment in node.assignments:
        env[assignment.name] = yield from expand.single(shell, assignment.value)
    return env


def assignments(shell: Shell, nodes: tuple[tree.Assignment, ...]) -> Run:
    """`a=b`, `a+=b`, `a=(b c)`, `a[i]=b`."""
    for node in nodes:
        if node.array is not None:
            values = yield from shell.fields(node.array)
            old = shell.vars.arrays.get(node.name, []) if node.append else []
            shell.vars.arrays[node.name] = None if old is None else old + values
            continue
        value = yield from expand.single(shell, node.value)
        if node.index is not None:
            shell.vars.arrays[node.name] = None
            continue
        if node.append:
            value = _appended(shell.vars.values.get(node.name), value)
        shell.assign(node.name, value)


def _appended(old: Word | None, new: Word) -> Word:
    if old is None:
        return new
    if old.value is None or new.value is None:
        return old if old.value is None else new
    return Word((old.value + new.value)[: expand.MAX_VALUE], new.span)


def redirected(shell: Shell, redirects: tuple[tree.Redirect, ...]) -> Run:
    """Start the process substitutions in redirections; nothing else about them matters."""
    for redirect in redirects:
        if redirect.target is not None and redirect.target.literal is None:
            yield from expand.single(shell, redirect.target)


def call(shell: Shell, name: str, args: list[Word]) -> Run:
    """A function of the script."""
    script, function = shell.vars.functions[name]
    if shell.calls >= records.MAX_CALLS:
        raise Undetermined(f"`{name}` calls itself too deeply", script.span(function))
    kept = shell.script, shell.args
    shell.script, shell.args = script, args
    shell.calls += 1
    shell.frames.append(name)
    try:
        yield from command(shell, function.body, None)
    except Leave as leave:
        if leave.kind != "return":
            raise
    finally:
        shell.script, shell.args = kept
        shell.calls -= 1
        shell.frames.pop()


def text(shell: Shell, word: Word, args: list[Word] | None = None) -> Run:
    """`eval`, a handler, a sourced file: another text in this same shell."""
    yield from body(shell, text_of(word, shell.context.span), args)


def body(shell: Shell, source: Text, args: list[Word] | None = None) -> Run:
    """Run a text in this shell."""
    if shell.calls >= records.MAX_CALLS:
        raise Undetermined("texts run one another too deeply", shell.context.span)
    kept = shell.script, shell.args
    shell.script = shell.world.parse(source, shell.kind.dialect)
    shell.args = shell.args if args is None else args
    shell.calls += 1
    try:
        yield from sequence(shell, shell.script.body, None)
    finally:
        changed = shell.args if args is None else kept[1]
        shell.script, shell.args = kept[0], changed
        shell.calls -= 1
