"""GL516: a stop setting that stands where nothing reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.checks import check
from gracelint.checks.lib.pods.common import label, names
from gracelint.checks.lib.pods.placement import Misplaced, misplaced, misplaced_in_compose
from gracelint.checks.lib.pods.quadlets import misplaced_in_units
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity
from gracelint.syntax.yaml import editing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.base.edit import Edit
    from gracelint.model.workload import Group
    from gracelint.syntax.yaml.node import Node

RULE = Rule(
    "GL516",
    "misplaced-stop-setting",
    Severity.ERROR,
    frozenset({Applicability.SAFE, Applicability.SHOW}),
)
_BEFORE = ("initContainers", "containers", "deploy")
"""Keys that may hold the misplaced one: what is moved out of them goes in front."""


@check(RULE)
def misplaced_stop_setting(group: Group) -> Iterator[Finding]:
    """Stop settings beside the place where a cluster, Compose or Podman looks for them."""
    for setting, wrong, remedy in misplaced_in_units(group):
        fixes = (Fix(remedy, Applicability.SHOW),)
        where = Label(setting.span, "")
        yield Finding(RULE, RULE.severity, wrong, where, fixes=fixes, workloads=names(group))
    pod = group.pod or group.played
    settings = misplaced_in_compose(group) if pod is None else misplaced(pod)
    for each in settings:
        message = f"`{each.key}` in {each.where} is read by nothing: it belongs to {each.home}"
        yield Finding(
            RULE,
            RULE.severity,
            message,
            label(each.entry),
            fixes=_fixes(each),
            workloads=names(group),
        )


def _fixes(each: Misplaced) -> tuple[Fix, ...]:
    """Move it where it belongs; where it stands there too, take the useless one away."""
    words = Fix(f"Move it to {each.home}", Applicability.SHOW)
    gone = editing.delete_key(each.holder, each.key)
    value = each.entry[1]
    if each.target is None or gone is None or value.alias_span is not None:
        return (words,)
    if each.target.entry(each.key) is not None:
        return (Fix("Remove it; it is set where it counts", Applicability.SAFE, (gone,)),)
    added = _added(each.target, each.key, value)
    edits: tuple[Edit, ...] = () if added is None else (added, gone)
    return (Fix(f"Move it to {each.home}", Applicability.SAFE, edits),) if edits else (words,)


def _added(target: Node, key: str, value: Node) -> Edit | None:
    if value.kind != "scalar" or value.is_null or not isinstance(value.data, (bool, int, str)):
        return None
    return editing.add_key(target, key, value.data, _BEFORE)
