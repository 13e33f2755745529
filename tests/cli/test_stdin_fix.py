"""Standard input, fixes and diffs: what is written, and what is left as it is."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Outcome

    Run = Callable[..., Outcome]

BAD = b'FROM debian:12\n# gracelint: ignore[GL101]\nCMD ["/app"]\n'
FIXED = b'FROM debian:12\nCMD ["/app"]\n'


def test_a_fix_is_written(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_bytes(BAD)
    path.chmod(0o640)
    done = run("check", "--fix", "--show-fixes")
    assert done.status == 0
    assert path.read_bytes() == FIXED
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert "fixed: Dockerfile: GL002" in done.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["Dockerfile"]


def test_a_second_run_changes_nothing(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_bytes(BAD)
    run("check", "--fix")
    before = path.stat().st_mtime_ns
    assert run("check", "--fix").status == 0
    assert path.stat().st_mtime_ns == before


@pytest.mark.parametrize(
    "dress",
    [
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: data.rstrip(b"\n"),
        lambda data: data.replace(b"debian", b"caf\xe9"),
        lambda data: b"\xff\xfe" + data.decode().encode("utf-16-le"),
    ],
    ids=["crlf", "bom", "no-final-newline", "latin-1", "utf-16"],
)
def test_a_fix_leaves_all_other_bytes(
    run: Run, tmp_path: Path, dress: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "Dockerfile"
    path.write_bytes(dress(BAD))
    run("check", "--fix")
    assert path.read_bytes() == dress(FIXED)


def test_diff_writes_nothing_and_fails_when_there_is_something(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_bytes(BAD)
    done = run("check", "--diff")
    assert done.status == 1
    assert path.read_bytes() == BAD
    assert done.stdout == (
        "--- Dockerfile\n+++ Dockerfile\n@@ -1,3 +1,2 @@\n FROM debian:12\n"
        '-# gracelint: ignore[GL101]\n CMD ["/app"]\n'
    )


def test_diff_of_nothing_is_success(run: Run, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_bytes(FIXED)
    done = run("check", "--diff")
    assert (done.status, done.stdout) == (0, "")


def test_diff_marks_a_missing_final_newline(run: Run, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_bytes(BAD.rstrip(b"\n"))
    assert run("check", "--diff").stdout.endswith("\n\\ No newline at end of file\n")


def test_a_symbolic_link_stays_one(run: Run, tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(BAD)
    (tmp_path / "Dockerfile").symlink_to("real")
    run("check", "--fix", "Dockerfile")
    assert (tmp_path / "Dockerfile").is_symlink()
    assert (tmp_path / "real").read_bytes() == FIXED


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_that_cannot_be_written_is_an_error(run: Run, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_bytes(BAD)
    tmp_path.chmod(0o500)
    try:
        done = run("check", "--fix")
    finally:
        tmp_path.chmod(0o700)
    assert done.status == 2
    assert "Dockerfile: cannot be written" in done.stderr
    assert (tmp_path / "Dockerfile").read_bytes() == BAD


def test_stdin_is_recognised_by_its_contents(run: Run) -> None:
    done = run("check", "-", "--output-format", "concise", given=BAD)
    assert done.status == 1
    assert done.stdout.startswith("<stdin>:2:21: warning: ")


def test_stdin_has_the_name_it_is_given(run: Run, tmp_path: Path) -> None:
    name = "deploy/api.Dockerfile"
    done = run("check", "-", "--stdin-filename", name, "--output-format", "concise", given=BAD)
    assert done.stdout.startswith(f"{name}:2:21: ")


def test_stdin_stands_in_for_the_file_it_names(run: Run, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_bytes(BAD)
    done = run("check", "-", "--stdin-filename", "Dockerfile", given=FIXED)
    assert done.status == 0
    done = run("check", "-", "--stdin-filename", "Dockerfile", "--fix", given=BAD)
    assert (tmp_path / "Dockerfile").read_bytes() == BAD


@pytest.mark.parametrize("dress", [bytes, lambda d: b"\xef\xbb\xbf" + d.replace(b"\n", b"\r\n")])
def test_fixing_stdin_gives_the_fixed_text(run: Run, dress: Callable[[bytes], bytes]) -> None:
    done = run("check", "-", "--fix", given=dress(BAD))
    assert done.status == 0
    assert done.data == dress(FIXED)


def test_fixing_stdin_tells_of_the_rest_elsewhere(run: Run) -> None:
    text = BAD.replace(b"GL101", b"GL9999")
    done = run("check", "-", "--fix", given=text)
    assert (done.status, done.data) == (1, text)
    assert "[GL003]" in done.stderr


def test_diff_of_stdin(run: Run) -> None:
    done = run("check", "-", "--diff", "--stdin-filename", "Dockerfile", given=BAD)
    assert done.status == 1
    assert "-# gracelint: ignore[GL101]\n" in done.stdout


def test_nothing_on_stdin(run: Run) -> None:
    ran = run("check", "-")
    assert (ran.status, "is no Dockerfile" in ran.stderr) == (2, True)
