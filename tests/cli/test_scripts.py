"""`check SCRIPT`: with every launch of its project that runs it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Outcome

    Run = Callable[..., Outcome]

IMAGE = 'FROM debian:12\nCOPY --chmod=755 run.sh /\nENTRYPOINT ["/run.sh"]\n'
BAD = "#!/bin/sh\nnode server.js\n"
SHELL = "FROM debian:12\nCMD python app.py\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
    (tmp_path / "a/Dockerfile").write_text(IMAGE)
    (tmp_path / "a/run.sh").write_text(BAD)
    (tmp_path / "b/Dockerfile").write_text(SHELL)
    (tmp_path / "c/other.sh").write_text(BAD)
    compose = "services:\n  one: {build: ./a}\n  two: {build: ./a}\n  three: {build: ./b}\n"
    (tmp_path / "compose.yaml").write_text(compose)
    return tmp_path


def found(outcome: Outcome) -> list[tuple[str, str]]:
    return [(f["code"], f["path"]) for f in json.loads(outcome.stdout)["findings"]]


def test_its_findings_over_all_launches(tree: Path, run: Run) -> None:
    outcome = run("check", "a/run.sh", "--output-format", "json")
    assert outcome.status == 1
    (finding,) = json.loads(outcome.stdout)["findings"]
    assert (finding["code"], finding["path"]) == ("GL201", "a/run.sh")
    assert {"one", "two"} <= set(finding["workloads"])
    summary = json.loads(outcome.stdout)["summary"]
    assert (summary["files"], summary["launches"]["killed"]) == (1, 3)


def test_the_same_from_within_its_folder(
    tree: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tree / "a")
    assert found(run("check", "run.sh", "--output-format", "json")) == [("GL201", "run.sh")]


def test_beside_other_paths_nothing_is_said_twice(tree: Path, run: Run) -> None:
    outcome = run("check", "a/run.sh", "a", "b/Dockerfile", "--output-format", "json")
    assert found(outcome) == [("GL201", "a/run.sh"), ("GL102", "b/Dockerfile")]


def test_beside_its_dockerfile_no_launch_is_counted_twice(tree: Path, run: Run) -> None:
    def killed(*paths: str) -> int:
        outcome = run("check", *paths, "--output-format", "json")
        return int(json.loads(outcome.stdout)["summary"]["launches"]["killed"])

    alone = killed("a/run.sh")
    assert killed("a/run.sh", "a/Dockerfile") == alone
    assert killed("a/run.sh", "b/Dockerfile") > alone


def test_fixes_are_those_of_the_script(tree: Path, run: Run) -> None:
    assert run("check", "--fix", "a/run.sh").status == 0
    assert (tree / "a/run.sh").read_text() == "#!/bin/sh\nexec node server.js\n"
    assert (tree / "b/Dockerfile").read_text() == SHELL
    left = run("check", "a/run.sh", "--output-format", "json")
    assert found(left) == [("GL301", "a/Dockerfile")]


def test_a_launch_that_loses_the_signal_before_the_script(tree: Path, run: Run) -> None:
    (tree / "c/Dockerfile").write_text("FROM debian:12\nCOPY other.sh /\nCMD /other.sh\n")
    outcome = run("check", "c/other.sh", "--output-format", "json")
    assert found(outcome) == [("GL102", "c/Dockerfile"), ("GL201", "c/other.sh")]


def test_traced_are_the_launches_that_run_it(tree: Path, run: Run) -> None:
    text = run("trace", "a/run.sh", "--output-format", "json").stdout
    names = [workload["name"] for workload in json.loads(text)["workloads"]]
    assert sorted(names)[-2:] == ["one", "two"]
    assert len(names) == 3


def test_a_program_in_another_language(tree: Path, run: Run) -> None:
    source = "import time\n\nwhile True:\n    time.sleep(1)\n"
    (tree / "b/app.py").write_text(source)
    (tree / "b/Dockerfile").write_text(
        'FROM python:3.13\nCOPY app.py /\nCMD ["python", "/app.py"]\n'
    )
    told = run("check", "b/app.py", "--output-format", "json")
    assert "no launch" not in told.stderr
    assert json.loads(told.stdout)["summary"]["launches"]["killed"] == 2


@pytest.mark.parametrize("command", ["check", "trace"])
def test_a_script_that_nothing_runs(tree: Path, run: Run, command: str) -> None:
    outcome = run(command, "c/other.sh")
    assert outcome.status == 0
    assert "c/other.sh: no launch in sight runs this" in outcome.stderr


def test_what_is_no_script_is_still_nothing_known(tree: Path, run: Run) -> None:
    (tree / "notes.txt").write_text("words\n")
    assert run("check", "notes.txt").status == 2


def test_it_is_listed(tree: Path, run: Run) -> None:
    assert run("check", "--show-files", "a/run.sh", "b").stdout == "a/run.sh\nb/Dockerfile\n"


def test_a_folder_of_scripts_alone_says_how_they_are_checked(run: Run, tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts/start.sh").write_text("#!/bin/sh\nnode server.js\n")
    done = run("check", "scripts")
    assert done.status == 0
    assert "scripts are when they are named, as scripts/start.sh" in done.stderr
