"""Whether the applications of a container were done when it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.model.application import Application
from gracelint.model.snapshot import Outcome
from gracelint.model.story import Verdict

if TYPE_CHECKING:
    from gracelint.model.snapshot import Seen, Snapshot


def verdict_of(snapshot: Snapshot) -> Verdict:
    """What the stop comes to."""
    match snapshot.outcome:
        case Outcome.EXITS:
            return Verdict.EXITS
        case Outcome.KILLED:
            return Verdict.KILLED
    lost = [p for p in applications(snapshot) if lost_work(p) and not _idle(p)]
    return Verdict.ABANDONED if lost else Verdict.GRACEFUL


def applications(snapshot: Snapshot) -> list[Seen]:
    """The processes whose end counts: all applications, else what `… start` left behind, else
    placeholders.
    """
    apps = [(p, p.became) for p in (*snapshot.processes, *snapshot.later)]
    there = [(p, app) for p, app in apps if isinstance(app, Application) and not app.brief]
    serving = [p for p, app in there if app.serves]
    return serving or [p for p, app in there if app.guessed] or [p for p, _ in there]


def lost_work(process: Seen) -> bool:
    """Whether an application was ended before it could finish.

    One that would clean up on another signal loses its work to the default action of this one.
    """
    app = process.became
    if process.fate != "signal" or not isinstance(app, Application):
        return process.fate in {"torn", "sigkill"}
    return app.cleans_up


def _idle(process: Seen) -> bool:
    """Whether all it did was to keep the container alive, so that nothing is lost with it."""
    return isinstance(process.became, Application) and process.became.placeholder
