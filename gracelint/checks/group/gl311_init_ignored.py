"""GL311: `init: true` where the engine starts no init."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.checks import check
from gracelint.checks.lib.compose import entry, has_engine_init, label, mapping_with, members
from gracelint.model.finding import Applicability, Finding, Fix, Rule, Severity
from gracelint.syntax.yaml import editing as yaml_edit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.workload import Group, Workload

RULE = Rule("GL311", "init-ignored", Severity.WARNING, frozenset({Applicability.SAFE}))


@check(RULE)
def init_ignored(group: Group) -> Iterator[Finding]:
    """A service that asks for an init and shares a PID namespace."""
    for workload in members(group):
        init, pid = entry(workload, "init"), entry(workload, "pid")
        private = workload.pid_namespace == "private"
        if private or not has_engine_init(workload) or init is None or pid is None:
            continue
        message = "the engine skips the init of a container that shares a PID namespace"
        causes = (label(pid, "shares the processes of another namespace"),)
        yield Finding(
            RULE,
            RULE.severity,
            message,
            label(init),
            causes,
            fixes=_fixes(workload),
            workloads=(workload.name,),
        )


def _fixes(workload: Workload) -> tuple[Fix, ...]:
    mapping = mapping_with(workload, "init")
    edit = None if mapping is None else yaml_edit.delete_key(mapping, "init")
    if edit is None:
        return ()
    return (Fix("Remove `init`, which has no effect here", Applicability.SAFE, (edit,)),)
