"""`gracelint rule`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint import checks
from gracelint.base.near import hint
from gracelint.cli.options import UsageError
from gracelint.cli.output import columns, in_color, out
from gracelint.report.rules import render_rule, render_rules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gracelint.cli import options
    from gracelint.model.finding import Rule


def rule(request: options.Rule) -> int:
    """Explain one rule or list all; the exit status."""
    rules = checks.all_rules()
    painted = in_color(request.color, to_file=False)
    if request.every:
        out(render_rules(request.output_format, rules, color=painted, width=columns()))
        return 0
    code = request.code
    if code is None:
        raise UsageError("which rule? Give a code such as GL101, or --all")
    chosen = next((r for r in rules if code.upper() == r.code or code.lower() == r.name), None)
    if chosen is None:
        raise UsageError(f"no rule is called {code}; {_advice(code, rules)}")
    out(render_rule(request.output_format, chosen, color=painted, width=columns()))
    return 0


def _advice(code: str, rules: Sequence[Rule]) -> str:
    """What to ask for instead of a code or name that no rule has."""
    group = [r.code for r in rules if r.code.startswith(code.upper())]
    if code and group:
        return f"beginning so are {', '.join(group)}"
    words = [word for r in rules for word in (r.code, r.name)]
    return hint(code, words, "`gracelint rule --all` lists them")
