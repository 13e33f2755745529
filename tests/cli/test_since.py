"""`--since REV`: only what is not found at that commit."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Outcome

    Run = Callable[..., Outcome]

BAD = "FROM debian:12\nENTRYPOINT node server.js\n"
GOOD = 'FROM debian:12\nENTRYPOINT ["redis-server"]\n'
WORSE = "FROM debian:12\nCMD python app.py\n"


def git(folder: Path, *words: str) -> None:
    whole = ("git", "-c", "user.name=a", "-c", "user.email=a@b", *words)
    subprocess.run(whole, cwd=folder, check=True, capture_output=True)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "main")
    put(tmp_path, {"a/Dockerfile": BAD, "b/Dockerfile": GOOD})
    commit(tmp_path)
    return tmp_path


def put(folder: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "a change")


def found(outcome: Outcome) -> list[tuple[str, str]]:
    assert outcome.status in {0, 1}, outcome
    return [(f["code"], f["path"]) for f in json.loads(outcome.stdout)["findings"]]


def since(run: Run, *words: str) -> list[tuple[str, str]]:
    return found(run("check", "--since", "HEAD", "--output-format", "json", *words))


def test_what_was_there_is_left_out_and_counted(tree: Path, run: Run) -> None:
    outcome = run("check", "--since", "HEAD")
    assert outcome.status == 0
    assert outcome.stderr == "gracelint: note: 1 finding is not shown: HEAD has it, too\n"
    assert run("check").status == 1


def test_json_counts_what_is_left_out(tree: Path, run: Run) -> None:
    told = json.loads(run("check", "--since", "HEAD", "--output-format", "json").stdout)
    every = json.loads(run("check", "--output-format", "json").stdout)
    assert told["summary"]["older"] == len(every["findings"]) > 0
    assert every["summary"]["older"] == 0


def test_what_a_change_brings_is_found(tree: Path, run: Run) -> None:
    put(tree, {"b/Dockerfile": WORSE})
    assert since(run) == [("GL102", "b/Dockerfile")]
    commit(tree)
    assert since(run) == []
    assert found(run("check", "--since", "HEAD~1", "--output-format", "json")) == [
        ("GL102", "b/Dockerfile")
    ]


def test_lines_that_move_or_are_indented_bring_nothing(tree: Path, run: Run) -> None:
    put(tree, {"a/Dockerfile": "\n# moved\n" + BAD.replace("ENTRYPOINT ", "  ENTRYPOINT   ")})
    assert since(run) == []


def test_what_else_changes_in_the_text_brings_nothing(tree: Path, run: Run) -> None:
    put(tree, {"compose.yaml": "services:\n  a:\n    image: x/y:1\n    stop_signal: SIGKILL\n"})
    commit(tree)
    put(tree, {"compose.yaml": "services:\n  a:\n    image: x/y:2\n    stop_signal: KILL # now\n"})
    assert since(run) == []


def test_a_second_one_of_the_same_is_new(tree: Path, run: Run) -> None:
    put(tree, {"c/Dockerfile": BAD})
    assert since(run) == []  # not tracked: as it is now, at the commit as well
    git(tree, "add", "-A")
    assert since(run) == [("GL101", "c/Dockerfile")]


def test_files_and_folders_that_are_renamed_bring_nothing(tree: Path, run: Run) -> None:
    git(tree, "mv", "a", "moved")
    assert since(run) == []
    assert since(run, "moved") == []
    assert since(run, "moved/Dockerfile") == []


def test_a_change_elsewhere_counts_where_it_tells(tree: Path, run: Run) -> None:
    """Only the script changes, and the Dockerfile that it had been fine in stays."""
    image = 'FROM debian:12\nCOPY --chmod=755 run.sh /\nENTRYPOINT ["/run.sh"]\n'
    put(tree, {"c/Dockerfile": image, "c/run.sh": "#!/bin/sh\nexec node server.js\n"})
    commit(tree)
    put(tree, {"c/run.sh": "#!/bin/sh\nnode server.js\n"})
    assert since(run) == [("GL201", "c/run.sh")]
    assert since(run, "c/Dockerfile") == [("GL201", "c/run.sh")]


def test_a_launch_that_is_new_is_new_also_in_an_old_script(tree: Path, run: Run) -> None:
    image = 'FROM debian:12\nCOPY --chmod=755 run.sh /\nENTRYPOINT ["/run.sh"]\n'
    service = "  {}:\n    build: ./c\n    environment: {{N: '1'}}\n"
    text = "services:\n" + service.format("one")
    script = "#!/bin/sh\nnode server.js\n"
    put(tree, {"c/Dockerfile": image, "c/run.sh": script, "compose.yaml": text})
    commit(tree)
    assert since(run) == []
    put(tree, {"compose.yaml": text + service.format("two")})
    assert since(run) == [("GL201", "c/run.sh")]


def test_settings_are_those_of_today(tree: Path, run: Run) -> None:
    put(tree, {"gracelint.toml": 'ignore = ["GL101"]\n'})
    commit(tree)
    put(tree, {"gracelint.toml": ""})
    assert since(run) == []


def test_an_ignore_that_is_taken_away_brings_its_finding(tree: Path, run: Run) -> None:
    ignored = BAD.replace("ENTRYPOINT", "# gracelint: ignore[GL101] known\nENTRYPOINT")
    put(tree, {"a/Dockerfile": ignored})
    commit(tree)
    put(tree, {"a/Dockerfile": BAD})
    assert since(run) == [("GL101", "a/Dockerfile")]


def test_a_baseline_counts_as_well(tree: Path, run: Run) -> None:
    put(tree, {"b/Dockerfile": WORSE})
    run("check", "--baseline", "known.json", "--write-baseline")
    assert since(run, "--baseline", "known.json") == []
    git(tree, "add", "-A")
    assert since(run, "--baseline", "known.json") == []


def test_fixes_are_those_of_what_is_new(tree: Path, run: Run) -> None:
    put(tree, {"b/Dockerfile": WORSE})
    assert run("check", "--since", "HEAD", "--fix").status == 0
    assert (tree / "a/Dockerfile").read_text() == BAD
    assert (tree / "b/Dockerfile").read_text() == WORSE.replace(
        "python app.py", '["python", "app.py"]'
    )


def test_text_on_standard_input_is_compared_with_its_file(tree: Path, run: Run) -> None:
    words = ("check", "--since", "HEAD", "-", "--stdin-filename", "b/Dockerfile")
    outcome = run(*words, "--output-format", "concise", given=WORSE.encode())
    assert "b/Dockerfile:2:5: error" in outcome.stdout
    same = run(
        "check", "--since", "HEAD", "-", "--stdin-filename", "a/Dockerfile", given=BAD.encode()
    )
    assert same.status == 0


def test_without_any_commit_everything_is_new(tmp_path: Path, run: Run) -> None:
    git(tmp_path, "init", "-q")
    put(tmp_path, {"Dockerfile": BAD})
    assert since(run) == [("GL101", "Dockerfile")]


def test_old_findings_of_files_that_git_does_not_track_are_counted(tree: Path, run: Run) -> None:
    put(tree, {"c/Dockerfile": BAD})
    told = run("check", "--since", "HEAD").stderr.splitlines()
    assert told[0] == "gracelint: note: 2 findings are not shown: HEAD has them, too"
    assert "1 of these is in files that git does not track" in told[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--since", "mian"), "--since mian: there is no commit mian; did you mean `main`?"),
        (("--since", ""), "--since : no commit is named; give a branch, a tag or a hash"),
        (("--since", "HEAD", "--write-baseline", "--baseline", "x"), "does not go with --since"),
    ],
)
def test_what_cannot_be_done(tree: Path, run: Run, words: tuple[str, ...], said: str) -> None:
    outcome = run("check", *words)
    assert (outcome.status, outcome.stdout) == (2, "")
    assert said in outcome.stderr


def test_outside_of_a_work_tree(tmp_path: Path, run: Run) -> None:
    put(tmp_path, {"Dockerfile": BAD})
    outcome = run("check", "--since", "HEAD")
    assert outcome.status == 2
    assert "is no git work tree that can be read" in outcome.stderr
