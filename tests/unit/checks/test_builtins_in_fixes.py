"""No fix starts as a program what only a shell knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.base.source import Source
from gracelint.checks.lib.execs import is_program
from gracelint.files.tree import Files
from gracelint.model.finding import Applicability
from gracelint.model.options import Options
from gracelint.session.session import Session
from gracelint.syntax.shell.parse import parse

if TYPE_CHECKING:
    from pathlib import Path

IMAGES = ("debian:12-slim", "fedora:40", "alpine:3.20")


def repaired(text: str, image: str, folder: Path) -> tuple[str, list[str]]:
    """The CMD once everything is fixed, and what is told of it before and after."""
    dockerfile = f"FROM {image}\nCOPY server /app/server\nCMD {text}\n"
    session = Session(Files(folder, overlay={"Dockerfile": dockerfile}), Options())
    before = [story.verdict.value for story in session.scene(["."]).stories]
    session.fix(["."], Applicability.UNSAFE)
    after = [story.verdict.value for story in session.scene(["."]).stories]
    source = session.files.read("Dockerfile")
    assert source is not None
    return source.text.splitlines()[-1], before + after


@pytest.mark.parametrize("image", IMAGES)
@pytest.mark.parametrize("front", ["command", "setsid"])
def test_exec_takes_the_place_of_what_it_cannot_start(
    front: str, image: str, tmp_path: Path
) -> None:
    line, told = repaired(f"{front} /app/server --port 80", image, tmp_path)
    assert line == "CMD exec /app/server --port 80"
    assert told[-1] == "graceful"


@pytest.mark.parametrize("image", IMAGES)
@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("eval /app/server", "eval"),
        (". /app/server", "."),
        ("command -p /app/server", "command"),
        ("alias serve=/app/server; serve", "serve"),
        ("serve() { /app/server; }; serve", "serve"),
        ("set -m; /app/server & fg %1", "fg"),
        ("wait", "wait"),
        ("cd /app", "cd"),
    ],
)
def test_what_only_a_shell_knows_is_not_started_as_a_program(
    text: str, name: str, image: str, tmp_path: Path
) -> None:
    line, told = repaired(text, image, tmp_path)
    assert f"exec {name}" not in line
    assert not line.startswith(f'CMD ["{name}"')
    assert told[-1] != "exits" or told[0] == "exits"


@pytest.mark.parametrize(
    ("text", "name", "program"),
    [
        ("/app/server", "/app/server", True),
        ("nginx", "nginx", True),
        ("fg", "fg", False),
        ("setsid /app/server", "setsid", False),
        (".", ".", False),
        ("run() { true; }; run", "run", False),
        ("alias ll='ls -l' run=nginx; run", "run", False),
        ("alias ll='ls -l'; run", "run", True),
        ('"$APP"', None, True),
    ],
)
def test_programs_are_told_from_what_a_shell_knows(
    text: str, name: str | None, program: bool
) -> None:
    assert is_program(parse(Source("run.sh", text), "posix"), name) is program
