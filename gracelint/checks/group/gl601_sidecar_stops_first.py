"""GL601: a proxy or agent that stops at the same time as the application that needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.checks import check
from gracelint.checks.lib.pods.common import at_entry
from gracelint.checks.lib.pods.helpers import as_sidecar, drains, helpers
from gracelint.model.finding import Applicability, Finding, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.workload import Group

RULE = Rule("GL601", "sidecar-stops-first", Severity.WARNING, frozenset({Applicability.UNSAFE}))


@check(RULE)
def sidecar_stops_first(group: Group) -> Iterator[Finding]:
    """A known helper among the `containers:` of a pod that serves."""
    if group.pod is None or group.pod.is_job:
        return
    for container, kind in helpers(group):
        entry = container.node.entry("name")
        if entry is None or container.hook("preStop") is not None or drains(container):
            continue
        message = (
            f"the {kind} `{container.name}` stops at the same time as the containers that use it, "
            "and may be gone first"
        )
        fixes = as_sidecar(group, container)
        yield at_entry(RULE, message, entry, fixes, group, container)
