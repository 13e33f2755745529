"""templates/gracelint.yml, its script run as a runner does, with an environment in sight."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SPEC, JOBS = yaml.safe_load_all((ROOT / "templates/gracelint.yml").read_text(encoding="utf-8"))
JOB = JOBS["gracelint"]
INSTALL, CHECK = JOB["script"]
BAD = "FROM debian:12\nENTRYPOINT node server.js\n"


def git(folder: Path, *words: str) -> str:
    whole = ("git", "-c", "user.name=a", "-c", "user.email=a@b", *words)
    done = subprocess.run(whole, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "a project"
    command = folder / ".venv-gracelint" / "bin" / "gracelint"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m gracelint "$@"\n')
    command.chmod(0o755)
    (folder / "Dockerfile").write_text(BAD)
    (folder / ".gitignore").write_text(".venv-gracelint\n")
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "old")
    return folder


def run(project: Path, inputs: dict[str, str] | None = None, **environment: str) -> Any:
    """The status, the report, and standard error."""
    given = {name: about["default"] for name, about in SPEC["spec"]["inputs"].items()}
    given = {k: str(v).lower() if isinstance(v, bool) else v for k, v in given.items()}
    given |= inputs or {}
    filled = {
        name: re.sub(r"\$\[\[ inputs\.([\w-]+) \]\]", lambda found: given[found[1]], str(value))
        for name, value in JOB["variables"].items()
    }
    report = project / "gl-code-quality-report.json"
    report.unlink(missing_ok=True)
    done = subprocess.run(
        ["sh", "-e", "-c", CHECK],
        cwd=project,
        env=os.environ | filled | {"CI_PROJECT_DIR": str(project)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    issues = json.loads(report.read_text()) if report.is_file() else None
    return done.returncode, issues and [i["location"]["path"] for i in issues], done.stderr


def test_everything_is_reported_on_a_branch(project: Path) -> None:
    assert run(project)[:2] == (1, ["Dockerfile"])


def test_a_merge_request_reports_what_it_brings(project: Path) -> None:
    base = git(project, "rev-parse", "HEAD")
    (project / "new.Dockerfile").write_text(BAD)
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "new")
    merge = {"CI_MERGE_REQUEST_DIFF_BASE_SHA": base}
    assert run(project, **merge)[:2] == (1, ["new.Dockerfile"])
    everything = run(project, {"only-changes": "false"}, **merge)
    assert everything[:2] == (1, ["Dockerfile", "new.Dockerfile"])


def test_paths_and_options(project: Path) -> None:
    for name in ("with blank", "-x"):
        (project / name).mkdir()
        (project / name / "Dockerfile").write_text(BAD)
    status, paths, _ = run(project, {"paths": "with blank\n-x\n"})
    assert (status, paths) == (1, ["-x/Dockerfile", "with blank/Dockerfile"])
    assert run(project, {"args": "--ignore GL101"})[:2] == (0, [])


HOSTILE = "'; touch pwned; $(touch pwned) `touch pwned` *"


@pytest.mark.parametrize("name", ["paths", "args", "only-changes"])
def test_inputs_are_never_run(project: Path, name: str) -> None:
    run(project, {name: HOSTILE})
    assert not (project / "pwned").exists()


def test_every_input_is_used_and_described() -> None:
    written = yaml.safe_dump(JOBS)
    for name, about in SPEC["spec"]["inputs"].items():
        assert f"$[[ inputs.{name} ]]" in written
        assert about["description"].endswith(".")
    assert "$[[" not in INSTALL + CHECK
    assert JOB["artifacts"]["reports"]["codequality"] in CHECK
