"""GL103: `sh -c` with a last command that is not started with `exec`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.checks import check
from gracelint.checks.lib.delivery import defects, exec_fix, finding, front, name, under_init
from gracelint.model.defect import Foreground
from gracelint.model.finding import Applicability, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.finding import Finding
    from gracelint.model.story import Story

RULE = Rule("GL103", "shell-c-without-exec", Severity.ERROR, frozenset({Applicability.SAFE}))


@check(RULE)
def shell_c_without_exec(story: Story) -> Iterator[Finding]:
    """The shell behind -c waits for its last command."""
    for defect in defects(story, Foreground):
        if defect.shell is None or defect.shell.form != "dash-c" or under_init(defect):
            continue
        shell = str(defect.process.argv[0]) if defect.process.argv else "sh"
        yield finding(
            RULE,
            story,
            defect,
            f"`{shell} -c` stays in front of {name(front(defect))} and passes no signal on",
            label="the shell waits for this",
            fixes=(exec_fix(defect),),
        )
