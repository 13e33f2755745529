"""Every launch of the engine's table, without an engine: the verdict told is the one measured.

What was measured stands in tests/engine/measured.json; `python tests/engine/measure.py` measures
anew.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from launches import TABLE, Launch, launches

from gracelint.files import Files
from gracelint.options import Options
from gracelint.session import Session

if TYPE_CHECKING:
    from pathlib import Path

MEASURED = json.loads(TABLE.with_name("measured.json").read_text(encoding="utf-8"))["verdicts"]
EVERY = {launch.name: launch for launch in launches(every=True)}
OTHERWISE = {
    "script__lastpipe@bash": "what the last part of a pipeline reads is taken to be unknown",
}


def _parameters() -> list[object]:
    return [
        pytest.param(launch, id=name, marks=_mark(OTHERWISE.get(name)))
        for name, launch in EVERY.items()
    ]


def _mark(reason: str | None) -> list[pytest.MarkDecorator]:
    return [pytest.mark.xfail(reason=reason, strict=True)] if reason else []


def told(launch: Launch, folder: Path) -> list[str]:
    """The verdict of the launch's service, where a compose file starts it, else of its image."""
    files = dict(launch.files)
    if launch.compose is not None:
        files["compose.yaml"] = launch.compose
    scene = Session(Files(folder, overlay=files), Options()).scene(["."])
    kind = "dockerfile" if launch.compose is None else "compose"
    return [story.verdict.value for story in scene.stories if story.workload.kind == kind]


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("empty")


@pytest.mark.parametrize("launch", _parameters())
def test_the_verdict_told_is_the_one_measured(launch: Launch, empty: Path) -> None:
    assert told(launch, empty) == [MEASURED[launch.name]]


def test_every_launch_of_the_table_was_measured() -> None:
    assert set(MEASURED) == set(EVERY)
