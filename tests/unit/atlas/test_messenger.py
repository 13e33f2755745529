"""Symfony's worker: it finishes its message where PHP has the extension `pcntl`."""

from __future__ import annotations

import pytest
from atlas_words import View, words

from gracelint import atlas
from gracelint.model.entries import Program, Reaction


def console(command: str, run: str, image: str = "php:8.3-cli") -> Program | None:
    """What `php bin/console` is, in an image of one RUN."""
    given = words(f"php bin/console {command}")
    return atlas.program(given, {}, View({}, [run]), "/app", atlas.base(image))


@pytest.mark.parametrize(
    ("run", "image", "does"),
    [
        ("RUN docker-php-ext-install pdo pcntl", "php:8.3-cli", Reaction.GRACEFUL),
        ("RUN docker-php-ext-install pdo", "php:8.3-cli", Reaction.DEFAULT),
        ("RUN docker-php-ext-install $EXTENSIONS", "php:8.3-cli", None),
        ("", "ubuntu:24.04", Reaction.GRACEFUL),
    ],
)
def test_the_worker_by_the_extension(run: str, image: str, does: Reaction | None) -> None:
    worker = console("messenger:consume async -vv", run, image)
    assert worker is not None
    assert worker.work == "jobs"
    assert worker.reactions.get("TERM", worker.rest) is does
    assert bool(worker.mend) == (does is Reaction.DEFAULT)


def test_nothing_is_known_of_other_commands() -> None:
    assert console("app:serve", "RUN docker-php-ext-install pdo") is None
