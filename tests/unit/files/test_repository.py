"""What git is shown of a repository of a stranger: no pipes, devices, or other places."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from gracelint.files import repository
from gracelint.files.commit import Commit, NoCommit
from tests.unit.files.test_commit import commit, earlier, git

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path.resolve() / "first"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    commit(folder, a="text")
    return folder


def endless(place: Path) -> None:
    place.symlink_to("/dev/zero")


def huge(place: Path) -> None:
    with place.open("wb") as file:
        file.truncate(50_000_000_000)


ODD = pytest.mark.parametrize("put", [os.mkfifo, endless, huge])


def exchange(place: Path, put: Callable[[Path], None]) -> None:
    if place.is_dir():
        shutil.rmtree(place)
    place.unlink(missing_ok=True)
    put(place)


@ODD
@pytest.mark.parametrize(
    "name",
    ["config", "index", "packed-refs", "shallow", "ORIG_HEAD", "FETCH_HEAD", "commondir", "gitdir"]
    + ["logs/HEAD", "refs/tags", "reftable", "objects/info/alternates", "objects/ff", "info"]
    + [f"objects/pack/pack-{'0' * 40}.{kind}" for kind in ("pack", "idx", "promisor")],
)
def test_what_cannot_be_read_and_is_not_needed_is_passed_by(
    root: Path, name: str, put: Callable[[Path], None]
) -> None:
    text = git(root, "rev-parse", "main:a").strip()
    exchange(root / ".git" / name, put)
    assert Commit(root, "main").read(text, 9) == b"text"


@ODD
@pytest.mark.parametrize("name", ["HEAD", "refs/heads/main", "refs", "objects"])
def test_what_cannot_be_read_and_is_needed_is_named(
    root: Path, name: str, put: Callable[[Path], None]
) -> None:
    exchange(root / ".git" / name, put)
    with pytest.raises(NoCommit, match=rf"\.git/{name} is not read: "):
        Commit(root, "main")


@ODD
def test_a_git_folder_that_is_none(root: Path, put: Callable[[Path], None]) -> None:
    exchange(root / ".git", put)
    with pytest.raises(NoCommit, match="is no git work tree that can be read"):
        Commit(root, "main")


@pytest.mark.parametrize("name", ["refs", "refs/heads", "refs/heads/main", "HEAD", "objects"])
def test_links_do_not_lead_git_out(root: Path, name: str) -> None:
    """Everything is there, behind the link."""
    place, outside = root / ".git" / name, root.parent / "outside"
    place.rename(outside)
    place.symlink_to(outside)
    with pytest.raises(NoCommit, match=r"is not read: it leads out of the folder that is checked"):
        Commit(root, "main")


def test_links_within_the_tree_are_followed(root: Path) -> None:
    for name in ("objects", "refs/heads/main"):
        place, inside = root / ".git" / name, root / name.replace("/", "-")
        place.rename(inside)
        place.symlink_to(inside)
    assert earlier(root, "main").load("a").text == "text"


def test_one_object_that_is_a_link_hides_no_other(root: Path) -> None:
    for folder in (root / ".git/objects").glob("??"):
        (folder / ("0" * 38)).symlink_to("/dev/zero")
    assert earlier(root, "main").load("a").text == "text"


def test_loose_objects_that_are_exchanged_later(root: Path) -> None:
    files = earlier(root, "main")
    for folder in (root / ".git/objects").glob("??"):
        folder.rename(root / folder.name)
        folder.symlink_to(root.parent)
    assert files.load("a").text == "text"


def test_packs_that_are_exchanged_later(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(root, "gc", "-q")
    monkeypatch.setattr(repository, "_MAX_COPY", 10)
    files = earlier(root, "main")
    for pack in (root / ".git/objects/pack").iterdir():
        pack.unlink()
        os.mkfifo(pack)
    assert files.load("a").text == "text"


@pytest.fixture
def borrower(root: Path) -> Path:
    copy = root.parent / "copy"
    git(root.parent, "clone", "-q", "--shared", str(root), str(copy))
    return copy


def test_objects_that_are_borrowed_from_outside_are_not_read(borrower: Path, root: Path) -> None:
    said = f"what it borrows from {root}/.git/objects is not read"
    with pytest.raises(NoCommit, match=said):
        Commit(borrower, "main")


def test_people_may_allow_to_borrow(
    borrower: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_ALTERNATE_OBJECT_DIRECTORIES", f"{root}/.git/objects")
    assert earlier(borrower, "main").load("a").text == "text"


@pytest.mark.parametrize("line", ["../../lender", "{root}/lender"])
def test_objects_that_are_borrowed_within_the_tree(root: Path, line: str) -> None:
    """From one that borrows in turn, and in a circle."""
    (root / ".git/objects").rename(root / "more")
    for name, lender in ((".git/objects", line), ("lender", "../more"), ("more", "../lender")):
        (root / name / "info").mkdir(parents=True, exist_ok=True)
        (root / name / "info/alternates").write_text("# lent\n" + lender.format(root=root) + "\n")
    assert earlier(root, "main").load("a").text == "text"


def test_a_second_work_tree_belongs_to_the_repository_that_holds_it(root: Path) -> None:
    """A folder that only says so does not."""
    other = root.parent / "other"
    place = root.parent / "place"
    other.mkdir()
    place.mkdir()
    (other / ".git").write_text(f"gitdir: {place}\n")
    (place / "gitdir").write_text(f"{other}/.git\n")
    (place / "HEAD").write_text("ref: refs/heads/main\n")
    (place / "commondir").write_text(f"{root}/.git\n")
    with pytest.raises(NoCommit, match="its repository is not where git keeps it"):
        Commit(other, "main")


def test_a_second_work_tree_may_be_named_from_its_folder(root: Path) -> None:
    """As git does it since 2.48, where that is asked for."""
    git(root, "worktree", "add", "-q", "-b", "more", "../more")
    more = root.parent / "more"
    (more / ".git").write_text("gitdir: ../first/.git/worktrees/more\n")
    (root / ".git/worktrees/more/gitdir").write_text("../../../../more/.git\n")
    assert earlier(more, "main").load("a").text == "text"


def test_histories_of_names(root: Path) -> None:
    commit(root, a="later")
    assert earlier(root, "main@{1}").load("a").text == "text"


def test_more_files_than_any_repository_has(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        git(root, "branch", f"b{number}")
    monkeypatch.setattr(repository, "MAX_FILES", 4)
    with pytest.raises(NoCommit, match="`git pack-refs --all` and `git gc` pack them"):
        Commit(root, "main")
