"""Charts and kustomizations of strangers: bounded in time and memory, and closed to the outside."""

from __future__ import annotations

import io
import os
import tarfile
from typing import TYPE_CHECKING

import pytest
from chart_texts import CHART, DEPLOYMENT, chart, run, said

from gracelint.base.source import Source
from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.render import programs
from gracelint.render.helm.template import parse
from gracelint.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("programs")

ZERO = DEPLOYMENT.replace("Seconds: 60", "Seconds: 0")
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  terminationGracePeriodSeconds: 0
  containers: [{name: a, image: "registry.example/a:1"}]
"""
BOMB = (
    POD
    + "  a: &a [x,x,x,x,x,x,x,x,x]\n"
    + "".join(
        f"  {new}: &{new} [{','.join(9 * [f'*{old}'])}]\n"
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
)


def reasons(files: dict[str, str]) -> str:
    return " ".join(one.reason for one in run(files).unread)


def test_a_template_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "SECONDS", 1)
    loop = "{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}"
    files = chart(deployment=loop) | {"web/ci/a-values.yaml": "a: 1\n"}
    assert "took longer than 1 seconds" in reasons(files)


def test_after_several_that_take_too_long_no_more_are_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(programs, "SECONDS", 0.5)
    loop = "{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}"
    files = {
        path.replace("web/", f"c{n}/"): text
        for n in range(5)
        for path, text in chart(deployment=loop).items()
    }
    told = [one.reason for one in run(files).unread]
    assert sum("took longer" in reason for reason in told) == 3
    assert sum("not tried" in reason for reason in told) == 2


@pytest.mark.parametrize(
    "text",
    [
        "{{ range until 2000000000 }}x{{ end }}",
        '{{ define "x" }}{{ include "x" . }}{{ end }}{{ include "x" . }}',
        '{{ repeat 2000000000 "x" }}',
        POD + '  x: {{ repeat 100000 "[" }}{{ repeat 100000 "]" }}\n',
        BOMB.replace("name: a}", "name: {{ .Release.Name }}}"),
        "{{ unclosed",
        "{{/* unclosed",
        "{{ end }}" * 10_000,
        "{{ if 1 }}" * 10_000,
    ],
    ids=["memory", "recursion", "length", "depth", "bomb", "open", "comment", "ends", "ifs"],
)
def test_a_template_that_cannot_be_rendered_is_said(text: str) -> None:
    result = run(chart(deployment=text))
    assert [one.path for one in result.unread] == ["web"]
    assert all(problem.hint for problem in result.problems)


def test_aliases_in_a_resource_are_not_multiplied() -> None:
    result = run({"kustomization.yaml": "resources: [pod.yaml]\n", "pod.yaml": BOMB})
    assert not any(problem.internal for problem in result.problems)
    # kustomize itself may run out of the memory that it is given
    unread = {one.path for one in result.unread} or {problem.path for problem in result.problems}
    assert unread or said(result.findings)[0].startswith("GL502 pod.yaml:5 ")


def test_a_chart_cannot_reach_the_network_or_other_files() -> None:
    text = """\
apiVersion: v1
kind: Pod
metadata:
  name: 'n{{ .Files.Get "../../../../../../../../etc/passwd" }}{{ getHostByName "localhost" }}'
spec:
  terminationGracePeriodSeconds: 0
  containers: [{name: a, image: "registry.example/a:1"}]
"""
    tree = Files("/nowhere", overlay=chart(pod=text))
    (group,) = Session(tree, Options()).scene([""]).groups
    assert group.pod.name == "n"


def test_programs_are_started_with_nothing_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELM_NAMESPACE", "mine")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "helm").write_text(
        f"#!/bin/sh\nexport -p > {tmp_path}/env\necho $HOME; /bin/ls -A $HOME\n"
    )
    (tools / "helm").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}/usr/bin:/bin")
    run(chart(deployment=ZERO))
    known = (tmp_path / "env").read_text()
    assert "secret" not in known
    assert "mine" not in known
    assert "http_proxy='http://127.0.0.1:9'" in known.replace('"', "'")
    assert "/usr/bin" not in known


def laid(folder: Path, files: dict[str, str]) -> Session:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return Session(Files(folder), Options())


def test_links_out_of_the_tree_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text(ZERO)
    session = laid(tmp_path / "tree", chart(deployment=DEPLOYMENT))
    (tmp_path / "tree/web/templates/more.yaml").symlink_to(tmp_path / "secret.yaml")
    (tmp_path / "tree/web/charts").symlink_to(tmp_path)
    result = session.run([""])
    assert said(result.findings) == []
    assert {one.path for one in result.unread} == {"web/charts", "web/templates/more.yaml"}


def test_links_within_the_tree_are_what_they_lead_to(tmp_path: Path) -> None:
    files = chart() | {"common/deployment.yaml": ZERO}
    session = laid(tmp_path, files)
    (tmp_path / "web/templates").symlink_to("../common")
    (found,) = session.run([""]).findings
    assert found.primary.span.first.line == 12


def test_links_in_circles_end(tmp_path: Path) -> None:
    session = laid(tmp_path, chart(deployment=ZERO))
    (tmp_path / "web/templates/again").symlink_to("..")
    (tmp_path / "web/charts").mkdir()
    (tmp_path / "web/charts/web").symlink_to("../../web")
    assert said(session.run([""]).findings) == [
        "GL502 web/templates/deployment.yaml:12 terminationGracePeriodSeconds: 0"
    ]


@pytest.mark.parametrize(
    ("name", "size", "kind"),
    [
        ("db/templates/a.yaml", 200_000_000, tarfile.REGTYPE),
        ("../../../escaped.yaml", 10, tarfile.REGTYPE),
        ("/escaped.yaml", 10, tarfile.REGTYPE),
        ("db/templates/link.yaml", 0, tarfile.SYMTYPE),
        ("db/templates/pipe.yaml", 0, tarfile.FIFOTYPE),
    ],
)
def test_packed_charts_stay_in_their_folder_and_small(
    tmp_path: Path, name: str, size: int, kind: bytes
) -> None:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        about = tarfile.TarInfo("db/Chart.yaml")
        about.size = len(CHART)
        archive.addfile(about, io.BytesIO(CHART.replace("web", "db").encode().ljust(len(CHART))))
        about = tarfile.TarInfo(name)
        about.size, about.type, about.linkname = size, kind, "/etc/passwd"
        archive.addfile(about, io.BytesIO(bytes(size)))
    session = laid(tmp_path / "tree", chart(deployment=DEPLOYMENT))
    (tmp_path / "tree/web/charts").mkdir()
    (tmp_path / "tree/web/charts/db-1.tgz").write_bytes(data.getvalue())
    result = session.run([""])
    assert not list(tmp_path.rglob("escaped.yaml"))
    assert not any(problem.internal for problem in result.problems)


@pytest.mark.parametrize(
    "more",
    [
        {"web/Chart.yaml": "[]"},
        {"web/Chart.yaml": "{"},
        {"web/Chart.yaml": ""},
        {"web/Chart.yaml": CHART + "dependencies: 3\n"},
        {
            "web/Chart.yaml": CHART
            + "dependencies: [3, {name: [a]}, {name: a, repository: 'file://../..'}]\n"
        },
        {"web/Chart.yaml": CHART + "dependencies: [{name: web, repository: 'file://.'}]\n"},
        {"web/values.yaml": "- a list"},
        {"web/values.yaml": "a: &a [*a]"},
        {"web/values.yaml": "\x01\x02"},
        {"web/ci/a-values.yaml": "{{ nonsense"},
        {"web/templates/_x.tpl": "{{ define 1 }}"},
        {"web/.helmignore": "templates/\n"},
        {"web/templates/deployment.yaml": "#gl0:0:1;\n" + ZERO + "# #gl1:0:1; #gl0:9:9;\n"},
    ],
)
def test_strange_files_do_not_end_the_run(more: dict[str, str]) -> None:
    result = run(chart(deployment=ZERO) | more)
    assert not any(problem.internal for problem in result.problems)


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{",
        "",
        "resources: 3\n",
        "resources: [[]]\n",
        "resources: [{a: b}]\n",
        "resources: ['.']\n",
        "resources: ['', ' ']\n",
        "patches: [3, {path: 3}, {patch: 3}]\n",
        "patches: [{patch: '{{'}]\n",
        "configMapGenerator: [{files: ['=', 'a=', '=b']}]\n",
        "buildMetadata: 3\nresources: [pod.yaml]\n",
        "{resources: [pod.yaml]}",
        "resources: [pod.yaml]\nresources: [pod.yaml]\n",
    ],
)
def test_strange_kustomizations_do_not_end_the_run(text: str) -> None:
    result = run({"kustomization.yaml": text, "pod.yaml": POD})
    assert not any(problem.internal for problem in result.problems)
    assert said(result.findings, "GL502") == ["GL502 pod.yaml:5 terminationGracePeriodSeconds: 0"]


@pytest.mark.parametrize("end", ["{{ end }}", "{{ else }}", "{{- end -}}\n{{ end }}"])
def test_an_end_of_nothing_is_told_of_as_helm_tells(end: str) -> None:
    result = run(chart(deployment=f"{end}\n{ZERO}"))
    assert [one for one in result.problems if one.internal] == []
    assert f"unexpected {{{{{end.strip('{}- ').split()[0]}}}}}" in " ".join(
        one.reason for one in result.unread
    )


def test_what_stands_behind_an_end_of_nothing_is_outside_of_every_block() -> None:
    template = parse(Source("a", "{{ if .x }}a{{ end }}b{{ end }}c"))
    assert template.inside(template.source.text.index("a")) == 0
    assert template.inside(template.source.text.index("b")) == -1
    assert template.inside(template.source.text.index("c")) == -1
