"""GL109: a second CMD or ENTRYPOINT in one stage, which makes the first dead."""

from __future__ import annotations

from gracelint.base.edit import Edit
from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.declare.image.stages import stages
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gracelint.syntax.dockerfile.parse import Dockerfile, Instruction

RULE = Rule("GL109", "overridden-launch", Severity.WARNING, frozenset({Applicability.SAFE}))

_LAUNCH = ("ENTRYPOINT", "CMD")
MOST = 20
"""Dead instructions that have a finding each; what a file has beyond that has one together."""


@check(RULE)
def overridden_launch(dockerfile: Dockerfile) -> Iterator[Finding]:
    """All but the last of a stage's, in a file that the builder takes."""
    launches = [i.name for i in dockerfile.instructions if i.name in _LAUNCH]
    if len(launches) == len(set(launches)) or dockerfile.errors:
        return
    for stage in stages(dockerfile):
        for keyword in _LAUNCH:
            all_of_it = stage.all(keyword)
            if not all_of_it:
                continue
            *others, last = all_of_it
            dead = [one for one in others if not _says_the_same(one, last)]
            by = f"no effect: the one in line {last.keyword.first.line} replaces"
            for one in dead[:MOST]:
                said, title = f"this {keyword} has {by} it", f"Delete this {keyword}"
                yield _finding([one], last, said, title)
            if rest := dead[MOST:]:
                said = f"{len(rest)} more {keyword} instructions have {by} them"
                yield _finding(rest, last, said, "Delete all of them")


def _says_the_same(one: Instruction, last: Instruction) -> bool:
    """Whether it changes nothing which of two counts."""
    if one.form == "shell":
        texts = [each.shell_text.text if each.shell_text else None for each in (one, last)]
        return last.form == "shell" and texts[0] is not None and texts[0] == texts[1]
    words = [[word.value for word in each.words] for each in (one, last)]
    return one.form == last.form and None not in words[0] and words[0] == words[1]


def _finding(dead: Sequence[Instruction], last: Instruction, message: str, title: str) -> Finding:
    edits = tuple(Edit(one.lines, "") for one in dead)
    return Finding(
        RULE,
        RULE.severity,
        message,
        Label(dead[0].span),
        related=(Label(last.span, "this one holds"),),
        fixes=(Fix(title, Applicability.SAFE, edits),),
    )
