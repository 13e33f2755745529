"""gracelint's own container image, built and stopped on an engine.

Debian's Python stands in for the official image, and wheels that lie beside the Dockerfile for the
package index, as a build here has no network.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from images import make_language_image

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine import Engine

pytestmark = pytest.mark.engine

ROOT = Path(__file__).resolve().parents[2]
IMAGE = "gracelint-own-image"
BASE = "python:3.11"
GRACE = 10


@pytest.fixture(scope="module")
def image(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> str:
    make_language_image(engine, BASE)
    wheels = tmp_path_factory.mktemp("wheels")
    words = ["wheel", "-q", "-w", str(wheels), str(ROOT), "hatchling"]
    subprocess.run(
        [sys.executable, "-m", "pip", *words], check=True, timeout=600, capture_output=True
    )
    for own in wheels.glob("gracelint-*"):
        own.unlink()
    engine.build(IMAGE, _context(wheels))
    return IMAGE


def _context(wheels: Path) -> dict[str, bytes]:
    """The Dockerfile on the stand-in, with what it copies and the wheels."""
    text = (ROOT / "container/Dockerfile").read_text(encoding="utf-8")
    first = (
        f"FROM {BASE} AS build\nCOPY wheels /wheels\nENV PIP_NO_INDEX=1 PIP_FIND_LINKS=/wheels\n"
    )
    text = text.replace("FROM python:3.13-slim AS build\n", first)
    text = text.replace("FROM python:3.13-slim\n", f"FROM {BASE}\n")
    assert text.count(BASE) == 2
    files = {"Dockerfile": text.encode()}
    for name in ("pyproject.toml", "README.md", "LICENSE", "gracelint", "rules"):
        top = ROOT / name
        for path in top.rglob("*") if top.is_dir() else [top]:
            if path.is_file() and "__pycache__" not in path.parts:
                files[str(path.relative_to(ROOT))] = path.read_bytes()
    return files | {f"wheels/{path.name}": path.read_bytes() for path in wheels.iterdir()}


@pytest.fixture
def container(engine: Engine, image: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A container with a folder at /work, the image's working folder, that is not started yet."""
    words, text = request.param
    body: dict[str, Any] = {"Image": image, "Cmd": words, "OpenStdin": True}
    body["HostConfig"] = {"NetworkMode": "none"}
    made = str(engine.json("POST", "/containers/create", body)["Id"])
    try:
        url = f"/containers/{made}/archive?path=/work"
        engine.call("PUT", url, raw=_archive({"Dockerfile": text}))
        yield made
    finally:
        engine.call("DELETE", f"/containers/{made}?force=1&v=1")


def _archive(files: dict[str, str]) -> io.BytesIO:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(text.encode()), 0o644
            archive.addfile(member, io.BytesIO(text.encode()))
    out.seek(0)
    return out


SHELL_FORM = "FROM debian:12\nCMD /srv/app --port 80\n"
EXEC_FORM = 'FROM debian:12\nSTOPSIGNAL SIGQUIT\nCMD ["nginx", "-g", "daemon off;"]\n'


@pytest.mark.parametrize(
    ("container", "status", "says"),
    [
        (
            (["check", "--output-format", "concise"], SHELL_FORM),
            1,
            "Dockerfile:2:5: error: a shell is PID 1",
        ),
        ((["check"], EXEC_FORM), 0, "No findings in 1 file."),
        (([], EXEC_FORM), 0, "Usage"),
    ],
    indirect=["container"],
)
def test_it_checks_what_lies_at_work(
    engine: Engine, container: str, status: int, says: str
) -> None:
    engine.call("POST", f"/containers/{container}/start")
    ended = engine.json("POST", f"/containers/{container}/wait")
    assert says in engine.output(container)
    assert ended["StatusCode"] == status


@pytest.mark.parametrize("container", [(["check", "-"], EXEC_FORM)], indirect=True)
def test_it_ends_when_it_is_stopped(engine: Engine, container: str) -> None:
    """It waits for standard input, which nobody closes."""
    engine.call("POST", f"/containers/{container}/start")
    for _ in range(600):  # until Python has its handler for SIGINT and waits
        [row] = engine.json("GET", f"/containers/{container}/top?ps_args=-o%20pid,wchan,caught")[
            "Processes"
        ]
        if int(row[2], 16) & 2 and row[1] not in {"-", "0"}:
            break
        time.sleep(0.1)
    engine.call("POST", f"/containers/{container}/stop?t={GRACE}")
    state = engine.json("GET", f"/containers/{container}/json")["State"]
    assert state["ExitCode"] == 130
