"""What a run is asked to do, as plain values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """The settings that rules read.

    kubernetes_version: the oldest cluster version to support. min_drain_seconds: what a hook has to
    leave of the grace period. traffic: `in-cluster`, `alb`, `nlb`, `neg`, `agic` or the seconds
    until requests stop coming. platform: `ecs-fargate`, `gke-spot`, `cloud-run` or the seconds that
    the platform grants at most.
    """

    kubernetes_version: tuple[int, int] = (1, 34)
    min_drain_seconds: float = 5
    traffic: str | float | None = None
    platform: str | float | None = None
