"""Amazon ECS task definitions, as JSON or inside CloudFormation.

Source: docs.aws.amazon.com, "Task definition parameters": `stopTimeout` is 30 s by default and at
most 120 s on Fargate; `linuxParameters.initProcessEnabled` starts an init in the container.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.facts import Known, Unknown, Word
from gracelint.base.values import replace
from gracelint.declare.image import base as images_of
from gracelint.declare.kubernetes.words import command as written_command
from gracelint.model.workload import Group, YamlPlace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.base.facts import Fact
    from gracelint.declare.image.base import Images
    from gracelint.model.workload import Command, Launch, Workload
    from gracelint.syntax.yaml.node import Node
    from gracelint.syntax.yaml.parse import YamlFile

DEFAULT_GRACE = 30.0
"""Seconds between the stop signal and SIGKILL unless told otherwise."""


def groups(file: YamlFile, images: Images) -> Iterator[Group]:
    """The tasks that a file defines: its containers start and end together."""
    for root in file.roots():
        if root.kind != "mapping":
            continue
        for name, task in _tasks(root):
            listed = _get(task, "containerDefinitions")
            members = tuple(
                workload(container, task, name, images)
                for container in (listed.children if listed is not None else ())
                if container.kind == "mapping"
            )
            fargate = any(n.value == "FARGATE" for n in _list(task, "requiresCompatibilities"))
            if members:
                platform = "ecs-fargate" if fargate else None
                yield Group(name, members, file.source, platform=platform)


def _tasks(root: Node) -> Iterator[tuple[str, Node]]:
    """Each task definition with a name for it."""
    if _get(root, "containerDefinitions") is not None:
        yield root.string("family") or "task", root
    resources = root.get("Resources")
    for name, resource in resources.items if resources is not None else ():
        inner = resource.get("Properties") if resource.kind == "mapping" else None
        if inner is not None and resource.string("Type") == "AWS::ECS::TaskDefinition":
            yield name.value, inner


def workload(node: Node, task: Node, family: str, images: Images) -> Workload:
    """One container of a task as it will be started."""
    named, image = _get(node, "name"), _get(node, "image")
    name = f"{family}/{named.value if named is not None and named.kind == 'scalar' else '?'}"
    at = node.span if image is None else image.span
    text = _string(image)
    base = images(text) if text else None
    inner = images_of.from_image("ecs", name, at, text, base)
    return replace(
        inner,
        kind="ecs",
        name=name,
        source=node.span.source,
        declared=node.span if named is None else named.span,
        launch=_launch(node, inner.launch),
        env={**inner.env, **_environment(node)},
        workdir=_fact(_get(node, "workingDirectory"), inner.workdir),
        user=_fact(_get(node, "user"), inner.user),
        grace=_grace(_get(node, "stopTimeout")),
        pid_namespace={"task": "shared", "host": "host"}.get(_string(_get(task, "pidMode")) or "")
        or "private",  # type: ignore[arg-type]
        engine_init=_init(node),
        healthcheck=None,
        place=YamlPlace(node, node.entries()),
    )


def _get(node: Node, key: str) -> Node | None:
    """A key as the API spells it, or as CloudFormation does."""
    child = node.get(key) if node.kind == "mapping" else None
    if child is None and node.kind == "mapping":
        child = node.get(key[0].upper() + key[1:])
    return child


def _list(node: Node, key: str) -> tuple[Node, ...]:
    entry = _get(node, key)
    return tuple(entry.children) if entry is not None else ()


def _string(node: Node | None) -> str | None:
    """A text that stands there; None for what a template's function makes."""
    plain = node is not None and node.kind == "scalar" and not node.is_null and not node.tag
    return node.value if node is not None and plain and "${" not in node.value else None


def _fact(node: Node | None, otherwise: Fact[str]) -> Fact[str]:
    if node is None:
        return otherwise
    text = _string(node)
    if text is None:
        return Unknown("a template's function gives this value", (node.span,))
    return Known(text, (node.span,))


def _launch(node: Node, inner: Launch) -> Launch:
    parts: list[Known[Command | None] | None] = []
    for key in ("entryPoint", "command"):
        entry = node.entry(key) or node.entry(key[0].upper() + key[1:])
        if entry is None or entry[1].kind != "sequence" or not entry[1].children:
            parts.append(None)
            continue
        argv = written_command(key, entry, tuple(_word(child) for child in entry[1].children))
        parts.append(Known(argv, (argv.value,)))
    return images_of.replaced(inner, parts[0], parts[1])


def _word(node: Node) -> Word:
    text = _string(node)
    if text is None:
        return Word(None, node.span, reason="a template's function gives this word")
    return Word(text, node.span, node.text())


def _environment(node: Node) -> dict[str, Word]:
    variables: dict[str, Word] = {}
    for variable in _list(node, "environment"):
        name, value = _get(variable, "name"), _get(variable, "value")
        if name is not None and value is not None and (key := _string(name)):
            variables[key] = _word(value)
    return variables


def _grace(node: Node | None) -> Fact[float]:
    if node is None:
        return Known(DEFAULT_GRACE, (), assumed=True)
    text = _string(node) or ""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        return Unknown(f"`{node.span.text[:40]}` is no number of seconds", (node.span,))
    return Known(float(text), (node.span,))


def _init(node: Node) -> Fact[bool]:
    parameters = _get(node, "linuxParameters")
    stated = None if parameters is None else _get(parameters, "initProcessEnabled")
    if stated is None:
        return Known(False, (), assumed=True)
    if stated.data not in {True, False}:
        return Unknown("whether there is an init is not told here", (stated.span,))
    return Known(stated.data is True, (stated.span,))
