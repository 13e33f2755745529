"""Containers of pods as they will be started, over what their images bring along."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.facts import Known, Unknown
from gracelint.base.values import replace
from gracelint.declare.image import base as images_of
from gracelint.declare.kubernetes.mounts import mounted
from gracelint.declare.kubernetes.pods import seconds
from gracelint.declare.kubernetes.words import command, environment, expanded_words, plain_words
from gracelint.model.workload import Group, Hook, YamlPlace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gracelint.base.facts import Fact, Word
    from gracelint.base.source import Span
    from gracelint.declare.image.base import Images, Started
    from gracelint.declare.kubernetes.selecting import Selecting
    from gracelint.declare.kubernetes.words import Maps
    from gracelint.model.options import Options
    from gracelint.model.pod import Container, Namespace, PodSpec
    from gracelint.model.workload import Command, Launch, PidNamespace, Workload
    from gracelint.syntax.yaml.parse import Node

_HANDLERS = ("exec", "httpGet", "sleep", "tcpSocket")


def group(
    pod: PodSpec,
    images: Images,
    maps: Maps | None = None,
    services: Selecting | None = None,
    options: Options | None = None,
    namespaces: Mapping[str, Namespace] | None = None,
    started: Started | None = None,
) -> Group:
    """The pod's containers that run as long as it does; init containers are no part of a stop.

    images: what is known of an image reference: the workload of the Dockerfile that builds it, an
    atlas entry, or None. maps: the ConfigMaps of the run by namespace and name. services: those of
    the run. namespaces: those that the run describes, by name. started: what is known of an image
    of which nothing else is, by the command that its container is started with.
    """
    workloads = tuple(workload(pod, c, images, maps or {}, started) for c in pod.main())
    selecting = () if services is None else services.of(pod)
    source = pod.node.span.source
    space = (namespaces or {}).get(pod.namespace)
    declared = Group(pod.title, workloads, source, pod=pod, services=selecting, namespace=space)
    return declared if options is None else replace(declared, options=options)


def workload(
    pod: PodSpec,
    container: Container,
    images: Images,
    maps: Maps,
    started: Started | None = None,
) -> Workload:
    """One container of a pod as it will be started."""
    node = container.node
    entry = node.entry("image")
    name = f"{pod.title}/{container.name or container.index}"
    at = node.span if entry is None else entry[1].span
    reference = _reference(container.image)
    image = images(reference) if reference else None
    if container.image and image is None and started is not None:
        image = started(container.image, _words(node))
    inner = images_of.from_image("kubernetes", name, at, reference, image)
    variables = environment(node, pod.namespace, maps)
    env = {**inner.env, **variables}
    return replace(
        inner,
        kind="kubernetes",
        name=name,
        source=node.span.source,
        declared=_declared(container),
        launch=_launch(node, inner.launch, variables),
        env=env,
        workdir=_text(node.get("workingDir"), inner.workdir),
        user=_user(pod, node, inner.user),
        files=mounted(pod, node, inner.files, maps),
        stop_signal=_stop_signal(node, inner.stop_signal),
        grace=pod.grace,
        pid_namespace=_pid_namespace(pod),
        engine_init=Known(False),
        hooks=tuple(_hooks(container)),
        object_name=pod.title,
        container=container.name,
        platform=_platform(pod) or inner.platform,
        terminal=any(_is_true(node, key) for key in ("tty", "stdin")),
        healthcheck=None,
        place=YamlPlace(node, node.entries(), pod.node),
        finite=pod.restart_policy in {"Never", "OnFailure"} or pod.kind.endswith("Job"),
    )


def _words(container: Node) -> tuple[str, ...]:
    """The whole command of a container that states one, as written; empty otherwise."""
    if not container.sequence("command"):
        return ()
    given = (*container.sequence("command"), *container.sequence("args"))
    return tuple(node.value for node in given if node.kind == "scalar")


def _platform(pod: PodSpec) -> str:
    """The system of the nodes that the pod asks for, and the class of its runtime."""
    system = pod.node.find("os", "name") or pod.node.find("nodeSelector", "kubernetes.io/os")
    platform = (system, pod.node.get("runtimeClassName"))
    return " ".join(node.value for node in platform if node is not None and node.kind == "scalar")


def _is_true(node: Node, key: str) -> bool:
    given = node.get(key)
    return given is not None and given.value == "true"


def _reference(written: str | None) -> str | None:
    return None if written is None or "{{" in written or "$" in written else written


def _declared(container: Container) -> Span:
    name = container.node.get("name")
    return container.node.span if name is None else name.alias_span or name.span


def _text(node: Node | None, otherwise: Fact[str]) -> Fact[str]:
    stated = node is not None and node.kind == "scalar" and not node.is_null
    return Known(node.value, (node.span,)) if node is not None and stated else otherwise


def _stop_signal(container: Node, image: Fact[str]) -> Fact[str]:
    """As the pod says, else as the image says; of an unknown image the usual is assumed."""
    default = Known("SIGTERM", (), assumed=True) if isinstance(image, Unknown) else image
    return _text(container.find("lifecycle", "stopSignal"), default)


def _user(pod: PodSpec, container: Node, otherwise: Fact[str]) -> Fact[str]:
    user = container.find("securityContext", "runAsUser")
    return _text(user or pod.node.find("securityContext", "runAsUser"), otherwise)


def _pid_namespace(pod: PodSpec) -> PidNamespace:
    if pod.flag("hostPID"):
        return "host"
    return "shared" if pod.flag("shareProcessNamespace") else "private"


def _launch(node: Node, inner: Launch, env: Mapping[str, Word]) -> Launch:
    more = bool(node.sequence("envFrom"))
    parts: list[Known[Command | None] | None] = []
    for key in ("command", "args"):
        entry = node.entry(key)
        if entry is None or not entry[1].children:
            parts.append(None)
            continue
        argv = command(key, entry, expanded_words(entry[1], env, more=more))
        parts.append(Known(argv, (argv.value,)))
    return images_of.replaced(inner, parts[0], parts[1])


def _hooks(container: Container) -> Iterator[Hook]:
    for when in ("preStop", "postStart"):
        entry = container.hook(when)
        if entry is None:
            continue
        key, value = entry
        handler = next((h for h in _HANDLERS if _stated(value, h)), "")
        span = key.span.to(value.span) if value.alias_span is None else value.alias_span
        listed = value.find("exec", "command")
        argv = _exec(when, value) if listed is not None and handler == "exec" else None
        duration = None
        if handler == "sleep":
            duration = seconds(value.find("sleep", "seconds"), 0.0)
        yield Hook("preStop" if when == "preStop" else "postStart", handler, span, argv, duration)


def _stated(value: Node, handler: str) -> bool:
    node = value.get(handler)
    return node is not None and not node.is_null


def _exec(when: str, value: Node) -> Command | None:
    handler = value.get("exec")
    entry = None if handler is None else handler.entry("command")
    return None if entry is None else command(when, entry, plain_words(entry[1]))
