"""GL214: several applications, of which the stop reaches only some."""

from __future__ import annotations

from gracelint import atlas
from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.checks.lib.delivery import defects, finding, name
from gracelint.checks.lib.words import exports_metrics
from gracelint.model.defect import Partial
from gracelint.model.entries import Reaction
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity
from gracelint.model.story import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.story import Story

RULE = Rule(
    "GL214",
    "partial-shutdown",
    Severity.ERROR,
    frozenset({Applicability.UNSAFE, Applicability.SHOW}),
)
_SURVIVES = (Verdict.GRACEFUL, Verdict.CUT_OFF)
_OWN = "Give the jobs a container of their own, or run them by what schedules containers"
_TITLE = "Stop and wait for all of them in one handler, or give each a container of its own"


@check(RULE)
def partial_shutdown(story: Story) -> Iterator[Finding]:
    """One application is stopped, and another one, or what runs jobs beside it, is not."""
    yield from _schedulers(story)
    for defect in defects(story, Partial):
        from gracelint.checks.lib.supervision import both_in_background

        fix = _fix(defect) if defect.trap is not None else both_in_background(story, defect)
        yield finding(
            RULE,
            story,
            defect,
            f"{name(defect.app)} runs beside another application: the stop does not reach both",
            label="not told, or not waited for",
            severity=Severity.INFO if _loses_nothing(story, defect) else None,
            fixes=(fix or Fix(_TITLE, Applicability.SHOW),),
        )


def _schedulers(story: Story) -> Iterator[Finding]:
    """What starts jobs at their times beside an application, and is not told: cron."""
    processes = story.tree.walk() if story.tree is not None else []
    for process in processes if story.verdict in _SURVIVES else ():
        entry, span = process.entry, process.span
        if entry is None or span is None or process.told is not False:
            continue
        if entry.scheduled and entry.beside:
            yield Finding(
                RULE,
                Severity.INFO,
                f"{name(process)} is not told to stop beside the application:"
                " a job that it has started is killed",
                Label(span, "not told"),
                fixes=(Fix(_OWN, Applicability.SHOW),),
                workloads=(story.workload.name,),
            )


def _loses_nothing(story: Story, defect: Partial) -> bool:
    """Whether SIGKILL does to it what the stop signal would: socat beside the application.

    So it does to an exporter of metrics, which tells nothing but what it asks the application, and
    to a server of plain files, which heeds no signal.
    """
    app = defect.app
    if app is None or story.verdict is not Verdict.ABANDONED:
        return False
    if exports_metrics(app.argv):
        return True
    if app.entry is None:
        return False
    if atlas.says(app.entry.key, "serves_files"):
        return True
    return not app.work and app.entry.reactions.get(story.signal or "") is Reaction.FAST


def _fix(defect: Partial) -> Fix | None:
    """The job as a further target of the handler's `kill` and `wait`."""
    from gracelint.checks.lib.handlers import handler_of
    from gracelint.checks.lib.places import kept
    from gracelint.checks.lib.supervision import at_top, waited

    handler = handler_of(defect)
    holding = kept(defect.job) if defect.job is not None else None
    if handler is None or holding is None or handler.early:
        return None
    if not waited(defect) and not handler.named("exit"):
        return None
    ref, title = handler.ref(holding[0]), f"Signal {name(defect.app)} as well, and wait for it"
    kills = [k for k in handler.kills() if at_top(handler, k)]
    if kills:
        nodes = [kills[-1], *(n for n in handler.named("wait") if len(n.words) > 1)]
        edits = [handler.replaced(n.words[-1].end, n.words[-1].end, f" {ref}") for n in nodes]
    else:
        edits = [handler.first(f"kill {ref}", f"wait {ref}")]
    possible = tuple(e for e in edits if e is not None)
    if len(possible) < len(edits) or (handler.rewritten and len(possible) > 1):
        return None
    return Fix(title, Applicability.UNSAFE, (*holding[1], *possible))
