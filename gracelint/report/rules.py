"""`gracelint rule`: a rule's page, or the list of all rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.base.json_text import dumps
from gracelint.model.finding import Applicability
from gracelint.pages import reader as pages
from gracelint.report.text import fill, paint

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gracelint.model.finding import Rule


def render_rule(name: str, rule: Rule, *, color: bool = False, width: int = 80) -> str:
    """One rule with its page, in one of `RULE_FORMATS`."""
    page = pages.load(rule.code)
    if name == "json":
        text = page.shown if page else ""
        return dumps(_described(rule) | {"page": text}, indent=2) + "\n"
    title, _, rest = (page.shown if page else f"# {rule.code} {rule.name}\n").partition("\n")
    text = f"{title}\n\n{_about(rule)}\n{rest}"
    return _marked_down(text, width) if color else text


def render_rules(name: str, rules: Iterable[Rule], *, color: bool = False, width: int = 80) -> str:
    """All of `rules` in one of `RULE_FORMATS`, as text one paragraph each."""
    if name == "json":
        return dumps([_described(rule) for rule in rules], indent=2) + "\n"
    return "".join(_listed(rule, color=color, width=width) for rule in rules)


def _described(rule: Rule) -> dict[str, Any]:
    page = pages.load(rule.code)
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": rule.severity.label,
        "fixes": [a.label for a in sorted(rule.fixes, reverse=True)],
        "enabled": rule.enabled,
        "summary": page.summary if page else "",
    }


def _about(rule: Rule) -> str:
    """Severity, fixes and default, in one line."""
    named = {
        Applicability.SAFE: "safe fix",
        Applicability.UNSAFE: "unsafe fix",
        Applicability.SHOW: "suggestion",
    }
    fixes = [named[a] for a in sorted(rule.fixes, reverse=True)] or ["no fix"]
    default = [] if rule.enabled else ["off unless selected"]
    return ", ".join([rule.severity.label, *fixes, *default])


def _listed(rule: Rule, *, color: bool, width: int) -> str:
    page = pages.load(rule.code)
    head = paint(f"{rule.code} {rule.name}", "bold", color=color)
    lines = fill(page.summary, width - 4) if page else []
    return "\n".join([f"{head} ({_about(rule)})", *(f"    {line}" for line in lines), ""])


def _marked_down(text: str, width: int) -> str:
    """Markdown as a terminal can show it."""
    import io

    from rich.console import Console
    from rich.markdown import Markdown

    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=width, legacy_windows=False)
    console.print(Markdown(text))
    return out.getvalue()
