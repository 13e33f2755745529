"""GL602: a helper that never ends in a pod that has to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.checks import check
from gracelint.checks.lib.pods.common import at_entry, label, names
from gracelint.checks.lib.pods.helpers import as_sidecar, has_quit_call, helpers
from gracelint.checks.lib.pods.injection import injected
from gracelint.model.finding import Applicability, Finding, Fix, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.checks.lib.pods.injection import Injected
    from gracelint.model.workload import Group

RULE = Rule(
    "GL602",
    "sidecar-blocks-job",
    Severity.ERROR,
    frozenset({Applicability.UNSAFE, Applicability.SHOW}),
)


@check(RULE)
def sidecar_blocks_job(group: Group) -> Iterator[Finding]:
    """A helper among the `containers:` of a Job, written there or injected."""
    if group.pod is None or not group.pod.is_job or has_quit_call(group):
        return
    for container, kind in helpers(group):
        entry = container.node.entry("name")
        if entry is None:
            continue
        message = (
            f"the {kind} `{container.name}` keeps running when the work is done, so the "
            f"{group.pod.kind} never completes"
        )
        fixes = as_sidecar(group, container)
        yield at_entry(RULE, message, entry, fixes, group, container)
    for sidecar in injected(group):
        if not sidecar.native:
            yield _added(group, sidecar)


def _added(group: Group, sidecar: Injected) -> Finding:
    assert group.pod is not None
    kind = group.pod.kind
    message = f"the sidecar that {sidecar.by} adds keeps running, so the {kind} never completes"
    severity = RULE.severity
    if sidecar.native is None:
        severity = Severity.INFO
        message += ", unless it is added as a native sidecar"
    fix = Fix(
        f"Switch the injection off for this {kind}, or use native sidecars", Applicability.SHOW
    )
    primary = label(sidecar.entry)
    return Finding(RULE, severity, message, primary, fixes=(fix,), workloads=names(group))
