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


def side(folder: Path, service: str, others: dict[str, str]) -> Story:
    """Of a file in `deploy` whose Dockerfile is at the root, another service."""
    web = "services:\n  web: {build: ., image: shop}\n"
    files = {"deploy/compose.yaml": f"{web}  side: {service}\n", "Dockerfile": NGINX, **others}
    stories = Session(Files(folder, overlay=files), Options()).scene(["."]).stories
    return next(story for story in stories if story.workload.name == "side")


RUN = "command: [python, /s/x.py], image: 'python:3.12', volumes: ['./s:/s']"
SLEEPS = "import time\nwhile True:\n    time.sleep(1)\n"


@pytest.mark.parametrize(
    ("service", "is_told"),
    [
        (f"{{{RUN}}}", True),
        ("{image: nginx, volumes: [{type: bind, source: ./s, target: /s}]}", True),
        ("{image: nginx, env_file: [nginx.env]}", True),
        ("{image: shop}", True),
        ("{image: nginx, volumes: ['data:/s']}", False),
    ],
)
def test_it_is_told_of_every_service_that_has_paths(
    tmp_path: Path, service: str, is_told: bool
) -> None:
    story = side(tmp_path, service, {"s/x.py": SLEEPS, "deploy/s/x.py": ""})
    assert (SEEN in story.assumptions) is is_told


def test_what_else_is_beside_the_file_only_speaks_against_it(tmp_path: Path) -> None:
    story = side(tmp_path, f"{{{RUN}}}", {"deploy/s/x.py": SLEEPS})
    assert (story.verdict, story.assumptions) == ("killed", ())
    assert SEEN not in side(tmp_path, f"{{{RUN}}}", {"deploy/.env": "A=b\n"}).assumptions


def test_a_dockerfile_in_the_compose_file_is_none_at_the_root(tmp_path: Path) -> None:
    inline = "services:\n  a:\n    build:\n      dockerfile_inline: |\n        FROM nginx\n"
    files = {"deploy/compose.yaml": inline, "Dockerfile": NGINX}
    stories = Session(Files(tmp_path, overlay=files), Options()).scene(["."]).stories
    (story,) = (story for story in stories if story.workload.kind == "compose")
    assert (story.verdict, story.assumptions) == ("graceful", ())
