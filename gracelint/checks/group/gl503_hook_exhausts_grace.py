"""GL503: a preStop hook that leaves the application too little of the grace period."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from gracelint.base.facts import Known
from gracelint.checks import check
from gracelint.checks.lib.pods.common import (
    grace_edit,
    label,
    members,
    named,
    pre_stop,
    pre_stop_seconds,
    said,
    stated_grace,
)
from gracelint.model.finding import Applicability, Finding, Fix, Rule, Severity
from gracelint.model.pod import DEFAULT_GRACE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.pod import Container
    from gracelint.model.workload import Group

RULE = Rule("GL503", "hook-exhausts-grace", Severity.ERROR, frozenset({Applicability.UNSAFE}))


@check(RULE)
def hook_exhausts_grace(group: Group) -> Iterator[Finding]:
    """Hooks that leave less than `min-drain-seconds`, or nothing."""
    pod = group.pod
    if pod is None or pod.knative or not isinstance(pod.grace, Known) or pod.grace.value <= 0:
        return
    for container, workload in members(group):
        hook = pre_stop(workload)
        if hook is None or container.role != "main":
            continue
        takes = pre_stop_seconds(workload)
        if hook.handler == "sleep" and takes > pod.grace.value:
            continue
        if takes and pod.grace.value - takes < group.options.min_drain_seconds:
            yield _finding(group, container, takes)


def _finding(group: Group, container: Container, takes: float) -> Finding:
    pod = group.pod
    assert pod is not None
    assert isinstance(pod.grace, Known)
    left = max(pod.grace.value - takes, 0)
    period = f"the grace period of {said(pod.grace.value)}"
    if pod.grace.assumed:
        period = f"the default grace period of {said(pod.grace.value)}"
    used = f"preStop takes {said(takes)} of" if takes < inf else "preStop does not end within"
    message = f"{used} {period}: `{container.name}` has {said(left)} left to stop"
    hook, stated = container.hook("preStop"), stated_grace(pod)
    assert hook is not None
    primary, other = (hook, None) if stated is None else (stated, hook)
    related = () if other is None else (label(other, f"takes {said(takes)}"),)
    wanted = takes + max(DEFAULT_GRACE, group.options.min_drain_seconds)
    edit = grace_edit(pod, wanted)
    title = f"Raise the grace period to {said(wanted)}"
    fixes = () if edit is None else (Fix(title, Applicability.UNSAFE, (edit,)),)
    return Finding(
        RULE,
        RULE.severity,
        message,
        label(primary),
        related=related,
        causes=related,
        fixes=fixes,
        workloads=named(group, container),
    )
