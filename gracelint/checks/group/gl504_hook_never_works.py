"""GL504: a hook that cannot work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.facts import Known
from gracelint.checks import check
from gracelint.checks.lib.pods.common import at_entry, image_of, members
from gracelint.model.finding import Applicability, Finding, Fix, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.pod import Container
    from gracelint.model.workload import Group, Workload
    from gracelint.syntax.yaml.parse import Node

RULE = Rule("GL504", "hook-never-works", Severity.ERROR, frozenset({Applicability.SHOW}))
_HANDLERS = ("exec", "httpGet", "sleep", "tcpSocket")
_SHELLS = frozenset({"sh", "bash", "ash", "dash"})


@check(RULE)
def hook_never_works(group: Group) -> Iterator[Finding]:
    """Hooks without a handler that works."""
    if group.pod is None or group.pod.knative:
        return
    for container, workload in members(group):
        for when in ("preStop", "postStart"):
            entry = container.hook(when)
            found = None if entry is None else _problem(group, container, workload, entry[1])
            if entry is None or found is None:
                continue
            fix = Fix(found[1], Applicability.SHOW)
            message = f"the {when} hook of `{container.name}` never works: {found[0]}"
            yield at_entry(RULE, message, entry, (fix,), group, container)


def _problem(
    group: Group, container: Container, workload: Workload, hook: Node
) -> tuple[str, str] | None:
    """What is wrong, and what to do."""
    handlers = [key for key in _HANDLERS if (v := hook.get(key)) is not None and not v.is_null]
    if "tcpSocket" in handlers:
        return "`tcpSocket` is accepted, but not run", "Use `exec`, `httpGet` or `sleep`"
    if len(handlers) > 1:
        both = " and ".join(f"`{key}`" for key in handlers)
        return f"it has {both}, and the API accepts only one handler", "Keep one of them"
    if group.pod is None or not group.pod.complete:
        return None
    if not handlers:
        return "it has no handler", "Add `exec`, `httpGet` or `sleep`, or remove the hook"
    return _no_shell(group, container, workload, hook) or _no_port(container, hook)


def _no_shell(
    group: Group, container: Container, workload: Workload, hook: Node
) -> tuple[str, str] | None:
    words = hook.find("exec", "command")
    first = words.children[0].value if words is not None and words.children else ""
    shell = workload.base.shell
    own = image_of(workload, group) is not None and workload.base.reference == container.image
    if own and shell == Known("", shell.origins) and first.rpartition("/")[2] in _SHELLS:
        return f"`{container.image}` has no shell", "Use `sleep` or `httpGet`"
    return None


def _no_port(container: Container, hook: Node) -> tuple[str, str] | None:
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
