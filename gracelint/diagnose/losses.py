"""What is lost although the stop signal arrives."""

from __future__ import annotations

from gracelint.atlas.running.reloaders import reloader
from gracelint.base import signals
from gracelint.base.facts import Known
from gracelint.base.source import Span
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import replace
from gracelint.diagnose import launched
from gracelint.diagnose.explain import program
from gracelint.diagnose.timeline import clock
from gracelint.diagnose.timers import cuts_off, timers
from gracelint.model import loss
from gracelint.model.entries import Reaction
from gracelint.simulate.asked import Values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.atlas import Atlas
    from gracelint.diagnose.timers import Timer
    from gracelint.model.entries import Program
    from gracelint.model.process import Process
    from gracelint.model.workload import Workload

_SHORT = 2.0
"""A timer of this length at most is too short whatever the grace period is."""

_USUAL = 10.0
"""Seconds that engines grant by default."""


def losses_of(workload: Workload, tree: Process, atlas: Atlas) -> Iterator[loss.Loss]:
    """All that is lost, by the processes from PID 1 on."""
    for process in tree.walk():
        if not _stopped_before(workload, process):
            yield from _by_signal(process)
    for timer in timers(workload, tree):
        yield from _by_timer(workload, timer, atlas)
    cut = cuts_off(workload, tree, atlas)
    if cut is not None:
        yield loss.NoTimeForRequests(cut[0], program(cut[0].argv), cut[1])
    env = Values(workload.env)
    for process in tree.walk():
        watcher = process.reloads or reloader(process.argv, env)
        if watcher is not None:
            if not watcher.finishes:
                yield loss.Reloaded(process, watcher.words)
            return


def _stopped_before(workload: Workload, process: Process) -> bool:
    """Whether a hook has stopped the program in its own way before the signal comes."""
    entry = process.entry
    hooks = [hook for hook in workload.hooks if hook.when == "preStop"]
    if entry is None or not hooks:
        return False
    from gracelint.diagnose.hook import stops_and_waits

    return any(hook.command is not None and stops_and_waits(hook.command, entry) for hook in hooks)


def _by_signal(process: Process) -> Iterator[loss.Loss]:
    """The program stops in another way than its authors intend, or cannot help ending at once."""
    entry = process.entry
    if len(process.sent) != 1 or process.sent[0] in signals.UNCATCHABLE:
        return
    sent = process.sent[0]
    wanted = entry.graceful_signal if entry is not None else None
    effect = _effect(entry, sent) if entry is not None else None
    handled = process.finishes_on if process.at_once and sent not in process.finishes_on else ()
    if wanted is not None and wanted != sent and effect is not None:
        yield loss.WrongSignal(process, sent, wanted, effect)
    elif handled:
        yield loss.WrongSignal(process, sent, handled[0], "cuts")
    elif process.at_once and process.work:
        app = process
        yield loss.EndsAtOnce(app, sent, app.work, app.own_work, app.failed, app.cut)


def _effect(program: Program, signal: str) -> loss.Effect | None:
    """What a signal does that is not the one intended; None for no harm."""
    if signal in program.waits_on:
        return "waits"
    match program.reactions.get(signal, program.rest):
        case Reaction.FAST:
            return "cuts"
        case Reaction.RELOAD if program.pid1_only:
            return "nothing"
    return None


def _by_timer(workload: Workload, timer: Timer, atlas: Atlas) -> Iterator[loss.Loss]:
    """A timer of the application's own that does not fit the grace period."""
    times, grace = clock(workload), workload.grace
    if times.signal is None or times.kill is None or not isinstance(grace, Known):
        return
    left, seconds = times.kill - times.signal, timer.seconds
    if timer.cuts:
        if _takes_away(timer, left, stated=not grace.assumed):
            yield loss.TimerCuts(timer.process, timer.owner, seconds, left, timer.span)
        elif seconds > left and timer.chosen and not _elsewhere(workload, timer, atlas):
            yield _outlasts(timer, left)
        return
    above = timer.above
    if above is not None and above.seconds < seconds and above.seconds <= left:
        usual = not (timer.chosen or above.chosen or timer.process.work == "jobs")
        if not usual or above.owner == "supervisord":
            lost = _outlasts(timer, above.seconds, above.owner, above.span)
            yield replace(lost, usual=usual)
    elif seconds > left and not (_is_sure(timer) or _elsewhere(workload, timer, atlas)):
        unset = () if timer.chosen or grace.assumed else grace.origins
        stated = next((one for one in unset if isinstance(one, Span)), None)
        yield _outlasts(timer, left, granted=stated)


def _is_sure(timer: Timer) -> bool:
    """Whether it always runs to its end: then that the program is killed is a defect by itself."""
    return timer.process.entry is not None and timer.process.entry.waits_out


def _outlasts(
    timer: Timer, left: float, killer: str = "", granted: Span | None = None
) -> loss.TimerOutlasts:
    seconds = timer.seconds
    return loss.TimerOutlasts(
        timer.process, timer.owner, seconds, left, timer.span, killer=killer, granted=granted
    )


def _takes_away(timer: Timer, left: float, *, stated: bool) -> bool:
    """Whether what kills after a time leaves most of the grace period unused.

    The default of an engine, which a supervisor grants too, says nothing of what its programs
    need.
    """
    if not (timer.seconds <= _SHORT or stated) or timer.seconds * 2 > left:
        return False
    return timer.chosen or timer.seconds < _USUAL


def _elsewhere(workload: Workload, timer: Timer, atlas: Atlas) -> bool:
    """Whether the grace period is what is missing, which is told elsewhere, or not stated here."""
    if not isinstance(workload.grace, Known) or not workload.grace.assumed:
        return False
    entry = launched.program(workload, atlas)
    named = entry is not None and entry.key == timer.owner
    return workload.kind == "dockerfile" or named
