"""`gracelint rule`."""

from __future__ import annotations

from gracelint import checks
from gracelint.cli.common import choose, guarded
from gracelint.cli.job import UsageError
from gracelint.cli.output import columns, in_color, out
from gracelint.report.rules import RULE_FORMATS, render_rule, render_rules


@guarded
def rule(code: str | None, *, every: bool, output_format: str, color: str) -> int:
    """Explain one rule or list all; the exit status."""
    choose("--output-format", output_format, RULE_FORMATS)
    choose("--color", color, ("auto", "always", "never"))
    rules = checks.all_rules()
    painted = in_color(color, to_file=False)
    if every:
        out(render_rules(output_format, rules, color=painted, width=columns()))
        return 0
    if code is None:
        raise UsageError("which rule? Give a code such as GL101, or --all")
    found = next((r for r in rules if code.upper() == r.code or code.lower() == r.name), None)
    if found is None:
        raise UsageError(f"no rule is called {code}; `gracelint rule --all` lists them")
    out(render_rule(output_format, found, color=painted, width=columns()))
    return 0
