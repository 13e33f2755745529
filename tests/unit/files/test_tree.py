"""The tree of files: paths, walks, overlays, and what must not be reached."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from gracelint.base.paths import clean_path
from gracelint.files import door, walk
from gracelint.files.tree import FileProblem, Files
from gracelint.files.walk import root_of

if TYPE_CHECKING:
    from pathlib import Path


STARTS = ("subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.spawn", "socket.")


def make(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(path)


def git(folder: Path) -> None:
    subprocess.run(["git", "init", "-q", folder], check=True)


@pytest.fixture(params=["git", "no-git"])
def tree(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "git":
        git(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("path", "clean"),
    [
        ("", ""),
        (".", ""),
        ("./a//b/../c", "a/c"),
        ("..", None),
        ("a/../../b", None),
        ("/etc/passwd", None),
        ("a\0b", None),
        ("...", "..."),
    ],
)
def test_paths_stay_below_the_root(path: str, clean: str | None) -> None:
    assert clean_path(path) == clean


def test_a_file_is_read_once(tmp_path: Path) -> None:
    make(tmp_path, "a")
    files = Files(tmp_path)
    source = files.load("a")
    assert (source.path, source.text) == ("a", "a")
    assert files.load("./x/../a") is source


@pytest.mark.parametrize("path", ["nowhere", "../outside", "/etc/passwd", "folder", "link"])
def test_what_cannot_be_read_is_none_or_a_problem(tmp_path: Path, path: str) -> None:
    (tmp_path / "outside").write_text("secret")
    root = tmp_path / "root"
    make(root, "folder/x")
    (root / "link").symlink_to(tmp_path / "outside")
    files = Files(root)
    assert files.read(path) is None
    with pytest.raises(FileProblem) as caught:
        files.load(path)
    assert caught.value.path


def test_a_link_out_of_the_root_is_not_there(tmp_path: Path) -> None:
    make(tmp_path, "outside/secret", "root/a")
    (tmp_path / "root" / "out").symlink_to("../outside")
    files = Files(tmp_path / "root")
    assert not files.exists("out")
    assert not files.is_dir("out")
    assert files.names("out") == ()
    assert files.read("out/secret") is None
    assert files.glob("", "*/secret") == []
    assert files.is_executable("out/secret") is None
    assert list(files.walk([""])) == ["a"]


def test_a_link_within_the_root_is_followed(tmp_path: Path) -> None:
    make(tmp_path, "real/a")
    (tmp_path / "link").symlink_to("real")
    files = Files(tmp_path)
    assert files.load("link/a").text == "real/a"
    assert list(files.walk([""])) == ["real/a"]


def test_a_walk_leaves_out_what_git_ignores(tree: Path) -> None:
    make(tree, "a", "build/x", "src/b", "src/c.log", "src/keep.log", "src/deep/d.log")
    (tree / ".gitignore").write_text("build/\n*.log\n[\n")
    (tree / "src" / ".gitignore").write_text("!keep.log\n")
    assert list(Files(tree).walk([""])) == [
        ".gitignore",
        "a",
        "src/.gitignore",
        "src/b",
        "src/keep.log",
    ]


def test_a_walk_leaves_out_other_peoples_folders(tree: Path) -> None:
    make(tree, "a", "node_modules/x", "sub/vendor/y", ".venv/z")
    assert list(Files(tree).walk([""])) == ["a"]
    assert list(Files(tree).walk(["node_modules"])) == ["node_modules/x"]


def test_a_folder_that_is_asked_for_is_walked_though_it_is_ignored(tree: Path) -> None:
    make(tree, "build/x")
    (tree / ".gitignore").write_text("build/\n")
    assert list(Files(tree).walk(["build"])) == ["build/x"]


def test_a_file_that_is_asked_for_comes_though_it_is_excluded(tree: Path) -> None:
    make(tree, "a", "b/c")
    files = Files(tree, exclude=["b/"])
    assert list(files.walk(["", "b/c", "a"])) == ["a", "b/c"]


def test_exclude_takes_patterns(tree: Path) -> None:
    make(tree, "a.yaml", "test/data/b.yaml", "src/c.yaml", "src/d.yaml")
    files = Files(tree, exclude=["test/", "src/*", "!src/d.yaml"])
    assert list(files.walk([""])) == ["a.yaml", "src/d.yaml"]


def test_repositories_within_are_walked(tmp_path: Path) -> None:
    make(tmp_path, "inner/a", "inner/build/x")
    (tmp_path / "inner" / ".gitignore").write_text("build\n")
    git(tmp_path)
    git(tmp_path / "inner")
    assert list(Files(tmp_path).walk([""])) == ["inner/.gitignore", "inner/a"]


def test_no_program_is_started_for_a_walk(tmp_path: Path) -> None:
    make(tmp_path, "a", "b.log", "sub/c")
    (tmp_path / ".gitignore").write_text("*.log\n")
    git(tmp_path)
    subprocess.run(["git", "-C", tmp_path, "add", "-A"], check=True)
    started: list[object] = []
    sys.addaudithook(
        lambda event, given: event.startswith(STARTS) and started.append((event, given))
    )
    assert list(Files(tmp_path).walk([""])) == [".gitignore", "a", "sub/c"]
    assert started == []


def test_what_is_tracked_counts_though_it_is_ignored(tmp_path: Path) -> None:
    make(tmp_path, "a", "build/x", "build/y", "deep/z.log", "node_modules/m")
    (tmp_path / ".gitignore").write_text("build/\n*.log\n")
    git(tmp_path)
    tracked = ["build/x", "deep/z.log", "node_modules/m"]
    subprocess.run(["git", "-C", tmp_path, "add", "-f", *tracked], check=True)
    files = Files(tmp_path)
    assert list(files.walk([""])) == [".gitignore", "a", "build/x", "deep/z.log"]
    assert list(files.walk(["build"])) == ["build/x"]
    assert list(files.walk(["deep"])) == ["deep/z.log"]


def test_what_is_tracked_and_gone_is_not_found(tmp_path: Path) -> None:
    make(tmp_path, "a", "x.log")
    git(tmp_path)
    subprocess.run(["git", "-C", tmp_path, "add", "-A"], check=True)
    (tmp_path / ".gitignore").write_text("*.log\n")
    (tmp_path / "x.log").unlink()
    make(tmp_path, "y.log")
    assert list(Files(tmp_path).walk([""])) == [".gitignore", "a"]


def test_the_rules_above_a_folder_hold_in_it(tmp_path: Path) -> None:
    make(tmp_path, "a/b/x.log", "a/b/y", "a/b/secret", "a/b/mine")
    (tmp_path / ".gitignore").write_text("*.log\n")
    (tmp_path / "a" / ".gitignore").write_text("/b/secret\n")
    git(tmp_path)
    (tmp_path / ".git/info/exclude").write_text("mine\n")
    assert list(Files(tmp_path).walk(["a/b"])) == ["a/b/y"]


def test_the_last_pattern_that_fits_decides(tmp_path: Path) -> None:
    make(tmp_path, "a.log", "keep.log", "x/keep.log", "x/y/keep.log", "z/y/a.txt", "z/b.txt")
    patterns = ["*.log", "!keep.log", "/x/*.log", "!/x/keep.log", "x/y/keep.log", "z/**/a.txt"]
    (tmp_path / ".gitignore").write_text("\n".join(patterns) + "\n")
    git(tmp_path)
    listed = ["git", "-C", tmp_path, "ls-files", "-co", "--exclude-standard"]
    judged = subprocess.run(listed, check=True, capture_output=True, text=True).stdout.split()
    assert list(Files(tmp_path).walk([""])) == judged


def test_an_ignored_submodule_counts(tmp_path: Path) -> None:
    make(tmp_path, "sub/a", "sub/b.log")
    git(tmp_path)
    git(tmp_path / "sub")
    one = ["git", "-C", tmp_path / "sub", "-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run([*one, "commit", "-q", "--allow-empty", "-m", "x"], check=True)
    subprocess.run(["git", "-C", tmp_path, "add", "sub"], check=True, capture_output=True)
    (tmp_path / ".gitignore").write_text("sub\n")
    (tmp_path / "sub" / ".gitignore").write_text("*.log\n")
    assert list(Files(tmp_path).walk([""])) == [".gitignore", "sub/.gitignore", "sub/a"]


def test_pipes_in_a_folder_are_passed_by(tree: Path) -> None:
    make(tree, "a", "sub/b")
    os.mkfifo(tree / "Dockerfile")
    os.mkfifo(tree / "sub" / ".gitignore")
    os.mkfifo(tree / ".gitignore")
    assert list(Files(tree).walk([""])) == ["a", "sub/b"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_read_is_told_of(tree: Path) -> None:
    make(tree, "a", "closed/b")
    (tree / "closed").chmod(0)
    files = Files(tree)
    assert list(files.walk([""])) == ["a"]
    assert files.notes == {"closed": "cannot be read: permission denied"}
    (tree / "closed").chmod(0o700)


def test_a_bound_that_is_reached_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, *(f"a/{number}" for number in range(9)))
    monkeypatch.setattr(door, "MAX_NAMES", 4)
    files = Files(tmp_path)
    assert len(list(files.walk([""]))) == 4
    assert files.notes == {"a": "holds more than 4 names; the rest is not read"}
    monkeypatch.setattr(door, "MAX_NAMES", 20)
    monkeypatch.setattr(walk, "MAX_FOUND", 5)
    make(tmp_path, "b/c")
    files = Files(tmp_path)
    assert list(files.walk([""]))
    assert files.notes == {"": "holds more than 5 files; the rest is not read"}


def test_paths_may_begin_with_a_dot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, ".devcontainer/Dockerfile")
    monkeypatch.chdir(tmp_path)
    files = Files(tmp_path)
    assert files.path(".devcontainer") == ".devcontainer"
    assert files.named(".devcontainer/Dockerfile") == ".devcontainer/Dockerfile"


def test_what_people_name_is_within_or_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "root/a/f")
    (tmp_path / "root" / "out").symlink_to("..")
    (tmp_path / "way").symlink_to("root")
    monkeypatch.chdir(tmp_path / "root" / "a")
    files = Files(tmp_path / "root")
    assert files.named("f") == "a/f"
    assert files.named("new") == "a/new"
    assert files.named("../out/x") == "out/x"
    assert files.named("../../x") is None
    assert files.named(tmp_path / "way" / "a" / "f") == "a/f"
    assert files.named(tmp_path / "root") == ""


def test_names_of_files_may_hold_anything(tree: Path) -> None:
    name = os.fsdecode(b"new\nline\xff \xc3\xa9")
    (tree / name).touch()
    assert list(Files(tree).walk([""])) == [name]


def test_glob_matches_part_by_part(tmp_path: Path) -> None:
    make(tmp_path, "a/x.sh", "a/y.sh", "b/x.sh", "b/c/x.sh", "top.sh")
    files = Files(tmp_path)
    assert files.glob("a", "*.sh") == ["a/x.sh", "a/y.sh"]
    assert files.glob("", "?/x.sh") == ["a/x.sh", "b/x.sh"]
    assert files.glob("", "**/x.sh") == ["a/x.sh", "b/c/x.sh", "b/x.sh"]
    assert files.glob("a", "x.sh") == ["a/x.sh"]
    assert files.glob("a", "../*.sh") == ["top.sh"]
    assert files.glob("", "../*") == []
    assert files.glob("nowhere", "*") == []


def test_an_overlay_stands_for_the_file(tmp_path: Path) -> None:
    make(tmp_path, "a")
    (tmp_path / "bom").write_bytes(b"\xef\xbb\xbfx")
    files = Files(tmp_path, overlay={"a": "laid", "new/b": "laid, too"})
    assert files.load("a").text == "laid"
    assert files.is_dir("new")
    assert files.exists("new/b")
    assert files.is_file("new/b")
    assert files.names("new") == ("b",)
    assert list(files.walk([""])) == ["a", "bom", "new/b"]
    assert files.lay("bom", "y").encode() == b"\xef\xbb\xbfy"
    assert [(below.text, laid.text) for below, laid in files.changes()] == [
        ("a", "laid"),
        ("x", "y"),
    ]


def test_overlays_are_written_all_together(tmp_path: Path) -> None:
    make(tmp_path, "a", "b")
    files = Files(tmp_path, overlay={"a": "A", "b": "B"})
    assert files.commit() == ["a", "b"]
    assert (tmp_path / "a").read_text() == "A"
    assert (tmp_path / "b").read_text() == "B"
    assert files.changes() == []


def test_when_one_cannot_be_written_none_is(tmp_path: Path) -> None:
    make(tmp_path, "a")
    (tmp_path / "b").write_bytes(b"\xff\xfeb\0")
    files = Files(tmp_path, overlay={"a": "A", "b": "\udcff no UTF-16"})
    with pytest.raises(FileProblem, match="b: cannot be written"):
        files.commit()
    assert (tmp_path / "a").read_text() == "a"
    assert (tmp_path / "b").read_bytes() == b"\xff\xfeb\0"


def test_writing_never_leaves_the_root(tmp_path: Path) -> None:
    make(tmp_path, "outside", "root/x")
    (tmp_path / "root" / "link").symlink_to("../outside")
    files = Files(tmp_path / "root")
    source = files.load("x")
    for path in ("link", "../outside"):
        with pytest.raises(FileProblem):
            files.write(path, source, "changed")
    assert (tmp_path / "outside").read_text() == "outside"


def test_the_mode_tells_what_is_executable(tmp_path: Path) -> None:
    make(tmp_path, "a", "b")
    (tmp_path / "a").chmod(0o755)
    files = Files(tmp_path)
    assert files.is_executable("a") is True
    assert files.is_executable("b") is False
    assert files.is_executable("nowhere") is None


def test_the_root_is_the_work_tree_else_here_else_the_folder(tmp_path: Path) -> None:
    make(tmp_path, "repo/sub/f", "plain/g")
    git(tmp_path / "repo")
    assert root_of(tmp_path / "repo/sub/f", tmp_path) == str(tmp_path / "repo")
    assert root_of(tmp_path / "plain/g", tmp_path) == str(tmp_path)
    assert root_of(tmp_path / "plain/g", tmp_path / "repo") == str(tmp_path / "plain")


def test_paths_from_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "a/b/c")
    monkeypatch.chdir(tmp_path / "a")
    files = Files(tmp_path)
    assert files.path("b/c") == "a/b/c"
    assert files.path(".") == "a"
    assert files.path("..") == ""
    assert files.path("../..") is None
    assert files.path(tmp_path / "a") == "a"


class TestNear:
    """Where a Dockerfile may be that builds the image of a manifest."""

    @pytest.fixture
    def many(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setattr(walk, "MAX_NEAR", 8)
        for path in ("one/k8s/pod.yaml", "one/app/Dockerfile", "two/app/Dockerfile", "pod.yaml"):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text("x")
        return tmp_path

    @staticmethod
    def near(root: Path, path: str) -> list[str]:
        files = Files(root)
        return list(files.walk(walk.near(files, [path])))

    def test_the_whole_of_a_small_folder(self, many: Path) -> None:
        assert self.near(many / "one", "k8s/pod.yaml") == ["app/Dockerfile", "k8s/pod.yaml"]

    def test_the_whole_of_a_work_tree(self, many: Path) -> None:
        subprocess.run(["git", "init", "-q", many], check=True)
        assert "two/app/Dockerfile" in self.near(many, "one/k8s/pod.yaml")

    @pytest.mark.parametrize(
        ("given", "found"),
        [
            ("one", ["one/app/Dockerfile", "one/k8s/pod.yaml"]),
            ("one/k8s/pod.yaml", ["one/k8s/pod.yaml"]),
            ("pod.yaml", []),
        ],
    )
    def test_of_a_folder_of_many_things_what_is_named(
        self, many: Path, given: str, found: list[str]
    ) -> None:
        (many / "three/four/five").mkdir(parents=True)
        assert self.near(many, given) == found


def test_a_link_has_the_path_that_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "f").write_text("x")
    (tmp_path / "l").symlink_to("a")
    (tmp_path / "g").symlink_to("a/f")
    (tmp_path / "out").symlink_to("/etc/passwd")
    files = Files(tmp_path)
    assert [files.real(p) for p in ("a/f", "l/f", "g", "out")] == ["a/f", "a/f", "a/f", "out"]


def test_a_pattern_that_no_pattern_can_be_is_left_out() -> None:
    from gracelint.files.ignore import ignoring

    assert ignoring("[z-a]\nbuild/\n").match_file("build/x")
