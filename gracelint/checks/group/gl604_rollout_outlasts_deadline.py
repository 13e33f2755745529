"""GL604: grace periods that add up beyond what a rollout is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.facts import Known
from gracelint.checks import check
from gracelint.checks.lib.pods.common import label, names, said, stated_grace
from gracelint.model.finding import Finding, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.pod import PodSpec
    from gracelint.model.workload import Group

RULE = Rule("GL604", "rollout-outlasts-deadline", Severity.INFO)
_DEADLINE = 600
_HOUR = 3600


@check(RULE)
def rollout_outlasts_deadline(group: Group) -> Iterator[Finding]:
    """A StatefulSet's pods that stop one by one, or a Deployment that waits for all to stop."""
    pod = group.pod
    stated = None if pod is None or not pod.complete else stated_grace(pod)
    if pod is None or stated is None or not isinstance(pod.grace, Known):
        return
    message = _ordered(pod, pod.grace.value) or _recreated(pod, pod.grace.value)
    if message:
        yield Finding(RULE, RULE.severity, message, label(stated), workloads=names(group))


def _ordered(pod: PodSpec, grace: float) -> str:
    spec = pod.root.get("spec")
    if pod.kind != "StatefulSet" or spec is None:
        return ""
    strategy, replicas = spec.find("updateStrategy", "type"), spec.get("replicas")
    count = replicas.data if replicas is not None and isinstance(replicas.data, int) else 1
    rolling = strategy is None or strategy.value == "RollingUpdate"
    if not rolling or grace * count <= _HOUR:
        return ""
    return (
        f"{count} pods stop one after another, {said(grace)} each at worst: a rollout may take "
        f"{said(grace * count)} and more"
    )


def _recreated(pod: PodSpec, grace: float) -> str:
    spec = pod.root.get("spec")
    strategy = None if spec is None else spec.find("strategy", "type")
    if pod.kind != "Deployment" or spec is None or strategy is None:
        return ""
    stated = spec.get("progressDeadlineSeconds")
    deadline = stated.data if stated is not None and isinstance(stated.data, int) else _DEADLINE
    if strategy.value != "Recreate" or grace <= deadline:
        return ""
    return (
        f"the old pods may take {said(grace)} to stop, and the rollout counts as failed after "
        f"{said(deadline)} without progress"
    )
