"""GL501: a pod that leaves its grace period to the default."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.checks.lib.pods.common import (
    GRACE,
    grace_edit,
    members,
    names,
    place,
    pre_stop_seconds,
    said,
    stated_grace,
)
from gracelint.diagnose.launched import program
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity
from gracelint.model.pod import DEFAULT_GRACE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.checks.project import Run
    from gracelint.model.pod import Entry
    from gracelint.model.workload import Group

RULE = Rule(
    "GL501",
    "grace-period-unset",
    Severity.WARNING,
    frozenset({Applicability.UNSAFE, Applicability.SHOW}),
)
_MARGIN = 5
_NEED = 25
"""Seconds for a program about which nothing is known."""
_SHORT = 10
"""Seconds: a hook that takes less leaves nearly all of the default."""


@check(RULE)
def grace_period_unset(run: Run) -> Iterator[Finding]:
    """No `terminationGracePeriodSeconds` in complete pods that serve: advice once a run."""
    advised = []
    for group in run.groups:
        if not _unset(group):
            continue
        reasons = _reasons(group)
        if not reasons:
            advised.append(group)
        elif not _exhausted(group):
            message = f"{_default(group, 1)}, although " + " and ".join(reasons)
            yield _finding(group, RULE.severity, message, _fixes(group))
    if advised:
        words = (Fix("State the grace period", Applicability.SHOW),)
        written = {group.pod.node.span.place for group in advised if group.pod is not None}
        yield _finding(advised[0], Severity.INFO, _default(advised[0], len(written)), words)


def _unset(group: Group) -> bool:
    from gracelint.checks.lib.pods.placement import misplaced

    pod = group.pod
    if pod is None or not pod.complete or not pod.serves or pod.node.entry("containers") is None:
        return False
    return stated_grace(pod) is None and all(each.key != GRACE for each in misplaced(pod))


def _default(group: Group, pods: int) -> str:
    message = f"no `{GRACE}`: {said(DEFAULT_GRACE)} by default"
    if _written(group) is not None:
        message = f"`{GRACE}` is the cluster's default of {said(DEFAULT_GRACE)}"
    return message if pods == 1 else f"{message} (the first of {pods} pods)"


def _reasons(group: Group) -> list[str]:
    """Why the default may not do."""
    reasons = []
    for container, workload in members(group):
        takes = pre_stop_seconds(workload) if container.role == "main" else 0.0
        if takes >= _SHORT:
            reasons.append(f"the preStop hook of `{container.name}` takes {said(takes)} of them")
        entry = program(workload, group)
        if entry is not None and entry.stops_in is not None and entry.stops_in > DEFAULT_GRACE:
            reasons.append(f"`{entry.key}` may take {said(entry.stops_in)} to stop")
    return reasons


def _written(group: Group) -> Entry | None:
    """The default, where the object comes from a cluster that has written it."""
    return None if group.pod is None else group.pod.node.entry(GRACE)


def _exhausted(group: Group) -> bool:
    """Whether a hook leaves next to nothing of the default: GL503 says so."""
    hooks = (pre_stop_seconds(w) for c, w in members(group) if c.role == "main")
    return max(hooks, default=0.0) > DEFAULT_GRACE - group.options.min_drain_seconds


def _finding(group: Group, severity: Severity, message: str, fixes: tuple[Fix, ...]) -> Finding:
    assert group.pod is not None
    entry = _written(group) or group.pod.node.entry("containers")
    assert entry is not None
    primary = Label(place(entry))
    return Finding(RULE, severity, message, primary, fixes=fixes, workloads=names(group))


def _fixes(group: Group) -> tuple[Fix, ...]:
    """Hooks, the program's own need and a margin, where that is more than the default."""
    assert group.pod is not None
    hooks, need = 0.0, float(_NEED)
    for _, workload in members(group):
        entry = program(workload, group)
        need = max(need, (entry.stops_in or 0.0) if entry is not None else 0.0)
        hooks = max(hooks, pre_stop_seconds(workload))
    needed = hooks + need + _MARGIN
    edit = grace_edit(group.pod, needed)
    if edit is None or needed <= DEFAULT_GRACE:
        return (Fix("State the grace period", Applicability.SHOW),)
    return (Fix(f"State a grace period of {needed:g} s", Applicability.UNSAFE, (edit,)),)
