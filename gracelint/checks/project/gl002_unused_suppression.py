"""GL002: an ignore comment, or an entry of the baseline, of which nothing comes."""

from __future__ import annotations

from collections import Counter

from gracelint.base.edit import Edit
from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.checks.project import Run
    from gracelint.model.suppression import Ignore

RULE = Rule("GL002", "unused-suppression", Severity.WARNING, frozenset({Applicability.SAFE}))
_ANEW = "Write it anew with `gracelint check --baseline {} --write-baseline`."


@check(RULE, last=True)
def unused_suppression(run: Run) -> Iterator[Finding]:
    """Each code of a comment or an annotation, and each entry, that matches no finding."""
    for stale in run.stale:
        advice = _ANEW.format(stale.span.source.path)
        message = f"the baseline has a {stale.code} in {stale.path} that is no longer found"
        yield Finding(RULE, RULE.severity, message, Label(stale.span), help=advice)
    together = Counter(ignore.around.key for ignore in run.unused)
    for ignore in run.unused:
        where = "in this file" if ignore.covers is None else "here"
        message = f"nothing is ignored by this: {ignore.code} finds nothing {where}"
        fixes = _fixes(ignore, together[ignore.around.key])
        yield Finding(RULE, RULE.severity, message, Label(ignore.span), fixes=fixes)


def _fixes(ignore: Ignore, unused: int) -> tuple[Fix, ...]:
    """Cut the comment when none of its codes is used, else the code. unused: how many are not."""
    if not ignore.editable:
        return ()
    if unused == ignore.count:
        edit, title = _comment(ignore), "remove the comment"
    else:
        edit, title = _code(ignore), f"remove {ignore.code}"
    return (Fix(title, Applicability.SAFE, (edit,)),)


def _comment(ignore: Ignore) -> Edit:
    """The comment with its line, or with the blanks before it where the line holds more."""
    around = ignore.around
    text = around.source.text
    start = text.rfind("\n", 0, around.start) + 1
    if text[start : around.start].strip():
        before = text[start : around.start]
        start = around.start - (len(before) - len(before.rstrip()))
        return Edit(around.source.span(start, around.end), "")
    end = text.find("\n", around.end)
    return Edit(around.source.span(start, len(text) if end < 0 else end + 1), "")


def _code(ignore: Ignore) -> Edit:
    """The code with the comma behind it, or the one before it where it is the last."""
    span, text = ignore.span, ignore.source.text
    end = span.end
    while end < len(text) and text[end] in ", \t":
        end += 1
    start = span.start
    if end == span.end:
        while text[start - 1] in ", \t":
            start -= 1
    return Edit(ignore.source.span(start, end), "")
