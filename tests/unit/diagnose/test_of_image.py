"""Applications that an image brings: what its own command gives to an interpreter."""

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


def told(folder: Path, dockerfile: str, **more: str) -> Story:
    """The one launch of a Dockerfile, with files beside it."""
    files = {"Dockerfile": dockerfile, **{n.replace("_", "."): t for n, t in more.items()}}
    (story,) = Session(Files(folder, overlay=files), Options()).scene(["."]).stories
    return story


def test_the_image_s_own_script_is_its_program(tmp_path: Path) -> None:
    story = told(tmp_path, "FROM ghost:5\n")
    assert (story.verdict, story.basis) == (Verdict.GRACEFUL, Basis.PROVEN)


def test_the_same_words_after_a_wrapper(tmp_path: Path) -> None:
    story = told(
        tmp_path,
        "FROM ghost:5\nRUN apt-get update && apt-get install -y tini\n"
        'ENTRYPOINT ["tini", "--"]\nCMD ["node", "current/index.js"]\n',
    )
    assert story.verdict is Verdict.GRACEFUL


@pytest.mark.parametrize(
    "dockerfile",
    [
        'FROM ghost:5\nCMD ["node", "mine.js"]\n',
        'FROM node:22\nCMD ["node", "current/index.js"]\n',
        "FROM ghost:0.7.1\n",
        "FROM istio/examples-bookinfo-ratings-v1:1.15.1\n",
    ],
)
def test_another_script_is_not(tmp_path: Path, dockerfile: str) -> None:
    assert told(tmp_path, dockerfile).verdict is Verdict.UNKNOWN


def test_a_script_in_sight_is_read(tmp_path: Path) -> None:
    dockerfile = "FROM ghost:5\nCOPY index.js /var/lib/ghost/current/index.js\n"
    story = told(tmp_path, dockerfile, index_js="setInterval(() => {}, 1000)\n")
    assert story.verdict is Verdict.KILLED


SOURCES = 'COPY run.sh /run.sh\nENTRYPOINT ["/run.sh"]\n'


@pytest.mark.parametrize(
    ("command", "first", "second"),
    [
        ('CMD ["run", "web"]\n', "tini", "sentry"),
        ('CMD ["tini", "--", "/app"]\n', "tini", "/app"),
    ],
)
def test_a_script_reads_the_image_s_own_which_replaces_it(
    tmp_path: Path, command: str, first: str, second: str
) -> None:
    script = "#!/bin/bash\nset -e\nsource /docker-entrypoint.sh\nsleep 1000\n"
    dockerfile = f"FROM ghcr.io/getsentry/sentry:nightly\n{SOURCES}{command}"
    tree = told(tmp_path, dockerfile, run_sh=script).tree
    assert tree is not None
    assert tree.argv[0].value == first
    assert [child.argv[0].value for child in tree.children] == [second]


def test_a_script_reads_one_that_nobody_knows(tmp_path: Path) -> None:
    script = "#!/bin/bash\nset -e\nsource /docker-entrypoint.sh\n"
    story = told(tmp_path, f"FROM acme/unheard-of\n{SOURCES}", run_sh=script)
    assert story.verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("image", "verdict"),
    [
        ("ghcr.io/flaresolverr/flaresolverr:latest", Verdict.CUT_OFF),
        ("ghcr.io/advplyr/audiobookshelf:latest", Verdict.CUT_OFF),
        ("ghcr.io/advplyr/audiobookshelf:latest\nSTOPSIGNAL SIGINT", Verdict.GRACEFUL),
        ("ghcr.io/immich-app/immich-server:release", Verdict.CUT_OFF),
        ("docker.dragonflydb.io/dragonflydb/dragonfly", Verdict.GRACEFUL),
        ('dragonflydb/dragonfly\nCMD ["--maxmemory=1g"]', Verdict.GRACEFUL),
        ("jboss/keycloak:16.1.1", Verdict.GRACEFUL),
        ("jboss/keycloak:16.1.1\nENV LAUNCH_JBOSS_IN_BACKGROUND=", Verdict.KILLED),
    ],
)
def test_what_images_of_applications_do(tmp_path: Path, image: str, verdict: Verdict) -> None:
    assert told(tmp_path, f"FROM {image}\n").verdict is verdict
