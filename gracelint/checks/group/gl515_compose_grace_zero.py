"""GL515: a Compose grace period that leaves no time, or that Compose rejects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.durations import compose as duration
from gracelint.base.facts import Known
from gracelint.base.source import Span
from gracelint.checks import check
from gracelint.checks.lib import keys
from gracelint.checks.lib.compose import entry, label, members
from gracelint.declare.compose.values import DEFAULT_GRACE
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity
from gracelint.syntax.yaml import editing as yaml_edit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.workload import Group, Workload
    from gracelint.syntax.yaml.node import Node

RULE = Rule("GL515", "compose-grace-zero", Severity.ERROR, frozenset({Applicability.UNSAFE}))


@check(RULE)
def compose_grace_zero(group: Group) -> Iterator[Finding]:
    """`stop_grace_period` of zero, or of something that is no duration."""
    for workload in members(group):
        setting = entry(workload, "stop_grace_period")
        message = _problem(workload, setting[1]) if setting is not None else None
        if setting is None or message is None:
            continue
        edit = yaml_edit.replace_scalar(setting[1], _instead(setting[1].value))
        title = "State a grace period that Compose understands"
        fixes = () if edit is None else (Fix(title, Applicability.UNSAFE, (edit,)),)
        yield Finding(
            RULE, RULE.severity, message, label(setting), fixes=fixes, workloads=(workload.name,)
        )
    yield from _elsewhere(group)


def _elsewhere(group: Group) -> Iterator[Finding]:
    """The same in a quadlet, an ECS task or fly.toml."""
    for workload in group.workloads:
        grace, key = workload.grace, keys.name(workload, "grace")
        if workload.kind == "compose" or not key or not isinstance(grace, Known):
            continue
        span = next((o for o in grace.origins if isinstance(o, Span)), None)
        if grace.value == 0 and not grace.assumed and span is not None:
            message = f"`{key}` is 0: the container is killed as soon as it is told to stop"
            yield Finding(RULE, RULE.severity, message, Label(span), workloads=(workload.name,))


def _problem(workload: Workload, value: Node) -> str | None:
    grace = workload.grace
    if isinstance(grace, Known):
        if grace.value != 0 or grace.assumed:
            return None
        shown = "the engine is told whole seconds, here 0" if duration(value.value) else "0 s"
        return f"{shown}: the container is killed as soon as it is told to stop"
    if value.kind != "scalar" or "$" in value.value or duration(value.value) is not None:
        return None
    written = " ".join(value.value.split())[:40]
    return f"`{written}` is no duration (`10s`, `1m30s`), and Compose rejects the file"


def _instead(written: str) -> str:
    """The same with a unit where only that is missing, else the default."""
    number = written.isascii() and written.isdigit() and 0 < len(written.lstrip("0")) < 6
    return f"{int(written)}s" if number else f"{DEFAULT_GRACE:g}s"
