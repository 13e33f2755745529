"""Which containers of a pod are helpers that others need until they have stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base import lazy
from gracelint.model.finding import Applicability, Fix
from gracelint.syntax.yaml.move import move_item

if TYPE_CHECKING:
    from gracelint.model.pod import Container
    from gracelint.model.workload import Group

_IMAGES = (
    ("proxy", lazy.compile(r"(^|/)(istio/)?proxyv2$")),
    ("proxy", lazy.compile(r"(^|/)(linkerd/)?(linkerd2?-)?proxy$")),
    ("proxy", lazy.compile(r"(^|/)envoy(proxy)?/envoy[\w-]*$")),
    ("proxy", lazy.compile(r"(^|/)(cloud-sql-proxy|alloydb-auth-proxy|gce-proxy)$")),
    ("proxy", lazy.compile(r"(^|/)(consul-dataplane|daprd|pgbouncer)$")),
    ("log agent", lazy.compile(r"(^|/)(fluent-bit|fluentd|filebeat|promtail|vector)[\w-]*$")),
    ("collector", lazy.compile(r"(^|/)opentelemetry-collector[\w-]*$")),
    ("secret agent", lazy.compile(r"(^|/)(vault-agent|secrets-store-agent)$")),
)
_INJECTED = frozenset({"istio-proxy", "linkerd-proxy", "cloud-sql-proxy", "cloudsql-proxy"})
_SINCE = (1, 29)
_QUIT = ("quitquitquit", "/shutdown", "pkill", "killall")


def kind_of(container: Container) -> str | None:
    """What sort of helper the image is (`proxy`, `log agent`), None when it is not known as one."""
    if container.role != "main" or container.image is None:
        return None
    repository = container.image.partition("@")[0]
    head, slash, name = repository.rpartition("/")
    path = head + slash + name.partition(":")[0]
    found = next((kind for kind, pattern in _IMAGES if pattern.search(path)), None)
    first = container.index == 0 and container.name not in _INJECTED
    return None if first else found


def helpers(group: Group) -> list[tuple[Container, str]]:
    """The helpers among a pod's ordinary containers, if there is an application beside them."""
    if group.pod is None or not group.pod.complete or group.pod.knative:
        return []
    main = [c for c in group.pod.containers if c.role == "main"]
    found = [(c, kind) for c in main if (kind := kind_of(c)) is not None]
    return found if len(found) < len(main) else []


def is_told(group: Group) -> bool:
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
