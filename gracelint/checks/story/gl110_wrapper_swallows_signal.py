"""GL110: a process in front of the application that neither forwards nor is replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.checks import check
from gracelint.checks.delivery import defects, finding, name
from gracelint.finding import Applicability, Fix, Rule, Severity
from gracelint.shutdown.process import Cause

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.finding import Finding
    from gracelint.shutdown.process import Defect, Story

RULE = Rule("GL110", "wrapper-swallows-signal", Severity.ERROR, frozenset({Applicability.SHOW}))
_INSTEAD = {
    "flock": "`flock -F` replaces itself with the command",
    "strace": "`strace -D` traces from a process beside the application",
    "time": "Start the application with `exec`, without `time`",
    "apachectl": "Start `apache2 -DFOREGROUND` or `httpd -DFOREGROUND` itself",
}


@check(RULE)
def wrapper_swallows_signal(story: Story) -> Iterator[Finding]:
    """Wrappers that stay and pass nothing on, and inits told to drop the signal."""
    for defect in defects(story, Cause.WRAPPER_SWALLOWS, Cause.INIT_DROPS):
        key = _key(defect)
        drops = defect.cause is Cause.INIT_DROPS
        what = (
            f"is told to drop SIG{story.signal}" if drops else "passes the stop signal on to nobody"
        )
        title = _INSTEAD.get(
            key, f"Start {name(defect.app)} without `{key}`, or behind what forwards"
        )
        if drops:
            title = f"Take the option away that makes `{key}` drop the signal"
        yield finding(
            RULE,
            story,
            defect,
            f"`{key}` stays in front of {name(defect.app)} and {what}",
            fixes=(Fix(title, Applicability.SHOW),),
        )


def _key(defect: Defect) -> str:
    return "time" if defect.shell is not None else defect.process.program
