"""GL105: the application is one end of a pipe under a shell."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.checks.lib.delivery import defects, finding, inline, name, under_init
from gracelint.model.defect import Pipelined
from gracelint.model.finding import Applicability, Fix, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.finding import Finding
    from gracelint.model.story import Story

RULE = Rule("GL105", "app-in-pipeline", Severity.ERROR, frozenset({Applicability.SHOW}))
_TITLE = (
    "Write the log to stdout and let the engine collect it,"
    " or in bash `exec > >(tee FILE)` and then `exec` the application"
)


@check(RULE)
def app_in_pipeline(story: Story) -> Iterator[Finding]:
    """The shell waits for a pipeline."""
    for defect in defects(story, Pipelined):
        if not (inline(defect) and under_init(defect)):
            message = (
                f"{name(defect.app)} is one end of a pipe, so a shell stays in front"
                " and passes no signal on"
            )
            yield finding(
                RULE,
                story,
                defect,
                message,
                label="the shell waits for the whole pipe",
                fixes=(Fix(_TITLE, Applicability.SHOW),),
            )
