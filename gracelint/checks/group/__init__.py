"""Rules given a pod or a Compose project.

Most of them say something of groups that have one thing, mostly a key, and of nothing else. `OF`
names it, so that such a rule is loaded and asked only where a group has it; a rule that is not
named there is asked about every group.
"""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from gracelint.model.workload import Group

_GRACE = "terminationGracePeriodSeconds"
_OUTSIDE = "outside of a cluster"
_JOINED = "another PID namespace"
_SERVED = "behind a Service"
_SEVERAL = "several containers"
_JOB = "an end of its own"

OF: dict[str, tuple[str, ...]] = {
    "gl307_shared_pid_namespace": ("shareProcessNamespace",),
    "gl308_kill_1_hits_pause": ("shareProcessNamespace",),
    "gl309_pid1_required": (_JOINED,),
    "gl310_host_pid_conflict": ("shareProcessNamespace",),
    "gl311_init_ignored": (_JOINED,),
    "gl502_grace_period_zero": (_GRACE,),
    "gl503_hook_exhausts_grace": ("lifecycle",),
    "gl504_hook_never_works": ("lifecycle",),
    "gl505_hook_sleep_unsupported": ("lifecycle",),
    "gl506_stop_signal_unsupported": ("lifecycle",),
    "gl507_endpoint_race": (_SERVED,),
    "gl508_hook_returns_at_once": ("lifecycle",),
    "gl509_hook_not_run": ("lifecycle",),
    "gl510_probe_grace_invalid": ("livenessProbe", "readinessProbe", "startupProbe"),
    "gl511_long_grace_on_probe_failure": ("livenessProbe",),
    "gl512_grace_exceeds_platform": (_GRACE, _OUTSIDE),
    "gl513_compose_grace_unset": (_OUTSIDE,),
    "gl514_lifecycle_on_init_container": ("initContainers",),
    "gl515_compose_grace_zero": (_OUTSIDE,),
    "gl601_sidecar_stops_first": (_SEVERAL,),
    "gl602_sidecar_blocks_job": (_JOB,),
    "gl603_sidecar_hook_restarts": ("initContainers",),
    "gl604_rollout_outlasts_deadline": (_GRACE,),
    "gl605_proxy_drains_too_short": ("lifecycle",),
}
"""By a rule's module, keys of a pod's spec or of its containers, or what else a group may have."""

_NAMED = frozenset(name for names in OF.values() for name in names)


def features(group: Group) -> frozenset[str]:
    """What a group has of all that `OF` names."""
    pod = group.pod or group.played
    there = {_OUTSIDE} if group.pod is None else set()
    if pod is not None:
        there.update(pod.node.entries(), *(one.node.entries() for one in pod.containers))
        if pod.is_job:
            there.add(_JOB)
    if group.services:
        there.add(_SERVED)
    if len(group.workloads) > 1:
        there.add(_SEVERAL)
    if any(workload.pid_namespace != "private" for workload in group.workloads):
        there.add(_JOINED)
    return _NAMED & there
