"""What rules about pods share: their keys, hooks, images, and the helpers among containers."""

from __future__ import annotations

from gracelint.base.facts import Known
from gracelint.base.typed import TYPE_CHECKING
from gracelint.model.finding import Finding, Fix, Label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.base.edit import Edit
    from gracelint.base.source import Span
    from gracelint.model.finding import Rule
    from gracelint.model.pod import Container, Entry, PodSpec
    from gracelint.model.workload import Command, Group, Hook, Workload

GRACE = "terminationGracePeriodSeconds"
_BEFORE_GRACE = ("initContainers", "containers", "volumes")
_MOST = 2**31  # seconds: more are meant as no end at all


def members(group: Group) -> Iterator[tuple[Container, Workload]]:
    """The pod's main containers and sidecars with what they run."""
    if group.pod is not None:
        yield from zip(group.pod.main(), group.workloads, strict=True)


def place(entry: Entry) -> Span:
    """Where an entry stands, for a label: all of it when it is on one line, else its key."""
    key, value = entry
    at = value.alias_span or value.span
    if key.alias_span is not None:
        return key.alias_span
    if value.kind != "scalar" and value.alias_span is None and key.span.first.line != at.last.line:
        return key.span
    return key.span.to(at) if at.start >= key.span.end else key.span


def label(entry: Entry, message: str = "") -> Label:
    """A label at an entry."""
    return Label(place(entry), message)


def stated_grace(pod: PodSpec) -> Entry | None:
    """The entry of the pod's grace period; None for a default that the cluster has written."""
    return None if isinstance(pod.grace, Known) and pod.grace.assumed else pod.node.entry(GRACE)


def grace_edit(pod: PodSpec, seconds: float) -> Edit | None:
    """Give the pod another grace period; None for one that there cannot be."""
    from gracelint.syntax.yaml import editing as yaml_edit

    if seconds >= _MOST:
        return None
    return yaml_edit.set_key(pod.node, GRACE, int(-(-seconds // 1)), _BEFORE_GRACE)


def pre_stop(workload: Workload) -> Hook | None:
    """The container's preStop hook."""
    return next((hook for hook in workload.hooks if hook.when == "preStop"), None)


def pre_stop_seconds(workload: Workload) -> float:
    """Seconds that the container's preStop takes at least."""
    from gracelint.diagnose.hook import duration

    hook = pre_stop(workload)
    if hook is None:
        return 0.0
    seconds = duration(hook, workload.env, workload.files)
    return seconds.value if isinstance(seconds, Known) else 0.0


def hook_commands(container: Container, workload: Workload) -> Iterator[tuple[Entry, Command]]:
    """The commands of hooks and probes, each with the entry of its hook or probe."""
    for hook in workload.hooks:
        entry = container.hook(hook.when)
        if entry is not None and hook.command is not None:
            yield entry, hook.command
    for probe in container.probes():
        handler = probe[1].get("exec")
        listed = None if handler is None else handler.entry("command")
        if listed is not None:
            from gracelint.declare.kubernetes.words import command as written_command
            from gracelint.declare.kubernetes.words import plain_words

            yield probe, written_command(probe[0].value, listed, plain_words(listed[1]))


def said(seconds: float) -> str:
    """Seconds for people: `30 s`."""
    return f"{seconds:g} s"


def names(group: Group) -> tuple[str, ...]:
    """The names of all that the pod runs."""
    return tuple(workload.name for workload in group.workloads)


def at_entry(
    rule: Rule,
    message: str,
    entry: Entry,
    fixes: tuple[Fix, ...],
    group: Group,
    container: Container,
) -> Finding:
    """A finding at a key of a container."""
    names = named(group, container)
    return Finding(rule, rule.severity, message, label(entry), fixes=fixes, workloads=names)


def named(group: Group, container: Container) -> tuple[str, ...]:
    """The name of one container for people."""
    return (f"{group.name}/{container.name or container.index}",)
