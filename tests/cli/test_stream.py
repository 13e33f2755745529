"""Streams of objects on standard input, as kustomize and Helm write them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Outcome

    Run = Callable[..., Outcome]

STREAM = """\
apiVersion: v1
kind: Service
metadata:
  name: api
  namespace: shop
spec:
  selector:
    app: api
---
# Source: shop/templates/api.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
  namespace: shop
spec:
  selector:
    matchLabels:
      app: api
  template:
    metadata:
      labels:
        app: api
    spec:
      terminationGracePeriodSeconds: 40
      containers:
      - command:
        - dash
        - -c
        - echo up; /srv/api --port 80
        image: debian:12
        name: web
---
# Source: shop/templates/db.yaml
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: db
  namespace: shop
spec:
  serviceName: db
  selector:
    matchLabels:
      app: db
  template:
    metadata:
      labels:
        app: db
    spec:
      containers:
      - image: postgres:16
        name: server
"""


def findings(run: Run, text: str) -> dict[str, dict[str, object]]:
    done = run("check", "-", "--output-format", "json", given=text.encode())
    return {one["code"]: one for one in json.loads(done.stdout)["findings"]}


def test_findings_in_a_stream_name_object_and_container(run: Run) -> None:
    found = findings(run, STREAM)
    assert found["GL103"]["workloads"] == ["Deployment/api/web"]
    assert found["GL507"]["workloads"] == ["Deployment/api/web"]
    assert found["GL501"]["workloads"] == ["StatefulSet/db/server"]


def test_findings_in_a_rendered_template_name_the_template(run: Run) -> None:
    found = findings(run, STREAM)
    lines = STREAM.splitlines()
    for code, source in (("GL103", "shop/templates/api.yaml"), ("GL501", "shop/templates/db.yaml")):
        named = [lines[label["line"] - 1] for label in found[code]["related"]]
        assert [line for line in named if line.startswith("# Source:")] == [f"# Source: {source}"]
    assert not any("Source" in str(label) for label in findings(run, STREAM.replace("# S", "# s")))


def test_a_stream_is_shown_within_80_columns(run: Run) -> None:
    for command in ("check", "trace"):
        done = run(command, "-", given=STREAM.encode())
        assert "Deployment/api/web" in done.stdout
        assert max(map(len, done.stdout.splitlines())) <= 80


def test_trace_lists_the_images_that_are_built_here(run: Run, tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "Dockerfile").write_text('FROM debian:12\nENTRYPOINT ["/srv/shop"]\n')
    pod = {"containers": [{"name": "a", "image": "registry.example.com/team/shop:1.2"}]}
    manifest = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": pod}
    (tmp_path / "pod.json").write_text(json.dumps(manifest))
    made = "image:\n\tdocker build -t registry.example.com/team/shop:1.2 shop\n"
    (tmp_path / "Makefile").write_text(made)
    text = run("trace", "pod.json").stdout
    assert "registry.example.com/team/shop:1.2: shop/Dockerfile, as" in text
    assert max(map(len, text.splitlines())) <= 80
    [link] = json.loads(run("trace", "pod.json", "--output-format", "json").stdout)["links"]
    assert (link["dockerfile"], link["how"]) == ("shop/Dockerfile", "script")
    assert "Built here" not in run("trace", "shop").stdout
