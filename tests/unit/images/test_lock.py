"""From an archive to the lock, and back to what a launch goes by."""

from __future__ import annotations

import json
import shutil
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

from gracelint.base.source import Source
from gracelint.declare.lock import read
from gracelint.images.archive import images
from gracelint.images.gather import from_archive
from gracelint.images.layers import ImageProblem
from gracelint.images.lock import locked, write
from gracelint.settings.read import SettingsError
from tests.unit.images.archives import digest, file, layer, layout, link, packed, saved, system

if TYPE_CHECKING:
    from pathlib import Path

    from gracelint.model.lock import LockedImage

SCRIPT = b'#!/bin/sh\n. /opt/lib.sh\nexec "$@"\n'
CONFIG: dict[str, Any] = {
    "Entrypoint": ["/entry"],
    "Cmd": ["sleep", "9"],
    "Env": ["PATH=/usr/bin:/opt", "MODE=web", "DB_PASSWORD=hunter2"],
    "WorkingDir": "/srv",
    "User": "www",
    "StopSignal": "3",
}


def made() -> list[bytes]:
    scripts = layer(file("opt/run.sh", SCRIPT), file("opt/lib.sh", b"A=1\n", 0o644))
    return [system(), scripts, layer(link("entry", "/opt/run.sh"))]


def only(path: Path) -> LockedImage:
    with images(str(path)) as (stored,):
        return locked("docker.io/acme/web:1", stored)


def test_an_archive_tells_the_launch_and_its_scripts(tmp_path: Path) -> None:
    image = only(saved(tmp_path / "web.tar", CONFIG, made()))
    assert (image.entrypoint, image.cmd) == (("/entry",), ("sleep", "9"))
    assert (image.workdir, image.user, image.stop_signal) == ("/srv", "www", "SIGQUIT")
    assert (image.shell, image.system) == ("dash", "debian-12")
    assert {s.path: (s.text, s.executable) for s in image.scripts} == {
        "/opt/run.sh": (SCRIPT.decode(), True),
        "/opt/lib.sh": ("A=1\n", False),
    }
    assert image.links == {"/entry": "/opt/run.sh"}


def test_what_may_be_a_secret_is_not_written_down(tmp_path: Path) -> None:
    image = only(saved(tmp_path / "web.tar", CONFIG, made()))
    assert image.env == {"PATH": "/usr/bin:/opt", "MODE": "web"}
    assert "hunter2" not in write([image])


def test_programs_that_are_there_and_that_are_not(tmp_path: Path) -> None:
    image = only(saved(tmp_path / "web.tar", CONFIG, made()))
    assert {"sh", "sleep", "dash"} <= set(image.has)
    assert {"bash", "curl"} <= set(image.lacks)
    assert not set(image.has) & set(image.lacks)


@pytest.mark.parametrize(
    ("sh", "key"), [("dash", "dash"), ("bash", "bash"), ("busybox", "ash"), ("toybox", None)]
)
def test_the_shell_is_what_bin_sh_leads_to(tmp_path: Path, sh: str, key: str | None) -> None:
    assert only(saved(tmp_path / "web.tar", CONFIG, [system(sh)])).shell == key


def test_an_image_without_a_shell_says_so(tmp_path: Path) -> None:
    assert only(saved(tmp_path / "web.tar", {}, [layer(file("app"))])).shell == ""


def test_an_oci_layout_gives_the_same_as_a_saved_image(tmp_path: Path) -> None:
    folder = layout(tmp_path / "oci", CONFIG, [packed(data) for data in made()])
    tar = tmp_path / "oci.tar"
    with tarfile.open(tar, "w") as archive:
        archive.add(folder, ".")
    gzipped = tmp_path / "oci.tar.gz"
    gzipped.write_bytes(packed(tar.read_bytes()))
    whole = [only(folder), only(tar), only(gzipped)]
    assert whole[0] == whole[1] == whole[2]
    saved_one = only(saved(tmp_path / "web.tar", CONFIG, made()))
    assert write([whole[0]]) == write([saved_one]).replace(saved_one.digest, whole[0].digest)


def test_of_an_index_the_image_that_is_there_is_read(tmp_path: Path) -> None:
    folder = layout(tmp_path / "oci", CONFIG, made())
    described = json.loads((folder / "index.json").read_text())["manifests"][0]
    own = {**described, "platform": {"os": "linux", "architecture": "arm64"}}
    other = {"digest": "sha256:00", "platform": {"os": "linux", "architecture": "amd64"}}
    index = json.dumps({"manifests": [other, own]}).encode()
    (folder / "blobs/sha256" / digest(index)).write_bytes(index)
    above = {**described, "digest": f"sha256:{digest(index)}"}
    (folder / "index.json").write_text(json.dumps({"manifests": [above]}))
    assert only(folder).digest == own["digest"]


def test_the_lock_is_the_same_to_the_byte_in_whatever_order_and_reads_back(tmp_path: Path) -> None:
    with images(str(saved(tmp_path / "web.tar", CONFIG, made()))) as (stored,):
        one, two = locked("docker.io/acme/a:1", stored), locked("docker.io/acme/b:1", stored)
    text = write([two, one])
    assert text == write([one, two])
    assert read(Source("gracelint.lock", text)) == {
        "docker.io/acme/a:1": one,
        "docker.io/acme/b:1": two,
    }


def test_only_what_is_wanted_is_taken_of_an_archive(tmp_path: Path) -> None:
    path = saved(tmp_path / "web.tar", CONFIG, made(), "acme/web:1")
    assert list(from_archive(str(path), {"docker.io/acme/other:1"})) == []
    (image,) = from_archive(str(path), {"docker.io/acme/web:1", "docker.io/acme/other:1"})
    assert image.reference == "docker.io/acme/web:1"


def test_an_image_without_a_name_is_taken_for_the_one_that_is_wanted(tmp_path: Path) -> None:
    path = saved(tmp_path / "web.tar", CONFIG, made(), "")
    (image,) = from_archive(str(path), {"registry.acme.io/web:1"})
    assert image.reference == "registry.acme.io/web:1"
    with pytest.raises(ImageProblem, match="does not say what its image is called"):
        list(from_archive(str(path), {"a.io/x:1", "a.io/y:1"}))


@pytest.mark.parametrize(
    ("wanted", "taken"),
    [
        ({"a.io/web:2", "a.io/api:1"}, ["a.io/web:2"]),
        ({"a.io/web:2", "a.io/api:2"}, []),
        ({"a.io/web:1", "a.io/api:1"}, []),
    ],
)
def test_a_layout_that_has_a_tag_alone_is_the_one_image_with_that_tag(
    wanted: set[str], taken: list[str], tmp_path: Path
) -> None:
    folder = layout(tmp_path / "oci", CONFIG, made(), "2")
    assert [image.reference for image in from_archive(str(folder), wanted)] == taken


def test_a_folder_s_links_do_not_lead_out_of_it(tmp_path: Path) -> None:
    folder = layout(tmp_path / "oci", CONFIG, made())
    blob = max((folder / "blobs/sha256").iterdir(), key=lambda p: p.stat().st_size)
    outside = tmp_path / "outside"
    shutil.copy(blob, outside)
    blob.unlink()
    blob.symlink_to(outside)
    with pytest.raises(ImageProblem, match="leads out of the archive"):
        only(folder)


@pytest.mark.parametrize(
    "index",
    [
        '{"manifests": [{"digest": "sha256:../../../../etc/passwd"}]}',
        '{"manifests": [{"digest": "sha256:00"}]}',
        "[" * 100_000,
        "{",
    ],
)
def test_an_index_that_leads_nowhere_is_an_error_in_words(tmp_path: Path, index: str) -> None:
    folder = layout(tmp_path / "oci", CONFIG, made())
    (folder / "index.json").write_text(index)
    with pytest.raises(ImageProblem):
        only(folder)


@pytest.mark.parametrize(
    "entry",
    [
        {"Config": "\0"},
        {"Config": "\ud800"},
        {"Config": 5},
        {"Config": "c", "Layers": 5},
        {"Config": "c", "Layers": ["\0"]},
        {"Config": "c", "Layers": ["l"], "RepoTags": 5},
        5,
    ],
)
def test_a_list_of_images_of_other_types_is_an_error_in_words(tmp_path: Path, entry: Any) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps([entry]))
    (tmp_path / "c").write_text("{}")
    with pytest.raises(ImageProblem):
        only(tmp_path)


def test_a_manifest_that_is_no_object_is_an_error_in_words(tmp_path: Path) -> None:
    folder = layout(tmp_path / "oci", CONFIG, made())
    index = json.loads((folder / "index.json").read_text())
    name = index["manifests"][0]["digest"].replace(":", "/")
    (folder / "blobs" / name).write_text("[]")
    with pytest.raises(ImageProblem, match="is no manifest"):
        only(folder)


def test_what_is_no_archive_is_an_error_in_words(tmp_path: Path) -> None:
    path = tmp_path / "x.tar"
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(ImageProblem, match="cannot be read as an archive"):
        only(path)
    with pytest.raises(ImageProblem, match="no manifest"):
        only(tmp_path)


def test_scripts_that_name_one_another_end(tmp_path: Path) -> None:
    many = [file(f"s{n}.sh", f"#!/bin/sh\n/s{n + 1}.sh\n/s0.sh\n".encode()) for n in range(300)]
    image = only(saved(tmp_path / "web.tar", {"Entrypoint": ["/s0.sh"]}, [layer(*many)]))
    assert {"/s0.sh", "/s1.sh", "/s2.sh"} <= {s.path for s in image.scripts}
    assert len(image.scripts) < 100


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "no JSON"),
        ("[]", "no `images`"),
        ('{"version": 9, "images": {}}', "version 1"),
        ('{"version": 1, "images": {"a": {"entrypoint": 3}}}', "`a` is damaged"),
        ('{"version": 1, "images": {"a": {"scripts": {"/x": {}}}}}', "`a` is damaged"),
        ('{"version": 1, "images": {"a": []}}', "`a` is damaged"),
    ],
)
def test_a_lock_that_cannot_be_used_says_what_to_do(text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        read(Source("gracelint.lock", text))
