"""GL203: an application in the background of a shell that waits without a trap."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.checks.lib.delivery import defects, finding, idle, inline, name, under_init
from gracelint.model.defect import NoTrap
from gracelint.model.finding import Applicability, Fix, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.finding import Finding
    from gracelint.model.story import Story

RULE = Rule(
    "GL203",
    "background-without-trap",
    Severity.ERROR,
    frozenset({Applicability.UNSAFE, Applicability.SHOW}),
)
_TITLE = "Start it with `exec` in the foreground, or set a trap that stops it and waits for it"


@check(RULE)
def background_without_trap(story: Story) -> Iterator[Finding]:
    """The shell waits for a background job and has no trap."""
    for defect in defects(story, NoTrap):
        from gracelint.checks.lib.supervision import exec_instead, trap_for

        if inline(defect) and under_init(defect):
            continue
        yield finding(
            RULE,
            story,
            defect,
            f"the shell waits for {name(defect.app)} in the background"
            f" without a trap for {story.signal}",
            label="started here, and nobody passes the stop signal on to it",
            fixes=(
                exec_instead(defect)
                or trap_for(defect, story.signal)
                or Fix(_TITLE, Applicability.SHOW),
            ),
            severity=Severity.WARNING if idle(defect) else None,
        )
