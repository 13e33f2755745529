"""Absolute paths as strings are those that pathlib makes."""

from __future__ import annotations

from pathlib import Path

import pytest

from gracelint.files.whole import above, below, real, whole

PATHS = ["", ".", "..", "a", "./a//b/", "a/../b", "/", "/a", "/a/./b/..", "/a//b/"]


@pytest.mark.parametrize("path", PATHS)
def test_whole_is_absolute(path: str) -> None:
    assert whole(path) == str(Path(path).absolute())


@pytest.mark.parametrize("path", ["/", "/a", "/a/b/c"])
def test_above_are_the_parents(path: str) -> None:
    assert list(above(path)) == [str(parent) for parent in Path(path).parents]


@pytest.mark.parametrize("path", ["/", "/a", "/ab", "/a/b", "/a/b/c", "/b"])
@pytest.mark.parametrize("top", ["/", "/a", "/a/b"])
def test_below_is_relative_to(path: str, top: str) -> None:
    inner = below(path, top)
    assert (inner is not None) == Path(path).is_relative_to(top)
    assert inner is None or Path(inner) == Path(path).relative_to(top)


def test_real_follows_links_and_none_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "to").mkdir()
    (tmp_path / "link").symlink_to("to")
    (tmp_path / "round").symlink_to("round")
    assert real(tmp_path / "link/gone") == str(tmp_path / "to/gone")
    with pytest.raises(OSError, match="symbolic links"):
        real(tmp_path / "round")
