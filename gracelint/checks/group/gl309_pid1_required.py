"""GL309: an init that must be PID 1 in a pod where nothing of a container is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.checks import check
from gracelint.checks.lib.pods.common import label, members, named, pid1_only
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.workload import Group

RULE = Rule("GL309", "pid1-required", Severity.ERROR, frozenset({Applicability.SHOW}))


@check(RULE)
def pid1_required(group: Group) -> Iterator[Finding]:
    """systemd or s6-overlay under `shareProcessNamespace` or `hostPID`."""
    if group.pod is None:
        return
    entry = group.pod.flag("shareProcessNamespace") or group.pod.flag("hostPID")
    if entry is None:
        return
    for container, workload in members(group):
        init = pid1_only(workload, group)
        if init is None:
            continue
        where = "the pod's" if workload.pid_namespace == "shared" else "the node's"
        message = f"`{init}` of `{workload.container}` refuses to run as another process than PID 1"
        related = (label(entry, f"uses {where} PID namespace"),)
        command = workload.launch.command
        primary = Label(workload.declared if command is None else command.value)
        fix = Fix("Give the container a PID namespace of its own", Applicability.SHOW)
        yield Finding(
            RULE,
            RULE.severity,
            message,
            primary,
            causes=related,
            related=related,
            fixes=(fix,),
            workloads=named(group, container),
        )
