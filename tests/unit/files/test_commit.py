"""Trees as they were at a commit, with git as the judge; and what git is never made to do."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from gracelint.files import commit as module
from gracelint.files.commit import Commit, NoCommit
from gracelint.files.earlier import EarlierFiles
from gracelint.files.tree import FileProblem

if TYPE_CHECKING:
    from pathlib import Path

IDENTITY = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "protocol.file.allow=always")


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", *IDENTITY, *words], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout


def commit(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        (folder / name).write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", "a change")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path.resolve() / "work"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    return folder


def earlier(root: Path, rev: str = "HEAD") -> EarlierFiles:
    return EarlierFiles(root, Commit(root, rev))


def test_tracked_files_are_as_they_were_and_others_as_they_are(root: Path) -> None:
    (root / "in").mkdir()
    commit(root, **{"in/a": "then", "dropped": "then"})
    (root / "in/a").write_text("now")
    (root / "dropped").unlink()
    (root / "in/loose").write_text("not tracked")
    (root / "added").write_text("now")
    git(root, "add", "added")
    files = earlier(root)
    assert files.load("in/a").text == "then"
    assert files.load("dropped").text == "then"
    assert files.load("in/loose").text == "not tracked"
    assert not files.exists("added")
    assert files.read("added") is None
    assert list(files.names("in")) == ["a", "loose"]
    assert "added" not in files.names("")
    assert sorted(files.walk([""])) == ["dropped", "in/a", "in/loose"]


def test_what_was_a_folder_may_be_a_file_now_and_the_other_way_round(root: Path) -> None:
    (root / "folder").mkdir()
    commit(root, **{"folder/a": "inner", "file": "text"})
    shutil.rmtree(root / "folder")
    (root / "file").unlink()
    (root / "folder").write_text("a file")
    (root / "file").mkdir()
    (root / "file/b").write_text("untracked")
    files = earlier(root)
    assert files.load("folder/a").text == "inner"
    assert files.is_dir("folder")
    assert files.load("file").text == "text"
    assert not files.exists("file/b")


def test_a_folder_that_is_a_link_now_leads_nowhere_else(root: Path) -> None:
    (root / "folder").mkdir()
    (root / "other").mkdir()
    commit(root, **{"folder/a": "inner"})
    (root / "other/b").write_text("untracked")
    shutil.rmtree(root / "folder")
    (root / "folder").symlink_to("other")
    files = earlier(root)
    assert list(files.names("folder")) == ["a"]
    assert not files.exists("folder/b")


def test_links_and_modes_are_those_of_the_commit(root: Path) -> None:
    (root / "run").write_text("#!/bin/sh\n")
    (root / "run").chmod(0o755)
    (root / "in").mkdir()
    (root / "in/link").symlink_to("../run")
    (root / "whole").symlink_to(root / "run")
    (root / "circle").symlink_to("circle")
    (root / "out").symlink_to("/etc/hostname")
    commit(root)
    (root / "run").chmod(0o644)
    (root / "in/link").unlink()
    files = earlier(root)
    assert files.is_executable("run")
    assert files.load("in/link").text == "#!/bin/sh\n"
    assert files.load("whole").text == "#!/bin/sh\n"
    assert files.real("in/link") == "run"
    for name in ("circle", "out"):
        assert files.read(name) is None
    with pytest.raises(FileProblem, match="leads out"):
        files.load("out")


def test_what_was_ignored_but_tracked_counts_as_then(root: Path) -> None:
    commit(root, kept="text")
    commit(root, **{".gitignore": "kept\nloose\n"})
    (root / "loose").write_text("ignored")
    assert sorted(earlier(root).walk([""])) == [".gitignore", "kept"]
    assert sorted(earlier(root, "HEAD~1").walk([""])) == ["kept", "loose"]


def test_renames_are_those_of_git(root: Path) -> None:
    commit(root, old="".join(f"line {n}\n" for n in range(30)), stays="x")
    git(root, "mv", "old", "new")
    (root / "new").write_text((root / "new").read_text() + "more\n")
    git(root, "add", "-A")
    assert Commit(root, "HEAD").renamed == {"new": "old"}


@pytest.mark.parametrize("rev", ["main", "HEAD", "@", "v1", "HEAD~0", "main^{/a change}", "HASH"])
def test_names_of_commits_are_those_of_git(root: Path, rev: str) -> None:
    commit(root, a="text")
    git(root, "tag", "-a", "-m", "first", "v1")
    rev = git(root, "rev-parse", "--short", "HEAD").strip() if rev == "HASH" else rev
    for _ in range(2):
        assert earlier(root, rev).load("a").text == "text"
        git(root, "pack-refs", "--all")
        git(root, "gc", "-q")


def test_repositories_with_longer_hashes(tmp_path: Path) -> None:
    root = tmp_path.resolve()
    git(root, "init", "-q", "--object-format=sha256")
    commit(root, a="text")
    assert earlier(root).load("a").text == "text"


def test_a_second_work_tree_of_a_repository(root: Path) -> None:
    commit(root, a="one")
    git(root, "worktree", "add", "-q", "-b", "side", "../side")
    side = root.parent / "side"
    commit(side, a="two")
    (side / "a").write_text("three")
    assert earlier(side).load("a").text == "two"
    assert earlier(side, "main").load("a").text == "one"


def test_no_commit_at_all(root: Path) -> None:
    assert Commit(root, "HEAD").unborn
    assert Commit(root, "main").unborn
    assert not Commit(root, "HEAD").entries


def test_a_branch_without_a_commit_beside_others(root: Path) -> None:
    commit(root, a="text")
    git(root, "switch", "-q", "--orphan", "fresh")
    assert Commit(root, "HEAD").unborn
    assert earlier(root, "main").load("a").text == "text"
    with pytest.raises(NoCommit, match="there is no commit nothing"):
        Commit(root, "nothing")


def test_no_work_tree(tmp_path: Path) -> None:
    with pytest.raises(NoCommit, match="is no git work tree"):
        Commit(tmp_path, "HEAD")


@pytest.mark.parametrize(
    "rev", ["mian", "--output=x", "", "HEAD~7", "a\nb", "HEAD..main", "HEAD:a"]
)
def test_what_is_no_commit_is_said_to_be_none(root: Path, rev: str) -> None:
    commit(root, a="text")
    with pytest.raises(NoCommit, match=r"there is no commit|no commit is named"):
        Commit(root, rev)
    assert sorted(path.name for path in root.iterdir()) == [".git", "a"]


def test_a_name_that_is_nearly_one(root: Path) -> None:
    commit(root, a="text")
    with pytest.raises(NoCommit, match="did you mean `main`"):
        Commit(root, "mian")


@pytest.mark.parametrize(
    ("rev", "how"),
    [("HEAD^1", "--deepen=1"), ("HEAD~3", "--deepen=3"), ("v9", "--unshallow")],
)
def test_what_a_shallow_clone_lacks_is_said_with_the_way_to_get_it(
    root: Path, rev: str, how: str
) -> None:
    commit(root, a="one")
    commit(root, a="two")
    copy = root.parent / "shallow"
    git(root, "clone", "-q", "--depth=1", root.as_uri(), str(copy))
    with pytest.raises(NoCommit, match=f"`git fetch {how}` gets it"):
        Commit(copy, rev)
    if rev == "HEAD^1":
        git(copy, "fetch", "-q", how)
        assert earlier(copy, rev).load("a").text == "one"


def test_what_a_partial_clone_lacks_is_not_fetched(root: Path) -> None:
    commit(root, a="one")
    commit(root, a="two")
    git(root, "config", "uploadpack.allowFilter", "true")
    copy = root.parent / "partial"
    git(root, "clone", "-q", "--filter=blob:none", root.as_uri(), str(copy))
    with pytest.raises(NoCommit, match=r"partial clone .*`git diff --stat HEAD~1 HEAD` gets it"):
        Commit(copy, "HEAD~1")
    git(copy, "diff", "--stat", "HEAD~1", "HEAD")
    assert earlier(copy, "HEAD~1").load("a").text == "one"


HOSTILE = """
[core]
\tfsmonitor = {run}
\thooksPath = {hooks}
\tsshCommand = {run}
\tgitProxy = {run}
\taskPass = {run}
\tpager = {run}
\tattributesFile = attributes
\talternateRefsCommand = {run}
[filter "x"]
\tclean = {run}
\tsmudge = {run}
\tprocess = {run}
\trequired = true
[diff "x"]
\tcommand = {run}
\ttextconv = {run}
[diff]
\texternal = {run}
[remote "origin"]
\turl = ext::{run}
\tpromisor = true
\tpartialclonefilter = blob:none
\tuploadpack = {run}
[extensions]
\tpartialClone = origin
[credential]
\thelper = !{run}
[include]
\tpath = more
[alias]
\trev-parse = !{run}
\tls-tree = !{run}
\tcat-file = !{run}
"""


def test_no_configuration_of_a_repository_runs_a_program(root: Path) -> None:
    program = root.parent / "program"
    ran = root.parent / "ran"
    program.write_text(f"#!/bin/sh\ntouch '{ran}'\n")
    program.chmod(0o755)
    hooks = root / "hooks"
    hooks.mkdir()
    for name in ("post-index-change", "reference-transaction", "post-checkout", "pre-auto-gc"):
        shutil.copy(program, hooks / name)
    commit(root, a="text", **{".gitattributes": "* filter=x diff=x\n"})
    git(root, "mv", "a", "b")
    lost = git(root, "rev-parse", "HEAD:.gitattributes").strip()
    (root / ".git/objects" / lost[:2] / lost[2:]).unlink()
    (root / ".git/config").write_text(HOSTILE.format(run=program, hooks=hooks))
    files = earlier(root)
    assert files.load("a").text == "text"
    assert files.at.renamed == {"b": "a"}
    assert files.read(".gitattributes") is None
    assert not ran.exists()


def test_nothing_is_written_into_the_repository(root: Path) -> None:
    commit(root, a="text")

    def state() -> dict[str, int]:
        return {str(p): p.lstat().st_mtime_ns for p in sorted(root.rglob("*"))}

    before = state()
    earlier(root).load("a")
    assert state() == before


def test_a_large_text_ends_no_later_question(root: Path) -> None:
    commit(root, large="x" * 9_000_000, small="text")
    files = earlier(root)
    with pytest.raises(FileProblem, match="larger than 8 MB"):
        files.load("large")
    assert files.load("small").text == "text"


def test_a_tree_that_holds_itself_over_and_over_is_not_read(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten objects, and ten thousand million files."""
    commit(root, a="text")
    name = git(root, "rev-parse", "HEAD^{tree}").strip()
    for _ in range(10):
        lines = "".join(f"040000 tree {name}\t{number}\n" for number in range(10))
        done = subprocess.run(
            ["git", "mktree"], cwd=root, input=lines, check=True, capture_output=True, text=True
        )
        name = done.stdout.strip()
    bomb = git(root, "commit-tree", "-m", "bomb", name).strip()
    monkeypatch.setattr(module, "MAX_ANSWER", 2_000_000)
    with pytest.raises(NoCommit, match="the answer of `git ls-tree` is longer than 2 MB"):
        Commit(root, bomb)


def test_git_is_not_taken_from_the_tree(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(root, git="#!/bin/sh\ntouch ran\n")
    (root / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(root))
    with pytest.raises(NoCommit, match="git is not in PATH"):
        Commit(root, "HEAD")
