"""GL304: an inline shell directly under an init that does not replace itself."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.checks.lib.delivery import defects, exec_fix, finding, inline, name, under_init
from gracelint.model.defect import Followed, Foreground, NoTrap, Pipelined
from gracelint.model.finding import Applicability, Fix, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.defect import Defect
    from gracelint.model.finding import Finding
    from gracelint.model.story import Story

RULE = Rule(
    "GL304",
    "init-over-shell",
    Severity.ERROR,
    frozenset({Applicability.SAFE, Applicability.SHOW}),
)
_INLINE: tuple[type[Defect], ...] = (Foreground, Followed, Pipelined, NoTrap)


@check(RULE)
def init_over_shell(story: Story) -> Iterator[Finding]:
    """The init tells the shell, which dies, and the container ends with it."""
    for defect in defects(story, *_INLINE):
        init = under_init(defect)
        if init is None or not inline(defect):
            continue
        yield finding(
            RULE,
            story,
            defect,
            f"`{init.program or 'the init'}` ends with the shell,"
            f" which dies of the stop signal before {name(defect.app)} is done",
            label="the shell waits for this",
            fixes=(_fix(defect),),
        )


def _fix(defect: Defect) -> Fix | None:
    if isinstance(defect, Foreground):
        return exec_fix(defect)
    title = "End the text with `exec` and the application: it has to take the shell's place"
    return Fix(title, Applicability.SHOW)
