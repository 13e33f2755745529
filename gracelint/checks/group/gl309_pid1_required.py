"""GL309: an init that must be PID 1 where nothing of a container is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.checks import check
from gracelint.checks.lib.pods.common import label, members, named
from gracelint.diagnose.launched import pid1_only
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.workload import Group, Workload

RULE = Rule("GL309", "pid1-required", Severity.ERROR, frozenset({Applicability.SHOW}))


@check(RULE)
def pid1_required(group: Group) -> Iterator[Finding]:
    """systemd or s6-overlay in a PID namespace that is not the container's own."""
    if group.pod is None:
        yield from _outside_pods(group)
        return
    entry = group.pod.flag("shareProcessNamespace") or group.pod.flag("hostPID")
    if entry is None:
        return
    for container, workload in members(group):
        init = pid1_only(workload, group)
        if init is not None:
            where = "the pod's" if workload.pid_namespace == "shared" else "the node's"
            related = (label(entry, f"uses {where} PID namespace"),)
            name = workload.container or workload.name
            yield _finding(workload, init, name, related, named(group, container))


def _outside_pods(group: Group) -> Iterator[Finding]:
    """Compose services, quadlets and ECS containers that are given another PID namespace."""
    for workload in group.workloads:
        init = None if workload.pid_namespace == "private" else pid1_only(workload)
        if init is None:
            continue
        stated = None if workload.place is None else workload.place.entries.get("pid")
        related = () if stated is None else (label(stated, "is another PID namespace"),)
        yield _finding(workload, init, workload.name, related, (workload.name,))


def _finding(
    workload: Workload, init: str, name: str, related: tuple[Label, ...], names: tuple[str, ...]
) -> Finding:
    command = workload.launch.command
    return Finding(
        RULE,
        RULE.severity,
        f"`{init}` of `{name}` refuses to run as another process than PID 1",
        Label(workload.declared if command is None else command.value),
        causes=related,
        related=related,
        fixes=(Fix("Give the container a PID namespace of its own", Applicability.SHOW),),
        workloads=names,
    )
