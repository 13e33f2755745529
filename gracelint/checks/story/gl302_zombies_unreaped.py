"""GL302: orphans are made in a container whose PID 1 does not wait for them."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.checks.lib.delivery import defects
from gracelint.checks.lib.inits import dropped_init, init_fix
from gracelint.checks.lib.orphans import left_by_health_check, makers, reaps
from gracelint.checks.lib.stop_signals import command
from gracelint.model.defect import UnhandledPid1
from gracelint.model.finding import Applicability, Finding, Label, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.base.source import Span
    from gracelint.model.process import Process
    from gracelint.model.story import Story

RULE = Rule(
    "GL302",
    "zombies-unreaped",
    Severity.WARNING,
    frozenset({Applicability.SAFE, Applicability.UNSAFE, Applicability.SHOW}),
)


@check(RULE)
def zombies_unreaped(story: Story) -> Iterator[Finding]:
    """PID 1 is given orphans, and leaves them as zombies."""
    root, workload = story.tree, story.workload
    if root is None or workload.pid_namespace != "private" or dropped_init(workload):
        return
    if reaps(root) is not False or _needs_init_anyway(story):
        return
    launch = command(workload)
    why = next((words for p in _applications(root) for words in makers(workload, p)), "")
    if why:
        place = workload.declared if launch is None else launch.value
        yield _finding(story, root, RULE.severity, why, place)
        return
    left = left_by_health_check(workload)
    if left and workload.healthcheck is not None:
        why = f"a health check that times out leaves its `{left}`"
        yield _finding(story, root, Severity.INFO, why, workload.healthcheck.value)


def _finding(story: Story, root: Process, severity: Severity, why: str, place: Span) -> Finding:
    key = root.program or str(root.argv[0])
    return Finding(
        RULE,
        severity,
        f"`{key}` is PID 1 and reaps no orphans, and {why}",
        Label(place),
        fixes=(init_fix(story, root),),
        workloads=(story.workload.name,),
    )


def _needs_init_anyway(story: Story) -> bool:
    """Whether an init is asked for because of the stop signal already."""
    return any(defects(story, UnhandledPid1))


def _applications(root: Process) -> list[Process]:
    return [p for p in root.walk() if p.role == "app"]
