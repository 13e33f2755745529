"""Images that are named and not built here: listed, locked from archives, and then told."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.images.archives import file, layer, saved, system

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: acme/web:1
      lifecycle:
        preStop:
          exec: {command: [curl, localhost/stop]}
"""
FORGETS = b"#!/bin/sh\nset -e\nnode server.js\n"
PASSES_ON = b"#!/bin/sh\nset -e\nexec node server.js\n"


def image(folder: Path, script: bytes, name: str = "acme/web:1") -> str:
    layers = [system(), layer(file("run.sh", script), file("usr/bin/node"))]
    config = {"Entrypoint": ["/run.sh"], "Env": ["PATH=/usr/bin"]}
    return str(saved(folder.parent / f"{folder.name}.tar", config, layers, name))


def stories(run: Callable[..., Any], *paths: str) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = json.loads(run("trace", *paths, "--output-format", "json").stdout)[
        "workloads"
    ]
    return told


def test_a_locked_image_is_told_like_a_dockerfile_in_sight(
    run: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "pod.yaml").write_text(POD)
    assert [story["verdict"] for story in stories(run, "pod.yaml")] == ["unknown"]
    made = run("images", "lock", "--from", image(tmp_path, FORGETS))
    assert (made.status, made.stderr) == (0, "")
    assert [story["verdict"] for story in stories(run, "pod.yaml")] == ["killed"]


def test_a_defect_in_the_image_is_a_warning_at_the_reference_with_the_script_s_line(
    run: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "pod.yaml").write_text(POD)
    run("images", "lock", "--from", image(tmp_path, FORGETS))
    found = json.loads(run("check", ".", "--output-format", "json").stdout)["findings"]
    (one,) = [f for f in found if f["code"].startswith("GL2")]
    assert (one["path"], one["line"], one["severity"]) == ("pod.yaml", 7, "warning")
    assert "acme/web:1:/run.sh, line 3" in one["message"]
    assert one["fix"] is None
    assert "node server.js" in run("check", ".").stdout


def test_a_script_of_an_image_below_is_followed_from_its_dockerfile(
    run: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "Dockerfile").write_text("FROM acme/web:1\nENV A=b\n")
    run("images", "lock", "--from", image(tmp_path, FORGETS))
    found = json.loads(run("check", ".", "--output-format", "json").stdout)["findings"]
    (one,) = [f for f in found if f["code"].startswith("GL2")]
    assert (one["path"], one["line"], one["severity"]) == ("Dockerfile", 1, "warning")


def test_a_hook_s_program_that_the_image_lacks_is_found(
    run: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "pod.yaml").write_text(POD)
    run("images", "lock", "--from", image(tmp_path, PASSES_ON))
    found = json.loads(run("check", ".", "--output-format", "json").stdout)["findings"]
    assert "`acme/web:1` has no `curl`" in next(f for f in found if f["code"] == "GL504")["message"]


def test_the_nearest_lock_counts_alone(run: Callable[..., Any], tmp_path: Path) -> None:
    for folder, script in (("a", FORGETS), ("b", PASSES_ON)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "pod.yaml").write_text(POD)
        (tmp_path / folder / "gracelint.lock").write_text('{"version": 1, "images": {}}')
        assert run("images", "lock", folder, "--from", image(tmp_path / folder, script)).status == 0
    assert [story["verdict"] for story in stories(run, "a")] == ["killed"]
    assert [story["verdict"] for story in stories(run, "b")] != ["killed"]


def test_check_names_what_is_used_and_not_locked(run: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_text(POD)
    missing = run("images", "lock", "--check")
    assert missing.status == 1
    assert "docker.io/acme/web:1 is not in gracelint.lock" in missing.stderr
    assert "`gracelint images lock` puts them in: --from ARCHIVE" in missing.stderr
    assert not (tmp_path / "gracelint.lock").exists()
    run("images", "lock", "--from", image(tmp_path, PASSES_ON))
    assert run("images", "lock", "--check").status == 0


def test_locking_again_writes_the_same_and_drops_what_is_no_longer_used(
    run: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "pod.yaml").write_text(POD)
    archive = image(tmp_path, PASSES_ON)
    run("images", "lock", "--from", archive)
    first = (tmp_path / "gracelint.lock").read_bytes()
    run("images", "lock", "--from", archive)
    assert (tmp_path / "gracelint.lock").read_bytes() == first
    (tmp_path / "pod.yaml").write_text(POD.replace("acme/web:1", "nginx:1.27"))
    run("images", "lock", "--from", archive)
    assert "acme/web" not in (tmp_path / "gracelint.lock").read_text()


def test_an_archive_that_cannot_be_read_is_a_mistake_in_words(
    run: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "pod.yaml").write_text(POD)
    told = run("images", "lock", "--from", "none.tar")
    assert told.status == 2
    assert "none.tar cannot be read as an archive" in told.stderr


def test_an_archive_need_not_hold_every_image_in_use(
    run: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "pod.yaml").write_text(POD)
    others = "".join(f"  c{n}: {{image: acme/other{n}}}\n" for n in range(7))
    (tmp_path / "compose.yaml").write_text(f"services:\n{others}")
    told = run("images", "lock", "--from", image(tmp_path, PASSES_ON))
    assert told.status == 0
    assert "gracelint.lock: 1 image" in told.stdout
    assert "not in gracelint.lock: docker.io/acme/other0:latest, " in told.stderr
    assert "and 2 more, which `gracelint images lock --check` names" in told.stderr
    assert run("images", "lock", "--check").status == 1


def test_an_archive_of_which_nothing_is_used_is_noted(
    run: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "pod.yaml").write_text(POD.replace("acme/web:1", "acme/other:1"))
    told = run("images", "lock", "--from", image(tmp_path, PASSES_ON))
    assert told.status == 1
    assert "nothing was taken from" in told.stderr
    assert "which holds docker.io/acme/web:1" in told.stderr


def huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(50_000_000_000)


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (os.mkfifo, "cannot be read as an archive: it is no regular file"),
        (lambda path: path.symlink_to("/dev/zero"), "it is no regular file"),
        (lambda path: path.write_bytes(b"none"), "cannot be read as an archive: truncated header"),
        (huge, "holds no manifest.json"),
    ],
)
def test_an_archive_that_is_none_is_not_waited_for(
    run: Callable[..., Any], tmp_path: Path, made: Callable[[Path], None], why: str
) -> None:
    (tmp_path / "pod.yaml").write_text(POD)
    made(tmp_path / "odd")
    told = run("images", "lock", "--from", "odd")
    assert (told.status, why in told.stderr) == (2, True)


def test_a_damaged_lock_stops_a_check_with_file_and_line(
    run: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "pod.yaml").write_text(POD)
    (tmp_path / "gracelint.lock").write_text('{"version": 1,\n oops')
    told = run("check", ".")
    assert told.status == 2
    assert "gracelint.lock:2: it is no JSON" in told.stderr


def test_the_list_says_from_where_an_image_is_known(
    run: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "pod.yaml").write_text(POD + "    - {name: db, image: nginx:1.27}\n")
    (tmp_path / "compose.yaml").write_text("services: {api: {image: acme/api:2, build: api}}\n")
    (tmp_path / "api").mkdir()
    (tmp_path / "api/Dockerfile").write_text('FROM scratch\nCOPY app /\nCMD ["/app"]\n')
    (tmp_path / "gracelint.toml").write_text('[images."acme/web"]\nentrypoint = ["/web"]\n')
    (tmp_path / "two.yaml").write_text(POD.replace("acme/web:1", "acme/api:2"))
    listed = json.loads(run("images", "list", "--output-format", "json").stdout)["images"]
    known = {one["reference"]: one["known"] for one in listed}
    assert known == {"acme/web:1": "settings", "nginx:1.27": "atlas", "acme/api:2": "built here"}
    built = next(one for one in listed if one["known"] == "built here")
    assert built["dockerfile"]["path"] == "api/Dockerfile"
    assert built["dockerfile"]["where"]["path"] == "compose.yaml"
    text = run("images", "list").stdout
    assert "acme/api:2: built here, api/Dockerfile: a Compose file builds it" in text
    assert "pod.yaml:7" in text


def test_the_lock_can_be_written_elsewhere(run: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_text(POD)
    archive = image(tmp_path, PASSES_ON)
    assert run("images", "lock", "--from", archive, "--output-file", "other.lock").status == 0
    assert "acme/web" in (tmp_path / "other.lock").read_text()
    assert not (tmp_path / "gracelint.lock").exists()


def test_where_every_image_is_known_the_list_of_the_others_says_so(
    run: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "compose.yaml").write_text("services: {db: {image: 'redis:7'}}\n")
    known = run("images", "list", "--unknown").stdout
    assert known == "Of every image in use it is known what it starts.\n"
    (tmp_path / "compose.yaml").write_text("services: {}\n")
    assert run("images", "list", "--unknown").stdout == "No image is named.\n"
