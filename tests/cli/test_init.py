"""`gracelint init`: what it proposes, and that what it writes works."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from gracelint import __version__
from gracelint.files.tree import Files
from gracelint.session import templates

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Outcome

    Run = Callable[..., Outcome]

ROOT = Path(__file__).resolve().parents[2]
BAD = "FROM debian:12\nENTRYPOINT node server.js\n"
GOOD = 'FROM debian:12\nENTRYPOINT ["redis-server"]\n'
HOOKS, WORKFLOW = ".pre-commit-config.yaml", ".github/workflows/gracelint.yml"
INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  annotations:
    {}: x
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/HEAD").write_text("ref: refs/heads/trunk\n")
    (tmp_path / "Dockerfile").write_text(BAD)
    return tmp_path


def files_in(tree: Path) -> set[str]:
    found = {p.relative_to(tree).as_posix() for p in tree.rglob("*") if p.is_file()}
    return {path for path in found if not path.startswith(".git/")}


def test_it_proposes_and_writes_nothing(tree: Path, run: Run) -> None:
    outcome = run("init")
    assert outcome.status == 0
    assert files_in(tree) == {"Dockerfile"}
    for path in ("gracelint.toml", "gracelint-baseline.json", HOOKS, WORKFLOW):
        assert f"\n{path} (new" in outcome.stdout
    said = " ".join(outcome.stdout.split())
    assert said.startswith("1 file of this repository starts 1 container: 1 killed or abandoned")
    assert outcome.stdout.endswith("`gracelint init --write` does that.\n")


def test_what_it_writes_lets_todays_tree_pass_and_tomorrows_fail(tree: Path, run: Run) -> None:
    assert run("init", "--write").status == 0
    assert run("check").status == 0
    (tree / "b.Dockerfile").write_text(BAD)
    assert run("check").status == 1


def test_once_written_there_is_nothing_left_to_write(tree: Path, run: Run) -> None:
    run("init", "--write")
    before = {path: (tree / path).read_bytes() for path in files_in(tree)}
    outcome = run("init", "--write")
    assert outcome.stderr == "gracelint: note: written: nothing\n"
    assert {path: (tree / path).read_bytes() for path in files_in(tree)} == before
    assert "the baseline knows 1 more" in outcome.stdout


def test_where_nothing_is_wrong_nothing_is_set(tree: Path, run: Run) -> None:
    (tree / "Dockerfile").write_text(GOOD)
    assert "gracelint.toml (not needed: the defaults fit)" in run("init", "--write").stdout
    assert files_in(tree) == {"Dockerfile", HOOKS, WORKFLOW}


@pytest.mark.parametrize(
    ("annotation", "traffic"),
    [
        ("alb.ingress.kubernetes.io/scheme", "alb"),
        ("appgw.ingress.kubernetes.io/ssl-redirect", "agic"),
        ("nginx.ingress.kubernetes.io/ssl-redirect", None),
    ],
)
def test_settings_follow_the_tree(
    tree: Path, run: Run, annotation: str, traffic: str | None
) -> None:
    (tree / "ingress.yaml").write_text(INGRESS.format(annotation))
    (tree / "testdata").mkdir()
    (tree / "testdata/Dockerfile").write_text(BAD)
    run("init", "--write")
    text = (tree / "gracelint.toml").read_text()
    assert 'exclude = ["**/testdata/**"]' in text
    assert (f'traffic = "{traffic}"' in text) is (traffic is not None)
    assert run("check").status == 0
    assert "testdata" not in (tree / "gracelint-baseline.json").read_text()


@pytest.mark.parametrize(
    "before",
    [
        "repos:\n- repo: https://example.com/a\n  rev: v1\n  hooks:\n  - id: a\n",
        "repos:\n    - repo: https://example.com/a\n      rev: v1\n      hooks: [{id: a}]\n# end\n",
        "repos:\n- repo: https://e.example/a\n  rev: v1\n  hooks:\n  - id: a\n\nci:\n  skip: [a]\n",
        "ci: {}\nrepos:\n- repo: https://example.com/a\n  rev: v1\n  hooks:\n  - id: a",
    ],
    ids=["dashes", "indented", "keys-behind", "no-newline"],
)
def test_a_hook_is_added_to_those_that_are_there(tree: Path, run: Run, before: str) -> None:
    (tree / HOOKS).write_text(before)
    run("init", "--write")
    text = (tree / HOOKS).read_text()
    made, old = yaml.safe_load(text), yaml.safe_load(before)
    assert made["repos"][:-1] == old["repos"]
    assert {k: v for k, v in made.items() if k != "repos"} == {
        k: v for k, v in old.items() if k != "repos"
    }
    (hook,) = made["repos"][-1]["hooks"]
    assert hook["entry"] == "gracelint check --since HEAD"
    lines = iter(text.splitlines())
    assert all(line in lines for line in before.splitlines())


@pytest.mark.parametrize("before", ["", "\n", "# ours\n---\n", "repos: []\n", "repos:\n"])
def test_a_configuration_without_hooks_gets_its_first(tree: Path, run: Run, before: str) -> None:
    path = tree / ".pre-commit-config.yaml"
    path.write_text(before)
    assert run("init", "--write").status == 0
    written = path.read_text()
    assert [repo["repo"] for repo in yaml.safe_load(written)["repos"]] == ["local"]
    assert "# ours" in written or "# ours" not in before


def test_it_says_that_its_release_is_still_to_come(
    tree: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "is not released yet" in " ".join(run("init").stdout.split())
    monkeypatch.setattr("gracelint.cli.commands.init.ADDRESS", "https://example.org/gracelint")
    assert "released" not in run("init").stdout


def test_a_hook_that_cannot_be_added_is_shown(tree: Path, run: Run) -> None:
    (tree / HOOKS).write_text("repos: [{repo: local, hooks: []}]\n")
    outcome = run("init", "--write")
    assert "is left as it is; add this to it:" in outcome.stdout
    assert "id: gracelint-staged" in outcome.stdout
    assert (tree / HOOKS).read_text() == "repos: [{repo: local, hooks: []}]\n"


@pytest.mark.parametrize(
    "text", [None, "repos:\n- repo: https://e.x/a\n  rev: v1\n  hooks: [{id: a}]\n"]
)
def test_pre_commit_takes_the_hook(tree: Path, run: Run, text: str | None) -> None:
    if text is not None:
        (tree / HOOKS).write_text(text)
    run("init", "--write")
    command = [sys.executable, "-m", "pre_commit", "validate-config", str(tree / HOOKS)]
    subprocess.run(command, check=True, capture_output=True)
    hook = yaml.safe_load((tree / HOOKS).read_text())["repos"][-1]["hooks"][0]
    published = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    ours = next(one for one in published if one["id"] == hook["id"])
    assert {key: hook[key] for key in ours if key != "description"} == {
        key: value for key, value in ours.items() if key != "description"
    }
    assert hook["additional_dependencies"] == [f"gracelint=={__version__}"]


def test_the_workflow_is_one_and_is_careful(tree: Path, run: Run) -> None:
    run("init", "--write")
    words = ["--builtin-schema", "vendor.github-workflows", str(tree / WORKFLOW)]
    subprocess.run(
        [sys.executable, "-m", "check_jsonschema", *words], check=True, capture_output=True
    )
    made = yaml.safe_load((tree / WORKFLOW).read_text())
    assert made["permissions"] == {}
    job = made["jobs"]["gracelint"]
    assert job["permissions"] == {"contents": "read", "security-events": "write"}
    assert made[True]["push"]["branches"] == ["trunk"]
    uses = [step["uses"] for step in job["steps"] if "uses" in step]
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", use) for use in uses)
    (command,) = [step["run"] for step in job["steps"] if "run" in step]
    filled = re.findall(r"\$\{\{ (.*?) \}\}", command)
    assert filled == ["github.event_name == 'pull_request' && '--since=HEAD^1' || ''"]


def test_the_command_of_the_workflow_runs(
    tree: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("init", "--write")
    job = yaml.safe_load((tree / WORKFLOW).read_text())["jobs"]["gracelint"]
    command = next(step["run"] for step in job["steps"] if "run" in step)
    command = re.sub(r"\$\{\{.*?\}\}", "", command)
    started = f"pipx run {templates.RELEASE}"
    assert command.startswith(started)
    summary = tree / "summary"
    command = command.replace(started, f"'{sys.executable}' -m gracelint")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    subprocess.run(["bash", "-e", "-c", command], cwd=tree, check=True, capture_output=True)
    assert summary.read_text().startswith("### gracelint\n")
    assert (tree / "gracelint.sarif").is_file()


def test_gitlab_gets_a_job(tree: Path, run: Run) -> None:
    (tree / ".gitlab-ci.yml").write_text("stages: [test]\n")
    run("init", "--write")
    made = yaml.safe_load((tree / ".gitlab-ci.yml").read_text())
    assert made["stages"] == ["test"]
    assert made["gracelint"]["artifacts"]["reports"]["codequality"] == "gl-code-quality-report.json"
    assert not (tree / ".github").exists()
    words = ["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"]
    command = [sys.executable, "-m", "check_jsonschema", *words, str(tree / ".gitlab-ci.yml")]
    subprocess.run(command, check=True, capture_output=True)


def test_nothing_is_written_out_of_the_tree(
    tree: Path, run: Run, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (tree / ".github").symlink_to(outside)
    outcome = run("init", "--write")
    assert outcome.status == 2
    assert "leads out of the folder" in outcome.stderr
    assert list(outside.iterdir()) == []


def test_a_folder_with_nothing_in_it(tmp_path: Path, run: Run) -> None:
    outcome = run("init")
    assert outcome.status == 2
    assert "nothing here says how a container is started" in outcome.stderr


@pytest.mark.parametrize(
    ("path", "said"), [("nowhere", "no such file or folder"), ("Dockerfile", "is no folder")]
)
def test_what_is_no_folder(tree: Path, run: Run, path: str, said: str) -> None:
    outcome = run("init", path)
    assert (outcome.status, outcome.stdout) == (2, "")
    assert said in outcome.stderr


def test_folders_are_made_within_the_tree(tmp_path: Path) -> None:
    files = Files(tmp_path)
    files.make_folders("a/b/c")
    files.make_folders("a/b/d")
    files.make_folders("top")
    assert (tmp_path / "a/b").is_dir()
    assert not (tmp_path / "top").exists()
