"""GL210: a signal that is ignored, and therefore ignored by the application too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.edit import Edit
from gracelint.checks import check
from gracelint.checks.lib.delivery import defects, finding, name
from gracelint.checks.lib.handlers import action_word, without_signal
from gracelint.model.finding import Applicability, Fix, Rule, Severity
from gracelint.model.story import Cause

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.finding import Finding
    from gracelint.model.story import Defect, Story

RULE = Rule(
    "GL210",
    "ignored-signal-inherited",
    Severity.ERROR,
    frozenset({Applicability.SAFE, Applicability.UNSAFE}),
)


@check(RULE)
def ignored_signal_inherited(story: Story) -> Iterator[Finding]:
    """`trap ''`, or a background job that is sent INT or QUIT."""
    for defect in defects(story, Cause.TRAP_IGNORES):
        sent = defect.details.get("sent")
        if sent:
            message = (
                f"the handler sends {sent} to {name(defect.app)},"
                " which the shell has started in the background with that signal ignored"
            )
            fix, label = _other_signal(defect), "ignored"
        else:
            signal = defect.details.get("signal", story.signal)
            message = f"the shell ignores {signal}, and so does what it starts"
            fix, label = _reset(defect), "ignores the stop signal"
        yield finding(RULE, story, defect, message, label=label, fixes=(fix,))


def _reset(defect: Defect) -> Fix | None:
    word = action_word(defect.trap) if defect.trap is not None else None
    if defect.trap is None or word is None or word.literal != "":
        return None
    edit = Edit.replace(defect.trap.script.text, word.start, word.end, "-")
    title = "Give the signal its default action back"
    return None if edit is None else Fix(title, Applicability.SAFE, (edit,))


def _other_signal(defect: Defect) -> Fix | None:
    kill = next((k for k in defect.kills if k.span == defect.span), None)
    place = without_signal(kill.node) if kill is not None and kill.node.name == "kill" else None
    if kill is None or place is None:
        return None
    edit = Edit.replace(kill.script.text, *place, "")
    return None if edit is None else Fix("Send TERM instead", Applicability.UNSAFE, (edit,))
