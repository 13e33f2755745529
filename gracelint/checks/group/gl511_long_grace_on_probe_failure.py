"""GL511: a long grace period that a hung container gets, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.facts import Known
from gracelint.checks import check
from gracelint.checks.lib.pods.common import GRACE, label, members, named, said, stated_grace
from gracelint.model.finding import Applicability, Finding, Fix, Rule, Severity
from gracelint.syntax.yaml import editing as yaml_edit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.workload import Group

RULE = Rule(
    "GL511", "long-grace-on-probe-failure", Severity.INFO, frozenset({Applicability.UNSAFE})
)
_LONG = 120
_PROBE_GRACE = 30


@check(RULE)
def long_grace_on_probe_failure(group: Group) -> Iterator[Finding]:
    """A liveness probe without a grace period of its own in a pod with a long one."""
    pod = group.pod
    stated = None if pod is None or pod.knative else stated_grace(pod)
    if pod is None or stated is None or not isinstance(pod.grace, Known):
        return
    if pod.grace.value <= _LONG:
        return
    for container, _ in members(group):
        entry = container.node.entry("livenessProbe")
        if entry is None or entry[1].kind != "mapping" or entry[1].get(GRACE) is not None:
            continue
        message = (
            f"when `{container.name}` hangs, it is restarted only after the pod's grace period "
            f"of {said(pod.grace.value)}"
        )
        edit = yaml_edit.add_key(entry[1], GRACE, _PROBE_GRACE)
        title = f"Give the liveness probe {said(_PROBE_GRACE)} of its own"
        fixes = () if edit is None else (Fix(title, Applicability.UNSAFE, (edit,)),)
        related = (label(stated),)
        yield Finding(
            RULE,
            RULE.severity,
            message,
            label(entry),
            causes=related,
            related=related,
            fixes=fixes,
            workloads=named(group, container),
        )
