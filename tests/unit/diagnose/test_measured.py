"""Every launch of the engine's tables, without an engine: the verdict told is the one measured.
Of those that lose their application, none is left as it is in silence.

What was measured stands in tests/engine/measured; `python tests/engine/measure.py` measures anew.
Launches that are known to be told otherwise have a line in tests/engine/disagreements.toml.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import record
from launches import Launch, launches, parameters

from gracelint.files.tree import Files
from gracelint.model.finding import Applicability
from gracelint.model.options import Options
from gracelint.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path

MEASURED = record.measured()
EVERY = {launch.name for launch in launches(every=True)}
WRONG = record.disagreements("told")
LOST = {n for n, facts in MEASURED.items() if facts["verdict"] in record.LOST and n not in WRONG}


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
    return [record.AS_SEEN.get(verdict, verdict) for verdict in verdicts]


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("empty")


@pytest.mark.parametrize("launch", parameters())
def test_the_verdict_told_is_the_one_measured(launch: Launch, empty: Path) -> None:
    [verdict] = told(launch, session_for(launch, empty))
    measured = MEASURED[launch.name]["verdict"]
    assert record.agrees(verdict, measured, unknown=bool(launch.open)), (verdict, measured)


@pytest.mark.parametrize("launch", parameters(kind="silent", of=LOST))
def test_what_is_repaired_is_graceful_or_still_reported(launch: Launch, empty: Path) -> None:
    session = session_for(launch, empty)
    result = session.fix(["."], Applicability.UNSAFE)
    assert not [one for one in session.problems if one.internal]
    left = [f.rule.code for f in result.findings]
    after = told(launch, session)
    assert after == ["graceful"] or (left and after != ["exits"])


def test_every_launch_of_the_tables_was_measured() -> None:
    assert set(MEASURED) == EVERY


@pytest.mark.parametrize("kind", ["told", "silent", "fixed"])
def test_disagreements_are_about_launches_of_the_tables(kind: str) -> None:
    assert set(record.disagreements(kind)) <= EVERY
