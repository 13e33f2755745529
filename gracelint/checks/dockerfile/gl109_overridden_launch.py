"""GL109: a second CMD or ENTRYPOINT in one stage, which makes the first dead."""

from __future__ import annotations

from gracelint.base.edit import Edit
from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.declare.image.stages import stages
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.syntax.dockerfile.parse import Dockerfile, Instruction

RULE = Rule("GL109", "overridden-launch", Severity.WARNING, frozenset({Applicability.SAFE}))


@check(RULE)
def overridden_launch(dockerfile: Dockerfile) -> Iterator[Finding]:
    """All but the last of a stage's, in a file that the builder takes."""
    if dockerfile.errors:
        return
    for stage in stages(dockerfile):
        for keyword in ("ENTRYPOINT", "CMD"):
            *dead, last = stage.all(keyword) or (None,)
            for instruction in dead:
                if instruction is not None and last is not None:
                    yield _finding(instruction, last)


def _finding(dead: Instruction, last: Instruction) -> Finding:
    line = last.keyword.first.line
    fix = Fix(f"Delete this {dead.name}", Applicability.SAFE, (Edit(dead.lines, ""),))
    return Finding(
        RULE,
        RULE.severity,
        f"this {dead.name} has no effect: the one in line {line} replaces it",
        Label(dead.span),
        related=(Label(last.span, "this one holds"),),
        fixes=(fix,),
    )
