"""An image's files, looked up in its layers: nothing is unpacked to the disk.

Layers are tar archives, plain, gzip or zstd, and hostile: names may be absolute or climb with
`..`, links may go in circles, a small file may stand for terabytes. So a layer is read as a stream
under a limit, names are made absolute within the image, links are followed a bounded number of
times, and only small regular files are ever kept.
Source: OCI image layer specification (whiteouts `.wh.NAME`, `.wh..wh..opq`).
"""

from __future__ import annotations

import gzip
import sys
import tarfile
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO

from gracelint.base.paths import absolute
from gracelint.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

MAX_ENTRIES = 2_000_000
"""Names in all layers together; an image with more is not read."""

MAX_BYTES = 40_000_000_000
"""Unpacked bytes of a layer that are looked through."""

MAX_RATIO = 100
"""A layer that unpacks to more than a gigabyte is packed at most so well, or is a bomb."""

MAX_HEADER = 1_000_000
"""Bytes of a long name or of further attributes of one entry, which tarfile reads at once."""

MAX_FILE = 512_000
"""A larger file is no script of a launch."""

MAX_KEPT = 32_000_000
"""Bytes of small texts that are kept when layers are first looked through."""

MAX_LINKS = 40
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"
_TEXTS = (".sh", ".bash", ".conf", ".ini", ".cfg", ".env", ".js", ".mjs", ".cjs", ".py", ".rb")
LARGE = 1_000_000_000
_LONG = frozenset(
    (
        *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
        *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK),
    )
)


class ImageProblem(Exception):  # noqa: N818
    """An image that cannot be read, with the reason in words."""


@dataclass(frozen=True, slots=True)
class Node:
    """A name in the image. kind: `file`, `folder`, `link`, `other`. layer: where it was seen last.

    target: what a symbolic link says. executable: by its mode.
    """

    kind: str
    layer: int
    size: int = 0
    target: str = ""
    executable: bool = False


class Filesystem:
    """The files of an image after all its layers, the lowest first."""

    def __init__(self, layers: Sequence[Callable[[], BinaryIO]]) -> None:
        self._layers = layers
        self._nodes: dict[str, Node] = {}
        self._below: dict[str, set[str]] = {}
        self._kept: dict[tuple[int, str], bytes] = {}
        self._room = MAX_KEPT
        budget = _Budget()
        for number, opened in enumerate(layers):
            self._add(number, opened, budget)

    def _add(self, number: int, opened: Callable[[], BinaryIO], budget: _Budget) -> None:
        added: dict[str, Node] = {}
        gone: set[str] = set()
        emptied: set[str] = set()
        for member, tar in _members(opened, budget):
            path = absolute(member.name, "/")
            folder, _, name = path.rpartition("/")
            if name == _OPAQUE:
                emptied.add(folder or "/")
            elif name.startswith(_WHITEOUT):
                gone.add(f"{folder}/{name.removeprefix(_WHITEOUT)}")
            else:
                added[path] = self._node(member, number, added)
                self._keep(number, path, member, tar)
        for path in gone:
            self._remove(path, itself=True)
        for path in emptied:
            self._remove(path, itself=False)
        for path, node in added.items():
            if node.kind != "folder" and path in self._below:
                self._remove(path, itself=True)
            self._nodes[path] = node
            self._place(path)

    def _place(self, path: str) -> None:
        """Note a name in its folder, and that in the one around it."""
        while path != "/":
            folder = path.rpartition("/")[0] or "/"
            children = self._below.setdefault(folder, set())
            if path in children:
                return
            children.add(path)
            path = folder

    def _keep(self, number: int, path: str, member: tarfile.TarInfo, tar: tarfile.TarFile) -> None:
        """Keep what may be a script of the launch, so that layers are mostly read once."""
        is_text = path.endswith(_TEXTS) and "/node_modules/" not in path
        likely = member.isfile() and member.size <= MAX_FILE and (is_text or member.mode & 0o111)
        stream = tar.extractfile(member) if likely and member.size <= self._room else None
        if stream is None:
            return
        head = stream.read(2)
        if is_text or head == b"#!":
            self._kept[number, path] = head + stream.read(MAX_FILE)
            self._room -= member.size

    def _node(self, member: tarfile.TarInfo, number: int, added: dict[str, Node]) -> Node:
        executable = bool(member.mode & 0o111)
        if member.isdir():
            return Node("folder", number)
        if member.issym():
            return Node("link", number, target=member.linkname)
        if member.islnk():
            other = absolute(member.linkname, "/")
            linked = added.get(other) or self._nodes.get(other)
            return (
                Node("link", number, target=other) if linked is not None else Node("other", number)
            )
        if member.isfile():
            return Node("file", number, member.size, executable=executable)
        return Node("other", number)

    def _remove(self, path: str, *, itself: bool) -> None:
        queue = [path] if itself else list(self._below.get(path, ()))
        while queue:
            at = queue.pop()
            self._nodes.pop(at, None)
            queue += self._below.pop(at, ())
            self._below.get(at.rpartition("/")[0] or "/", set()).discard(at)

    def resolve(self, path: str) -> str | None:
        """The path without symbolic links; None where it leads nowhere."""
        parts = [part for part in absolute(path, "/").split("/") if part]
        at, links = "", 0
        while parts:
            step = f"{at}/{parts.pop(0)}"
            node = self._nodes.get(step)
            if node is not None and node.kind == "link":
                links += 1
                if links > MAX_LINKS:
                    return None
                target = absolute(node.target, at or "/")
                parts = [p for p in target.split("/") if p] + parts
                at = ""
            else:
                at = step
        return at or "/"

    def node(self, path: str) -> Node | None:
        """What a path is, links followed; None where there is nothing."""
        real = self.resolve(path)
        return None if real is None else self._nodes.get(real)

    def names(self, folder: str) -> list[str]:
        """The names in a folder, sorted."""
        real = self.resolve(folder)
        return sorted(path.rpartition("/")[2] for path in self._below.get(real or "", ()))

    def find(self, command: str, path: str, workdir: str) -> str | None:
        """The file that executing a command runs, links followed; `path` is $PATH."""
        folders = [""] if "/" in command else path.split(":")
        for folder in folders:
            name = absolute(command, folder or workdir or "/")
            node = self.node(name)
            if node is not None and node.kind == "file":
                return self.resolve(name)
        return None

    def read(self, paths: Iterable[str]) -> dict[str, bytes]:
        """The contents of small files at real paths; what is larger or absent is left out."""
        wanted: dict[int, set[str]] = {}
        contents: dict[str, bytes] = {}
        for path in paths:
            node = self._nodes.get(path)
            if node is None or node.kind != "file" or node.size > MAX_FILE:
                continue
            if (node.layer, path) in self._kept:
                contents[path] = self._kept[node.layer, path]
            else:
                wanted.setdefault(node.layer, set()).add(path)
        for number, names in sorted(wanted.items()):
            contents |= _contents(self._layers[number], names)
        return contents


class _Budget:
    """What may still be read."""

    def __init__(self) -> None:
        self.entries = MAX_ENTRIES

    def spend(self) -> None:
        self.entries -= 1
        if self.entries < 0:
            raise ImageProblem(f"its layers hold more than {MAX_ENTRIES:,} names")


class _Limited:
    """A stream that refuses to give more than a layer may hold. packed: the stream below."""

    def __init__(self, stream: Any, packed: _Headed) -> None:
        self._stream = stream
        self._packed = packed
        self._given = 0

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._stream.read(size)
        self._given += len(data)
        too_well = self._given > LARGE and self._given > MAX_RATIO * self._packed.taken
        if self._given > MAX_BYTES or too_well:
            raise ImageProblem("a layer unpacks to more than can be looked through")
        return data


class Careful(tarfile.TarInfo):
    """An entry that takes no memory for names and attributes longer than any real one's."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Careful:
        """An entry of its header; ImageProblem where it is too long."""
        member = super().frombuf(buf, encoding, errors)
        if member.type in _LONG and member.size > MAX_HEADER:
            raise ImageProblem("an entry's name or attributes are too long")
        return member


def _members(
    opened: Callable[[], BinaryIO], budget: _Budget
) -> Iterator[tuple[tarfile.TarInfo, tarfile.TarFile]]:
    """The entries of a layer, in order, each with the archive that it can be read from now."""
    try:
        with opened() as raw, _tar(raw) as tar:
            for member in tar:
                budget.spend()
                tar.members = []  # type: ignore[attr-defined]  # tarfile would keep them all
                yield member, tar
    except Exception as error:
        if not isinstance(error, (*_UNREADABLE, *_packing_errors())):
            raise
        raise ImageProblem(f"a layer cannot be read: {error}") from error


_UNREADABLE = (tarfile.TarError, zlib.error, EOFError, OSError, ValueError)


def _packing_errors() -> tuple[type[Exception], ...]:
    """What zstd's library raises; nothing where it is not installed."""
    module = sys.modules.get("zstandard")
    return () if module is None else (module.ZstdError,)


def _tar(raw: BinaryIO) -> tarfile.TarFile:
    """A layer as a stream of entries, under a limit."""
    packed = _Headed(raw)
    limited: Any = _Limited(_plain(packed), packed)
    return tarfile.open(fileobj=limited, mode="r|", tarinfo=Careful)


def _contents(opened: Callable[[], BinaryIO], names: set[str]) -> dict[str, bytes]:
    contents: dict[str, bytes] = {}
    for member, tar in _members(opened, _Budget()):
        path = absolute(member.name, "/")
        if path in names and member.isfile() and member.size <= MAX_FILE:
            stream = tar.extractfile(member)
            contents[path] = stream.read(MAX_FILE) if stream is not None else b""
    return contents


def _plain(packed: _Headed) -> Any:
    """The stream without its compression, told by its first bytes."""
    if packed.head.startswith(_GZIP):
        return gzip.GzipFile(fileobj=packed)  # type: ignore[call-overload]
    return _zstd(packed) if packed.head == _ZSTD else packed


def _zstd(reader: Any) -> Any:
    try:
        from zstandard import ZstdDecompressor
    except ImportError:
        raise ImageProblem(
            "a layer is compressed with zstd; install gracelint[images] to read it"
        ) from None
    return ZstdDecompressor(max_window_size=1 << 27).stream_reader(reader)


class _Headed:
    """A stream whose first bytes are looked at. taken: how many bytes were read of it."""

    def __init__(self, stream: BinaryIO) -> None:
        self.head = stream.read(4)
        self.taken = len(self.head)
        self._left = self.head
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        """The next bytes, all of them with a negative size."""
        if not self._left:
            data = self._stream.read(size)
        elif size < 0:
            data, self._left = self._left + self._stream.read(), b""
        else:
            data, self._left = self._left[:size], self._left[size:]
            return data
        self.taken += len(data)
        return data

    def readable(self) -> bool:
        """What streams are asked."""
        return True

    def seekable(self) -> bool:
        """What streams are asked."""
        return False
