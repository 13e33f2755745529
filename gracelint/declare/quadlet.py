"""Podman quadlets: `.container` units that systemd starts, in a `.pod` or alone, and `.kube` units.

Source: podman-systemd.unit(5), podman-kube-play(1) and podman-stop(1), Podman 5. A container has
10 s by default; the service around it has `TimeoutStopSec`, which systemd sets to 90 s unless told
otherwise. systemd stops a pod's containers, each with its own time, before the pod itself
(`BindsTo` and `After` in their services), so `StopTimeout` and `ExitPolicy` of a `.pod` give them
none. Behind a `.kube` unit `podman kube down` stops each container within the pod's grace period,
by default in 10 s; Podman runs no preStop hooks, and has no Services.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gracelint.base.durations import systemd
from gracelint.base.facts import Known, Unknown, Word
from gracelint.base.paths import folder_of, name_of
from gracelint.base.values import replace
from gracelint.declare.image import base as images_of
from gracelint.model.workload import Command, Group
from gracelint.syntax.units import words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gracelint.base.facts import Fact
    from gracelint.base.source import Span
    from gracelint.declare.image.base import Images
    from gracelint.model.workload import Launch, PidNamespace, Workload
    from gracelint.syntax.units import Setting, Unit

DEFAULT_GRACE = 10.0
"""Seconds that Podman waits unless told otherwise."""

_VALUED = frozenset({"--stop-timeout", "--stop-signal", "--pid", "--share"})
_YES = frozenset({"1", "yes", "true", "on"})


def group(
    unit: Unit,
    images: Images,
    built: Callable[[str], Workload | None],
    pod: Unit | None = None,
) -> Group | None:
    """The container of a unit; None where it starts none.

    built: the image of a `.build` unit in the same folder. pod: the one that it belongs to.
    """
    container = workload(unit, images, built, pod)
    if container is None:
        return None
    return Group(container.name, (container,), unit.source, unit=unit, around=pod)


def played(group: Group, unit: Unit) -> Group:
    """A manifest's pod as Podman plays it for a `.kube` unit, and systemd stops it."""
    pod = group.pod
    if pod is None:
        return group
    grace: Fact[float] = pod.grace
    if pod.node.get("terminationGracePeriodSeconds") is None and pod.complete:
        grace = Known(DEFAULT_GRACE, (), assumed=True)
    ends = _within(grace, unit)
    workloads = tuple(replace(each, grace=ends, hooks=()) for each in group.workloads)
    return replace(group, workloads=workloads, pod=None, played=pod, services=(), namespace=None)


def workload(
    unit: Unit,
    images: Images,
    built: Callable[[str], Workload | None],
    pod: Unit | None = None,
) -> Workload | None:
    """The container that a `.container` unit starts."""
    section, image = unit.section("Container"), unit.last("Container", "Image")
    if section is None or image is None:
        return None
    name = unit.last("Container", "ContainerName")
    inner = _image(unit, image, images, built)
    options = _options(unit, "Container")
    return replace(
        inner,
        kind="quadlet",
        name=name.text if name is not None else name_of(unit.source.path).rpartition(".")[0],
        source=unit.source,
        declared=image.key,
        launch=_launch(unit, inner.launch),
        env={**inner.env, **_environment(unit)},
        workdir=_text(unit.last("Container", "WorkingDir")) or inner.workdir,
        user=_text(unit.last("Container", "User")) or inner.user,
        stop_signal=options.get("--stop-signal")
        or _text(unit.last("Container", "StopSignal"))
        or inner.stop_signal,
        grace=_grace(unit, options),
        pid_namespace=_pid_namespace(options, pod),
        engine_init=_init(unit, options),
        healthcheck=inner.healthcheck,
        restarted=_is_restarted(unit),
    )


def _is_restarted(unit: Unit) -> bool:
    """Whether systemd starts it again when it has ended well, systemd.service(5)."""
    said = unit.last("Service", "Restart")
    return said is not None and said.text.lower() in {"always", "on-success"}


def _image(
    unit: Unit, image: Setting, images: Images, built: Callable[[str], Workload | None]
) -> Workload:
    reference = image.text
    if reference.endswith(".build"):
        base = built(_beside(unit, reference))
        if base is not None:
            return base
        reason = f"`{reference}` is not in sight"
        return images_of.unknown_image("quadlet", reference, image.place, reason)
    if "%" in reference or reference.endswith(".image"):
        reason = f"which image `{reference}` is, is not told here"
        return images_of.unknown_image("quadlet", reference, image.place, reason)
    found_image = images(reference)
    return images_of.from_image("quadlet", reference, image.place, reference, found_image)


def _beside(unit: Unit, name: str) -> str:
    folder = folder_of(unit.source.path)
    return f"{folder}/{name}" if folder else name


def _launch(unit: Unit, inner: Launch) -> Launch:
    entrypoint = unit.last("Container", "Entrypoint")
    exec_ = unit.last("Container", "Exec")
    first = None if entrypoint is None else _command("Entrypoint", entrypoint)
    follows = first if first is not None else inner.entrypoint
    follow = isinstance(follows, Known) and follows.value is not None
    cmd = None if exec_ is None else _command("Exec", exec_, args=follow)
    return images_of.replaced(inner, first, cmd)


def _command(keyword: str, setting: Setting, *, args: bool = False) -> Known[Command | None]:
    form = "args" if args else "exec"
    argv = Command(keyword, form, setting.span, setting.place, words(setting))  # type: ignore[arg-type]
    return Known(argv, (setting.place,))


def _environment(unit: Unit) -> dict[str, Word]:
    variables: dict[str, Word] = {}
    for setting in unit.all("Container", "Environment"):
        for word in words(setting):
            name, is_set, value = (word.value or "").partition("=")
            if is_set:
                variables[name] = Word(value, word.span)
    return variables


def _text(setting: Setting | None) -> Fact[str] | None:
    if setting is None:
        return None
    if "%" in setting.text:
        return Unknown(f"systemd expands `{setting.text}`", (setting.place,))
    return Known(setting.text, (setting.place,))


def _options(unit: Unit, section: str) -> dict[str, Known[str]]:
    """The options in `PodmanArgs` that decide about a stop, with their values."""
    options: dict[str, Known[str]] = {}
    for setting in unit.all(section, "PodmanArgs"):
        given = words(setting)
        for index, word in enumerate(given):
            name, is_set, value = (word.value or "").partition("=")
            if not is_set and name in _VALUED:
                value = _following(given, index)
            options[name] = Known(value, (word.span or setting.place,))
    return options


def _following(given: Sequence[Word], index: int) -> str:
    return (given[index + 1].value or "") if index + 1 < len(given) else ""


def _is_host(option: Known[str] | None) -> bool:
    return option is not None and option.value == "host"


def _pid_namespace(options: dict[str, Known[str]], pod: Unit | None) -> PidNamespace:
    """A container's own, unless the pod has one for all of its containers (`--share=+pid`)."""
    if _is_host(options.get("--pid")):
        return "host"
    around = {} if pod is None else _options(pod, "Pod")
    share = around.get("--share")
    if share is None or "pid" not in share.value.lstrip("+").split(","):
        return "private"
    return "host" if _is_host(around.get("--pid")) else "shared"


def _init(unit: Unit, options: dict[str, Known[str]]) -> Fact[bool]:
    setting = unit.last("Container", "RunInit")
    if setting is not None:
        return Known(setting.text.lower() in _YES, (setting.place,))
    option = options.get("--init")
    if option is not None:
        return Known(option.value != "false", option.origins)
    return Known(False, (), assumed=True)


def _grace(unit: Unit, options: dict[str, Known[str]]) -> Fact[float]:
    """Podman's time-out, or systemd's where that is shorter."""
    option, setting = options.get("--stop-timeout"), unit.last("Container", "StopTimeout")
    written = (option.value, option.origins) if option else None
    if written is None and setting is not None:
        written = (setting.text, (setting.place,))
    podman: Fact[float] = Known(DEFAULT_GRACE, (), assumed=True)
    if written is not None:
        podman = _seconds(written[0], written[1][0])  # type: ignore[arg-type]
    return _within(podman, unit)


def _within(podman: Fact[float], unit: Unit) -> Fact[float]:
    """Podman's time, or the one of the service around it where that is shorter."""
    around = unit.last("Service", "TimeoutStopSec") or unit.last("Service", "TimeoutSec")
    if around is None or around.text.lower() == "infinity":
        return podman
    outer = _seconds(around.text, around.place)
    if isinstance(podman, Known) and isinstance(outer, Known) and 0 < outer.value < podman.value:
        return outer
    return podman


def _seconds(text: str, span: Span) -> Fact[float]:
    """Seconds as systemd writes them; those without an end are no number for Podman."""
    seconds = systemd(text)
    if seconds is None or seconds == math.inf:
        return Unknown(f"`{text}` is no time", (span,))
    return Known(seconds, (span,))
