"""Archives of images, made as `docker save` and OCI tools write them."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path


PROGRAM = b"\x7fELF\0"


def file(name: str, data: bytes = b"", mode: int = 0o755) -> tuple[tarfile.TarInfo, bytes]:
    """A regular file of a layer."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(data), mode
    return info, data


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tuple[tarfile.TarInfo, bytes]:
    """A symbolic link of a layer, or with another kind a hard one."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info, b""


def special(name: str, kind: bytes) -> tuple[tarfile.TarInfo, bytes]:
    """A folder, device or pipe of a layer."""
    info = tarfile.TarInfo(name)
    info.type, info.mode = kind, 0o755
    return info, b""


def layer(*entries: tuple[tarfile.TarInfo, bytes]) -> bytes:
    """A layer as a plain tar."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        for info, data in entries:
            tar.addfile(info, io.BytesIO(data))
    return made.getvalue()


def system(sh: str = "dash") -> bytes:
    """A lowest layer: /bin/sh that leads to `sh`, and what the system is called."""
    said = b'ID=debian\nVERSION_ID="12"\n'
    entries = [file(f"usr/bin/{sh}", PROGRAM), link("bin", "usr/bin"), link("usr/bin/sh", sh)]
    return layer(*entries, file("etc/os-release", said, 0o644), file("usr/bin/sleep", PROGRAM))


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def saved(
    path: Path, config: Mapping[str, Any], layers: Sequence[bytes], name: str = "acme/web:1"
) -> Path:
    """What `docker save NAME` writes, as a tar."""
    written = json.dumps({"config": config}).encode()
    members = {f"{digest(written)}.json": written}
    members |= {f"{number}/layer.tar": data for number, data in enumerate(layers)}
    listed = {
        "Config": f"{digest(written)}.json",
        "RepoTags": [name] if name else None,
        "Layers": [f"{number}/layer.tar" for number in range(len(layers))],
    }
    members["manifest.json"] = json.dumps([listed]).encode()
    with tarfile.open(path, "w") as tar:
        for member, data in members.items():
            info = tarfile.TarInfo(member)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def layout(
    path: Path, config: Mapping[str, Any], layers: Iterable[bytes], name: str = "acme/web:1"
) -> Path:
    """An OCI layout as a folder."""
    blobs = path / "blobs/sha256"
    blobs.mkdir(parents=True)

    def blob(data: bytes) -> dict[str, Any]:
        (blobs / digest(data)).write_bytes(data)
        return {"digest": f"sha256:{digest(data)}", "size": len(data)}

    manifest = {
        "schemaVersion": 2,
        "config": blob(json.dumps({"config": config}).encode()),
        "layers": [blob(data) for data in layers],
    }
    described = blob(json.dumps(manifest).encode())
    described["annotations"] = {"io.containerd.image.name": name}
    (path / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (path / "index.json").write_text(json.dumps({"manifests": [described]}))
    return path


def packed(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def zstd(data: bytes) -> bytes:
    from zstandard import ZstdCompressor

    made: Callable[[bytes], bytes] = ZstdCompressor().compress
    return made(data)
