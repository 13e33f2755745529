"""GL406: a timer inside the container that does not fit the grace period."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.facts import Known
from gracelint.base.source import Span
from gracelint.checks import check
from gracelint.checks.lib.pods.common import program, said
from gracelint.checks.lib.stop_signals import place
from gracelint.checks.lib.timers import cuts_off, timers
from gracelint.diagnose.timeline import clock
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.checks.lib.timers import Timer
    from gracelint.model.story import Story
    from gracelint.model.workload import Workload

RULE = Rule("GL406", "inner-timer-conflict", Severity.WARNING, frozenset({Applicability.SHOW}))
_SHORT = 2.0
"""A timer of this length at most is too short whatever the grace period is."""


@check(RULE)
def inner_timer_conflict(story: Story) -> Iterator[Finding]:
    """Too long for the grace period, or so short that most of it is never used."""
    if story.defects:
        return
    seen: set[tuple[object, ...]] = set()
    for timer in timers(story):
        message, advice = _conflict(story.workload, timer)
        where = timer.span or place(story.workload)
        if message and where.key not in seen:
            seen.add(where.key)
            yield _finding(story, where, message, advice)
    if cuts_off(story):
        message = "`process_control_timeout` is not set: php-fpm cuts requests off even on SIGQUIT"
        advice = "Set `process_control_timeout` in the `[global]` part of php-fpm's configuration"
        yield _finding(story, place(story.workload), message, advice)


def _finding(story: Story, where: Span, message: str, advice: str) -> Finding:
    grace = story.workload.grace
    stated = isinstance(grace, Known) and not grace.assumed
    origins = [o for o in grace.origins if isinstance(o, Span)] if stated else []
    related = tuple(Label(o, "the grace period") for o in origins if o != where)
    return Finding(
        RULE,
        RULE.severity,
        message,
        Label(where),
        causes=related,
        related=related,
        fixes=(Fix(advice, Applicability.SHOW),),
        workloads=(story.workload.name,),
    )


def _conflict(workload: Workload, timer: Timer) -> tuple[str, str]:
    """What is wrong and what to do; empty when nothing is, or when that is not known."""
    times, grace = clock(workload), workload.grace
    if times.signal is None or times.kill is None or not isinstance(grace, Known):
        return "", ""
    left, own = times.kill - times.signal, timer.seconds
    if timer.cuts and (own <= _SHORT or not grace.assumed) and own * 2 <= left:
        message = (
            f"`{timer.owner}` kills after {said(own)} what the grace period gives {said(left)}"
        )
        return message, f"Give `{timer.owner}` a longer time, or start the program without it"
    if own <= left or _reported_elsewhere(workload, timer) or (timer.cuts and not timer.chosen):
        return "", ""
    message = f"`{timer.owner}` may take {said(own)} to stop and is killed after {said(left)}"
    return message, "Raise the grace period above it, or shorten the timer"


def _reported_elsewhere(workload: Workload, timer: Timer) -> bool:
    """Whether the grace period is what is missing, which other rules report, or not stated here."""
    if not isinstance(workload.grace, Known) or not workload.grace.assumed:
        return False
    known = program(workload)
    named = known is not None and known.key == timer.owner and known.stops_in == timer.seconds
    return workload.kind == "dockerfile" or named
