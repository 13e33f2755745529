"""Laravel's worker in an image whose sources are mounted over it: its RUN instructions count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.model.story import Verdict
from gracelint.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path

DOCKERFILE = (
    "FROM php:8.4-fpm\nRUN docker-php-ext-install -j$(nproc) \\\n    pdo \\\n    {}\n"
    "WORKDIR /var/www/html\n"
)
COMPOSE = (
    "services:\n  worker:\n    build: .\n    command: php artisan queue:work\n"
    "    volumes:\n      - .:/var/www/html\n"
)
LOCK = '{"packages": [{"name": "laravel/framework",\n "version": "v12.1.0"}]}'


@pytest.mark.parametrize(
    ("extension", "verdict"), [("pcntl", Verdict.GRACEFUL), ("gd", Verdict.KILLED)]
)
def test_the_image_s_extensions(tmp_path: Path, extension: str, verdict: Verdict) -> None:
    files = {
        "Dockerfile": DOCKERFILE.format(extension),
        "compose.yaml": COMPOSE,
        "composer.lock": LOCK,
    }
    stories = Session(Files(tmp_path, overlay=files), Options()).scene(["compose.yaml"]).stories
    (story,) = [s for s in stories if s.workload.name == "worker"]
    assert story.verdict is verdict
