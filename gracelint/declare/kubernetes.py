"""Kubernetes manifests: the pods that they describe, read as clusters read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from gracelint.declare.kubernetes_objects import objects, text_map
from gracelint.values import dataclass, field, replace
from gracelint.workload import Known, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gracelint.source import Span
    from gracelint.syntax.yaml import Node, YamlFile
    from gracelint.workload import Fact

Entry: TypeAlias = "tuple[Node, Node]"
Role = Literal["main", "init", "sidecar"]

DEFAULT_GRACE = 30.0
"""Seconds that a pod has when it does not say otherwise."""

_TEMPLATE_SPEC = ("spec", "template", "spec")
_PATHS: dict[str, tuple[str, ...]] = {
    "Pod": ("spec",),
    "Deployment": _TEMPLATE_SPEC,
    "ReplicaSet": _TEMPLATE_SPEC,
    "ReplicationController": _TEMPLATE_SPEC,
    "StatefulSet": _TEMPLATE_SPEC,
    "DaemonSet": _TEMPLATE_SPEC,
    "Job": _TEMPLATE_SPEC,
    "DeploymentConfig": _TEMPLATE_SPEC,
    "Rollout": _TEMPLATE_SPEC,
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
    "PodTemplate": ("template", "spec"),
    "ScaledJob": ("spec", "jobTargetRef", "template", "spec"),
}
_GROUPS = {
    "Job": "batch/",
    "CronJob": "batch/",
    "Rollout": "argoproj.io/",
    "ScaledJob": "keda.sh/",
}
_NO_PODS = frozenset(
    {
        "CustomResourceDefinition",
        "ConfigMap",
        "Secret",
        "Kustomization",
        "Component",
        "ValidatingAdmissionPolicy",
        "MutatingAdmissionPolicy",
        "ClusterPolicy",
        "Policy",
        "ConstraintTemplate",
    }
)
_NEEDS_SELECTOR = frozenset({"Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"})
_SERVING = _NEEDS_SELECTOR | {"Pod", "ReplicationController", "DeploymentConfig", "Rollout"}
_JOB_SET = ("template", "spec", "template", "spec")
_SEARCH_LIMIT = 20_000


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
    is here: no patch, no fragment, no other kind's notion of a pod. found: by looking for
    containers, because the kind is not known. knative: Knative makes the pod of this, and sets
    lifecycle and grace period itself. grace: seconds; Unknown where another part may say them.
    leads: it is the first one of its file that leaves its grace period to the default.
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
    found: bool = False
    knative: bool = False
    grace: Fact[float] = field(default=Known(DEFAULT_GRACE, (), assumed=True))
    leads: bool = False

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

    @property
    def os_name(self) -> str | None:
        """`os.name` as written."""
        node = self.node.find("os", "name")
        return node.value if node is not None and node.kind == "scalar" else None


def pods(file: YamlFile) -> list[PodSpec]:
    """Every pod that a file describes, in order; a template of YAML describes none."""
    found = (pod for root in objects(file) for pod in _pods_of(root))
    return _with_leader([pod for pod in found if not _templated(pod)])


def _with_leader(pods: list[PodSpec]) -> list[PodSpec]:
    """Mark the first pod for which advice that is given once a file can be given."""
    for index, pod in enumerate(pods):
        assumed = isinstance(pod.grace, Known) and pod.grace.assumed
        if assumed and pod.complete and pod.serves:
            pods[index] = replace(pod, leads=True)
            break
    return pods


def _pods_of(root: Node) -> Iterator[PodSpec]:
    kind, version = root.string("kind") or "", root.string("apiVersion") or ""
    if version.startswith("serving.knative.dev/") and kind in {"Service", "Configuration"}:
        yield from _below(root, _TEMPLATE_SPEC, knative=True)
    elif kind == "JobSet":
        yield from _job_set(root)
    elif kind in _PATHS and version.startswith(_GROUPS.get(kind, "")):
        yield from _below(root, _PATHS[kind])
    elif kind not in _NO_PODS:
        yield from _search(root)


def _below(root: Node, path: tuple[str, ...], *, knative: bool = False) -> Iterator[PodSpec]:
    node = root.find(*path)
    if node is not None and node.kind == "mapping":
        holder = root.find(*path[:-1]) if len(path) > 1 else root
        yield _pod(root, holder or root, node, ".".join(path), knative=knative)


def _job_set(root: Node) -> Iterator[PodSpec]:
    spec = root.get("spec")
    for index, job in enumerate(() if spec is None else spec.sequence("replicatedJobs")):
        node, holder = job.find(*_JOB_SET), job.find(*_JOB_SET[:-1])
        if node is not None and holder is not None and node.kind == "mapping":
            path = f"spec.replicatedJobs[{index}].{'.'.join(_JOB_SET)}"
            yield _pod(root, holder, node, path)


def _search(root: Node) -> Iterator[PodSpec]:
    """Anything that has containers with images, whatever its kind calls it."""
    stack: list[tuple[Node, Node, str]] = [(root, root, "")]
    seen: set[tuple[int, int]] = set()
    while stack and len(seen) < _SEARCH_LIMIT:
        node, holder, path = stack.pop()
        if node.kind == "scalar" or (node.span.start, node.span.end) in seen:
            continue
        seen.add((node.span.start, node.span.end))
        if node is not root and _has_images(node):
            yield _pod(root, holder, node, path, found=True)
        else:
            stack += reversed([(child, node, at) for child, at in _children(node, path)])


def _children(node: Node, path: str) -> Iterator[tuple[Node, str]]:
    for index, child in enumerate(node.children):
        yield child, f"{path}[{index}]"
    for key, value in node.items:
        yield value, f"{path}.{key.value}".lstrip(".")


def _has_images(node: Node) -> bool:
    listed = node.sequence("containers")
    return bool(listed) and all(c.string("image") is not None for c in listed)


def _pod(
    root: Node, holder: Node, node: Node, path: str, *, knative: bool = False, found: bool = False
) -> PodSpec:
    metadata, own = root.get("metadata"), holder.get("metadata")
    containers = tuple(_containers(node))
    complete = not found and _is_complete(root, node, containers)
    name = None if metadata is None else metadata.string("name") or metadata.string("generateName")
    annotations = text_map(own, "annotations")
    if metadata is not None and metadata is not own:
        annotations = {**text_map(metadata, "annotations"), **annotations}
    return PodSpec(
        root.string("kind") or "",
        name or "",
        (metadata.string("namespace") if metadata is not None else None) or "",
        root,
        node,
        path,
        {key: value.value for key, value in text_map(own, "labels").items()},
        {key: (value.value, value.span) for key, value in annotations.items()},
        containers,
        complete,
        found,
        knative,
        _grace(node, knative=knative, complete=complete),
    )


def _containers(node: Node) -> Iterator[Container]:
    for key in ("initContainers", "containers"):
        listed = node.get(key)
        for index, each in enumerate(node.sequence(key)):
            if listed is None or each.kind != "mapping":
                continue
            always = each.string("restartPolicy") == "Always"
            role: Role = "main" if key == "containers" else "sidecar" if always else "init"
            yield Container(each, role, index, listed, each.string("name"), each.string("image"))


def _is_complete(root: Node, node: Node, containers: tuple[Container, ...]) -> bool:
    """Whether a cluster could make the pod from this alone."""
    if not any(c.role == "main" for c in containers) or not all(c.image for c in containers):
        return False
    if node.get("$patch") or any(c.node.get("$patch") for c in containers):
        return False
    metadata, spec = root.get("metadata"), root.get("spec")
    named = metadata is not None and (metadata.get("name") or metadata.get("generateName"))
    if not named or _is_patch(node.span.source.path):
        return False
    kind = root.string("kind")
    needed = "schedule" if kind == "CronJob" else None
    if kind in _NEEDS_SELECTOR and root.string("apiVersion") == "apps/v1":
        needed = "selector"
    return needed is None or (spec is not None and spec.get(needed) is not None)


def _is_patch(path: str) -> bool:
    """Whether a file is called a patch: it may look whole and is merged into something else."""
    *folders, name = path.lower().split("/")
    words = "".join(c if c.isalpha() else " " for c in name).split()
    return bool({"patch", "patches"} & {*words, *folders})


def _grace(node: Node, *, knative: bool, complete: bool) -> Fact[float]:
    if knative:
        return seconds(node.get("timeoutSeconds"), 300.0)
    stated = node.get("terminationGracePeriodSeconds")
    if stated is None and not complete:
        return Unknown("the grace period is not stated in this part of the object")
    return seconds(stated, DEFAULT_GRACE)


def seconds(node: Node | None, default: float) -> Fact[float]:
    """A number of seconds, or `default` where there is none."""
    if node is None or node.is_null:
        return Known(default, (), assumed=True)
    value = node.data
    try:
        if isinstance(value, (int, float, str)) and not isinstance(value, bool):
            return Known(float(value), (node.span,))
    except ValueError:
        pass
    return Unknown(f"`{node.span.text[:40]}` is no number of seconds", (node.span,))


_MARKS = ("{{", "{%", "<%", "$$", "%%", "@@")
"""What engines and scripts fill in; none of it can stand in a name or in an image."""


def _templated(pod: PodSpec) -> bool:
    """Whether names in it are still to be filled in by a template engine."""
    words = [pod.name, pod.kind, pod.namespace]
    words += [part or "" for c in pod.containers for part in (c.name, c.image)]
    return any(mark in word for word in words for mark in _MARKS)
