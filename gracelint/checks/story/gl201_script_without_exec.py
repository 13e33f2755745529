"""GL201: a script that starts the application as its last command, without `exec`."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.checks.lib import placeholders
from gracelint.checks.lib.delivery import (
    consequence,
    defects,
    exec_fix,
    finding,
    inline,
    name,
)
from gracelint.model.defect import Foreground, front
from gracelint.model.finding import Applicability, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.defect import Defect
    from gracelint.model.finding import Finding
    from gracelint.model.story import Story

RULE = Rule(
    "GL201",
    "script-without-exec",
    Severity.ERROR,
    frozenset({Applicability.SAFE, Applicability.UNSAFE}),
)


@check(RULE)
def script_without_exec(story: Story) -> Iterator[Finding]:
    """The script's shell waits for its last command."""
    for defect in defects(story, Foreground):
        if defect.shell is None or inline(defect):
            continue
        who = "a shell in the background" if defect.process.background else "the script"
        lost = Applicability.UNSAFE if _loses_a_trap(defect) else Applicability.SAFE
        yield finding(
            RULE,
            story,
            defect,
            f"{who} stays in front of {name(front(defect))} and passes no signal on",
            label="started without `exec`",
            fixes=(exec_fix(defect, lost),),
            help_=_of_a_log(story, defect),
        )


def _of_a_log(story: Story, defect: Defect) -> str:
    """What `exec` does not mend where all that stays in sight shows a file that others write."""
    app = front(defect)
    idle = app is not None and placeholders.waits(app)
    path = app.argv[-1].value if idle and app is not None and app.argv else None
    if path is None or not path.startswith("/") or path.startswith("/dev/"):
        return ""
    writes = f"If a program in this container writes `{path}`, nothing tells that to stop"
    return f"{writes}: start it in the foreground instead. {consequence(story)}"


def _loses_a_trap(defect: Defect) -> bool:
    """Whether `exec` would discard a handler that has run so far."""
    shell = defect.shell
    return shell is not None and any(trap.action.value for trap in shell.traps.values())
