"""GL509: a preStop hook in a pod that ends by itself, or that Podman plays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.checks import check
from gracelint.checks.lib.pods.common import label, named
from gracelint.model.finding import Finding, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.workload import Group

RULE = Rule("GL509", "hook-not-run", Severity.WARNING)


@check(RULE)
def hook_not_run(group: Group) -> Iterator[Finding]:
    """preStop on a container of a Job or CronJob, or where `podman kube play` starts it."""
    pod = group.pod or group.played
    if pod is None or not (pod.is_job or group.played):
        return
    severity = Severity.INFO if group.pod else Severity.WARNING
    why = (
        f"when the {pod.kind} ends by itself, only when its pod is deleted"
        if group.pod
        else "at all: `podman kube play` has no hooks for a stop"
    )
    for container in pod.main():
        entry = container.hook("preStop")
        if container.role == "main" and entry is not None:
            message = f"the preStop hook of `{container.name}` does not run {why}"
            yield Finding(RULE, severity, message, label(entry), workloads=named(group, container))
