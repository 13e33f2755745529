"""Launches whose parts lie elsewhere: built by a pipeline, put there by a package, or too large."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from gracelint.model.story import Story

SCRIPT = 'FROM debian:12-slim\nCOPY run.sh /run.sh\nENTRYPOINT ["/run.sh"]\n'
RUN = '#!/bin/sh\nnginx -g "daemon off;"\n'
ACTION = """
on: push
jobs:
  image:
    runs-on: ubuntu-latest
    steps:
      - uses: docker/build-push-action@v6
        with:
          context: ./app
          file: docker/Dockerfile
"""
AZURE = """
steps:
  - task: Docker@2
    inputs: {command: build, Dockerfile: docker/Dockerfile, buildContext: app}
"""
OWN = '#!/bin/sh\nROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"\n'


def stories(folder: Path, files: dict[str, str]) -> list[Story]:
    return [*Session(Files(folder, overlay=files), Options()).scene(["."]).stories]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".circleci/config.yml", "run: docker buildx build -f docker/Dockerfile app\n"),
        ("package.json", '{"scripts": {"image": "docker build -f docker/Dockerfile app"}}'),
        ("Jenkinsfile", "sh 'docker buildx build --push -f docker/Dockerfile app'\n"),
        (".github/workflows/image.yml", ACTION),
        ("azure-pipelines.yml", AZURE),
        ("tools/image.sh", f"{OWN}docker build -f $ROOT/docker/Dockerfile $ROOT/app\n"),
        (
            "tools/image.sh",
            "cd $(dirname $0)/..; docker build -f docker/Dockerfile ./app\n",
        ),
    ],
)
def test_a_build_without_a_tag_says_in_which_folder(tmp_path: Path, path: str, text: str) -> None:
    files = {"docker/Dockerfile": SCRIPT, "app/run.sh": RUN}
    assert [s.verdict for s in stories(tmp_path, files)] == ["unknown"]
    assert [s.verdict for s in stories(tmp_path, {**files, path: text})] == ["killed"]


FLASK = 'FROM python:3.11-slim\nRUN pip install flask\nCMD ["flask", "run"]\n'


@pytest.mark.parametrize(
    ("listed", "verdict"),
    [("[FLASK_DEBUG]", "cut-off"), ("{FLASK_DEBUG: }", "cut-off"), ("[OTHER]", "killed")],
)
def test_a_variable_without_a_value_is_that_of_the_project(
    tmp_path: Path, listed: str, verdict: str
) -> None:
    compose = f"services:\n  web:\n    build: .\n    environment: {listed}\n"
    files = {"Dockerfile": FLASK, "compose.yml": compose, ".env": "FLASK_DEBUG=1\n"}
    told = [s for s in stories(tmp_path, files) if s.workload.kind == "compose"]
    assert [s.verdict for s in told] == [verdict]


NODE = "FROM node:20-slim\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD {}\n"
SERVER = "require('http').createServer().listen(3000);\n"
STOPS = SERVER + "process.on('SIGTERM', () => process.exit(0));\n"


@pytest.mark.parametrize(
    "command",
    [
        '["node", "node_modules/.bin/nodemon", "app.js"]',
        '["node", "--max-old-space-size=400", "node_modules/nodemon/bin/nodemon.js", "app.js"]',
        '["node", "node_modules/tsx/dist/cli.mjs", "app.js"]',
        '["node", "node_modules/cross-env/src/bin/cross-env.js", "A=b", "node", "app.js"]',
        '["node", "node_modules/.bin/dotenv", "--", "node", "app.js"]',
    ],
)
def test_a_script_of_a_package_that_starts_another_is_its_command(
    tmp_path: Path, command: str
) -> None:
    (story,) = stories(tmp_path, {"Dockerfile": NODE.format(command), "app.js": STOPS})
    assert story.verdict == "cut-off"


def test_a_script_of_an_unknown_package_is_not_known(tmp_path: Path) -> None:
    command = '["node", "node_modules/watch/cli.js", "app.js"]'
    (story,) = stories(tmp_path, {"Dockerfile": NODE.format(command), "app.js": STOPS})
    assert story.verdict == "unknown"


BUILT = "FROM node:20-slim\nWORKDIR /app\nCOPY dist ./dist\nCOPY package.json ./\nCMD {}\n"


@pytest.mark.parametrize(
    ("source", "ignored", "verdict"),
    [
        (STOPS, "", "cut-off"),
        (STOPS, "*\n!dist\n", "cut-off"),
        (SERVER, "", "killed"),
        (None, "", "unknown"),
    ],
)
def test_what_a_pipeline_builds_first_is_its_source(
    tmp_path: Path, source: str | None, ignored: str, verdict: str
) -> None:
    files = {
        "Dockerfile": BUILT.format('["node", "dist/main.js"]'),
        "package.json": "{}",
        ".dockerignore": ignored,
        **({"src/main.ts": source} if source is not None else {}),
    }
    (story,) = stories(tmp_path, files)
    assert story.verdict == verdict
    if source is not None:
        assert "`dist/main.js` is built from `src/main.ts`" in story.assumptions


@pytest.mark.parametrize("folder", ["", "apps/web/"])
def test_a_server_that_next_js_has_built_is_its_own(tmp_path: Path, folder: str) -> None:
    dockerfile = (
        f"FROM node:20-slim\nWORKDIR /app\nCOPY {folder}.next/standalone ./\n"
        f'CMD ["node", "{folder}server.js"]\n'
    )
    (story,) = stories(tmp_path, {"Dockerfile": dockerfile, "package.json": "{}"})
    assert story.verdict == "graceful"


MUCH = "def f0(x):\n    return x\n" + "".join(
    f"def f{n}(x):\n    return f{n - 1}(x) + f{n - 1}(x)\n" for n in range(1, 24)
)
TOO_MUCH = f"{MUCH}f23(1)\n"
SUPERVISED = "[supervisord]\nnodaemon=true\n[program:a]\ncommand=python /a.py\n"


@pytest.mark.parametrize(
    ("launch", "verdict"),
    [
        ('CMD ["python", "/a.py"]', "unknown"),
        ('ENTRYPOINT ["tini", "--"]\nCMD ["python", "/a.py"]', "graceful"),
        ('CMD ["supervisord", "-n", "-c", "/s.conf"]', "graceful"),
    ],
)
def test_a_program_that_does_too_much_leaves_others_known(
    tmp_path: Path, launch: str, verdict: str
) -> None:
    dockerfile = f"FROM python:3.11-slim\nCOPY a.py s.conf /\n{launch}\n"
    files = {"Dockerfile": dockerfile, "a.py": TOO_MUCH, "s.conf": SUPERVISED}
    (story,) = stories(tmp_path, files)
    assert story.verdict == verdict
    if verdict == "graceful":
        assert list(story.assumptions) == [
            "`python /a.py` handles SIGTERM: the program does more than can be followed"
        ]


def test_an_entrypoint_that_begins_with_an_interpreter_is_no_script(tmp_path: Path) -> None:
    files = {"compose.yml": "services: {a: {image: scrapinghub/splash}}\n"}
    (story,) = stories(tmp_path, files)
    assert "`/app/bin/splash` is not in sight" in story.reason


def test_on_fly_the_command_is_not_pid_1(tmp_path: Path) -> None:
    files = {"Dockerfile": 'FROM debian:12-slim\nCMD ["echo"]\n', "fly.toml": 'app = "x"\n'}
    story = stories(tmp_path, files)[-1]
    assert story.reason == "what `Fly's init` starts ends by itself"
