"""GL106: a JSON array that is none, so that a shell gets it."""

from __future__ import annotations

import json

from gracelint.base.edit import Edit
from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.checks.lib.words import array_members, meant_as_array
from gracelint.declare.image.stages import stages
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.base.source import Span
    from gracelint.syntax.dockerfile.parse import Dockerfile, Instruction

_LAUNCH = ("ENTRYPOINT", "CMD")
RULE = Rule("GL106", "malformed-exec-form", Severity.ERROR, frozenset({Applicability.SAFE}))


@check(RULE)
def malformed_exec_form(dockerfile: Dockerfile) -> Iterator[Finding]:
    """The CMD and ENTRYPOINT that hold in each stage."""
    if not any(i.name in _LAUNCH and _array(i) is not None for i in dockerfile.instructions):
        return
    rejected = [span for span, _ in dockerfile.errors]
    for stage in stages(dockerfile):
        for keyword in _LAUNCH:
            for instruction in stage.all(keyword)[-1:]:
                text = _array(instruction)
                if text is not None and not any(_within(s, instruction.span) for s in rejected):
                    yield _finding(instruction, text)


def _array(instruction: Instruction) -> str | None:
    """The text that a shell is given, where it looks like an array."""
    text = instruction.shell_text if instruction.form == "shell" else None
    return text.text if text is not None and meant_as_array(text.text) else None


def _within(span: Span, outer: Span) -> bool:
    """Whether the engine rejects this instruction, which is a finding of its own."""
    return outer.start <= span.start and span.end <= outer.end


def _finding(instruction: Instruction, text: str) -> Finding:
    message = f"{instruction.name} looks like a JSON array but is none, so a shell runs it as text"
    words = array_members(text)
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
    if not inner.endswith("]"):
        return "the array does not end the line"
    if any(c in inner for c in "\u2018\u2019\u201c\u201d"):
        return "typographic quotes"
    if inner[1:].lstrip().startswith("'"):
        return "single quotes"
    if inner.rstrip("] \t").endswith(","):
        return "a comma behind the last word"
    return "a word without quotes" if array_members(text) else "no commas between its words"
