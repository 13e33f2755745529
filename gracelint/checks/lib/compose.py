"""What rules about Compose services have in common."""

from __future__ import annotations

from gracelint.base.facts import Known
from gracelint.base.typed import TYPE_CHECKING
from gracelint.model.finding import Label

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias

    from gracelint.base.source import Span
    from gracelint.model.workload import Group, Workload
    from gracelint.syntax.yaml.node import Node

    Entry: TypeAlias = tuple[Node, Node]


def members(group: Group) -> Iterator[Workload]:
    """The services of a Compose project; none for a pod."""
    return (workload for workload in group.workloads if workload.kind == "compose")


def entry(workload: Workload, key: str) -> Entry | None:
    """A key that a service states, with its value."""
    return None if workload.place is None else workload.place.entries.get(key)


def place(entry: Entry) -> Span:
    """Where an entry is written, for a label, be it in a mapping that services share; where only
    its value came through an alias, the alias is the value.
    """
    key, value = entry
    if key.alias_span is None and value.alias_span is not None:
        return key.span.to(value.alias_span)
    apart = value.span.first.line != key.span.last.line or value.span.start < key.span.end
    return key.span if apart else key.span.to(value.span)


def label(entry: Entry, message: str = "") -> Label:
    """A label at an entry."""
    return Label(place(entry), message)


def mapping_with(workload: Workload, key: str) -> Node | None:
    """The mapping of this service alone that states what holds for `key`, for an edit: in its file
    or in one that is merged over it; None where it comes from elsewhere.
    """
    stated = entry(workload, key)
    if workload.place is None or stated is None:
        return None
    own = (workload.place.node, *workload.place.above)
    holders = (node for node in own if any(k is stated[0] for k, _ in node.items))
    return next((node for node in holders if node.alias_span is None), None)


def has_engine_init(workload: Workload) -> bool:
    """Whether the service asks for the engine's init."""
    return isinstance(workload.engine_init, Known) and workload.engine_init.value
