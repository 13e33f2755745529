"""GL507: requests that still come after the stop signal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint import atlas
from gracelint.atlas.overrides import SOURCE as OWN
from gracelint.base.facts import Known
from gracelint.checks import check
from gracelint.checks.lib.pods.common import (
    grace_edit,
    label,
    members,
    named,
    pre_stop,
    said,
)
from gracelint.diagnose.launched import program
from gracelint.model.finding import Applicability, Finding, Fix, Rule, Severity
from gracelint.syntax.yaml import editing as yaml_edit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.pod import Container, Service
    from gracelint.model.workload import Group, Workload
    from gracelint.syntax.yaml.editing import Data

RULE = Rule("GL507", "endpoint-race", Severity.WARNING, frozenset({Applicability.UNSAFE}))
_SLEEP_SINCE = (1, 30)


@check(RULE)
def endpoint_race(group: Group) -> Iterator[Finding]:
    """A pod behind a Service that nothing keeps alive until the endpoints are gone."""
    pod = group.pod
    if pod is None or not pod.complete or not pod.serves or not group.services:
        return
    pairs = list(members(group))
    if any(pre_stop(workload) for container, workload in pairs if container.role == "main"):
        return
    serving = _serving(group)
    entry = None if serving is None else serving.node.entry("name")
    if serving is None or entry is None:
        return
    if group.options.traffic_seconds <= _serves_on(serving):
        return
    workload = next(w for c, w in pairs if c is serving)
    app = program(workload, group)
    if app is not None and (app.placeholder or (app.drains and app.source == OWN)):
        return
    if _accepts_on(workload):
        return
    warn = group.options.traffic is not None or (app is not None and app.drains is False)
    severity = Severity.WARNING if warn else Severity.INFO
    message = (
        f"`{serving.name}` is told to stop while its Service still sends requests: no hook waits"
    )
    metadata = group.services[0].node.get("metadata")
    selecting = None if metadata is None else metadata.entry("name")
    related = () if selecting is None else (label(selecting, "selects this pod"),)
    yield Finding(
        RULE,
        severity,
        message,
        label(entry),
        related=related,
        fixes=_fixes(group, serving),
        workloads=named(group, serving),
    )


def _serving(group: Group) -> Container | None:
    """The container that the Service's target port names, else the first with ports."""
    assert group.pod is not None
    main = [c for c in group.pod.containers if c.role == "main"]
    targets = {port for service in group.services for port in _targets(service)}
    named = next((c for c in main if targets & _ports(c)), None)
    with_ports = next((c for c in main if c.node.sequence("ports")), None)
    return named or with_ports or (main[0] if main else None)


def _targets(service: Service) -> Iterator[str]:
    """The ports of the pods that a Service sends requests to: numbers and names."""
    spec = service.node.get("spec")
    for port in () if spec is None else spec.sequence("ports"):
        target = port.string("targetPort") or port.string("port")
        if target is not None:
            yield target


def _ports(container: Container) -> set[str]:
    """The numbers and names of a container's ports."""
    ports = container.node.sequence("ports")
    stated = {port.string(key) for port in ports for key in ("containerPort", "name")}
    return {port for port in stated if port is not None}


def _accepts_on(workload: Workload) -> bool:
    """Whether an argument makes the program accept requests for a while after the signal.

    Source: doc.traefik.io, EntryPoints, `transport.lifeCycle.requestAcceptGraceTimeout`.
    """
    argv = workload.launch.argv
    words = argv.value if isinstance(argv, Known) else ()
    return any("requestacceptgracetimeout=" in (word.value or "").lower() for word in words)


def _serves_on(container: Container) -> float:
    """Seconds for which a proxy goes on serving by itself after the stop signal."""
    auto = container.name == "istio-proxy" and container.image == "auto"
    helper = atlas.helper("istio/proxyv2" if auto else container.image or "")
    return 0.0 if helper is None else helper.serves_on


def _fixes(group: Group, container: Container) -> tuple[Fix, ...]:
    pod, delay = group.pod, group.options.traffic_seconds
    assert pod is not None
    if not isinstance(pod.grace, Known) or pod.grace.value <= 0:
        return ()
    hook: Data = {"sleep": {"seconds": int(delay)}}
    if group.options.kubernetes_version < _SLEEP_SINCE:
        hook = {"exec": {"command": ["sleep", f"{delay:g}"]}}
    lifecycle = container.node.get("lifecycle")
    if lifecycle is None:
        edit = yaml_edit.add_key(container.node, "lifecycle", {"preStop": hook})
    else:
        edit = yaml_edit.add_key(lifecycle, "preStop", hook)
    grace = grace_edit(pod, pod.grace.value + delay)
    if edit is None or grace is None:
        return ()
    title = f"Wait {said(delay)} before the stop signal, and give the pod that much more time"
    return (Fix(title, Applicability.UNSAFE, (grace, edit)),)
