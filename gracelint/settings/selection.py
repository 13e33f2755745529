"""Which rules a run applies, and at which level."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING
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
    fitting = (s for s in selectors if s == "ALL" or rule.code.startswith(s))
    return max((0 if s == "ALL" else len(s) for s in fitting), default=-1)


def resolved(words: Iterable[str], rules: Iterable[Rule]) -> tuple[str, ...]:
    """Selectors as the options have them: codes, beginnings of codes, or `ALL`, in capitals.

    words: the same in any case, or names of rules. ValueError for one that stands for no rule; its
    message says what to write instead.
    """
    catalogue = tuple(rules)
    named = {rule.name: rule.code for rule in catalogue}
    return tuple(_resolved(word, named) for word in words)


def _resolved(word: str, named: dict[str, str]) -> str:
    code = named.get(word.lower(), word.upper())
    if code == "ALL" or (code and any(rule_code.startswith(code) for rule_code in named.values())):
        return code
    from gracelint.base.near import hint

    every = [*named.values(), *named]
    advice = hint(word, every, "`gracelint rule --all` lists them")
    raise ValueError(f"no rule is called `{word}`; {advice}")


def levelled(finding: Finding, options: Options) -> Finding:
    """The finding at the level that the settings give its rule."""
    level = options.severity.get(finding.rule.code)
    return finding if level is None else replace(finding, severity=level)
