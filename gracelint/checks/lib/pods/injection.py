"""Sidecars that are not in the manifest: an admission webhook adds them to the pod.

Sources: istio.io, "Installing the Sidecar" and ProxyConfig; linkerd.io, "Proxy Configuration";
developer.hashicorp.com, "Vault Agent Injector annotations"; docs.dapr.io, "Dapr arguments and
annotations".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base import durations
from gracelint.base.source import Source
from gracelint.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.pod import Entry, PodSpec
    from gracelint.model.workload import Group

NATIVE_SINCE = (1, 29)
"""The first version of Kubernetes that knows sidecars among init containers by default."""

_SIGNS = ("inject", "istio.io/", "dapr.io/", "*", "\\")
"""One of these stands where a sidecar is asked for; aliases and escapes may hide the others."""
_ISTIO_DRAIN = 5.0
_DAPR_GRACE = 5.0


@dataclass(frozen=True, slots=True)
class Injected:
    """A sidecar that a webhook adds.

    by: who adds it. entry: the label or annotation that asks for it. native: whether it becomes a
    sidecar among the init containers, None where the installed version decides. drains: seconds
    that it goes on serving after the stop signal, None where that is not told. setting: the
    annotation that says how long it drains.
    """

    by: str
    entry: Entry
    native: bool | None = None
    drains: float | None = None
    setting: str = ""


def injected(group: Group) -> list[Injected]:
    """The sidecars that labels and annotations ask for."""
    if group.pod is None or group.pod.knative:
        return []
    around = (group.pod.metadata, None if group.namespace is None else group.namespace.node)
    texts = [node.span.text for node in around if node is not None]
    if not any(sign in text for text in texts for sign in _SIGNS):
        return []
    return [each for find in (_istio, _linkerd, _vault, _dapr) for each in find(group, group.pod)]


def _istio(group: Group, pod: PodSpec) -> Iterator[Injected]:
    asked = pod.noted("labels", "sidecar.istio.io/inject")
    asked = asked or pod.noted("annotations", "sidecar.istio.io/inject")
    asked = asked or pod.noted("labels", "istio.io/rev")
    if asked is None and group.namespace is not None:
        for key in ("istio-injection", "istio.io/rev"):
            asked = asked or group.namespace.noted("labels", key)
    if asked is None or asked[1].value in {"false", "disabled"}:
        return
    native = _stated(pod, "sidecar.istio.io/nativeSidecar")
    drains, setting = _istio_drain(pod), "terminationDrainDuration"
    yield Injected("Istio", asked, _native(group, native), drains, setting)


def _istio_drain(pod: PodSpec) -> float | None:
    """Seconds for which Istio's proxy drains; None where it waits for its connections."""
    config = pod.noted("annotations", "proxy.istio.io/config")
    if config is None:
        return _ISTIO_DRAIN
    from gracelint.syntax.yaml.parse import parse

    root = next(iter(parse(Source("proxy.istio.io/config", config[1].value)).roots()), None)
    if root is None or root.kind != "mapping":
        return None
    metadata = root.get("proxyMetadata")
    if metadata is not None and metadata.string("EXIT_ON_ZERO_ACTIVE_CONNECTIONS") is not None:
        return None
    return _seconds(root.string("terminationDrainDuration"), _ISTIO_DRAIN)


def _linkerd(group: Group, pod: PodSpec) -> Iterator[Injected]:
    asked = pod.noted("annotations", "linkerd.io/inject")
    if asked is None and group.namespace is not None:
        asked = group.namespace.noted("annotations", "linkerd.io/inject")
    if asked is None or asked[1].value not in {"enabled", "ingress"}:
        return
    native = _stated(pod, "config.linkerd.io/proxy-enable-native-sidecar")
    if native is None:
        native = _stated(pod, "config.alpha.linkerd.io/proxy-enable-native-sidecar")
    setting = "config.alpha.linkerd.io/proxy-wait-before-exit-seconds"
    drains = _seconds(_value(pod, setting), 0.0)
    yield Injected("Linkerd", asked, _native(group, native), drains, setting)


def _vault(group: Group, pod: PodSpec) -> Iterator[Injected]:
    del group
    asked = pod.noted("annotations", "vault.hashicorp.com/agent-inject")
    only = _stated(pod, "vault.hashicorp.com/agent-pre-populate-only")
    if asked is not None and asked[1].value == "true" and not only:
        yield Injected("the Vault agent injector", asked, native=False)


def _dapr(group: Group, pod: PodSpec) -> Iterator[Injected]:
    asked = pod.noted("annotations", "dapr.io/enabled")
    if asked is None or asked[1].value != "true":
        return
    native = _stated(pod, "dapr.io/enable-native-sidecar") or False
    setting = "dapr.io/graceful-shutdown-seconds"
    drains = _seconds(_value(pod, setting), _DAPR_GRACE)
    block = _seconds(_value(pod, "dapr.io/block-shutdown-duration"), 0.0)
    seconds = None if drains is None or block is None else drains + block
    yield Injected("Dapr", asked, _native(group, native), seconds, setting)


def _native(group: Group, stated: bool | None) -> bool | None:
    return False if group.options.kubernetes_version < NATIVE_SINCE else stated


def _value(pod: PodSpec, annotation: str) -> str | None:
    entry = pod.noted("annotations", annotation)
    return None if entry is None else entry[1].value


def _stated(pod: PodSpec, annotation: str) -> bool | None:
    value = _value(pod, annotation)
    return {"true": True, "enabled": True, "false": False, "disabled": False}.get(value or "")


def _seconds(text: str | None, default: float) -> float | None:
    """Seconds as Go writes durations, or a plain number; None for what is neither."""
    if text is None:
        return default
    return durations.number(text) if text.isdigit() else durations.go(text)
