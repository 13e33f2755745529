"""Writing in the place of a file: nothing of it is lost, or it is left as it is."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from gracelint.files import replace as module
from gracelint.files.door import Door, Refused
from gracelint.files.replace import create, replace, sealed

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "a").mkdir()
    path = tmp_path / "a" / "file"
    path.write_text("old")
    return path


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door(tmp_path)


def names(file: Path) -> list[str]:
    return sorted(path.name for path in file.parent.iterdir())


@pytest.mark.parametrize("mode", [0o644, 0o755, 0o600, 0o640, 0o4755])
def test_the_mode_stays(door: Door, file: Path, mode: int) -> None:
    file.chmod(mode)
    replace(door, "a/file", b"new", b"old")
    assert file.read_text() == "new"
    assert stat.S_IMODE(file.stat().st_mode) == mode
    assert names(file) == ["file"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_the_owner_stays(door: Door, file: Path) -> None:
    os.chown(file, 1234, 2345)
    replace(door, "a/file", b"new", b"old")
    assert (file.stat().st_uid, file.stat().st_gid) == (1234, 2345)


def test_extended_attributes_stay(door: Door, file: Path) -> None:
    try:
        os.setxattr(file, "user.note", b"keep")
    except OSError:
        pytest.skip("this file system has none")
    replace(door, "a/file", b"new", b"old")
    assert os.getxattr(file, "user.note") == b"keep"


def test_a_file_whose_attributes_cannot_be_kept_is_left(
    door: Door, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "listxattr", lambda handle: ["user.a"])
    monkeypatch.setattr(os, "getxattr", lambda handle, name: str(handle).encode())
    with pytest.raises(Refused, match="extended attributes cannot be kept"):
        replace(door, "a/file", b"new", b"old")
    assert (file.read_text(), names(file)) == ("old", ["file"])


def test_a_file_whose_owner_cannot_be_kept_is_left(
    door: Door, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    os.chown(file, -1, 2345) if os.geteuid() == 0 else pytest.skip("needs a foreign group")
    monkeypatch.setattr(os, "fchown", refuse)
    with pytest.raises(Refused, match="owner and group cannot be kept"):
        replace(door, "a/file", b"new", b"old")
    assert (file.read_text(), names(file)) == ("old", ["file"])


def test_a_file_with_several_names_is_left(door: Door, file: Path) -> None:
    os.link(file, file.parent / "other")
    with pytest.raises(Refused, match="2 names"):
        replace(door, "a/file", b"new", b"old")
    assert (file.read_text(), file.stat().st_nlink) == ("old", 2)


def test_a_read_only_file_is_left(door: Door, file: Path) -> None:
    file.chmod(0o444)
    with pytest.raises(Refused, match="read-only"):
        replace(door, "a/file", b"new", b"old")
    assert file.read_text() == "old"


def test_somebody_elses_file_is_left(
    door: Door, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: file.stat().st_uid + 1)
    assert sealed(door, "a/file") == "it belongs to somebody else"


def test_nothing_speaks_against_an_ordinary_file(door: Door, file: Path) -> None:
    assert sealed(door, "a/file") is None
    assert sealed(door, "a/none") is None
    assert sealed(door, "a") == "it is no regular file"


@pytest.mark.parametrize("now", ["", "ol", "old ", "old\n", "new"])
def test_a_file_that_has_changed_is_left(door: Door, file: Path, now: str) -> None:
    file.write_text(now)
    with pytest.raises(Refused, match="changed since it was read"):
        replace(door, "a/file", b"fixed", b"old")
    assert (file.read_text(), names(file)) == (now, ["file"])


class TestInBetween:
    """Somebody does something while the new file is being written."""

    @pytest.fixture
    def between(self, monkeypatch: pytest.MonkeyPatch) -> list[object]:
        """What is called when the new file stands beside the old one."""
        steps: list[object] = []
        dress = module._dress

        def then(*given: object) -> None:
            dress(*given)  # type: ignore[arg-type]
            for step in steps:
                step()  # type: ignore[operator]

        monkeypatch.setattr(module, "_dress", then)
        return steps

    def test_a_file_that_is_saved_is_left(
        self, door: Door, file: Path, between: list[object]
    ) -> None:
        between.append(lambda: file.write_text("mine"))
        with pytest.raises(Refused, match="changed"):
            replace(door, "a/file", b"new", b"old")
        assert (file.read_text(), names(file)) == ("mine", ["file"])

    def test_a_file_that_is_saved_by_renaming_is_left(
        self, door: Door, file: Path, between: list[object]
    ) -> None:
        (file.parent / "draft").write_text("old")
        between.append(lambda: (file.parent / "draft").rename(file))
        with pytest.raises(Refused, match="changed"):
            replace(door, "a/file", b"new", b"old")
        assert (file.read_text(), names(file)) == ("old", ["file"])

    def test_a_file_that_goes_is_not_made_again(
        self, door: Door, file: Path, between: list[object]
    ) -> None:
        between.append(file.unlink)
        with pytest.raises(FileNotFoundError):
            replace(door, "a/file", b"new", b"old")
        assert names(file) == []

    def test_a_folder_that_becomes_a_link_leads_nowhere_else(
        self, door: Door, file: Path, between: list[object], tmp_path: Path
    ) -> None:
        (tmp_path / "outside").mkdir()
        (tmp_path / "outside" / "file").write_text("old")

        def exchange() -> None:
            file.parent.rename(tmp_path / "moved")
            file.parent.symlink_to("outside")

        between.append(exchange)
        replace(door, "a/file", b"new", b"old")
        assert (tmp_path / "outside" / "file").read_text() == "old"
        assert names(tmp_path / "outside" / "file") == ["file"]
        assert (tmp_path / "moved" / "file").read_text() == "new"

    def test_an_interrupted_write_leaves_nothing_behind(
        self, door: Door, file: Path, between: list[object]
    ) -> None:
        def interrupt() -> None:
            raise KeyboardInterrupt

        between.append(interrupt)
        with pytest.raises(KeyboardInterrupt):
            replace(door, "a/file", b"new", b"old")
        assert (file.read_text(), names(file)) == ("old", ["file"])


class TestCreate:
    """Reports and baselines, which may be there already."""

    def test_a_new_one_has_the_mode_that_new_files_have(self, door: Door, file: Path) -> None:
        create(door, "a/new", b"text")
        (file.parent / "usual").touch()
        assert (file.parent / "new").stat().st_mode == (file.parent / "usual").stat().st_mode
        assert (file.parent / "new").read_text() == "text"

    def test_one_that_is_there_keeps_its_mode(self, door: Door, file: Path) -> None:
        file.chmod(0o600)
        create(door, "a/file", b"text")
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert names(file) == ["file"]

    def test_other_names_of_it_are_not_written_to(self, door: Door, file: Path) -> None:
        os.link(file, file.parent / "other")
        create(door, "a/file", b"text")
        assert (file.parent / "other").read_text() == "old"

    def test_nothing_but_files_is_written_to(self, door: Door, file: Path) -> None:
        os.mkfifo(file.parent / "pipe")
        for path in ("a/pipe", "a"):
            with pytest.raises(Refused):
                create(door, path, b"text")

    def test_a_read_only_file_is_left(self, door: Door, file: Path) -> None:
        file.chmod(0o400)
        with pytest.raises(Refused, match="read-only"):
            create(door, "a/file", b"text")
        assert file.read_text() == "old"

    def test_a_link_within_stays_one(self, door: Door, file: Path) -> None:
        (file.parent / "link").symlink_to("file")
        (file.parent / "dangling").symlink_to("new")
        create(door, "a/link", b"text")
        create(door, "a/dangling", b"text")
        assert file.read_text() == "text"
        assert (file.parent / "new").read_text() == "text"
        assert (file.parent / "link").is_symlink()
        assert (file.parent / "dangling").is_symlink()
