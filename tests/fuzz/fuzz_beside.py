"""Every value at every place of what stands beside workloads: bake files, locks, baselines, builds,
Podman's pods, overlays and charts.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fuzz_grid import (
    BESIDE,
    DEPLOYMENT,
    VALUES,
    exchanged,
    json_value,
    line_exchanged,
    value_of,
)
from fuzz_yaml import written

if TYPE_CHECKING:
    from random import Random

    Tree = dict[str, str]

BAKE = {
    "group": {"default": {"targets": ["a", "b"]}},
    "variable": {"TAG": {"default": "1"}},
    "target": {
        "a": {
            "context": ".",
            "dockerfile": "Dockerfile",
            "target": "b",
            "args": {"A": "${TAG}"},
            "tags": ["x/a:${TAG}"],
            "contexts": {"x": "target:b"},
            "platforms": ["linux/amd64"],
        },
        "b": {
            "inherits": ["a"],
            "matrix": {"V": ["1", "2"]},
            "name": "b-${V}",
            "args": {"A": "${V}"},
            "tags": ["x/b:${V}"],
            "dockerfile-inline": "FROM x\nCMD a; b\n",
        },
    },
}
BAKE_HCL = """\
variable "TAG" { default = "1" }
group "default" { targets = ["a"] }
function "up" {
  params = [x]
  result = upper(x)
}
target "a" {
  context = "."
  dockerfile = "Dockerfile"
  target = "b"
  tags = ["x/a:${TAG}", up("b")]
  args = { A = TAG == "1" ? "x" : "y" }
}
target "b" {
  inherits = ["a"]
  matrix = { v = ["1", "2"] }
  name = "b-${v}"
}
"""
LOCK = {
    "version": 1,
    "images": {
        "docker.io/library/nginx:latest": {
            "digest": "sha256:" + "0" * 64,
            "entrypoint": ["/entry.sh"],
            "cmd": ["nginx", "-g", "daemon off;"],
            "env": {"A": "b"},
            "workdir": "/srv",
            "user": "1",
            "stop-signal": "SIGQUIT",
            "shell": "dash",
            "system": "debian-12",
            "has": "tini sleep",
            "lacks": "curl",
            "links": {"/bin": "/usr/bin"},
            "scripts": {
                "/entry.sh": {"executable": True, "text": ["#!/bin/sh\n", '"$@" &\n', "wait\n"]}
            },
        }
    },
}
BASELINE = {
    "version": 1,
    "findings": [{"code": "GL101", "path": "Dockerfile", "message": "x", "fingerprint": "y"}],
}
WORKFLOW = {
    "name": "w",
    "on": {"push": {"branches": ["main"]}},
    "env": {"IMAGE": "x/a"},
    "jobs": {
        "build": {
            "runs-on": "ubuntu-24.04",
            "strategy": {"matrix": {"app": ["a", "b"], "include": [{"app": "c", "file": "d"}]}},
            "steps": [
                {"run": "docker build -t x/a:1 -f Dockerfile --target b ."},
                {"id": "meta", "uses": "docker/metadata-action@v5", "with": {"images": "x/a"}},
                {
                    "uses": "docker/build-push-action@v6",
                    "env": {"A": "b"},
                    "with": {
                        "context": ".",
                        "file": "Dockerfile",
                        "target": "b",
                        "tags": "x/${{ matrix.app }}:1,${{ steps.meta.outputs.tags }}",
                        "build-args": "A=b",
                    },
                },
            ],
        }
    },
}
POD = """\
[Pod]
PodName=p
StopTimeout=5
PodmanArgs=--init --stop-timeout 5
Volume=./e.sh:/e.sh:ro
ServiceName=s
[Service]
TimeoutStopSec=70
"""
KUBE = """\
[Kube]
Yaml=p.yaml
ConfigMap=m.yaml
PodmanArgs=--x
KubeDownForce=true
ExitCodePropagation=all
[Service]
TimeoutStopSec=70
KillMode=mixed
"""
PACKAGE = {
    "name": "p",
    "type": "module",
    "main": "server.js",
    "bin": {"p": "server.js"},
    "workspaces": ["x/*"],
    "scripts": {"prestart": "x", "start": "node server.js", "poststart": "y", "dev": "npm start"},
    "config": {"port": 80},
    "dependencies": {"express": "^4"},
}


def beside(random: Random) -> Tree:
    """One of them with a value at other places, over something that it concerns."""
    kinds = (bake, bake_hcl, lock, baseline, workflow, podman, package)
    return random.choice(kinds)(random)


def _one(random: Random, document: Any) -> Any:
    """The document with a value at one place."""
    value = json_value(value_of(random))
    return random.choice(list(exchanged(document, value)))


def bake(random: Random) -> Tree:
    return {"docker-bake.json": json.dumps(_one(random, BAKE)), **BESIDE}


def bake_hcl(random: Random) -> Tree:
    value = random.choice(
        [*VALUES, '"${', '"${TAG"', "upper(", "x ? y", "[for a in b : a]", "<<E\n"]
    )
    return {"docker-bake.hcl": line_exchanged(random, BAKE_HCL, value), **BESIDE}


def lock(random: Random) -> Tree:
    project = {"services": {"s": {"image": "nginx"}}}
    text = json.dumps(_one(random, LOCK))
    return {"gracelint.lock": text, "compose.yaml": written(project), "Dockerfile": "FROM nginx\n"}


def baseline(random: Random) -> Tree:
    settings = "baseline = 'known.json'\n"
    return {"gracelint.toml": settings, "known.json": json.dumps(_one(random, BASELINE)), **BESIDE}


def workflow(random: Random) -> Tree:
    changed = random.choice(list(exchanged(WORKFLOW, value_of(random))))
    used = {"services": {"s": {"image": "x/a:1"}}}
    return {".github/workflows/w.yaml": written(changed), "compose.yaml": written(used), **BESIDE}


def podman(random: Random) -> Tree:
    name, text = random.choice([("p.pod", POD), ("k.kube", KUBE)])
    value = str(value_of(random)).replace("\n", " ")
    unit = "[Container]\nImage=nginx\nPod=p.pod\n"
    manifest = {"p.yaml": written(DEPLOYMENT), "m.yaml": "kind: ConfigMap\n"}
    return {name: line_exchanged(random, text, value), "c.container": unit, **manifest}


def package(random: Random) -> Tree:
    text = "FROM node:22\nCOPY . /app\nWORKDIR /app\nCMD npm start\n"
    tree = {"Dockerfile": text, "package.json": json.dumps(_one(random, PACKAGE))}
    return tree | {"server.js": "require('http').createServer().listen(80)\n"}
