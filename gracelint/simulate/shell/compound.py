"""Compound commands: lists, conditions, `case` and loops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.base import patterns
from gracelint.base.facts import Word
from gracelint.simulate.shell import commands, expand, records
from gracelint.simulate.shell.flow import Leave, Tail
from gracelint.simulate.shell.inert import inert
from gracelint.syntax.shell import tree as tree

if TYPE_CHECKING:
    from collections.abc import Generator

    from gracelint.simulate.shell.shell import Shell

    Run = Generator[records.Wait, Any, None]

ROUNDS = 100  # of a loop that may end
ENOUGH = 4  # of one that does not


def within(shell: Shell, mark: str, run: Run) -> Run:
    """Run with a mark on the stack of what surrounds the command."""
    shell.stack.append(mark)
    depth = len(shell.stack)
    try:
        yield from run
    finally:
        del shell.stack[depth - 1 :]


def asked(shell: Shell, condition: tree.Commands) -> Run:
    """Run what `if` or a loop asks: it is there for its status, so that it surely ends."""
    run = within(shell, "condition", commands.sequence(shell, condition, None))
    yield from within(shell, "asked", run)


def and_or(shell: Shell, node: tree.AndOr, tail: Tail | None) -> Run:
    """`a && b`, `a || b`. A command that nothing is known about is taken to succeed."""
    shell.stack.append("after")
    yield from within(shell, "condition", commands.command(shell, node.left, None))
    shell.stack.pop()
    status = shell.status
    if status is None:
        success = choose(shell, node.left, default=node.operator == "&&")
    else:
        success = status == 0
    if success != (node.operator == "&&"):
        shell.status = 0 if success else status or 1
        shell.excused = True
        return
    yield from commands.command(shell, node.right, tail.via("and") if tail else None)


def choose(shell: Shell, node: tree.Node, *, default: bool, count: int = 0) -> bool:
    """Ask whether a command succeeds that the files do not decide."""
    span = shell.script.span(node)
    words = shell.script.text.text[node.start : node.end]
    key = (span.source.path, span.start, words, count)
    return shell.world.oracle.choose(key, default, span, words)


def holds(
    shell: Shell, node: tree.Commands, *, default: bool | None, count: int = 0
) -> Generator[Any, Any, bool]:
    """Run a condition; whether it holds. default: for what nobody knows; None: a command
    succeeds.
    """
    yield from asked(shell, node)
    if shell.status is None:
        return choose(shell, node, default=bool(default), count=count)
    if shell.assumed:
        return choose(shell, node, default=shell.status == 0, count=count)
    return shell.status == 0


def conditional(shell: Shell, node: tree.If, tail: Tail | None) -> Run:
    """`if`; branches that cannot matter are left out where the condition is unknown."""
    tail = tail.via("if") if tail else None
    for condition, then in node.branches:
        yield from asked(shell, condition)
        if (shell.status is None or shell.assumed) and inert(shell, node):
            shell.status = 0
            return
        if shell.status is None or shell.assumed:
            taken = choose(shell, condition, default=shell.status == 0)
        else:
            taken = shell.status == 0
        if taken:
            yield from commands.sequence(shell, then, tail)
            return
    shell.status = 0
    if node.otherwise is not None:
        yield from commands.sequence(shell, node.otherwise, tail)


def case(shell: Shell, node: tree.Case, tail: Tail | None) -> Run:
    """`case`: the first item whose pattern matches."""
    subject = yield from expand.single(shell, node.subject)
    tail = tail.via("case") if tail else None
    falling = False
    for item in node.items:
        if not falling:
            falling = yield from _matches(shell, subject, item)
        if not falling:
            continue
        yield from commands.sequence(shell, item.body, tail if item.terminator == ";;" else None)
        if item.terminator == ";;":
            return
        falling = item.terminator == ";&"
    if not falling:
        shell.status = 0


def _matches(shell: Shell, subject: Word, item: tree.CaseItem) -> Generator[Any, Any, bool]:
    unclear = False
    for words in item.patterns:
        wanted = yield from expand.pattern(shell, words)
        if wanted == "*":
            return True
        known = wanted is not None and subject.value is not None
        hit = patterns.matches(subject.value or "", wanted or "") if known else None
        if hit:
            return True
        unclear = unclear or hit is None
    return unclear and choose(shell, item, default=False)


def for_each(shell: Shell, node: tree.For) -> Run:
    """`for x in …`: every known value in turn; an unknown list once."""
    values = list(shell.args) if node.words is None else (yield from shell.fields(node.words))
    shell.status = 0
    for value in values[:ROUNDS]:
        shell.assign(node.name, value if not value.many else Word(None, reason=value.reason))
        if not (yield from _round(shell, node.body)):
            return


def counted(shell: Shell, node: tree.ArithmeticFor) -> Run:
    """`for ((a; b; c))`."""
    first, condition, step = (e.strip() for e in node.expressions)
    if first:
        shell.arithmetic(first)
    for count in range(ROUNDS):
        value = shell.arithmetic(condition) if condition else 1
        if value is None:
            value = choose(shell, node, default=count == 0, count=count)
        if not value:
            break
        if not (yield from _round(shell, node.body)):
            break
        if step:
            shell.arithmetic(step)


def loop(shell: Shell, node: tree.While) -> Run:
    """`while` and `until`. A loop that goes on and on while time passes is where the container
    lives.
    """
    began, count = shell.kernel.now, 0
    rounds = ENOUGH if _endless(node) else ROUNDS
    while True:
        shell.kernel.step_budget()
        shell.stack.append("loop")
        going = yield from holds(shell, node.condition, default=node.until, count=count)
        shell.stack.pop()
        if going == node.until:
            shell.status = 0
            return
        if not (yield from _round(shell, node.body)):
            return
        count += 1
        if shell.kernel.now > began:
            _note_round(shell, count - rounds)


def _note_round(shell: Shell, past: int) -> None:
    """After enough rounds, one more tells which of its parts takes longest.

    past: rounds since there were enough of them.
    """
    if past >= 0:
        shell.kernel.periodic = True
    if past == -1 or past > 1:
        shell.kernel.longest = 0.0


def _endless(node: tree.While) -> bool:
    """Whether the condition always holds: `while true`, `while :`, `until false`."""
    items = node.condition.items
    if len(items) != 1 or not isinstance(items[0].command, tree.Simple):
        return False
    words = [w.literal for w in items[0].command.words]
    return words in ([["false"]] if node.until else [["true"], [":"], ["[", "1", "]"]])


def _round(shell: Shell, body: tree.Commands) -> Generator[Any, Any, bool]:
    """One round of a loop; whether the loop goes on."""
    try:
        yield from within(shell, "loop", commands.sequence(shell, body, None))
    except Leave as leave:
        if leave.kind == "return":
            raise
        if leave.levels > 1:
            raise Leave(leave.kind, leave.levels - 1) from None
        return leave.kind == "continue"
    return True
