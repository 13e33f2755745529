"""GL406: a timer inside the container that does not fit the grace period."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.facts import Known
from gracelint.base.source import Span
from gracelint.checks import check
from gracelint.checks.lib.delivery import at_most
from gracelint.checks.lib.stop_signals import place
from gracelint.diagnose.explain import effect
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity
from gracelint.model.loss import NoTimeForRequests, TimerCuts, TimerOutlasts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.loss import Loss
    from gracelint.model.story import Story

RULE = Rule("GL406", "inner-timer-conflict", Severity.WARNING, frozenset({Applicability.SHOW}))


@check(RULE)
def inner_timer_conflict(story: Story) -> Iterator[Finding]:
    """Too long for the grace period, or so short that most of it is never used."""
    seen: set[tuple[object, ...]] = set()
    for lost in story.losses:
        advice = _advice(lost)
        span = lost.span if isinstance(lost, TimerCuts) else None
        where = span or place(story.workload)
        if advice and where.key not in seen:
            seen.add(where.key)
            yield _finding(story, where, effect(lost), advice)


def _advice(lost: Loss) -> str:
    """What to do about a timer; "" for another loss."""
    match lost:
        case TimerOutlasts():
            return "Raise the grace period above it, or shorten the timer"
        case TimerCuts(owner=owner):
            return f"Give `{owner}` a longer time, or start the program without it"
        case NoTimeForRequests():
            return "Set `process_control_timeout` in the `[global]` part of php-fpm's configuration"
    return ""


def _finding(story: Story, where: Span, message: str, advice: str) -> Finding:
    grace = story.workload.grace
    stated = isinstance(grace, Known) and not grace.assumed
    origins = [o for o in grace.origins if isinstance(o, Span)] if stated else []
    related = tuple(Label(o, "the grace period") for o in origins if o != where)
    return Finding(
        RULE,
        at_most(story, RULE.severity),
        message,
        Label(where),
        causes=related,
        related=related,
        fixes=(Fix(advice, Applicability.SHOW),),
        workloads=(story.workload.name,),
    )
