"""Folders that a service mounts over its image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.declare.compose.model import load
from gracelint.declare.compose.mounts import Mount, MountedFiles, volume
from gracelint.files.tree import Files
from gracelint.model.workload import ImageFile, ImageFiles
from gracelint.syntax.yaml.parse import parse

if TYPE_CHECKING:
    from pathlib import Path


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


@pytest.mark.parametrize(
    ("path", "hidden"),
    [
        ("/app/old.py", True),
        ("/app/made/main.js", True),
        ("/app/a.py", False),
        ("/app", False),
        ("/app/sub/made/main.js", False),
        ("/etc/kept", False),
        ("/etc/none", False),
    ],
)
def test_a_mounted_folder_says_what_it_hides(tmp_path: Path, path: str, hidden: bool) -> None:
    reason = "the mount over `/app` hides it, and `src` has no such file"
    assert mounted(tmp_path, "/app/sub/made").hides(path) == (reason if hidden else "")


def mounted(top: Path, *kept: str) -> MountedFiles:
    (top / "src/sub").mkdir(parents=True)
    (top / "src/a.py").write_text("")
    (top / "src/sub/b.py").write_text("")
    image = ImageFiles({p: ImageFile(p, None) for p in ("/app/old.py", "/etc/kept")})
    span = Files(top).read("src/a.py")
    assert span is not None
    return MountedFiles(image, [Mount("/app", span.span(0, 0), "src")], Files(top), kept)


@pytest.mark.parametrize(
    "written",
    [
        "- $PWD/start.sh:/start.sh:ro",
        "- ${PWD}/start.sh:/start.sh",
        "- type: bind\n        source: ${PWD}/start.sh\n        target: /start.sh",
    ],
)
def test_pwd_is_the_folder_that_compose_is_run_in(tmp_path: Path, written: str) -> None:
    assert mount(tmp_path, written) == ("/start.sh", "start.sh")


def test_a_path_behind_another_variable_is_not_in_sight(tmp_path: Path) -> None:
    assert mount(tmp_path, "- $HOME/start.sh:/start.sh") is None


def mount(top: Path, written: str) -> tuple[str, str | None] | None:
    (top / "compose.yaml").write_text(f"services:\n  web:\n    volumes:\n      {written}\n")
    files = Files(top)
    source = files.read("compose.yaml")
    assert source is not None
    service = load(parse(source), files).services["web"]
    found = [volume(item) for value in service.values("volumes") for item in value.children()]
    return None if found[0] is None else (found[0].target, found[0].path)
