"""GL404: a stop signal on which the program in charge does nothing."""

from __future__ import annotations

from gracelint.base.facts import Known
from gracelint.base.source import Span
from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.checks.lib.delivery import at_most, consequence, defects, name
from gracelint.checks.lib.stop_signals import (
    ends_on,
    from_image,
    place,
    program_of,
    set_to,
    shown,
    written,
)
from gracelint.model.defect import Reloads, UnhandledSignal
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.defect import Defect
    from gracelint.model.story import Story

RULE = Rule(
    "GL404",
    "stop-signal-unhandled",
    Severity.ERROR,
    frozenset({Applicability.SAFE, Applicability.SHOW}),
)


@check(RULE)
def stop_signal_unhandled(story: Story) -> Iterator[Finding]:
    """The signal in force, or the one that an init or supervisor makes of it, changes nothing."""
    for defect in defects(story, UnhandledSignal, Reloads):
        if isinstance(defect, Reloads) and story.signal == "TERM":
            continue
        sent = defect.process.sent[0] if defect.process.sent else story.signal or ""
        changed = sent != story.signal
        where = defect.span if changed else place(story.workload, defect.process)
        related = tuple(_related(story, defect, where))
        yield Finding(
            RULE,
            _severity(story, defect),
            _message(story, defect, sent),
            Label(where),
            causes=related,
            related=related,
            fixes=(_fix(story, defect, changed=changed),),
            help=consequence(story),
            workloads=(story.workload.name,),
        )


def _severity(story: Story, defect: Defect) -> Severity:
    """An error where the program is known, or the signal was chosen for another program."""
    return Severity.INFO if _guessed(story, defect) else at_most(story, Severity.ERROR)


def _guessed(story: Story, defect: Defect) -> bool:
    """Whether nothing is known of the program, and somebody chose the signal for it."""
    return defect.process.assumed and from_image(story.workload) is None


def _message(story: Story, defect: Defect, sent: str) -> str:
    app = name(defect.process)
    if _needs(defect):
        return f"{app} takes {_needs(defect):g} s to stop, longer than it is given"
    if _keeper(defect) is not None:
        return f"{app} does not end on {shown(story.workload, sent)}: one of its threads never does"
    if _blocks(defect):
        return f"{app} runs with SIG{sent} blocked and never hears of it"
    if sent != story.signal:
        return f"{app} is sent SIG{sent} for SIG{story.signal} and does not stop on it"
    signal = shown(story.workload, sent)
    if isinstance(defect, Reloads):
        return f"{signal} makes {app} reload instead of stopping"
    if _guessed(story, defect):
        return f"nothing says that {app} stops on {signal}"
    return f"{app} does not stop on {signal}"


def _needs(defect: Defect) -> float:
    """The seconds that it surely takes to end, where that is what is wrong."""
    return defect.needs if isinstance(defect, UnhandledSignal) else 0.0


def _keeper(defect: Defect) -> Span | None:
    """Where a thread is made for which the program's end waits."""
    return defect.kept if isinstance(defect, UnhandledSignal) else None


def _grace(story: Story) -> Span | None:
    """Where the grace period is stated."""
    grace = story.workload.grace
    origins = grace.origins if isinstance(grace, Known) and not grace.assumed else ()
    return next((one for one in origins if isinstance(one, Span)), None)


def _blocks(defect: Defect) -> bool:
    """Whether it is PID 1 and lets the signal wait: nothing else keeps that from it."""
    return defect.process.pid == 1 and not defect.process.sent


def _related(story: Story, defect: Defect, where: Span) -> Iterator[Label]:
    stated = _grace(story) if _needs(defect) else None
    if stated is not None:
        yield Label(stated, "what it is given")
    keeper = _keeper(defect)
    if keeper is not None:
        yield Label(keeper, "the thread, which is no daemon")
    at = written(story.workload)
    if at is not None and at != where:
        yield Label(at, "the stop signal")
    span = defect.process.span
    if span is not None and span != where and not where.covers(span):
        yield Label(span, "is given this signal")


def _fix(story: Story, defect: Defect, *, changed: bool) -> Fix:
    entry = program_of(story.workload, defect.process)
    wanted = (entry.graceful_signal if entry is not None else None) or "TERM"
    if _needs(defect):
        limits = entry.limits if entry is not None and entry.waits_out else ()
        timer = next((one.timer for one in limits if one.timer), None)
        less = "Have it sleep less before it ends"
        if timer is not None and timer.setting:
            less = f"Set `{timer.setting}` to less"
        return Fix(f"{less}, or give it more than {_needs(defect):g} s", Applicability.SHOW)
    if _keeper(defect) is not None:
        advice = "Have the thread end when the application does, or make it a daemon"
        return Fix(advice, Applicability.SHOW)
    if _blocks(defect):
        advice = f"Unblock SIG{story.signal} in it or in what starts it, or take it with sigwait"
        return Fix(advice, Applicability.SHOW)
    if wanted == (defect.process.sent or ("",))[0]:
        return Fix(f"End the program in its handler for SIG{wanted}", Applicability.SHOW)
    if not changed and not _guessed(story, defect) and _needs_init(story, wanted):
        advice = f"Have it sent SIG{wanted} and put an init in front, as it has no handler for that"
        return Fix(f"{advice} either", Applicability.SHOW)
    if changed or _guessed(story, defect) or not ends_on(story.workload, wanted):
        return Fix(f"Have it sent SIG{wanted}, and let the program end on it", Applicability.SHOW)
    return set_to(story.workload, wanted) or Fix(f"Have it sent SIG{wanted}", Applicability.SHOW)


def _needs_init(story: Story, signal: str) -> bool:
    """Whether another signal ends the launch behind an init alone."""
    alone = ends_on(story.workload, signal)
    return not alone and ends_on(story.workload, signal, init=True)
