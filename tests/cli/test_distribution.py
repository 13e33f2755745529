"""What is released: the archives, what is in them, the image's Dockerfile, the workflow."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from gracelint import __version__
from gracelint.pages.address import ADDRESS

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Outcome

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RELEASE = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8"))


def called(*words: str | Path, cwd: Path = ROOT) -> str:
    done = subprocess.run(
        [str(word) for word in words], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The source archive, and the wheel that is built from it."""
    folder = tmp_path_factory.mktemp("dist")
    called(sys.executable, "-m", "build", "--outdir", folder)
    (source,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return source, wheel


@pytest.mark.install
def test_the_index_would_take_them(archives: tuple[Path, Path]) -> None:
    called(sys.executable, "-m", "twine", "check", "--strict", *archives)


@pytest.mark.install
def test_the_wheel_holds_the_package_and_its_pages(archives: tuple[Path, Path]) -> None:
    names = zipfile.ZipFile(archives[1]).namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops == {"gracelint", f"gracelint-{__version__}.dist-info"}
    pages = {name for name in names if name.startswith("gracelint/rules/")}
    assert pages == {f"gracelint/rules/{path.name}" for path in (ROOT / "rules").iterdir()}
    suffixes = {Path(name).suffix for name in names if name.startswith("gracelint/")}
    assert suffixes <= {".py", ".md", ".json", ".jsonl", ".typed", ".go"}
    assert "gracelint/py.typed" in names


@pytest.mark.install
def test_the_source_holds_what_the_tests_need(archives: tuple[Path, Path]) -> None:
    with tarfile.open(archives[0]) as source:
        names = {name.partition("/")[2] for name in source.getnames()}
    listed = called("git", "ls-files", "-z").split("\0")
    assert {name for name in listed if name and name not in names} == set()
    assert not any("__pycache__" in name for name in names)


@pytest.mark.install
def test_the_wheel_runs_where_nothing_else_is(archives: tuple[Path, Path], tmp_path: Path) -> None:
    called(sys.executable, "-m", "venv", tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    called(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", archives[1])
    gracelint = tmp_path / "venv" / "bin" / "gracelint"
    assert called(gracelint, "--version").strip() == f"gracelint {__version__}"
    assert "## What it does" in called(gracelint, "rule", "GL101")
    assert called(gracelint, "check", ROOT / "examples/good").startswith("No findings")
    assert "properties" in called(gracelint, "schema")


def test_the_version_stands_once() -> None:
    assert PROJECT["version"] == __version__


def test_there_is_one_address_or_none() -> None:
    assert (ADDRESS in PROJECT["urls"].values()) if "urls" in PROJECT else not ADDRESS


def test_the_images_own_dockerfile_stops_gracefully(
    run: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    outcome = run("check", "container")
    assert outcome.status == 0
    assert outcome.stdout.startswith("No findings in 1 file.")


def test_the_images_dockerfile_copies_what_is_there() -> None:
    text = (ROOT / "container/Dockerfile").read_text(encoding="utf-8")
    let_in = (ROOT / "container/Dockerfile.dockerignore").read_text(encoding="utf-8")
    for line in re.findall(r"^COPY (?!--from)(.*)$", text, re.MULTILINE):
        for name in line.split()[:-1]:
            assert (ROOT / name).exists()
            assert f"!{name}\n" in let_in


def test_the_extension_for_vscode_has_the_version_of_the_package() -> None:
    said = json.loads((ROOT / "editors/vscode/package.json").read_text(encoding="utf-8"))
    assert said["version"] == PROJECT["version"]
    assert (ROOT / "editors/vscode" / said["main"]).is_file()


def steps() -> list[dict[str, Any]]:
    return [step for job in RELEASE["jobs"].values() for step in job["steps"]]


def test_the_release_workflow_is_careful() -> None:
    words = ["--builtin-schema", "vendor.github-workflows", ".github/workflows/release.yml"]
    called(sys.executable, "-m", "check_jsonschema", *words)
    assert RELEASE["permissions"] == {}
    assert all("permissions" in job for job in RELEASE["jobs"].values())
    for step in steps():
        assert re.fullmatch(r"[\w/.-]+@[0-9a-f]{40}", step.get("uses", f"x@{'0' * 40}"))
        assert "${{" not in step.get("run", "")
        if "checkout" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False
    assert not re.search(r"secrets\.|password:", str(RELEASE))


def test_fragments_become_a_section(tmp_path: Path) -> None:
    for name in ("pyproject.toml", "CHANGELOG.md"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    (tmp_path / "changes").mkdir()
    (tmp_path / "changes/README.md").write_bytes((ROOT / "changes/README.md").read_bytes())
    (tmp_path / "changes/+one.added.md").write_text("`--one` counts.\n")
    (tmp_path / "changes/+two.fixed.md").write_text("Two is two.\n")
    before = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    words = ("--version", "9.8.7", "--date", "2030-01-02", "--yes")
    called("git", "init", "-q", cwd=tmp_path)
    called(sys.executable, "-m", "towncrier", "build", *words, cwd=tmp_path)
    after = (tmp_path / "CHANGELOG.md").read_text(encoding="utf-8")
    section = (
        "## 9.8.7 (2030-01-02)\n\n### Added\n\n- `--one` counts.\n\n### Fixed\n\n- Two is two.\n"
    )
    assert section in after
    assert after.index(section) < after.index("## 0.1.0")
    assert set(before.splitlines()) <= set(after.splitlines())
    assert (tmp_path / "changes/README.md").exists()


def test_every_fragment_is_of_a_kind() -> None:
    names = [path.name for path in (ROOT / "changes").iterdir() if path.name != "README.md"]
    assert all(re.fullmatch(r"\+[\w-]+\.(added|changed|fixed|removed)\.md", name) for name in names)
