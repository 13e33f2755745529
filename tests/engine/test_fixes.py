"""A launch that gracelint repairs is built and stopped again: now it has to be graceful.

All launches are repaired in one run of `gracelint check --fix --unsafe-fixes`, as in a repository.
A fix claims to repair a launch when it changed a file and nothing is left to report.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from batch import Observations, findings, gracelint, predictions, read_folder
from comparison import Comparison
from launches import Launch, parameters

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from engine import Engine, Observed

pytestmark = pytest.mark.engine

ORDER = ("exits", "killed", "abandoned", "graceful")


@dataclass(frozen=True, slots=True)
class Repaired:
    """The launches after the fixes: what the engine does, what is predicted and still reported."""

    observed: Observations
    predicted: dict[str, str]
    left: dict[str, list[dict[str, str]]]


@pytest.fixture(scope="session")
def repaired(
    engine: Engine,
    chosen: list[Launch],
    folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Repaired]:
    """Every chosen launch that the fixes changed."""
    root = tmp_path_factory.mktemp("fixed").resolve() / "launches"
    shutil.copytree(folder, root)
    gracelint("check", "--fix", "--unsafe-fixes", "--output-format", "json", str(root))
    changed = {}
    for launch in chosen:
        files = read_folder(root / launch.name, launch)
        if files != launch.files:
            changed[launch.name] = replace(launch, files=files)
    observations = Observations(engine, changed)
    yield Repaired(observations, predictions(root), findings(root))
    observations.close()


@pytest.mark.parametrize("launch", parameters(kind="fixed", engine=True))
def test_repaired_launch_is_graceful(
    launch: Launch,
    observed: Mapping[str, Observed],
    repaired: Repaired,
    comparisons: list[Comparison],
) -> None:
    if launch.name not in repaired.observed:
        pytest.skip("no fix is offered")
    after = repaired.observed[launch.name]
    predicted = repaired.predicted.get(launch.name, "nothing")
    comparisons.append(Comparison(launch.name, predicted, after, "fixed"))
    before = observed[launch.name].verdict
    assert ORDER.index(after.verdict) >= ORDER.index(before), after
    if not repaired.left.get(launch.name):
        assert after.verdict == "graceful", after
