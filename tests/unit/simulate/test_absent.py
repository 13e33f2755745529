"""What is certainly not in the image, and what whoever deploys sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path

SERVER = "FROM debian:12-slim\nCOPY server /app/server\n"


def verdict(tmp_path: Path, script: str, dockerfile: str = SERVER) -> str:
    text = f'{dockerfile}COPY run.sh /run.sh\nENTRYPOINT ["/run.sh"]\n'
    (tmp_path / "Dockerfile").write_text(text)
    (tmp_path / "server").write_bytes(b"\x7fELF\0")
    (tmp_path / "run.sh").write_text(f"#!/bin/bash\nset -e\n{script}\nexec /app/server\n")
    [told] = Session(Files(tmp_path), Options()).scene(["Dockerfile"]).stories
    return told.verdict.value


@pytest.mark.parametrize(
    "script",
    ["cd /no/such/folder", ". /no/such/file", "no-such-command --x", "command -v no-such-command"],
)
def test_errexit_ends_a_script_over_what_the_image_lacks(tmp_path: Path, script: str) -> None:
    assert verdict(tmp_path, script) == "exits"


@pytest.mark.parametrize(
    ("script", "dockerfile"),
    [
        ("cd /no/such/folder", SERVER + "VOLUME /no\n"),
        ("cd /no/such/folder", SERVER + "RUN ./install\n"),
        ("cd /no/such/folder", SERVER + "WORKDIR /no/such/folder\n"),
        ("cd /no/such/folder", SERVER.replace("debian", "someone/else")),
        ("mkdir -p /no/such/folder; cd /no/such/folder", SERVER),
        ("cd /etc/something", SERVER),
        ("no-such-command --x", SERVER + "RUN ./install\n"),
        ("no-such-command --x", SERVER + "COPY tools /usr/local/bin/\n"),
        ("cksum /run.sh", SERVER),
        ("command -v apt-mark", SERVER),
        ("no-such-command --x", SERVER.replace("12-slim", "8")),
        ("curl example.org", SERVER),
    ],
)
def test_what_may_be_there_ends_nothing(tmp_path: Path, script: str, dockerfile: str) -> None:
    (tmp_path / "tools").mkdir()
    assert verdict(tmp_path, script, dockerfile) == "graceful"


def assumptions(tmp_path: Path, script: str, dockerfile: str = SERVER) -> list[str]:
    verdict(tmp_path, script, dockerfile)
    [told] = Session(Files(tmp_path), Options()).scene(["Dockerfile"]).stories
    return [each for each in told.assumptions if "is put there" in each]


@pytest.mark.parametrize(
    "script",
    ["cp /cfg/conf /app/conf", "read -r word < /cfg/conf", "set -o pipefail; cat /cfg/conf | sort"],
)
def test_a_file_that_a_script_ends_without_is_named(tmp_path: Path, script: str) -> None:
    assert len(assumptions(tmp_path, script)) == 1


@pytest.mark.parametrize(
    ("script", "dockerfile"),
    [
        ("if cat /cfg/conf; then :; fi", SERVER),
        ("cat /cfg/conf &", SERVER),
        ("cat /data/conf", SERVER + "WORKDIR /data\nRUN touch conf\n"),
        ("cat /data/conf", SERVER + "WORKDIR /data\nRUN echo x > conf\n"),
        ("cat /data/a/conf", SERVER + "RUN mkdir -p /data/{a,b}\n"),
    ],
)
def test_a_file_that_a_build_may_make_or_a_script_can_do_without_is_not(
    tmp_path: Path, script: str, dockerfile: str
) -> None:
    assert assumptions(tmp_path, script, dockerfile) == []


@pytest.mark.parametrize(
    "guard",
    [
        '[ -z "$TOKEN" ] && exit 1',
        '[ -n "$TOKEN" ] || { echo "TOKEN is missing"; exit 1; }',
        'if [ -z "${TOKEN}" ]; then exit 1; fi',
        'case "$MODE" in web) ;; *) exit 64 ;; esac',
    ],
)
def test_a_guard_is_passed_as_whoever_deploys_passes_it(tmp_path: Path, guard: str) -> None:
    assert verdict(tmp_path, guard) == "graceful"


def test_what_a_script_does_not_require_stays_unset(tmp_path: Path) -> None:
    debugged = 'if [ -n "$DEBUG" ]; then /app/server; exit 0; fi'
    assert verdict(tmp_path, f'[ -n "$TOKEN" ] || exit 1\n{debugged}') == "graceful"


def test_a_script_that_has_what_it_asks_for_and_fails_ends(tmp_path: Path) -> None:
    assert verdict(tmp_path, 'TOKEN=; [ -n "$TOKEN" ] || exit 1') == "exits"


NODE = """#!/bin/sh
if [ -z "$(command -v "$1")" ] || { [ -f "$1" ] && ! [ -x "$1" ]; }; then set -- node "$@"; fi
exec "$@"
"""


@pytest.mark.parametrize(
    ("cmd", "argv"),
    [('["node"]', ["node"]), ('["node", "app.js"]', ["node", "app.js"])],
)
def test_the_program_of_cmd_is_in_the_image(tmp_path: Path, cmd: str, argv: list[str]) -> None:
    built = "FROM debian:12\nRUN ./install-node\nCOPY run.sh /run.sh\n"
    (tmp_path / "Dockerfile").write_text(f'{built}ENTRYPOINT ["/run.sh"]\nCMD {cmd}\n')
    (tmp_path / "run.sh").write_text(NODE)
    (tmp_path / "run.sh").chmod(0o755)
    [told] = Session(Files(tmp_path), Options()).scene(["Dockerfile"]).stories
    assert told.tree is not None
    assert [word.value for word in told.tree.argv] == argv


@pytest.mark.parametrize("asked", ['-n "${m["$k"_on]}"', "-n ${m['web'_on]}"])
def test_a_key_with_quotes_in_it_is_not_taken_as_it_stands(tmp_path: Path, asked: str) -> None:
    script = f"declare -A m; k=web; m[web_on]=1\nif [ {asked} ]; then /app/server; fi"
    assert verdict(tmp_path, script) == "killed"
