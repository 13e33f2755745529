"""Where a fix installs an init: only where the build is still root."""

from __future__ import annotations

import pytest

from gracelint.files.tree import Files
from gracelint.model.finding import Applicability
from gracelint.model.options import Options
from gracelint.session.session import Session

INSTALL = "RUN apk add --no-cache tini\n"


def fixed(text: str) -> str:
    files = Files("/nowhere", overlay={"Dockerfile": text})
    Session(files, Options()).fix([""], Applicability.UNSAFE)
    return files.load("Dockerfile").text


@pytest.mark.parametrize("own", ["", "USER root\n", "USER root\nRUN true\nUSER 1000\n"])
def test_a_user_of_the_stage_below_may_not_install(own: str) -> None:
    text = f'FROM alpine:3.20 AS a\nUSER 1000\nFROM a\n{own}CMD ["sleep", "365d"]\n'
    assert fixed(text) == text


def test_before_the_user_changes_it_is_installed() -> None:
    text = 'FROM alpine:3.20\n%sUSER 1000\nCMD [%s"sleep", "365d"]\n'
    assert fixed(text % ("", "")) == text % (INSTALL, '"tini", "--", ')
