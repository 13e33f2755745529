"""Laravel's worker and development server: by PHP's extension `pcntl` and Laravel's version."""

from __future__ import annotations

import pytest
from atlas_words import View, words

from gracelint import atlas
from gracelint.model.entries import Reaction

LOCK = '{{"packages": [{{"name": "laravel/framework",\n "version": "v{}"}}]}}'
REQUIRED = '{{"require": {{"laravel/framework": "^{}"}}}}'
PCNTL = "RUN docker-php-ext-install -j$(nproc) pcntl"


def reaction(
    command: str, signal: str, run: str = PCNTL, image: str = "php:8.3-cli", **files: str
) -> Reaction | None:
    """What `php artisan` does on a signal, in /app with files of a project."""
    view = View({f"/app/{name.replace('_', '.')}": text for name, text in files.items()}, [run])
    given = words(f"php artisan {command}")
    program = atlas.program(given, {}, view, "/app", atlas.base(image))
    assert program is not None
    return program.reactions.get(signal, program.rest)


@pytest.mark.parametrize("command", ["queue:work", "serve"])
@pytest.mark.parametrize("signal", ["TERM", "QUIT"])
def test_the_official_image_has_no_pcntl(command: str, signal: str) -> None:
    run = "RUN docker-php-ext-install -j$(nproc) pdo && chmod +x /start.sh"
    lock = LOCK.format("12.40.0")
    assert reaction(command, signal, run, composer_lock=lock) is Reaction.DEFAULT


def test_what_is_built_on_the_official_image_has_no_pcntl_either() -> None:
    image = "dunglas/frankenphp:1-php8.3"
    assert reaction("queue:work", "TERM", "", image) is Reaction.DEFAULT
    assert reaction("queue:work", "TERM", PCNTL, image) is Reaction.GRACEFUL


@pytest.mark.parametrize(
    "run",
    [
        "RUN docker-php-ext-install $EXTENSIONS",
        "RUN ./build/extensions.sh",
        "RUN apt-get update && sh /tmp/install.sh",
    ],
)
def test_where_a_run_may_add_it_nothing_is_known(run: str) -> None:
    assert reaction("queue:work", "TERM", run) is None


def test_other_images_are_taken_to_have_it() -> None:
    lock = LOCK.format("11.0.0")
    assert reaction("queue:work", "QUIT", "", "ubuntu:24.04", composer_lock=lock) is (
        Reaction.GRACEFUL
    )


@pytest.mark.parametrize(
    ("version", "signal", "does"),
    [
        ("8.83.27", "TERM", Reaction.GRACEFUL),
        ("8.83.27", "QUIT", Reaction.DEFAULT),
        ("9.23.0", "QUIT", Reaction.DEFAULT),
        ("9.24.0", "QUIT", Reaction.GRACEFUL),
        ("12.21.0", "INT", Reaction.DEFAULT),
        ("12.22.0", "INT", Reaction.GRACEFUL),
    ],
)
def test_the_worker_by_version(version: str, signal: str, does: Reaction) -> None:
    assert reaction("queue:work", signal, composer_lock=LOCK.format(version)) is does


@pytest.mark.parametrize(
    ("least", "signal", "does"),
    [
        ("11.0", "QUIT", Reaction.GRACEFUL),
        ("8.0", "QUIT", None),
        ("12.0", "INT", None),
    ],
)
def test_a_requirement_tells_the_least_version(
    least: str, signal: str, does: Reaction | None
) -> None:
    assert reaction("queue:work", signal, composer_json=REQUIRED.format(least)) is does


@pytest.mark.parametrize(
    ("version", "does"), [("10.43.0", Reaction.DEFAULT), ("10.44.0", Reaction.FAST)]
)
def test_the_development_server_by_version(version: str, does: Reaction) -> None:
    for signal in ("TERM", "INT", "QUIT"):
        assert reaction("serve", signal, composer_lock=LOCK.format(version)) is does


def test_without_a_version_the_development_server_is_not_known() -> None:
    assert reaction("serve", "TERM") is None
