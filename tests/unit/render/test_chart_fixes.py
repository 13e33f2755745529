"""Fixes of what a chart renders to, in its templates and values, as rendering again proves them."""

from __future__ import annotations

import pytest
from chart_texts import DEPLOYMENT, chart

from gracelint.files.tree import Files
from gracelint.model.finding import Applicability
from gracelint.model.options import Options
from gracelint.session.session import Session

pytestmark = pytest.mark.usefixtures("programs")

TEMPLATE, VALUES = "web/templates/deployment.yaml", "web/values.yaml"
ZERO = DEPLOYMENT.replace("Seconds: 60", "Seconds: 0")
SHELL = '          command: ["sh", "-c", "celery worker"]\n'
HOOK = """\
          lifecycle:
            preStop:
              exec: {command: [sleep, "45"]}
"""
UNSET = DEPLOYMENT.replace("      terminationGracePeriodSeconds: 60\n", "")


def fixed(files: dict[str, str]) -> dict[str, str]:
    """What changes when everything is fixed that may be, by path."""
    tree = Files("/nowhere", overlay=files)
    Session(tree, Options()).fix([""], Applicability.UNSAFE)
    return {path: tree.read(path).text for path in files if tree.read(path).text != files[path]}


def test_a_templates_own_text_is_changed() -> None:
    assert fixed(chart(deployment=ZERO)) == {TEMPLATE: ZERO.replace("Seconds: 0", "Seconds: 30")}


def test_what_stands_around_expressions_is_changed() -> None:
    text = DEPLOYMENT + SHELL.replace("worker", "worker --name={{ .Release.Name }}")
    assert fixed(chart(deployment=text)) == {TEMPLATE: text.replace("celery", "exec celery")}


def test_a_value_is_changed_where_that_alone_does_it() -> None:
    text = ZERO.replace("Seconds: 0", "Seconds: {{ .Values.grace }}")
    files = chart(deployment=text, values="# how long\ngrace: 0 # s\n")
    assert fixed(files) == {VALUES: "# how long\ngrace: 30 # s\n"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('command: [sh, -c, "celery worker"]\n', 'command: [sh, -c, "exec celery worker"]\n'),
        ("command:\n- sh\n- -c\n- celery worker\n", "command:\n- sh\n- -c\n- exec celery worker\n"),
        (
            "command:\n- sh\n- -c\n- |\n  set -e\n  celery worker\n",
            "command:\n- sh\n- -c\n- |\n  set -e\n  exec celery worker\n",
        ),
    ],
)
def test_a_part_of_a_value_is_changed(before: str, after: str) -> None:
    text = DEPLOYMENT + "          command: {{ toYaml .Values.command | nindent 12 }}\n"
    assert fixed(chart(deployment=text, values=before)) == {VALUES: after}


def test_a_value_that_other_objects_use_is_not_changed() -> None:
    service = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: 'x{{ .Values.grace }}'}\n"
    )
    text = ZERO.replace("Seconds: 0", "Seconds: {{ .Values.grace }}")
    assert fixed(chart(deployment=text, values="grace: 0\n", config=service)) == {}


def test_two_objects_with_one_defect_are_repaired_by_one_value() -> None:
    text = ZERO.replace("Seconds: 0", "Seconds: {{ .Values.grace }}")
    other = text.replace("}}-web", "}}-other").replace("app: web", "app: other")
    files = chart(deployment=text, other=other, values="grace: 0\n")
    assert fixed(files) == {VALUES: "grace: 30\n"}


def test_a_line_that_a_loop_repeats_is_repaired_once() -> None:
    text = '{{- range list "a" "b" }}\n---\n' + ZERO.replace("}}-web", "}}-{{ . }}").replace(
        ".Release", "$.Release"
    )
    files = chart(deployment=text + "{{- end }}\n")
    assert fixed(files) == {TEMPLATE: files[TEMPLATE].replace("Seconds: 0", "Seconds: 30")}


def test_a_key_is_added_with_the_indentation_of_the_template() -> None:
    inner = UNSET.partition("    spec:\n")[2]
    helper = '{{- define "web.pod" -}}\n' + "".join(
        line[6:] for line in (inner + HOOK).splitlines(keepends=True)
    )
    text = (
        UNSET.partition("    spec:\n")[0]
        + '    spec:\n      {{- include "web.pod" . | nindent 6 }}\n'
    )
    path = "web/templates/_pod.tpl"
    files = chart(deployment=text) | {path: helper + "{{- end }}\n"}
    made = fixed(files)
    assert made.keys() == {path}
    assert "\nterminationGracePeriodSeconds: 75\n" in made[path]


def test_a_key_is_added_outside_of_conditions_that_are_not_its_own() -> None:
    condition = (
        "      {{- if .Values.host }}\n      hostname: {{ .Values.host }}\n      {{- end }}\n"
    )
    text = UNSET.replace("      containers:", f"{condition}      containers:") + HOOK
    made = fixed(chart(deployment=text, values="host: a\n"))
    added = "      {{- end }}\n      terminationGracePeriodSeconds: 75\n      containers:"
    assert made == {TEMPLATE: text.replace("      {{- end }}\n      containers:", added)}


ASKED = UNSET.replace(
    "      containers:",
    "      {{- with .Values.pod.grace }}\n      terminationGracePeriodSeconds: {{ . }}\n"
    "      {{- end }}\n      containers:",
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("pod:\n  grace:\n  a: 1\n", "pod:\n  grace: 75\n  a: 1\n"),
        ("pod:\n  grace: 0 # none\n", "pod:\n  grace: 75 # none\n"),
        ('pod:\n  grace: ""\n', 'pod:\n  grace: "75"\n'),
        ("pod: {grace: {}}\n", "pod: {grace: 75}\n"),
        ("pod:\n  a: 1\n", "pod:\n  a: 1\n  grace: 75\n"),
    ],
)
def test_a_key_that_the_template_writes_when_asked_is_asked_for(before: str, after: str) -> None:
    files = chart(deployment=ASKED + HOOK, values=before)
    files["web/ci/long-values.yaml"] = "pod: {grace: 90}\n"
    assert fixed(files) == {VALUES: after}


def test_nothing_is_added_that_is_written_when_asked_for() -> None:
    text = ASKED.replace("pod.grace", "grace | default $.Values.none") + HOOK
    assert fixed(chart(deployment=text)) == {}


def test_line_endings_stay() -> None:
    text = ZERO.replace("\n", "\r\n")
    assert fixed(chart(deployment=text)) == {TEMPLATE: text.replace("Seconds: 0", "Seconds: 30")}


def test_a_fix_of_a_value_for_tests_alone_is_not_offered() -> None:
    text = ZERO.replace("Seconds: 0", "Seconds: {{ .Values.grace }}")
    files = chart(deployment=text, values="grace: 60\n") | {"web/ci/a-values.yaml": "grace: 0\n"}
    assert fixed(files) == {}


SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80}]
"""
MOUNTS = """\
          ports: [{containerPort: 80}]
          volumeMounts:
            - {name: data, mountPath: /data}
"""
MORE = "            - {name: certs, mountPath: /certs}\n"


@pytest.mark.parametrize(
    ("follows", "behind"),
    [
        (f"            {{{{- if .Values.certs }}}}\n{MORE}            {{{{- end }}}}\n", True),
        ('{{ include "web.mounts" . | indent 12 }}\n', True),
        (
            (
                "            {{- with .Values.mounts }}\n            {{- toYaml . | nindent 12 }}\n"
                "            {{- end }}\n"
            ),
            True,
        ),
        (
            (
                "        {{- with .Values.beside }}\n        {{- toYaml . | nindent 8 }}\n"
                "        {{- end }}\n"
            ),
            False,
        ),
        ("      {{- if .Values.volumes }}\n      volumes: []\n      {{- end }}\n", False),
    ],
)
def test_a_key_is_not_added_in_front_of_what_other_values_add_to_a_list(
    follows: str, behind: bool
) -> None:
    text = DEPLOYMENT + MOUNTS + follows
    helper = '{{- define "web.mounts" }}{{ end }}\n'
    files = {"web/templates/_helpers.tpl": helper, **chart(deployment=text, service=SERVICE)}
    written = fixed(files)[TEMPLATE]
    head, _, tail = written.partition("          lifecycle:\n")
    assert tail
    assert (follows in head) is behind
    assert (follows in tail) is not behind


def test_a_key_is_not_added_where_it_is_not_told_what_an_expression_goes_on_with() -> None:
    text = DEPLOYMENT + MOUNTS + '          {{- include "web.mounts" . }}\n'
    helper = '{{- define "web.mounts" }}{{ end }}\n'
    files = chart(deployment=text, service=SERVICE) | {"web/templates/_helpers.tpl": helper}
    assert fixed(files) == {}
