"""Stop settings that stand where nothing reads them, in Podman's quadlets.

Source: podman-systemd.unit(5): Podman refuses a unit with a key that its section does not have;
systemd passes over keys that it does not know. systemd stops a pod's containers before the pod.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.facts import Known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.workload import Group
    from gracelint.syntax.units import Setting, Unit

_OF_CONTAINER = frozenset({"StopTimeout", "StopSignal", "RunInit"})
_OF_SERVICE = frozenset({"TimeoutStopSec", "TimeoutSec", "KillSignal", "KillMode"})
_FIRST = (
    "`StopTimeout` of a pod gives its containers no time: systemd stops them first, each within"
    " its own"
)
_OF_SYSTEMD = frozenset({"Unit", "Service", "Install"})


def misplaced_in_units(group: Group) -> Iterator[tuple[Setting, str, str]]:
    """Each such setting of a container's and its pod's unit, what is wrong, and what mends it."""
    for unit, section in ((group.unit, "Container"), (group.around, "Pod")):
        for setting in () if unit is None else unit.settings:
            if (wrong := _wrong(setting, section)) is not None:
                yield setting, *wrong
    if group.around is not None:
        yield from _time_of_pod(group, group.around)


def _wrong(setting: Setting, section: str) -> tuple[str, str] | None:
    name, where = setting.name, setting.section
    if where in _OF_SYSTEMD and name in _OF_CONTAINER:
        wrong = f"`{name}` in `[{where}]` is read by nothing: it belongs to `[Container]`"
        return wrong, "Move it to `[Container]`"
    if where != section:
        return None
    if name in _OF_SERVICE:
        home = "`[Service]`"
    elif section == "Pod" and name in _OF_CONTAINER - {"StopTimeout"}:
        home = "the `[Container]` of each of its units"
    else:
        return None
    wrong = f"`[{section}]` has no `{name}`, and Podman refuses the unit: it belongs to {home}"
    return wrong, f"Move it to {home}"


def _time_of_pod(group: Group, pod: Unit) -> Iterator[tuple[Setting, str, str]]:
    """A pod's time, where a container that is stopped before it is left with the default."""
    stated = pod.last("Pod", "StopTimeout")
    grace = group.workloads[0].grace
    if stated is not None and isinstance(grace, Known) and grace.assumed:
        yield (
            stated,
            f"{_FIRST}, and `{group.name}` has the default of {grace.value:g} s",
            "Give each `.container` unit of the pod a `StopTimeout` of its own",
        )
