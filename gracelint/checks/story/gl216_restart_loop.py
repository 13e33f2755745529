"""GL216: a loop that starts the application again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.checks import check
from gracelint.checks.lib.delivery import defects, finding
from gracelint.diagnose.explain import subject
from gracelint.model.defect import Restarted
from gracelint.model.finding import Applicability, Fix, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.defect import Defect
    from gracelint.model.finding import Finding
    from gracelint.model.story import Story

RULE = Rule("GL216", "restart-loop", Severity.ERROR, frozenset({Applicability.SHOW}))
_TITLE = "Start the application with `exec` and leave restarting to the orchestrator"
_DIES = "Trap the stop signal in the loop's shell: let the command end, then the loop"
_IDLE = "Set a trap before the loop that ends it, and let the shell sleep in `sleep … & wait $!`"


@check(RULE)
def restart_loop(story: Story) -> Iterator[Finding]:
    """The shell waits for the application, or for nothing in particular, inside a loop."""
    for defect in defects(story, Restarted):
        what = f"`{subject(defect)}` runs in a loop of a shell, which"
        idle = _idle(defect)
        dies = defect.process.dies
        if idle:
            title = _IDLE
            what += f" has no trap for SIG{story.signal} and goes on"
        elif dies:
            title = _DIES
            sent = (*defect.process.sent, story.signal)[0]
            what += f" dies of SIG{sent} and does not pass it on"
        else:
            title = _TITLE
            what += " does not pass the stop signal on and would start it again"
        yield finding(
            RULE,
            story,
            defect,
            what,
            label="the shell waits for this, then the loop goes on",
            fixes=(Fix(title, Applicability.SHOW),),
            severity=Severity.WARNING if idle or dies else None,
        )


def _idle(defect: Defect) -> bool:
    """Whether the loop itself is what the container is there for: no application is below it."""
    return all(p.role != "app" for p in defect.process.walk())
