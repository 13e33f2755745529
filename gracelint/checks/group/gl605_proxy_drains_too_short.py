"""GL605: a proxy that is gone before the application behind it has stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.checks import check
from gracelint.checks.lib.pods.common import label, members, names, pre_stop_seconds, said
from gracelint.checks.lib.pods.injection import injected
from gracelint.model.finding import Applicability, Finding, Fix, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.workload import Group

RULE = Rule("GL605", "proxy-drains-too-short", Severity.WARNING, frozenset({Applicability.SHOW}))


@check(RULE)
def proxy_drains_too_short(group: Group) -> Iterator[Finding]:
    """A proxy among the ordinary containers that drains for less than a hook takes."""
    if group.pod is None or not group.pod.serves:
        return
    proxies = [p for p in injected(group) if p.native is False and p.drains is not None]
    if not proxies:
        return
    waits = [
        (pre_stop_seconds(workload), container, hook)
        for container, workload in members(group)
        if container.role == "main" and (hook := container.hook("preStop")) is not None
    ]
    if not waits:
        return
    longest, container, hook = max(waits, key=lambda each: each[0])
    for proxy in proxies:
        if proxy.drains is None or proxy.drains >= longest:
            continue
        message = (
            f"the proxy that {proxy.by} adds is gone {said(proxy.drains)} after the stop, while "
            f"`{container.name}` serves on for the {said(longest)} of its preStop hook"
        )
        fix = Fix(f"Set `{proxy.setting}` above {said(longest)}", Applicability.SHOW)
        yield Finding(
            RULE,
            RULE.severity,
            message,
            label(proxy.entry),
            related=(label(hook, f"takes {said(longest)}"),),
            fixes=(fix,),
            workloads=names(group),
        )
