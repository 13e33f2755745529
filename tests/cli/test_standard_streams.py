"""Standard streams that are closed, full, or of an encoding that lacks characters."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

BAD = "FROM debian:12\nENTRYPOINT node server.js\n"
COMMANDS = [
    ["check"],
    ["trace"],
    ["rule", "GL101"],
    ["schema"],
    ["init"],
    ["images", "list"],
    ["--version"],
    ["check", "--help"],
    ["--show-completion", "bash"],
    [],
]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "Dockerfile").write_text(BAD)
    return tmp_path


def ran(
    tree: Path, words: Sequence[str], streams: str = "", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """gracelint, started by a shell with `streams`, which are redirections."""
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {streams}', "sh", sys.executable, "-m", "gracelint", *words],
        cwd=tree,
        env=os.environ | environment,
        capture_output=True,
        check=False,
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is full")
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_full_disk_is_told_of(tree: Path, words: list[str]) -> None:
    done = ran(tree, words, ">/dev/full")
    said = b"gracelint: error: standard output cannot be written: no space left on device\n"
    assert (done.returncode, done.stderr) == (2, said)


@pytest.mark.parametrize("words", COMMANDS[:-3], ids=" ".join)
def test_a_report_that_nobody_can_get_is_told_of(tree: Path, words: list[str]) -> None:
    done = ran(tree, words, ">&-")
    said = b"gracelint: error: standard output cannot be written: it is closed\n"
    assert (done.returncode, done.stderr) == (2, said)


def test_nobody_listens_to_errors(tree: Path) -> None:
    done = ran(tree, ["check", "missing", "--output-format", "concise"], "2>&-")
    assert done.returncode == 2
    assert done.stdout == b""


def test_files_are_written_with_all_streams_closed(tree: Path) -> None:
    words = ["check", "--output-format", "json", "--output-file", "report.json"]
    assert ran(tree, words, "<&- >&- 2>&-").returncode == 1
    report = json.loads((tree / "report.json").read_text())
    assert [one["code"] for one in report["findings"]] == ["GL101"]


def test_a_closed_input_holds_nothing(tree: Path) -> None:
    done = ran(tree, ["check", "-"], "<&-")
    assert done.returncode == 2
    assert done.stderr.startswith(b"gracelint: error: <stdin>: ")


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_trees_are_drawn_with_what_there_is(tree: Path, encoding: str) -> None:
    done = ran(tree, ["trace"], PYTHONIOENCODING=encoding)
    lines = done.stdout.decode("ascii").splitlines()
    assert lines[0] == "Dockerfile - final stage - debian:12 - SIGTERM, then 10 s"
    assert any(line.startswith("  `- node server.js") for line in lines)
    assert any(line.startswith("  10 s --------------------| SIGKILL") for line in lines)


@pytest.mark.parametrize("words", [["check"], ["trace"]], ids=" ".join)
def test_a_page_is_utf_8_whatever_the_terminal(tree: Path, words: list[str]) -> None:
    done = ran(tree, [*words, "--output-format", "html"], PYTHONIOENCODING="cp1252")
    assert "·" in done.stdout.decode("utf-8")


def test_init_writes_although_the_reader_has_gone(tree: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as pipe:
        command = [sys.executable, "-m", "gracelint", "init", "--write"]
        done = subprocess.run(command, cwd=tree, stdout=pipe, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (141, b"")
    assert (tree / "gracelint.toml").is_file()
    assert (tree / ".github/workflows/gracelint.yml").is_file()
