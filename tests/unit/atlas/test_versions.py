"""Versions in tags: what floats is its last build."""

from __future__ import annotations

import pytest

from gracelint import atlas
from gracelint.atlas.versions import fits, of_tag


@pytest.mark.parametrize(
    ("tag", "version"),
    [
        ("1.19-alpine", "1.19"),
        ("v3.1", "3.1"),
        ("8", "8"),
        ("1.27.3-bookworm-perl", "1.27.3"),
        ("alpine3.20", "latest"),
        ("stable-alpine", "latest"),
        ("latest", "latest"),
        ("", "latest"),
        ("3.0rc1", "3.0"),
        ("pg16", "latest"),
    ],
)
def test_the_version_that_a_tag_begins_with(tag: str, version: str) -> None:
    assert of_tag(tag) == version


@pytest.mark.parametrize(
    ("version", "wanted", "holds"),
    [
        ("8", "8", True),
        ("8.1.2", "8", True),
        ("80", "8", False),
        ("1.18", "==1.18", True),
        ("1.18.0", "==1.18", False),
        ("1.19.5", ">=1.19.5", True),
        ("1.19.4", ">=1.19.5", False),
        ("1.19", ">=1.19.5", True),
        ("1", ">=1.19.5", True),
        ("latest", ">=1.19.5", True),
        ("latest", "~=1.19.5", False),
        ("9.5.22", "~=9.5.23", False),
        ("9.5", "~=9.5.23", True),
        ("9.5.25", "~=9.5.23", True),
        ("9.6.1", "~=9.5.23", False),
        ("9", "~=9.5.23", False),
        ("10.13", "~=10.14", False),
        ("10", "~=10.14", True),
        ("1.9", "<2", True),
        ("2", "<2", False),
        ("latest", "<2", False),
    ],
)
def test_a_version_fits(version: str, wanted: str, *, holds: bool) -> None:
    assert fits(version, [wanted]) is holds


@pytest.mark.parametrize(
    ("reference", "signal"),
    [
        ("nginx", "SIGQUIT"),
        ("nginx:stable-alpine", "SIGQUIT"),
        ("nginx:1.19.4", None),
        ("nginx:1.19.5-alpine", "SIGQUIT"),
        ("nginx:1.18", "SIGQUIT"),
        ("nginx:1.17-alpine", None),
        ("nginx:1.12", None),
        ("nginx:1.12.0", "SIGQUIT"),
        ("httpd:2.4", "SIGWINCH"),
        ("httpd:2.4.39", None),
        ("httpd:2.2", None),
        ("php:7.3.7-apache", None),
        ("php:7.3-apache", "SIGWINCH"),
        ("php:8.3-fpm-alpine", "SIGQUIT"),
        ("php:7.0-fpm", None),
        ("php:5-fpm", None),
        ("php:apache", "SIGWINCH"),
        ("php:8.3-cli", None),
        ("postgres:9.4", None),
        ("postgres:9", "SIGINT"),
        ("postgres:12.3-alpine", None),
        ("postgres:12", "SIGINT"),
        ("postgres:17.2", "SIGINT"),
        ("haproxy:1.5", "SIGUSR1"),
        ("haproxy:1.8.12", None),
        ("haproxy:lts", "SIGUSR1"),
    ],
)
def test_the_stop_signal_of_an_official_image_depends_on_the_tag(
    reference: str, signal: str | None
) -> None:
    image = atlas.base(reference)
    assert image is not None
    assert image.stop_signal == signal
