"""GL214: several applications, of which the stop reaches only some."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.checks import check
from gracelint.checks.delivery import defects, finding, name
from gracelint.checks.handlers import handler_of
from gracelint.checks.places import kept
from gracelint.checks.supervision import both_in_background
from gracelint.finding import Applicability, Fix, Rule, Severity
from gracelint.shutdown.process import Cause

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.finding import Finding
    from gracelint.shutdown.process import Defect, Story

RULE = Rule(
    "GL214",
    "partial-shutdown",
    Severity.ERROR,
    frozenset({Applicability.UNSAFE, Applicability.SHOW}),
)
_TITLE = "Stop and wait for all of them in one handler, or give each a container of its own"


@check(RULE)
def partial_shutdown(story: Story) -> Iterator[Finding]:
    """One application is stopped, and another one is not."""
    for defect in defects(story, Cause.PARTIAL):
        fix = _fix(defect) if defect.trap is not None else both_in_background(story, defect)
        yield finding(
            RULE,
            story,
            defect,
            f"{name(defect.app)} runs beside another application, and the stop does not reach both",
            label="not told, or not waited for",
            fixes=(fix or Fix(_TITLE, Applicability.SHOW),),
        )


def _fix(defect: Defect) -> Fix | None:
    """The job as a further target of the handler's `kill` and `wait`."""
    handler = handler_of(defect)
    known = kept(defect.job) if defect.job is not None else None
    if handler is None or known is None or handler.early:
        return None
    nodes = [*handler.kills()[-1:], *(n for n in handler.named("wait") if len(n.words) > 1)]
    if not handler.kills() or (handler.word is not None and len(nodes) > 1 and _rewritten(handler)):
        return None
    ref = handler.ref(known[0])
    edits = [handler.replaced(n.words[-1].end, n.words[-1].end, f" {ref}") for n in nodes]
    made = tuple(e for e in edits if e is not None)
    title = f"Signal {name(defect.app)} as well, and wait for it"
    return Fix(title, Applicability.UNSAFE, (*known[1], *made)) if len(made) == len(edits) else None


def _rewritten(handler: object) -> bool:
    """Whether an edit of the handler writes its whole word anew, so that two would collide."""
    word, outer = getattr(handler, "word", None), getattr(handler, "outer", None)
    return not outer.text.text[word.start : word.end].startswith("'") if word and outer else False
