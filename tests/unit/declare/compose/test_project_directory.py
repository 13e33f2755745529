"""Compose files that are started from the root of the tree, with `--project-directory .`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from gracelint.model.story import Story

NGINX = "FROM nginx\n"
SEEN = "its paths are seen from the root of these files (`--project-directory .`)"
COMPOSE = "services:\n  a:\n    build: {context: ., dockerfile: deploy/Dockerfile}\n"


def told(folder: Path, **dockerfiles: str) -> Story:
    paths = {name.replace("__", "/") + "/Dockerfile": text for name, text in dockerfiles.items()}
    files = {"deploy/compose.yaml": COMPOSE, **paths}
    stories = Session(Files(folder, overlay=files), Options()).scene(["."]).stories
    return next(story for story in stories if story.workload.kind == "compose")


def test_what_is_at_the_root_and_not_beside_the_file_is_built(tmp_path: Path) -> None:
    story = told(tmp_path, deploy=NGINX)
    assert (story.verdict, story.assumptions) == ("graceful", (SEEN,))


@pytest.mark.parametrize("others", [{"deploy__deploy": NGINX}, {"elsewhere": NGINX}])
def test_the_file_s_own_folder_comes_first(tmp_path: Path, others: dict[str, str]) -> None:
    assert SEEN not in told(tmp_path, **others).assumptions
