"""Images that a local engine has, with a client in its place that hands over an archive."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from gracelint.images.engine import from_engine
from gracelint.images.layers import ImageProblem
from tests.unit.images.archives import file, layer, saved, system

if TYPE_CHECKING:
    from pathlib import Path

NAME = "docker.io/acme/web:1"
CLIENT = """\
#!/bin/sh
echo "$@" >> {folder}/calls
[ "$1" = --host ] && shift 2
case "$1 $2 $3" in
  "image inspect docker.io/acme/web:1"|"version  ") exit 0 ;;
  "image save -o") cp {folder}/web.tar "$4" ;;
  *) echo "no such image" >&2; exit 1 ;;
esac
"""


def client(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (folder / name).write_text(CLIENT.format(folder=folder))
    (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    config = {"Entrypoint": ["/run.sh"]}
    saved(folder / "web.tar", config, [system(), layer(file("run.sh", b"#!/bin/sh\n"))], NAME)


@pytest.mark.parametrize("engine", ["docker", "podman"])
def test_what_the_engine_has_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    client(tmp_path, monkeypatch, engine)
    (image,) = from_engine(engine, {NAME, "docker.io/acme/none:1"})
    assert (image.reference, image.entrypoint) == (NAME, ("/run.sh",))


def test_a_socket_is_asked_by_docker_s_client(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client(tmp_path, monkeypatch, "docker")
    (tmp_path / "my.sock").touch()
    assert len(list(from_engine(str(tmp_path / "my.sock"), {NAME}))) == 1
    called = (tmp_path / "calls").read_text().splitlines()
    assert all(line.startswith(f"--host unix://{tmp_path}/my.sock ") for line in called)


def test_an_engine_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ImageProblem, match="no `podman` in PATH"):
        list(from_engine("podman", {NAME}))


def test_an_engine_that_does_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docker").write_text("#!/bin/sh\necho cannot connect >&2\nexit 1\n")
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(ImageProblem, match="does not answer: cannot connect"):
        list(from_engine("docker", {NAME}))
