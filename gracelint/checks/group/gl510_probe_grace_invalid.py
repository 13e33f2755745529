"""GL510: a probe's own grace period where the API allows none, or none of that length."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.facts import Known
from gracelint.checks import check
from gracelint.checks.lib.pods.common import GRACE, label, named
from gracelint.declare.kubernetes.pods import seconds
from gracelint.model.finding import Applicability, Finding, Fix, Rule, Severity
from gracelint.syntax.yaml import editing as yaml_edit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.pod import Entry
    from gracelint.model.workload import Group

RULE = Rule("GL510", "probe-grace-invalid", Severity.ERROR, frozenset({Applicability.SAFE}))


@check(RULE)
def probe_grace_invalid(group: Group) -> Iterator[Finding]:
    """`terminationGracePeriodSeconds` on a readiness probe, or of zero or less on any."""
    for container in () if group.pod is None else group.pod.containers:
        for key, probe in container.probes():
            entry = probe.entry(GRACE)
            problem = None if entry is None else _problem(key.value, entry)
            if entry is None or problem is None:
                continue
            edit = yaml_edit.delete_key(probe, GRACE)
            fixes = () if edit is None else (Fix("Remove it", Applicability.SAFE, (edit,)),)
            yield Finding(
                RULE,
                RULE.severity,
                problem,
                label(entry),
                fixes=fixes,
                workloads=named(group, container),
            )


def _problem(probe: str, entry: Entry) -> str | None:
    if probe == "readinessProbe":
        return "a readiness probe never ends a container: the API rejects a grace period on it"
    stated = seconds(entry[1], 1.0)
    if isinstance(stated, Known) and not stated.assumed and stated.value <= 0:
        return "a probe's grace period has to be above 0: the API rejects this one"
    return None
