"""Conditions that a handler asks about while the container stops."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from script_workloads import script_workload

from gracelint.diagnose.tell import tell
from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.model.story import Verdict
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


UNDEFINED = ("trap cleanup TERM", "/app/server &", "wait $!")


def test_a_handler_may_call_a_function_that_is_not_there() -> None:
    assert started("/bin/bash", *UNDEFINED).verdict is Verdict.ABANDONED
    assert started("/bin/sh", *UNDEFINED).verdict is Verdict.ABANDONED


def test_a_function_may_come_from_a_file_that_is_not_in_sight() -> None:
    assert started("/bin/bash", ". /usr/lib/functions.sh", *UNDEFINED).verdict is Verdict.UNKNOWN


def test_a_program_in_its_place_may_come_from_the_image() -> None:
    told = started("/bin/bash", *UNDEFINED, run="RUN apt-get install -y tools")
    assert told.verdict is Verdict.UNKNOWN


def started(shell: str, *lines: str, run: str = "") -> Story:
    """The story of an entrypoint script of a plain Debian image."""
    files = {
        "Dockerfile": f'FROM debian:12\n{run}\nCOPY e.sh app /\nENTRYPOINT ["/e.sh"]\n',
        "e.sh": "\n".join([f"#!{shell}", *lines, ""]),
    }
    [told] = Session(Files("/nowhere", overlay=files), Options()).stories(["."]).stories
    return told


def test_bash_ends_at_once_over_an_application_that_its_exit_trap_starts() -> None:
    lines = ("#!/bin/bash", "trap /app/server EXIT", "true", "")
    assert tell(script_workload("\n".join(lines))).verdict is Verdict.ABANDONED
    lines = ("#!/bin/sh", *lines[1:])
    assert tell(script_workload("\n".join(lines))).verdict is Verdict.KILLED
