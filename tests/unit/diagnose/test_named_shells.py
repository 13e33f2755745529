"""Images that nobody knows, named by the system whose /bin/sh they have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from gracelint.model.story import Story

SERVER = "process.on('SIGTERM', () => process.exit(0)); setInterval(() => 0, 1000)\n"


def told(folder: Path, image: str, command: str = "node /app.js") -> Story:
    files = {"Dockerfile": f"FROM {image}\nCOPY app.js /\nCMD {command}\n", "app.js": SERVER}
    [story] = Session(Files(folder, overlay=files), Options()).scene([""]).stories
    return story


@pytest.mark.parametrize(
    ("image", "verdict", "guess"),
    [
        ("corp/node:18-alpine", "graceful", "/bin/sh is ash"),
        ("corp/node:18-alpine3.19", "graceful", "/bin/sh is ash"),
        ("corp/alpine-node:14", "graceful", "/bin/sh is ash"),
        ("registry.example.com/ubi8/node", "graceful", "/bin/sh is bash"),
        ("corp/node:18-bookworm", "killed", "/bin/sh is dash"),
        ("alpine.example.com/corp/node", "killed", "/bin/sh is dash"),
        ("corp/from-alpine-to-ubi", "killed", "/bin/sh is dash"),
    ],
)
def test_the_shell_of_the_system(tmp_path: Path, image: str, verdict: str, guess: str) -> None:
    story = told(tmp_path, image)
    assert (story.verdict, story.assumptions[0]) == (verdict, guess)


def test_what_holds_for_every_shell_rests_on_none(tmp_path: Path) -> None:
    story = told(tmp_path, "corp/node:18-alpine", "node /app.js; echo done")
    assert story.verdict == "killed"
    assert not any("/bin/sh" in assumption for assumption in story.assumptions)
