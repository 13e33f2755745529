"""What a verdict rests on besides what is proven, as sentences without their "if"."""

from __future__ import annotations

from gracelint import atlas
from gracelint.base.facts import Known, Unknown
from gracelint.base.typed import TYPE_CHECKING
from gracelint.diagnose.explain import name, program
from gracelint.diagnose.lost import applications, ends_at_once, left_beside, lost_work
from gracelint.model import defect as defects
from gracelint.model.application import Application, Source
from gracelint.model.story import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gracelint.model.entries import InnerTimer
    from gracelint.model.loss import Loss
    from gracelint.model.snapshot import Seen, Snapshot
    from gracelint.model.workload import Workload

_BY_SIGNAL = (
    defects.Reloads,
    defects.TrapForOther,
    defects.TrapIgnores,
    defects.UnhandledPid1,
    defects.UnhandledSignal,
)
"""What is a defect with this stop signal and would be none with another."""

_OF_APPLICATION = (defects.Reloads, defects.UnhandledPid1, defects.UnhandledSignal)
"""What an application does itself."""

_BY_IMAGE = (*_OF_APPLICATION, defects.Foreground)
"""What is a defect with this image, its application and its shell, and may be none in another."""


def assumptions_of(
    workload: Workload,
    snapshot: Snapshot | None,
    verdict: Verdict,
    causes: Sequence[defects.Defect] = (),
    losses: Sequence[Loss] = (),
) -> tuple[str, ...]:
    """The assumptions, each once; empty where the verdict is proven."""
    if verdict is Verdict.UNKNOWN or any(isinstance(d, defects.Uncatchable) for d in causes):
        return ()
    ends_well = verdict in {Verdict.GRACEFUL, Verdict.CUT_OFF}
    said = [_launch(workload)]
    if not any(_is_own(d, workload) for d in causes):
        said.append(workload.guess)
    if ends_well or (causes and all(isinstance(d, _BY_SIGNAL) for d in causes)):
        said.append(_stop_signal(workload))
    if snapshot is not None and verdict is Verdict.EXITS:
        said += [_life(process) for process in snapshot.processes if process.pid == 1]
    elif snapshot is not None:
        said += _endings(snapshot, losses) if ends_well else _losses(snapshot, causes)
        said += _in_time(workload, snapshot, losses) if verdict is Verdict.GRACEFUL else []
    return tuple(dict.fromkeys(filter(None, said)))


def _life(process: Seen) -> str:
    """What is not certain of how long a program runs; "" where nothing is."""
    app = process.became
    source = app.source if isinstance(app, Application) else None
    return source.life if isinstance(source, Source) else ""


def _is_own(defect: defects.Defect, workload: Workload) -> bool:
    """Whether a container breaks the delivery by its own words, whatever image it has."""
    return not isinstance(defect, _BY_IMAGE) and defect.span.source is workload.source


def _launch(workload: Workload) -> str:
    argv = workload.launch.argv
    assumed = isinstance(argv, Known) and argv.assumed
    return f"{_image(workload)} has no ENTRYPOINT" if assumed else ""


def _stop_signal(workload: Workload) -> str:
    """Images about which nothing is known are taken to set no stop signal."""
    stated = workload.stop_signal_stated
    return "" if stated else f"{_image(workload)} sets no STOPSIGNAL"


def _image(workload: Workload) -> str:
    reference = workload.base.reference
    return f"the image `{reference}`" if reference else "the image"


def _endings(snapshot: Snapshot, losses: Sequence[Loss]) -> Iterator[str]:
    """What the applications are taken to do that end when they are told."""
    pids = {lost.process.pid for lost in losses}
    for process in left_beside(snapshot):
        yield f"`{name(process.argv)}` has nothing to finish: it is not told"
    for process in applications(snapshot):
        app = process.became
        if not isinstance(app, Application) or not process.sent or app.placeholder:
            continue
        yield _life(process)
        signal = process.sent[0]
        if app.guessed_on(signal) or app.reaction(signal) is None:
            yield f"`{name(process.argv)}` handles SIG{signal}: {_unseen(app)}"
        elif guess := _guess(app):
            yield guess
        elif process.pid not in pids and _is_left_to_another(app):
            unseen = "what it runs is not seen"
            yield f"`{name(process.argv)}` finishes its work on SIG{signal}: {unseen}"
        elif _is_unproven(app):
            yield f"`{name(process.argv)}` stops on SIG{signal}: commonly known, not measured"
        elif process.pid not in pids and (timer := _may_cut(app, signal)) is not None:
            owner = program(process.argv)
            yield f"`{timer.setting}` is set, so that {owner} finishes its {app.work}"
        elif ends_at_once(process) and process.pid not in pids:
            yield f"`{name(process.argv)}` has nothing to finish: SIG{signal} ends it at once"


def _in_time(workload: Workload, snapshot: Snapshot, losses: Sequence[Loss]) -> list[str]:
    """What has to be through before the grace period is over, and may take longer: jobs, and what
    a program grants more time. A Dockerfile alone does not say how much there is.
    """
    from gracelint.atlas.running.timers import longest
    from gracelint.diagnose.timeline import clock

    times, said = clock(workload), list[str]()
    left = None if times.kill is None or times.signal is None else times.kill - times.signal
    within = "in time" if left is None else f"within {left:g} s"
    for process in applications(snapshot):
        app = process.became
        if not isinstance(app, Application) or not process.sent or ends_at_once(process):
            continue
        if any(lost.process.pid == process.pid for lost in losses):
            continue
        limit = longest(app.program.limits, process.sent) if app.program is not None else None
        most = limit.seconds if limit is not None else None
        if most is not None and (left is None or most <= left):
            continue
        stated = limit is not None and (limit.chosen or workload.kind != "dockerfile")
        if app.work == "jobs" or (stated and app.work and most is not None):
            may = f" that may take {most:g} s" if most else ""
            said.append(f"`{name(process.argv)}` is through {within} with {app.work}{may}")
    return said


def _is_left_to_another(app: Application) -> bool:
    """Whether it is a run-time that ends in order, of whose program nothing is known."""
    entry = None if isinstance(app.source, Source) else app.program
    return entry is not None and not entry.interpreter and atlas.says(entry.key, "runtime")


def _guess(app: Application) -> str:
    """What is not certain of its own source, or of its version."""
    if isinstance(app.source, Source):
        return app.source.guess
    return app.program.guess if app.program is not None else ""


def _is_unproven(app: Application) -> bool:
    """Whether what it does is told by an entry that rests on no measurement and no document."""
    program = None if isinstance(app.source, Source) else app.program
    return program is not None and program.source.startswith("unproven")


def _may_cut(app: Application, signal: str) -> InnerTimer | None:
    """The timer that is 0 by default, where nobody knows that it is set to more."""
    if app.program is None or not app.program.limits:
        return None
    from gracelint.atlas.running.timers import longest, unset

    timer = unset(app.program, signal)
    limit = longest(app.program.limits, (signal,))
    return timer if limit is None or not limit.seconds else None


def _unseen(app: Application) -> str:
    return app.source.reason if isinstance(app.source, Unknown) else "nothing in sight shows it"


def _losses(snapshot: Snapshot, causes: Sequence[defects.Defect]) -> list[str]:
    """On what it rests that applications are lost; nothing where one surely is.

    Whoever does not pass the signal on, or does not wait, is to blame whatever an application does.
    """
    at_fault = {d.process.pid for d in causes if isinstance(d, _OF_APPLICATION) and d.process.sent}
    lost = [process for process in applications(snapshot) if lost_work(process)]
    said = [_loss(process, at_fault=process.pid in at_fault) for process in lost]
    return said if all(said) else []


def _loss(process: Seen, *, at_fault: bool) -> str:
    """The same for one application; "" where it surely is lost.

    at_fault: by what it does itself.
    """
    app = process.became
    if not isinstance(app, Application):  # a script that cleans up
        return ""
    if app.guessed:
        return f"`{name(process.argv)}` leaves a program running"
    if isinstance(app.source, Source):
        return _life(process) or (app.source.guess if at_fault else "")
    if not at_fault:
        return ""
    return f"`{name(process.argv)}` has no handler for SIG{process.sent[0]}" if app.assumed else ""
