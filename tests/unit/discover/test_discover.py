"""What is found in a folder, and what is left alone without a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.discover.discover import discover
from gracelint.files.tree import Files

if TYPE_CHECKING:
    from pathlib import Path

COMMENTED = """\
/* a compiler's settings */
{
  "extends": "./tsconfig.json", // the common ones
  "include": ["src/**/*.ts"],
  "files": ["src/services.ts"],
}
"""


@pytest.mark.parametrize("path", ["tsconfig.app.json", "kind.json", "services.yaml"])
def test_what_is_no_manifest_and_cannot_be_read_is_no_concern(path: str, tmp_path: Path) -> None:
    (tmp_path / path).write_text(COMMENTED)
    found = discover(Files(tmp_path), ["."])
    assert not found.checked
    assert not found.unsure
    assert not found.unread


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pod.json", '{"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [}}'),
        ("stack.yaml", "services:\n  a: {image: b\n"),
        ("docker-compose.yml", "a:\n  image: b\n  build: [\n"),
    ],
)
def test_a_manifest_that_cannot_be_read_is_an_error(path: str, text: str, tmp_path: Path) -> None:
    (tmp_path / path).write_text(text)
    found = discover(Files(tmp_path), ["."])
    assert found.checked == [path]
    [file] = found.yaml
    assert file.errors


def test_a_compose_file_of_the_first_version_is_one(tmp_path: Path) -> None:
    (tmp_path / "docker-compose.yml").write_text("web:\n  image: nginx\n")
    (tmp_path / "other.yml").write_text("web:\n  image: nginx\n")
    found = discover(Files(tmp_path), ["."])
    assert [file.source.path for file in found.compose] == ["docker-compose.yml"]
