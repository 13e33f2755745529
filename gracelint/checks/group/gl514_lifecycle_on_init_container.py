"""GL514: hooks and probes on a container that has to end before the pod starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.checks import check
from gracelint.checks.lib.pods.common import at_entry
from gracelint.model.finding import Applicability, Finding, Fix, Rule, Severity
from gracelint.syntax.yaml import editing as yaml_edit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.workload import Group

RULE = Rule("GL514", "lifecycle-on-init-container", Severity.ERROR, frozenset({Applicability.SAFE}))
_FORBIDDEN = ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe")


@check(RULE)
def lifecycle_on_init_container(group: Group) -> Iterator[Finding]:
    """`lifecycle` or a probe on an init container that is no sidecar."""
    if group.pod is None or not group.pod.complete:
        return
    for container in group.pod.containers:
        if container.role != "init":
            continue
        for key in _FORBIDDEN:
            entry = container.node.entry(key)
            if entry is None or entry[1].is_null:
                continue
            message = (
                f"`{key}` on the init container `{container.name}`: the API rejects it unless "
                "the container has `restartPolicy: Always`"
            )
            edit = yaml_edit.delete_key(container.node, key)
            fixes = () if edit is None else (Fix(f"Remove `{key}`", Applicability.SAFE, (edit,)),)
            yield at_entry(RULE, message, entry, fixes, group, container)
