"""GL217: a signal's name that the shell's `trap` does not know."""

from __future__ import annotations

from gracelint.base import signals
from gracelint.base.edit import Edit
from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.checks.lib.delivery import defects, finding
from gracelint.model.defect import TrapRejected
from gracelint.model.finding import Applicability, Fix, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.finding import Finding
    from gracelint.model.story import Story

RULE = Rule("GL217", "trap-name-rejected", Severity.ERROR, frozenset({Applicability.SAFE}))


@check(RULE)
def trap_name_rejected(story: Story) -> Iterator[Finding]:
    """`trap` fails, so that there is no handler."""
    for defect in defects(story, TrapRejected):
        kind = defect.shell.kind.partition("-")[0] if defect.shell is not None else "the shell"
        yield finding(
            RULE,
            story,
            defect,
            f"{kind} does not know `{defect.name}` in `trap`, so the handler is never set",
            label="rejected",
            fixes=(_fix(defect),),
        )


def _fix(defect: TrapRejected) -> Fix | None:
    name, short = defect.name, defect.name[3:]
    valid = name.upper().startswith("SIG") and signals.parse(short) is not None
    written = defect.span.text
    if not valid or written.strip("\"'") != name:
        return None
    edit = Edit(defect.span, written.replace(name, short))
    return Fix(f"Write `{short}`", Applicability.SAFE, (edit,))
