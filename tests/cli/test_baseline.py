"""`gracelint check --baseline`: what is known already is set apart, and only that."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Outcome

    Run = Callable[..., Outcome]

KILL = "FROM debian:12\nSTOPSIGNAL SIGKILL\n"
CONCISE = ("--output-format", "concise")


@pytest.fixture
def known(run: Run, tmp_path: Path) -> Path:
    """A baseline of a folder with one defect."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "Dockerfile").write_text(KILL)
    done = run("check", "--write-baseline", "--baseline", "known.json")
    assert (done.status, done.stdout) == (0, "")
    return tmp_path / "known.json"


def test_a_baseline_says_what_it_knows(known: Path) -> None:
    data = json.loads(known.read_text())
    (entry,) = data["findings"]
    assert data["version"] == 1
    assert (entry["code"], entry["path"]) == ("GL401", "Dockerfile")
    assert "SIGKILL" in entry["message"]


def test_what_is_known_does_not_fail_the_run(run: Run, known: Path) -> None:
    done = run("check", "--baseline", "known.json", *CONCISE)
    assert (done.status, done.stdout, done.stderr) == (0, "", "")


def test_it_is_set_apart_and_not_dropped(run: Run, known: Path) -> None:
    done = run("check", "--baseline", "known.json", "--output-format", "sarif")
    (result,) = json.loads(done.stdout)["runs"][0]["results"]
    assert result["ruleId"] == "GL401"
    assert result["suppressions"] == [{"kind": "external"}]


def test_it_stays_known_when_lines_move(run: Run, known: Path) -> None:
    known.with_name("Dockerfile").write_text(KILL.replace("STOP", "\n# why\nENV A=1\nSTOP"))
    assert run("check", "--baseline", "known.json").status == 0


def test_what_is_new_fails_the_run(run: Run, known: Path) -> None:
    known.with_name("api.Dockerfile").write_text(KILL)
    done = run("check", "--baseline", "known.json", *CONCISE)
    assert done.status == 1
    assert [line.partition(":")[0] for line in done.stdout.splitlines()] == ["api.Dockerfile"]


def test_fixes_leave_what_is_known(run: Run, known: Path) -> None:
    dockerfile = known.with_name("Dockerfile")
    done = run("check", "--fix", "--unsafe-fixes", "--baseline", "known.json")
    assert done.status == 0
    assert dockerfile.read_text() == KILL
    left = "note: 1 finding that can be repaired is left alone: the baseline knows it"
    assert left in done.stderr


def test_comments_leave_what_is_known(run: Run, known: Path) -> None:
    dockerfile = known.with_name("Dockerfile")
    done = run("check", "--add-ignore", "we know", "--baseline", "known.json")
    assert dockerfile.read_text() == KILL
    assert "note: 1 finding that can be left out by a comment is left alone" in done.stderr
    assert run("check", "--add-ignore", "we know", "--baseline", "").status == 0
    assert "# gracelint: ignore[GL401] we know" in dockerfile.read_text()


def test_only_what_could_be_repaired_is_told_of(run: Run, known: Path) -> None:
    known.with_name("Dockerfile").write_text(KILL + "# the same\n")
    assert run("check", "--baseline", "known.json").stderr == ""


def test_an_empty_name_is_no_baseline(run: Run, known: Path) -> None:
    (known.with_name("gracelint.toml")).write_text('baseline = "known.json"\n')
    assert run("check").status == 0
    assert run("check", "--baseline", "").status == 1
    assert run("check", "--fix", "--unsafe-fixes", "--baseline", "").status == 0
    assert known.with_name("Dockerfile").read_text() != KILL
    assert "say where" in run("check", "--write-baseline", "--baseline", "").stderr


def test_an_entry_without_a_finding_is_told_of_at_its_place(run: Run, known: Path) -> None:
    known.with_name("Dockerfile").write_text("FROM debian:12\n")
    done = run("check", "--baseline", "known.json", *CONCISE)
    line = next(n for n, t in enumerate(known.read_text().splitlines(), 1) if "fingerprint" in t)
    assert done.status == 1
    assert done.stdout.startswith(f"known.json:{line}:")
    assert "GL401 in Dockerfile" in done.stdout
    assert done.stdout.endswith("[GL002]\n")


@pytest.mark.parametrize(
    "more",
    [("--select", "GL1,GL002"), ("--ignore", "GL401"), ("--ignore", "GL002"), ("other",)],
)
def test_an_entry_that_the_run_cannot_judge_is_left_alone(
    run: Run, known: Path, more: tuple[str, ...]
) -> None:
    if more != ("other",):
        known.with_name("Dockerfile").write_text("FROM debian:12\n")
    (known.parent / "other").mkdir()
    (known.parent / "other" / "Dockerfile").write_text("FROM debian:12\n")
    assert run("check", "--baseline", "known.json", *more, *CONCISE).stdout == ""


def test_an_entry_of_a_file_that_has_gone_is_always_told_of(run: Run, known: Path) -> None:
    known.with_name("Dockerfile").unlink()
    (known.parent / "other").mkdir()
    (known.parent / "other" / "Dockerfile").write_text("FROM debian:12\n")
    assert "[GL002]" in run("check", "--baseline", "known.json", "other", *CONCISE).stdout


def test_the_settings_may_name_it_from_their_own_folder(
    run: Run, known: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (known.parent / "conf").mkdir()
    known.rename(known.parent / "conf" / "known.json")
    settings = known.parent / "conf" / "gracelint.toml"
    settings.write_text('baseline = "known.json"\n')
    assert run("check", "--config", "conf/gracelint.toml").status == 0
    settings.rename(known.parent / "gracelint.toml")
    (known.parent / "gracelint.toml").write_text('baseline = "conf/known.json"\n')
    assert run("check").status == 0
    assert run("check", "--isolated").status == 1


def test_it_may_stand_outside_of_the_tree(
    run: Run, known: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "known.json"
    known.rename(outside)
    assert run("check", "--baseline", outside).status == 0
    known.with_name("Dockerfile").write_text("FROM debian:12\n")
    assert "known.json:8:22: " in run("check", "--baseline", outside, *CONCISE).stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "cannot be read: no such file"),
        ("", "is no baseline"),
        ("[" * 100_000, "is no baseline"),
        ("[]", '"version": 1'),
        ('{"version": 2, "findings": []}', '"version": 1'),
        ('{"version": 1, "findings": [7]}', "entry 1 needs"),
        ('{"version": 1, "findings": [{"code": 1, "path": "", "fingerprint": ""}]}', "entry 1"),
    ],
)
def test_one_that_cannot_be_used_is_an_error(
    run: Run, known: Path, text: str | None, said: str
) -> None:
    known.unlink()
    if text is not None:
        known.write_text(text)
    done = run("check", "--baseline", "known.json")
    assert (done.status, done.stdout) == (2, "")
    assert done.stderr.startswith("gracelint: error: known.json: ")
    assert said in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--write-baseline",), "--baseline FILE"),
        (("--write-baseline", "--baseline", "b", "--fix"), "fix first"),
        (("--write-baseline", "--baseline", "no/such/folder"), "cannot be written"),
    ],
)
def test_writing_needs_a_place(
    run: Run, known: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = run("check", *arguments)
    assert done.status == 2
    assert said in done.stderr


def test_several_trees_have_no_common_baseline(run: Run, known: Path, tmp_path: Path) -> None:
    (tmp_path / "other" / ".git").mkdir(parents=True)
    done = run("check", ".", "other", "--baseline", "known.json")
    assert done.status == 2
    assert "belongs to one tree" in done.stderr


def test_processes_and_caches_change_nothing(run: Run, known: Path) -> None:
    plain = run("check", *CONCISE)
    assert run("check", "--jobs", "4", "--no-cache", *CONCISE) == plain
    assert run("check", "--jobs", "-1").status == 2
