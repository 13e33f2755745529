"""GL205: the application is told, and the shell ends before it."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.checks.lib.delivery import defects, finding, name
from gracelint.model.defect import WaitInterrupted
from gracelint.model.finding import Applicability, Fix, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.finding import Finding
    from gracelint.model.story import Story

RULE = Rule(
    "GL205",
    "wait-interrupted",
    Severity.ERROR,
    frozenset({Applicability.SAFE, Applicability.UNSAFE, Applicability.SHOW}),
)


@check(RULE)
def wait_interrupted(story: Story) -> Iterator[Finding]:
    """The handler has run, and PID 1 ends before the application does."""
    for defect in defects(story, WaitInterrupted):
        from gracelint.checks.lib.waits import TITLE, wait_in_handler

        yield finding(
            RULE,
            story,
            defect,
            f"the shell ends right after the handler for {story.signal},"
            f" while {name(defect.app)} is still stopping",
            label="does not wait for the application to end",
            fixes=(wait_in_handler(defect) or Fix(TITLE, Applicability.SHOW),),
        )
