"""Steps of pipelines that build images without a command line: Azure's Docker task, Cloud Build's.

Sources: the reference of the task Docker@2 of Azure Pipelines; the schema of Cloud Build's
configuration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base import lazy
from gracelint.base.paths import folder_of, name_of, seen_from
from gracelint.discover.builds import ANY, MAX_SIZE, Built, last_part
from gracelint.discover.commands import WORKSPACE, expanded, of_words, variables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gracelint.syntax.yaml.parse import Node, YamlFile

MAX_STEPS = 300
"""So many steps of one file are read."""

_TASK = lazy.compile(r"Docker@2")
_BUILDS = frozenset({"build", "buildandpush"})
_DOCKER = lazy.compile(r".*cloud-builders/docker(:.*)?|docker(:.*)?")
_KANIKO = lazy.compile(r".*kaniko-project/executor(:.*)?")
_ANYWHERE = "**/"


def may_step(text: str) -> bool:
    """Whether a YAML file may have such steps."""
    return len(text) <= MAX_SIZE and ("Docker@2" in text or "args:" in text)


def steps(file: YamlFile, paths: Sequence[str], predefined: Mapping[str, str]) -> Iterator[Built]:
    """The images that a pipeline's steps build from Dockerfiles, with `ANY` in their names.

    paths: where a task's `**/Dockerfile` looks for it.
    """
    given = {**WORKSPACE, **predefined, **variables(file.source.text)}
    for count, step in enumerate(_mappings(file)):
        if count >= MAX_STEPS:
            return
        task, name = step.string("task"), step.string("name")
        if task is not None and _TASK.fullmatch(task):
            yield from _azure(step, given, paths)
        elif name is not None and step.get("args") is not None:
            yield from _cloud_build(step, name, given)


def _mappings(file: YamlFile) -> Iterator[Node]:
    """All mappings that are a step by their keys."""
    for root in file.roots():
        for node in root.walk():
            if node.kind == "mapping" and (node.get("task") or node.get("args")):
                yield node


def _azure(step: Node, given: Mapping[str, str], paths: Sequence[str]) -> Iterator[Built]:
    inputs = step.get("inputs")
    if inputs is None or inputs.kind != "mapping":
        return
    said = {key.value.lower(): v.value for key, v in inputs.items if v.kind == "scalar"}
    repository = expanded(said.get("repository", ""), given)
    path = _place(expanded(said.get("dockerfile", f"{_ANYWHERE}Dockerfile"), given), paths)
    if said.get("command", "buildAndPush").lower() not in _BUILDS or path is None:
        return
    context = expanded(said.get("buildcontext", "**"), given)
    where = folder_of(path) if context == "**" else seen_from("", context)
    where = None if ANY in (where or "") else where
    # The registry is the service connection's, which no file names, or Docker Hub.
    images = (f"{ANY}.{ANY}/{repository}", repository) if repository else (None,)
    for image in images:
        yield Built(last_part(image or ""), step.span, image, where, path)


def _place(path: str, paths: Sequence[str]) -> str | None:
    """The one Dockerfile that a path or `**/NAME` stands for."""
    if path.startswith(_ANYWHERE):
        wanted = path.removeprefix(_ANYWHERE)
        found = [p for p in paths if p == wanted or p.endswith(f"/{wanted}")]
        return found[0] if len(found) == 1 and name_of(wanted) else None
    return None if ANY in path else seen_from("", path)


def _cloud_build(step: Node, name: str, given: Mapping[str, str]) -> Iterator[Built]:
    words = [word.value for word in step.sequence("args") if word.kind == "scalar"]
    folder = seen_from("", expanded(step.string("dir") or ".", given))
    built = Built("", step.span, None, None, None)
    if folder is None or step.get("entrypoint") is not None:
        return
    if _DOCKER.fullmatch(name) and words[:1] == ["build"]:
        yield from of_words("docker", words[1:], folder, given, built)
    elif _KANIKO.fullmatch(name):
        yield from of_words("kaniko", words, folder, given, built)
