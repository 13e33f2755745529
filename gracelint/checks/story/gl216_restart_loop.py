"""GL216: a loop that starts the application again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.checks import check
from gracelint.checks.delivery import defects, finding
from gracelint.finding import Applicability, Fix, Rule, Severity
from gracelint.shutdown.explain import subject
from gracelint.shutdown.process import Cause

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.finding import Finding
    from gracelint.shutdown.process import Story

RULE = Rule("GL216", "restart-loop", Severity.ERROR, frozenset({Applicability.SHOW}))
_TITLE = "Start the application with `exec` and leave restarting to the orchestrator"


@check(RULE)
def restart_loop(story: Story) -> Iterator[Finding]:
    """The shell waits for the application inside a loop."""
    for defect in defects(story, Cause.RESTART):
        yield finding(
            RULE,
            story,
            defect,
            f"`{subject(defect)}` runs in a loop of a shell,"
            " which does not pass the stop signal on and would start it again",
            label="the shell waits for this, then the loop goes on",
            fixes=(Fix(_TITLE, Applicability.SHOW),),
        )
