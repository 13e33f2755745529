"""Examples of pages with the mark `engine`, stopped on a real engine before and after the fix."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from batch import observe_all, predictions, write_folder
from comparison import Comparison
from launches import Launch

from gracelint import pages

if TYPE_CHECKING:
    from collections.abc import Iterator

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
def before(engine: Engine) -> dict[str, Observed]:
    """What the engine does with the examples as they are shown."""
    return observe_all(engine, {name: launch for name, (launch, _) in EXAMPLES.items()})


@pytest.fixture(scope="module")
def after(engine: Engine) -> dict[str, Observed]:
    """What the engine does with the fixed examples."""
    return observe_all(engine, {name: fixed for name, (_, fixed) in EXAMPLES.items() if fixed})


@pytest.fixture(scope="module")
def predicted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What gracelint predicts for the examples as they are shown."""
    root = tmp_path_factory.mktemp("pages").resolve()
    for name, (launch, _) in EXAMPLES.items():
        write_folder(root / name, launch)
    return predictions(root)


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_example_does_what_is_predicted(
    name: str,
    before: dict[str, Observed],
    predicted: dict[str, str],
    comparisons: list[Comparison],
) -> None:
    comparisons.append(Comparison(name, predicted.get(name, "nothing"), before[name], "page"))
    assert predicted.get(name) == before[name].verdict, before[name]


@pytest.mark.parametrize("name", [name for name, (_, fixed) in EXAMPLES.items() if fixed])
def test_fixed_example_is_graceful(name: str, after: dict[str, Observed]) -> None:
    assert after[name].verdict == "graceful", after[name]
