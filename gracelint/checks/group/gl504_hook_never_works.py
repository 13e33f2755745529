"""GL504: a hook that cannot work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.checks import check
from gracelint.checks.lib.pods.common import at_entry, members
from gracelint.checks.lib.pods.exec_hooks import problem as exec_problem
from gracelint.model.finding import Applicability, Finding, Fix, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.checks.lib.pods.exec_hooks import Problem
    from gracelint.model.pod import Container, Entry
    from gracelint.model.workload import Group, Workload
    from gracelint.syntax.yaml.node import Node

RULE = Rule("GL504", "hook-never-works", Severity.ERROR, frozenset({Applicability.SHOW}))
_HANDLERS = ("exec", "httpGet", "sleep", "tcpSocket")


@check(RULE)
def hook_never_works(group: Group) -> Iterator[Finding]:
    """Hooks without a handler that works."""
    if group.pod is None or group.pod.knative or group.pod.embedded:
        return
    for container, workload in members(group):
        for entry, what in _hooks(container):
            problem = _problem(group, container, workload, entry[1])
            if problem is not None:
                fix = Fix(problem[1], Applicability.SHOW)
                message = f"{what} of `{container.name}` never works: {problem[0]}"
                yield at_entry(RULE, message, entry, (fix,), group, container)


def _hooks(container: Container) -> Iterator[tuple[Entry, str]]:
    lifecycle = container.node.entry("lifecycle")
    if lifecycle is None or lifecycle[1].is_null:
        return
    if lifecycle[1].kind != "mapping":
        yield lifecycle, "`lifecycle`"
        return
    for when in ("preStop", "postStart"):
        entry = lifecycle[1].entry(when)
        if entry is not None and not entry[1].is_null:
            yield entry, f"the {when} hook"


def _problem(group: Group, container: Container, workload: Workload, hook: Node) -> Problem | None:
    if hook.kind != "mapping":
        return f"it is a {hook.kind}, and the API takes a mapping", "Write it as a mapping"
    handlers = [key for key in _HANDLERS if (v := hook.get(key)) is not None and not v.is_null]
    if "tcpSocket" in handlers:
        return "`tcpSocket` is accepted, but not run", "Use `exec`, `httpGet` or `sleep`"
    if len(handlers) > 1:
        both = " and ".join(f"`{key}`" for key in handlers)
        return f"it has {both}, and the API accepts only one handler", "Keep one of them"
    if not handlers:
        if group.pod is None or not group.pod.complete:
            return None
        return "it has no handler", "Add `exec`, `httpGet` or `sleep`, or remove the hook"
    handler = hook.get("exec")
    if handler is not None and "exec" in handlers:
        return exec_problem(group, container, workload, handler)
    complete = group.pod is not None and group.pod.complete
    return _no_port(container, hook) if complete else None


def _no_port(container: Container, hook: Node) -> Problem | None:
    port = hook.find("httpGet", "port")
    if port is None or not isinstance(port.data, str) or port.value.isdigit():
        return None
    names = {declared.string("name") for declared in container.node.sequence("ports")}
    if port.value in names or "{" in port.value or "$" in port.value:
        return None
    return (
        f"the container declares no port named `{port.value}`",
        "Declare the port, or use its number",
    )
