"""GL204: a handler that runs, and leaves the application alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.checks import check
from gracelint.checks.delivery import defects, finding, name
from gracelint.checks.handlers import handler_of, signal_words, targets, variable
from gracelint.checks.places import kept
from gracelint.checks.supervision import waited
from gracelint.finding import Applicability, Fix, Rule, Severity
from gracelint.shutdown.process import Cause

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.checks.handlers import Handler
    from gracelint.finding import Edit, Finding
    from gracelint.shutdown.process import Defect, Story
    from gracelint.syntax import shelltree as tree

RULE = Rule(
    "GL204",
    "trap-does-not-stop-app",
    Severity.ERROR,
    frozenset({Applicability.UNSAFE, Applicability.SHOW}),
)
_TITLE = "Signal the application in the handler, and wait for it there"


@check(RULE)
def trap_does_not_stop_app(story: Story) -> Iterator[Finding]:
    """The handler has run, and the application goes on."""
    for defect in defects(story, Cause.TRAP_INEFFECTIVE):
        sent = defect.details.get("sent")
        what = (
            f"sends {sent} to {name(defect.app)}, which does not stop on it"
            if sent
            else f"does not signal {name(defect.app)}"
        )
        yield finding(
            RULE,
            story,
            defect,
            f"the handler for {story.signal} runs, but {what}",
            label="does not stop the application",
            fixes=(_fix(defect) or Fix(_TITLE, Applicability.SHOW),),
        )


def _fix(defect: Defect) -> Fix | None:
    handler, job = handler_of(defect), defect.job
    known = kept(job) if job is not None else None
    if handler is None or known is None or (handler.early and known[1]):
        return None
    if not waited(defect) and not handler.named("exit"):
        return None
    edit = _told(handler, known[0])
    return None if edit is None else Fix(_TITLE, Applicability.UNSAFE, (*known[1], edit))


def _told(handler: Handler, pid: str) -> Edit | None:
    """The handler's one `kill`, given the right target, or another before everything else."""
    kills = [k for k in handler.kills() if _at_top(handler, k)]
    if len(kills) == len(handler.kills()) == 1 and not _right(kills[0], pid):
        end = kills[0].words[-1].end
        return handler.replaced(kills[0].start, end, f"kill {handler.ref(pid)}")
    return handler.first(f"kill {handler.ref(pid)}", f"wait {handler.ref(pid)}")


def _at_top(handler: Handler, node: tree.Simple) -> bool:
    return any(item.command is node for item in handler.body.items)


def _right(node: tree.Simple, pid: str) -> bool:
    """Whether a `kill` has the right target and signal already, so that something else is wrong."""
    return [variable(w) for w in targets(node)] == [pid] and not signal_words(node)
