"""GL502: a grace period that leaves no time at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.facts import Known
from gracelint.checks import check
from gracelint.checks.lib.pods.common import (
    grace_edit,
    label,
    names,
    stated_grace,
)
from gracelint.diagnose.launched import program
from gracelint.model.finding import Applicability, Finding, Fix, Rule, Severity
from gracelint.model.pod import DEFAULT_GRACE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.workload import Group, Workload

RULE = Rule("GL502", "grace-period-zero", Severity.ERROR, frozenset({Applicability.UNSAFE}))


@check(RULE)
def grace_period_zero(group: Group) -> Iterator[Finding]:
    """`terminationGracePeriodSeconds` of zero or less."""
    pod = group.pod or group.played
    entry = stated_grace(pod) if pod is not None and not pod.knative else None
    if pod is None or entry is None or not isinstance(pod.grace, Known) or pod.grace.value > 0:
        return
    idle = [_placeholder(workload, group) for workload in group.workloads]
    if idle and all(idle):
        return
    if pod.grace.value < 0:
        message = "a negative grace period counts as 1 s"
    else:
        message = "a grace period of 0 kills at once: no preStop hook, no stop signal that counts"
    severity = Severity.WARNING
    if pod.kind == "StatefulSet":
        severity = Severity.ERROR
        message += "; a StatefulSet's data is at risk"
    elif pod.kind == "DaemonSet" and pod.flag("hostNetwork") is not None:
        severity = Severity.INFO  # the network of a node waits for the next of these pods
    edit = grace_edit(pod, DEFAULT_GRACE)
    title = "Give the pod the default of 30 s"
    fixes = () if edit is None else (Fix(title, Applicability.UNSAFE, (edit,)),)
    yield Finding(RULE, severity, message, label(entry), fixes=fixes, workloads=names(group))


def _placeholder(workload: Workload, group: Group) -> bool:
    """Whether it only keeps the pod alive, so that nothing is lost when it is killed."""
    entry = program(workload, group)
    return entry is not None and entry.placeholder
