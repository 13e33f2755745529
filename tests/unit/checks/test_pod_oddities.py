"""Manifests in which something is not of the kind that it should be."""

from __future__ import annotations

import pytest

from gracelint import atlas, checks
from gracelint.base.source import Source
from gracelint.declare.kubernetes.objects import config_maps, services
from gracelint.declare.kubernetes.pods import pods
from gracelint.declare.kubernetes.selecting import Selecting
from gracelint.declare.kubernetes.workload import group
from gracelint.model.options import Options
from gracelint.syntax.yaml import parse as yaml

WHOLE = """apiVersion: apps/v1
kind: Deployment
metadata: {name: x, namespace: n, annotations: {a: b}}
spec:
  replicas: 3
  strategy: {type: Recreate}
  progressDeadlineSeconds: 10
  selector: {matchLabels: {app: x}}
  template:
    metadata: {labels: {app: x}, annotations: {a: b}}
    spec:
      os: {name: linux}
      terminationGracePeriodSeconds: 600
      shareProcessNamespace: true
      restartPolicy: Always
      securityContext: {runAsUser: 5}
      initContainers:
      - name: i
        image: a
        restartPolicy: Always
        lifecycle: {preStop: {httpGet: {port: 1, path: /quitquitquit}}}
      - {name: j, image: a, readinessProbe: {exec: {command: [a]}}}
      containers:
      - name: c
        image: httpd:2.4
        command: [sh, -c]
        args: [run $(A)]
        workingDir: /w
        securityContext: {runAsUser: 5}
        env: [{name: A, value: b}, {name: B, valueFrom: {configMapKeyRef: {name: m, key: k}}}]
        envFrom: [{prefix: P, configMapRef: {name: m}}]
        ports: [{name: http, containerPort: 80}]
        livenessProbe: {exec: {command: [kill, "1"]}}
        readinessProbe: {terminationGracePeriodSeconds: 5}
        lifecycle:
          stopSignal: SIGTERM
          preStop: {exec: {command: [sh, -c, kill -WINCH 1]}}
          postStart: {sleep: {seconds: 1000}}
        volumeMounts: [{name: v, mountPath: /s, subPath: k}, {name: w, mountPath: /t}]
      - {name: p, image: envoyproxy/envoy, args: [a]}
      volumes:
      - {name: v, configMap: {name: m, defaultMode: 5, items: [{key: k, path: k, mode: 5}]}}
      - {name: w, projected: {sources: [{configMap: {name: m}}]}}
---
apiVersion: v1
kind: Service
metadata: {name: s, namespace: n}
spec: {selector: {app: x}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: m, namespace: n}
data: {k: v}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: y}
spec: {schedule: x, jobTemplate: {spec: {template: {spec: {containers: [{name: a, image: b}]}}}}}
---
apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata: {name: z}
spec: {replicatedJobs: [{template: {spec: {template: {spec: {containers: [{image: b}]}}}}}]}
---
{apiVersion: v1, kind: PodList, items: [{metadata: {name: l}, spec: {containers: [{image: b}]}}]}
"""
ODD = ("null", "[]", "{}", "[null]", "{a: [b]}", "5", "''", "*none", "&a x", "!!int x")


def everything(text: str) -> int:
    """What all rules find; it is enough that they end."""
    file = yaml.parse(Source("x.yaml", text))
    maps = {(m.namespace, m.name): m for m in config_maps(file)}
    options = Options(kubernetes_version=(1, 37), platform="gke-spot", traffic="alb")
    found = 0
    for pod in pods(file):
        made = group(pod, atlas.base, maps, Selecting(services(file)), options)
        found += sum(1 for check in checks.load("group") for _ in check(made))
    return found


def test_the_whole_manifest_is_full_of_findings():
    assert everything(WHOLE) > 8


def spans() -> list[tuple[int, int]]:
    file = yaml.parse(Source("x.yaml", WHOLE))
    return sorted({(n.span.start, n.span.end) for root in file.roots() for n in root.walk()})


@pytest.mark.parametrize("odd", ODD)
def test_nothing_fails_on_values_of_another_kind(odd):
    whole = everything(WHOLE)
    for start, end in spans():
        assert everything(WHOLE[:start] + odd + WHOLE[end:]) <= whole + 4
