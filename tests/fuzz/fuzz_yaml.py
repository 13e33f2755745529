"""Compose projects and manifests by a grammar, with parts exchanged for what nobody expects."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fuzz_shell import Shell, dockerfile
from fuzz_words import IMAGES, NUMBERS, PROGRAMS, SIGNALS

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    Tree = dict[str, str]


class Raw(str):
    """Text that stands in YAML as it is."""

    __slots__ = ()


def written(value: Any) -> str:
    """A value as YAML in flow style."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        inner = ", ".join(f"{written(k)}: {written(v)}" for k, v in value.items())
        return f"{{{inner}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    return json.dumps(value, ensure_ascii=False)


def block(value: Any, indent: str = "") -> str:
    """A value as YAML in block style, as people write it."""
    if isinstance(value, dict) and value:
        lines = (f"{indent}{written(k)}:{_below(v, indent)}" for k, v in value.items())
        return "\n".join(lines)
    if isinstance(value, list) and value:
        return "\n".join(f"{indent}-{_below(v, indent)}" for v in value)
    return indent + written(value)


def _below(value: Any, indent: str) -> str:
    nested = isinstance(value, (dict, list)) and bool(value)
    return f"\n{block(value, indent + '  ')}" if nested else f" {written(value)}"


def _nasty(random: Random) -> Any:
    shell = Shell(random)
    choices: list[Callable[[], Any]] = [
        lambda: Raw(random.choice(NUMBERS)),
        lambda: Raw(random.choice(NUMBERS)),
        lambda: random.choice(SIGNALS),
        lambda: Raw(json.dumps(shell.word(), ensure_ascii=False)),
        lambda: shell.body(2),
        lambda: [shell.word(), Raw(random.choice(NUMBERS))],
        lambda: [[]],
        dict,
        list,
        lambda: {"a": {"b": []}},
        lambda: [{}],
        lambda: {Raw(random.choice(NUMBERS)): Raw("&a [*a]" if random.random() < 0.2 else "x")},
        lambda: Raw("!!binary x"),
        lambda: Raw("!x {y: 1}"),
        lambda: Raw("*a"),
        lambda: Raw("&a x"),
        lambda: Raw("{{ .Values.x }}"),
        lambda: Raw("2001-01-01"),
        lambda: "${X:-y}",
        lambda: "$(A) $$(B)",
        lambda: None,
        lambda: True,
        lambda: "x" * 300,
        lambda: "[" * 40,
    ]
    return random.choice(choices)()


def spoiled(random: Random, value: Any) -> Any:
    """The value with one part exchanged, doubled or taken away."""
    found = list(places(value))
    place = random.choice(found)
    if not place:
        return _nasty(random)
    *above, last = place
    holder = value
    for step in above:
        holder = holder[step]
    kind = random.random()
    if kind < 0.7:
        holder[last] = _nasty(random)
    elif kind < 0.8:
        del holder[last]
    elif isinstance(holder, list):
        holder += [holder[last]] * random.randint(1, 4)
    else:
        holder[random.choice(["command", "x-y", "image", "lifecycle", "<<", ""])] = holder[last]
    return value


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [at]
    if isinstance(value, dict):
        for key, inner in value.items():
            found += places(inner, (*at, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            found += places(inner, (*at, index))
    return found


def _command(random: Random) -> Any:
    shell = Shell(random)
    words = [shell.filled(word) for word in random.choice(PROGRAMS)]
    return random.choice(
        [words, " ".join(words), ["sh", "-c", shell.body(2)], ["/e.sh"], shell.simple()]
    )


def compose(random: Random) -> Tree:
    """A Compose project over a Dockerfile."""
    names = ["a", "b", "web"][: random.randint(1, 3)]
    services = {name: _service(random, names) for name in names}
    value: Any = {"services": services, "x-a": {"y": 1}, "volumes": {"v": {}}}
    if random.random() < 0.2:
        value["include"] = [
            "other.yaml",
            {"path": ["more.yaml", "${X:-other}.yaml"], "env_file": ".env"},
        ]
    if random.random() < 0.5:
        for top in ("configs", "secrets"):
            value[top] = {name: _content(random) for name in ("x", "y")}
    for _ in range(random.randint(0, 3)):
        value = spoiled(random, value)
    if random.random() < 0.4 and isinstance(value, dict):
        value = interpolated(random, value)
    text = random.choice([written, block])(value)
    other = {"services": {"b": _service(random, names)}}
    tree = dockerfile(random) | {
        "compose.yaml": text,
        "other.yaml": block(other),
        ".env": random.choice(["X=1\nA\n", _dotenv(random)]),
    }
    if random.random() < 0.2:
        over = {"services": {"a": spoiled(random, _service(random, names))}}
        tags = random.choice(["!reset ", "!override ", "", ""])
        tree["compose.override.yaml"] = block(over).replace(": [", f": {tags}[", 1)
    return tree


def interpolated(random: Random, value: Any) -> Any:
    """The value with some of its texts from variables, as Compose puts them in."""
    if isinstance(value, dict):
        return {
            key: inner if key == "image" else interpolated(random, inner)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [interpolated(random, inner) for inner in value]
    if not isinstance(value, str) or isinstance(value, Raw) or random.random() < 0.7:
        return value
    names = [random.choice(["X", "A", "_Z9", "PWD", "COMPOSE_PROJECT_NAME"]) for _ in range(3)]
    forms = [
        f"${names[0]}",
        f"${{{names[0]}}}",
        f"${{{names[0]}:-{value}}}",
        f"${{{names[0]}-${{{names[1]}:-{value}}}}}",
        f"${{{names[0]}:+{value}}}",
        f"${{{names[0]}+${names[1]}}}{value}",
        f"${{{names[0]}:?{value}}}",
        f"$${names[0]} {value} $$$${{{names[1]}}}",
        f"{value[: len(value) // 2]}${{{names[0]}}}{value[len(value) // 2 :]}",
        "${" * 30 + value,
        f"${{{names[0]}:-" * 30 + value + "}" * 30,
        "${}" + value,
        f"${{{names[0]}:-{value}",
        "$",
    ]
    return random.choice(forms)


def _content(random: Random) -> dict[str, Any]:
    """A config or a secret at the top of a project."""
    shell = Shell(random)
    kinds: list[Callable[[], dict[str, Any]]] = [
        lambda: {"content": shell.script()},
        lambda: {"content": f"exec ${{X:-{shell.simple()}}} $$1\n"},
        lambda: {"content": Raw(random.choice(NUMBERS))},
        lambda: {"file": random.choice(["e.sh", "./e.sh", "../../e.sh", "/dev/null", "${X}"])},
        lambda: {"environment": random.choice(["X", "A", ""])},
        lambda: {"external": True, "name": "${X}"},
    ]
    return random.choice(kinds)()


def _taken(random: Random) -> list[Any]:
    """What a service takes of them."""
    target = random.choice(["/e.sh", "e.sh", "/etc/supervisord.conf", "../e.sh", ""])
    long = {"source": "x", "target": target, "mode": Raw(random.choice(NUMBERS)), "uid": "1"}
    return random.choice([["x"], [long], [long, "y", {"source": "y"}], [{"target": target}]])


def _watched(random: Random) -> dict[str, Any]:
    actions = ["sync", "rebuild", "restart", "sync+restart", "sync+exec", "x"]
    return {
        "watch": [
            {
                "action": random.choice(actions),
                "path": random.choice([".", "e.sh", "../x", "${X}"]),
                "target": random.choice(["/e.sh", "/", ""]),
                "exec": {"command": _command(random)},
                "ignore": ["*"],
                "include": "**/[",
                "initial_sync": True,
            }
            for _ in range(random.randint(0, 3))
        ]
    }


def _dotenv(random: Random) -> str:
    """A file of variables, with what such files may hold besides."""
    shell = Shell(random)
    lines = [
        f"X={shell.word()}",
        f"export A='{shell.simple()}",
        'A="a\n b ${X:-$A}"',
        "# x",
        "_Z9 : y",
        "X=${A}${A}${A}",
        f"A={random.choice(NUMBERS)} # y",
        "=",
        "\ufeffX=1",
    ]
    return "\n".join(random.choices(lines, k=random.randint(1, 6))) + "\n"


def _service(random: Random, names: list[str]) -> dict[str, Any]:
    pool: dict[str, Callable[[], Any]] = {
        "image": lambda: random.choice(IMAGES),
        "build": lambda: random.choice([".", {"context": ".", "target": "a", "args": {"X": 1}}]),
        "command": lambda: _command(random),
        "entrypoint": lambda: _command(random),
        "init": lambda: random.choice([True, False, "true"]),
        "stop_signal": lambda: random.choice(SIGNALS),
        "stop_grace_period": lambda: Raw(random.choice(NUMBERS)),
        "environment": lambda: random.choice([{"A": "b"}, ["A=b", "C"]]),
        "env_file": lambda: random.choice([".env", [".env"], [{"path": "x", "required": False}]]),
        "depends_on": lambda: random.choice(
            [[*names], {names[0]: {"condition": "service_completed_successfully"}}]
        ),
        "restart": lambda: random.choice(["no", "always", "on-failure:3"]),
        "pid": lambda: random.choice(["host", "service:a", "container:x"]),
        "extends": lambda: {"service": names[0], "file": "other.yaml"},
        "volumes": lambda: [
            "./e.sh:/e.sh:ro",
            "v:/data",
            {"type": "bind", "source": ".", "target": "/x"},
        ],
        "deploy": lambda: {"update_config": {"order": "start-first"}, "replicas": 2},
        "profiles": lambda: ["dev"],
        "ports": lambda: ["80:80", {"target": 80}],
        "healthcheck": lambda: {"test": ["CMD", "x"], "interval": Raw(random.choice(NUMBERS))},
        "labels": lambda: {"gracelint.dev/ignore": "GL101"},
        "configs": lambda: _taken(random),
        "secrets": lambda: _taken(random),
        "pre_stop": lambda: [{"command": _command(random), "user": "root"}],
        "post_start": lambda: [{"command": _command(random), "privileged": True}],
        "working_dir": lambda: "/app",
        "develop": lambda: _watched(random),
        "provider": lambda: {"type": "x", "options": {"a": "b"}},
        "network_mode": lambda: random.choice(["host", "service:a", "none"]),
        "tmpfs": lambda: ["/x"],
        "scale": lambda: Raw(random.choice(NUMBERS)),
        "tty": lambda: True,
        "label_file": lambda: random.choice([".env", ["x"]]),
        "<<": lambda: random.choice([{"init": True}, [{"init": True}, {"image": "x"}]]),
    }
    keys = random.sample(sorted(pool), random.randint(1, 7))
    return {key: pool[key]() for key in keys}


def kubernetes(random: Random) -> Tree:
    """A stream of manifests over a Dockerfile."""
    documents = [manifest(random) for _ in range(random.randint(1, 4))]
    for index in range(len(documents)):
        for _ in range(random.choice([0, 0, 1, 2])):
            documents[index] = spoiled(random, documents[index])
    texts = [random.choice([written, block])(document) for document in documents]
    return dockerfile(random) | {"k8s/all.yaml": "\n---\n".join(texts) + "\n"}


def manifest(random: Random) -> Any:
    """An object of any kind."""
    kind = random.choice(
        [
            "Pod",
            "Deployment",
            "StatefulSet",
            "DaemonSet",
            "Job",
            "CronJob",
            "Service",
            "ConfigMap",
            "List",
        ]
    )
    meta = {
        "name": "a",
        "namespace": random.choice(["x", ""]),
        "labels": {"app": "a"},
        "annotations": {"gracelint.dev/ignore": "GL501", "sidecar.istio.io/inject": "true"},
    }
    if kind == "Service":
        port = {"port": 80, "targetPort": random.choice([80, "http"])}
        return {
            "apiVersion": "v1",
            "kind": kind,
            "metadata": meta,
            "spec": {"selector": {"app": "a"}, "ports": [port]},
        }
    if kind == "ConfigMap":
        return {
            "apiVersion": "v1",
            "kind": kind,
            "metadata": meta,
            "data": {"e.sh": Shell(random).script(), "A": "b"},
        }
    if kind == "List":
        return {
            "apiVersion": "v1",
            "kind": kind,
            "items": [manifest(random) for _ in range(random.randint(0, 2))],
        }
    template: Any = {"metadata": meta, "spec": _pod(random)}
    if kind == "Pod":
        return {"apiVersion": "v1", "kind": kind, **template}
    spec: Any = {
        "template": template,
        "selector": {"matchLabels": {"app": "a"}},
        "progressDeadlineSeconds": Raw(random.choice(NUMBERS)),
        "minReadySeconds": Raw(random.choice(NUMBERS)),
    }
    if kind == "CronJob":
        spec = {"jobTemplate": {"spec": spec}, "schedule": "* * * * *"}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": meta, "spec": spec}


def _pod(random: Random) -> dict[str, Any]:
    number = lambda: Raw(random.choice(NUMBERS))  # noqa: E731
    pod: dict[str, Any] = {"containers": [_container(random) for _ in range(random.randint(1, 3))]}
    more: dict[str, Callable[[], Any]] = {
        "terminationGracePeriodSeconds": number,
        "initContainers": lambda: [_container(random) | {"restartPolicy": "Always"}],
        "shareProcessNamespace": lambda: True,
        "hostPID": lambda: random.choice([True, False]),
        "restartPolicy": lambda: random.choice(["Never", "Always", "OnFailure"]),
        "volumes": lambda: [{"name": "v", "configMap": {"name": "a", "defaultMode": number()}}],
        "nodeSelector": lambda: {"cloud.google.com/gke-spot": "true"},
        "activeDeadlineSeconds": number,
        "ephemeralContainers": lambda: [_container(random)],
    }
    return pod | {key: more[key]() for key in random.sample(sorted(more), random.randint(0, 5))}


def _container(random: Random) -> dict[str, Any]:
    number = lambda: Raw(random.choice(NUMBERS))  # noqa: E731

    def hook() -> Any:
        kinds = [
            {"exec": {"command": _command(random)}},
            {"sleep": {"seconds": number()}},
            {"httpGet": {"path": "/x", "port": 80}},
            {"tcpSocket": {}},
            {"exec": {"command": ["sh", "-c", f"sleep {random.choice(NUMBERS)}"]}},
            {"exec": {"command": ["sleep", str(number())]}},
        ]
        return random.choice(kinds)

    more: dict[str, Callable[[], Any]] = {
        "command": lambda: _command(random),
        "args": lambda: _command(random),
        "lifecycle": lambda: {
            "preStop": hook(),
            "postStart": hook(),
            "stopSignal": random.choice(SIGNALS),
        },
        "ports": lambda: [{"containerPort": 80, "name": "http"}],
        "env": lambda: [
            {"name": "A", "value": Shell(random).word()},
            {"name": "B", "valueFrom": {}},
        ],
        "envFrom": lambda: [{"configMapRef": {"name": "a"}, "prefix": "P_"}],
        "volumeMounts": lambda: [{"name": "v", "mountPath": "/e.sh", "subPath": "e.sh"}],
        "livenessProbe": lambda: {
            "exec": {"command": ["x"]},
            "terminationGracePeriodSeconds": number(),
            "periodSeconds": number(),
        },
        "readinessProbe": lambda: {
            "httpGet": {"port": 80},
            "periodSeconds": number(),
            "failureThreshold": number(),
        },
        "workingDir": lambda: "/x",
        "restartPolicy": lambda: "Always",
        "tty": lambda: True,
        "terminationGracePeriodSeconds": number,
    }
    keys = random.sample(sorted(more), random.randint(0, 6))
    return {"name": random.choice("abc"), "image": random.choice(IMAGES)} | {
        key: more[key]() for key in keys
    }
