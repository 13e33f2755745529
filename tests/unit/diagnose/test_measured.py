"""Every launch of the engine's table, without an engine: the verdict told is the one measured.
Of those that lose their application, none is left as it is in silence.

What was measured stands in tests/engine/measured.json; `python tests/engine/measure.py` measures
anew.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from comparison import AS_SEEN
from launches import TABLE, Launch, launches, parameters

from gracelint.files.tree import Files
from gracelint.model.finding import Applicability
from gracelint.model.options import Options
from gracelint.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path

MEASURED = json.loads(TABLE.with_name("measured.json").read_text(encoding="utf-8"))["verdicts"]
EVERY = {launch.name for launch in launches(every=True)}


LOST = [x for x in launches(every=False) if MEASURED.get(x.name) in {"killed", "abandoned"}]


def session_for(launch: Launch, folder: Path) -> Session:
    """A session over the launch's files, none of which is on the disk."""
    files = dict(launch.files)
    if launch.compose is not None:
        files["compose.yaml"] = launch.compose
    return Session(Files(folder, overlay=files), Options())


def told(launch: Launch, session: Session) -> list[str]:
    """The verdict of the launch's service, where a compose file starts it, else of its image."""
    kind = "dockerfile" if launch.compose is None else "compose"
    stories = session.scene(["."]).stories
    verdicts = [story.verdict.value for story in stories if story.workload.kind == kind]
    return [AS_SEEN.get(verdict, verdict) for verdict in verdicts]


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("empty")


@pytest.mark.parametrize("launch", parameters(every=True))
def test_the_verdict_told_is_the_one_measured(launch: Launch, empty: Path) -> None:
    assert told(launch, session_for(launch, empty)) == [MEASURED[launch.name]]


@pytest.mark.parametrize("launch", LOST, ids=lambda launch: launch.name)
def test_what_is_repaired_is_graceful_or_still_reported(launch: Launch, empty: Path) -> None:
    session = session_for(launch, empty)
    result = session.fix(["."], Applicability.UNSAFE)
    assert not [one for one in session.problems if one.internal]
    left = [f.rule.code for f in result.findings]
    after = told(launch, session)
    assert after == ["graceful"] or (left and after != ["exits"])


def test_every_launch_of_the_table_was_measured() -> None:
    assert set(MEASURED) == EVERY
