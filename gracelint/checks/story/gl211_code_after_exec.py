"""GL211: commands behind an `exec` that never returns."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.checks.lib.execs import replaces
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity
from gracelint.syntax.shell import tree
from gracelint.syntax.shell.parse import naming

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.story import Story

RULE = Rule("GL211", "code-after-exec", Severity.WARNING, frozenset({Applicability.SHOW}))
_TITLE = "Move it before `exec`, or start the application in the background and wait for it"
_IN_CASE_IT_FAILS = frozenset({"exit", "return", "echo", "printf", ":", "true", "false"})
"""What is put behind `exec` for the case that it fails."""


@check(RULE)
def code_after_exec(story: Story) -> Iterator[Finding]:
    """A sequence goes on behind an unconditional `exec`."""
    for script in story.scripts:
        for node in () if script.errors else naming(script, "exec"):
            if isinstance(node, tree.Commands):
                yield from _findings(story, script, node)


def _findings(story: Story, script: tree.Script, sequence: tree.Commands) -> Iterator[Finding]:
    items = sequence.items
    at = next((n for n, item in enumerate(items) if replaces(item)), len(items))
    rest = items[at + 1 :]
    lost = next((i for i in rest if not _expected(i)), None)
    if lost is None:
        return
    yield Finding(
        RULE,
        Severity.WARNING,
        "never runs: `exec` before it has replaced the shell",
        Label(script.text.span(lost.start, rest[-1].end), "never reached"),
        related=(Label(script.span(items[at]), "the shell ends here"),),
        fixes=(Fix(_TITLE, Applicability.SHOW),),
        help="`exec` does not come back: what has to be done after the application is lost.",
        workloads=(story.workload.name,),
    )


def _expected(item: tree.Item) -> bool:
    node = item.command
    if isinstance(node, tree.Simple):
        return node.name in _IN_CASE_IT_FAILS or not node.words
    return isinstance(node, tree.Function)
