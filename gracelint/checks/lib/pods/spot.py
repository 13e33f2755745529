"""Nodes that are taken away at short notice, as a pod asks for them.

Sources: cloud.google.com, "Spot VMs" in GKE (30 s, of which user pods have 15 s by default);
karpenter.sh, "Scheduling", and docs.aws.amazon.com, "Spot Instance interruption notices" (two
minutes); learn.microsoft.com, "Spot node pools" in AKS (30 s).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.model.pod import Entry, PodSpec


@dataclass(frozen=True, slots=True)
class Spot:
    """A kind of spot node. notice: seconds until it is gone. pods: seconds that pods get of them.

    entry: what asks for it.
    """

    name: str
    notice: float
    pods: float
    entry: Entry


_NODES = {
    ("cloud.google.com/gke-spot", "true"): ("GKE Spot", 30.0, 15.0),
    ("cloud.google.com/gke-preemptible", "true"): ("GKE preemptible", 30.0, 15.0),
    ("karpenter.sh/capacity-type", "spot"): ("EC2 Spot", 120.0, 120.0),
    ("eks.amazonaws.com/capacityType", "SPOT"): ("EC2 Spot", 120.0, 120.0),
    ("kubernetes.azure.com/scalesetpriority", "spot"): ("Azure Spot", 30.0, 30.0),
}


def spot(pod: PodSpec) -> Spot | None:
    """The spot nodes that the pod asks for.

    A node selector or a required node affinity binds it to them; who tolerates the taint of such
    nodes means to run there.
    """
    for key, value, entry in (*_selected(pod), *_required(pod), *_tolerated(pod)):
        if platform := _NODES.get((key, value)):
            return Spot(*platform, entry)
    return None


def _selected(pod: PodSpec) -> Iterator[tuple[str, str, Entry]]:
    selector = pod.node.get("nodeSelector")
    if selector is not None and selector.kind == "mapping":
        for key, entry in selector.entries().items():
            yield key, entry[1].value, entry


def _required(pod: PodSpec) -> Iterator[tuple[str, str, Entry]]:
    """The values of the one term of a required node affinity (several are alternatives)."""
    required = pod.node.find(
        "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"
    )
    terms = [] if required is None else required.sequence("nodeSelectorTerms")
    for wanted in terms[0].sequence("matchExpressions") if len(terms) == 1 else ():
        values, entry = wanted.sequence("values"), wanted.entry("key")
        if entry is not None and wanted.string("operator") == "In" and len(values) == 1:
            yield entry[1].value, values[0].value, entry


def _tolerated(pod: PodSpec) -> Iterator[tuple[str, str, Entry]]:
    """The taints that are tolerated by their keys; with `Exists` whatever their values."""
    values = dict(_NODES.keys())
    for wanted in pod.node.sequence("tolerations"):
        entry = wanted.entry("key") if wanted.kind == "mapping" else None
        if entry is None:
            continue
        key, value = entry[1].value, wanted.string("value")
        if wanted.string("operator") == "Exists":
            value = values.get(key)
        yield key, value or "", entry
