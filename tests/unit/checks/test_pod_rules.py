"""What rules about pods find beyond the examples of their pages, and what they leave alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gracelint import atlas, checks
from gracelint.base.source import Source
from gracelint.checks.project import Run
from gracelint.declare.kubernetes.objects import services
from gracelint.declare.kubernetes.pods import pods
from gracelint.declare.kubernetes.selecting import Selecting
from gracelint.declare.kubernetes.workload import group
from gracelint.discover.discover import Discovery
from gracelint.model.finding import Applicability
from gracelint.model.options import Options
from gracelint.syntax.yaml import parse as yaml

if TYPE_CHECKING:
    from gracelint.model.finding import Finding

POD = """apiVersion: v1
kind: Pod
metadata: {name: p, labels: {app: p}}
spec:
  %s
  containers:
  - name: c
    image: %s
"""
SERVICE = "---\napiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {selector: {app: p}}\n"
GRACE = "terminationGracePeriodSeconds: 30"


def lint(code: str, text: str, **settings: object) -> list[Finding]:
    file = yaml.parse(Source("x.yaml", text))
    options = replace(Options(), **settings)
    groups = [group(p, atlas.base, {}, Selecting(services(file)), options) for p in pods(file)]
    for rule in checks.load("project"):
        if rule.rule.code == code:
            return list(rule(Run(Discovery(), (), tuple(groups), options)))
    [rule] = [c for c in checks.load("group") if c.rule.code == code]
    return [finding for each in groups for finding in rule(each)]


def pod(lines: str = "", spec: str = GRACE, image: str = "registry.example.com/c:1") -> str:
    return POD % (spec, image) + "".join(f"    {line}\n" for line in lines.splitlines())


def said(code: str, text: str, **settings: object) -> list[tuple[str, str]]:
    return [(f.severity.label, f.primary.span.text) for f in lint(code, text, **settings)]


def fixed(finding: Finding, text: str) -> str:
    assert finding.fix is not None
    for edit in sorted(finding.fix.edits, key=lambda e: -e.span.start):
        text = text[: edit.span.start] + edit.content + text[edit.span.end :]
    return text


def hook(handler: str) -> str:
    return f"lifecycle: {{preStop: {handler}}}"


@pytest.mark.parametrize(
    ("lines", "image", "severity"),
    [
        ("", "registry.example.com/c:1", "info"),
        (hook("{sleep: {seconds: 9}}"), "registry.example.com/c:1", "info"),
        (hook("{sleep: {seconds: 10}}"), "registry.example.com/c:1", "warning"),
        ("command: [gunicorn, app]", "python:3.12", "info"),
    ],
)
def test_an_unset_grace_period_is_a_warning_where_something_speaks_for_more(lines, image, severity):
    [finding] = lint("GL501", pod(lines, "hostPID: false", image))
    assert finding.severity.label == severity
    assert finding.workloads == ("Pod/p/c",)


def test_an_unset_grace_period_is_advised_once_with_the_number_of_pods():
    one = pod("", "hostPID: false")
    [finding] = lint("GL501", one + "---\n" + one)
    assert "the first of 2 pods" in finding.message


def test_a_hook_that_exhausts_the_default_is_left_to_the_rule_about_it():
    text = pod("lifecycle: {preStop: {sleep: {seconds: 28}}}", "hostPID: false")
    assert lint("GL501", text) == []
    assert [f.severity.label for f in lint("GL503", text)] == ["error"]


@pytest.mark.parametrize("spec", ["restartPolicy: Never", "restartPolicy: OnFailure", GRACE])
def test_pods_that_end_or_state_their_time_are_not_advised(spec):
    assert lint("GL501", pod("", spec)) == []


@pytest.mark.parametrize(
    ("kind", "written", "severity"),
    [
        ("Deployment", "0", "warning"),
        ("StatefulSet", "0", "error"),
        ("Deployment", "-5", "warning"),
        ("Deployment", "1", None),
        ("Deployment", "x", None),
    ],
)
def test_no_time_at_all(kind, written, severity):
    text = (
        f"apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: x}}\nspec:\n  template:\n    spec:\n"
        f"      terminationGracePeriodSeconds: {written}\n"
    )
    assert [f.severity.label for f in lint("GL502", text)] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("handler", "spec", "found"),
    [
        ("{exec: {command: [sleep, '25']}}", GRACE, None),
        ("{exec: {command: [sleep, '26']}}", GRACE, GRACE),
        ("{exec: {command: [sleep, '26']}}", "hostPID: false", "preStop: {exec"),
        ("{sleep: {seconds: 30}}", GRACE, GRACE),
        ("{sleep: {seconds: 31}}", GRACE, None),
        ("{exec: {command: [sleep, '40']}}", GRACE, GRACE),
        ("{httpGet: {port: 80}}", GRACE, None),
        ("{exec: {command: [sleep, '40']}}", "terminationGracePeriodSeconds: 0", None),
    ],
)
def test_what_a_hook_leaves_of_the_grace_period(handler, spec, found):
    spans = [text for _, text in said("GL503", pod(hook(handler), spec))]
    assert len(spans) == (found is not None)
    assert all(span.startswith(found) for span in spans)


def test_a_fixed_grace_period_leaves_the_time_that_the_application_had():
    text = pod(hook("{sleep: {seconds: 28}}"))
    [finding] = lint("GL503", text)
    assert "terminationGracePeriodSeconds: 58\n" in fixed(finding, text)


@pytest.mark.parametrize(
    ("handler", "words"),
    [
        ("{tcpSocket: {port: 1}}", "not run"),
        ("{exec: {command: [a]}, httpGet: {port: 1}}", "`exec` and `httpGet`"),
        ("{}", "no handler"),
        ("{httpGet: {port: web}}", "no port named `web`"),
        ("{exec: {command: [sleep, $DRAIN]}}", "no shell to expand `$DRAIN`"),
        ("{exec: {command: [sleep, '${DRAIN}']}}", None),
        ("{exec: {command: [a]}}", None),
        ("{httpGet: {port: 80}}", None),
        ("{httpGet: {port: '80'}}", None),
        ("{httpGet: {port: admin}}", None),
    ],
)
def test_hooks_that_never_work(handler, words):
    found = lint("GL504", pod("ports: [{name: admin, containerPort: 1}]\n" + hook(handler)))
    assert len(found) == (words is not None)
    assert all(words in f.message for f in found)


@pytest.mark.parametrize(
    ("seconds", "version", "words"),
    [
        (5, (1, 29), "1.30"),
        (5, (1, 30), None),
        (0, (1, 32), "1.33"),
        (0, (1, 33), None),
        (30, (1, 34), None),
        (31, (1, 34), "exceeds"),
    ],
)
def test_sleeps_that_the_api_rejects(seconds, version, words):
    text = pod(hook(f"{{sleep: {{seconds: {seconds}}}}}"))
    found = lint("GL505", text, kubernetes_version=version)
    assert len(found) == (words is not None)
    for finding in found:
        assert words in finding.message
        assert lint("GL505", fixed(finding, text), kubernetes_version=version) == []


@pytest.mark.parametrize(
    ("signal", "os", "version", "severity"),
    [
        ("SIGUSR1", "linux", (1, 32), "error"),
        ("SIGUSR1", None, (1, 37), "error"),
        ("SIGUSR1", "linux", (1, 37), None),
        ("SIGUSR1", "linux", (1, 36), "warning"),
        ("SIGUSR1", "windows", (1, 37), "error"),
        ("SIGTERM", "windows", (1, 37), None),
    ],
)
def test_stop_signals_that_the_cluster_does_not_take(signal, os, version, severity):
    spec = GRACE if os is None else f"os: {{name: {os}}}"
    found = said(
        "GL506", pod(f"lifecycle: {{stopSignal: {signal}}}", spec), kubernetes_version=version
    )
    assert [level for level, _ in found] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("traffic", "severity", "seconds"),
    [(None, "info", 5), ("alb", "warning", 15), ("nlb", "warning", 120), (7.0, "warning", 7)],
)
def test_the_endpoint_race_is_won_by_waiting(traffic, severity, seconds):
    text = pod() + SERVICE
    [finding] = lint("GL507", text, traffic=traffic)
    assert (finding.severity.label, finding.workloads) == (severity, ("Pod/p/c",))
    result = fixed(finding, text)
    assert f"seconds: {seconds}\n" in result
    assert f"terminationGracePeriodSeconds: {30 + seconds}\n" in result
    for code in ("GL503", "GL505", "GL507"):
        assert lint(code, result, traffic=traffic) == []


def test_the_wait_is_a_command_on_older_clusters():
    text = pod("lifecycle:\n  postStart: {exec: {command: [a]}}") + SERVICE
    [finding] = lint("GL507", text, kubernetes_version=(1, 28))
    assert 'command: ["sleep", "5"]' in fixed(finding, text)


@pytest.mark.parametrize(
    "text",
    [
        pod(),
        pod(hook("{exec: {command: [drain]}}")) + SERVICE,
        pod("", "restartPolicy: Never") + SERVICE,
        pod() + SERVICE.replace("app: p", "app: q"),
    ],
)
def test_there_is_no_race_without_a_service_or_with_a_hook(text):
    assert lint("GL507", text, traffic="alb") == []


def test_the_pods_of_a_rollout_are_judged_once_where_their_deployment_is():
    rollout = (
        "---\napiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: r}\n"
        "spec:\n  strategy: {canary: {}}\n"
        "  workloadRef: {apiVersion: apps/v1, kind: Deployment, name: d}\n"
    )
    deployment = (
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n"
        "  selector: {}\n  strategy: {type: Recreate}\n  template:\n"
        "    metadata: {labels: {app: p}}\n    spec:\n"
        "      terminationGracePeriodSeconds: 700\n"
        "      containers: [{name: c, image: registry.example.com/c:1}]\n"
    )
    for code in ("GL507", "GL604"):
        [finding] = lint(code, SERVICE + rollout + deployment)
        assert finding.workloads == ("Deployment/d/c",)
        assert lint(code, SERVICE + rollout) == []


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("[apachectl, graceful-stop]", True),
        ("[apachectl, -k, graceful-stop]", True),
        ("[sh, -c, 'kill -WINCH 1']", True),
        ("[sh, -c, 'kill -USR1 1']", False),
        ("[sh, -c, 'apachectl graceful-stop; sleep 5']", False),
        ("[sh, -c, 'apachectl graceful-stop; wait-for-it']", False),
        ("[sh, -c, 'apachectl graceful-stop; while pgrep httpd; do sleep 1; done']", False),
        ("[apachectl, configtest]", False),
    ],
)
def test_a_quit_command_is_followed_by_the_stop_signal_at_once(command, found):
    lines = f"lifecycle: {{stopSignal: SIGTERM, preStop: {{exec: {{command: {command}}}}}}}"
    assert bool(lint("GL508", pod(lines, GRACE, "httpd:2.4"))) is found
    quiet = lines.replace("stopSignal: SIGTERM, ", "")
    assert lint("GL508", pod(quiet, GRACE, "httpd:2.4")) == []


@pytest.mark.parametrize(
    ("probe", "found"),
    [
        ("livenessProbe: {terminationGracePeriodSeconds: 0}", True),
        ("startupProbe: {terminationGracePeriodSeconds: -1}", True),
        ("readinessProbe: {terminationGracePeriodSeconds: 5, periodSeconds: 1}", True),
        ("livenessProbe: {terminationGracePeriodSeconds: 5}", False),
        ("livenessProbe: {terminationGracePeriodSeconds: null}", False),
    ],
)
def test_grace_periods_of_probes(probe, found):
    text = pod(probe)
    findings = lint("GL510", text)
    assert bool(findings) is found
    for finding in findings:
        assert finding.fix is not None
        assert finding.fix.applicability is Applicability.SAFE
        assert lint("GL510", fixed(finding, text)) == []


@pytest.mark.parametrize(
    ("spec", "platform", "found"),
    [
        (GRACE, "gke-spot", True),
        (GRACE, "ecs-fargate", False),
        (GRACE, 20.0, True),
        (GRACE, None, False),
        (GRACE, "moon", False),
        ("hostPID: false", "gke-spot", False),
    ],
)
def test_what_the_platform_grants(spec, platform, found):
    assert bool(lint("GL512", pod("", spec), platform=platform)) is found


SPOT = "kubernetes.azure.com/scalesetpriority"


@pytest.mark.parametrize(
    ("toleration", "found"),
    [
        (f"{{key: {SPOT}, operator: Equal, value: spot}}", True),
        (f"{{key: {SPOT}, operator: Exists}}", True),
        (f"{{key: {SPOT}, value: regular}}", False),
        ("{operator: Exists}", False),
        ("{key: dedicated, operator: Exists}", False),
    ],
)
def test_who_tolerates_the_taint_of_spot_nodes_runs_there(toleration, found):
    spec = f"tolerations: [{toleration}]\n  terminationGracePeriodSeconds: 300"
    assert bool(lint("GL512", pod("", spec))) is found


INIT = "initContainers: [{name: i, image: a, %s}]"


@pytest.mark.parametrize(
    ("spec", "found"),
    [
        (INIT % "lifecycle: {preStop: {}}, readinessProbe: {}", 2),
        (INIT % "restartPolicy: Always, lifecycle: {preStop: {}}", 0),
        (INIT % "lifecycle: null", 0),
    ],
)
def test_hooks_of_init_containers(spec, found):
    text = pod("", spec)
    findings = lint("GL514", text)
    assert len(findings) == found
    assert all(f.workloads == ("Pod/p/i",) for f in findings)
    for finding in findings:
        assert len(lint("GL514", fixed(finding, text))) == found - 1


PROXY = "- name: %s\n    image: %s\n"


@pytest.mark.parametrize(
    ("name", "image", "found"),
    [
        ("x", "docker.io/istio/proxyv2:1.20", True),
        ("x", "gcr.io/cloudsql-docker/gce-proxy:1.33@sha256:0", True),
        ("x", "envoyproxy/envoy:v1.30", True),
        ("x", "localhost:5000/fluent/fluent-bit", True),
        ("x", "registry.example.com/proxy-tools:1", False),
        ("x", "nginx", False),
    ],
)
def test_helpers_are_known_by_their_image(name, image, found):
    text = pod() + "  " + PROXY % (name, image)
    findings = lint("GL601", text)
    assert bool(findings) is found
    for finding in findings:
        result = fixed(finding, text)
        assert lint("GL601", result) == []
        assert "restartPolicy: Always" in result
    assert all(f.fix is None for f in lint("GL601", text, kubernetes_version=(1, 28)))


def test_a_helper_alone_or_first_is_the_application():
    assert lint("GL601", pod("", GRACE, "envoyproxy/envoy:v1.30")) == []
    first = pod("", GRACE, "envoyproxy/envoy:v1.30") + "  " + PROXY % ("x", "app:1")
    assert lint("GL601", first) == []


@pytest.mark.parametrize(
    ("handler", "found"),
    [
        ("{exec: {command: [sh, -c, 'kill 1']}}", True),
        ("{exec: {command: [curl, -X, POST, 'http://localhost:15020/quitquitquit']}}", True),
        ("{exec: {command: [nginx, -s, quit]}}", True),
        ("{httpGet: {port: 1, path: /quitquitquit}}", True),
        ("{httpGet: {port: 1, path: /ready}}", False),
        ("{exec: {command: [sh, -c, 'kill -HUP 1']}}", False),
        ("{sleep: {seconds: 5}}", False),
    ],
)
def test_sidecars_that_end_themselves(handler, found):
    spec = INIT % f"restartPolicy: Always, lifecycle: {{preStop: {handler}}}"
    assert bool(lint("GL603", pod("", spec))) is found
    assert lint("GL603", pod(hook(handler))) == []


@pytest.mark.parametrize(
    ("kind", "spec", "found"),
    [
        ("StatefulSet", "replicas: 5", True),
        ("StatefulSet", "replicas: 4", False),
        ("StatefulSet", "replicas: 5, updateStrategy: {type: OnDelete}", False),
        ("Deployment", "replicas: 5", False),
        ("Deployment", "strategy: {type: Recreate}", True),
        ("Deployment", "strategy: {type: Recreate}, progressDeadlineSeconds: 900", False),
    ],
)
def test_rollouts_that_may_take_too_long(kind, spec, found):
    text = (
        f"{{apiVersion: apps/v1, kind: {kind}, metadata: {{name: x}}, spec: {{{spec}, "
        "selector: {}, template: {spec: {terminationGracePeriodSeconds: 900, "
        "containers: [{name: a, image: b}]}}}}"
    )
    assert bool(lint("GL604", text)) is found


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("[sh, -c, 'kill -QUIT 1']", "does nothing"),
        ("[kill, '1']", "ends the whole pod"),
        ("[kill, -0, '1']", None),
        ("[kill, '12']", None),
    ],
)
def test_signals_to_pause(command, found):
    lines = hook(f"{{exec: {{command: {command}}}}}")
    findings = lint("GL308", pod(lines, "shareProcessNamespace: true"))
    assert [found in f.message for f in findings] == ([True] if found else [])
    assert lint("GL308", pod(lines)) == []


def test_consequences_of_a_shared_namespace_are_those_of_this_pod():
    alone = lint("GL307", pod("", "shareProcessNamespace: true"))
    assert "/proc/" not in alone[0].message + alone[0].help
    sleeper = lint("GL307", pod("command: [sleep, infinity]", "shareProcessNamespace: true"))
    assert "`sleep` ends at once on the stop signal" in sleeper[0].help
    assert lint("GL307", pod("", "{shareProcessNamespace: true, hostPID: true}"[1:-1])) == []


def test_settings_tell_programs_to_rules_about_pods():
    text = pod("command: [slowd]", "hostPID: false")
    [plain] = lint("GL501", text)
    [told] = lint("GL501", text, programs={"slowd": {"stops-in": 60}})
    assert (plain.severity.label, told.severity.label) == ("info", "warning")
    assert "terminationGracePeriodSeconds: 65\n" in fixed(told, text)


def test_patches_schemas_and_templates_are_left_alone():
    patch = """apiVersion: apps/v1
kind: Deployment
metadata: {name: x}
spec:
  template:
    spec:
      initContainers: [{name: i, lifecycle: {preStop: {}}}]
      containers: [{name: c, lifecycle: {preStop: {}}, livenessProbe: {}}]
"""
    crd = (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"
        "spec: {containers: [{image: x, lifecycle: {preStop: {tcpSocket: {}}}}]}\n"
    )
    for rule in checks.load("group"):
        for text in (patch, crd, "a: {{ .x }}\n" + patch):
            assert lint(rule.rule.code, text) == []


@pytest.mark.parametrize(
    "lines",
    [
        "lifecycle: &hooks {preStop: {sleep: {seconds: 5}}}\nresources: *hooks",
        'lifecycle: {preStop: {sleep: {seconds: 5}}}\n"\\x70ostStart": {sleep: {seconds: 5}}',
        "lifecycle: {preStop: {sleep: {seconds: 5}}}\nresources: {preStop: {sleep: {seconds: 5}}}",
    ],
)
def test_a_setting_beside_its_place_is_found_where_another_stands_in_it(lines):
    assert not lint("GL516", pod(lines.splitlines()[0]))
    assert len(lint("GL516", pod(lines))) == 1
