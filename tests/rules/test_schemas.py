"""Fixed manifests stay valid: by Kubernetes' OpenAPI schemas and the Compose specification.

The schemas come with development dependencies, so that nothing is fetched: `kubernetes-validate`
brings those of each Kubernetes version, `check-jsonschema` that of Compose.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jsonschema
import kubernetes_validate
import pytest
from ruamel.yaml import YAML

from gracelint.pages import reader as pages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Folder

NEWEST = "1.37"
SUFFIXES = (".yaml", ".yml", ".json")


@cache
def compose_schema() -> jsonschema.protocols.Validator:
    path = files("check_jsonschema").joinpath("builtin_schemas/vendor/compose-spec.json")
    schema = json.loads(path.read_text(encoding="utf-8"))
    return jsonschema.validators.validator_for(schema)(schema)


def validate(text: str) -> int:
    """Check each document; how many there were. Raises jsonschema.ValidationError."""
    documents = [d for d in YAML(typ="safe", pure=True).load_all(text) if d is not None]
    for document in documents:
        for one in document["items"] if document.get("kind") == "List" else [document]:
            if "apiVersion" in one:
                kubernetes_validate.validate(one, NEWEST, strict=True)
            else:
                compose_schema().validate(one)
    return len(documents)


def fixed_pages() -> Iterator[Any]:
    for page in pages.load_all():
        for example in page.examples:
            for name, text in example.fixed.items():
                if name.endswith(SUFFIXES):
                    yield pytest.param(text, id=f"{page.code}-{example.number}-{name}")


@pytest.mark.parametrize("text", list(fixed_pages()))
def test_what_pages_show_as_fixed_is_valid(text: str) -> None:
    assert validate(text)


DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, labels: {app: api}}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
"""
CONTAINER = """\
      containers:
      - name: api
        image: nginx:1.27
"""
SERVICE = """\
---
apiVersion: v1
kind: Service
metadata: {name: api}
spec: {selector: {app: api}, ports: [{port: 80}]}
"""
HOOK = "{exec: {command: [sh, -c, sleep 20]}}"
STATEFUL = """\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:"""
JOB = """\
apiVersion: batch/v1
kind: Job
metadata: {name: once}
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: once
          image: example.org/once
          command: [/once]
        - name: proxy
          image: gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.14.0
"""

WAITS = "lifecycle: {preStop: {sleep: {seconds: 10}}}"

MANIFESTS = {
    "grace-block": (
        STATEFUL
        + "\n      containers:\n      - name: db\n        image: postgres:16\n"
        + "        lifecycle: {preStop: {sleep: {seconds: 10}}}\n"
    ),
    "grace-flow": STATEFUL + " {containers: [{name: db, image: 'postgres:16', " + WAITS + "}]}\n",
    "grace-flow-lines": STATEFUL
    + " {\n        containers: [\n          {name: db, image: 'postgres:16', "
    + WAITS
    + "},\n"
    + "        ],\n      }\n",
    "grace-json": json.dumps(
        YAML(typ="safe").load(STATEFUL + " {containers: [{name: db, image: db, " + WAITS + "}]}")
    ),
    "grace-json-lines": json.dumps(
        YAML(typ="safe").load(STATEFUL + " {containers: [{name: db, image: db, " + WAITS + "}]}"),
        indent=2,
    ),
    "grace-zero": DEPLOYMENT + "      terminationGracePeriodSeconds: 0 # at once\n" + CONTAINER,
    "hook-too-long": DEPLOYMENT
    + CONTAINER
    + f"        lifecycle:\n          preStop: {HOOK.replace('20', '40')}\n",
    "hook-too-long-flow": DEPLOYMENT
    + "      containers: [{name: api, image: 'nginx:1.27', lifecycle: {preStop: "
    + f"{HOOK.replace('20', '40')}}}}}]\n",
    "race-block": DEPLOYMENT + CONTAINER + SERVICE,
    "race-indented": DEPLOYMENT
    + "        containers:\n          - image: nginx:1.27\n            name: api\n".replace(
        "        containers", "      containers"
    )
    + SERVICE,
    "race-flow": DEPLOYMENT + "      containers: [{name: api, image: 'nginx:1.27'}]\n" + SERVICE,
    "race-lifecycle-there": DEPLOYMENT
    + CONTAINER
    + f"        lifecycle: {{postStart: {HOOK}}} # first\n"
    + SERVICE,
    "race-list": "apiVersion: v1\nkind: List\nitems:\n"
    + "".join(
        "  - " + text.replace("\n", "\n    ").rstrip(" ")
        for text in (DEPLOYMENT + CONTAINER, SERVICE.removeprefix("---\n"))
    ),
    "probe-grace": DEPLOYMENT
    + CONTAINER
    + "        readinessProbe:\n          tcpSocket: {port: 80}\n"
    + "          terminationGracePeriodSeconds: 5\n",
    "probe-grace-flow": DEPLOYMENT
    + CONTAINER
    + "        readinessProbe: {terminationGracePeriodSeconds: 5, tcpSocket: {port: 80}}\n",
    "probe-hangs-long": DEPLOYMENT
    + "      terminationGracePeriodSeconds: 600\n"
    + CONTAINER
    + "        livenessProbe: {tcpSocket: {port: 80}}\n",
    "init-lifecycle": DEPLOYMENT
    + "      initContainers:\n      - name: first\n        image: busybox:1.36\n"
    + f"        command: ['true']\n        lifecycle: {{preStop: {HOOK}}}\n"
    + CONTAINER,
    "init-lifecycle-flow": DEPLOYMENT
    + "      initContainers: [{name: first, image: 'busybox:1.36', "
    + f"lifecycle: {{preStop: {HOOK}}}}}]\n"
    + CONTAINER,
    "sidecar-block": DEPLOYMENT
    + CONTAINER
    + "      - name: proxy\n        image: gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.14.0\n",
    "sidecar-with-inits": DEPLOYMENT
    + "      initContainers:\n      - {name: first, image: 'busybox:1.36', command: ['true']}\n"
    + CONTAINER
    + "      - name: proxy # to the database\n"
    + "        image: gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.14.0\n"
    + "        args: [--port, '5432']\n",
    "sidecar-job": JOB,
    "shell-block": DEPLOYMENT
    + CONTAINER
    + "        command:\n        - sh\n        - -c\n"
    + "        - echo ready; nginx -g 'daemon off;'\n",
    "shell-literal": DEPLOYMENT
    + CONTAINER
    + "        command: [sh, -c]\n        args:\n        - |\n          echo ready\n"
    + "          nginx -g 'daemon off;'\n",
}

COMPOSE = {
    "init-block": "services:\n  web:\n    image: debian:12\n    command: [sleep, infinity]\n",
    "init-flow": "services: {web: {image: 'debian:12', command: [sleep, infinity]}}\n",
    "init-json": '{"services": {"web": {"image": "debian:12", "command": ["sleep", "1d"]}}}\n',
    "init-comment": "services:\n  web:\n    image: debian:12 # bookworm\n"
    "    command: sleep infinity # waits\n\n# the end\n",
    "grace-block": "services:\n  db:\n    image: postgres:16\n    ports:\n      - 5432:5432\n",
    "grace-flow": "services:\n  db: {image: 'postgres:16'}\n",
    "grace-zero": "services:\n  db:\n    image: postgres:16\n    stop_grace_period: 0s # now\n",
    "signal-kill": "services:\n  db:\n    image: postgres:16\n    stop_signal: SIGKILL\n"
    "    stop_grace_period: 1m\n",
    "signal-nginx": "services:\n  web: {image: 'nginx:1.27', stop_signal: 'SIGTERM'}\n",
    "signal-unhandled": 'services:\n  c:\n    image: redis:7\n    stop_signal: "QUIT"\n',
    "init-ignored": "services:\n  a:\n    image: node:20\n    init: true\n    pid: host\n"
    "    command: node a.js\n",
    "shell-list": "services:\n  w:\n    image: debian:12\n"
    "    command: [sh, -c, 'echo hi; /srv/server --port 80']\n",
    "shell-string": "services:\n  w:\n    image: debian:12\n"
    '    command: sh -c "echo hi; /srv/server --port 80"\n',
}
OWN = {
    **{f"kubernetes-{name}": ("app.yaml", text) for name, text in MANIFESTS.items()},
    **{f"compose-{name}": ("compose.yaml", text) for name, text in COMPOSE.items()},
}


def crlf(text: str) -> str:
    return text.replace("\n", "\r\n")


WRITTEN = {"lf": str, "crlf": crlf}


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("name", OWN)
def test_fixes_leave_manifests_valid(name: str, written: str, folder: Folder) -> None:
    path, text = OWN[name]
    text = WRITTEN[written](text)
    assert validate(text)
    settings = b'traffic = "in-cluster"\nkubernetes-version = "1.37"\n'
    folder.write({path: text.encode(), "gracelint.toml": settings}, {})
    before = folder.check()
    folder.fix(unsafe=True)
    result = folder.read({path: text})[path].decode()
    fixable = {"safe", "unsafe"}
    assert any(f["fix"] and f["fix"]["applicability"] in fixable for f in before), before
    assert result != text
    assert validate(result), result
    assert ("\r\n" in result) == ("\r\n" in text)
    assert written == "lf" or "\n" not in result.replace("\r\n", "")


@pytest.mark.parametrize(
    "text",
    [
        DEPLOYMENT + CONTAINER + "        terminationGracePeriodSeconds: 5\n",
        DEPLOYMENT + "      terminationGracePeriodSeconds: soon\n" + CONTAINER,
        "services: {web: {image: a, initialize: true}}",
        "services: {web: {image: a, stop_grace_period: [1]}}",
    ],
)
def test_the_schemas_reject_what_is_wrong(text: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        validate(text)
