"""GL501: a pod that leaves its grace period to the default."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.checks import check
from gracelint.checks.lib.pods.common import (
    GRACE,
    grace_edit,
    members,
    names,
    place,
    pre_stop,
    pre_stop_seconds,
    program,
    said,
    stated_grace,
)
from gracelint.checks.lib.pods.placement import misplaced
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity
from gracelint.model.pod import DEFAULT_GRACE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.workload import Group

RULE = Rule(
    "GL501",
    "grace-period-unset",
    Severity.WARNING,
    frozenset({Applicability.UNSAFE, Applicability.SHOW}),
)
_MARGIN = 5
_NEED = 25
_STATEFUL_NEED = 55
_NEAR = 20
"""An inner timer from here on leaves little of the default."""


@check(RULE)
def grace_period_unset(group: Group) -> Iterator[Finding]:
    """No `terminationGracePeriodSeconds` in a complete pod that serves."""
    pod = group.pod
    if pod is None or not pod.complete or not pod.serves or stated_grace(pod) is not None:
        return
    if any(entry.key == GRACE for entry in misplaced(pod)):
        return
    reasons = _reasons(group)
    if not reasons and not pod.leads:
        return
    entry = pod.node.entry("containers")
    if entry is None:
        return
    message = f"no `terminationGracePeriodSeconds`: {said(DEFAULT_GRACE)} by default"
    if reasons:
        message += ", although " + " and ".join(reasons)
    severity = Severity.WARNING if reasons else Severity.INFO
    yield Finding(
        RULE,
        severity,
        message,
        Label(place(entry)),
        fixes=_fixes(group, severity),
        workloads=names(group),
    )


def _reasons(group: Group) -> list[str]:
    found = []
    if group.pod is not None and group.pod.kind == "StatefulSet":
        found.append("a StatefulSet keeps state that has to be put away")
    for container, workload in members(group):
        name = f"`{container.name}`"
        if container.role == "main" and pre_stop(workload) is not None:
            found.append(f"the preStop hook of {name} takes its part of them")
        known = program(workload, group)
        if known is not None and known.stops_in is not None and known.stops_in >= _NEAR:
            found.append(f"`{known.key}` may take {said(known.stops_in)} to stop")
    return found


def _fixes(group: Group, severity: Severity) -> tuple[Fix, ...]:
    """The edit; for advice, which is given for one pod of several, words only."""
    assert group.pod is not None
    need: float = _STATEFUL_NEED if group.pod.kind == "StatefulSet" else _NEED
    hooks = 0.0
    for _, workload in members(group):
        known = program(workload, group)
        need = max(need, (known.stops_in or 0.0) if known is not None else 0.0)
        hooks = max(hooks, pre_stop_seconds(workload))
    edit = grace_edit(group.pod, hooks + need + _MARGIN)
    if edit is None or severity is Severity.INFO:
        return (Fix("State the grace period", Applicability.SHOW),)
    return (Fix("State the grace period", Applicability.UNSAFE, (edit,)),)
