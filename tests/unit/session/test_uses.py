"""What the uses of an image decide for its Dockerfile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.session.session import Session
from gracelint.session.uses import MENDED, mended

if TYPE_CHECKING:
    from pathlib import Path

APP = 'FROM node:22-bookworm-slim\nCOPY server.js .\nCMD ["node", "server.js"]\n'
SOURCE = 'require("http").createServer((q, r) => r.end("ok")).listen(80);\n'


@pytest.mark.parametrize(
    ("command", "places"),
    [
        ('["node", "server.js"]', ["compose.yaml"]),
        ("node server.js", ["compose.yaml"]),
        ('["node", "--trace-warnings", "server.js"]', ["compose.yaml"]),
        ("./start.sh", ["compose.yaml"]),
        ('["node", "worker.js"]', ["Dockerfile", "compose.yaml"]),
    ],
)
def test_a_program_that_a_use_starts_in_its_own_way_is_one_defect(
    tmp_path: Path, command: str, places: list[str]
) -> None:
    compose = f"services:\n  web:\n    build: .\n    command: {command}\n"
    started = "#!/bin/sh\n./prepare\nexec node server.js\n"
    sources = {"server.js": SOURCE, "worker.js": SOURCE, "start.sh": started}
    dockerfile = APP.replace("COPY server.js", "COPY server.js worker.js start.sh")
    files = {"Dockerfile": dockerfile, "compose.yaml": compose, **sources}
    findings = Session(Files(tmp_path, overlay=files), Options()).run(["."]).findings
    missing = [f.primary.span.source.path for f in findings if f.rule.code == "GL301"]
    assert missing == places


def test_what_a_script_starts_is_told_of_the_script_whoever_runs_it(tmp_path: Path) -> None:
    dockerfile = 'FROM node:22-bookworm-slim\nCOPY server.js start.sh ./\nCMD ["./start.sh"]\n'
    late = "services:\n  web:\n    build: .\n    command: bash -c 'sleep 2 && ./start.sh'\n"
    script = "#!/bin/sh\nnode server.js\n"
    files = {"Dockerfile": dockerfile, "compose.yaml": late}
    files |= {"server.js": SOURCE, "start.sh": script}
    findings = Session(Files(tmp_path, overlay=files), Options()).run(["."]).findings
    told = [(f.rule.code, f.primary.span.source.path) for f in findings]
    assert told == [("GL201", "start.sh"), ("GL301", "start.sh")]


SHELL = "FROM debian:12\nCMD /app/server --port 80\n"
BUILT = "services:\n  web:\n    build: .\n"


def found(dockerfile: str, compose: str) -> list[tuple[str, tuple[str, ...]]]:
    files = Files("/nowhere", overlay={"Dockerfile": dockerfile, "compose.yaml": compose})
    result = Session(files, Options(select=("GL1", "GL3", "GL4"))).run([""])
    return [(f.rule.code, f.workloads) for f in result.findings]


def test_what_a_use_says_of_the_same_text_in_its_own_way_is_said_once() -> None:
    assert found(SHELL, BUILT + "    init: true\n") == [("GL304", ("web", "Dockerfile"))]


def test_what_all_uses_suffer_from_is_said_of_all() -> None:
    assert found(SHELL, BUILT) == [("GL102", ("Dockerfile", "web"))]


def test_what_all_uses_mend_is_not_said() -> None:
    sleeping = 'FROM debian:12\nCMD ["tail", "-f", "/var/log/app"]\n'
    assert found(sleeping, BUILT + "    init: true\n") == []


def test_a_use_that_is_killed_in_another_way_mends_nothing() -> None:
    killed = found(SHELL, BUILT + "    stop_signal: SIGKILL\n")
    assert killed == [("GL102", ("Dockerfile",)), ("GL401", ("web",))]


def test_what_a_use_suffers_from_is_not_said_to_be_mended() -> None:
    cut = 'FROM nginx:1.27\nSTOPSIGNAL SIGTERM\nCMD ["nginx", "-g", "daemon off;"]\n'
    files = Files("/nowhere", overlay={"Dockerfile": cut, "compose.yaml": BUILT})
    stories = mended(Session(files, Options()).scene([""]).stories)
    assert [story.verdict.value for story in stories] == ["cut-off", "cut-off"]
    assert not any(story.reason.endswith(MENDED) for story in stories)
    better = {"Dockerfile": cut, "compose.yaml": BUILT + "    stop_signal: SIGQUIT\n"}
    files = Files("/nowhere", overlay=better)
    stories = mended(Session(files, Options()).scene([""]).stories)
    assert [story.reason.endswith(MENDED) for story in stories] == [True, False]
