"""GL506: `lifecycle.stopSignal` where the cluster does not take it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.checks import check
from gracelint.checks.lib.pods.common import label, named
from gracelint.model.finding import Applicability, Finding, Fix, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.pod import PodSpec
    from gracelint.model.workload import Group

RULE = Rule("GL506", "stop-signal-unsupported", Severity.ERROR, frozenset({Applicability.SHOW}))
_SINCE = (1, 33)
_ON_SINCE = (1, 37)
_WINDOWS = frozenset({"SIGTERM", "SIGKILL"})


@check(RULE)
def stop_signal_unsupported(group: Group) -> Iterator[Finding]:
    """`stopSignal` without `os.name`, below the target version, or unknown to Windows."""
    pod = group.pod
    for container in () if pod is None else pod.containers:
        lifecycle = container.node.get("lifecycle")
        entry = None if lifecycle is None else lifecycle.entry("stopSignal")
        if pod is None or entry is None or entry[1].is_null:
            continue
        problem = _problem(pod, entry[1].value, group.options.kubernetes_version)
        if problem is not None:
            severity, message, advice = problem
            fix = Fix(advice, Applicability.SHOW)
            yield Finding(
                RULE,
                severity,
                message,
                label(entry),
                fixes=(fix,),
                workloads=named(group, container),
            )


def _problem(
    pod: PodSpec, signal: str, version: tuple[int, int]
) -> tuple[Severity, str, str] | None:
    """How bad, what is wrong, and what to do."""
    target, instead = ".".join(map(str, version)), "Set STOPSIGNAL in the image"
    if version < _SINCE:
        message = f"`stopSignal` needs Kubernetes 1.33; the target is {target}"
        return Severity.ERROR, message, instead
    if pod.complete and pod.os_name is None:
        message = "`stopSignal` needs `os.name` in the pod's spec: the API rejects it"
        return Severity.ERROR, message, "Add `os: {name: linux}` to the pod's spec"
    if pod.os_name == "windows" and signal not in _WINDOWS:
        message = f"Windows pods take only SIGTERM and SIGKILL: the API rejects `{signal}`"
        return Severity.ERROR, message, "Use SIGTERM"
    if version < _ON_SINCE:
        message = (
            f"`stopSignal` is dropped in silence by Kubernetes {target} "
            "unless the feature gate ContainerStopSignals is on"
        )
        return Severity.WARNING, message, instead
    return None
