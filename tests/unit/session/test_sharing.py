"""A run's files shared out among processes come to what they come to in one."""

from __future__ import annotations

import multiprocessing
import os
from typing import TYPE_CHECKING

import pytest

from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.report import render
from gracelint.session import sharing
from gracelint.session.scene import ENOUGH, Work, processes
from gracelint.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from gracelint.model.result import Result
    from gracelint.session.scene import Scene, Unit

METHODS = multiprocessing.get_all_start_methods()
SCRIPT = "#!/bin/sh\nset -e\nif [ -f /config ]; then . /config; fi\nnode server.js\n"
MANIFEST = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME}
spec:
  template:
    metadata: {labels: {app: NAME}}
    spec:
      terminationGracePeriodSeconds: 5
      shareProcessNamespace: true
      containers:
        - name: web
          image: debian:12
          command: [sh, -c, "/conf/run.sh; true"]
          lifecycle: {preStop: {exec: {command: [sleep, "20"]}}}
          volumeMounts: [{name: conf, mountPath: /conf}]
        - {name: side, image: nginx}
      volumes: [{name: conf, configMap: {name: scripts}}]
---
apiVersion: v1
kind: Service
metadata: {name: NAME}
spec: {selector: {app: NAME}}
"""
SCRIPTS = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: scripts}\ndata: {run.sh: node a.js}\n"
DEEP = "#!/bin/sh\n" + "{ " * 150 + "node server.js" + "; }" * 150 + "\n"


def tree() -> dict[str, str]:
    """Images with scripts, a project that uses some, text that is wrong, and what is left out."""
    files = {}
    for n in range(12):
        launch = 'ENTRYPOINT ["/run.sh"]' if n % 3 else "CMD node server.js"
        files[f"d{n}/Dockerfile"] = f"FROM debian:12\nCOPY run.sh /\n{launch}\n"
        files[f"d{n}/run.sh"] = SCRIPT
    files["d3/Dockerfile"] += "ENTRYPOINT [\n"
    files["d4/Dockerfile"] = files["d4/Dockerfile"].replace(
        "ENTRYPOINT", "# gracelint: ignore[GL201] known\nENTRYPOINT"
    )
    files["deep/Dockerfile"] = 'FROM debian:12\nCOPY run.sh /\nENTRYPOINT ["/run.sh"]\n'
    files["deep/run.sh"] = DEEP
    files["compose.yaml"] = "services:\n  a: {build: d1, init: true}\n  b: {build: d0}\n"
    files["p/compose.yaml"] = "services:\n  c: {image: nginx, stop_grace_period: 0s}\n"
    files["dev/Dockerfile"] = "FROM node:20\nWORKDIR /app\nCOPY . .\nCMD nodemon a.js\n"
    files["dev/compose.yaml"] = "services:\n  w: {build: ., volumes: ['.:/app']}\n"
    for name in ("a", "b", "c", "d"):
        files[f"k8s/{name}.yaml"] = MANIFEST.replace("NAME", name)
    files["k8s/e.yaml"] = files["k8s/a.yaml"].replace("sh, -c", "&shell sh, -c").replace("20", "x")
    files["k8s/scripts.yaml"] = SCRIPTS
    files["d5/gracelint.toml"] = "ignore = ['GL201']\n"
    return files


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path, text in tree().items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
        (tmp_path / path).chmod(0o755)
    return tmp_path


def run(root: Path, processes: int) -> Result:
    return Session(Files(root), Options(), processes=processes).run([""])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("count", [2, 5])
def test_several_processes_find_what_one_finds(
    root: Path, method: str, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = run(root, 1)
    received: list[str] = []
    part_of = sharing._part_of

    def noted(session: object, scene: Scene, unit: Unit, data: bytes) -> object:
        received.append(unit.path)
        return part_of(session, scene, unit, data)  # type: ignore[arg-type]

    monkeypatch.setattr(sharing, "_method", lambda: method)
    monkeypatch.setattr(sharing, "_part_of", noted)
    found = run(root, count)
    assert [render(name, found) for name in ("json", "full", "html")] == [
        render(name, expected) for name in ("json", "full", "html")
    ]
    assert found.problems == expected.problems
    if method != "fork":  # which forked process does how much is left to chance
        assert received
        assert any(path.startswith("k8s/") for path in received)


@pytest.mark.skipif("fork" not in METHODS, reason="processes cannot be forked here")
def test_what_a_process_leaves_undone_is_done(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected, here = run(root, 1), os.getpid()
    part = Work.part

    def dies(work: Work, unit: Unit, scene: Scene) -> object:
        if os.getpid() != here:
            os._exit(9)
        return part(work, unit, scene)

    monkeypatch.setattr(Work, "part", dies)
    monkeypatch.setattr(sharing, "_method", lambda: "fork")
    assert render("json", run(root, 3)) == render("json", expected)


@pytest.mark.skipif("fork" not in METHODS, reason="processes cannot be forked here")
def test_what_cannot_be_sent_is_done_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = run(root, 1)

    def fails(*_: object) -> bytes:
        raise RecursionError

    monkeypatch.setattr(sharing, "_written", fails)
    monkeypatch.setattr(sharing, "_method", lambda: "fork")
    assert render("json", run(root, 2)) == render("json", expected)


def test_an_interrupt_ends_all_processes(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, part = os.getpid(), Work.part

    def interrupted(work: Work, unit: Unit, scene: Scene) -> object:
        if os.getpid() == here:
            raise KeyboardInterrupt
        return part(work, unit, scene)

    monkeypatch.setattr(Work, "part", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(root, 3)
    assert multiprocessing.active_children() == []


def test_few_files_are_done_by_one_process() -> None:
    assert processes(0, ENOUGH - 1) == 0
    assert processes(0, 1000 * ENOUGH) >= 1
    assert processes(7, 3) == 3
