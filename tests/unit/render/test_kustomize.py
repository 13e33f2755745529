"""Kustomizations are judged as kustomize renders them, and reported where they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from chart_texts import run, said

from gracelint.files.tree import Files
from gracelint.model.finding import Applicability
from gracelint.model.options import Options
from gracelint.render.programs import Done
from gracelint.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("programs")

BASE = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      # as long as a request takes
      terminationGracePeriodSeconds: 60
      containers:
        - name: helper
          image: registry.example/helper:1
        - name: web
          image: registry.example/web:1
"""
SMALL = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      terminationGracePeriodSeconds: 0
"""
HOOK = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
        - name: web
          lifecycle:
            preStop:
              exec: {command: [sleep, "90"]}
"""
JSON_PATCH = """\
- op: replace
  path: /spec/template/spec/terminationGracePeriodSeconds
  value: 0
"""
JSON_6902 = """\
patchesJson6902:
- path: p.yaml
  target: {version: v1, kind: Deployment, name: web}
"""


def tree(more: str = "", *, base: str = BASE, **files: str) -> dict[str, str]:
    """A base, and an overlay with what `more` adds to its kustomization."""
    return {
        "base/kustomization.yaml": "resources:\n- web.yaml\n",
        "base/web.yaml": base,
        "prod/kustomization.yaml": f"resources:\n- ../base\n{more}",
    } | {f"prod/{name.replace('__', '.')}": text for name, text in files.items()}


def fixed(files: dict[str, str]) -> dict[str, str]:
    """What changes when everything is fixed that may be, by path."""
    laid = Files("/nowhere", overlay=files)
    Session(laid, Options()).fix([""], Applicability.UNSAFE)
    return {path: laid.read(path).text for path in files if laid.read(path).text != files[path]}


ZERO = BASE.replace("Seconds: 60", "Seconds: 0")
IN_BASE = ["GL502 base/web.yaml:13 terminationGracePeriodSeconds: 0"]


def test_what_the_base_says_is_reported_in_the_base_and_once() -> None:
    files = tree("namePrefix: prod-\nnamespace: prod\n", base=ZERO)
    files["dev/kustomization.yaml"] = "resources:\n- ../base\nnameSuffix: -dev\n"
    result = run(files)
    assert said(result.findings) == IN_BASE


def test_no_other_value_of_a_list_is_said_to_be_where_it_comes_from() -> None:
    base = BASE.replace("      terminationGracePeriodSeconds: 60\n", "").replace(
        "image: registry.example/helper:1",
        "args: [--source=x]\n          image: registry.example/helper:1",
    )
    found = run({"base.yaml": base, "kustomization.yaml": "resources: [base.yaml]\n"}).findings
    [finding] = [each for each in found if each.rule.code == "GL501"]
    assert finding.primary.span.text == "containers"
    assert [*finding.causes, *finding.related] == []


def test_a_base_is_judged_as_the_overlays_make_it() -> None:
    files = tree("patches:\n- path: long.yaml\n", base=ZERO, long__yaml=SMALL.replace("0", "90"))
    assert said(run(files).findings) == []
    assert said(run(files, ["base"]).findings) == IN_BASE


@pytest.mark.parametrize(
    ("more", "patch", "line"),
    [
        ("patches:\n- path: p.yaml\n", SMALL, 8),
        ("patches:\n- path: p.yaml\n  target: {kind: Deployment, name: web}\n", JSON_PATCH, 3),
        ("patchesStrategicMerge:\n- p.yaml\n", SMALL, 8),
        (JSON_6902, JSON_PATCH, 3),
    ],
)
def test_what_a_patch_says_is_reported_in_the_patch(more: str, patch: str, line: int) -> None:
    (found,) = run(tree(more, p__yaml=patch)).findings
    assert found.rule.code == "GL502"
    assert (found.primary.span.source.path, found.primary.span.first.line) == ("prod/p.yaml", line)
    assert "0" in found.primary.span.text


def test_what_a_patch_in_the_kustomization_says_is_reported_there() -> None:
    lines = "".join(f"    {line}\n" for line in SMALL.splitlines())
    (found,) = run(tree(f"patches:\n- patch: |-\n{lines}")).findings
    assert said([found]) == ["GL502 prod/kustomization.yaml:12 terminationGracePeriodSeconds: 0"]


def test_of_two_patches_the_one_that_counts_is_named() -> None:
    more = "patches:\n- path: first.yaml\n- path: second.yaml\n"
    files = tree(more, first__yaml=SMALL, second__yaml=SMALL)
    assert said(run(files).findings) == [
        "GL502 prod/second.yaml:8 terminationGracePeriodSeconds: 0"
    ]


def test_an_element_of_a_list_is_found_by_its_name() -> None:
    files = tree("patches:\n- path: hook.yaml\n", hook__yaml=HOOK)
    (found,) = [f for f in run(files).findings if f.rule.code == "GL503"]
    places = [label.span for label in (found.primary, *found.causes, *found.related)]
    assert {p.text for p in places if p.source.path == "prod/hook.yaml"} == {"preStop"}


def test_a_component_is_rendered_with_what_includes_it() -> None:
    files = tree("components:\n- ../short\n") | {
        "short/kustomization.yaml": "kind: Component\npatches:\n- path: p.yaml\n",
        "short/p.yaml": SMALL,
    }
    assert said(run(files).findings) == ["GL502 short/p.yaml:8 terminationGracePeriodSeconds: 0"]


GENERATED = """\
configMapGenerator:
- name: scripts
  files: [{}]
"""
MOUNT = """\
          command: [/scripts/run.sh]
          volumeMounts: [{name: scripts, mountPath: /scripts}]
      volumes:
        - name: scripts
          configMap: {name: scripts, defaultMode: 0755}
"""
SCRIPT = "#!/bin/sh\n# starts\nmkdir -p /data\ncelery worker\n"


@pytest.mark.parametrize("named", ["run.sh", "run.sh=start.sh"])
def test_a_script_that_is_generated_into_a_config_map_is_reported_in_its_file(named: str) -> None:
    path = f"base/{named.rpartition('=')[2]}"
    files = tree(base=BASE + MOUNT) | {path: SCRIPT}
    files["base/kustomization.yaml"] += GENERATED.format(named)
    found = [f for f in run(files).findings if f.rule.code == "GL201"]
    assert said(found) == [f"GL201 {path}:4 celery worker"]
    assert {f.primary.span.source.root for f in found} == {"/nowhere"}
    assert fixed(files) == {path: SCRIPT.replace("celery", "exec celery")}


def test_the_origins_of_objects_are_no_annotations_of_theirs() -> None:
    (group,) = Session(Files("/nowhere", overlay=tree()), Options()).scene([""]).groups
    assert group.pod.annotations == {}


# Ignores


def test_a_comment_in_a_base_counts_for_what_is_rendered() -> None:
    text = ZERO.replace("# as long", "# gracelint: ignore[GL502] as long")
    result = run(tree(base=text))
    assert (said(result.findings), len(result.suppressed)) == ([], 1)
    result = run(tree(base=text), ["prod"])
    assert (said(result.findings), len(result.suppressed)) == ([], 1)


@pytest.mark.parametrize("inline", [False, True])
def test_a_comment_in_a_patch_counts(inline: bool) -> None:
    text = SMALL.replace(": 0", ": 0 # gracelint: ignore[GL502] here")
    lines = "".join(f"    {line}\n" for line in text.splitlines())
    more = f"patches:\n- patch: |\n{lines}" if inline else "patches:\n- path: p.yaml\n"
    result = run(tree(more, **({} if inline else {"p__yaml": text})))
    assert (said(result.findings), len(result.suppressed)) == ([], 1)


# Fixes


def test_a_fix_changes_the_base_or_the_patch_that_says_it() -> None:
    assert fixed(tree(base=ZERO)) == {"base/web.yaml": ZERO.replace("Seconds: 0", "Seconds: 30")}
    files = tree("patches:\n- path: p.yaml\n", p__yaml=SMALL)
    assert fixed(files) == {"prod/p.yaml": SMALL.replace("Seconds: 0", "Seconds: 30")}
    files = tree("patches:\n- path: p.yaml\n  target: {kind: Deployment}\n", p__yaml=JSON_PATCH)
    assert fixed(files) == {"prod/p.yaml": JSON_PATCH.replace("value: 0", "value: 30")}


def test_a_fix_changes_a_patch_in_the_kustomization() -> None:
    lines = "".join(f"    {line}\n" for line in SMALL.splitlines())
    files = tree(f"patches:\n- patch: |-\n{lines}")
    path = "prod/kustomization.yaml"
    assert fixed(files) == {path: files[path].replace("Seconds: 0", "Seconds: 30")}


def test_a_key_is_added_beside_what_needs_it() -> None:
    unset = BASE.replace("      terminationGracePeriodSeconds: 60\n", "")
    files = tree("patches:\n- path: hook.yaml\n", base=unset, hook__yaml=HOOK)
    made = fixed(files)
    assert made.keys() == {"prod/hook.yaml"}
    assert "\n      terminationGracePeriodSeconds: 120\n      containers:" in made["prod/hook.yaml"]


def test_a_fix_that_would_change_another_object_is_not_offered() -> None:
    more = "patches:\n- path: p.yaml\n  target: {kind: Deployment}\n"
    other = BASE.replace("name: web\nspec", "name: other\nspec").replace("60", "90")
    files = tree(more, p__yaml=JSON_PATCH) | {"base/other.yaml": other}
    files["base/kustomization.yaml"] += "- other.yaml\n"
    assert fixed(files) == {"prod/p.yaml": JSON_PATCH.replace("value: 0", "value: 30")}


# What is not rendered

REMOTE = "https://github.com/example/repo"


@pytest.mark.parametrize(
    "more",
    [
        f"- {REMOTE}//base?ref=v1\n",
        "- github.com/example/repo//base\n",
        "- git@github.com:example/repo.git\n",
        "- ssh://git@host.example/repo\n",
        "- git::https://host.example/repo\n",
        "- org-1234@github.com:example/repo\n",
        "- ../base?ref=main\n",
        "bases:\n- http://host.example/base\n",
        "components:\n- https://host.example/part\n",
        "crds:\n- https://host.example/crd.json\n",
        "configurations:\n- https://host.example/c.yaml\n",
        "openapi:\n  path: https://host.example/schema.json\n",
        "replacements:\n- path: https://host.example/r.yaml\n",
        "generators:\n- https://host.example/g.yaml\n",
        "transformers:\n- https://host.example/t.yaml\n",
        "validators:\n- https://host.example/v.yaml\n",
        "patches:\n- path: https://host.example/p.yaml\n",
        "patchesStrategicMerge:\n- https://host.example/p.yaml\n",
        "configMapGenerator:\n- name: a\n  files: ['k=https://host.example/f']\n",
        "configMapGenerator:\n- name: a\n  envs: [https://host.example/f]\n",
        "secretGenerator:\n- name: a\n  files: [https://host.example/f]\n",
        "somethingNew:\n- https://host.example/f\n",
        "transformers:\n- |\n  kind: PatchTransformer\n  path: https://host.example/p.yaml\n",
    ],
)
def test_what_lies_elsewhere_is_never_asked_for(more: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even by the program, which is not started."""
    asked: list[str] = []

    def recorded(self: object, program: object, *words: str) -> Done:
        asked.append(words[-1].rpartition("/")[2])
        return Done("", "not run")

    monkeypatch.setattr("gracelint.render.programs.Runner.run", recorded)
    reasons = {one.path: one.reason for one in run(tree(more)).unread}
    assert "nothing is fetched" in reasons["prod/kustomization.yaml"]
    assert asked == ["base"]


def test_a_remote_base_of_a_base_counts() -> None:
    files = tree()
    files["base/kustomization.yaml"] += f"- {REMOTE}\n"
    unread = {one.path for one in run(files).unread}
    assert unread == {"prod/kustomization.yaml", "base/kustomization.yaml"}


def test_addresses_that_are_no_paths_are_read() -> None:
    more = f"""\
commonAnnotations: {{home: "{REMOTE}"}}
images: [{{name: registry.example/web, newName: ghcr.io/example/web, newTag: "2"}}]
configMapGenerator:
- name: a
  literals: ["url={REMOTE}?ref=main"]
patches:
- target: {{kind: Deployment}}
  patch: |-
    - op: add
      path: /metadata/annotations/site
      value: {REMOTE}
"""
    result = run(tree(more, base=ZERO))
    assert (said(result.findings), result.unread) == (IN_BASE, ())


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ("- ../none\n", "no such file"),
        ("- ../../outside\n", "leads out"),
        ("- /etc\n", "leads out"),
        ("- ../empty\n", "holds no kustomization.yaml"),
        ("helmCharts:\n- name: a\n  repo: https://host.example\n", "asks for a chart"),
        ("patches: 3\n", "kustomize does not render it"),
    ],
)
def test_a_kustomization_that_is_not_rendered_is_said(more: str, reason: str) -> None:
    result = run(tree(more, base=ZERO) | {"empty/readme.txt": ""})
    assert [one.path for one in result.unread] == ["prod/kustomization.yaml"]
    assert reason in result.unread[0].reason
    assert said(result.findings) == IN_BASE, "the base is judged by itself then"
    assert all(problem.hint for problem in result.problems)
    assert not all(problem.hint for problem in run(tree(more), render="required").problems)


def test_links_out_of_the_tree_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text(ZERO)
    inner = tmp_path / "tree"
    for path, text in tree().items():
        (inner / path).parent.mkdir(parents=True, exist_ok=True)
        (inner / path).write_text(text)
    (inner / "base/web.yaml").unlink()
    (inner / "base/web.yaml").symlink_to(tmp_path / "secret.yaml")
    result = Session(Files(inner), Options()).run([""])
    assert said(result.findings, "GL5") == []
    assert {one.path for one in result.unread} == {
        "prod/kustomization.yaml",
        "base/kustomization.yaml",
    }


def test_overlays_that_build_on_each_other_end() -> None:
    files = tree()
    files["base/kustomization.yaml"] += "- ../prod\n"
    assert run(files).unread


def test_without_the_programs_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    result = run(tree(base=ZERO))
    assert {"PATH" in one.reason for one in result.unread} == {True}
    assert said(result.findings) == IN_BASE
