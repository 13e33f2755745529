"""GL104: commands behind the application, for which the shell has to stay."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.checks.lib.delivery import defects, finding, inline, name, under_init
from gracelint.model.defect import Followed, front
from gracelint.model.finding import Applicability, Fix, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.finding import Finding
    from gracelint.model.story import Story

RULE = Rule("GL104", "command-after-app", Severity.ERROR, frozenset({Applicability.SHOW}))
_TITLE = (
    "Start the application with `exec` as the last command, or in the background with a trap that"
    " stops it, and do what follows after `wait`"
)


@check(RULE)
def command_after_app(story: Story) -> Iterator[Finding]:
    """The shell waits for the application, because something follows it."""
    for defect in defects(story, Followed):
        if not (inline(defect) and under_init(defect)):
            yield finding(
                RULE,
                story,
                defect,
                f"the shell stays for what follows {name(front(defect))}, and passes no signal on",
                label="the shell waits for this, then goes on",
                fixes=(Fix(_TITLE, Applicability.SHOW),),
            )
