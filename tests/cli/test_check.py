"""`gracelint check`: exit statuses, streams, formats, selection."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from gracelint.report import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Outcome

    Run = Callable[..., Outcome]

BAD = 'FROM debian:12\n# gracelint: ignore[GL101]\nCMD ["/app"]\n'  # GL002, a warning
GOOD = 'FROM debian:12\nENTRYPOINT ["/usr/local/bin/server"]\n'
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - name: web
    image: registry.example/web:1
"""


def test_nothing_found_is_success(run: Run, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(GOOD)
    done = run("check")
    assert done.status == 0
    assert done.stderr == ""


def test_what_is_found_fails_the_run(run: Run, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(BAD)
    done = run("check", "--output-format", "concise")
    assert done.status == 1
    assert done.stdout.startswith("Dockerfile:2:21: warning: ")
    assert done.stdout.endswith("[GL002]\n")


def test_exit_zero_reports_all_the_same(run: Run, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(BAD)
    done = run("check", "--exit-zero", "--output-format", "concise")
    assert done.status == 0
    assert "[GL002]" in done.stdout


@pytest.mark.parametrize(("level", "status"), [("info", 1), ("warning", 1), ("error", 0)])
def test_the_fail_level_decides(run: Run, tmp_path: Path, level: str, status: int) -> None:
    (tmp_path / "Dockerfile").write_text(BAD)
    assert run("check", "--fail-level", level).status == status


def test_a_missing_path_is_an_error_and_the_rest_is_checked(run: Run, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(BAD)
    done = run("check", "nowhere", "Dockerfile", "--output-format", "concise")
    assert done.status == 2
    assert "nowhere: no such file or folder" in done.stderr
    assert "[GL002]" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--output-format", "xml"], "choose one of full, concise"),
        (["--fail-level", "fatal"], "choose one of error, warning, info"),
        (["--color", "maybe"], "choose one of auto, always, never"),
        (["--select", "GL9999"], "no rule is called `GL9999`"),
        (["--ignore", "nonsense"], "no rule is called `nonsense`"),
        (["--config", "nowhere.toml"], "nowhere.toml: no such file"),
        (["--no-such-option"], "--no-such-option"),
        (["-", "Dockerfile"], "cannot be combined"),
    ],
)
def test_wrong_usage_says_what_to_do(run: Run, arguments: list[str], said: str) -> None:
    done = run("check", *arguments)
    assert done.status == 2
    assert done.stdout == ""
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "codes"),
    [
        ([], ["GL002", "GL003"]),
        (["--ignore", "GL002"], ["GL003"]),
        (["--ignore", "gl0"], []),
        (["--select", "GL002,GL101"], ["GL002"]),
        (["--select", "GL0,GL101", "--ignore", "GL003"], ["GL002"]),
        (["--select", "GL003", "--ignore", "GL0"], ["GL003"]),
        (["--select", "GL5", "--extend-select", "GL003"], ["GL003"]),
        (["--select", "unknown-rule-in-suppression"], ["GL003"]),
    ],
)
def test_rules_are_selected_by_prefix(
    run: Run, tmp_path: Path, arguments: list[str], codes: list[str]
) -> None:
    (tmp_path / "Dockerfile").write_text(BAD.replace("GL101]", "GL101, GL9999]"))
    done = run("check", "--output-format", "json", *arguments)
    assert [f["code"] for f in json.loads(done.stdout)["findings"]] == codes


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_all_that_stands_on_stdout(run: Run, tmp_path: Path, name: str) -> None:
    (tmp_path / "Dockerfile").write_text(BAD)
    (tmp_path / "notes.txt").write_text("nothing")
    done = run("check", "Dockerfile", "notes.txt", "--output-format", name)
    assert done.status == 1
    assert "GL002" in done.stdout
    assert name == "sarif" or "notes.txt" not in done.stdout
    assert "notes.txt: is no Dockerfile" in done.stderr
    if name in {"json", "gitlab", "sarif", "rdjson"}:
        json.loads(done.stdout)


def test_a_report_goes_into_a_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(BAD)
    done = run("check", "--output-format", "json", "--output-file", "report.json")
    assert (done.status, done.stdout) == (1, "")
    assert json.loads((tmp_path / "report.json").read_text())["summary"]["warnings"] == 1


def test_one_run_writes_several_reports(run: Run, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(BAD)
    words = ("--report", "sarif=a.sarif", "--report=markdown=b=c.md", "--output-format", "concise")
    done = run("check", *words)
    assert done.stdout.startswith("Dockerfile:")
    assert json.loads((tmp_path / "a.sarif").read_text())["version"] == "2.1.0"
    assert (tmp_path / "b=c.md").read_text().startswith("### gracelint\n")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("sarif", "write it as --report sarif=FILE"),
        ("sarif=", "write it as --report sarif=FILE"),
        ("srif=x", "there is no format srif; did you mean `sarif`?"),
    ],
)
def test_a_report_that_cannot_be_meant(run: Run, given: str, said: str) -> None:
    done = run("check", "--report", given)
    assert done.status == 2
    assert said in done.stderr


@pytest.mark.parametrize(
    ("name", "variable", "path"),
    [
        ("github", "GITHUB_WORKSPACE", "api/Dockerfile"),
        ("sarif", "GITHUB_WORKSPACE", "api/Dockerfile"),
        ("gitlab", "CI_PROJECT_DIR", "api/Dockerfile"),
        ("concise", "GITHUB_WORKSPACE", "Dockerfile"),
        ("json", "CI_PROJECT_DIR", "Dockerfile"),
    ],
)
def test_services_see_paths_from_the_root_of_their_checkout(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, variable: str, path: str
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "Dockerfile").write_text(BAD)
    monkeypatch.chdir(tmp_path / "api")
    monkeypatch.setenv(variable, str(tmp_path))
    text = run("check", "--output-format", name).stdout
    assert set(re.findall(r"[\w/]*Dockerfile(?=[\",:])", text)) == {path}
    monkeypatch.setenv(variable, str(tmp_path / "elsewhere"))
    assert "api/Dockerfile" not in run("check", "--output-format", name).stdout


def test_services_see_what_is_not_read_from_there_as_well(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "Dockerfile").write_bytes(b"FROM a\n\0")
    monkeypatch.chdir(tmp_path / "api")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    done = run("check", "--output-format", "sarif")
    assert "gracelint: error: Dockerfile: is not read" in done.stderr
    (told,) = json.loads(done.stdout)["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    place = told["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place["uri"] == "api/Dockerfile"


def test_a_report_that_cannot_be_written_is_an_error(run: Run, tmp_path: Path) -> None:
    done = run("check", "--output-file", "nowhere/report")
    assert done.status == 2
    assert "nowhere/report: cannot be written" in done.stderr


def test_statistics_count_by_rule(run: Run, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(BAD)
    (tmp_path / "b.Dockerfile").write_text(BAD)
    assert run("check", "--statistics").stdout == "    2  GL002  unused-suppression\n"


def test_statistics_as_data_say_what_can_be_fixed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(BAD)
    whole = json.loads(run("check", "--statistics", "--output-format", "json").stdout)
    row = {"code": "GL002", "name": "unused-suppression", "severity": "warning"}
    assert whole["statistics"] == [row | {"count": 1, "fixable": 1}]
    assert whole["summary"]["warnings"] == 1
    (line,) = run("check", "--statistics", "--output-format", "json-lines").stdout.splitlines()
    assert json.loads(line) == whole["statistics"][0]


def test_files_are_listed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(GOOD)
    (tmp_path / "k8s").mkdir()
    (tmp_path / "k8s" / "pod.yaml").write_text(POD)
    (tmp_path / "k8s" / "values.yaml").write_text("image: x\n")
    done = run("check", "--show-files")
    assert done.stdout == "Dockerfile\nk8s/pod.yaml\n"


def test_colour_is_for_terminals_and_for_who_asks(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Dockerfile").write_text(BAD)
    assert "\x1b[" not in run("check").stdout
    assert "\x1b[" in run("check", "--color", "always").stdout
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in run("check").stdout
    assert "\x1b[" not in run("check", "--color", "never").stdout
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in run("check").stdout


def test_paths_are_named_as_seen_from_here(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "a" / "Dockerfile").write_text(BAD)
    (tmp_path / "b" / "Dockerfile").write_text(BAD)
    monkeypatch.chdir(tmp_path / "a")
    done = run("check", "..", "--output-format", "concise")
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == [
        "Dockerfile",
        "../b/Dockerfile",
    ]


def test_a_folder_elsewhere_is_named_in_full(
    run: Run, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    (other / "Dockerfile").write_text(BAD)
    done = run("check", str(other), "--output-format", "concise")
    assert done.stdout.startswith(f"{other}/Dockerfile:2:")


def test_the_version_and_help(run: Run) -> None:
    from gracelint import __version__

    assert run("--version").stdout == f"gracelint {__version__}\n"
    assert "--unsafe-fixes" in run("check", "--help").stdout


def test_settings_are_shown(run: Run, tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text('fail-level = "info"\nignore = ["GL1"]\n')
    (tmp_path / "gracelint.toml").write_text('traffic = "alb"\n[severity]\nGL101 = "off"\n')
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / ".gracelint.toml").write_text('\nextend = "../base.toml"\n')
    lines = run("check", "--show-settings", ".", "api", "--ignore", "GL2").stdout.splitlines()
    assert lines[0] == "# .: gracelint.toml"
    second = lines.index("# api: api/.gracelint.toml, which extends base.toml")
    first, other = set(lines[:second]), set(lines[second:])
    assert 'traffic = "alb"  # gracelint.toml:1' in first
    assert 'severity."GL101" = "off"  # gracelint.toml:3' in first
    assert 'fail-level = "warning"  # default' in first
    assert "# platform  # default" in first
    assert 'ignore = ["GL1", "GL2"]  # base.toml:2 and --ignore' in other
    assert 'fail-level = "warning"  # default, for the whole run' in other


def test_settings_below_are_told_of_from_where_the_command_runs(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "gracelint.toml").write_text("x = 1\n")
    (tmp_path / "api" / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path / "api")
    done = run("check")
    assert done.status == 2
    assert done.stderr.startswith("gracelint: error: gracelint.toml:1: unknown key `x`; ")


@pytest.mark.parametrize(
    "paths", [(), ("Dockerfile", "api.dockerfile"), ("link", "real"), ("link",)]
)
def test_what_has_two_names_is_checked_once(
    run: Run, tmp_path: Path, paths: tuple[str, ...]
) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    home = tmp_path / "real" if "link" in paths else tmp_path
    (home / "Dockerfile").write_text(BAD)
    (home / "api.dockerfile").symlink_to("Dockerfile")
    done = run("check", *paths, "--output-format", "concise")
    assert [line.rpartition(" ")[2] for line in done.stdout.splitlines()] == ["[GL002]"]


def test_a_link_under_another_kind_of_name_is_read_as_what_it_is_called(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "build.txt").write_text(BAD)
    (tmp_path / "Dockerfile").symlink_to("build.txt")
    (tmp_path / "api.dockerfile").symlink_to("build.txt")
    done = run("check", "--output-format", "concise")
    assert [line.partition(":")[0] for line in done.stdout.splitlines()] == ["Dockerfile"]


def test_settings_are_shown_as_they_are_written(run: Run, tmp_path: Path) -> None:
    import tomllib

    (tmp_path / "gracelint.toml").write_text(
        'select = ["GL1"]\nkubernetes-version = "1.29"\nfail-level = "error"\n'
        '[severity]\nGL101 = "off"\nGL102 = "info"\n'
    )
    shown = tomllib.loads(run("check", "--show-settings").stdout)
    assert shown["select"] == ["GL1"]
    assert shown["kubernetes-version"] == "1.29"
    assert shown["fail-level"] == "error"
    assert shown["severity"] == {"GL101": "off", "GL102": "info"}


def test_settings_that_are_shown_can_be_given(run: Run, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text('FROM node:20\nCMD ["node", "dist/main.js"]\n')
    (tmp_path / "gracelint.toml").write_text(run("check", "--show-settings").stdout)
    again = run("check")
    assert (again.status, "error" in again.stderr) == (0, False)


def test_concise_says_on_stderr_what_could_not_be_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text('FROM node:20\nCMD ["node", "dist/main.js"]\n')
    done = run("check", "--output-format", "concise")
    assert "1 of 1 launch could not be told" in done.stderr
    assert "could not be told" not in done.stdout


def test_trace_shows_those_alone_that_cannot_be_told(run: Run, tmp_path: Path) -> None:
    for name, command in (("known", "/app"), ("open", "node")):
        folder = tmp_path / name
        folder.mkdir()
        text = f'FROM node:20\nENTRYPOINT ["{command}", "main.js"]\n'
        (folder / "Dockerfile").write_text(text)
    done = run("trace", "--unknown", "--output-format", "json")
    workloads = json.loads(done.stdout)["workloads"]
    assert [(w["path"], w["verdict"], w["basis"]) for w in workloads] == [
        ("open/Dockerfile", "unknown", None)
    ]


def test_two_trees_with_a_file_of_one_name_are_told_apart(run: Run, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name / ".git").mkdir(parents=True)
        (tmp_path / name / "Dockerfile").write_text("FROM debian:12\nCMD node x.js\n")
    told = json.loads(run("trace", "a", "b", "--output-format", "json").stdout)["workloads"]
    assert [one["name"] for one in told] == ["a/Dockerfile", "b/Dockerfile"]
    found = json.loads(run("check", "a", "b", "--output-format", "json").stdout)["findings"]
    assert [one["workloads"] for one in found] == [["a/Dockerfile"], ["b/Dockerfile"]]
    assert "Other findings" not in run("check", "a", "b", "--output-format", "html").stdout


@pytest.mark.parametrize(("together", "times"), [(True, 1), (False, 2)])
def test_what_is_not_read_is_told_once_where_both_streams_are_one(
    tmp_path: Path, *, together: bool, times: int
) -> None:
    """Beside each other in two streams, both tell it; on a terminal it would stand there twice."""
    (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: a\nversion: 1.0.0\n")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/pod.yaml").write_text("kind: Pod\n")
    done = subprocess.run(
        [sys.executable, "-m", "gracelint", "check", "."],
        cwd=tmp_path,
        env={**os.environ, "PATH": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if together else subprocess.PIPE,
        text=True,
        check=False,
    )
    assert (done.stdout + (done.stderr or "")).count("no `helm` in PATH") == times
