from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint import atlas
from gracelint.base.edit import Edit
from gracelint.base.facts import Known, Unknown
from gracelint.base.source import Source
from gracelint.declare.kubernetes.objects import config_maps, services
from gracelint.declare.kubernetes.pods import pods
from gracelint.declare.kubernetes.selecting import Selecting
from gracelint.declare.kubernetes.workload import group
from gracelint.syntax.yaml import parse as yaml

if TYPE_CHECKING:
    from gracelint.model.workload import Group, Workload

POD = """apiVersion: v1
kind: Pod
metadata: {name: p, labels: {app: p}}
spec:
  containers:
  - name: c
%s"""


def grouped(text: str) -> Group:
    file = yaml.parse(Source("x.yaml", text))
    maps = {(m.namespace, m.name): m for m in config_maps(file)}
    [found] = pods(file)
    return group(found, atlas.base, maps, Selecting(services(file)))


def container(lines: str, rest: str = "") -> Workload:
    indented = "".join(f"    {line}\n" for line in lines.splitlines())
    [found] = grouped(POD % indented + rest).workloads
    return found


def argv(workload: Workload) -> list[str | None] | None:
    known = workload.launch.argv
    return None if isinstance(known, Unknown) else [word.value for word in known.value]


NGINX = ["/docker-entrypoint.sh", "nginx", "-g", "daemon off;"]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("image: nginx:1.27", NGINX),
        ("image: nginx:1.27\ncommand: []\nargs: []", NGINX),
        ("image: nginx:1.27\ncommand: [/a]", ["/a"]),
        ("image: nginx:1.27\nargs: [x]", ["/docker-entrypoint.sh", "x"]),
        ("image: nginx:1.27\ncommand: [/a]\nargs: [x]", ["/a", "x"]),
        ("image: example.com/own\ncommand: [/a]", ["/a"]),
        ("image: example.com/own\nargs: [x]", None),
        ("image: example.com/own", None),
    ],
)
def test_command_and_args_replace_what_the_image_has(lines, expected):
    assert argv(container(lines)) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("$(A)", "x y"),
        ("$(A)$(B)", "x yx y!"),
        ("$(NONE)", "$(NONE)"),
        ("$$(A)", "$(A)"),
        ("$A ${A} $", "$A ${A} $"),
        ("kill -- -$$", "kill -- -$"),
        ("$(A", "$(A"),
        ("$(SECRET)", None),
        ("{{ x }}", None),
    ],
)
def test_variables_are_expanded_as_kubernetes_does(written, expected):
    env = "\nenv: [{name: A, value: x y}, {name: B, value: $(A)!}, {name: SECRET, valueFrom: {}}]"
    assert argv(container(f"image: i\ncommand: ['{written}']" + env)) == [expected]


def test_a_variable_may_come_from_elsewhere_when_there_is_env_from():
    lines = "image: i\ncommand: [$(A)]\nenvFrom: [{secretRef: {name: s}}]"
    assert argv(container(lines)) == [None]


def test_variables_come_from_config_maps_of_the_run():
    rest = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {k: v}\n"
    one = "image: i\ncommand: [$(A)]\n"
    one += "env: [{name: A, valueFrom: {configMapKeyRef: {name: m, key: k}}}]"
    all_of_them = "image: i\ncommand: [$(P_k)]\nenvFrom: [{prefix: P_, configMapRef: {name: m}}]"
    assert argv(container(one, rest)) == ["v"]
    assert argv(container(all_of_them, rest)) == ["v"]


def test_expanded_text_knows_its_places_and_can_be_edited():
    text = POD % (
        "    image: i\n    command: [sh, -c]\n    args:\n    - |\n      a $(X) $$b\n      run\n"
        "    env: [{name: X, value: long value}]\n"
    )
    [workload] = grouped(text).workloads
    assert isinstance(workload.launch.argv, Known)
    word = workload.launch.argv.value[2]
    assert word.value == "a long value $b\nrun\n"
    assert word.text is not None
    at = word.value.index("run")
    assert word.text.span(at, at + 3).text == "run"
    assert word.text.span(2, 12).text == "$(X)"
    edit = Edit.insert(word.text, at, "echo $$ $(date) ")
    assert edit is not None
    changed = text[: edit.span.start] + edit.content + text[edit.span.end :]
    [again] = grouped(changed).workloads
    assert argv(again)[2] == "a long value $b\necho $$ $(date) run\n"


def test_the_image_gives_stop_signal_shell_and_workdir():
    found = container("image: nginx:1.27-alpine")
    assert isinstance(found.stop_signal, Known)
    assert isinstance(found.base.shell, Known)
    assert (found.stop_signal.value, found.base.shell.value) == ("SIGQUIT", "ash")
    assert found.grace == Known(30.0, (), assumed=True)


def test_the_pod_overrides_stop_signal_user_and_workdir():
    lines = (
        "image: nginx:1.27\nworkingDir: /srv\nlifecycle: {stopSignal: SIGUSR1}\n"
        "securityContext: {runAsUser: 1000}"
    )
    found = container(lines)
    values = [f.value for f in (found.stop_signal, found.user, found.workdir)]
    assert values == ["SIGUSR1", "1000", "/srv"]


def test_the_usual_stop_signal_is_assumed_of_an_unknown_image():
    assert container("image: example.com/own").stop_signal == Known("SIGTERM", (), assumed=True)


@pytest.mark.parametrize(
    ("hook", "handler", "words", "seconds"),
    [
        ("{exec: {command: [sleep, '5']}}", "exec", ["sleep", "5"], None),
        ("{exec: {command: [sh, -c, 'echo $(A)']}}", "exec", ["sh", "-c", "echo $(A)"], None),
        ("{sleep: {seconds: 7}}", "sleep", None, 7.0),
        ("{httpGet: {port: 80}}", "httpGet", None, None),
        ("{}", "", None, None),
    ],
)
def test_hooks_are_read_and_nothing_in_them_is_expanded(hook, handler, words, seconds):
    lines = f"image: i\nenv: [{{name: A, value: x}}]\nlifecycle: {{preStop: {hook}}}"
    [found] = container(lines).hooks
    assert (found.when, found.handler) == ("preStop", handler)
    assert (found.command and [w.value for w in found.command.words]) == words
    assert (found.seconds.value if isinstance(found.seconds, Known) else None) == seconds


MAP = """---
apiVersion: v1
kind: ConfigMap
metadata: {name: scripts}
data:
  run.sh: |
    exec a
  other.sh: exec b
"""


@pytest.mark.parametrize(
    ("mount", "volume", "expected"),
    [
        ("{mountPath: /s}", "{name: scripts}", {"/s/run.sh": False, "/s/other.sh": False}),
        (
            "{mountPath: /s/}",
            "{name: scripts, defaultMode: 0755, items: [{key: run.sh, path: a/b}]}",
            {"/s/a/b": True},
        ),
        (
            "{mountPath: /s}",
            "{name: scripts, items: [{key: run.sh, path: b, mode: 493}]}",
            {"/s/b": True},
        ),
        ("{mountPath: /go, subPath: run.sh}", "{name: scripts}", {"/go": False}),
    ],
)
def test_scripts_come_from_config_maps(mount, volume, expected):
    mounted = "{name: v, " + mount[1:]
    rest = f"  volumes: [{{name: v, configMap: {volume}}}]\n" + MAP
    files = list(container(f"image: i\nvolumeMounts: [{mounted}]", rest).files)
    assert {f.path: f.executable for f in files} == expected
    script = next(f for f in files if f.path != "/s/other.sh")
    assert script.text is not None
    assert script.text.text == "exec a\n"


def test_a_config_map_that_is_not_here_leaves_its_files_unseen():
    rest = "  volumes: [{name: v, configMap: {name: n, items: [{key: k, path: a}]}}]\n"
    [file] = container("image: i\nvolumeMounts: [{name: v, mountPath: /s}]", rest).files
    assert (file.path, file.text) == ("/s/a", None)
    assert file.reason


@pytest.mark.parametrize(
    ("flags", "namespace"),
    [("", "private"), ("shareProcessNamespace: true", "shared"), ("hostPID: true", "host")],
)
def test_the_pid_namespace_is_the_pods(flags, namespace):
    assert container("image: i", f"  {flags}\n").pid_namespace == namespace


def test_a_group_leaves_init_containers_out_and_knows_its_services():
    found = grouped(
        POD
        % "    image: i\n"
        + "  initContainers: [{name: n, image: i}, {name: s, image: i, restartPolicy: Always}]\n"
        "---\napiVersion: v1\nkind: Service\nmetadata: {name: svc}\nspec: {selector: {app: p}}\n"
    )
    assert [w.container for w in found.workloads] == ["s", "c"]
    assert [w.name for w in found.workloads] == ["Pod/p/s", "Pod/p/c"]
    assert [s.name for s in found.services] == ["svc"]


@pytest.mark.parametrize(("kind", "finite"), [("PyTorchJob", True), ("RayCluster", False)])
def test_the_pods_of_jobs_of_any_kind_end_by_themselves(kind: str, *, finite: bool) -> None:
    spec = "{workers: [{template: {spec: {containers: [{name: a, image: b}]}}}]}"
    text = f"apiVersion: example.org/v1\nkind: {kind}\nmetadata: {{name: a}}\nspec: {spec}\n"
    [found] = grouped(text).workloads
    assert found.finite is finite
