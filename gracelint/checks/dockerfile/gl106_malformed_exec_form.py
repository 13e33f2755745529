"""GL106: a JSON array that is none, so that a shell gets it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gracelint.checks import check
from gracelint.checks.arrays import meant_as_array, members
from gracelint.declare.dockerfile_stages import stages
from gracelint.finding import Applicability, Edit, Finding, Fix, Label, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.syntax.dockerfile_tree import Dockerfile, Instruction

RULE = Rule("GL106", "malformed-exec-form", Severity.ERROR, frozenset({Applicability.SAFE}))


@check(RULE)
def malformed_exec_form(dockerfile: Dockerfile) -> Iterator[Finding]:
    """The CMD and ENTRYPOINT that hold in each stage."""
    for stage in stages(dockerfile):
        for keyword in ("ENTRYPOINT", "CMD"):
            for instruction in stage.all(keyword)[-1:]:
                text = instruction.shell_text
                if instruction.form == "shell" and text and meant_as_array(text.text):
                    yield _finding(instruction, text.text)


def _finding(instruction: Instruction, text: str) -> Finding:
    message = f"{instruction.name} looks like a JSON array but is none, so a shell runs it as text"
    words = members(text)
    fixes: tuple[Fix, ...] = ()
    if words:
        written = json.dumps(words, ensure_ascii=False)
        edit = Edit(instruction.value, written)
        fixes = (Fix(f"Write `{written}`", Applicability.SAFE, (edit,)),)
    return Finding(
        RULE,
        RULE.severity,
        message,
        Label(instruction.value, _why(text)),
        fixes=fixes,
        help="JSON needs double quotes around every word, commas between them and none at the end.",
    )


def _why(text: str) -> str:
    inner = text.strip()
    if "'" in inner and '"' not in inner:
        return "single quotes"
    if any(c in inner for c in "\u2018\u2019\u201c\u201d"):
        return "typographic quotes"
    if inner.rstrip("] \t").endswith(","):
        return "a comma behind the last word"
    return "" if inner.endswith("]") else "the array does not end the line"
