"""GL003: an ignore comment that names no rule, or one that does not exist."""

from __future__ import annotations

from gracelint.base import lazy
from gracelint.base.typed import TYPE_CHECKING
from gracelint.checks import check
from gracelint.model.finding import Finding, Label, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.checks.project import Run

RULE = Rule("GL003", "unknown-rule-in-suppression", Severity.WARNING)

_OTHER = lazy.compile(r"gracelint:[ \t]*(?!ignore)([-\w]+)")


@check(RULE)
def unknown_rule_in_suppression(run: Run) -> Iterator[Finding]:
    """Each word that is neither the code nor the name of a rule."""
    names = [word for rule in run.rules for word in (rule.code, rule.name)]
    for ignore in run.ignores:
        if ignore.code in names:
            continue
        written = ignore.span.text
        from gracelint.base.near import hint

        message = f"there is no rule {written}"
        advice = hint(written, names, "`gracelint rule --all` lists the rules")
        if not ignore.code:
            other = _OTHER.search(written)
            message = "this names no rule"
            if other is not None:
                message = f"`{other[1]}` asks for nothing, so nothing is left out"
            advice = "write it as `# gracelint: ignore[GL101] reason`"
        yield Finding(RULE, RULE.severity, message, Label(ignore.span), help=advice)
