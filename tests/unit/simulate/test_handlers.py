"""Conditions that a handler asks about while the container stops."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from gracelint.model.story import Story

SCRIPT = """#!/bin/bash
stop() {{
  if {condition}; then
    kill -TERM "$pid"
    wait "$pid"
  fi
  exit 0
}}
trap stop TERM
"$@" &
pid=$!
wait "$pid"
"""


@pytest.mark.parametrize(
    ("condition", "verdict"),
    [
        ('[ -n "$pid" ]', "graceful"),
        ('[ ! -z "$pid" ]', "graceful"),
        ('test ! -z "$pid"', "graceful"),
        ('[ ! "$pid" = "" ]', "graceful"),
        ('[ ! -n "$pid" ]', "abandoned"),
        ('[ "$(cat /run/state)" = running ]', "unknown"),
    ],
)
def test_a_condition_that_the_script_decides_is_decided(
    tmp_path: Path, condition: str, verdict: str
) -> None:
    assert story(tmp_path, condition, '["redis-server"]').verdict == verdict


def test_what_is_open_on_one_way_is_no_defect_on_the_other(tmp_path: Path) -> None:
    """Of an application whose reaction is not known, nothing says that it would be lost."""
    told = story(tmp_path, '[ "$(cat /run/state)" = running ]', '["mlflow", "server"]')
    assert (told.verdict, told.defects) == ("unknown", ())


def story(top: Path, condition: str, command: str) -> Story:
    (top / "e.sh").write_text(SCRIPT.format(condition=condition))
    (top / "Dockerfile").write_text(
        f'FROM python:3.12\nCOPY . /app\nENTRYPOINT ["bash", "/app/e.sh"]\nCMD {command}\n'
    )
    [told] = Session(Files(top), Options()).scene([""]).stories
    return told
