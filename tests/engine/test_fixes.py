"""A launch that gracelint repairs is built and stopped again: now it has to be graceful.

All launches are repaired in one run of `gracelint check --fix --unsafe-fixes`, as in a repository.
A fix claims to repair a launch when it changed a file and nothing is left to report.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from batch import findings, gracelint, observe_all, predictions, read_folder
from comparison import Comparison
from launches import Launch, launches

if TYPE_CHECKING:
    from pathlib import Path

    from engine import Engine, Observed

pytestmark = pytest.mark.engine

LEVELS = ("error", "warning", "info")
ORDER = ("exits", "killed", "abandoned", "graceful")


@dataclass(frozen=True, slots=True)
class Repaired:
    """A launch after the fixes: what the engine does, what is predicted and still reported."""

    observed: Observed
    predicted: str
    left: tuple[str, ...]


@pytest.fixture(scope="session")
def repaired(
    engine: Engine,
    chosen: list[Launch],
    folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Repaired]:
    """Every chosen launch that the fixes changed."""
    root = tmp_path_factory.mktemp("fixed").resolve() / "launches"
    shutil.copytree(folder, root)
    gracelint("check", "--fix", "--unsafe-fixes", "--output-format", "json", str(root))
    changed = {}
    for launch in chosen:
        files = read_folder(root / launch.name, launch)
        if files != launch.files:
            changed[launch.name] = replace(launch, files=files)
    seen, predicted, left = observe_all(engine, changed), predictions(root), findings(root)
    return {name: _repaired(name, seen, predicted, left) for name in changed}


def _repaired(
    name: str,
    seen: dict[str, Observed],
    predicted: dict[str, str],
    left: dict[str, list[dict[str, str]]],
) -> Repaired:
    codes = tuple(f["code"] for f in left.get(name, []) if f["severity"] in LEVELS)
    return Repaired(seen[name], predicted.get(name, "nothing"), codes)


@pytest.mark.parametrize("launch", list(launches()), ids=lambda launch: launch.name)
def test_repaired_launch_is_graceful(
    launch: Launch,
    observed: dict[str, Observed],
    repaired: dict[str, Repaired],
    comparisons: list[Comparison],
) -> None:
    if launch.name not in repaired:
        pytest.skip("no fix is offered")
    after = repaired[launch.name]
    comparisons.append(Comparison(launch.name, after.predicted, after.observed, "fixed"))
    before = observed[launch.name].verdict
    assert ORDER.index(after.observed.verdict) >= ORDER.index(before), after
    if not after.left:
        assert after.observed.verdict == "graceful", after
