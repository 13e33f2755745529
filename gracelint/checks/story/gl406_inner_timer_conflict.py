"""GL406: a timer inside the container that does not fit the grace period."""

from __future__ import annotations

from gracelint.base.facts import Known
from gracelint.base.source import Span
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import replace
from gracelint.checks import check
from gracelint.checks.lib.delivery import at_most
from gracelint.checks.lib.development import is_edited
from gracelint.checks.lib.stop_signals import place
from gracelint.diagnose.explain import effect
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity
from gracelint.model.loss import NoTimeForRequests, TimerCuts, TimerOutlasts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.entries import InnerTimer
    from gracelint.model.loss import Loss
    from gracelint.model.story import Story
    from gracelint.model.workload import Workload

RULE = Rule("GL406", "inner-timer-conflict", Severity.WARNING, frozenset({Applicability.SHOW}))


@check(RULE)
def inner_timer_conflict(story: Story) -> Iterator[Finding]:
    """Too long for the grace period, or so short that most of it is never used."""
    seen: set[tuple[object, ...]] = set()
    for lost in story.losses:
        advice = _advice(lost, story.workload)
        where = _place(story, lost)
        if advice and where.key not in seen:
            seen.add(where.key)
            yield _finding(story, lost, where, advice)


def _place(story: Story, lost: Loss) -> Span:
    """What has to change: the timer, or where a supervisor's would be set."""
    if isinstance(lost, TimerOutlasts) and lost.granted is not None:
        return lost.granted
    span = lost.span if isinstance(lost, TimerCuts) else None
    if isinstance(lost, NoTimeForRequests):
        span = _section(story, lost.timer) or _in_image(story.workload)
    return span or place(story.workload)


def _in_image(workload: Workload) -> Span | None:
    """The launch that the image has and a service replaces: its configuration is the image's."""
    overridden = workload.launch.overridden
    return place(replace(workload, launch=overridden)) if overridden is not None else None


def _section(story: Story, timer: InnerTimer) -> Span | None:
    """The line of a configuration that the image is given, below which the timer would be set."""
    files = story.workload.files
    paths = (path for path in files.paths() if any(trace in path for trace in timer.traces))
    for text in filter(None, map(files.text, paths)):
        at = text.text.find(timer.section) if len(text.text) < _MOST else -1
        if at >= 0:
            return text.span(at, at + len(timer.section))
    return None


_MOST = 200_000


def _advice(lost: Loss, workload: Workload) -> str:
    """What to do about a timer; "" for another loss."""
    grace = workload.grace
    match lost:
        case TimerOutlasts(killer="supervisord", seconds=seconds):
            short = isinstance(grace, Known) and grace.value <= seconds
            also = ", and the grace period above that" if short else ""
            return (
                f"Set `stopwaitsecs` above {seconds:g} below its `command`{also}, or shorten its "
                "own timer"
            )
        case (
            TimerOutlasts(killer=("su" | "runuser") as fixed)
            | TimerCuts(owner=("su" | "runuser") as fixed)
        ):
            return (
                "Change the account with `setpriv` or `gosu`, or start the container as it "
                f"(`user`): `{fixed}` cannot be told to wait longer"
            )
        case TimerOutlasts(killer=killer, seconds=seconds) if killer:
            return (
                f"Have `{killer}` wait longer than {seconds:g} s, or shorten the program's own "
                "timer"
            )
        case TimerOutlasts(seconds=seconds):
            return f"Raise the grace period above {seconds:g} s, or shorten the timer"
        case TimerCuts(owner=owner):
            return f"Give `{owner}` a longer time, or start the program without it"
        case NoTimeForRequests(owner=owner, timer=timer):
            return f"Set `{timer.setting}` in the `{timer.section}` part of {owner}'s configuration"
    return ""


def _severity(story: Story, lost: Loss) -> Severity:
    """Advice for such a program behind a server in the same container, which is stopped with it,
    and over sources that are being edited; and where two usual times do not fit each other.
    """
    if isinstance(lost, TimerOutlasts) and lost.usual:
        return at_most(story, Severity.INFO)
    beside = [p for p in story.tree.walk() if p.role == "app"] if story.tree is not None else []
    little = len(beside) > 1 or is_edited(story.workload)
    eased = little and isinstance(lost, NoTimeForRequests)
    return at_most(story, Severity.INFO if eased else RULE.severity)


def _finding(story: Story, lost: Loss, where: Span, advice: str) -> Finding:
    related = tuple(_related(story, lost, where))
    return Finding(
        RULE,
        _severity(story, lost),
        effect(lost),
        Label(where),
        causes=related,
        related=related,
        fixes=(Fix(advice, Applicability.SHOW),),
        workloads=(story.workload.name,),
    )


def _related(story: Story, lost: Loss, where: Span) -> Iterator[Label]:
    if isinstance(lost, TimerOutlasts) and lost.killer:
        if lost.span is not None and lost.span != where:
            yield Label(lost.span, "the program's own timer")
        return
    grace = story.workload.grace
    if isinstance(grace, Known) and not grace.assumed:
        spans = [o for o in grace.origins if isinstance(o, Span) and o != where]
        yield from (Label(span, "the grace period") for span in spans)
