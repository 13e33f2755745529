"""Commands that installing the project makes, told by its sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from gracelint.model.story import Story

LOOP = "import time\n\n\ndef main():\n    while True:\n        time.sleep(1)\n"
SETUP = (
    'from setuptools import setup\nsetup(entry_points={"console_scripts": ["bot = pkg.cli:main"]})'
)


def story(tmp_path: Path, image: str, files: dict[str, str]) -> Story:
    text = f'FROM {image}\nWORKDIR /srv\nCOPY . .\nRUN install .\nCMD ["bot"]\n'
    for name, content in {"Dockerfile": text, **files}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    [told] = Session(Files(tmp_path), Options()).scene(["Dockerfile"]).stories
    return told


@pytest.mark.parametrize(
    ("name", "manifest"),
    [
        ("pyproject.toml", '[project.scripts]\nbot = "pkg.cli:main"\n'),
        ("pyproject.toml", '[tool.poetry.scripts]\nbot = "pkg.cli:main"\n'),
        ("setup.cfg", "[options.entry_points]\nconsole_scripts =\n    bot = pkg.cli:main\n"),
        ("setup.py", SETUP),
    ],
)
@pytest.mark.parametrize("folder", ["pkg", "src/pkg"])
def test_an_entry_point_does_what_its_function_does(
    tmp_path: Path, name: str, manifest: str, folder: str
) -> None:
    files = {name: manifest, f"{folder}/__init__.py": "", f"{folder}/cli.py": LOOP}
    told = story(tmp_path, "python:3.12-slim", files)
    assert told.verdict == "killed"
    assert told.tree is not None
    assert [word.value for word in told.tree.argv] == ["bot"]


@pytest.mark.parametrize("given", ['"bin": "cli.js"', '"bin": {"bot": "./cli.js"}'])
def test_a_bin_of_a_package_is_run_by_node(tmp_path: Path, given: str) -> None:
    files = {
        "package.json": f'{{"name": "bot", {given}}}',
        "cli.js": "setInterval(() => {}, 1000);\n",
    }
    assert story(tmp_path, "node:20-slim", files).verdict == "killed"


def test_a_command_that_no_manifest_names_is_taken_for_an_application(tmp_path: Path) -> None:
    files = {"pyproject.toml": '[project.scripts]\nother = "pkg.cli:main"\n', "pkg/cli.py": LOOP}
    assert story(tmp_path, "python:3.12-slim", files).verdict == "graceful"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("package.json", '{"bin": "bot", "x": ' + "[" * 90_000 + "]" * 90_000 + "}"),
        ("pyproject.toml", "bot = " + "9" * 5_000),
    ],
)
def test_a_manifest_that_cannot_be_read_says_nothing(tmp_path: Path, name: str, text: str) -> None:
    told = story(tmp_path, "python:3.12-slim", {name: text})
    assert (told.verdict, told.basis) == ("graceful", "assumed")
