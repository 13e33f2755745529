"""What the rules about the shell form of ENTRYPOINT and CMD share."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks.lib.delivery import (
    defects,
    exec_fix,
    finding,
    json_fix,
    name,
    under_init,
)
from gracelint.checks.lib.words import meant_as_array
from gracelint.model.defect import Foreground, front

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.defect import Defect
    from gracelint.model.finding import Finding, Rule
    from gracelint.model.story import Story


def shell_form_findings(rule: Rule, story: Story, keyword: str) -> Iterator[Finding]:
    """The shell of this instruction is in front of the application, as its last command."""
    for defect in defects(story, Foreground):
        shell = defect.shell
        command = shell.instruction if shell is not None else None
        if (
            shell is None
            or command is None
            or command.keyword.upper() != keyword
            or under_init(defect)
        ):
            continue
        if meant_as_array(command.words[0].value or ""):
            continue
        yield finding(
            rule,
            story,
            defect,
            f"a shell {_where(defect)} in front of {name(front(defect))} and passes no signal on",
            label="the shell waits for this",
            fixes=(json_fix(story, command, shell.script), exec_fix(defect)),
        )


def _where(defect: Defect) -> str:
    return "is PID 1" if defect.process.pid == 1 else "stays"
