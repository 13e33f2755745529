"""action.yml, its steps run as GitHub runs them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}
INSTALL, CHECK = "Install gracelint", "Run gracelint"
BAD = "FROM debian:12\nENTRYPOINT node server.js\n"
GOOD = 'FROM debian:12\nENTRYPOINT ["redis-server"]\n'


@dataclass(frozen=True)
class Ran:
    status: int
    stdout: str
    stderr: str
    outputs: dict[str, str]
    summary: str


def expanded(text: str, values: dict[str, str]) -> str:
    """`${{ … }}` as GitHub fills it in."""
    return re.sub(r"\$\{\{ (.*?) \}\}", lambda match: values[match[1]], text)


def step(name: str, workspace: Path, temp: Path, event: str = "push", **inputs: str) -> Ran:
    defaults = {key: value["default"] for key, value in ACTION["inputs"].items()}
    values = {f"inputs.{k}": v for k, v in (defaults | inputs).items()}
    values["github.action_path"] = str(ROOT)
    values["github.server_url"] = "https://example.com"
    values["github.action_repository"] = "owner/gracelint"
    values["github.action_ref"] = "v1"
    outputs, summary = temp / "output", temp / "summary"
    outputs.write_text("")
    summary.write_text("")
    environment = os.environ | {
        "RUNNER_TEMP": str(temp),
        "GITHUB_OUTPUT": str(outputs),
        "GITHUB_STEP_SUMMARY": str(summary),
        "GITHUB_WORKSPACE": str(workspace),
        "GITHUB_EVENT_NAME": event,
    }
    environment |= {k: expanded(v, values) for k, v in STEPS[name]["env"].items()}
    script = temp / "step.sh"
    script.write_text(STEPS[name]["run"])
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
        cwd=workspace,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    written = dict(line.split("=", 1) for line in outputs.read_text().splitlines())
    return Ran(done.returncode, done.stdout, done.stderr, written, summary.read_text())


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "work space"
    folder.mkdir()
    (folder / "Dockerfile").write_text(BAD)
    return folder


@pytest.fixture
def temp(tmp_path: Path) -> Path:
    """A runner's folder in which the environment of this test run stands as the installed one."""
    folder = tmp_path / "runner temp"
    (folder / "gracelint" / "bin").mkdir(parents=True)
    for name, words in (("gracelint", "-m gracelint"), ("python", "")):
        command = folder / "gracelint" / "bin" / name
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" {words} "$@"\n')
        command.chmod(0o755)
    return folder


def test_the_tree_holds_no_modules_for_the_installation(workspace: Path, tmp_path: Path) -> None:
    for module in ("venv", "pip", "ensurepip", "sitecustomize"):
        (workspace / module).mkdir()
        for name in ("__init__.py", "__main__.py"):
            (workspace / module / name).write_text("raise SystemExit(open('pwned', 'w'))\n")
    temp = tmp_path / "fresh"
    temp.mkdir()
    with pytest.MonkeyPatch.context() as patch:  # pip runs, and finds no index
        patch.setenv("PIP_CONFIG_FILE", os.devnull)
        patch.setenv("PIP_NO_INDEX", "1")
        ran = step(INSTALL, workspace, temp, version="0.0.0.dev0", python=sys.executable)
    assert "No matching distribution found for gracelint==0.0.0.dev0" in ran.stderr
    assert not (workspace / "pwned").exists()


@pytest.mark.install
def test_it_installs_itself_and_runs(workspace: Path, tmp_path: Path) -> None:
    temp = tmp_path / "fresh"
    temp.mkdir()
    installed = step(INSTALL, workspace, temp, python=sys.executable)
    assert installed.status == 0, installed
    ran = step(CHECK, workspace, temp)
    assert ran.status == 1, ran
    assert "GL101" in ran.stdout


def test_a_python_that_is_too_old_is_said_to_be(workspace: Path, temp: Path) -> None:
    ran = step(INSTALL, workspace, temp, python="false")
    assert ran.status == 2
    assert ran.stdout.startswith("::error title=gracelint::No Python 3.11 or newer")


def test_findings_become_annotations_and_a_summary(workspace: Path, temp: Path) -> None:
    ran = step(CHECK, workspace, temp)
    assert ran.status == 1, ran
    assert ran.stdout.startswith("::error file=Dockerfile,line=2,")
    assert all(line.startswith("::") for line in ran.stdout.splitlines())
    page = "https://example.com/owner/gracelint/tree/v1/rules/GL101-shell-form-entrypoint.md"
    assert f"**error** [GL101 shell-form-entrypoint]({page}) at `Dockerfile:2:12`" in ran.summary
    assert "\x1b" not in ran.summary


def test_what_is_killed_is_traced_in_the_summary(workspace: Path, temp: Path) -> None:
    summary = step(CHECK, workspace, temp).summary
    assert "<summary>killed: Dockerfile</summary>" in summary
    assert "node server.js" in summary.partition("<summary>killed")[2]


def test_outputs_count(workspace: Path, temp: Path) -> None:
    (workspace / "b.Dockerfile").write_text(
        'FROM debian:12\n# gracelint: ignore[GL401] known\nSTOPSIGNAL SIGKILL\nCMD ["/app"]\n'
    )
    ran = step(CHECK, workspace, temp)
    assert ran.outputs == {
        "exit-code": "1",
        "findings": "1",
        "errors": "1",
        "warnings": "0",
        "infos": "0",
        "suppressed": "1",
        "killed": "2",
        "unknown": "0",
    }


def test_nothing_found_is_a_success(workspace: Path, temp: Path) -> None:
    (workspace / "Dockerfile").write_text(GOOD)
    ran = step(CHECK, workspace, temp, summary="false")
    assert (ran.status, ran.stdout, ran.summary) == (0, "", "")
    assert (ran.outputs["exit-code"], ran.outputs["findings"]) == ("0", "0")


def test_a_sarif_file_is_written_where_asked(workspace: Path, temp: Path) -> None:
    inner = workspace / "api"
    inner.mkdir()
    shutil.move(workspace / "Dockerfile", inner / "Dockerfile")
    inputs = {"working-directory": "api", "sarif-file": "out.sarif"}
    ran = step(CHECK, workspace, temp, **inputs)
    assert ran.outputs["sarif-file"] == "api/out.sarif"
    run = json.loads((inner / "out.sarif").read_text())["runs"][0]
    (result,) = run["results"]
    place = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert (result["ruleId"], place["uri"]) == ("GL101", "api/Dockerfile")
    assert ran.stdout.startswith("::error file=api/Dockerfile,line=2,")


def test_paths_and_options_are_passed_on(workspace: Path, temp: Path) -> None:
    for name in ("with blank", "-x"):
        (workspace / name).mkdir()
        (workspace / name / "Dockerfile").write_text(BAD)
    ran = step(CHECK, workspace, temp, paths="with blank\n\n-x\n")
    assert sorted(re.findall(r"file=([^,]*),", ran.stdout)) == [
        "-x/Dockerfile",
        "with blank/Dockerfile",
    ]
    ignored = step(CHECK, workspace, temp, args="--ignore GL101\n--color  never")
    assert (ignored.status, ignored.stdout) == (0, "")


def test_options_are_quoted_as_in_a_shell(workspace: Path, temp: Path) -> None:
    (workspace / "my settings.toml").write_text('ignore = ["GL101"]\n')
    ran = step(CHECK, workspace, temp, args="--config 'my settings.toml' --color \"never\"")
    assert (ran.status, ran.stdout) == (0, "")
    ran = step(CHECK, workspace, temp, args="--config $HOME/*.toml")
    assert ran.status == 2
    assert "--config $HOME/*.toml: no such file" in ran.stderr
    ran = step(CHECK, workspace, temp, args="--config 'open")
    assert ran.status == 2
    assert ran.stdout == (
        "::error title=gracelint::the input args cannot be taken apart: No closing quotation\n"
    )


def test_inputs_for_what_is_often_asked(workspace: Path, temp: Path) -> None:
    (workspace / "own.toml").write_text('ignore = ["GL101"]\n')
    assert step(CHECK, workspace, temp, config="own.toml").status == 0
    step(CHECK, workspace, temp, args="--write-baseline", baseline="known.json")
    assert step(CHECK, workspace, temp, baseline="known.json").status == 0
    (workspace / "Dockerfile").write_text(GOOD)
    (workspace / "own.toml").write_text('[severity]\nGL002 = "info"\n')
    inputs = {"config": "own.toml", "baseline": "known.json"}
    assert step(CHECK, workspace, temp, **inputs).status == 0
    assert step(CHECK, workspace, temp, **inputs, **{"fail-level": "info"}).status == 1


def git(folder: Path, *words: str) -> str:
    whole = ("git", "-c", "user.name=a", "-c", "user.email=a@b", *words)
    done = subprocess.run(whole, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def merged(workspace: Path, tmp_path: Path) -> Path:
    """A repository at the commit that GitHub makes of a pull request and what it goes into."""
    git(workspace, "init", "-q", "-b", "main")
    git(workspace, "add", "-A")
    git(workspace, "commit", "-q", "-m", "old")
    git(workspace, "switch", "-q", "-c", "change")
    for number in (1, 2):
        (workspace / f"new{number}.Dockerfile").write_text(BAD)
        git(workspace, "add", "-A")
        git(workspace, "commit", "-q", "-m", "new")
    git(workspace, "switch", "-q", "main")
    git(workspace, "merge", "-q", "--no-ff", "-m", "merged", "change")
    return workspace


def files_of(ran: Ran) -> list[str]:
    return sorted(re.findall(r"^::error file=([^,]*),", ran.stdout, re.MULTILINE))


NEW = ["new1.Dockerfile", "new2.Dockerfile"]


def test_in_a_pull_request_only_what_it_brings_is_reported(merged: Path, temp: Path) -> None:
    ran = step(CHECK, merged, temp, "pull_request")
    assert (ran.status, files_of(ran)) == (1, NEW)
    assert ran.outputs["findings"] == "2"
    assert "`Dockerfile:2:12`" not in ran.summary
    assert files_of(step(CHECK, merged, temp)) == ["Dockerfile", *NEW]
    assert files_of(step(CHECK, merged, temp, "pull_request", since="")) == ["Dockerfile", *NEW]
    assert files_of(step(CHECK, merged, temp, since="HEAD~1")) == NEW
    assert files_of(step(CHECK, merged, temp, since="HEAD")) == []
    asked = step(CHECK, merged, temp, "pull_request", args="--since HEAD~2")
    assert files_of(asked) == files_of(step(CHECK, merged, temp, since="HEAD~2"))


@pytest.mark.parametrize("depth", ["1", "2"])
def test_as_the_checkout_action_leaves_it(
    merged: Path, temp: Path, tmp_path: Path, depth: str
) -> None:
    copy = tmp_path / "copy"
    git(tmp_path, "clone", "-q", f"--depth={depth}", merged.as_uri(), str(copy))
    ran = step(CHECK, copy, temp, "pull_request")
    if depth == "2":
        assert files_of(ran) == NEW
        assert "::notice" not in ran.stdout
    else:
        assert files_of(ran) == ["Dockerfile", *NEW]
        assert ran.stdout.startswith("::notice title=gracelint::everything is reported, not only")
        assert "fetch-depth: 2" in ran.stdout.splitlines()[0]


def test_at_the_head_of_a_branch_nothing_is_hidden(merged: Path, temp: Path) -> None:
    """Its first parent is only the commit before, which may have brought something, too."""
    git(merged, "switch", "-q", "change")
    ran = step(CHECK, merged, temp, "pull_request")
    assert files_of(ran) == ["Dockerfile", *NEW]
    assert "::notice title=gracelint::everything is reported" in ran.stdout


def test_a_commit_that_is_asked_for_has_to_be_there(merged: Path, temp: Path) -> None:
    ran = step(CHECK, merged, temp, since="nowhere")
    assert ran.status == 2
    assert "::error title=gracelint::gracelint could not do all of its work" in ran.stdout


@pytest.mark.parametrize(
    "version", ["; touch pwned", "--index-url=x", "1.0 x", "git+file:x", "1;x"]
)
def test_a_version_is_a_version(workspace: Path, temp: Path, version: str) -> None:
    ran = step(INSTALL, workspace, temp, version=version, python=sys.executable)
    assert ran.status == 2
    assert ran.stdout == "::error title=gracelint::The input version has to be one such as 1.2.3.\n"
    assert not (temp / "gracelint" / "pyvenv.cfg").exists()


def test_a_report_that_stood_there_before_is_not_handed_on(workspace: Path, temp: Path) -> None:
    (workspace / "old.sarif").write_text("{}")
    inputs = {"sarif-file": "old.sarif"}
    assert "sarif-file" not in step(CHECK, workspace, temp, args="--no-such", **inputs).outputs
    assert step(CHECK, workspace, temp, **inputs).outputs["sarif-file"] == "old.sarif"
    outside = temp / "outside.sarif"
    outside.write_text("{}")
    (workspace / "link.sarif").symlink_to(outside)
    ran = step(CHECK, workspace, temp, **{"sarif-file": "link.sarif"})
    assert "sarif-file" not in ran.outputs
    assert outside.read_text() == "{}"


@pytest.mark.parametrize(
    ("name", "value"), [("working-directory", "none"), ("summary", "yes"), ("args", "'")]
)
def test_an_input_that_cannot_be_used_is_said(
    workspace: Path, temp: Path, name: str, value: str
) -> None:
    ran = step(CHECK, workspace, temp, **{name: value})
    assert (ran.status, ran.stderr) == (2, "")
    assert ran.stdout.startswith(f"::error title=gracelint::the input {name} ")
    assert ran.outputs == {"exit-code": "2"}


def test_wrong_use_is_no_finding(workspace: Path, temp: Path) -> None:
    ran = step(CHECK, workspace, temp, args="--no-such-option")
    assert ran.status == 2
    assert ran.outputs == {"exit-code": "2"}
    assert "there is no option --no-such-option" in ran.stderr


HOSTILE = (
    '"; touch pwned; echo $(touch pwned) `touch pwned` ${{ github.token }}\n--x\n$(touch pwned)'
)


@pytest.mark.parametrize("name", sorted(ACTION["inputs"]))
def test_inputs_are_never_run(workspace: Path, temp: Path, name: str) -> None:
    part = INSTALL if name in {"python", "version"} else CHECK
    step(part, workspace, temp, **{name: HOSTILE.replace("${{ github.token }}", "")})
    assert not list(workspace.rglob("pwned"))


@pytest.mark.parametrize("name", sorted(STEPS))
def test_expressions_stand_in_env_alone(name: str) -> None:
    given: dict[str, Any] = STEPS[name]
    assert "${{" not in given["run"]
    assert given["shell"] == "bash"


def test_every_input_is_used_and_described() -> None:
    env = " ".join(value for step in STEPS.values() for value in step["env"].values())
    for name, given in ACTION["inputs"].items():
        assert f"inputs.{name} " in env
        assert given["description"].endswith(".")
