"""Kubernetes manifests: the pods that they describe, read as clusters read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base import durations
from gracelint.base.facts import Known, Unknown
from gracelint.declare.kubernetes.objects import objects, text_map
from gracelint.model.pod import DEFAULT_GRACE, Container, PodSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.base.facts import Fact
    from gracelint.model.pod import Role
    from gracelint.syntax.yaml.parse import Node, YamlFile

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
    "CloneSet": _TEMPLATE_SPEC,
    "BroadcastJob": _TEMPLATE_SPEC,
    "AdvancedCronJob": ("spec", "template", "jobTemplate", "spec", "template", "spec"),
}
_GROUPS = {
    "Job": "batch/",
    "CronJob": "batch/",
    "Rollout": "argoproj.io/",
    "ScaledJob": "keda.sh/",
    "CloneSet": "apps.kruise.io/",
    "BroadcastJob": "apps.kruise.io/",
    "AdvancedCronJob": "apps.kruise.io/",
}
_STRIMZI = ("kafka", "zookeeper", "entityOperator", "cruiseControl", "kafkaExporter")
_FLINK = (
    ("spec", "podTemplate", "spec"),
    ("spec", "jobManager", "podTemplate", "spec"),
    ("spec", "taskManager", "podTemplate", "spec"),
)
_SPARK = (
    ("driver",),
    ("executor",),
    ("driver", "template", "spec"),
    ("executor", "template", "spec"),
)
_PARTS: dict[tuple[str, str], tuple[tuple[str, ...], ...]] = {
    ("kafka.strimzi.io", "Kafka"): tuple(("spec", part, "template", "pod") for part in _STRIMZI),
    **{
        ("kafka.strimzi.io", kind): (("spec", "template", "pod"),)
        for kind in ("KafkaNodePool", "KafkaConnect", "KafkaMirrorMaker2", "KafkaBridge")
    },
    ("flink.apache.org", "FlinkDeployment"): _FLINK,
    ("flink.apache.org", "FlinkSessionCluster"): _FLINK,
    ("sparkoperator.k8s.io", "SparkApplication"): tuple(("spec", *path) for path in _SPARK),
    ("sparkoperator.k8s.io", "ScheduledSparkApplication"): tuple(
        ("spec", "template", *path) for path in _SPARK
    ),
}
"""Where operators take a part of a pod from, by group and kind; the rest of it they write."""
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
_JOB_SET = ("template", "spec", "template", "spec")
_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_COPIES = frozenset({"Pod", "Job"})
"""What others make many of, each like the next."""

_SEARCH_LIMIT = 20_000


def pods(file: YamlFile) -> list[PodSpec]:
    """Every pod that a file describes, in order; a template of YAML describes none."""
    roots = [root for root in objects(file) if not _is_test(root)]
    specs = (pod for root in _originals(roots) for pod in _pods_of(root))
    return [pod for pod in specs if not _templated(pod)]


def _originals(roots: list[Node]) -> Iterator[Node]:
    """The objects without the copies that others have made of themselves in a cluster.

    Where what made them is not in sight, the first of several stands for all.
    """
    met = {
        (_metadata(root, "namespace"), root.string("kind"), _metadata(root, "name"))
        for root in roots
    }
    for root in roots:
        owners = list(_owners(root))
        if any(owner in met for owner in owners):
            continue
        if root.string("kind") in _COPIES:
            met.update(owners)
        yield root


def _metadata(root: Node, key: str) -> str | None:
    metadata = root.get("metadata")
    return None if metadata is None else metadata.string(key)


def _owners(root: Node) -> Iterator[tuple[str | None, str | None, str | None]]:
    """Namespace, kind and name of what made an object that was read from a cluster.

    A ReplicaSet is called by its Deployment and the hash that its pods have as a label.
    """
    metadata, space = root.get("metadata"), _metadata(root, "namespace")
    for owner in () if metadata is None else metadata.sequence("ownerReferences"):
        name = owner.string("name") if owner.kind == "mapping" else None
        if metadata is None or name is None:
            continue
        yield space, owner.string("kind"), name
        label = text_map(metadata, "labels").get("pod-template-hash")
        if owner.string("kind") == "ReplicaSet" and label is not None:
            yield space, "Deployment", name.removesuffix(f"-{label.value}")


def _is_test(root: Node) -> bool:
    """Whether a chart has it for `helm test` alone, which waits until it ends by itself."""
    hook = text_map(root.get("metadata"), "annotations").get("helm.sh/hook")
    return hook is not None and hook.value.startswith("test")


def _pods_of(root: Node) -> Iterator[PodSpec]:
    kind, version = root.string("kind") or "", root.string("apiVersion") or ""
    if version.startswith("serving.knative.dev/") and kind in {"Service", "Configuration"}:
        yield from _below(root, _TEMPLATE_SPEC, knative=True)
    elif kind == "JobSet":
        yield from _job_set(root)
    elif kind in _PATHS and version.startswith(_GROUPS.get(kind, "")):
        yield from _below(root, _PATHS[kind])
    elif (paths := _PARTS.get((version.partition("/")[0], kind))) is not None:
        embedded = paths is not _FLINK  # whose templates are those of Kubernetes
        yield from (pod for path in paths for pod in _below(root, path, embedded=embedded))
    elif kind not in _NO_PODS:
        yield from _search(root)


def _below(
    root: Node, path: tuple[str, ...], *, knative: bool = False, embedded: bool = False
) -> Iterator[PodSpec]:
    node = root.find(*path)
    if node is not None and node.kind == "mapping":
        holder = root.find(*path[:-1]) if len(path) > 1 else root
        yield _pod(root, holder or root, node, ".".join(path), knative=knative, embedded=embedded)


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
            yield _pod(root, holder, node, path, embedded=True)
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
    root: Node,
    holder: Node,
    node: Node,
    path: str,
    *,
    knative: bool = False,
    embedded: bool = False,
) -> PodSpec:
    metadata, pod_metadata = root.get("metadata"), holder.get("metadata")
    containers = tuple(_containers(node))
    complete = not embedded and _is_complete(root, node, containers)
    name = None if metadata is None else metadata.string("name") or metadata.string("generateName")
    annotations = text_map(pod_metadata, "annotations")
    if metadata is not None and metadata is not pod_metadata:
        annotations = {**text_map(metadata, "annotations"), **annotations}
    return PodSpec(
        root.string("kind") or "",
        name or "",
        (metadata.string("namespace") if metadata is not None else None) or "",
        root,
        node,
        path,
        {key: value.value for key, value in text_map(pod_metadata, "labels").items()},
        {key: (value.value, value.span) for key, value in annotations.items()},
        containers,
        complete,
        embedded,
        knative,
        _grace(root, node, knative=knative, complete=complete),
        metadata=pod_metadata,
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
    if "patch" not in path.lower():
        return False
    *folders, name = path.lower().split("/")
    words = "".join(c if c.isalpha() else " " for c in name).split()
    return bool({"patch", "patches"} & {*words, *folders})


def _grace(root: Node, node: Node, *, knative: bool, complete: bool) -> Fact[float]:
    if knative:
        return seconds(node.get("timeoutSeconds"), 300.0)
    stated = node.get("terminationGracePeriodSeconds")
    if stated is None and not complete:
        return Unknown("the grace period is not stated in this part of the object")
    grace = seconds(stated, DEFAULT_GRACE)
    usual = isinstance(grace, Known) and grace.value == DEFAULT_GRACE and not grace.assumed
    if usual and _is_filled_in(root):
        return Known(DEFAULT_GRACE, grace.origins, assumed=True)
    return grace


def _is_filled_in(root: Node) -> bool:
    """Whether an object was read from a cluster, which writes its defaults into what it is given.

    What a person applied stands in an annotation of `kubectl apply`.
    """
    if _metadata(root, "uid") is None and _metadata(root, "resourceVersion") is None:
        return False
    applied = text_map(root.get("metadata"), "annotations").get(_APPLIED)
    return applied is None or "terminationGracePeriodSeconds" not in applied.value


def seconds(node: Node | None, default: float) -> Fact[float]:
    """A number of seconds, or `default` where there is none."""
    if node is None or node.is_null:
        return Known(default, (), assumed=True)
    value = durations.number(node.data)
    if value is None:
        return Unknown(f"`{node.span.text[:40]}` is no number of seconds", (node.span,))
    return Known(value, (node.span,))


_MARKS = ("{{", "{%", "<%", "$$", "%%", "@@")
"""What engines and scripts fill in; none of it can stand in a name or in an image."""


def _templated(pod: PodSpec) -> bool:
    """Whether names in it are still to be filled in by a template engine."""
    words = [pod.name, pod.kind, pod.namespace]
    words += [part or "" for c in pod.containers for part in (c.name, c.image)]
    text = "\n".join(words)
    return any(mark in text for mark in _MARKS)
