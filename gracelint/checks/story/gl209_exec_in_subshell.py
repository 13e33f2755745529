"""GL209: `exec` in a part of the shell, which leaves the shell itself where it is."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.checks.lib.delivery import defects, finding, name
from gracelint.model.defect import ExecInPart
from gracelint.model.finding import Applicability, Fix, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.finding import Finding
    from gracelint.model.story import Story

RULE = Rule("GL209", "exec-in-subshell", Severity.ERROR, frozenset({Applicability.SHOW}))


@check(RULE)
def exec_in_subshell(story: Story) -> Iterator[Finding]:
    """The application has replaced a subshell, a substitution or a background job."""
    for defect in defects(story, ExecInPart):
        if defect.background:
            part, title = "a background job", "Drop the `&` and the `wait` behind it"
        elif defect.span.text.startswith(("$(", "`")):
            part, title = "a command substitution", "Call `exec` outside of the substitution"
        else:
            part, title = "a subshell", "Call `exec` outside of the parentheses"
        yield finding(
            RULE,
            story,
            defect,
            f"`exec` replaces only {part} by {name(defect.app)}: the shell itself stays,"
            " and passes no signal on",
            label="the shell waits for this",
            fixes=(Fix(title, Applicability.SHOW),),
        )
