"""Whether the applications of a container were done when it ended."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING
from gracelint.model.application import Application
from gracelint.model.entries import Program, Reaction, Wrapped
from gracelint.model.snapshot import Outcome
from gracelint.model.story import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.snapshot import Seen, Snapshot


def verdict_of(snapshot: Snapshot) -> Verdict:
    """What the stop comes to."""
    if snapshot.outcome is Outcome.EXITS or refusing(snapshot) is not None:
        return Verdict.EXITS
    if snapshot.outcome is Outcome.KILLED:
        return Verdict.KILLED
    apps = applications(snapshot)
    if any(lost_work(p) and not _idle(p) for p in apps):
        return Verdict.ABANDONED
    if any(undecided(p) for p in apps) or left_alone(snapshot) is not None:
        return Verdict.UNKNOWN
    return Verdict.CUT_OFF if any(work_lost(p) for p in apps) else Verdict.GRACEFUL


def left_alone(snapshot: Snapshot) -> Seen | None:
    """The supervisor of which every program had ended before the stop, although it is there to
    start them again: what was read of them leaves out what keeps them.
    """
    below = {p.parent for p in (*snapshot.processes, *snapshot.later)}
    for process in snapshot.processes:
        runs = process.runs
        stays = isinstance(runs, Wrapped) and any(not s.once for s in runs.services)
        if stays and process.pid not in below:
            return process
    return None


def refusing(snapshot: Snapshot) -> Seen | None:
    """What refuses to run as another process than PID 1, so that it ends at once."""
    return next((p for p in snapshot.processes if p.pid != 1 and _only_as_pid1(p)), None)


def _only_as_pid1(process: Seen) -> bool:
    match process.runs:
        case Wrapped(pid1_only=only):
            return only
        case Application(program=Program(pid1_only=only)):
            return only
    return False


def applications(snapshot: Snapshot) -> list[Seen]:
    """The processes whose end counts: all applications, less what only works beside others, and
    scripts that clean up; else what `… start` left behind, else placeholders.
    """
    apps = [(p, p.became) for p in (*snapshot.processes, *snapshot.later)]
    there = [(p, app) for p, app in apps if isinstance(app, Application) and not app.brief]
    serving = [p for p, app in there if app.serves]
    serving = [p for p in serving if not _only_beside(p)] or serving
    serving += [p for p in _working_scripts(snapshot) if _cleans_up(p, snapshot)]
    return serving or [p for p, app in there if app.guessed] or [p for p, _ in there]


def _working_scripts(snapshot: Snapshot) -> list[Seen]:
    """The scripts that another program or script starts, and that do the work themselves: nothing
    that stays is below them, not even what keeps a container alive.
    """
    seen = {p.pid: p for p in snapshot.processes}
    in_front: set[int | None] = set()
    for process in snapshot.processes:
        app = process.became
        if isinstance(app, Application) and app.duration is None:
            in_front.update(_above(seen, process))
    found = []
    for process in snapshot.processes:
        shell, parent = process.shell, seen.get(process.parent or 0)
        by = parent.shell.script if parent is not None and parent.shell is not None else None
        if shell is None or parent is None or shell.form != "file" or by is shell.script:
            continue
        if process.pid not in in_front:
            found.append(process)
    return found


def _above(seen: dict[int, Seen], process: Seen) -> Iterator[int]:
    at = seen.get(process.parent or 0)
    while at is not None:
        yield at.pid
        at = seen.get(at.parent or 0)


def _cleans_up(process: Seen, snapshot: Snapshot) -> bool:
    """Whether a script has a handler of its own for the stop signal."""
    trap = process.shell.traps.get(snapshot.signal) if process.shell is not None else None
    return trap is not None and not trap.ignores


def left_beside(snapshot: Snapshot) -> list[Seen]:
    """What works beside the applications and has work of its own that it could not finish, and
    scripts that a program starts and tells nothing, which may be at any place in their work.
    """
    apps = {p.pid for p in applications(snapshot)}
    every = (*snapshot.processes, *snapshot.later)
    beside = [p for p in every if p.pid not in apps and _only_beside(p) and lost_work(p)]
    started = [p for p in _working_scripts(snapshot) if _by_source(snapshot, p)]
    return beside + [p for p in started if p.pid not in apps and not p.sent and lost_work(p)]


def _by_source(snapshot: Snapshot, process: Seen) -> bool:
    """Whether a program starts it whose own source is in sight."""
    parent = next((p for p in snapshot.processes if p.pid == process.parent), None)
    return parent is not None and isinstance(parent.runs, Wrapped) and bool(parent.runs.language)


def _only_beside(process: Seen) -> bool:
    app = process.became
    return isinstance(app, Application) and bool(app.program and app.program.beside)


def lost_work(process: Seen) -> bool:
    """Whether an application was ended before it could finish.

    One of which nothing is known loses its work to the default action of a signal; one whose source
    or entry tells what it does on another signal ends by itself, and its work is cut off.
    """
    app = process.became
    if process.fate != "signal" or not isinstance(app, Application):
        return process.fate in {"torn", "sigkill"}
    return app.assumed


def undecided(process: Seen) -> bool:
    """Whether only a source that is not in sight would tell if it stops: an interpreter installs no
    handler by itself, and PID 1 is spared the default action.
    """
    app = process.became
    if process.pid != 1 or not isinstance(app, Application) or app.program is None:
        return False
    return any(app.guessed_on(signal) for signal in process.sent)


def ends_at_once(process: Seen) -> bool:
    """Whether the signal ends it without its finishing anything."""
    app = process.became
    if not isinstance(app, Application) or not process.sent:
        return False
    does = app.reaction(process.sent[0])
    by_handler = process.fate == "exit" and does is Reaction.FAST
    by_default = does not in {Reaction.GRACEFUL, None}  # it may have a handler, where unknown
    return by_handler or (process.fate == "signal" and by_default)


def work_lost(process: Seen) -> str:
    """What is cut off when it ends at once; "" where nothing says that there is any."""
    app = process.became
    return app.work if isinstance(app, Application) and ends_at_once(process) else ""


def _idle(process: Seen) -> bool:
    """Whether all it did was to keep the container alive, so that nothing is lost with it."""
    return isinstance(process.became, Application) and process.became.placeholder
