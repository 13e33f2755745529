"""GL213: a handler that ends the application at once instead of asking it to stop."""

from __future__ import annotations

from gracelint.base.edit import Edit
from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.checks.lib.delivery import defects, finding, name
from gracelint.model.defect import HandlerKills
from gracelint.model.finding import Applicability, Fix, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.finding import Finding
    from gracelint.model.story import Story

RULE = Rule(
    "GL213",
    "kill-9-in-handler",
    Severity.ERROR,
    frozenset({Applicability.UNSAFE, Applicability.SHOW}),
)
_TITLE = "Send TERM, and wait for the application"


@check(RULE)
def kill_9_in_handler(story: Story) -> Iterator[Finding]:
    """The handler's signal leaves the application no time."""
    for defect in defects(story, HandlerKills):
        yield finding(
            RULE,
            story,
            defect,
            f"the handler sends {defect.signal} to {name(defect.app)},"
            " which ends it before it can clean up",
            label="ends it at once",
            fixes=(_fix(defect) or Fix(_TITLE, Applicability.SHOW),),
        )


def _fix(defect: HandlerKills) -> Fix | None:
    from gracelint.checks.lib.handlers import without_signal

    kill = defect.sent
    place = without_signal(kill.node) if kill is not None and kill.node.name == "kill" else None
    if kill is None or place is None:
        return None
    edit = Edit.replace(kill.script.text, *place, "")
    return None if edit is None else Fix(_TITLE, Applicability.UNSAFE, (edit,))
