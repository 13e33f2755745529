"""Folders that a service mounts over its image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.declare.compose.mounts import Mount, MountedFiles
from gracelint.files.tree import Files
from gracelint.model.workload import ImageFile, ImageFiles

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_mounted_folder_hides_what_the_image_has_there(tmp_path: Path) -> None:
    files = mounted(tmp_path)
    assert files.names("/app") == ["a.py", "sub"]
    assert files.names("/") == ["app", "etc"]
    assert sorted(files.paths()) == ["/app/a.py", "/app/sub/b.py", "/etc/kept"]


def test_the_files_of_a_mounted_folder_are_read_once_for_their_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = mounted(tmp_path)
    looked: list[str] = []
    plain = MountedFiles.get

    def get(self: MountedFiles, path: str) -> ImageFile | None:
        looked.append(path)
        return plain(self, path)

    monkeypatch.setattr(MountedFiles, "get", get)
    for _ in range(3):
        files.names("/app")
    assert sorted(looked) == ["/app/a.py", "/app/sub/b.py"]


def mounted(top: Path) -> MountedFiles:
    (top / "src/sub").mkdir(parents=True)
    (top / "src/a.py").write_text("")
    (top / "src/sub/b.py").write_text("")
    image = ImageFiles({p: ImageFile(p, None) for p in ("/app/old.py", "/etc/kept")})
    span = Files(top).read("src/a.py")
    assert span is not None
    return MountedFiles(image, [Mount("/app", span.span(0, 0), "src")], Files(top))
