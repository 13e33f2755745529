"""Pods as manifests describe them, and the objects around them."""

from __future__ import annotations

from gracelint.base.facts import Known
from gracelint.base.typed import TYPE_CHECKING, Literal, TypeAlias
from gracelint.base.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gracelint.base.facts import Fact
    from gracelint.base.source import Span
    from gracelint.syntax.yaml.node import Node

Entry: TypeAlias = "tuple[Node, Node]"
Role = Literal["main", "init", "sidecar"]

DEFAULT_GRACE = 30.0
"""Seconds that a pod has when it does not say otherwise."""

_SERVING = frozenset(
    {"Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"}
    | {"Pod", "ReplicationController", "DeploymentConfig", "Rollout"}
)


@dataclass(frozen=True, slots=True)
class Container:
    """A container of a pod; ephemeral ones are left out.

    role: `init` for an ordinary init container, `sidecar` for one with `restartPolicy: Always`.
    listed: the sequence that it stands in.
    """

    node: Node
    role: Role
    index: int
    listed: Node
    name: str | None
    image: str | None

    def probes(self) -> Iterator[Entry]:
        """Its probes: key and value of each that is a mapping."""
        for key in ("livenessProbe", "readinessProbe", "startupProbe"):
            entry = self.node.entry(key)
            if entry is not None and entry[1].kind == "mapping":
                yield entry

    def hook(self, when: str) -> Entry | None:
        """Key and value of its `preStop` or `postStart`, if that is a mapping."""
        lifecycle = self.node.get("lifecycle")
        entry = None if lifecycle is None else lifecycle.entry(when)
        return entry if entry is not None and entry[1].kind == "mapping" else None


@dataclass(frozen=True, slots=True)
class PodSpec:
    """A pod as a manifest describes it.

    kind, name, namespace: of the object. root: the object; node: the pod spec in it, at `path`
    ("spec.template.spec"). labels, annotations: of the pods. complete: all that the pod needs
    is here: no patch, no fragment, no other kind's notion of a pod. embedded: found by looking for
    containers, because the kind is not known. knative: Knative makes the pod of this, and sets
    lifecycle and grace period itself. grace: seconds; Unknown where another part may say them.
    metadata: of the pod (in a template, of the template).
    """

    kind: str
    name: str
    namespace: str
    root: Node
    node: Node
    path: str
    labels: Mapping[str, str]
    annotations: Mapping[str, tuple[str, Span]]
    containers: tuple[Container, ...]
    complete: bool
    embedded: bool = False
    knative: bool = False
    grace: Fact[float] = field(default=Known(DEFAULT_GRACE, (), assumed=True))
    metadata: Node | None = None

    @property
    def title(self) -> str:
        """Kind and name for people: `Deployment/api`."""
        return f"{self.kind}/{self.name}"

    @property
    def restart_policy(self) -> str | None:
        """`restartPolicy` as written."""
        return self.node.string("restartPolicy")

    @property
    def serves(self) -> bool:
        """Whether the pod is meant to run until it is told to stop."""
        return self.kind in _SERVING and self.restart_policy in {None, "Always"}

    @property
    def is_job(self) -> bool:
        """Whether the pod is meant to end by itself."""
        return self.kind in {"Job", "CronJob", "ScaledJob", "JobSet"}

    def flag(self, key: str) -> Entry | None:
        """The entry of a boolean that is set (`shareProcessNamespace`, `hostPID`)."""
        entry = self.node.entry(key)
        return entry if entry is not None and entry[1].data is True else None

    def main(self) -> Iterator[Container]:
        """The containers that run as long as the pod, sidecars included."""
        return (c for c in self.containers if c.role != "init")

    def noted(self, section: Literal["labels", "annotations"], key: str) -> Entry | None:
        """The entry of a label or annotation of the pod."""
        below = None if self.metadata is None else self.metadata.get(section)
        return None if below is None or below.kind != "mapping" else below.entry(key)

    @property
    def os_name(self) -> str | None:
        """`os.name` as written."""
        node = self.node.find("os", "name")
        return node.value if node is not None and node.kind == "scalar" else None


@dataclass(frozen=True, slots=True)
class Service:
    """A Service that selects pods by labels. node: the object."""

    name: str
    namespace: str
    selector: Mapping[str, str]
    node: Node


@dataclass(frozen=True, slots=True)
class Namespace:
    """A Namespace with what it asks for all of its pods. node: the object."""

    name: str
    node: Node

    def noted(self, section: Literal["labels", "annotations"], key: str) -> Entry | None:
        """The entry of a label or annotation."""
        below = self.node.find("metadata", section)
        return None if below is None or below.kind != "mapping" else below.entry(key)


@dataclass(frozen=True, slots=True)
class ConfigMap:
    """A ConfigMap's texts by key, or a Secret's. node: the object."""

    name: str
    namespace: str
    data: Mapping[str, Node]
    node: Node
