"""Each launch is judged by the settings that are nearest to it."""

from __future__ import annotations

import pytest

from gracelint.checks import all_rules
from gracelint.files.tree import Files
from gracelint.session.session import Session
from gracelint.settings.nearest import Given, Scope
from gracelint.settings.read import SettingsError

SHELL_FORM = "FROM debian:12\nENTRYPOINT node server.js\n"
SCRIPT = "#!/bin/sh\nnode server.js\n"
BY_SCRIPT = 'FROM debian:12\nCOPY run.sh /\nENTRYPOINT ["/run.sh"]\n'
POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: {name}
  labels: {{app: web}}
spec:
  terminationGracePeriodSeconds: 30
  containers:
    - name: web
      image: nginx:1.27
      ports: [{{containerPort: 80}}]
      lifecycle: {{preStop: {{sleep: {{seconds: 20}}}}}}
"""


def session(tree: dict[str, str], shared: str = "") -> Session:
    files = Files("/nowhere", overlay=tree)
    scope = Scope(files, all_rules, Given())
    return Session(files, scope.of(shared).options, scope.near)


def found(tree: dict[str, str]) -> dict[str, list[str]]:
    """The codes of what is found, by file."""
    by_path: dict[str, list[str]] = {}
    for finding in session(tree).run([""]).findings:
        by_path.setdefault(finding.primary.span.source.path, []).append(finding.rule.code)
    return by_path


def test_codes() -> None:
    tree = {
        "gracelint.toml": "select = ['GL101']\n",
        "Dockerfile": SHELL_FORM,
        "api/Dockerfile": SHELL_FORM,
        "web/gracelint.toml": "select = ['GL3']\n",
        "web/Dockerfile": SHELL_FORM,
    }
    assert found(tree) == {"Dockerfile": ["GL101"], "api/Dockerfile": ["GL101"]}


def test_severities() -> None:
    tree = {
        "Dockerfile": SHELL_FORM,
        "web/gracelint.toml": "severity.GL101 = 'info'\n",
        "web/Dockerfile": SHELL_FORM,
    }
    levels = {
        f.primary.span.source.path: f.severity.label
        for f in session(tree).run([""]).findings
        if f.rule.code == "GL101"
    }
    assert levels == {"Dockerfile": "error", "web/Dockerfile": "info"}


def test_a_text_that_two_launches_share_is_left_out_for_one_of_them() -> None:
    tree = {
        "run.sh": SCRIPT,
        "compose.yaml": "services:\n  a:\n    build: {context: ., dockerfile: a/Dockerfile}\n"
        "  b:\n    build: {context: ., dockerfile: b/Dockerfile}\n",
        "a/Dockerfile": BY_SCRIPT,
        "b/Dockerfile": BY_SCRIPT,
        "a/gracelint.toml": "ignore = ['GL201']\n",
    }
    (one,) = (f for f in session(tree).run(["a", "b"]).findings if f.rule.code == "GL201")
    assert one.workloads == ("b/Dockerfile",)


def test_kubernetes_versions() -> None:
    tree = {
        "old/gracelint.toml": "kubernetes-version = '1.28'\n",
        "old/pod.yaml": POD.format(name="old"),
        "new/pod.yaml": POD.format(name="new"),
    }
    assert "GL505" in found(tree).get("old/pod.yaml", [])
    assert "GL505" not in found(tree).get("new/pod.yaml", [])


def test_programs() -> None:
    settings = "[programs.our-server]\nsignals = { TERM = 'nothing' }\nlifetime = 'long'\n"
    dockerfile = 'FROM debian:12\nCMD ["our-server"]\n'
    tree = {"a/Dockerfile": dockerfile, "b/Dockerfile": dockerfile, "b/gracelint.toml": settings}
    stories = session(tree).scene([""]).stories
    assert [story.verdict.value for story in stories] == ["graceful", "killed"]


def test_images() -> None:
    settings = "[images.'registry.example/web']\ndockerfile = 'Dockerfile'\n"
    service = "services:\n  web:\n    image: registry.example/web\n"
    tree = {
        "a/compose.yaml": service,
        "b/compose.yaml": service,
        "b/gracelint.toml": settings,
        "b/Dockerfile": SHELL_FORM,
    }
    scene = session(tree).scene(["a/compose.yaml", "b/compose.yaml"])
    verdicts = {s.workload.source.path: s.verdict.value for s in scene.stories}
    assert verdicts == {"a/compose.yaml": "unknown", "b/compose.yaml": "killed"}
    assert [(link.reference, link.dockerfile) for link in scene.links] == [
        ("registry.example/web", "b/Dockerfile")
    ]


def test_an_ignore_is_unused_only_where_the_rule_applies() -> None:
    """In a script that is where a launch that runs it has the rule."""
    asked = "# gracelint: ignore[GL102] why\n"
    dockerfile = f'FROM debian:12\n{asked}ENTRYPOINT ["app"]\n'
    tree = {
        "a/Dockerfile": dockerfile,
        "b/Dockerfile": dockerfile,
        "b/gracelint.toml": "ignore = ['GL102']\n",
    }
    assert "GL002" in found(tree)["a/Dockerfile"]
    assert "GL002" not in found(tree).get("b/Dockerfile", [])
    script = {"b/run.sh": f"#!/bin/sh\n{asked}app\n", "b/gracelint.toml": "ignore = ['GL102']"}
    launch = 'FROM debian:12\nCOPY b/run.sh /\nENTRYPOINT ["/run.sh"]\n'
    assert "GL002" in found({**script, "Dockerfile": launch})["b/run.sh"]
    beside = {**script, "b/Dockerfile": launch.replace("b/", "")}
    assert "GL002" not in found(beside)["b/run.sh"]


def test_ignores_by_path() -> None:
    tree = {
        "a/gracelint.toml": "[per-file-ignores]\n'dev/*' = ['GL1']\n",
        "a/dev/Dockerfile": SHELL_FORM,
        "a/Dockerfile": SHELL_FORM,
        "dev/Dockerfile": SHELL_FORM,
    }
    assert {path for path, codes in found(tree).items() if "GL101" in codes} == {
        "a/Dockerfile",
        "dev/Dockerfile",
    }


def test_settings_that_cannot_be_used_end_the_run() -> None:
    tree = {"a/gracelint.toml": "x = 1\n", "a/Dockerfile": SHELL_FORM}
    with pytest.raises(SettingsError):
        session(tree).run([""])
