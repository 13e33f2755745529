"""GL107: a shell form that works only because this image's shell replaces itself."""

from __future__ import annotations

from gracelint.base.facts import Known
from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.checks.lib.delivery import json_fix, name_of, with_exec
from gracelint.checks.lib.words import meant_as_array
from gracelint.model.finding import Applicability, Finding, Label, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.snapshot import Implicit
    from gracelint.model.story import Story

RULE = Rule("GL107", "implicit-exec", Severity.INFO, frozenset({Applicability.SAFE}))


@check(RULE)
def implicit_exec(story: Story) -> Iterator[Finding]:
    """Shell-form instructions whose shell replaced itself unasked."""
    shell = story.workload.base.shell
    for implied in story.implicit:
        if meant_as_array(implied.command.words[0].value or "") or not isinstance(shell, Known):
            continue
        fixes = (
            json_fix(story, implied.command, implied.script),
            with_exec(implied.script, implied.node),
        )
        yield Finding(
            RULE,
            RULE.severity,
            f"{name_of(implied.script, implied.node)} is PID 1 only because"
            f" {_shell(implied, shell.value)} replaces itself; dash would not",
            Label(implied.script.span(implied.node)),
            causes=(Label(implied.command.value, "the shell form"),),
            fixes=tuple(f for f in fixes if f is not None),
            workloads=(story.workload.name,),
        )


def _shell(implicit: Implicit, sh: str) -> str:
    first = str(implicit.command.shell[0]) if implicit.command.shell else "/bin/sh"
    return f"this image's /bin/sh ({sh})" if first == "/bin/sh" else first
