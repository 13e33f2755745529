"""GL207: a handler in double quotes, expanded before its variable has a value."""

from __future__ import annotations

from gracelint.base.edit import Edit
from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.checks.lib.delivery import defects, finding
from gracelint.model.defect import TrapExpandsEarly
from gracelint.model.finding import Applicability, Fix, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.finding import Finding
    from gracelint.model.story import Story

RULE = Rule(
    "GL207",
    "trap-expands-early",
    Severity.ERROR,
    frozenset({Applicability.SAFE, Applicability.SHOW}),
)
_TITLE = "Write the handler in single quotes, so that it is expanded when it runs"


@check(RULE)
def trap_expands_early(story: Story) -> Iterator[Finding]:
    """The handler's variables were empty when the trap was set."""
    for defect in defects(story, TrapExpandsEarly):
        variables = ", ".join(f"`${name}`" for name in dict.fromkeys(defect.variables))
        yield finding(
            RULE,
            story,
            defect,
            f"the handler for {story.signal} is in double quotes:"
            f" {variables} is expanded here, before it has a value",
            label="expanded when it is set",
            fixes=(_fix(defect) or Fix(_TITLE, Applicability.SHOW),),
        )


def _fix(defect: TrapExpandsEarly) -> Fix | None:
    from gracelint.checks.lib.handlers import action_word

    word = action_word(defect.trap) if defect.trap is not None else None
    if defect.trap is None or word is None:
        return None
    text = defect.trap.script.text
    raw = text.text[word.start : word.end]
    inner = raw[1:-1]
    if len(raw) < 2 or raw[0] != '"' or raw[-1] != '"' or set(inner) & set("'\"\\`"):
        return None
    edit = Edit.replace(text, word.start, word.end, f"'{inner}'")
    return None if edit is None else Fix(_TITLE, Applicability.SAFE, (edit,))
