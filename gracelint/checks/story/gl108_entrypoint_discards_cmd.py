"""GL108: a shell-form ENTRYPOINT with a CMD or arguments that are never used."""

from __future__ import annotations

from gracelint.base.facts import Known
from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.story import Story
    from gracelint.model.workload import Command

RULE = Rule("GL108", "entrypoint-discards-cmd", Severity.WARNING, frozenset({Applicability.SHOW}))
_TITLE = "Write ENTRYPOINT as a JSON array, so that it is given these as arguments"


@check(RULE)
def entrypoint_discards_cmd(story: Story) -> Iterator[Finding]:
    """A command behind a shell-form entrypoint."""
    dropped, entrypoint = story.workload.launch.discarded, story.workload.launch.entrypoint
    if dropped is None or not isinstance(entrypoint, Known) or entrypoint.value is None:
        return
    if _takes_arguments(entrypoint.value):
        return
    yield Finding(
        RULE,
        RULE.severity,
        f"this {dropped.keyword} is never used: ENTRYPOINT is in shell form and takes no arguments",
        Label(dropped.span),
        causes=(Label(entrypoint.value.value, "the shell form"),),
        related=(Label(entrypoint.value.value, "the shell form"),),
        fixes=(Fix(_TITLE, Applicability.SHOW),),
        workloads=(story.workload.name,),
    )


def _takes_arguments(command: Command) -> bool:
    """Whether the text uses what follows it: `$0` is the first word of CMD, `$1` the second."""
    from gracelint.syntax.shell import parse as shell
    from gracelint.syntax.shell.tree import Parameter

    text = command.words[0].text
    if text is None:
        return True
    script = shell.parse(text)
    named = {n.name for n in shell.walk(script.body) if isinstance(n, Parameter)}
    return any(n in {"@", "*", "#"} or n.isdigit() for n in named)
