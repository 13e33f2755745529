"""GL509: a preStop hook in a pod that ends by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.checks import check
from gracelint.checks.lib.pods.common import label, members, named
from gracelint.model.finding import Finding, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.workload import Group

RULE = Rule("GL509", "hook-not-run", Severity.INFO)


@check(RULE)
def hook_not_run(group: Group) -> Iterator[Finding]:
    """preStop on a container of a Job or CronJob."""
    if group.pod is None or not group.pod.is_job:
        return
    for container, _ in members(group):
        entry = container.hook("preStop")
        if container.role == "main" and entry is not None:
            message = (
                f"the preStop hook of `{container.name}` does not run when the {group.pod.kind} "
                "ends by itself, only when its pod is deleted"
            )
            yield Finding(
                RULE, RULE.severity, message, label(entry), workloads=named(group, container)
            )
