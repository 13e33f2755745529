"""GL512: a grace period beyond what the platform grants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.facts import Known
from gracelint.base.source import Span
from gracelint.checks import check
from gracelint.checks.lib.pods.common import label, names, said, stated_grace
from gracelint.checks.lib.pods.spot import spot
from gracelint.model.finding import Finding, Label, Rule, Severity
from gracelint.model.options import PLATFORMS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.checks.lib.pods.spot import Spot
    from gracelint.model.workload import Group

RULE = Rule("GL512", "grace-exceeds-platform", Severity.WARNING)


@check(RULE)
def grace_exceeds_platform(group: Group) -> Iterator[Finding]:
    """A stated grace period above what `platform`, or the pod's own nodes, grant."""
    limit = _limit(group)
    asked = spot(group.pod) if limit is None and group.pod is not None else None
    if limit is None and asked is None:
        return
    for grace, primary in _stated(group):
        if limit is None:
            yield from _preempted(group, asked, grace, primary)
        elif grace > limit:
            name = group.options.platform or group.platform
            platform = f"`{name}`" if isinstance(name, str) else "the platform"
            message = f"{platform} grants {said(limit)} at most, not {said(grace)}"
            yield Finding(RULE, RULE.severity, message, primary, workloads=names(group))


def _preempted(group: Group, asked: Spot | None, grace: float, primary: Label) -> Iterator[Finding]:
    """Nodes that are taken away at short notice, told by the manifest itself."""
    if asked is None or grace <= asked.pods:
        return
    message = (
        f"a preempted {asked.name} node gives its pods {said(asked.pods)}, not {said(grace)}: "
        "they are killed while they stop"
    )
    severity = RULE.severity if grace > asked.notice else Severity.INFO
    related = (label(asked.entry, "asks for such nodes"),)
    yield Finding(RULE, severity, message, primary, related=related, workloads=names(group))


def _limit(group: Group) -> float | None:
    """What the settings say, else the files themselves."""
    stated = group.options.platform or group.platform
    return PLATFORMS.get(stated) if isinstance(stated, str) else stated


def _stated(group: Group) -> Iterator[tuple[float, Label]]:
    """Each grace period that is written, with its place."""
    if group.pod is not None:
        entry = stated_grace(group.pod)
        if entry is not None and isinstance(group.pod.grace, Known):
            yield group.pod.grace.value, label(entry)
        return
    for workload in group.workloads:
        grace = workload.grace
        spans = [o for o in grace.origins if isinstance(o, Span)]
        if isinstance(grace, Known) and not grace.assumed and spans:
            yield grace.value, Label(spans[0])
