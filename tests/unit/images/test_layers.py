"""Looking files up in layers: later ones win, links lead within the image, bombs are refused."""

from __future__ import annotations

import io
import tarfile
import tracemalloc
import zlib
from typing import TYPE_CHECKING

import pytest

from gracelint.images.layers import MAX_HEADER, Filesystem, ImageProblem
from tests.unit.images.archives import file, layer, link, packed, special, zstd

if TYPE_CHECKING:
    from collections.abc import Callable


def over(*layers: bytes) -> Filesystem:
    def opener(data: bytes) -> Callable[[], io.BytesIO]:
        return lambda: io.BytesIO(data)

    return Filesystem([opener(data) for data in layers])


@pytest.mark.parametrize("pack", [bytes, packed, zstd])
def test_layers_are_read_however_they_are_packed(pack: Callable[[bytes], bytes]) -> None:
    files = over(pack(layer(file("run.sh", b"#!/bin/sh\nexec app\n"))))
    assert files.read(["/run.sh"]) == {"/run.sh": b"#!/bin/sh\nexec app\n"}


def test_a_later_layer_replaces_a_file() -> None:
    files = over(layer(file("a", b"#!old")), layer(file("a", b"#!new")))
    assert files.read(["/a"]) == {"/a": b"#!new"}


def test_a_whiteout_removes_a_file_and_all_below_a_folder() -> None:
    lower = layer(file("etc/a"), file("opt/b"), file("opt/deep/c"))
    files = over(lower, layer(file("etc/.wh.a"), file(".wh.opt")))
    assert [files.node(path) for path in ("/etc/a", "/opt/b", "/opt/deep/c")] == [None] * 3


def test_an_opaque_folder_keeps_only_what_its_own_layer_has() -> None:
    files = over(layer(file("d/old")), layer(file("d/.wh..wh..opq"), file("d/new")))
    assert files.names("/d") == ["new"]


def test_a_file_that_replaces_a_folder_takes_what_is_in_it_away() -> None:
    files = over(layer(special("d", tarfile.DIRTYPE), file("d/x")), layer(file("d", b"now")))
    assert files.node("/d/x") is None


def test_links_are_followed_within_the_image() -> None:
    files = over(
        layer(link("bin", "usr/bin"), file("usr/bin/tool"), link("t", "../../../bin/tool"))
    )
    assert files.resolve("/t") == "/usr/bin/tool"
    assert files.find("tool", "/bin", "/") == "/usr/bin/tool"


def test_links_in_a_circle_lead_nowhere() -> None:
    files = over(layer(link("a", "b"), link("b", "a")))
    assert files.resolve("/a/x") is None


def test_a_hard_link_is_the_file_that_it_names() -> None:
    files = over(layer(file("a", b"#!x"), link("b", "a", tarfile.LNKTYPE)))
    assert files.resolve("/b") == "/a"


def test_names_cannot_climb_out_of_the_image() -> None:
    files = over(layer(file("../../etc/passwd", b"x"), file("/abs", b"y")))
    assert files.node("/etc/passwd") is not None
    assert files.node("/abs") is not None


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_devices_and_pipes_are_no_files(kind: bytes) -> None:
    files = over(layer(special("dev/x", kind)))
    assert files.find("/dev/x", "", "/") is None
    assert files.read(["/dev/x"]) == {}


def test_a_layer_that_unpacks_to_far_too_much_is_refused() -> None:
    info = tarfile.TarInfo("zeros")
    info.size = 4_000_000_000
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    data = packer.compress(info.tobuf())
    block = bytes(10_000_000)
    for _ in range(150):
        data += packer.compress(block)
    with pytest.raises(ImageProblem, match="more than can be looked through"):
        over(data + packer.flush())


def test_an_entry_with_a_huge_name_is_refused_before_it_is_read() -> None:
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 100 * MAX_HEADER
    data = packed(info.tobuf(tarfile.GNU_FORMAT) + bytes(info.size))
    tracemalloc.start()
    try:
        with pytest.raises(ImageProblem, match="too long"):
            over(data)
        assert tracemalloc.get_traced_memory()[1] < 20 * MAX_HEADER
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "data",
    [b"", b"no tar at all", packed(layer(file("a", b"x" * 5000)))[:60], b"\x28\xb5\x2f\xfd..."],
)
def test_what_is_no_layer_is_said_or_empty_but_never_a_crash(data: bytes) -> None:
    try:
        files = over(data)
    except ImageProblem as error:
        assert "layer" in str(error)  # noqa: PT017
    else:
        assert files.node("/a") is None
