"""Which ConfigMap a pod is started with where several files have one of its name."""

from __future__ import annotations

from gracelint.base.facts import Known
from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.session.session import Session

CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {PROGRAM: PROGRAM_HERE}
---
"""
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: nginx:1.27
      command: [$(PROGRAM)]
      envFrom: [{configMapRef: {name: settings}}]
"""


def started(tree: dict[str, str]) -> dict[str, str | None]:
    """The program that each file's pod starts, by the file; None: not told."""
    found: dict[str, str | None] = {}
    for story in Session(Files("/nowhere", overlay=tree), Options()).stories(["."]).stories:
        argv = story.workload.launch.argv
        assert isinstance(argv, Known)
        found[story.workload.source.path] = argv.value[0].value
    return found


def config(program: str) -> str:
    return CONFIG.replace("PROGRAM_HERE", program)


def test_the_one_in_the_pods_own_file_comes_first():
    tree = {"a/all.yaml": config("/one") + POD, "b/all.yaml": config("/two") + POD}
    assert started(tree) == {"a/all.yaml": "/one", "b/all.yaml": "/two"}


def test_then_the_one_in_the_folder_and_then_those_of_the_folders_above():
    tree = {
        "a/config.yaml": config("/one"),
        "a/pod.yaml": POD,
        "b/config/map.yaml": config("/two"),
        "b/pods/pod.yaml": POD,
    }
    assert started(tree) == {"a/pod.yaml": "/one", "b/pods/pod.yaml": "/two"}


def test_which_of_several_as_near_is_not_told_unless_they_say_the_same():
    tree = {"pods/pod.yaml": POD, "a/map.yaml": config("/one"), "b/map.yaml": config("/one")}
    assert started(tree) == {"pods/pod.yaml": "/one"}
    assert started({**tree, "c/map.yaml": config("/two")}) == {"pods/pod.yaml": None}


def test_the_last_in_a_file_counts():
    assert started({"all.yaml": config("/one") + config("/two") + POD}) == {"all.yaml": "/two"}
