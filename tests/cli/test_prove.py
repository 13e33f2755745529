"""`gracelint prove` where no engine is needed: what it refuses, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EXEC = 'FROM debian:12\nCMD ["/srv/web"]\n'
COMPOSE = "services:\n  web: {build: .}\n  db: {image: postgres:16}\n"


@pytest.fixture
def no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing/Dockerfile"], "missing/Dockerfile: it is no path here, no service"),
        (["./none"], "./none: no such file or folder"),
        (["Not An Image"], "Not An Image: it is no path here, no service, and no name of an image"),
        (["compose.yaml:cache"], "compose.yaml: there is no service `cache` in it"),
        (["empty"], "empty: there is no Dockerfile or Compose file in it; --all looks deeper"),
        (["Dockerfile", "--target", "dev"], "Dockerfile: there is nothing that is started with"),
        (["--env", "NAME"], "--env NAME: write it as NAME=VALUE"),
        (["--ready", "("], "--ready (: it is no pattern"),
        (["--learn", "--isolated"], "--learn writes to the settings, and --isolated uses none"),
    ],
)
def test_what_cannot_be_proven_is_refused_in_words(
    run: Callable[..., Any], tmp_path: Path, no_engine: None, arguments: list[str], said: str
) -> None:
    (tmp_path / "Dockerfile").write_text(EXEC)
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    (tmp_path / "empty").mkdir()
    made = run("prove", *arguments)
    assert made.status == 2
    assert made.stderr.splitlines()[-1].startswith(f"gracelint: error: {said}")
    assert made.stdout == ""


def test_without_any_engine_it_says_what_each_of_them_lacks(
    run: Callable[..., Any], tmp_path: Path, no_engine: None
) -> None:
    (tmp_path / "Dockerfile").write_text(EXEC)
    made = run("prove")
    assert made.status == 2
    assert "no engine answers. Docker: " in made.stderr
    assert "Podman: there is no `podman` in PATH" in made.stderr
    assert made.stderr.count("\n") == 1


def test_a_folder_in_which_nothing_is_built_is_nothing_to_prove(
    run: Callable[..., Any], tmp_path: Path, no_engine: None
) -> None:
    (tmp_path / "compose.yaml").write_text("services:\n  db: {image: postgres:16}\n")
    made = run("prove", "--all")
    assert made.status == 0
    assert "compose.yaml:db: its image is not built here" in made.stderr
    assert "there is nothing here that can be built and started" in made.stderr
