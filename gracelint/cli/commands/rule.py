"""`gracelint rule`."""

from __future__ import annotations

from gracelint import checks
from gracelint.base.near import hint
from gracelint.cli.options import Rule, UsageError
from gracelint.cli.output import columns, in_color, out
from gracelint.report.rules import render_rule, render_rules


def rule(request: Rule) -> int:
    """Explain one rule or list all; the exit status."""
    rules = checks.all_rules()
    painted = in_color(request.color, to_file=False)
    if request.every:
        out(render_rules(request.output_format, rules, color=painted, width=columns()))
        return 0
    code = request.code
    if code is None:
        raise UsageError("which rule? Give a code such as GL101, or --all")
    found = next((r for r in rules if code.upper() == r.code or code.lower() == r.name), None)
    if found is None:
        known = [word for r in rules for word in (r.code, r.name)]
        advice = hint(code, known, "`gracelint rule --all` lists them")
        raise UsageError(f"no rule is called {code}; {advice}")
    out(render_rule(request.output_format, found, color=painted, width=columns()))
    return 0
