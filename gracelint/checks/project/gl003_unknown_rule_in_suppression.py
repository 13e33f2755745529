"""GL003: an ignore comment that names no rule, or one that does not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.checks import check
from gracelint.model.finding import Finding, Label, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.checks.project import Run

RULE = Rule("GL003", "unknown-rule-in-suppression", Severity.WARNING)


@check(RULE)
def unknown_rule_in_suppression(run: Run) -> Iterator[Finding]:
    """Each code that no rule has."""
    for ignore in run.ignores:
        if ignore.code in run.codes:
            continue
        from difflib import get_close_matches

        message = f"there is no rule {ignore.code}"
        close = get_close_matches(ignore.code, sorted(run.codes), 1, 0.8)
        hint = f"did you mean {close[0]}?" if close else "`gracelint rule --all` lists the rules"
        if not ignore.code:
            message, hint = "this names no rule", "write it as `# gracelint: ignore[GL101] reason`"
        yield Finding(RULE, RULE.severity, message, Label(ignore.span), help=hint)
