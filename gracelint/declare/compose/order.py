"""The order in which Compose stops a project's services.

Source: Compose documentation, "Control startup and shutdown order": containers are started and
stopped in the order of their dependencies, which are those of `depends_on`, `links`,
`volumes_from` and `network_mode: service:…`; Compose specification, `depends_on`: a service is
removed before what it depends on. Compose 2 takes `ipc`, `pid`, `uts` and `cgroup` with
`service:…` as dependencies, too, and a stop waits for the end of a service before the next one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gracelint.declare.compose.model import Project, Service, Value

MAX_DEPENDENCIES = 20_000
"""Of a project that has more of them, no order is told."""

_NAMESPACES = ("network_mode", "ipc", "pid", "uts", "cgroup")
_OF_SERVICE = "service:"


def dependents(project: Project) -> Mapping[str, tuple[str, ...]]:
    """By name of a service: those that end before it is stopped, as the project lists them.

    Names that the project does not have, and services that a provider stands in for, are left
    out. Nothing is told where dependencies go round in a circle: Compose refuses such a project.
    """
    followers: dict[str, dict[str, None]] = {}
    budget = MAX_DEPENDENCIES
    for service in project.services.values():
        if service.value("provider") is not None:
            continue
        for name in dependencies(service):
            budget -= 1
            if budget < 0:
                return {}
            if name in project.services:
                followers.setdefault(name, {})[service.name] = None
    return {} if _circular(followers) else {name: tuple(names) for name, names in followers.items()}


def completed(project: Project) -> frozenset[str]:
    """The services for whose end others wait: `condition: service_completed_successfully`."""
    return frozenset(
        name
        for service in project.services.values()
        for value in service.values("depends_on")
        if value.node.kind == "mapping"
        for name, waits in value.pairs()
        if waits.node.kind == "mapping"
        and waits.node.string("condition") == "service_completed_successfully"
    )


def _circular(graph: Mapping[str, Mapping[str, None]]) -> bool:
    if not graph:
        return False
    from graphlib import CycleError, TopologicalSorter

    try:
        TopologicalSorter(graph).prepare()
    except CycleError:
        return True
    return False


def dependencies(service: Service) -> Iterator[str]:
    """The names that a service depends on, "" for what names none; some may come twice."""
    for value in service.values("depends_on"):
        if value.node.kind == "mapping":
            yield from (name for name, _ in value.pairs())
        yield from _texts(value)
    for value in service.values("links"):
        yield from (text.partition(":")[0] for text in _texts(value))
    for value in service.values("volumes_from"):
        yield from (_service_of(text) for text in _texts(value))
    for key in _NAMESPACES:
        chosen = service.value(key)
        text = None if chosen is None else chosen.text.value
        if text is not None and text.startswith(_OF_SERVICE):
            yield text.removeprefix(_OF_SERVICE)


def _service_of(volumes: str) -> str:
    """The service that an element of `volumes_from` names: `db:ro`, but not `container:db`."""
    return "" if volumes.startswith("container:") else volumes.partition(":")[0]


def _texts(value: Value) -> Iterator[str]:
    """The elements of a sequence, "" for those that cannot be told."""
    return (child.text.value or "" for child in value.children())
