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


def step(name: str, workspace: Path, temp: Path, **inputs: str) -> Ran:
    defaults = {key: value["default"] for key, value in ACTION["inputs"].items()}
    values = {f"inputs.{k}": v for k, v in (defaults | inputs).items()}
    values["github.action_path"] = str(ROOT)
    outputs, summary = temp / "output", temp / "summary"
    outputs.write_text("")
    summary.write_text("")
    environment = os.environ | {
        "RUNNER_TEMP": str(temp),
        "GITHUB_OUTPUT": str(outputs),
        "GITHUB_STEP_SUMMARY": str(summary),
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
    command = folder / "gracelint" / "bin" / "gracelint"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m gracelint "$@"\n')
    command.chmod(0o755)
    return folder


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
    assert ran.outputs == {"exit-code": "1"}
    assert ran.stdout.startswith("::error file=Dockerfile,line=2,")
    assert all(line.startswith("::") for line in ran.stdout.splitlines())
    assert "error[GL101]" in ran.summary
    assert "\n      --> Dockerfile:2:" in ran.summary
    assert "\x1b" not in ran.summary


def test_nothing_found_is_a_success(workspace: Path, temp: Path) -> None:
    (workspace / "Dockerfile").write_text(GOOD)
    ran = step(CHECK, workspace, temp, summary="false")
    assert (ran.status, ran.stdout, ran.summary) == (0, "", "")
    assert ran.outputs == {"exit-code": "0"}


def test_a_sarif_file_is_written_where_asked(workspace: Path, temp: Path) -> None:
    inner = workspace / "api"
    inner.mkdir()
    shutil.move(workspace / "Dockerfile", inner / "Dockerfile")
    inputs = {"working-directory": "api", "sarif-file": "out.sarif"}
    ran = step(CHECK, workspace, temp, **inputs)
    assert ran.outputs == {"exit-code": "1", "sarif-file": "api/out.sarif"}
    run = json.loads((inner / "out.sarif").read_text())["runs"][0]
    assert [result["ruleId"] for result in run["results"]] == ["GL101"]


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


def test_wrong_use_is_no_finding(workspace: Path, temp: Path) -> None:
    ran = step(CHECK, workspace, temp, args="--no-such-option")
    assert ran.status == 2
    assert ran.outputs == {"exit-code": "2"}


HOSTILE = (
    '"; touch pwned; echo $(touch pwned) `touch pwned` ${{ github.token }}\n--x\n$(touch pwned)'
)


@pytest.mark.parametrize("name", sorted(ACTION["inputs"]))
def test_inputs_are_never_run(workspace: Path, temp: Path, name: str) -> None:
    part = INSTALL if name == "python" else CHECK
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
