"""GL310: a pod that asks for the host's PID namespace and for a shared one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.checks import check
from gracelint.checks.lib.pods.common import label, names
from gracelint.model.finding import Applicability, Finding, Fix, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.workload import Group

RULE = Rule("GL310", "host-pid-conflict", Severity.ERROR, frozenset({Applicability.SHOW}))


@check(RULE)
def host_pid_conflict(group: Group) -> Iterator[Finding]:
    """`hostPID` together with `shareProcessNamespace`."""
    if group.pod is None:
        return
    shared, host = group.pod.flag("shareProcessNamespace"), group.pod.flag("hostPID")
    if shared is not None and host is not None:
        message = "`hostPID` and `shareProcessNamespace` exclude each other: the API rejects it"
        related = (label(host, "the host's PID namespace"),)
        fix = Fix("Keep the one of them that the pod needs", Applicability.SHOW)
        yield Finding(
            RULE,
            RULE.severity,
            message,
            label(shared),
            related=related,
            fixes=(fix,),
            workloads=names(group),
        )
