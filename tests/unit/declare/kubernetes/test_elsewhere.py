"""Objects whose containers are put together by something that is not modelled."""

from __future__ import annotations

import pytest

from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.session.session import Session

WORKFLOW = """\
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: nightly}
spec:
  entrypoint: main
  templates:
    - name: main
      container: {image: "debian:12", command: [sh, -c, "sleep 100; echo done"]}
"""
OTHERS = [
    (WORKFLOW.replace("kind: Workflow", "kind: CronWorkflow"), "CronWorkflow"),
    ("apiVersion: tekton.dev/v1\nkind: Task\nspec: {steps: [{image: a}]}\n", "Task"),
    (
        (
            "apiVersion: kafka.strimzi.io/v1beta2\nkind: Kafka\n"
            "spec: {kafka: {template: {pod: {terminationGracePeriodSeconds: 5}}}}\n"
        ),
        "Kafka",
    ),
    (
        (
            "apiVersion: sparkoperator.k8s.io/v1beta2\nkind: SparkApplication\n"
            "spec: {driver: {terminationGracePeriodSeconds: 5}}\n"
        ),
        "SparkApplication",
    ),
]


def unread(text: str) -> list[str]:
    result = Session(Files("/nowhere", overlay={"a.yaml": text}), Options()).run(["a.yaml"])
    assert result.findings == ()
    notes = [one.message for one in result.problems if one.hint]
    assert notes == [one.reason for one in result.unread]
    return [one.reason for one in result.unread]


def test_a_workflow_is_named_where_it_stands() -> None:
    (reason,) = unread("kind: ConfigMap\napiVersion: v1\n---\n" + WORKFLOW)
    assert reason.startswith("line 4: Workflow: ")
    assert "not modelled" in reason


@pytest.mark.parametrize(("text", "kind"), OTHERS)
def test_so_are_others(text: str, kind: str) -> None:
    (reason,) = unread(text)
    assert f" {kind}: " in reason


def test_what_starts_no_container_is_not() -> None:
    application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec: {project: a}\n"
    assert unread(application) == []
