"""GL112: the application runs in the background, and PID 1 is a placeholder or ends."""

from __future__ import annotations

from gracelint.base import lazy
from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.checks.lib.delivery import defects, finding, name
from gracelint.model.defect import Detached
from gracelint.model.finding import Applicability, Fix, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.finding import Finding
    from gracelint.model.story import Story

RULE = Rule("GL112", "detached-app", Severity.ERROR, frozenset({Applicability.SHOW}))
_AT_A_TERMINAL = (
    "the shell in front ends at once without a terminal, and passes no signal on with one"
)
_TITLE = "Start it in the foreground as the last command, with `exec`"


@check(RULE)
def detached_app(story: Story) -> Iterator[Finding]:
    """Applications behind a placeholder, or behind nothing."""
    for defect in defects(story, Detached):
        if defect.exits and _awaits_command(story):
            continue
        at_terminal = defect.exits and _ends_in_shell(story)
        if at_terminal:
            why = _AT_A_TERMINAL
        elif defect.exits:
            why = "PID 1 ends at once, and the container with it"
        else:
            why = "what is in front of it passes no signal on"
        yield finding(
            RULE,
            story,
            defect,
            f"{name(defect.app)} runs in the background: {why}",
            severity=Severity.WARNING if at_terminal else None,
            fixes=(Fix(_title(defect), Applicability.SHOW),),
        )


def _awaits_command(story: Story) -> bool:
    """Whether a script hands over to a command that it is yet to be given, as a base image's."""
    return any(map(_HANDS_OVER.fullmatch, _last(story)))


_HANDS_OVER = lazy.compile(r'exec\s+"?\$[@*]"?')


def _ends_in_shell(story: Story) -> bool:
    """Whether a shell for somebody at a terminal is started last, which `docker run -it` gives it.

    An orchestrator's file says whether there is one.
    """
    if story.workload.kind != "dockerfile":
        return False
    return any(map(_INTERACTIVE.search, _last(story)))


_INTERACTIVE = lazy.compile(
    r"(?:^|[;&]\s*)(?:exec\s+)?(?:/(?:usr/)?(?:local/)?bin/)?(?:ba|da|a|z|k)?sh(?:\s+-[il]{1,2})*$"
)


def _last(story: Story) -> list[str]:
    """The last commands of the scripts that are run."""
    return [
        script.span(script.body.items[-1]).text for script in story.scripts if script.body.items
    ]


def _title(defect: Detached) -> str:
    entry = defect.app.entry if defect.app is not None else None
    if entry is None or not entry.foreground:
        return _TITLE
    stays = f"{entry.key} {entry.foreground}"
    return f"Start it as the last command, with `exec`, and in the foreground: `{stays}`"
