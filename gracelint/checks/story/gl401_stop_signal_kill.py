"""GL401: a stop signal that no program can handle."""

from __future__ import annotations

from gracelint.base import signals
from gracelint.base.facts import Known
from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.checks.lib.stop_signals import place, program_of, set_to, written
from gracelint.model.finding import Applicability, Finding, Label, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.story import Story

RULE = Rule(
    "GL401",
    "stop-signal-kill",
    Severity.ERROR,
    frozenset({Applicability.SAFE, Applicability.SHOW}),
)


@check(RULE)
def stop_signal_kill(story: Story) -> Iterator[Finding]:
    """KILL ends everything at once, STOP freezes it."""
    workload = story.workload
    fact = workload.stop_signal
    signal = signals.parse(fact.value) if isinstance(fact, Known) else None
    if signal not in signals.UNCATCHABLE:
        return
    what = "ends every process at once" if signal == "KILL" else "only freezes PID 1"
    at, where = written(workload), place(workload)
    related = (Label(at, "the stop signal"),) if at is not None and at != where else ()
    yield Finding(
        RULE,
        RULE.severity,
        f"the stop signal SIG{signal} {what}: no program can handle it",
        Label(where),
        causes=related,
        related=related,
        fixes=tuple(f for f in (set_to(workload, _wanted(story)),) if f is not None),
        workloads=(workload.name,),
    )


def _wanted(story: Story) -> str:
    """The signal that what runs here wants: TERM unless the only application wants another."""
    apps = [p for p in story.tree.walk() if p.role == "app"] if story.tree else []
    entry = program_of(story.workload, apps[0]) if len(apps) == 1 else None
    return (entry.graceful_signal if entry is not None else None) or "TERM"
