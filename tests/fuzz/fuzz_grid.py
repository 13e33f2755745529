"""Every value at every place: documents that hold each key that is read, one place exchanged."""

from __future__ import annotations

import copy
import json
import re
from typing import TYPE_CHECKING, Any

from fuzz_words import NUMBERS, SIGNALS
from fuzz_yaml import Raw, places, written

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from random import Random

    Tree = dict[str, str]

PROBE = {
    "exec": {"command": ["curl", "x"]},
    "periodSeconds": 5,
    "failureThreshold": 3,
    "initialDelaySeconds": 1,
    "terminationGracePeriodSeconds": 9,
}
CONTAINER = {
    "name": "a",
    "image": "redis:7",
    "command": ["sh", "-c", "redis-server; echo $A"],
    "args": ["x"],
    "workingDir": "/",
    "env": [
        {"name": "A", "value": "$(B)"},
        {"name": "B", "valueFrom": {"configMapKeyRef": {"name": "m", "key": "k"}}},
    ],
    "envFrom": [{"prefix": "P", "configMapRef": {"name": "m"}}],
    "ports": [{"containerPort": 80, "name": "http"}],
    "volumeMounts": [{"name": "v", "mountPath": "/e", "subPath": "k"}],
    "lifecycle": {
        "stopSignal": "SIGTERM",
        "postStart": {"exec": {"command": ["sleep", "1"]}},
        "preStop": {"exec": {"command": ["sh", "-c", "sleep 5; kill -TERM 1"]}},
    },
    "livenessProbe": PROBE,
    "startupProbe": PROBE,
    "readinessProbe": {"httpGet": {"path": "/", "port": "http"}, "timeoutSeconds": 1},
    "securityContext": {"runAsUser": 1},
}
OTHER = {
    "name": "b",
    "image": "nginx:1.27",
    "lifecycle": {"preStop": {"sleep": {"seconds": 5}}},
    "ports": [{"containerPort": 81}],
}
SIDECAR = {
    "name": "c",
    "image": "envoyproxy/envoy:v1.30",
    "restartPolicy": "Always",
    "lifecycle": {"preStop": {"httpGet": {"path": "/drain", "port": 80}}},
}
POD_SPEC = {
    "terminationGracePeriodSeconds": 30,
    "shareProcessNamespace": True,
    "hostPID": False,
    "os": {"name": "linux"},
    "nodeSelector": {"kubernetes.io/os": "linux"},
    "restartPolicy": "Always",
    "runtimeClassName": "x",
    "volumes": [
        {
            "name": "v",
            "configMap": {"name": "m", "defaultMode": 493, "items": [{"key": "k", "path": "k"}]},
        }
    ],
    "initContainers": [SIDECAR],
    "containers": [CONTAINER, OTHER],
}
META = {"name": "a", "namespace": "n", "labels": {"app": "a"}, "annotations": {"x": "y"}}
DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": META,
    "spec": {
        "replicas": 2,
        "minReadySeconds": 3,
        "progressDeadlineSeconds": 600,
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0}},
        "selector": {"matchLabels": {"app": "a"}},
        "template": {"metadata": META, "spec": POD_SPEC},
    },
}
SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": META,
    "spec": {
        "type": "LoadBalancer",
        "selector": {"app": "a"},
        "ports": [{"port": 80, "targetPort": "http"}],
    },
}
MAP = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "m", "namespace": "n"},
    "data": {"k": "#!/bin/sh\ntrap 'exit 0' TERM\nsleep 5 &\nwait\n"},
    "binaryData": {"b": "eA=="},
}
JOB = {
    "apiVersion": "batch/v1",
    "kind": "CronJob",
    "metadata": META,
    "spec": {
        "schedule": "* * * * *",
        "jobTemplate": {
            "spec": {
                "activeDeadlineSeconds": 60,
                "backoffLimit": 1,
                "template": {"spec": {"containers": [CONTAINER, OTHER]}},
            }
        },
    },
}
BUDGET = {
    "apiVersion": "policy/v1",
    "kind": "PodDisruptionBudget",
    "metadata": META,
    "spec": {
        "minAvailable": 1,
        "selector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["a"]}]},
    },
}
COMPOSE_SERVICE = {
    "image": "nginx",
    "build": {
        "context": ".",
        "dockerfile": "Dockerfile",
        "target": "b",
        "args": {"A": "b"},
        "additional_contexts": {"x": "."},
    },
    "command": ["sh", "-c", "nginx; x"],
    "entrypoint": "/e.sh",
    "init": True,
    "pid": "host",
    "stop_signal": "SIGTERM",
    "stop_grace_period": "10s",
    "environment": {"A": "b"},
    "env_file": [{"path": "e", "required": False}],
    "depends_on": {"t": {"condition": "service_healthy", "restart": True}},
    "healthcheck": {"test": ["CMD", "true"], "interval": "5s", "start_period": "1m", "retries": 3},
    "pre_stop": [{"command": "sleep 5", "user": "x", "environment": {"A": "b"}}],
    "post_start": [{"command": ["sleep", "1"]}],
    "deploy": {"replicas": 2, "resources": {"limits": {"memory": "1G"}}, "mode": "global"},
    "develop": {"watch": [{"action": "sync", "path": ".", "target": "/x"}]},
    "extends": {"service": "t", "file": "compose.yaml"},
    "volumes": [{"type": "bind", "source": "./e.sh", "target": "/e.sh"}, "./e.sh:/f.sh:ro"],
    "configs": [{"source": "c", "target": "/c", "mode": 493}],
    "secrets": ["c"],
    "profiles": ["x"],
    "working_dir": "/",
    "user": "1",
    "privileged": False,
    "tty": False,
    "stdin_open": False,
    "restart": "always",
    "ports": ["80:80"],
    "labels": {"a": "b"},
}
PROJECT = {
    "name": "p",
    "include": [{"path": "o.yaml", "project_directory": ".", "env_file": "e"}],
    "services": {"s": COMPOSE_SERVICE, "t": {"image": "redis", "scale": 2}},
    "configs": {"c": {"content": "#!/bin/sh\nx\n"}},
    "secrets": {"c": {"file": "e"}},
    "volumes": {"v": {}},
}
TASK = {
    "family": "f",
    "requiresCompatibilities": ["FARGATE"],
    "pidMode": "task",
    "proxyConfiguration": {"type": "APPMESH", "containerName": "a"},
    "containerDefinitions": [
        {
            "name": "a",
            "image": "nginx",
            "entryPoint": ["sh", "-c"],
            "command": ["nginx; x"],
            "essential": True,
            "stopTimeout": 60,
            "linuxParameters": {"initProcessEnabled": True},
            "environment": [{"name": "A", "value": "b"}],
            "dependsOn": [{"containerName": "b", "condition": "START"}],
            "startTimeout": 5,
            "healthCheck": {"command": ["CMD-SHELL", "x"], "interval": 5},
            "workingDirectory": "/",
            "portMappings": [{"containerPort": 80}],
        },
        {"name": "b", "image": "redis"},
    ],
}
STACK = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Resources": {
        "T": {
            "Type": "AWS::ECS::TaskDefinition",
            "Properties": {k[0].upper() + k[1:]: v for k, v in TASK.items()},
        }
    },
}
DOCKERFILE = (
    "FROM debian:12 AS b\nCOPY e.sh /e.sh\nSTOPSIGNAL SIGTERM\n"
    "HEALTHCHECK --interval=5s CMD x\nCMD a; b\n"
)
BESIDE = {
    "Dockerfile": DOCKERFILE,
    "e.sh": "#!/bin/sh\nx; y\n",
    "e": "A=b\n",
    "o.yaml": "services: {o: {image: x}}\n",
}
KUBERNETES: dict[str, Any] = {
    "deployment": DEPLOYMENT,
    "service": SERVICE,
    "map": MAP,
    "job": JOB,
    "budget": BUDGET,
}

VALUES: tuple[str, ...] = (
    *NUMBERS,
    *("true", "False", "yes", "no", "[]", "{}", "[[]]", "[{}]", "{a: {b: c}}", "[1, x]", "{1: 2}"),
    *('""', '" "', '"\\0"', '"\\e[31m"', '"\\u202e"', '"::error::x"', '"a\\n::error::x"', '"\\r"'),
    *('"$(A)"', '"${A:-b}"', '"${A"', '"$"', '"../../x"', '"/"', '"/dev/stdin"', '"~"', '"a/../b"'),
    *(
        "2001-01-01",
        "12:30:45",
        "!!binary eA==",
        "!!float x",
        "!!int x",
        "!!null x",
        "!x y",
        "!!set {a}",
    ),
    *(
        '"sh -c \'"',
        '"x \\"y"',
        "|\n" + " " * 90 + "x\n",
        '"{{ x }}"',
        '"' + "x" * 3000 + '"',
        "[" * 30 + "]" * 30,
    ),
    *("&z [*z]", "&y {<<: *y}", "*none", "{<<: [1, x]}", "? [a]", '"\\U0001F600"', '"\\ud83d"'),
)


def grid(random: Random) -> Tree:
    """One of the documents with a value at every other place of it, each time at one alone."""
    return random.choice((kubernetes, compose, ecs, fly, quadlet, settings))(random)


def exchanged(document: Any, value: Any, every: int = 1, start: int = 0) -> Iterator[Any]:
    """Copies of a document with the value at one place, for one of so many places."""
    for place in places(document)[start::every]:
        if place:
            copied = copy.deepcopy(document)
            holder = copied
            for step in place[:-1]:
                holder = holder[step]
            holder[place[-1]] = value
            yield copied


def value_of(random: Random) -> Raw:
    return Raw(random.choice((*VALUES, *SIGNALS)))


def kubernetes(random: Random) -> Tree:
    name = random.choice(sorted(KUBERNETES))
    beside = [each for key, each in KUBERNETES.items() if key != name]
    changed = exchanged(KUBERNETES[name], value_of(random), 12, random.randrange(12))
    return {"p.yaml": "".join(f"---\n{written(each)}\n" for each in (*changed, *beside))}


def compose(random: Random) -> Tree:
    value = value_of(random)
    if random.random() < 0.3:
        changed = list(exchanged(PROJECT, value, 4, random.randrange(4)))
        return {"compose.yaml": written(random.choice(changed)), **BESIDE}
    services = exchanged(COMPOSE_SERVICE, value, 6, random.randrange(6))
    named = {f"s{number}": each for number, each in enumerate(services)}
    project = PROJECT | {"services": named | {"t": {"image": "redis"}}}
    return {"compose.yaml": written(project), **BESIDE}


def ecs(random: Random) -> Tree:
    value = value_of(random)
    start = random.randrange(3)
    tree = {f"t{n}.yaml": written(each) for n, each in enumerate(exchanged(STACK, value, 9, start))}
    tasks = enumerate(exchanged(TASK, json_value(value), 9, start))
    return tree | {f"t{n}.json": json.dumps(each) for n, each in tasks} | BESIDE


def json_value(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return str(value)


FLY = """\
app = 'x'
kill_signal = 'SIGINT'
kill_timeout = '5s'
[build]
dockerfile = 'Dockerfile'
build-target = 'b'
image = 'nginx'
[experimental]
cmd = ['x']
entrypoint = ['/e.sh']
[env]
A = 'b'
[processes]
web = 'sh -c "x; y"'
[[services]]
internal_port = 80
processes = ['web']
[deploy]
strategy = 'rolling'
wait_timeout = '10m'
release_command = 'x'
[http_service]
internal_port = 80
"""
QUADLET = """\
[Unit]
After=x.service
[Container]
Image=nginx
Exec=sh -c "x; y"
Entrypoint=/e.sh
StopSignal=SIGTERM
StopTimeout=5
RunInit=true
PodmanArgs=--init --stop-timeout 5
Environment=A=b "C=d e"
EnvironmentFile=e
Volume=./e.sh:/e.sh:ro
Notify=true
Pod=p.pod
HealthCmd=x
[Service]
TimeoutStopSec=70
KillMode=mixed
KillSignal=SIGTERM
TimeoutStartSec=900
Restart=always
ExecStop=x
"""
SETTINGS = """\
select = ['GL1']
ignore = ['GL404']
extend = 'other.toml'
exclude = ['x']
fail-level = 'warning'
baseline = 'b.json'
traffic = 'alb'
platform = 'kubernetes'
min-drain-seconds = 5
kubernetes-version = '1.34'
render = 'auto'
[per-file-ignores]
'k8s/**' = ['GL5']
[severity]
GL101 = 'info'
[images.'x/*']
entrypoint = ['/tini', '--']
cmd = ['a']
stop-signal = 'TERM'
shell = 'dash'
dockerfile = 'Dockerfile'
[programs.app]
behaviour = 'graceful'
stops-in = 5
kill-after = '9s'
[programs.app.signals]
TERM = 'graceful'
[charts]
web = ['v.yaml']
"""
_VALUED = re.compile(r"^([^\n=\[]+=\s*)(.*)$", re.MULTILINE)


def line_exchanged(random: Random, text: str, value: str) -> str:
    place = random.choice(list(_VALUED.finditer(text)))
    return text[: place.start(2)] + value + text[place.end(2) :]


def fly(random: Random) -> Tree:
    return {"fly.toml": line_exchanged(random, FLY, _toml(random)), **BESIDE}


def quadlet(random: Random) -> Tree:
    text = QUADLET
    for _ in range(random.randint(1, 3)):
        value = str(value_of(random)).replace("\n", " ")
        text = line_exchanged(random, text, value)
    return {"web.container": text, "p.pod": "[Pod]\nPodmanArgs=--init\n", **BESIDE}


def _toml(random: Random) -> str:
    return random.choice((*TOML, json.dumps(str(value_of(random)))))


TOML = (
    *(
        "0",
        "-1",
        "1.5",
        "1e400",
        "inf",
        "-inf",
        "nan",
        "true",
        "''",
        "[]",
        "{}",
        "[[[]]]",
        "[1, 'x']",
    ),
    *(
        "{a = 1}",
        "2001-01-01",
        "07:32:00",
        "1979-05-27T07:32:00Z",
        "0x10",
        "0o17",
        "99999999999999999999",
    ),
    *(
        "['x', {}]",
        "{GL101 = 1}",
        "'('",
        "'[a-'",
        "'**/**/**/**/x'",
        "'../x'",
        "'/etc/passwd'",
        "'\\udc00'",
    ),
    *(
        "'GL999'",
        "['ALL']",
        "'9' ",
        '"a\\u0000b"',
        '"\\u001b[31m"',
        '"a\\n::error::x"',
        "'gracelint.toml'",
    ),
)


def settings(random: Random) -> Tree:
    text = line_exchanged(random, SETTINGS, _toml(random))
    other: Mapping[str, str] = random.choice(
        [{"other.toml": "traffic = 'alb'\n"}, {"other.toml": "extend = 'gracelint.toml'\n"}, {}]
    )
    both = f"{written(DEPLOYMENT)}\n---\n{written(SERVICE)}\n"
    return {"gracelint.toml": text, **other, "p.yaml": both, **BESIDE}
