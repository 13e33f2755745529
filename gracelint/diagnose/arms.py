"""Branches for development alone, as the conditions say under which a script comes to them."""

from __future__ import annotations

import re

from gracelint.base import lazy
from gracelint.base.typed import TYPE_CHECKING
from gracelint.syntax.shell.parse import within
from gracelint.syntax.shell.tree import AndOr, Case, Commands, If, Simple

if TYPE_CHECKING:
    from gracelint.base.source import Span
    from gracelint.syntax.shell.tree import Node, Script

_NAMED = r"""["']?\$\{?\w{0,60}(?:ENV|ENVIRONMENT|MODE|STAGE)(?::?-[^}"'\s]{0,60})?\}?["']?"""
_STAGE = lazy.compile(
    rf"""\s*(?:\[\[?|test)\s+{_NAMED}\s+(?P<not>!?)={{1,2}}\s+["']?(?P<stage>\w+)["']?\s*\]{{0,2}}\s*;?\s*"""
)
_SUBJECT = lazy.compile(rf"""{_NAMED}|["']?\$\{{?1\}}?["']?""")
_DEVELOPMENT = frozenset({"dev", "develop", "development", "local", "test", "testing"})
_PRODUCTION = frozenset({"prod", "production"})


def asks_for_development(words: str, *, met: bool) -> bool:
    """Whether a condition says so that is met, or not: `[ "$APP_ENV" = dev ]`; that of production
    does where it is not met. Of several in one, and of what is turned round, nothing is said.
    """
    asked = _STAGE.fullmatch(words)
    if asked is None:
        return False
    holds = met != (asked["not"] == "!")
    return holds if asked["stage"] in _DEVELOPMENT else not holds and asked["stage"] in _PRODUCTION


def is_for_development(script: Script, place: Span) -> bool:
    """Whether a place in a script is only come to for development."""
    branches = (_under(script, node, place) for node in within(script.body, If))
    if any(branches) or any(_of_case(script, c, place) for c in within(script.body, Case)):
        return True
    rows = [script.body, *within(script.body, Commands)]
    return any(_beyond_production(script, row, place) for row in rows)


def _beyond_production(script: Script, row: Commands, place: Span) -> bool:
    """Whether it stands behind what ends a script in production:
    `[ "$NODE_ENV" = production ] && exec …`.
    """
    for item in row.items:
        if _holds(script, item, place):
            return False
        if _ends_in_production(script, item.command):
            return any(_holds(script, one, place) for one in row.items)
    return False


def _ends_in_production(script: Script, node: Node) -> bool:
    match node:
        case If(branches=((condition, body), *_)):
            last = body.items[-1].command if body.items else None
            words = _text(script, condition)
        case AndOr(left=left, operator="&&", right=last):
            words = _text(script, left)
        case _:
            return False
    return _ends(last) and asks_for_development(words, met=False)


def _ends(node: Node | None) -> bool:
    """Whether a script comes no further: `exec` with redirections alone goes on."""
    if not isinstance(node, Simple):
        return False
    return node.name == "exit" or (node.name == "exec" and len(node.words) > 1)


def _under(script: Script, node: If, place: Span) -> bool:
    conditions = [_text(script, condition) for condition, _ in node.branches]
    for at, (_, body) in enumerate(node.branches):
        if _holds(script, body, place):
            earlier = any(asks_for_development(words, met=False) for words in conditions[:at])
            return earlier or asks_for_development(conditions[at], met=True)
    last = node.otherwise
    if last is None or not _holds(script, last, place):
        return False
    return any(asks_for_development(words, met=False) for words in conditions)


def _of_case(script: Script, node: Case, place: Span) -> bool:
    """Whether it is in an arm whose words all are for development, of what says the stage.

    So is `*)` where every other arm is for production or development, and one for production, but
    not of a script's first word: that may say anything.
    """
    subject = _text(script, node.subject)
    if _SUBJECT.fullmatch(subject) is None:
        return False
    arms = [{_text(script, one).strip("\"'") for one in i.patterns} for i in node.items]
    for item, patterns in zip(node.items, arms, strict=True):
        if _holds(script, item.body, place):
            if patterns != {"*"}:
                return bool(patterns) and patterns <= _DEVELOPMENT
            others = {one for arm in arms if arm is not patterns for one in arm}
            named = re.fullmatch(_NAMED, subject) is not None
            deployed = not others.isdisjoint(_PRODUCTION)
            return named and deployed and others <= _PRODUCTION | _DEVELOPMENT
    return False


def _text(script: Script, node: Node) -> str:
    return script.text.text[node.start : node.end]


def _holds(script: Script, node: Node, place: Span) -> bool:
    whole = script.span(node)
    same = whole.source.path == place.source.path
    return same and whole.start <= place.start < whole.end
