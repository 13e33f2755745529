"""Every launch of the tables is stopped on a real engine; the prediction has to be the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from batch import observe, predictions
from comparison import Comparison
from launches import Launch, parameters
from record import agrees

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from engine import Engine, Observed

pytestmark = pytest.mark.engine


@pytest.fixture(scope="session")
def predicted(folder: Path) -> dict[str, str]:
    """The verdict that gracelint gives to every chosen launch."""
    return predictions(folder)


@pytest.mark.parametrize("launch", parameters(engine=True))
def test_prediction_is_what_the_engine_does(
    engine: Engine,
    launch: Launch,
    observed: Mapping[str, Observed],
    predicted: dict[str, str],
    comparisons: list[Comparison],
) -> None:
    told, seen = predicted.get(launch.name, "nothing"), observed[launch.name]
    if not agrees(told, seen.verdict, unknown=bool(launch.open)):
        seen = observe(
            engine, launch
        )  # by itself: a full machine may be too slow for a grace period
    comparison = Comparison(launch.name, told, seen, unknown=bool(launch.open))
    comparisons.append(comparison)
    assert comparison.agrees, comparison.observed
