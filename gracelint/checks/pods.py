"""What rules about pods have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint import atlas
from gracelint.declare.kubernetes_words import command as written_command
from gracelint.declare.kubernetes_words import plain_words
from gracelint.finding import Label
from gracelint.shutdown.hook import duration
from gracelint.syntax import yaml_edit
from gracelint.workload import Atlas, Known, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.atlas.model import BaseImage, Program, Wrapped
    from gracelint.declare.kubernetes import Container, Entry, PodSpec
    from gracelint.finding import Edit
    from gracelint.source import Span
    from gracelint.workload import Command, Group, Hook, Word, Workload

GRACE = "terminationGracePeriodSeconds"
_BEFORE_GRACE = ("initContainers", "containers", "volumes")
_WRAPPERS = 10
_SYSTEMD = frozenset({"/sbin/init", "/usr/sbin/init", "/lib/systemd/systemd"})


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
    """The entry of the pod's grace period."""
    return pod.node.entry(GRACE)


def grace_edit(pod: PodSpec, seconds: float) -> Edit | None:
    """Give the pod another grace period."""
    return yaml_edit.set_key(pod.node, GRACE, int(-(-seconds // 1)), _BEFORE_GRACE)


def pre_stop(workload: Workload) -> Hook | None:
    """The container's preStop hook."""
    return next((hook for hook in workload.hooks if hook.when == "preStop"), None)


def pre_stop_seconds(workload: Workload) -> float:
    """Seconds that the container's preStop takes at least."""
    hook = pre_stop(workload)
    if hook is None:
        return 0.0
    known = duration(hook, workload.env)
    return known.value if isinstance(known, Known) else 0.0


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
            yield probe, written_command(probe[0].value, listed, plain_words(listed[1]))


def said(seconds: float) -> str:
    """Seconds for people: `30 s`."""
    return f"{seconds:g} s"


def image_of(workload: Workload) -> BaseImage | None:
    """What the atlas knows of the container's own image."""
    reference = workload.base.reference
    known = isinstance(workload.base.origin, Atlas) and reference is not None
    return atlas.base(reference) if known and reference is not None else None


def _unwrapped(workload: Workload) -> Iterator[tuple[tuple[Word, ...], Wrapped | None]]:
    """The command and what it wraps, step by step, each with the wrapper that it is."""
    argv = workload.launch.argv
    words: tuple[Word, ...] | None = None if isinstance(argv, Unknown) else argv.value
    image, env = image_of(workload), _values(workload)
    for _ in range(_WRAPPERS):
        if not words:
            return
        wrapped = atlas.wrapper(words, env, image=image)
        yield words, wrapped
        words = None if wrapped is None else wrapped.inner


def _values(workload: Workload) -> dict[str, str]:
    return {key: word.value for key, word in workload.env.items() if word.value is not None}


def pid1_only(workload: Workload) -> str | None:
    """The init of a container that refuses to run unless it is PID 1."""
    for words, wrapped in _unwrapped(workload):
        if wrapped is not None and wrapped.pid1_only:
            return wrapped.key
        if words[0].value in _SYSTEMD:
            return "systemd"
    return None


def program(workload: Workload) -> Program | None:
    """The program that the container is for, where command or image tell it."""
    steps = list(_unwrapped(workload))
    if not steps:
        return None
    words, wrapped = steps[-1]
    image, env = image_of(workload), _values(workload)
    known = None if wrapped is not None else atlas.program(words, env, image=image)
    if known is None and image is not None and image.entrypoint:
        script = words[0].value == image.entrypoint[0]
        known = atlas.program(words[1:], env, image=image) if script and words[1:] else None
    return known
