"""The way to the disk: what is named or linked in a folder never leads out of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gracelint.files import door as doors
from gracelint.files.door import Door, Outside, Refused


@pytest.fixture(params=["handles", "paths"])
def root(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder beside a secret, reached as on systems that open relative to folders, or not."""
    monkeypatch.setattr(doors, "BY_HANDLE", request.param == "handles")
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "f").write_text("secret")
    root = tmp_path / "root"
    (root / "a" / "b").mkdir(parents=True)
    (root / "a" / "b" / "f").write_text("inner")
    (root / "f").write_text("outer")
    return root


def link(root: Path, name: str, target: str | Path) -> Door:
    (root / name).symlink_to(target)
    return Door(root)


@pytest.mark.parametrize(
    ("name", "target", "path", "real"),
    [
        ("l", "a", "l/b/f", "a/b/f"),
        ("l", "a/b/f", "l", "a/b/f"),
        ("l", "./a/../f", "l", "f"),
        ("a/l", "..", "a/l/f", "f"),
        ("a/l", "b/../../f", "a/l", "f"),
        ("l", ".", "l/l/l/f", "f"),
        ("l", "a/", "l/b/f", "a/b/f"),
        ("l", "new", "l", "new"),
    ],
)
def test_links_within_are_followed(
    root: Path, name: str, target: str, path: str, real: str
) -> None:
    assert link(root, name, target).real(path) == real


def test_a_link_may_name_the_root_as_a_whole(root: Path) -> None:
    door = link(root, "l", root / "a" / "b")
    assert door.read("l/f", 99) == b"inner"
    assert door.real("l") == "a/b"


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("..", "l/secret"),
        ("../outside", "l/f"),
        ("../secret", "l"),
        ("../new", "l"),
        ("a/../../secret", "l"),
        ("../root/f", "l"),
        ("/etc/passwd", "l"),
        ("/", "l/etc/passwd"),
    ],
)
def test_links_out_lead_nowhere(root: Path, target: str, path: str) -> None:
    door = link(root, "l", target)
    for look in (door.stat, door.real, door.place, lambda p: door.read(p, 99)):
        with pytest.raises(Outside):
            look(path)


def test_a_neighbour_whose_name_begins_alike_is_outside(root: Path) -> None:
    (root.parent / "root2").mkdir()
    with pytest.raises(Outside):
        link(root, "l", root.parent / "root2").stat("l")


def test_links_in_a_circle_end(root: Path) -> None:
    (root / "x").symlink_to("y")
    with pytest.raises(OSError, match="symbolic links"):
        link(root, "y", "x").stat("x")
    with pytest.raises(OSError, match="symbolic links"):
        Door(root).folder("x/a")


def test_links_that_double_at_each_step_take_no_time(root: Path) -> None:
    (root / "l0").mkdir()
    for number in range(1, 60):
        (root / f"l{number}").symlink_to(f"l{number - 1}/../l{number - 1}")
    with pytest.raises(OSError, match="symbolic links"):
        Door(root).folder("l59")


def test_what_is_no_file_is_not_opened(root: Path) -> None:
    os.mkfifo(root / "pipe")
    door = Door(root)
    for path in ("pipe", "a", ""):
        with pytest.raises(Refused):
            door.read(path, 99)
    with pytest.raises(FileNotFoundError):
        door.read("a/none", 99)
    with pytest.raises(NotADirectoryError):
        door.folder("f")


def test_no_more_is_read_than_was_asked_for(root: Path) -> None:
    assert Door(root).read("f", 3) == b"out"


def test_the_names_in_a_folder(root: Path) -> None:
    os.mkfifo(root / "pipe")
    names = dict(link(root, "l", "a").folder("").names())
    assert names == {"a": "folder", "f": "file", "l": "link", "pipe": "other"}


def handles() -> int:
    """How many files this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="nothing to count them by")
def test_many_folders_do_not_use_up_the_handles(root: Path) -> None:
    for number in range(3 * doors._MAX_OPEN):
        (root / "a" / str(number)).mkdir()
    door = Door(root)
    opened = handles()
    for number in range(3 * doors._MAX_OPEN):
        door.folder(f"a/{number}")
    assert handles() <= opened + doors._MAX_OPEN + 1
    del door
    assert handles() <= opened


class TestExchanged:
    """Somebody puts a link in the place of a folder while a run is going on."""

    @pytest.fixture
    def door(self, tmp_path: Path) -> Door:
        (tmp_path / "outside" / "b").mkdir(parents=True)
        (tmp_path / "outside" / "b" / "f").write_text("secret")
        (tmp_path / "root" / "a" / "b").mkdir(parents=True)
        (tmp_path / "root" / "a" / "b" / "f").write_text("inner")
        return Door(tmp_path / "root")

    @staticmethod
    def exchange(door: Door) -> None:
        (door.root / "a").rename(door.root / "old")
        (door.root / "a").symlink_to("../outside")

    def test_a_folder_that_is_open_stays_what_it_was(self, door: Door) -> None:
        folder, name, _ = door.place("a/b/f")
        self.exchange(door)
        handle = folder.open(name, os.O_RDONLY)
        assert os.read(handle, 99) == b"inner"
        os.close(handle)
        assert door.read("a/b/f", 99) == b"inner"

    def test_a_folder_on_the_way_is_not_looked_up_again(self, door: Door) -> None:
        door.folder("a")
        self.exchange(door)
        assert door.read("a/b/f", 99) == b"inner"

    def test_what_is_opened_afterwards_is_refused(self, door: Door) -> None:
        self.exchange(door)
        with pytest.raises(Outside):
            door.read("a/b/f", 99)

    def test_a_file_that_becomes_a_link_is_not_followed(self, door: Door) -> None:
        folder, name, _ = door.place("a/b/f")
        (door.root / "a/b/f").unlink()
        (door.root / "a/b/f").symlink_to("../../../outside/b/f")
        with pytest.raises(OSError, match="symbolic links"):
            folder.open(name, os.O_RDONLY)
