"""What a run is asked to do, as plain values."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING, Any
from gracelint.base.values import dataclass, field
from gracelint.model.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gracelint.model.lock import LockedImage

TRAFFIC = {"in-cluster": 5.0, "alb": 15.0, "nlb": 120.0, "neg": 60.0, "agic": 90.0}
"""Seconds until requests stop coming, by the way that they come."""

PLATFORMS = {"ecs-fargate": 120.0, "gke-spot": 15.0, "cloud-run": 10.0}
"""Seconds that a platform grants at most."""


@dataclass(frozen=True, slots=True)
class Options:
    """The settings of a run.

    select, ignore, extend_select: codes or the beginnings of codes (`GL5`); an empty `select` means
    the rules that are enabled by default. per_file_ignores: codes by pattern of paths. exclude:
    patterns of paths that a folder's walk leaves out. fail_level: the lowest severity that fails
    the run. severity: own levels by code, None switches a rule off. kubernetes_version: the oldest
    cluster version to support. min_drain_seconds: what a hook has to leave of the grace period.
    traffic: a key of `TRAFFIC`, or the seconds until requests stop coming. platform: a key of
    `PLATFORMS`, or the seconds that the platform grants at most. baseline: the path of a file with
    known findings, from the root or absolute. images, programs: what the settings say of images and
    programs, by name, keys as in the settings file. render: whether charts and kustomizations are
    rendered: `auto`, `never` or `required`. charts: by the path of a chart, from the root, lists of
    values files that it is rendered with, too. compose: lists of files, each one project's, in the
    order in which they are merged. locked: images that the nearest lock knows, by
    their normalised reference. All paths and patterns are seen from the root.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()
    fail_level: Severity = Severity.WARNING
    severity: Mapping[str, Severity | None] = field(default_factory=dict)
    kubernetes_version: tuple[int, int] = (1, 34)
    min_drain_seconds: float = 5.0
    traffic: str | float | None = None
    platform: str | float | None = None
    baseline: str | None = None
    images: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    programs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    render: str = "auto"
    charts: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    compose: tuple[tuple[str, ...], ...] = ()
    locked: Mapping[str, LockedImage] = field(default_factory=dict)

    @property
    def traffic_seconds(self) -> float:
        """Until requests stop coming; where nothing is said, those from within the cluster."""
        usual = TRAFFIC["in-cluster"]
        if isinstance(self.traffic, str):
            return TRAFFIC.get(self.traffic, usual)
        return usual if self.traffic is None else self.traffic
