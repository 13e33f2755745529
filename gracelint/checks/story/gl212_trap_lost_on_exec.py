"""GL212: a handler that `exec` discards."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.checks.lib.execs import replaces
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity
from gracelint.syntax.shell import tree
from gracelint.syntax.shell.parse import inner_text, parse, walk, within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.story import Story

RULE = Rule("GL212", "trap-lost-on-exec", Severity.WARNING, frozenset({Applicability.SHOW}))
_TITLE = "Drop the trap, or start the application in the background and wait for it"
_STARTING_UP = frozenset({"exit", "return", "echo", "printf", ":", "true"})
"""What handlers do that are meant for the time before `exec`."""
LIMIT = 20
"""Traps of a script that are looked at."""
_OF_SHELL = frozenset({"ERR", "DEBUG", "RETURN"})


@check(RULE)
def trap_lost_on_exec(story: Story) -> Iterator[Finding]:
    """A trap, and further on in the same sequence `exec`."""
    for script in story.scripts:
        items = script.body.items
        end = next((n for n, item in enumerate(items) if replaces(item)), 0)
        if not end or script.errors or not _standing(items[:end]):
            continue
        if not any(item.background for item in within(script.body, tree.Item)):
            yield from _findings(story, script, items[:end], items[end])


def _findings(
    story: Story, script: tree.Script, before: tuple[tree.Item, ...], end: tree.Item
) -> Iterator[Finding]:
    for node in _standing(before)[:LIMIT]:
        if not _matters(script, node):
            continue
        yield Finding(
            RULE,
            Severity.WARNING,
            "the handler is lost: `exec` further on replaces the shell that would run it",
            Label(script.span(node), "never runs once the application is started"),
            related=(Label(script.span(end), "replaces the shell"),),
            fixes=(Fix(_TITLE, Applicability.SHOW),),
            help="A trap belongs to the shell, and what takes its place starts without it.",
            workloads=(story.workload.name,),
        )


def _standing(items: tuple[tree.Item, ...]) -> list[tree.Simple]:
    """The `trap` commands that set a handler, less those whose signals are set again later."""
    traps: dict[tuple[str | None, ...], tree.Simple] = {}
    for item in items:
        node = item.command
        if isinstance(node, tree.Simple) and node.name == "trap" and len(node.words) > 2:
            traps[tuple(w.literal for w in node.words[2:])] = node
    return list(traps.values())


def _matters(script: tree.Script, node: tree.Simple) -> bool:
    action = node.words[1].literal
    if action in {"", "-", "-p"} or {w.literal for w in node.words[2:]} <= _OF_SHELL:
        return False
    text = inner_text(script, node.words[1])
    if text is None:
        return True
    commands = [n for n in walk(parse(text).body) if isinstance(n, tree.Simple) and n.words]
    names = {n.name for n in commands}
    for inner in walk(script.body):
        if isinstance(inner, tree.Function) and inner.name in names:
            names.discard(inner.name)
            names |= {n.name for n in walk(inner.body) if isinstance(n, tree.Simple) and n.words}
    return not names <= _STARTING_UP
