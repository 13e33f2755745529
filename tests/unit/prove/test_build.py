"""Builds by a client that stands in for docker's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gracelint.prove.build import build, words_of
from gracelint.prove.engine import Engine, EngineError
from gracelint.prove.trial import Recipe

CLIENT = """\
#!/bin/sh
echo "$DOCKER_BUILDKIT $*" >> {folder}/calls
cat > {folder}/stdin
{then}
"""
ENGINE = Engine(None, address="unix:///run/x.sock")
PICKY = '[ "$DOCKER_BUILDKIT" ] || { echo "--chmod requires BuildKit"; exit 1; }'
RECIPE = Recipe("api", "api/Dockerfile")


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    path = tmp_path / "docker"
    path.write_text(CLIENT.format(folder=tmp_path, then=request.param))
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.delenv("DOCKER_BUILDKIT", raising=False)
    return tmp_path


def test_a_build_is_what_people_would_type() -> None:
    recipe = Recipe("api", "api/Dockerfile", target="prod", args={"A": "1"})
    assert words_of(recipe, Path("/t"), "gracelint-prove-ab-0", "none") == [
        *("build", "--force-rm", "--file", "/t/api/Dockerfile", "--tag", "gracelint-prove-ab-0"),
        *("--label", "gracelint.prove=ab", "--network", "none"),
        *("--target", "prod", "--build-arg", "A=1", "/t/api"),
    ]


@pytest.mark.parametrize("client", ["true"], indirect=True)
def test_an_inline_dockerfile_is_handed_over(client: Path) -> None:
    build(ENGINE, Recipe("", None, inline="FROM debian\n"), client, "x", None)
    assert (client / "stdin").read_text() == "FROM debian\n"
    assert "--host unix:///run/x.sock build --force-rm --file - " in (client / "calls").read_text()


@pytest.mark.parametrize("client", [PICKY], indirect=True)
def test_what_takes_buildkit_is_built_with_it(client: Path) -> None:
    build(ENGINE, RECIPE, client, "x", None)
    assert [line[:1] for line in (client / "calls").read_text().splitlines()] == [" ", "1"]


@pytest.mark.parametrize("client", ["echo; echo 'COPY failed: no x' >&2; exit 1"], indirect=True)
def test_a_build_that_fails_ends_with_what_was_written(client: Path) -> None:
    with pytest.raises(EngineError, match="it cannot be built:\nCOPY failed: no x"):
        build(ENGINE, RECIPE, client, "x", None)


def test_without_a_client_nothing_can_be_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match="has to be built, and there is no `docker` in PATH"):
        build(ENGINE, RECIPE, tmp_path, "x", None)


@pytest.mark.parametrize("client", ["yes | head -c 3000000; echo at last; exit 1"], indirect=True)
def test_a_build_that_writes_much_is_kept_in_part(client: Path) -> None:
    with pytest.raises(EngineError, match="at last") as caught:
        build(ENGINE, RECIPE, client, "x", None)
    assert len(str(caught.value)) < 1_000
