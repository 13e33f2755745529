"""Stop settings that stand where nothing reads them, in pods and in Compose files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.pod import Entry, PodSpec
    from gracelint.model.workload import Group
    from gracelint.syntax.yaml.node import Node

_OF_POD = ("terminationGracePeriodSeconds", "shareProcessNamespace")
_OF_CONTAINER = ("lifecycle",)
_OF_LIFECYCLE = ("preStop", "postStart", "stopSignal")
_NEVER_ABOVE = (*_OF_CONTAINER, *_OF_LIFECYCLE)
_ANY = (*_OF_POD, *_NEVER_ABOVE)
_OF_PODS_OWN = ("securityContext", "volumes", "tolerations", "imagePullSecrets", "dnsConfig")
_FREE = frozenset(
    {"labels", "matchLabels", "annotations", "limits", "requests", "volumeAttributes", "lifecycle"}
)
"""Keys below which the keys are anybody's, such as the names of labels; and the one looked for."""
_OF_SERVICE = ("stop_grace_period", "stop_signal", "init", "pre_stop")


@dataclass(frozen=True, slots=True)
class Misplaced:
    """A stop setting in the wrong mapping.

    where: the mapping in words. holder: the mapping that it stands in. home: the mapping that it
    belongs to, in words and as a node (None where there are several, or none yet).
    """

    key: str
    entry: Entry
    where: str
    holder: Node
    home: str
    target: Node | None


def misplaced(pod: PodSpec) -> list[Misplaced]:
    """The stop settings of a pod's object that no cluster reads."""
    if pod.embedded or pod.knative or _all_in_place(pod):
        return []
    return [*_around(pod), *_in_pod(pod), *_in_containers(pod)]


def _all_in_place(pod: PodSpec) -> bool:
    """Whether the keys stand in the object's text no more often than where they belong.

    As most do, which need no closer look; aliases and escapes hide where a key is written.
    """
    text = pod.root.span.text
    if "*" in text or "\\" in text:
        return False
    right = sum(key in pod.node.entries() for key in _OF_POD)
    for container in pod.containers:
        lifecycle = container.node.get("lifecycle")
        if lifecycle is not None:
            right += 1 + sum(key in lifecycle.entries() for key in _OF_LIFECYCLE)
    return sum(map(text.count, _ANY)) <= right


def _around(pod: PodSpec) -> Iterator[Misplaced]:
    """In the mappings above the pod's spec, and in their metadata."""
    for holder, name in _above(pod):
        for node, where in (
            (holder, name),
            (holder.get("metadata"), f"{name}.metadata".lstrip(".")),
        ):
            if node is None or node.kind != "mapping":
                continue
            yield from _in(node, _OF_POD, where, pod.path, pod.node)
            yield from _in(node, _NEVER_ABOVE, where, "a container's `lifecycle`", None)


def _above(pod: PodSpec) -> Iterator[tuple[Node, str]]:
    """The mappings from the object down to the one that holds the pod's spec, with their paths."""
    at: Node | None = pod.root
    steps = pod.path.replace("[", ".[").split(".")
    for index, step in enumerate(steps):
        if at is None or at is pod.node:
            return
        if at.kind == "mapping":
            yield at, ".".join(steps[:index]).replace(".[", "[")
        if step.startswith("["):
            at = at.children[int(step[1:-1])] if at.kind == "sequence" else None
        else:
            at = at.get(step)


def _in_pod(pod: PodSpec) -> Iterator[Misplaced]:
    home = "a container's `lifecycle`"
    yield from _in(pod.node, _NEVER_ABOVE, pod.path, home, None)
    for name in _OF_PODS_OWN:
        for node, where in _below(pod.node.get(name), f"`{name}`"):
            yield from _in(node, _OF_POD, where, pod.path, pod.node)
            yield from _in(node, _NEVER_ABOVE, where, home, None)


def _in_containers(pod: PodSpec) -> Iterator[Misplaced]:
    for container in pod.containers:
        where = f"the container `{container.name or container.index}`"
        lifecycle = container.node.get("lifecycle")
        target = lifecycle if lifecycle is not None and lifecycle.kind == "mapping" else None
        yield from _in(container.node, _OF_POD, where, pod.path, pod.node)
        yield from _in(container.node, _OF_LIFECYCLE, where, "its `lifecycle`", target)
        for name, (_, value) in container.node.entries().items():
            if name == "lifecycle":
                for node, inner in _below(target, f"`lifecycle` of {where}"):
                    yield from _in(node, _OF_POD, inner, pod.path, pod.node)
            else:
                yield from _in_value(pod, container.node, name, value, where)


def _in_value(
    pod: PodSpec, container: Node, name: str, value: Node, where: str
) -> Iterator[Misplaced]:
    """Within another key of a container, such as an entry of its `volumeMounts`."""
    for node, inner in _below(value, f"`{name}` of {where}"):
        if not name.endswith("Probe"):
            yield from _in(node, _OF_POD, inner, pod.path, pod.node)
        yield from _in(node, _OF_CONTAINER, inner, "the container itself", container)
        yield from _in(node, _OF_LIFECYCLE, inner, "its `lifecycle`", None)


def _below(node: Node | None, where: str) -> Iterator[tuple[Node, str]]:
    """The mappings in a value whose text has one of the keys, none of them below a free name."""
    text = "" if node is None or node.kind == "scalar" else node.span.text
    if not any(key in text for key in _ANY):
        return
    waiting, seen = [node], set[tuple[int, int]]()
    while waiting:
        at = waiting.pop()
        if at is None or (at.span.start, at.span.end) in seen:
            continue
        seen.add((at.span.start, at.span.end))
        if at.kind == "mapping":
            yield at, where
            waiting += [value for key, value in at.items if key.data not in _FREE]
        elif at.kind == "sequence":
            waiting += at.children


def _in(
    node: Node, keys: tuple[str, ...], where: str, home: str, target: Node | None
) -> list[Misplaced]:
    """Those of the keys that a mapping has; nearly always none."""
    there = node.entries()
    if there.keys().isdisjoint(keys):
        return []
    where = where or "the object itself"
    return [Misplaced(key, there[key], where, node, home, target) for key in keys if key in there]


def misplaced_in_compose(group: Group) -> Iterator[Misplaced]:
    """The stop settings of a Compose project that Compose does not read."""
    for workload in group.workloads:
        place = workload.place
        deploy = None if place is None else place.entries.get("deploy")
        if place is None or deploy is None or deploy[1].kind != "mapping":
            continue
        for key in _OF_SERVICE:
            entry = deploy[1].entry(key)
            if entry is not None:
                home = f"the service `{workload.name}`"
                yield Misplaced(key, entry, "`deploy`", deploy[1], home, place.node)
    root: Node | None = group.root
    for key in _OF_SERVICE if root is not None and root.kind == "mapping" else ():
        entry = None if root is None else root.entry(key)
        if root is not None and entry is not None:
            where = "the top level of the Compose file"
            yield Misplaced(key, entry, where, root, "a service", None)
