"""GL108: a shell-form ENTRYPOINT with a CMD or arguments that are never used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.checks import check
from gracelint.finding import Applicability, Finding, Fix, Label, Rule, Severity
from gracelint.workload import Known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.shutdown.process import Story

RULE = Rule("GL108", "entrypoint-discards-cmd", Severity.WARNING, frozenset({Applicability.SHOW}))
_TITLE = "Write ENTRYPOINT as a JSON array, so that it is given these as arguments"


@check(RULE)
def entrypoint_discards_cmd(story: Story) -> Iterator[Finding]:
    """A command behind a shell-form entrypoint."""
    dropped, entrypoint = story.workload.launch.discarded, story.workload.launch.entrypoint
    if dropped is None or not isinstance(entrypoint, Known) or entrypoint.value is None:
        return
    if "$@" in str(entrypoint.value.words[0]) or "$*" in str(entrypoint.value.words[0]):
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
