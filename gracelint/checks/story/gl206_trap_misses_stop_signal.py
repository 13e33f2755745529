"""GL206: traps, and none of them for the stop signal."""

from __future__ import annotations

from gracelint.base.edit import Edit
from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.checks.lib.delivery import defects, finding
from gracelint.model.defect import TrapForOther
from gracelint.model.finding import Applicability, Fix, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.finding import Finding
    from gracelint.model.story import Story

RULE = Rule(
    "GL206",
    "trap-misses-stop-signal",
    Severity.ERROR,
    frozenset({Applicability.SAFE}),
)


@check(RULE)
def trap_misses_stop_signal(story: Story) -> Iterator[Finding]:
    """The shell has handlers, and waits on when the stop signal comes."""
    for defect in defects(story, TrapForOther):
        others = ", ".join(defect.signals)
        yield finding(
            RULE,
            story,
            defect,
            f"the stop signal is {story.signal}, and there are traps only for {others}",
            label=f"not set for {story.signal}",
            fixes=(_fix(defect, story.signal),),
        )


def _fix(defect: TrapForOther, signal: str | None) -> Fix | None:
    from gracelint.checks.lib.supervision import signal_word

    if defect.trap is None or signal is None or not defect.trap.node.words:
        return None
    word = signal_word(signal)
    edit = Edit.insert(defect.trap.script.text, defect.trap.node.words[-1].end, f" {word}")
    title = f"Set the trap for {signal} as well"
    return None if edit is None else Fix(title, Applicability.SAFE, (edit,))
