"""GL513: a container that needs more than the default of Compose, Podman, ECS or Fly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.atlas.images import Reference
from gracelint.base.facts import Known
from gracelint.checks import check
from gracelint.checks.lib import keys
from gracelint.checks.lib.compose import entry, label
from gracelint.checks.lib.pods.common import GRACE, grace_edit
from gracelint.diagnose.launched import image_of, program, reloads
from gracelint.model.finding import Applicability, Finding, Fix, Label, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.workload import Group, Workload

RULE = Rule("GL513", "compose-grace-unset", Severity.WARNING, frozenset({Applicability.UNSAFE}))
_MARGIN = 5
_STATEFUL = 60
"""Seconds to suggest for what writes its data out when it stops."""


@check(RULE)
def compose_grace_unset(group: Group) -> Iterator[Finding]:
    """No grace period for a program that is known to need time."""
    for workload in group.workloads:
        grace = workload.grace
        key = _key(workload, group)
        if not key:
            continue
        if not isinstance(grace, Known) or not grace.assumed or _elsewhere(workload):
            continue
        name, seconds = _need(workload, group, grace.value)
        if not _updated_in_turn(workload) and (not name or reloads(workload, group)):
            continue  # of a reloader, GL113 speaks
        slow = seconds is not None and seconds > grace.value
        yield Finding(
            RULE,
            Severity.WARNING if slow and _is_sure(workload, group) else Severity.INFO,
            f"no `{key}`: {grace.value:g} s by default"
            + _why(workload, name, seconds if slow else None),
            _where(workload),
            fixes=_fixes(workload, group, seconds),
            workloads=(workload.name,),
        )


def _elsewhere(workload: Workload) -> bool:
    """Whether it stands under `deploy`, where Compose does not look: GL516 says so."""
    deploy = None if workload.place is None else workload.place.entries.get("deploy")
    return deploy is not None and deploy[1].get("stop_grace_period") is not None


def _need(workload: Workload, group: Group, default: float) -> tuple[str, float | None]:
    """The program that needs time, "" for none, and how much if that is known."""
    app = program(workload, group)
    image = image_of(workload, group)
    if app is not None and app.waits_out:
        return "", None  # it surely takes longer, of which GL404 speaks
    if app is not None and app.stops_in is not None and app.stops_in > default:
        return app.key, app.stops_in
    if app is not None and (app.keeps_data or _works(workload)):
        return app.key, None
    if image is None or workload.launch.overridden is not None:
        return "", None
    named = image.program or Reference.parse(image.key).path
    return named if image.keeps_data else "", None


def _is_sure(workload: Workload, group: Group) -> bool:
    """Whether it needs the time by what it does, or somebody has set it: what a server grants its
    requests by default says nothing of how long they are.
    """
    app = program(workload, group)
    if app is None or app.work != "requests" or not app.limits:
        return True
    return any(limit.chosen for limit in app.limits)


def _key(workload: Workload, group: Group) -> str:
    """The key that gives more time; a cluster's pods are GL501's."""
    return GRACE if group.played else keys.name(workload, "grace")


def _why(workload: Workload, name: str, seconds: float | None) -> str:
    if seconds is not None:
        return f", although `{name}` may take {seconds:g} s to stop"
    if not name:
        return ", also when `update_config` replaces one replica after another"
    if _works(workload):
        return f", and `{name}` finishes the jobs in hand before it ends"
    return f", and `{name}` has data to write before it ends"


def _works(workload: Workload) -> bool:
    """Whether it is a worker that finishes its jobs when it is told to stop."""
    app = program(workload)
    signal = app.graceful_signal if app is not None else None
    return app is not None and app.work == "jobs" and signal is not None


def _updated_in_turn(workload: Workload) -> bool:
    """Whether Swarm replaces the service's containers while others go on serving."""
    deploy = None if workload.place is None else workload.place.entries.get("deploy")
    return deploy is not None and deploy[1].get("update_config") is not None


def _where(workload: Workload) -> Label:
    """The image, in the mapping that is to be changed where that says it: the lowest of several.

    For a service that is put over another and starts the same, that one.
    """
    place, keys = workload.place, ("image", "build")
    written = place is not None and place.node.alias_span is None
    below = [place.node.entry(key) for key in keys] if place is not None and written else []
    setting = next(filter(None, (*below, *(entry(workload, key) for key in keys))), None)
    if setting is None or setting[1].kind != "scalar":
        started = place.started if place is not None else None
        return Label(started or workload.declared)
    return Label(setting[0].alias_span) if setting[0].alias_span else label(setting)


def _fixes(workload: Workload, group: Group, seconds: float | None) -> tuple[Fix, ...]:
    need = _STATEFUL if seconds is None else int(-(-(seconds + _MARGIN) // 1))
    if group.played is not None:
        edit = grace_edit(group.played, need)
    else:
        edit = keys.add(workload, "grace", f"{need}s" if workload.kind == "compose" else need)
    if edit is None:
        return ()
    return (Fix(f"State a grace period of {need} s", Applicability.UNSAFE, (edit,)),)
