"""Images in archives: `docker save` and OCI layouts, as a tar or a folder.

Sources: OCI image layout and image configuration specifications; moby, image/tarexport.
"""

from __future__ import annotations

import io
import json
import lzma
import os
import tarfile
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

from gracelint.base.values import dataclass
from gracelint.files.door import regular
from gracelint.images.layers import LARGE, MAX_BYTES, MAX_RATIO, Careful, ImageProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_JSON = 16_000_000
"""A larger manifest or configuration is none."""

MAX_MEMBERS = 100_000
"""Files in an archive of images, whose layers are one file each."""

_INDEXES = frozenset(
    {
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    }
)
_PACKED = {b"\x1f\x8b": "gz", b"BZh": "bz2", b"\xfd7zXZ\0": "xz"}
_NAMES = ("io.containerd.image.name", "org.opencontainers.image.ref.name")


@dataclass(frozen=True, slots=True)
class Stored:
    """An image in an archive. names: the references that it carries. layers: the lowest first."""

    names: tuple[str, ...]
    digest: str
    config: dict[str, Any]
    layers: tuple[Callable[[], BinaryIO], ...]


@contextmanager
def images(path: str) -> Iterator[list[Stored]]:
    """The images of an archive, which can be read as long; ImageProblem where it is none."""
    store = _store(path)
    try:
        if store.has("manifest.json"):
            yield list(_saved(store))
        elif store.has("index.json"):
            yield list(_layout(store))
        else:
            raise ImageProblem(f"{path} holds no manifest.json and no index.json: it is no image")
    finally:
        store.close()


def _store(path: str) -> _Store:
    try:
        if os.path.isdir(path):  # noqa: PTH112
            return _Folder(path)
        regular(os.stat(path))  # noqa: PTH116
        return _Tar(path)
    except (tarfile.TarError, zlib.error, lzma.LZMAError, OSError, ValueError, EOFError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or error
        raise ImageProblem(f"{path} cannot be read as an archive: {why}") from error


class _Folder:
    """An archive that is unpacked already; nothing outside of it is opened."""

    def __init__(self, path: str) -> None:
        self._path = os.path.realpath(path)
        os.listdir(path)  # tells of a folder that is not for us  # noqa: PTH208

    def _inside(self, name: str) -> str:
        try:
            whole = os.path.realpath(os.path.join(self._path, name))  # noqa: PTH118
        except ValueError:
            raise ImageProblem("the archive names a file that no folder can hold") from None
        if not whole.startswith(self._path + os.sep):
            raise ImageProblem(f"`{name}` leads out of the archive")
        if not os.path.isfile(whole):  # noqa: PTH113
            raise ImageProblem(f"`{name}` is not in the archive")
        return whole

    def has(self, name: str) -> bool:
        return os.path.isfile(os.path.join(self._path, name))  # noqa: PTH113, PTH118

    def open(self, name: str) -> BinaryIO:
        return open(self._inside(name), "rb")  # noqa: PTH123

    def close(self) -> None:
        """Nothing is held open."""


class _Tar:
    """An archive in one tar file, which may be compressed as a whole."""

    def __init__(self, path: str) -> None:
        with open(path, "rb") as file:  # noqa: PTH123
            start = file.read(6)
        # told from its start: each of the readers would look for its own through the whole file
        packed = next((kind for magic, kind in _PACKED.items() if start.startswith(magic)), "")
        mode: Any = f"r:{packed}"
        self._tar: tarfile.TarFile = tarfile.open(path, mode, tarinfo=Careful)  # noqa: SIM115
        self._members = dict(self._listed(os.path.getsize(path)))  # noqa: PTH202

    def _listed(self, size: int) -> Iterator[tuple[str, tarfile.TarInfo]]:
        """The members by name; what they claim to hold is bounded before anything is unpacked."""
        whole = 0
        for count, member in enumerate(self._tar):
            whole += max(member.size, 0)
            if whole > MAX_BYTES or whole > max(LARGE, MAX_RATIO * size) or count > MAX_MEMBERS:
                raise ImageProblem("the archive unpacks to more than can be looked through")
            yield _clean(member.name), member

    def _member(self, name: str) -> tarfile.TarInfo | None:
        for _ in range(8):
            member = self._members.get(_clean(name))
            if member is None or member.isfile():
                return member
            folder = member.name.rpartition("/")[0]
            name = f"{folder}/{member.linkname}" if member.issym() else member.linkname
        return None

    def has(self, name: str) -> bool:
        return self._member(name) is not None

    def open(self, name: str) -> BinaryIO:
        member = self._member(name)
        stream = None if member is None else self._tar.extractfile(member)
        if stream is None:
            raise ImageProblem(f"`{name}` is not in the archive")
        return stream  # type: ignore[return-value]

    def close(self) -> None:
        self._tar.close()


def _clean(name: str) -> str:
    return os.path.normpath(name).lstrip("/")


_Store = _Folder | _Tar


def _json(store: _Store, name: str) -> Any:
    with store.open(name) as stream:
        data = stream.read(MAX_JSON + 1)
    if len(data) > MAX_JSON:
        raise ImageProblem(f"`{name}` is too large for what it should be")
    try:
        return json.load(io.BytesIO(data))
    except (ValueError, RecursionError) as error:
        raise ImageProblem(f"`{name}` is no JSON") from error


def _saved(store: _Store) -> Iterator[Stored]:
    """What `docker save` writes."""
    listed = _json(store, "manifest.json")
    for entry in listed if isinstance(listed, list) else ():
        config_name = _text(entry, "Config")
        layers = entry.get("Layers") if isinstance(entry, dict) else None
        if not config_name or not isinstance(layers, list):
            raise ImageProblem("`manifest.json` names no configuration or no layers")
        tags = entry.get("RepoTags")
        names = tuple(n for n in tags if isinstance(n, str)) if isinstance(tags, list) else ()
        digest = "sha256:" + config_name.rpartition("/")[2].removesuffix(".json")
        opened = tuple(_opener(store, str(layer)) for layer in layers)
        yield Stored(names, digest, _config(store, config_name), opened)


def _layout(store: _Store) -> Iterator[Stored]:
    """An OCI layout."""
    queue: list[tuple[dict[str, Any], tuple[str, ...]]]
    queue = [(m, ()) for m in _list(_json(store, "index.json"), "manifests")]
    seen: set[str] = set()
    while queue:
        described, above = queue.pop(0)
        names = (
            tuple(n for key in _NAMES if (n := _text(described.get("annotations"), key))) or above
        )
        digest = _text(described, "digest")
        if not digest or digest in seen:
            continue
        seen.add(digest)
        manifest = _json(store, _blob(digest))
        if not isinstance(manifest, dict):
            raise ImageProblem(f"`{digest}` is no manifest")
        if _text(described, "mediaType") in _INDEXES or "manifests" in manifest:
            fitting = for_linux(manifest)
            there = [m for m in fitting if store.has(_blob(_text(m, "digest")))]
            queue += [(m, names) for m in (there or fitting)[:1]]
            continue
        config = _text(manifest.get("config"), "digest")
        layers = tuple(_opener(store, _blob(_text(m, "digest"))) for m in _list(manifest, "layers"))
        if config:
            yield Stored(names, digest, _config(store, _blob(config)), layers)


def for_linux(index: Any) -> list[dict[str, Any]]:
    """What an index has for Linux, which attestations are not; on amd64 first."""

    def platform(described: dict[str, Any], key: str) -> Any:
        of = described.get("platform")
        return of.get(key) if isinstance(of, dict) else None

    fitting = [m for m in _list(index, "manifests") if platform(m, "os") in (None, "linux")]
    return sorted(fitting, key=lambda m: platform(m, "architecture") not in (None, "amd64"))


def _list(value: Any, key: str) -> list[dict[str, Any]]:
    items = value.get(key) if isinstance(value, dict) else None
    return [each for each in items if isinstance(each, dict)] if isinstance(items, list) else []


def _text(value: Any, key: str) -> str:
    text = value.get(key) if isinstance(value, dict) else None
    return text if isinstance(text, str) else ""


def _blob(digest: str) -> str:
    kind, _, value = digest.partition(":")
    if not kind.isalnum() or not value.isalnum():
        raise ImageProblem(f"`{digest[:80]}` is no digest")
    return f"blobs/{kind}/{value}"


def _opener(store: _Store, name: str) -> Callable[[], BinaryIO]:
    return lambda: store.open(name)


def _config(store: _Store, name: str) -> dict[str, Any]:
    whole = _json(store, name)
    config = whole.get("config") if isinstance(whole, dict) else None
    return config if isinstance(config, dict) else {}
