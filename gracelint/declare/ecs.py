"""Amazon ECS task definitions, as JSON or inside CloudFormation.

Source: docs.aws.amazon.com, "Task definition parameters": `stopTimeout` is 30 s by default and at
most 120 s on Fargate; `linuxParameters.initProcessEnabled` starts an init in the container.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.facts import Known, Unknown, Word
from gracelint.base.values import replace
from gracelint.declare.cloudformation import Given, Template
from gracelint.declare.image import base as images_of
from gracelint.declare.image.partly import workload as partly_known
from gracelint.declare.kubernetes.words import command as written_command
from gracelint.model.workload import Group, YamlPlace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.base.facts import Fact
    from gracelint.declare.image.base import Images
    from gracelint.model.workload import Command, Launch, PidNamespace, Workload
    from gracelint.syntax.yaml.node import Node
    from gracelint.syntax.yaml.parse import YamlFile

DEFAULT_GRACE = 30.0
"""Seconds between the stop signal and SIGKILL unless told otherwise."""


def groups(file: YamlFile, images: Images) -> Iterator[Group]:
    """The tasks that a file defines: its containers start and end together."""
    for root in file.roots():
        template = Template(root)
        for name, task, listed in _tasks(root):
            members = tuple(
                workload(container, task, name, images, template)
                for container in template.listed(listed)
                if not isinstance(container, Given) and container.kind == "mapping"
            )
            fargate = any(n.value == "FARGATE" for n in _list(task, "requiresCompatibilities"))
            if members:
                platform = "ecs-fargate" if fargate else None
                yield Group(name, members, file.source, platform=platform)


def _tasks(root: Node) -> Iterator[tuple[str, Node, Node]]:
    """Each task definition with a name for it, and the list of its containers.

    As it is registered, as `describe-task-definition` prints it, or a template's resource.
    """
    described = root.get("taskDefinition") if root.kind == "mapping" else None
    for task in (root, described):
        listed = None if task is None else _get(task, "containerDefinitions")
        if task is not None and listed is not None:
            yield task.string("family") or "task", task, listed
    resources = root.get("Resources") if root.kind == "mapping" else None
    for name, resource in resources.items if resources is not None else ():
        inner = resource.get("Properties") if resource.kind == "mapping" else None
        if inner is not None and resource.string("Type") == "AWS::ECS::TaskDefinition":
            listed = _get(inner, "containerDefinitions")
            if listed is not None:
                yield name.value, inner, listed


def workload(node: Node, task: Node, family: str, images: Images, template: Template) -> Workload:
    """One container of a task as it will be started."""
    named = _get(node, "name")
    name = f"{family}/{named.value if named is not None and named.kind == 'scalar' else '?'}"
    inner = _image(node, name, images, template)
    return replace(
        inner,
        kind="ecs",
        name=name,
        source=node.span.source,
        declared=node.span if named is None else named.span,
        launch=_launch(node, inner.launch, template),
        env={**inner.env, **_environment(node, template)},
        workdir=_fact(_get(node, "workingDirectory"), inner.workdir, template),
        user=_fact(_get(node, "user"), inner.user, template),
        grace=_grace(_get(node, "stopTimeout"), template),
        pid_namespace=_pid_namespace(task),
        engine_init=_init(node),
        healthcheck=None,
        place=YamlPlace(node, node.entries()),
    )


def _image(node: Node, name: str, images: Images, template: Template) -> Workload:
    """What the image would start by itself; a guess where a parameter's default names it."""
    image = _get(node, "image")
    if image is None:
        return images_of.from_image("ecs", name, node.span, None, None)
    given = template.text(image)
    if given.value is None:
        partly = partly_known("ecs", name, image.span, given.text, images)
        return partly or images_of.from_image("ecs", name, image.span, None, None)
    base = images(given.value)
    container = images_of.from_image("ecs", name, image.span, given.value, base)
    if not given.defaults:
        return container
    return replace(container, guess=f"`{given.defaults[0]}` is left at its default")


def _pid_namespace(task: Node) -> PidNamespace:
    mode = _get(task, "pidMode")
    match None if mode is None else mode.value:
        case "task":
            return "shared"
        case "host":
            return "host"
    return "private"


def _get(node: Node, key: str) -> Node | None:
    """A key as the API spells it, or as CloudFormation does."""
    child = node.get(key) if node.kind == "mapping" else None
    if child is None and node.kind == "mapping":
        child = node.get(key[0].upper() + key[1:])
    return child


def _list(node: Node, key: str) -> tuple[Node, ...]:
    entry = _get(node, key)
    return tuple(entry.children) if entry is not None else ()


def _fact(node: Node | None, otherwise: Fact[str], template: Template) -> Fact[str]:
    if node is None:
        return otherwise
    given = template.text(node)
    if given.value is None:
        return Unknown("a template's function gives this value", (node.span,))
    return Known(given.value, (node.span,), assumed=bool(given.defaults))


def _launch(node: Node, inner: Launch, template: Template) -> Launch:
    parts: list[Known[Command | None] | None] = []
    for key in ("entryPoint", "command"):
        entry = node.entry(key) or node.entry(key[0].upper() + key[1:])
        listed = [] if entry is None else list(template.listed(entry[1]))
        if entry is None or not listed:
            parts.append(None)
            continue
        command = written_command(
            key, entry, tuple(_word(each, entry, template) for each in listed)
        )
        parts.append(Known(command, (command.value,)))
    return images_of.replaced(inner, parts[0], parts[1])


def _word(element: Node | Given, entry: tuple[Node, Node], template: Template) -> Word:
    """One word of a list. element: as it stands there, or as a function gives it."""
    given = element if isinstance(element, Given) else template.text(element)
    span = entry[1].span if isinstance(element, Given) else element.span
    if given.value is None:
        many = isinstance(element, Given)
        return Word(None, span, reason="a template's function gives this word", many=many)
    return Word(given.value, span, given.place)


def _environment(node: Node, template: Template) -> dict[str, Word]:
    variables: dict[str, Word] = {}
    for variable in _list(node, "environment"):
        name, value = _get(variable, "name"), _get(variable, "value")
        if name is not None and value is not None and (key := template.text(name).value):
            variables[key] = _word(value, (name, value), template)
    return variables


def _grace(node: Node | None, template: Template) -> Fact[float]:
    if node is None:
        return Known(DEFAULT_GRACE, (), assumed=True)
    given = template.text(node)
    text = given.value or ""
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
