"""Lists and conditions: `&&` and `||`, `if`, `case`; and how what is open is decided."""

from __future__ import annotations

from gracelint.base import lazy, patterns
from gracelint.base.typed import TYPE_CHECKING
from gracelint.simulate.shell.expansion import words as expansion

if TYPE_CHECKING:
    from gracelint.base.facts import Word
    from gracelint.simulate.shell.records import Tail
    from gracelint.simulate.shell.state import Shell
    from gracelint.syntax.shell import tree

_inert = lazy.function("gracelint.simulate.shell.inert", "inert")
_LEFT = frozenset({"after", "condition"})
_ASKED = frozenset({"asked", "condition"})


def choose(shell: Shell, node: tree.Node, *, default: bool, count: int = 0) -> bool:
    """Ask whether a command succeeds that the files do not decide."""
    span = shell.span(node)
    words = shell.script.text.text[node.start : node.end]
    key = (span.source.path, span.start, words, count)
    return shell.world.oracle.choose(key, default, span, words)


def ask(shell: Shell, condition: tree.Commands) -> None:
    """Run what `if` or a loop asks: it is there for its status, so that it surely ends."""
    shell.inside(_ASKED, shell.parts.inner, condition, None)


def and_or(shell: Shell, node: tree.AndOr, tail: Tail | None) -> None:
    """`a && b`, `a || b`. A command that nothing is known about is taken to succeed, unless the
    script is over then: `a && exit`. Both ways are gone where a loop is over then: `a && break`.
    """
    shell.inside(_LEFT, shell.parts.command, node.left, None)
    shell.then(_right, node, tail)


def _right(shell: Shell, node: tree.AndOr, tail: Tail | None) -> None:
    status = shell.status
    leads = getattr(node.right, "name", None) if node.operator == "&&" else None
    if status is None or (shell.assumed and leads in {"break", "exit"}):
        success = choose(shell, node.left, default=node.operator == "&&")
    else:
        success = status == 0
    if success != (node.operator == "&&"):
        shell.status = 0 if success else status or 1
        shell.excused = True
        return
    shell.then(shell.parts.command, node.right, tail.via("and") if tail else None)


def conditional(shell: Shell, node: tree.If, tail: Tail | None) -> None:
    """`if`."""
    _condition(shell, node, tail.via("if") if tail else None, 0)


def _condition(shell: Shell, node: tree.If, tail: Tail | None, index: int) -> None:
    ask(shell, node.branches[index][0])
    shell.then(_branch, node, tail, index)


def _branch(shell: Shell, node: tree.If, tail: Tail | None, index: int) -> None:
    """Take a branch or go on; branches that cannot matter are left out where the condition is
    unknown.
    """
    condition, then = node.branches[index]
    if shell.status is None or shell.assumed:
        if _inert(shell, node):
            shell.status = 0
            return
        taken = choose(shell, condition, default=shell.status == 0)
    else:
        taken = shell.status == 0
    if taken:
        shell.parts.inner(shell, then, tail)
    elif index + 1 < len(node.branches):
        _condition(shell, node, tail, index + 1)
    else:
        shell.status = 0
        if node.otherwise is not None:
            shell.parts.inner(shell, node.otherwise, tail)


def case(shell: Shell, node: tree.Case, tail: Tail | None) -> None:
    """`case`: the first item whose pattern matches."""
    tail = tail.via("case") if tail else None
    subject = expansion.single(shell, node.subject)
    if subject.value is None and _inert(shell, node):
        shell.status = 0
        return
    shell.then(_arms, node, subject, tail, 0)


def _arms(shell: Shell, node: tree.Case, subject: Word, tail: Tail | None, index: int) -> None:
    """Look for an item that matches, from one of them on."""
    while index < len(node.items):
        if _matches(shell, subject, node.items[index]):
            _arm(shell, node, subject, tail, index)
            return
        index += 1
    shell.status = 0


def _arm(shell: Shell, node: tree.Case, subject: Word, tail: Tail | None, index: int) -> None:
    item = node.items[index]
    last = item.terminator == ";;"
    shell.parts.inner(shell, item.body, tail if last else None)
    if item.terminator == ";&" and index + 1 < len(node.items):
        shell.then(_arm, node, subject, tail, index + 1)
    elif item.terminator == ";;&":
        shell.then(_arms, node, subject, tail, index + 1)


def _hit(shell: Shell, subject: str, wanted: str) -> bool | None:
    if "nocasematch" in shell.options:
        subject, wanted = subject.lower(), wanted.lower()
    return patterns.matches(subject, wanted)


def _matches(shell: Shell, subject: Word, item: tree.CaseItem) -> bool:
    unclear = False
    for words in item.patterns:
        wanted = expansion.pattern(shell, words)
        if wanted == "*":
            return True
        decidable = wanted is not None and subject.value is not None
        hit = _hit(shell, subject.plain, wanted or "") if decidable else None
        if hit:
            return True
        unclear = unclear or hit is None
    return unclear and choose(shell, item, default=False)
