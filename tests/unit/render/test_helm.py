"""Charts are judged as helm renders them, and reported where they are written."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import pytest
from chart_texts import CHART, DEPLOYMENT, chart, run, said

from gracelint.base.source import Source
from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("programs")

ZERO = DEPLOYMENT.replace("Seconds: 60", "Seconds: 0")


def grace(value: str) -> str:
    return DEPLOYMENT.replace("Seconds: 60", f"Seconds: {value}")


def test_a_finding_is_at_the_template_line_that_wrote_it() -> None:
    result = run(chart(deployment=ZERO))
    assert said(result.findings) == [
        "GL502 web/templates/deployment.yaml:12 terminationGracePeriodSeconds: 0"
    ]
    assert result.unread == ()
    assert "web/templates/deployment.yaml" in result.checked


SUM = '{{ include (print .Template.BasePath "/config.yaml") . | sha256sum }}'
SUMS = "".join(f"        checksum/{number}: {SUM}\n" for number in range(3))
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: config}\ndata:\n  key: value\n"


def test_checksums_over_marked_templates_are_no_difference() -> None:
    text = ZERO.replace("    spec:\n", f"      annotations:\n{SUMS}    spec:\n", 1)
    line = text[: text.index("termination")].count("\n") + 1
    assert said(run(chart(deployment=text, config=CONFIG)).findings) == [
        f"GL502 web/templates/deployment.yaml:{line} terminationGracePeriodSeconds: 0"
    ]


NOTES = """\
{{- define "web.notes" -}}
one: a
two: b
{{- end -}}
"""


def test_definitions_that_bear_no_marks_leave_the_others_their_places() -> None:
    notes = '  annotations: { {{ include "web.notes" . | replace "\\n" ", " }} }\n'
    text = ZERO.replace("  name: ", notes + "  name: ", 1)
    line = text[: text.index("termination")].count("\n") + 1
    given = chart(deployment=text) | {"web/templates/_notes.tpl": NOTES}
    assert said(run(given).findings) == [
        f"GL502 web/templates/deployment.yaml:{line} terminationGracePeriodSeconds: 0"
    ]


def test_lines_keep_their_places_below_conditions_and_loops() -> None:
    text = """\
{{- range $name := list "a" "b" }}
{{- if eq $name "b" }}
---
apiVersion: v1
kind: Pod
metadata:
  name: {{ $name }}
spec:
  {{- with $.Values.none }}
  hostname: {{ . }}
  {{- end }}
  terminationGracePeriodSeconds: 0
  containers:
    - name: web
      image: registry.example/web:1
{{- end }}
{{- end }}
"""
    assert said(run(chart(pod=text)).findings) == [
        "GL502 web/templates/pod.yaml:12 terminationGracePeriodSeconds: 0"
    ]


def test_what_a_helper_writes_is_reported_in_the_helper() -> None:
    helper = """\
{{- define "web.grace" -}}
terminationGracePeriodSeconds: 0
{{- end }}
"""
    text = DEPLOYMENT.replace(
        "terminationGracePeriodSeconds: 60", '{{- include "web.grace" . | nindent 6 }}'
    )
    files = chart(deployment=text) | {"web/templates/_helpers.tpl": helper}
    assert said(run(files).findings) == [
        "GL502 web/templates/_helpers.tpl:2 terminationGracePeriodSeconds: 0"
    ]


def test_what_one_expression_writes_belongs_to_it() -> None:
    text = DEPLOYMENT.replace(
        "terminationGracePeriodSeconds: 60", "{{- toYaml .Values.pod | nindent 6 }}"
    )
    values = "pod:\n  hostname: web\n  terminationGracePeriodSeconds: 0\n  subdomain: web\n"
    (found,) = run(chart(deployment=text, values=values)).findings
    assert found.rule.code == "GL502"


def test_a_template_line_that_several_values_files_reach_is_one_finding() -> None:
    files = chart(deployment=ZERO) | {
        "web/ci/one-values.yaml": "a: 1\n",
        "web/ci/two-values.yaml": "a: 2\n",
        "web/ci/other.yaml": "a: {{ not yaml\n",
    }
    result = run(files)
    assert said(result.findings) == [
        "GL502 web/templates/deployment.yaml:12 terminationGracePeriodSeconds: 0"
    ]
    assert result.problems == ()


def test_values_files_of_the_tests_and_of_the_settings_are_used() -> None:
    text = grace("{{ .Values.grace }}")
    files = chart(deployment=text, values="grace: 60\n") | {
        "web/ci/none-values.yaml": "other: 1\n",
        "values/base.yaml": "grace: 0\n",
        "values/last.yaml": "grace: 45\n",
    }
    assert said(run(files).findings) == []
    both = {"web": (("values/base.yaml", "values/last.yaml"),)}
    assert said(run(files, charts=both).findings) == []
    base = {"web": (("values/base.yaml",),)}
    assert [f.rule.code for f in run(files, charts=base).findings] == ["GL502"]
    files["web/ci/zero-values.yaml"] = "grace: 0\n"
    assert [f.rule.code for f in run(files).findings] == ["GL502"]


def test_a_values_file_that_is_not_there_is_said() -> None:
    result = run(chart(deployment=DEPLOYMENT), charts={"web": (("values/none.yaml",),)})
    (unread,) = result.unread
    assert unread.path == "values/none.yaml"


def test_a_subchart_is_judged_with_the_chart_that_packs_it() -> None:
    inner = {
        "web/charts/db/Chart.yaml": CHART.replace("web", "db"),
        "web/charts/db/templates/deployment.yaml": ZERO,
    }
    result = run(chart(deployment=DEPLOYMENT) | inner)
    assert said(result.findings) == [
        "GL502 web/charts/db/templates/deployment.yaml:12 terminationGracePeriodSeconds: 0"
    ]


def test_a_dependency_beside_the_chart_is_copied_in() -> None:
    needs = CHART + "dependencies:\n- {name: db, version: 1.0.0, repository: file://../db}\n"
    files = chart(chart=needs, deployment=DEPLOYMENT) | {
        "db/Chart.yaml": CHART.replace("web", "db") + "type: library\n",
        "db/templates/_grace.tpl": '{{- define "db.grace" -}}\n60\n{{- end }}\n',
    }
    result = run(files)
    assert (said(result.findings), result.unread) == ([], ())


@pytest.mark.parametrize("more", ["", "- {name: db, version: 1.0.0, repository: file://../db}\n"])
def test_a_missing_dependency_is_said_and_the_rest_is_judged(more: str) -> None:
    needs = (
        f"dependencies:\n- name: redis\n  version: 1.x.x\n  repository: https://x.example\n{more}"
    )
    files = chart(chart=CHART + needs, deployment=ZERO)
    files["db/Chart.yaml"] = CHART.replace("web", "db") + "type: library\n"
    result = run(files)
    assert said(result.findings) == [
        "GL502 web/templates/deployment.yaml:12 terminationGracePeriodSeconds: 0"
    ]
    (unread,) = result.unread
    assert (unread.path, "`redis`" in unread.reason) == ("web/Chart.yaml", True)


def test_a_missing_dependency_that_is_switched_off_is_not_missed() -> None:
    needs = """\
dependencies:
  - name: redis
    version: 1.x.x
    repository: https://x.example
    condition: redis.enabled
"""
    files = chart(chart=CHART + needs, deployment=ZERO, values="redis:\n  enabled: false\n")
    result = run(files)
    assert (len(result.findings), result.unread) == (1, ())


def packed(name: str, text: str) -> bytes:
    """A chart as `helm package` writes it."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        for path, body in (
            (f"{name}/Chart.yaml", CHART.replace("web", name)),
            (f"{name}/templates/deployment.yaml", text),
        ):
            about = tarfile.TarInfo(path)
            about.size = len(body)
            archive.addfile(about, io.BytesIO(body.encode()))
    return data.getvalue()


def laid(folder: Path, files: dict[str, str]) -> Session:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return Session(Files(folder), Options())


def test_what_a_packed_dependency_writes_is_reported_where_it_is_asked_for(tmp_path: Path) -> None:
    needs = "dependencies:\n  - name: db\n    version: 1.0.0\n    repository: https://x.example\n"
    session = laid(tmp_path, chart(chart=CHART + needs, deployment=DEPLOYMENT))
    (tmp_path / "web/charts").mkdir()
    (tmp_path / "web/charts/db-1.0.0.tgz").write_bytes(packed("db", ZERO))
    result = session.run([""])
    assert said(result.findings) == ["GL502 web/Chart.yaml:5 name: db"]


@pytest.mark.parametrize("data", [b"no archive", b"\x1f\x8b\x08\0\0\0\0\0\0\0cut"])
def test_a_packed_dependency_that_is_none_is_said(tmp_path: Path, data: bytes) -> None:
    session = laid(tmp_path, chart(deployment=ZERO))
    (tmp_path / "web/charts").mkdir()
    (tmp_path / "web/charts/db-1.0.0.tgz").write_bytes(data)
    assert session.run([""]).unread


def test_a_library_chart_is_not_rendered() -> None:
    result = run(chart(chart=CHART + "type: library\n", deployment=ZERO))
    assert (said(result.findings), result.unread, result.problems) == ([], (), ())


def test_a_chart_that_does_not_render_is_said_in_helms_words_with_the_files_own_path() -> None:
    text = DEPLOYMENT.replace("60", '{{ fail "no way" }}')
    result = run(chart(deployment=text))
    (unread,) = result.unread
    assert unread.path == "web"
    assert "web/templates/deployment.yaml:12" in unread.reason
    assert "no way" in unread.reason
    assert all(problem.hint for problem in result.problems)


def test_values_with_which_a_chart_does_not_render_are_said() -> None:
    text = grace('{{ required "say how long" .Values.grace }}')
    files = chart(deployment=text) | {"web/ci/zero-values.yaml": "grace: 0\n"}
    result = run(files)
    assert said(result.findings)[0].startswith("GL502 ")
    assert result.unread == ()
    (hint,) = result.problems
    assert (hint.hint, "say how long" in hint.message) == (True, True)


def test_required_makes_an_unread_chart_an_error() -> None:
    result = run(chart(deployment="{{ nonsense }}"), render="required")
    assert [problem.hint for problem in result.problems] == [False]


def test_never_leaves_charts_unread() -> None:
    result = run(chart(deployment=ZERO), render="never")
    (unread,) = result.unread
    assert (unread.path, said(result.findings)) == ("web", [])


def test_a_program_below_the_root_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = laid(tmp_path, chart(deployment=ZERO))
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "helm").write_text("#!/bin/sh\ntouch ../run\n")
    (tools / "helm").chmod(0o755)
    for path in (str(tools), "bin", "."):
        monkeypatch.setenv("PATH", path)
        monkeypatch.chdir(tmp_path)
        (unread,) = Session(session.files, Options()).run([""]).unread
        assert "no `helm` in PATH" in unread.reason
    assert not (tmp_path / "run").exists()


IGNORED = [
    "# gracelint: ignore[GL502] on purpose",
    "{{/* gracelint: ignore[GL502] on purpose */}}",
    "{{- /* gracelint: ignore[GL502] on purpose */}}",
]


@pytest.mark.parametrize("comment", IGNORED)
def test_a_comment_in_a_template_speaks_of_the_next_line(comment: str) -> None:
    text = ZERO.replace("terminationG", f"{comment}\n      terminationG")
    result = run(chart(deployment=text))
    assert said(result.findings) == []
    assert said(result.suppressed) == [
        "GL502 web/templates/deployment.yaml:13 terminationGracePeriodSeconds: 0"
    ]


@pytest.mark.parametrize("comment", IGNORED[:2])
def test_a_comment_in_a_template_speaks_of_its_own_line(comment: str) -> None:
    result = run(chart(deployment=grace(f"0 {comment}")))
    assert said(result.suppressed) == [
        "GL502 web/templates/deployment.yaml:12 terminationGracePeriodSeconds: 0"
    ]


def test_an_unused_comment_in_a_template_is_told() -> None:
    text = DEPLOYMENT.replace("terminationG", f"{IGNORED[1]}\n      terminationG")
    assert said(run(chart(deployment=text)).findings, "GL002") == [
        "GL002 web/templates/deployment.yaml:12 GL502"
    ]


def test_many_comments_in_a_template_are_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[int] = []
    line = Source.line
    monkeypatch.setattr(Source, "line", lambda at, n: lines.append(n) or line(at, n))
    many = f"{IGNORED[0]}\n      " * 1000
    result = run(chart(deployment=ZERO.replace("terminationG", f"{many}terminationG")))
    assert said(result.findings, "GL502") == []
    assert len(lines) < 20_000


def test_nothing_is_said_of_a_comment_on_what_no_values_render() -> None:
    text = ZERO.replace(
        "terminationG", f"{{{{- if .Values.x }}}}\n      {IGNORED[0]}\n      terminationG"
    ).replace("containers:", "{{- end }}\n      containers:")
    assert said(run(chart(deployment=text)).findings, "GL002") == []


def test_an_annotation_in_a_template_counts() -> None:
    text = ZERO.replace("  name: {{", '  annotations: {gracelint.dev/ignore: "GL502"}\n  name: {{')
    assert said(run(chart(deployment=text)).findings) == []


def test_chart_files_are_read_as_they_are_laid(tmp_path: Path) -> None:
    session = laid(tmp_path, chart(deployment=ZERO))
    assert len(session.run([""]).findings) == 1
    session.files.lay("web/templates/deployment.yaml", DEPLOYMENT)
    assert session.run([""]).findings == ()


def test_what_helm_runs_as_a_test_is_no_deployment() -> None:
    hook = ZERO.replace(
        "metadata:\n  name", "metadata:\n  annotations: {helm.sh/hook: test}\n  name"
    )
    assert said(run(chart(deployment=hook)).findings) == []


# Values

VALUES = "pod:\n  hostname: web\n  terminationGracePeriodSeconds: 0\n  subdomain: web\n"


def with_pod(values: str = VALUES) -> dict[str, str]:
    text = DEPLOYMENT.replace(
        "terminationGracePeriodSeconds: 60", "{{- toYaml .Values.pod | nindent 6 }}"
    )
    return chart(deployment=text, values=values)


@pytest.mark.parametrize(
    "template",
    [
        "Seconds: {{ .Values.pod.terminationGracePeriodSeconds }}",
        "Seconds: {{ $.Values.pod.terminationGracePeriodSeconds | int }}",
        "Seconds: {{ with .Values.pod }}{{ .terminationGracePeriodSeconds }}{{ end }}",
        "Seconds: {{ $pod := .Values.pod }}{{ $pod.terminationGracePeriodSeconds }}",
        "Seconds: {{ (index .Values.pod).terminationGracePeriodSeconds }}",
    ],
)
def test_a_value_that_decides_is_the_place(template: str) -> None:
    text = DEPLOYMENT.replace("Seconds: 60", template)
    (found,) = run(chart(deployment=text, values=VALUES)).findings
    assert said([found]) == ["GL502 web/values.yaml:3 terminationGracePeriodSeconds: 0"]
    line = f"terminationGracePeriod{template}"
    assert line in [label.span.source.line(label.span.first.line).strip() for label in found.causes]


def test_a_value_in_a_block_of_values_is_the_place() -> None:
    result = run(with_pod())
    assert said(result.findings) == ["GL502 web/values.yaml:3 terminationGracePeriodSeconds: 0"]


def test_a_value_that_is_named_but_decides_nothing_is_not_the_place() -> None:
    text = grace("{{ if .Values.grace }}{{ 0 }}{{ else }}0{{ end }}")
    result = run(chart(deployment=text, values="grace: 0\n"))
    assert [one.split()[1] for one in said(result.findings)] == ["web/templates/deployment.yaml:12"]


def test_the_value_that_counts_is_named_among_several_with_the_same_text() -> None:
    values = "pod:\n  hostname: '0'\n  priority: 0\n  terminationGracePeriodSeconds: 0\n"
    result = run(with_pod(values))
    assert said(result.findings) == ["GL502 web/values.yaml:4 terminationGracePeriodSeconds: 0"]


def test_values_of_a_subchart_are_found_where_they_are_set() -> None:
    inner = {
        "web/charts/db/Chart.yaml": CHART.replace("web", "db"),
        "web/charts/db/values.yaml": "grace: 0\nother: 1\n",
        "web/charts/db/templates/deployment.yaml": grace("{{ .Values.grace }}"),
    }
    files = chart(deployment=DEPLOYMENT) | inner
    assert said(run(files).findings) == ["GL502 web/charts/db/values.yaml:1 grace: 0"]
    files["web/values.yaml"] = "db:\n  grace: 0\n"
    assert said(run(files).findings) == ["GL502 web/values.yaml:2 grace: 0"]
    files["web/values.yaml"] = "global:\n  grace: 0\n"
    files["web/charts/db/templates/deployment.yaml"] = grace("{{ .Values.global.grace }}")
    assert said(run(files).findings) == ["GL502 web/values.yaml:2 grace: 0"]


def test_a_value_for_tests_alone_leaves_the_finding_in_the_template() -> None:
    files = chart(deployment=grace("{{ .Values.grace }}"), values="grace: 60\n")
    files["web/ci/zero-values.yaml"] = "grace: 0\n"
    (found,) = run(files).findings
    assert found.primary.span.source.path == "web/templates/deployment.yaml"
    assert [(c.span.source.path, c.span.text) for c in found.causes] == [
        ("web/ci/zero-values.yaml", "0")
    ]


@pytest.mark.parametrize("path", ["web/values.yaml", "web/ci/zero-values.yaml"])
def test_a_comment_at_a_value_counts(path: str) -> None:
    files = chart(deployment=grace("{{ .Values.grace }}"), values="grace: 60\n")
    files[path] = "# gracelint: ignore[GL502] on purpose\ngrace: 0\n"
    result = run(files)
    assert (said(result.findings), len(result.suppressed)) == ([], 1)


def test_a_comment_at_the_template_line_counts_where_a_value_decides() -> None:
    files = chart(deployment=grace(f"{{{{ .Values.grace }}}} {IGNORED[0]}"), values="grace: 0\n")
    result = run(files)
    assert (said(result.findings), len(result.suppressed)) == ([], 1)


def test_a_command_among_the_values_is_placed_to_the_word() -> None:
    text = DEPLOYMENT + "          command: {{ toYaml .Values.command | nindent 12 }}\n"
    values = 'command:\n  - sh\n  - -c\n  - "celery worker; echo done"\n'
    found = [f for f in run(chart(deployment=text, values=values)).findings if f.rule.code < "GL5"]
    assert {f.primary.span.source.path for f in found} == {"web/values.yaml"}
    assert any("celery" in f.primary.span.text for f in found)


# Files of charts that are named


def test_a_named_template_is_judged_with_its_chart_and_alone_reported() -> None:
    files = chart(deployment=ZERO, other=ZERO.replace("-web", "-other"))
    path = "web/templates/other.yaml"
    result = run(files, [path])
    assert said(result.findings) == [f"GL502 {path}:12 terminationGracePeriodSeconds: 0"]
    assert result.problems == ()


def test_named_values_are_judged_with_their_chart() -> None:
    files = chart(deployment=grace("{{ .Values.grace }}"), other=ZERO, values="grace: 0\n")
    assert said(run(files, ["web/values.yaml"]).findings) == ["GL502 web/values.yaml:1 grace: 0"]


def test_a_named_file_of_a_packed_chart_is_judged_with_the_whole() -> None:
    files = chart(deployment=DEPLOYMENT) | {
        "web/charts/db/Chart.yaml": CHART.replace("web", "db"),
        "web/charts/db/templates/deployment.yaml": ZERO,
    }
    path = "web/charts/db/templates/deployment.yaml"
    assert [one.split(":")[0] for one in said(run(files, [path]).findings)] == [f"GL502 {path}"]


# Launches


def verdicts(files: dict[str, str]) -> list[str]:
    scene = Session(Files("/nowhere", overlay=files), Options()).scene([""])
    return [story.verdict.value for story in scene.stories]


def test_a_launch_counts_once_for_each_of_its_outcomes() -> None:
    text = DEPLOYMENT + "          command: {{ toYaml .Values.command | nindent 12 }}\n"
    files = chart(deployment=text, values='command: [sh, -c, "celery worker; true"]\n') | {
        "web/ci/other-values.yaml": "a: 1\n",
        "web/ci/exec-values.yaml": "command: [celery, worker]\n",
    }
    assert len(verdicts(files)) == 2
    assert len(set(verdicts(files))) == 2


def test_a_name_among_the_values_is_not_what_has_to_change() -> None:
    text = DEPLOYMENT.replace("- name: web", "- name: {{ .Values.name }}")
    service = (
        "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n"
        "spec: {selector: {app: web}, ports: [{port: 80, targetPort: 80}]}\n"
    )
    text += "          ports: [{containerPort: 80}]\n"
    found = run(chart(deployment=text, service=service, values="name: web\n")).findings
    assert [f.primary.span.source.path for f in found if f.rule.code == "GL507"] == [
        "web/templates/deployment.yaml"
    ]
