"""Which rules a run applies, and at which level."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gracelint.model.finding import Finding, Rule
    from gracelint.model.options import Options


def enabled(rule: Rule, options: Options) -> bool:
    """Whether a rule is to be applied; of `select` and `ignore` the one that says more decides."""
    if rule.code in options.severity and options.severity[rule.code] is None:
        return False
    chosen = max(_match(rule, options.select), _match(rule, options.extend_select))
    if chosen < 0 and not options.select and rule.enabled:
        chosen = 0
    return chosen > _match(rule, options.ignore)


def _match(rule: Rule, selectors: Iterable[str]) -> int:
    """How much of the rule's code the longest fitting selector gives; -1 for none."""
    lengths = [-1]
    for selector in selectors:
        if selector == "ALL":
            lengths.append(0)
        elif rule.code.startswith(selector) or rule.name.upper() == selector:
            lengths.append(len(selector))
    return max(lengths)


def unknown(selectors: Iterable[str], rules: Iterable[Rule]) -> str | None:
    """The first selector that stands for no rule."""
    known = tuple(rules)
    for selector in selectors:
        if selector != "ALL" and all(_match(rule, (selector,)) < 0 for rule in known):
            return selector
    return None


def levelled(finding: Finding, options: Options) -> Finding:
    """The finding at the level that the settings give its rule."""
    level = options.severity.get(finding.rule.code)
    return finding if level is None else replace(finding, severity=level)
