"""Helpers among the ordinary containers of a pod: proxies, log and secret agents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.atlas import helper
from gracelint.model.finding import Applicability, Fix
from gracelint.syntax.yaml.move import move_item

if TYPE_CHECKING:
    from gracelint.model.pod import Container
    from gracelint.model.workload import Group

_DRAINS = (
    "term_timeout",
    "max-sigterm-delay",
    "exit_on_zero_active_connections",
    "termination_drain_duration_seconds",
    "dapr-graceful-shutdown-seconds",
    "dapr-block-shutdown-duration",
)
"""Options and variables that keep a helper serving after its stop signal."""

_SINCE = (1, 29)
_QUIT = ("quitquitquit", "/shutdown", "pkill", "killall")


def kind_of(container: Container) -> str | None:
    """What sort of helper the image is (`proxy`, `log agent`), None when it is not known as one."""
    if container.role != "main" or container.image is None:
        return None
    entry = helper(container.image)
    if entry is None or (container.index == 0 and not entry.only):
        return None
    return entry.kind


def drains(container: Container) -> bool:
    """Whether an option or variable makes a helper serve on after its stop signal."""
    words = [child.value for key in ("command", "args") for child in container.node.sequence(key)]
    words += [variable.string("name") or "" for variable in container.node.sequence("env")]
    return any(option in word.lower() for word in words for option in _DRAINS)


def helpers(group: Group) -> list[tuple[Container, str]]:
    """The helpers among a pod's ordinary containers, if there is an application beside them."""
    if group.pod is None or not group.pod.complete or group.pod.knative:
        return []
    main = [c for c in group.pod.containers if c.role == "main"]
    helping = [(c, kind) for c in main if (kind := kind_of(c)) is not None]
    return helping if len(helping) < len(main) else []


def has_quit_call(group: Group) -> bool:
    """Whether something in the pod seems to end the helper when the work is done."""
    if group.pod is None:
        return False
    text = group.pod.node.span.text
    return any(word in text for word in _QUIT)


def as_sidecar(group: Group, container: Container) -> tuple[Fix, ...]:
    """The fix that makes a helper a native sidecar."""
    pod = group.pod
    if pod is None or group.options.kubernetes_version < _SINCE:
        return ()
    extra = ("restartPolicy", "Always")
    edits = move_item(pod.node, "containers", container.index, "initContainers", extra)
    if edits is None:
        return ()
    title = f"Make `{container.name}` a sidecar (an init container that is always restarted)"
    return (Fix(title, Applicability.UNSAFE, edits),)
