"""GL204: a handler that runs, and leaves the application alone."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.checks.lib.delivery import defects, finding, name, what_follows
from gracelint.model.defect import HandlerGoesOn, HandlerMisses, HandlerRunsAgain
from gracelint.model.finding import Applicability, Fix, Rule, Severity
from gracelint.syntax.shell import tree
from gracelint.syntax.shell.parse import walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.finding import Finding
    from gracelint.model.story import Story

RULE = Rule(
    "GL204",
    "trap-does-not-stop-app",
    Severity.ERROR,
    frozenset({Applicability.UNSAFE, Applicability.SHOW}),
)
_TITLE = "Signal the application in the handler, and wait for it there"
_ENDLESS = "signals its own shell, which runs it again without end"
_AWAY = "Take the trap away before the signal, and wait behind it"
_GO = "End the script when the handler has run"
_FIRST = "Signal the application before anything that takes long, and wait for it"


@check(RULE)
def trap_does_not_stop_app(story: Story) -> Iterator[Finding]:
    """The handler has run, and the application or the script goes on."""
    for missed in defects(story, HandlerMisses):
        advice = Fix(_FIRST if missed.busy is not None else _TITLE, Applicability.SHOW)
        yield finding(
            RULE,
            story,
            missed,
            f"the handler for {story.signal} runs, but {_what(missed)}",
            label="does not stop the application",
            help_=what_follows(story, missed),
            fixes=(_fix(missed) or advice,),
        )
    for again in defects(story, HandlerRunsAgain):
        yield finding(
            RULE,
            story,
            again,
            f"the handler for {story.signal} {_ENDLESS}",
            label="signals this shell, too",
            fixes=(_taken_away(again) or Fix(_AWAY, Applicability.SHOW),),
        )
    for defect in defects(story, HandlerGoesOn):
        what = "the script goes on afterwards" if defect.ended else "has not ended when time is up"
        yield finding(
            RULE,
            story,
            defect,
            f"the handler for {story.signal} runs, but {what}",
            label="does not end the script",
            fixes=(_end(defect) or Fix(_GO, Applicability.SHOW),),
        )


def _what(defect: HandlerMisses) -> str:
    if defect.sent:
        return f"sends {defect.sent} to {name(defect.app)}, which does not stop on it"
    if defect.busy is not None:
        words = " ".join(defect.busy.text.split())[:40]
        return f"is still at `{words}` when time is up, and has not signalled {name(defect.app)}"
    return f"does not signal {name(defect.app)}"


def _taken_away(defect: HandlerRunsAgain) -> Fix | None:
    """`trap - TERM` before the `kill`, and a `wait` behind it."""
    from gracelint.checks.lib.handlers import handler_of
    from gracelint.checks.lib.supervision import at_top

    handler, node = handler_of(defect), defect.kill.node
    if handler is None or node not in handler.kills() or not at_top(handler, node):
        return None
    written = handler.script.text.text[node.start : node.end]
    waits = "" if any(n.start > node.end for n in handler.named("wait")) else "; wait"
    edit = handler.replaced(node.start, node.end, f"trap - {defect.kill.signal}; {written}{waits}")
    return None if edit is None else Fix(_AWAY, Applicability.UNSAFE, (edit,))


def _fix(defect: HandlerMisses) -> Fix | None:
    from gracelint.checks.lib.handlers import handler_of
    from gracelint.checks.lib.places import kept
    from gracelint.checks.lib.supervision import kill_of_app, waited

    handler, job = handler_of(defect), defect.job
    holding = kept(job) if job is not None else None
    if handler is None or holding is None or (handler.early and holding[1]):
        return None
    if not waited(defect) and not handler.named("exit"):
        return None
    edits = kill_of_app(handler, holding[0])
    return Fix(_TITLE, Applicability.UNSAFE, (*holding[1], *edits)) if edits else None


def _end(defect: HandlerGoesOn) -> Fix | None:
    """`exit` behind everything else in the handler."""
    from gracelint.checks.lib.handlers import handler_of

    handler = handler_of(defect)
    if handler is None or not handler.body.items or not defect.ended:
        return None
    scripts = [handler.script, *([handler.outer] if handler.outer is not None else [])]
    nodes = (n for script in scripts for n in walk(script.body))
    if any(isinstance(n, tree.Simple) and n.name == "disown" for n in nodes):
        return None  # the handler's `wait` would not wait for it
    edit = handler.behind(handler.body.items[-1], "exit")
    return None if edit is None else Fix("End the script", Applicability.UNSAFE, (edit,))
