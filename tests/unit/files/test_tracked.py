"""What an index lists, with git as the judge of its own format."""

from __future__ import annotations

import os
import struct
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gracelint.files import tracked as module
from gracelint.files.door import Door
from gracelint.files.tracked import home, tracked

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ["a", "b/c", "b/c.d", "b/deep/er/x", "b/deep/er/xy", "é", "long/" + "n" * 200, "z\nz"]


def git(folder: Path, *words: str) -> str:
    whole = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *words]
    done = subprocess.run(whole, cwd=folder, check=True, capture_output=True)
    return os.fsdecode(done.stdout)


def fill(root: Path, names: list[str]) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)


def judged(root: Path) -> list[str]:
    return git(root, "ls-files", "-z").split("\0")[:-1]


@pytest.mark.parametrize("version", ["2", "3", "4"])
@pytest.mark.parametrize("hashes", ["sha1", "sha256"])
def test_every_version_of_the_format(tmp_path: Path, version: str, hashes: str) -> None:
    git(tmp_path, "init", "-q", f"--object-format={hashes}")
    fill(tmp_path, NAMES)
    git(tmp_path, "add", "-A")
    if version == "3":
        fill(tmp_path, ["meant"])
        git(tmp_path, "add", "--intent-to-add", "meant")
    else:
        git(tmp_path, "update-index", "--index-version", version)
    assert [name for name, _ in tracked(Door(tmp_path), "")] == judged(tmp_path)


@pytest.mark.parametrize("hashes", ["sha1", "sha256"])
def test_the_first_name_may_be_long(tmp_path: Path, hashes: str) -> None:
    git(tmp_path, "init", "-q", f"--object-format={hashes}")
    fill(tmp_path, ["a" * 250 + "/" + "b" * 250, "z"])
    git(tmp_path, "add", "-A")
    assert [name for name, _ in tracked(Door(tmp_path), "")] == judged(tmp_path)


def test_a_submodule_is_known_as_one(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    git(tmp_path, "init", "-q", "sub")
    git(tmp_path / "sub", "commit", "-q", "--allow-empty", "-m", "x")
    fill(tmp_path, ["a"])
    git(tmp_path, "add", "-A")
    assert list(tracked(Door(tmp_path), "")) == [("a", False), ("sub", True)]


def test_folders_of_a_sparse_index_hold_nothing_here(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    fill(tmp_path, ["in/f", "out/g"])
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "x")
    git(tmp_path, "sparse-checkout", "set", "--cone", "--sparse-index", "in")
    assert list(tracked(Door(tmp_path), "")) == [("in/f", False)]


def test_a_second_work_tree_has_an_index_elsewhere(tmp_path: Path) -> None:
    main, other = tmp_path / "main", tmp_path / "other"
    git(tmp_path, "init", "-q", "main")
    fill(main, ["a"])
    git(main, "add", "-A")
    git(main, "commit", "-qm", "x")
    git(main, "worktree", "add", "-q", "../other")
    assert list(tracked(Door(other), "")) == [("a", False)]


def test_a_git_file_leads_only_to_what_names_it(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "private")
    fill(tmp_path / "private", ["secret"])
    git(tmp_path / "private", "add", "-A")
    root = tmp_path / "root"
    root.mkdir()
    (root / ".git").write_text("gitdir: ../private/.git\n")
    assert list(tracked(Door(root), "")) == []
    (tmp_path / "private/.git/gitdir").write_text("/somewhere/else/.git\n")
    assert list(tracked(Door(root), "")) == []


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"DIRC",
        b"DIRC\0\0\0\2\xff\xff\xff\xff",
        b"DIRC\0\0\0\2\0\0\0\1" + b"x" * 90,
        b"DIRC\0\0\0\4\0\0\0\1" + b"\xff" * 100_000,
        b"DIRC\0\0\0\2\0\0\0\1" + bytes(62) + b"n" * 100_000 + b"\0",
        b"PACK\0\0\0\2\0\0\0\1" + bytes(100),
        b"DIRC\0\0\0\5\0\0\0\1" + bytes(100),
    ],
    ids=["empty", "short", "count", "no-end", "number", "name", "other", "version"],
)
def test_what_is_no_index_lists_nothing(tmp_path: Path, data: bytes) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/index").write_bytes(data)
    assert list(tracked(Door(tmp_path), "")) == []


def test_an_index_that_is_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    os.mkfifo(tmp_path / ".git/index")
    assert list(tracked(Door(tmp_path), "")) == []
    (tmp_path / ".git/index").unlink()
    (tmp_path / ".git").rmdir()
    os.mkfifo(tmp_path / ".git")
    assert list(tracked(Door(tmp_path), "")) == []


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from([2, 3, 4]), st.integers(0, 5))
def test_whatever_an_index_holds_there_is_an_end(body: bytes, version: int, count: int) -> None:
    data = b"DIRC" + version.to_bytes(4, "big") + count.to_bytes(4, "big") + body
    with suppress(ValueError, IndexError, struct.error):  # as `tracked` does
        assert len(list(module._entries(data))) <= count


@pytest.mark.parametrize("place", ["a\0b", "a/" * 3_000], ids=["null", "long"])
def test_a_git_file_that_names_no_path_leads_nowhere(tmp_path: Path, place: str) -> None:
    (tmp_path / ".git").write_text(f"gitdir: {place}")
    assert home(Door(tmp_path), ".git") is None
    assert list(tracked(Door(tmp_path), "")) == []
