"""GL307: what sharing the PID namespace means for this pod."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.checks import check
from gracelint.checks.lib.pods.common import label, members, names
from gracelint.diagnose.launched import program
from gracelint.model.entries import Reaction
from gracelint.model.finding import Finding, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.workload import Group

RULE = Rule("GL307", "shared-pid-namespace", Severity.INFO)


@check(RULE)
def shared_pid_namespace(group: Group) -> Iterator[Finding]:
    """A pod with `shareProcessNamespace: true`, and which of its consequences apply."""
    entry = group.pod.flag("shareProcessNamespace") if group.pod else None
    if group.pod is None or entry is None or group.pod.flag("hostPID"):
        return
    message = "`/pause` is PID 1 here: it reaps orphans, and `kill 1` ends the whole pod"
    also: list[str] = []
    if unhandled := _unhandled(group):
        programs = ", ".join(f"`{name}`" for name in unhandled)
        verb = "ends" if len(unhandled) == 1 else "end"
        also.append(f"Where PID 1 would ignore it, {programs} {verb} at once on the stop signal.")
    if len(group.workloads) > 1:
        also.append("The containers see each other's files under `/proc/<pid>/root`.")
    said = " ".join(also)
    yield Finding(RULE, RULE.severity, message, label(entry), help=said, workloads=names(group))


def _unhandled(group: Group) -> list[str]:
    """The programs without a handler, which as PID 1 would ignore the stop signal."""
    programs = []
    for _, workload in members(group):
        app = program(workload, group)
        if app is None:
            continue
        reaction = app.reactions.get("TERM", app.rest)
        if reaction is Reaction.DEFAULT and not app.interpreter and app.key not in programs:
            programs.append(app.key)
    return programs
