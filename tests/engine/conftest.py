"""An engine, its base images and what it did, for the tests of this folder.

`pytest tests/engine` uses the engine of DOCKER_HOST (a unix socket). Without it, and as root, it
starts a dockerd of its own, with all of its files in a temporary folder and no network. It needs
Debian's packages docker.io and debootstrap; the base system is kept in GRACELINT_ENGINE_CACHE, else
in ~/.cache/gracelint-engine. Where no engine can be had, every test is skipped with the reason.

GRACELINT_ENGINE_TABLE=every runs each construct on each shell, also where they all do the same.
GRACELINT_ENGINE_PART=1/4 runs a quarter of the launches, 2/4 the next, and so on.
`-k` chooses launches by name; only those are started.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from batch import Observations, write_folder
from comparison import Comparison, disagreements, tally
from engine import Engine, EngineError, Observed, running_engine, why_no_engine
from images import make_base_images
from launches import Launch, launches

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

COMPARISONS = pytest.StashKey[list[Comparison]]()


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """A running engine that holds the base images; skips where none can be had."""
    reason = why_no_engine()
    if reason:
        pytest.skip(reason)
    try:
        with running_engine() as running:
            make_base_images(running)
            yield running
    except EngineError as error:
        pytest.skip(f"no container engine: {error}")


@pytest.fixture(scope="session")
def chosen(request: pytest.FixtureRequest) -> list[Launch]:
    """The launches that this run's selected tests ask for."""
    wanted = set()
    for item in request.session.items:
        call = getattr(item, "callspec", None)
        if call and "launch" in call.params:
            wanted.add(call.params["launch"].name)
    return [launch for launch in launches() if launch.name in wanted]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory, chosen: list[Launch]) -> Path:
    """A folder with one subfolder of files for each chosen launch."""
    root = tmp_path_factory.mktemp("launches").resolve()
    for launch in chosen:
        write_folder(root / launch.name, launch)
    return root


@pytest.fixture(scope="session")
def observed(engine: Engine, chosen: list[Launch]) -> Iterator[Mapping[str, Observed]]:
    """What the engine did with every chosen launch; several run at once."""
    observations = Observations(engine, {launch.name: launch for launch in chosen})
    yield observations
    observations.close()


@pytest.fixture(scope="session")
def comparisons(request: pytest.FixtureRequest) -> list[Comparison]:
    """The list that the tests add to and the summary at the end prints."""
    return request.config.stash.setdefault(COMPARISONS, [])


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print how predictions and the engine compare, and every launch they disagree on."""
    found = config.stash.get(COMPARISONS, [])
    if not found:
        return
    terminalreporter.section("container engine against prediction")
    for line in (*tally(found), *disagreements(found)):
        terminalreporter.write_line(line)
