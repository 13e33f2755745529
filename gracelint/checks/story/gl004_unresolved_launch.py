"""GL004: a launch of which the files do not tell what it starts."""

from __future__ import annotations

from gracelint.base.facts import Unknown
from gracelint.base.source import Span
from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.checks.lib.stop_signals import command
from gracelint.model.finding import Finding, Label, Rule, Severity
from gracelint.model.story import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.story import Story

RULE = Rule("GL004", "unresolved-launch", Severity.INFO, enabled=False)


@check(RULE)
def unresolved_launch(story: Story) -> Iterator[Finding]:
    """No rule about delivery has anything to rest on here."""
    if story.verdict is not Verdict.UNKNOWN or story.defects:
        return
    workload = story.workload
    launch = command(workload)
    where = launch.value if launch is not None else _origin(story) or workload.declared
    related = tuple(
        Label(span, "this is not known")
        for span in (story.unclear,)
        if span is not None and not where.covers(span)
    )
    yield Finding(
        RULE,
        RULE.severity,
        f"the stop of `{workload.name}` cannot be told: {story.reason.rstrip('.')}",
        Label(where),
        related=related,
        workloads=(workload.name,),
    )


def _origin(story: Story) -> Span | None:
    """The place that leaves the launch open."""
    argv = story.workload.launch.argv
    origins = argv.origins if isinstance(argv, Unknown) else ()
    return next((o for o in origins if isinstance(o, Span)), None)
