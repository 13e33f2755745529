"""Objects that start containers in a way that nothing here knows: they are named as unread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.declare.kubernetes.objects import objects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.base.source import Span
    from gracelint.syntax.yaml.parse import YamlFile

_WHY = {
    "argoproj.io/": "its steps run below Argo's own executor, which is not modelled",
    "tekton.dev/": "its steps run below Tekton's own entrypoint, which is not modelled",
    "kafka.strimzi.io/": "its containers are written by the operator",
    "sparkoperator.k8s.io/": "its containers are written by the operator",
}
_KINDS = {
    "argoproj.io/": frozenset(
        {"Workflow", "CronWorkflow", "WorkflowTemplate", "ClusterWorkflowTemplate"}
    ),
    "tekton.dev/": frozenset(
        {"Task", "ClusterTask", "TaskRun", "StepAction", "Pipeline", "PipelineRun"}
    ),
    "kafka.strimzi.io/": frozenset(
        {"Kafka", "KafkaNodePool", "KafkaConnect", "KafkaMirrorMaker2", "KafkaBridge"}
    ),
    "sparkoperator.k8s.io/": frozenset({"SparkApplication", "ScheduledSparkApplication"}),
}


def unread(file: YamlFile) -> Iterator[tuple[Span, str]]:
    """Each such object of a file, with the reason in a few words."""
    if not any(group in file.source.text for group in _WHY):
        return
    for root in objects(file):
        kind, version = root.string("kind") or "", root.string("apiVersion") or ""
        group = version.partition("/")[0] + "/"
        if kind in _KINDS.get(group, ()):
            yield root.span, f"{kind}: {_WHY[group]}"
