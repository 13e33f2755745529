"""`gracelint prove` on Docker and Podman: what it tells, what it learns, what it leaves over."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import images
import pytest
from engine import PODMAN, SERVER, EngineError
from launches import Launch, in_turn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from engine import Engine

pytestmark = pytest.mark.engine

BASE = "FROM debian:12-slim\n"
SERVED = f"{BASE}COPY server /app/server\n"
SLEEPER = f"{BASE}COPY --from=debian:12-slim /bin/sleep /srv/worker\n"
ENTRY = SERVED + "COPY run.sh /run.sh\n"
RUN = "#!/bin/sh\n/app/server\n:\n"
WAIT = "#!/bin/sh\ntrap 'kill $p; wait $p' TERM\n/app/server & p=$!\nwait $p\n"
STORAGE = '[storage]\ndriver = "overlay"\ngraphroot = "{0}/root"\nrunroot = "{0}/run"\n'
LAUNCHES = (
    Launch("prove-exec", {"Dockerfile": f'{SERVED}ENTRYPOINT ["/app/server"]\n'}),
    Launch("prove-noexec", {"Dockerfile": f'{ENTRY}ENTRYPOINT ["/run.sh"]\n', "run.sh": RUN}),
    Launch("prove-wait", {"Dockerfile": f'{ENTRY}ENTRYPOINT ["/run.sh"]\n', "run.sh": WAIT}),
    Launch("prove-tini", {"Dockerfile": f'{ENTRY}CMD ["tini", "/run.sh"]\n', "run.sh": RUN}),
    Launch("prove-false", {"Dockerfile": f'{BASE}CMD ["false"]\n'}),
)
SEEN = {
    "prove-exec": ("graceful", 0),
    "prove-noexec": ("killed", 1),
    "prove-wait": ("graceful", 0),
    "prove-tini": ("abandoned", 1),
    "prove-false": ("exits", 1),
}
GRACE = 2


@dataclass
class Prover:
    """An engine as `--engine` names it, and the variables by which it is found."""

    name: str
    env: dict[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str, folder: Path) -> tuple[int, dict[str, Any], str]:
        """`gracelint prove`: the exit status, its JSON, and what it says besides."""
        words = [*arguments, "--engine", self.name, "--output-format", "json"]
        done = subprocess.run(
            [sys.executable, "-m", "gracelint", "prove", *words],
            cwd=folder,
            env=os.environ | self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, json.loads(done.stdout or "{}"), done.stderr


@pytest.fixture
def docker(engine: Engine) -> Prover:
    """Docker, with the base images in it."""
    if not shutil.which("docker"):
        pytest.skip("docker's client is not installed")
    return Prover(engine.path)


@pytest.fixture(scope="module")
def podman(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prover]:
    """Podman with storage of its own, and the base image in it."""
    missing = [tool for tool in ("podman", "runc") if not shutil.which(tool)]
    if missing or os.geteuid() != 0:
        pytest.skip(f"it takes root and podman; not installed: {', '.join(missing) or 'nothing'}")
    folder = tmp_path_factory.mktemp("podman")
    (folder / "containers.conf").write_text(PODMAN)
    (folder / "storage.conf").write_text(STORAGE.format(folder))
    made = Prover(
        "podman",
        {
            "CONTAINERS_CONF": str(folder / "containers.conf"),
            "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"),
        },
    )
    try:
        archive = images._archive(images._key())
    except EngineError as error:
        pytest.skip(str(error))
    path = "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    name = "docker.io/library/debian:12-slim"
    _podman(made, "import", "--change", path, str(archive), name)
    yield made
    _podman(made, "rmi", "--all", "--force")


def _podman(prover: Prover, *arguments: str) -> str:
    done = subprocess.run(
        ["podman", *arguments],
        env=os.environ | prover.env,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"podman does not work here: {done.stderr[-500:]}")
    return done.stdout


@pytest.fixture(params=["docker", "podman"])
def prover(request: pytest.FixtureRequest) -> Prover:
    """Each of the engines."""
    made: Prover = request.getfixturevalue(request.param)
    return made


def _written(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    shutil.copy(SERVER, folder / "server")


@pytest.mark.parametrize("launch", [pytest.param(x, id=x.name) for x in in_turn(iter(LAUNCHES))])
def test_what_happens_is_what_was_predicted(prover: Prover, launch: Launch, tmp_path: Path) -> None:
    _written(tmp_path, launch.files)
    status, told, errors = prover(".", "--grace", str(GRACE), folder=tmp_path)
    (found,) = told["launches"]
    assert found["observed"]["verdict"] == SEEN[launch.name][0], errors
    assert found["agrees"] is True
    assert status == SEEN[launch.name][1]
    if launch.name == "prove-noexec":
        first, server = found["observed"]["processes"]
        assert server["parent"] == first["pid"]
        assert "TERM" in server["caught"]
        assert "TERM" not in first["caught"]


def test_what_was_assumed_is_learnt_and_known_to_the_next_check(
    docker: Prover, tmp_path: Path
) -> None:
    _written(tmp_path, {"Dockerfile": f'{SLEEPER}CMD ["/srv/worker", "1000"]\n'})
    settings = '# ours\nignore = ["GL501"]\n'
    (tmp_path / "gracelint.toml").write_text(settings)
    status, told, _ = docker(".", "--grace", str(GRACE), "--learn", folder=tmp_path)
    (found,) = told["launches"]
    assert (status, found["agrees"]) == (3, False)
    assert [one["held"] for one in found["assumptions"]] == [False]
    assert (tmp_path / "gracelint.toml").read_text().startswith(settings)
    status, told, _ = docker(".", "--grace", str(GRACE), folder=tmp_path)
    (found,) = told["launches"]
    assert (status, found["agrees"], found["predicted"]["basis"]) == (1, True, "proven")


COMPOSE = """\
services:
  web:
    build: .
    command: ["/app/server", "--web"]
    stop_grace_period: 2s
    volumes: ["./here.txt:/here.txt", "/etc/hostname:/outside", "data:/data"]
    environment: {LEVEL: high}
    privileged: true
"""
LOOKS = """\
#!/bin/sh
test -e /here.txt && ! touch /here.txt 2>/dev/null && test ! -e /outside && echo "$LEVEL"
exec "$@"
"""


def test_a_service_has_what_its_file_says_and_nothing_from_outside(
    docker: Prover, tmp_path: Path
) -> None:
    text = f'{ENTRY}ENTRYPOINT ["/run.sh"]\n'
    _written(tmp_path, {"Dockerfile": text, "run.sh": LOOKS, "compose.yaml": COMPOSE})
    (tmp_path / "here.txt").write_text("here")
    status, told, _ = docker("web", folder=tmp_path)
    (found,) = told["launches"]
    assert (status, found["observed"]["output"][0]) == (0, "high")
    assert found["observed"]["grace_seconds"] == 2
    assert any("privileged" in line for line in found["ran"])
    assert any("/outside is outside of these files" in line for line in found["ran"])


DEPENDING = """\
services:
  web:
    build: .
    command: ["sh", "-c", "getent hosts db && exec /app/server"]
    depends_on:
      db: {condition: service_healthy}
      made: {condition: service_completed_successfully}
  db: {image: "debian:12-slim", command: [sleep, "99"], healthcheck: {test: [CMD, "true"]}}
  made: {image: "debian:12-slim", command: ["true"]}
"""


def test_what_a_service_depends_on_is_there_before_it(
    docker: Prover, engine: Engine, tmp_path: Path
) -> None:
    _written(tmp_path, {"Dockerfile": SERVED, "compose.yaml": DEPENDING})
    status, told, errors = docker("web", "--with-dependencies", folder=tmp_path)
    (found,) = told["launches"]
    assert (status, found["observed"]["verdict"]) == (0, "graceful"), errors
    assert "db" in found["observed"]["output"][0]
    assert _ours(engine) == []
    assert "gracelint-prove" not in json.dumps(engine.json("GET", "/networks"))


def test_a_build_that_fails_ends_with_what_the_builder_wrote(
    prover: Prover, tmp_path: Path
) -> None:
    _written(tmp_path, {"Dockerfile": f"{BASE}COPY missing /\nCMD true\n"})
    status, told, _ = prover(".", folder=tmp_path)
    (found,) = told["launches"]
    assert status == 2
    assert found["observed"] is None
    assert "it cannot be built" in found["problem"]
    assert "missing" in found["problem"]


@pytest.mark.parametrize("step", ["", "RUN sleep 300\n"], ids=["running", "building"])
def test_nothing_is_left_over_when_it_is_interrupted(
    docker: Prover, engine: Engine, tmp_path: Path, step: str
) -> None:
    _written(tmp_path, {"Dockerfile": f'{SERVED}{step}CMD ["/app/server"]\n'})
    words = ["prove", ".", "--engine", docker.name, "--ready", "300", "--build-network", "none"]
    running = subprocess.Popen([sys.executable, "-m", "gracelint", *words], cwd=tmp_path)
    while not _building_or_running(engine) and running.poll() is None:
        time.sleep(0.1)
    running.send_signal(signal.SIGTERM)
    assert running.wait() == 128 + signal.SIGTERM
    for _ in range(100):  # a builder takes its step away after it has let its client go
        if not _building_or_running(engine):
            break
        time.sleep(0.1)
    assert _building_or_running(engine) == []
    tags = [tag for one in engine.json("GET", "/images/json") for tag in one["RepoTags"] or ()]
    assert not [tag for tag in tags if "gracelint-prove-" in tag]


def _building_or_running(engine: Engine) -> list[str]:
    steps = [
        one["Id"]
        for one in engine.json("GET", "/containers/json?all=1")
        if "sleep 300" in one["Command"]
    ]
    return steps or _ours(engine)


def _ours(engine: Engine) -> list[str]:
    filters = '{"label":["gracelint.prove"]}'
    return [one["Id"] for one in engine.json("GET", f"/containers/json?all=1&filters={filters}")]
