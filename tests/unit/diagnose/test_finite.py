"""Work that is meant to end: scripts that give up unless they find something, and else end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.model.story import Verdict
from gracelint.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path

POD = """apiVersion: {api}
kind: {kind}
metadata:
  name: sync
spec:
  template:
    spec:
      restartPolicy: {restarts}
      containers:
        - name: sync
          image: debian:12
          command:
            - /bin/bash
            - -c
            - |
              token=$(kubectl get secret token -o json)
              if [ -z "$token" ]; then
                echo "no token"
                exit 1
              fi
              {then}
"""


def told(folder: Path, *, job: bool, then: str) -> Verdict:
    text = POD.format(
        api="batch/v1" if job else "apps/v1",
        kind="Job" if job else "Deployment",
        restarts="Never" if job else "Always",
        then=then,
    )
    (story,) = Session(Files(folder, overlay={"pod.yaml": text}), Options()).scene(["."]).stories
    return story.verdict


def test_a_job_ends_where_it_finds_what_it_looks_for(tmp_path: Path) -> None:
    assert told(tmp_path, job=True, then="kubectl apply -f token.yaml") is Verdict.EXITS


@pytest.mark.parametrize(
    ("then", "verdict"), [("redis-server; true", Verdict.KILLED), ("exit 2", Verdict.UNKNOWN)]
)
def test_not_a_job_that_stays_or_only_fails(tmp_path: Path, then: str, verdict: Verdict) -> None:
    assert told(tmp_path, job=True, then=then) is verdict


def test_what_is_started_again_is_not_taken_to_be_through(tmp_path: Path) -> None:
    assert told(tmp_path, job=False, then="kubectl apply -f token.yaml") is Verdict.UNKNOWN
