"""GL210: a signal that is ignored, and therefore ignored by the application too."""

from __future__ import annotations

from gracelint.base.edit import Edit
from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.checks.lib.delivery import defects, finding, name
from gracelint.model.defect import BackgroundIgnores, TrapIgnores
from gracelint.model.finding import Applicability, Fix, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.finding import Finding
    from gracelint.model.snapshot import Kill
    from gracelint.model.story import Story

RULE = Rule(
    "GL210",
    "ignored-signal-inherited",
    Severity.ERROR,
    frozenset({Applicability.SAFE, Applicability.UNSAFE}),
)


@check(RULE)
def ignored_signal_inherited(story: Story) -> Iterator[Finding]:
    """`trap ''`, or a background job that is sent INT or QUIT."""
    for defect in defects(story, TrapIgnores):
        message = f"the shell ignores {defect.signal}, and so does what it starts"
        fixes, label = (_reset(defect),), "ignores the stop signal"
        yield finding(RULE, story, defect, message, label=label, fixes=fixes)
    for cause in defects(story, BackgroundIgnores):
        message = (
            f"the handler sends {cause.sent.signal} to {name(cause.app)},"
            " which the shell has started in the background with that signal ignored"
        )
        fixes = (_other_signal(cause.sent),)
        yield finding(RULE, story, cause, message, label="ignored", fixes=fixes)


def _reset(defect: TrapIgnores) -> Fix | None:
    from gracelint.checks.lib.handlers import action_word

    word = action_word(defect.trap) if defect.trap is not None else None
    if defect.trap is None or word is None or word.literal != "":
        return None
    edit = Edit.replace(defect.trap.script.text, word.start, word.end, "-")
    title = "Give the signal its default action back"
    return None if edit is None else Fix(title, Applicability.SAFE, (edit,))


def _other_signal(sent: Kill) -> Fix | None:
    from gracelint.checks.lib.handlers import without_signal

    place = without_signal(sent.node) if sent.node.name == "kill" else None
    edit = Edit.replace(sent.script.text, *place, "") if place is not None else None
    return None if edit is None else Fix("Send TERM instead", Applicability.UNSAFE, (edit,))
