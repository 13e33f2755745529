"""GL208: a trap for a signal that no process can handle."""

from __future__ import annotations

from itertools import islice

from gracelint.base import signals
from gracelint.base.edit import Edit
from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity
from gracelint.syntax.shell import tree
from gracelint.syntax.shell.parse import naming

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.story import Story

RULE = Rule("GL208", "untrappable-signal", Severity.WARNING, frozenset({Applicability.SAFE}))
LIMIT = 100
"""Traps of a script that are looked at, and words of each."""


@check(RULE)
def untrappable_signal(story: Story) -> Iterator[Finding]:
    """`trap … KILL` or `trap … STOP`."""
    for script in story.scripts:
        nodes = (n for n in naming(script, "trap") if isinstance(n, tree.Simple))
        for node in islice((n for n in nodes if n.name == "trap"), LIMIT):
            yield from _findings(story, script, node)


def _findings(story: Story, script: tree.Script, node: tree.Simple) -> Iterator[Finding]:
    words = [w for w in node.words[1:] if w.literal != "--"]
    caught = words[1 : LIMIT + 1]
    for word in caught:
        signal = _signal(word.literal)
        if signal not in {"KILL", "STOP"}:
            continue
        fix = _fix(script, node, word, only=len(caught) == 1)
        yield Finding(
            RULE,
            Severity.WARNING,
            f"a trap for {signal} never runs: no process can handle that signal",
            Label(script.text.span(word.start, word.end), "has no effect"),
            fixes=(fix,) if fix is not None else (),
            help=f"The kernel does what {signal} means without asking the process.",
            workloads=(story.workload.name,),
        )


def _signal(name: str | None) -> str | None:
    upper = (name or "").upper()
    return signals.parse(upper) if upper not in {"", "-", "EXIT", "0"} else None


def _fix(script: tree.Script, node: tree.Simple, word: tree.Words, *, only: bool) -> Fix | None:
    if only:
        edit = _without(script, node)
    else:
        before = node.words[node.words.index(word) - 1]
        edit = Edit.replace(script.text, before.end, word.end, "")
    title = "Drop the signal" if not only else "Drop the trap"
    return None if edit is None else Fix(title, Applicability.SAFE, (edit,))


def _without(script: tree.Script, node: tree.Simple) -> Edit | None:
    """The script without a command: without its line, if it stands alone there."""
    from gracelint.checks.lib.places import ancestors, sequence_of

    text = script.text.text
    start, end = text.rfind("\n", 0, node.start) + 1, text.find("\n", node.end)
    whole = (text[start : node.start] + text[node.end : max(end, 0)]).strip() == ""
    sequence = sequence_of(ancestors(script.body, node))
    if end > 0 and whole and sequence is not None and len(sequence.items) > 1:
        return Edit.replace(script.text, start, end + 1, "")
    return Edit.replace(script.text, node.start, node.end, ":")
