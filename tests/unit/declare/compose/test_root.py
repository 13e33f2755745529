"""A variable that paths of a Compose file begin with, and that nothing sets: the tree's root."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.model.story import Basis, Verdict
from gracelint.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from gracelint.model.story import Story

DOCKERFILE = 'FROM debian:12\nRUN apt-get install -y redis\nCMD ["redis-server"]\n'
SHARED = "services:\n  base:\n    build:\n      context: ${REPO}/images/web\n"
ASSUMED = "`$REPO` is the root of these files"


def told(folder: Path, compose: str, **more: str) -> Story:
    """The story of the service `web` of stacks/web/compose.yaml."""
    files = {"stacks/web/compose.yaml": compose, "images/web/Dockerfile": DOCKERFILE, **more}
    stories = Session(Files(folder, overlay=files), Options()).scene(["."]).stories
    (story,) = [s for s in stories if s.workload.kind == "compose" and s.workload.name == "web"]
    return story


@pytest.mark.parametrize("variable", ["$REPO", "${REPO}"])
def test_a_build_context_that_is_there(tmp_path: Path, variable: str) -> None:
    story = told(tmp_path, f"services:\n  web:\n    build: {variable}/images/web\n")
    assert (story.verdict, story.basis) == (Verdict.GRACEFUL, Basis.ASSUMED)
    assert ASSUMED in story.assumptions


def test_a_file_that_is_extended_and_paths_in_it(tmp_path: Path) -> None:
    compose = (
        "services:\n  web:\n    extends:\n"
        "      file: ${REPO}/stacks/shared/compose.yaml\n      service: base\n"
    )
    story = told(tmp_path, compose, **{"stacks/shared/compose.yaml": SHARED})
    assert (story.verdict, story.basis) == (Verdict.GRACEFUL, Basis.ASSUMED)
    assert ASSUMED in story.assumptions


@pytest.mark.parametrize(
    "context",
    ["${REPO}/images/other", "${REPO}images/web", "${REPO}/${NAME}", "../${REPO}/images/web"],
)
def test_what_is_not_there_says_nothing(tmp_path: Path, context: str) -> None:
    story = told(tmp_path, f"services:\n  web:\n    build: {context}\n")
    assert story.verdict is Verdict.UNKNOWN


def test_a_variable_that_is_set_is_what_it_is_set_to(tmp_path: Path) -> None:
    compose = "services:\n  web:\n    build: ${REPO}/images/web\n"
    story = told(tmp_path, compose, **{"stacks/web/.env": "REPO=../elsewhere\n"})
    assert story.verdict is Verdict.UNKNOWN
