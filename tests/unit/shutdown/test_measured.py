"""Every launch of the engine's table, without an engine: the verdict told is the one measured.

What was measured stands in tests/engine/measured.json; `python tests/engine/measure.py` measures
anew.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from launches import TABLE, Launch, launches, parameters

from gracelint.files import Files
from gracelint.options import Options
from gracelint.session import Session

if TYPE_CHECKING:
    from pathlib import Path

MEASURED = json.loads(TABLE.with_name("measured.json").read_text(encoding="utf-8"))["verdicts"]
EVERY = {launch.name for launch in launches(every=True)}


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


@pytest.mark.parametrize("launch", parameters(every=True))
def test_the_verdict_told_is_the_one_measured(launch: Launch, empty: Path) -> None:
    assert told(launch, empty) == [MEASURED[launch.name]]


def test_every_launch_of_the_table_was_measured() -> None:
    assert set(MEASURED) == EVERY
