"""GL103: `sh -c` with a last command that is not started with `exec`."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.checks.lib.delivery import defects, exec_fix, finding, name, under_init
from gracelint.checks.lib.stop_signals import command
from gracelint.model.defect import Foreground, front
from gracelint.model.finding import Applicability, Fix, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.finding import Finding
    from gracelint.model.process import Process
    from gracelint.model.story import Story

RULE = Rule(
    "GL103",
    "shell-c-without-exec",
    Severity.ERROR,
    frozenset({Applicability.SAFE, Applicability.SHOW}),
)


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
            fixes=(exec_fix(defect) or _of_the_image(story, front(defect)),),
        )


def _of_the_image(story: Story, app: Process | None) -> Fix | None:
    """What users can do about the command of an image that they do not build."""
    workload = story.workload
    if workload.kind == "dockerfile" or workload.launch.overridden or command(workload) is not None:
        return None
    title = f"Give it the image's command as its own, with `exec` in front of {name(app)}"
    return Fix(title, Applicability.SHOW)
