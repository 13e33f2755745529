"""What git is shown of a repository: copies, and files that are open already.

Whatever git opens by itself in a folder of the tree may be a pipe, a device or a link by then, or
have no end. So it gets a folder of our own: what is small is copied into it, what is large is
linked to by the handle that it was looked at through. Links are followed as in the rest of the
tree, never out of it.
"""

from __future__ import annotations

import os
import re
import weakref
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from gracelint.base import lazy
from gracelint.base.paths import clean_path, join
from gracelint.base.values import dataclass
from gracelint.files.door import MAX_NAMES, Door, Refused, regular, within
from gracelint.files.scratch import Scratch
from gracelint.files.tracked import home

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import FileIO

    from gracelint.files.door import Kind

MAX_FILES = 100_000
"""Names of commits and objects outside of packs; git itself packs objects from 7,000 on."""

MAX_TABLE = 200_000_000
"""Bytes of an index, and of the names of all commits."""

_MAX_NAME = 4_096  # bytes of a file that names a commit
_MAX_LIST = 1_000_000  # of the other small ones
_MAX_COPY = 1_000_000  # of a file that is copied
_MAX_COPIES = 64_000_000  # of all of them together
_MAX_HANDLES = 500
_MAX_BORROWED = 20

_OF_WORKTREE = {
    "HEAD": _MAX_NAME,
    "ORIG_HEAD": _MAX_NAME,
    "MERGE_HEAD": _MAX_LIST,
    "FETCH_HEAD": _MAX_LIST,
}
_COMMON = {"packed-refs": MAX_TABLE, "shallow": _MAX_LIST}
_CONFIG = """[core]
\trepositoryformatversion = {version}
\tbare = true
\thooksPath = {nowhere}
\tfsmonitor = false
\tbigFileThreshold = 8m
\tpackedGitWindowSize = 32m
\tpackedGitLimit = 512m
[extensions]
"""
_FORMATS = lazy.compile(r"(?im)^[ \t]*(objectformat|refstorage)[ \t]*=[ \t]*(\w+)[ \t]*$")
_UNDERSTOOD = {"sha256", "reftable"}
_LOOSE = lazy.compile(r"[0-9a-f]{38}(?:[0-9a-f]{24})?")
_PACKED = lazy.compile(r"pack-[0-9a-f]+\.(?:pack|idx|promisor)")


@dataclass(frozen=True, slots=True)
class _Place:
    """A path below a door."""

    door: Door
    path: str

    def __truediv__(self, name: str) -> _Place:
        return _Place(self.door, join(self.path, name))

    def __str__(self) -> str:
        return str(self.door.root / self.path)

    def read(self, limit: int) -> str:
        """The first bytes of a file, as text; "" where there is none."""
        with suppress(OSError, ValueError):
            return self.door.read(self.path, limit).decode("utf-8", "surrogateescape")
        return ""


class Shown:
    """A repository of our own with the commits and objects of the work tree at `root`.

    histories: with what its names stood for earlier, too. folder: where it is, as long as this
    lives. left: what is not in it, and why. OSError where no work tree can be read.
    """

    def __init__(self, root: Path, *, histories: bool = False) -> None:
        private, shared = _places(root)
        self._root = root
        self.scratch = Scratch()
        self.folder = self.scratch.put("git", {"config": _config(shared).encode()})
        self.left: list[str] = []
        self._files = 0
        self._copied = 0
        self._handles: list[int] = []
        weakref.finalize(self, _close, self._handles)
        self._commits(private, shared)
        if not (self.folder / "HEAD").is_file():
            raise Refused(next(iter(self.left), "it has no HEAD"))
        if histories:
            self._all(shared / "logs", "logs", MAX_TABLE)
        self._objects(shared / "objects")

    def _commits(self, private: _Place, shared: _Place) -> None:
        for place, limits in ((private, _OF_WORKTREE), (shared, _COMMON)):
            for name, limit in limits.items():
                self._take(place / name, name, limit)
        given = os.environ.get("GIT_INDEX_FILE")
        if given:
            there = Path(os.path.realpath(given))
            self._take(_Place(Door(there.parent), there.name), "index", MAX_TABLE)
        else:
            self._take(private / "index", "index", MAX_TABLE)
        (self.folder / "refs").mkdir()
        self._all(shared / "refs", "refs", _MAX_NAME)
        self._all(shared / "reftable", "reftable", MAX_TABLE)

    def _objects(self, first: _Place) -> None:
        """All objects, each store of them by itself."""
        alternates = os.environ.get("GIT_ALTERNATE_OBJECT_DIRECTORIES", "").split(os.pathsep)
        queue = [
            first,
            *(_Place(Door(Path(os.path.realpath(path))), "") for path in alternates if path),
        ]
        met: dict[str, str] = {}
        while queue and len(met) < _MAX_BORROWED:
            place = queue.pop(0)
            if str(place) not in met:
                here = met[str(place)] = f"lent{len(met)}" if met else "objects"
                self._store(place, here)
                queue += self._lenders(place, alternates)
        lent = [f"{self.folder / here}\n" for here in met.values() if here != "objects"]
        self.scratch.put("git/objects/info", {"alternates": "".join(lent).encode()})

    def _store(self, place: _Place, here: str) -> None:
        (self.folder / here / "pack").mkdir(parents=True)
        for name, _ in self._names(place):
            if re.fullmatch("[0-9a-f]{2}", name):
                self._loose(place / name, f"{here}/{name}")
        for name, _ in self._names(place / "pack"):
            if _PACKED.fullmatch(name):
                self._take(place / "pack" / name, f"{here}/pack/{name}")

    def _loose(self, place: _Place, here: str) -> None:
        """A folder of objects: as a whole, where it holds nothing but files."""
        names = self._names(place)
        if all(kind == "file" for _, kind in names):
            with suppress(OSError):
                self._link(place.door.folder(place.path).fd, place, here)
            return
        for name, _ in names:
            if _LOOSE.fullmatch(name):
                self._take(place / name, f"{here}/{name}")

    def _lenders(self, place: _Place, allowed: list[str]) -> Iterator[_Place]:
        """The stores that one borrows from, within the tree."""
        lines = (place / "info/alternates").read(_MAX_LIST).splitlines()
        for line in [line for line in lines if line and line[0] != "#"][:_MAX_BORROWED]:
            try:
                inner = clean_path(within(place.door.top, place.path, line))
            except OSError:
                inner = None
            if inner is not None:
                yield _Place(place.door, inner)
            elif line not in allowed:
                how = f"`GIT_ALTERNATE_OBJECT_DIRECTORIES={line}` allows that"
                self.left.append(f"what it borrows from {line} is not read ({how})")

    def _all(self, place: _Place, here: str, limit: int) -> None:
        """A folder with all that is in it."""
        queue = [(place, here)]
        while queue:
            place, here = queue.pop()
            for name, kind in self._names(place):
                if kind == "folder":
                    queue.append((place / name, f"{here}/{name}"))
                else:
                    self._take(place / name, f"{here}/{name}", limit)

    def _names(self, place: _Place) -> list[tuple[str, Kind]]:
        """What is in a folder."""
        names: list[tuple[str, Kind]] = []
        try:
            names += place.door.folder(place.path).names()
        except (OSError, ValueError) as error:
            self._leave(place, error)
        if len(names) >= MAX_NAMES:
            raise TooMany
        return names

    def _take(self, place: _Place, here: str, limit: int | None = None) -> None:
        """A file, unless there is none, or one larger than `limit`."""
        try:
            folder, name, about = place.door.place(place.path)
            if about is None:
                return
            regular(about)
            with os.fdopen(folder.open(name, os.O_RDONLY), "rb", buffering=0) as file:
                self._put(file, place, here, limit)
        except (OSError, ValueError) as error:
            self._leave(place, error)

    def _put(self, file: FileIO, place: _Place, here: str, limit: int | None) -> None:
        about = os.fstat(file.fileno())
        regular(about)
        if limit is not None and about.st_size > limit:
            raise Refused(f"it is larger than {limit:,} bytes")
        self._files += 1
        if self._files > MAX_FILES:
            raise TooMany
        small = limit is not None and limit <= _MAX_LIST  # git takes no link for a name
        if small or about.st_size <= min(_MAX_COPY, _MAX_COPIES - self._copied):
            self._copied += about.st_size
            self.scratch.put("git", {here: file.read(about.st_size) or b""})
        else:
            self._link(file.fileno(), place, here)

    def _link(self, handle: int | None, place: _Place, here: str) -> None:
        """Let what is open stand in ours, by its handle where the system has names for those."""
        opened = Path(f"/proc/{os.getpid()}/fd/{handle}")
        name = self.folder / here
        name.parent.mkdir(parents=True, exist_ok=True)
        if handle is None or len(self._handles) >= _MAX_HANDLES or not opened.exists():
            name.symlink_to(place.door.root / place.path)
        else:
            self._handles.append(os.dup(handle))
            name.symlink_to(opened.with_name(str(self._handles[-1])))

    def _leave(self, place: _Place, error: Exception) -> None:
        if not isinstance(error, FileNotFoundError):
            why = str(error.strerror if isinstance(error, OSError) else error)
            name = str(place).removeprefix(f"{self._root}/")
            self.left.append(f"{name} is not read: {why[:1].lower()}{why[1:]}")


class TooMany(Exception):  # noqa: N818
    """A repository of more files than are taken over."""


def _close(handles: list[int]) -> None:
    for handle in handles:
        os.close(handle)


def _config(shared: _Place) -> str:
    """Ours; of the repository's own only which hashes and which table of refs it has."""
    extensions = _FORMATS.findall((shared / "config").read(_MAX_LIST))
    extensions = [(key, value) for key, value in extensions if value.lower() in _UNDERSTOOD]
    config = _CONFIG.format(version=1 if extensions else 0, nowhere=os.devnull)
    return config + "".join(f"\t{key} = {value}\n" for key, value in extensions)


def _places(root: Path) -> tuple[_Place, _Place]:
    """Where a repository keeps what a work tree has of its own, and what all of them share."""
    place = home(Door(root), ".git")
    if place is None:
        raise Refused("its repository does not name it")
    private = _Place(*place)
    if private.door.root == root:
        return private, private
    # git keeps a second work tree's folder in `worktrees` of what they share, and nowhere else
    written = (private / "commondir").read(_MAX_NAME).strip()
    shared = Path(os.path.realpath(private.door.root / written.partition("\0")[0]))
    if private.door.root.parent != shared / "worktrees":
        raise Refused("its repository is not where git keeps it")
    return private, _Place(Door(shared), "")
