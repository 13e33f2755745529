"""Examples of pages with the mark `engine`, stopped on a real engine before and after the fix."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from batch import Observations, findings, predictions, write_folder
from comparison import Comparison
from launches import Launch
from record import agrees

from gracelint.pages import reader as pages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from engine import Engine, Observed

pytestmark = pytest.mark.engine


def _examples() -> Iterator[tuple[Launch, Launch | None]]:
    """Each marked example that is a Dockerfile, and what the page says its fix makes of it."""
    for page in pages.load_all():
        for example in page.examples:
            if example.engine and "Dockerfile" in example.files:
                launch = Launch(f"page__{page.code}-{example.number}", example.files)
                fixed = replace(launch, files={**example.files, **example.fixed})
                yield launch, fixed if example.fixed else None


EXAMPLES = {launch.name: (launch, fixed) for launch, fixed in _examples()}


@pytest.fixture(scope="module")
def before(engine: Engine) -> Iterator[Observations]:
    """What the engine does with the examples as they are shown."""
    shown = {name: launch for name, (launch, _) in EXAMPLES.items()}
    observations = Observations(engine, shown)
    yield observations
    observations.close()


@pytest.fixture(scope="module")
def after(engine: Engine) -> Iterator[Observations]:
    """What the engine does with the fixed examples."""
    fixed = {name: fixed for name, (_, fixed) in EXAMPLES.items() if fixed}
    observations = Observations(engine, fixed)
    yield observations
    observations.close()


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The examples as they are shown, one folder each."""
    root = tmp_path_factory.mktemp("shown").resolve()
    for name, (launch, _) in EXAMPLES.items():
        write_folder(root / name, launch)
    return root


@pytest.fixture(scope="module")
def repaired(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fixed examples, one folder each."""
    root = tmp_path_factory.mktemp("repaired").resolve()
    for name, (_, fixed) in EXAMPLES.items():
        if fixed:
            write_folder(root / name, fixed)
    return root


@pytest.fixture(scope="module")
def predicted(shown: Path) -> dict[str, str]:
    """What gracelint predicts for the examples as they are shown."""
    return predictions(shown)


@pytest.fixture(scope="module")
def left(repaired: Path) -> dict[str, list[str]]:
    """The codes that are still reported for the fixed examples; one rule's fix is not another's."""
    return {name: [f["code"] for f in found] for name, found in findings(repaired).items()}


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_example_does_what_is_predicted(
    name: str,
    before: Mapping[str, Observed],
    predicted: dict[str, str],
    comparisons: list[Comparison],
) -> None:
    comparisons.append(Comparison(name, predicted.get(name, "nothing"), before[name], "page"))
    assert agrees(predicted.get(name, ""), before[name].verdict), before[name]


@pytest.mark.parametrize("name", [name for name, (_, fixed) in EXAMPLES.items() if fixed])
def test_fixed_example_is_graceful_or_reported(
    name: str, after: Mapping[str, Observed], left: dict[str, list[str]]
) -> None:
    assert after[name].verdict == "graceful" or left.get(name), after[name]
