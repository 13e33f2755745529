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
_TITLE = "Start it in the foreground as the last command, with `exec`"


@check(RULE)
def detached_app(story: Story) -> Iterator[Finding]:
    """Applications behind a placeholder, or behind nothing."""
    for defect in defects(story, Detached):
        if defect.exits and _awaits_command(story):
            continue
        if defect.exits:
            why = "PID 1 ends at once, and the container with it"
        else:
            why = "what is in front of it passes no signal on"
        yield finding(
            RULE,
            story,
            defect,
            f"{name(defect.app)} runs in the background: {why}",
            fixes=(Fix(_title(defect), Applicability.SHOW),),
        )


def _awaits_command(story: Story) -> bool:
    """Whether a script hands over to a command that it is yet to be given, as a base image's."""
    last = [
        script.span(script.body.items[-1]).text for script in story.scripts if script.body.items
    ]
    return any(map(_HANDS_OVER.fullmatch, last))


_HANDS_OVER = lazy.compile(r'exec\s+"?\$[@*]"?')


def _title(defect: Detached) -> str:
    entry = defect.app.entry if defect.app is not None else None
    if entry is None or not entry.foreground:
        return _TITLE
    stays = f"{entry.key} {entry.foreground}"
    return f"Start it as the last command, with `exec`, and in the foreground: `{stays}`"
