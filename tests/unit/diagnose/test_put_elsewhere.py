"""What is put elsewhere before it is started: programs by a RUN, configuration by a mount."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from gracelint.model.story import Story

SERVER = (
    'package main\n\nimport "net/http"\n\nfunc main() {\n\thttp.ListenAndServe(":80", nil)\n}\n'
)
INSTALLED = (
    "RUN go build -o bin/main ./cmd && install -m 755 bin/main /out/\nFROM debian:12\n"
    'COPY --from=0 /out/main /srv/\nCMD ["/srv/main"]\n'
)
BUILD = "FROM golang:1.22\nWORKDIR /build\nCOPY . .\n"


def told(folder: Path, files: dict[str, str]) -> Story:
    return Session(Files(folder, overlay=files), Options()).scene(["."]).stories[-1]


@pytest.mark.parametrize(
    ("rest", "verdict"),
    [
        ('RUN go build -o main .\nWORKDIR /dist\nRUN cp /build/main .\nCMD ["/dist/main"]\n',
         "cut-off"),
        ('RUN go build -o main ./cmd && mv main /usr/local/bin/web\nCMD ["web"]\n', "cut-off"),
        (INSTALLED, "cut-off"),
        ('RUN curl -o x http://a/x && cp x /usr/local/bin/y\nCMD ["y"]\n', "graceful"),
        ('RUN curl http://a/x | tar xz && mv x /usr/local/bin/y\nCMD ["y"]\n', "graceful"),
    ],
)  # fmt: skip
def test_a_program_that_was_built_may_be_copied_or_moved(
    tmp_path: Path, rest: str, verdict: str
) -> None:
    files = {"Dockerfile": BUILD + rest, "go.mod": "module a.b/c\n", "cmd/main.go": SERVER}
    assert told(tmp_path, files).verdict == verdict


FPM = "services:\n  a:\n    build: .\n    volumes: [./{}:/usr/local/etc/php-fpm.d/www.conf]\n"
UNSET = "[www]\nuser = www-data\npm = dynamic\n"


@pytest.mark.parametrize(
    ("mounted", "text", "verdict", "basis"),
    [
        ("www.conf", UNSET, "cut-off", "proven"),
        ("php-fpm/www.conf", UNSET, "cut-off", "proven"),
        ("www.conf", UNSET + "[global]\nprocess_control_timeout = 5s\n", "graceful", "proven"),
        ("other.conf", UNSET, "graceful", "assumed"),
    ],
)
def test_a_mounted_configuration_in_sight_is_read(
    tmp_path: Path, mounted: str, text: str, verdict: str, basis: str
) -> None:
    files = {"Dockerfile": "FROM php:8.2-fpm\n", "compose.yaml": FPM.format(mounted)}
    for name in ("www.conf", "php-fpm/www.conf"):
        files[name] = text
    story = told(tmp_path, files)
    assert (story.verdict, story.basis) == (verdict, basis)
