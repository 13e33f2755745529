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
POD = """apiVersion: v1
kind: Pod
metadata:
  name: worker
spec:
  containers:
    - name: worker
      image: example/shop:1
      command: [php, artisan, "queue:work"]
      volumeMounts:
        - {name: conf, mountPath: /etc/shop}
  volumes:
    - name: conf
      configMap: {name: shop}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: shop
data:
  shop.ini: a
"""
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


@pytest.mark.parametrize(
    ("extension", "verdict"), [("pcntl", Verdict.GRACEFUL), ("gd", Verdict.KILLED)]
)
def test_under_a_pod_s_volumes(tmp_path: Path, extension: str, verdict: Verdict) -> None:
    files = {
        "Dockerfile": DOCKERFILE.format(extension) + "COPY . .\n",
        "pod.yaml": POD,
        "Makefile": "image:\n\tdocker build -t example/shop:1 .\n",
        "composer.lock": LOCK,
    }
    stories = Session(Files(tmp_path, overlay=files), Options()).scene(["."]).stories
    (story,) = [s for s in stories if s.workload.kind == "kubernetes"]
    assert story.verdict is verdict
