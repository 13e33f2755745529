"""GL602: a helper that never ends in a pod that has to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.checks import check
from gracelint.checks.lib.pods.common import as_sidecar, at_entry, helpers, is_told
from gracelint.model.finding import Applicability, Finding, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.workload import Group

RULE = Rule("GL602", "sidecar-blocks-job", Severity.ERROR, frozenset({Applicability.UNSAFE}))


@check(RULE)
def sidecar_blocks_job(group: Group) -> Iterator[Finding]:
    """A known helper among the `containers:` of a Job."""
    if group.pod is None or not group.pod.is_job or is_told(group):
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
