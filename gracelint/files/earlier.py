"""A work tree as it was at a commit: what git tracks as it was, and all else as it is now."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import PurePath
from typing import TYPE_CHECKING

from gracelint.base.paths import folder_of, join
from gracelint.base.values import dataclass
from gracelint.files.door import MAX_LINKS, MAX_NAMES, Door, Outside, regular, within
from gracelint.files.tree import Files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from gracelint.files.commit import Commit
    from gracelint.files.door import Kind

_MODULE = 0o160000
_KINDS: dict[int, Kind] = {stat.S_IFDIR: "folder", stat.S_IFREG: "file", stat.S_IFLNK: "link"}
_MAX_LINK = 4_096


class EarlierFiles(Files):
    """The files below `root` at a commit, `at`. exclude: as for `Files`."""

    def __init__(self, root: Path, commit: Commit, exclude: Iterable[str] = ()) -> None:
        super().__init__(root, exclude)
        self.at = commit
        now = {path for path, module in super().tracked("") if not module}
        self.gone = now.difference(commit.entries)
        self.door = _EarlierDoor(self.door, commit, self.gone)  # type: ignore[assignment]

    def tracked(self, top: str) -> Iterator[tuple[str, bool]]:
        """What the work tree at a path tracks; that at the root as the commit has it."""
        if top:
            yield from super().tracked(top)
        else:
            for path, entry in self.at.entries.items():
                yield path, entry.mode == _MODULE


@dataclass(frozen=True, slots=True)
class _Listing:
    """A folder as a run asks for it."""

    entries: dict[str, Kind]

    def names(self) -> Iterator[tuple[str, Kind]]:
        """What is in it; no more than a folder on the disk may show."""
        for pair, _ in zip(self.entries.items(), range(MAX_NAMES), strict=False):
            yield pair


class _EarlierDoor:
    """The way to the files of a commit and, where it has none, to those on the disk.

    Answers as `Door` does. gone: what is tracked now and was not then.
    """

    def __init__(self, now: Door, commit: Commit, gone: set[str]) -> None:
        self.top = now.top
        self._now = now
        self._commit = commit
        self._gone = gone
        self._names: dict[str, dict[str, Kind]] = {}
        self._modes: dict[str, int | None] = {}
        for path, entry in commit.entries.items():
            self._list(path, _KINDS.get(stat.S_IFMT(entry.mode), "folder"))

    def _list(self, path: str, kind: Kind) -> None:
        """Let the folder of a path show it, and the folders above each other."""
        in_listing = False
        while path and not in_listing:
            folder, _, name = path.rpartition("/")
            in_listing = folder in self._names
            self._names.setdefault(folder, {})[name] = kind
            path, kind = folder, "folder"

    def folder(self, path: str) -> _Listing:
        """The folder at a path."""
        real = self.real(path)
        if not stat.S_ISDIR(self._mode(real) or 0):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        names = {n: k for n, k in self._disk_names(real) if self._mode(join(real, n)) is not None}
        return _Listing(names | self._names.get(real, {}))

    def names(self, path: str) -> dict[str, Kind]:
        """What is in the folder at a path."""
        return dict(self.folder(path).names())

    def elsewhere(self) -> None:
        """As `Door` has it."""

    def stat(self, path: str) -> os.stat_result:
        """What is there, over all links; of its values only the mode counts."""
        return _about(self._mode(self.real(path)))

    def lstat(self, path: str) -> os.stat_result:
        """The same, a link itself."""
        folder, _, name = path.rpartition("/")
        return _about(self._mode(join(self.real(folder), name)))

    def real(self, path: str) -> str:
        """The path without links."""
        left, done, links = path.split("/")[::-1], "", MAX_LINKS
        while left:
            part = left.pop()
            if part == "..":
                if not done:
                    raise Outside
                done = folder_of(done)
            elif part not in {"", "."}:
                at = join(done, part)
                if stat.S_ISLNK(self._mode(at) or 0):
                    links -= 1
                    if links < 0:
                        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
                    done, target = self._target(done, at)
                    left += target.split("/")[::-1]
                else:
                    done = at
        return done

    def read(self, path: str, limit: int) -> bytes:
        """The first bytes of a regular file."""
        real = self.real(path)
        regular(_about(self._mode(real)))
        entry = self._commit.entries.get(real)
        return (
            self._now.read(real, limit) if entry is None else self._commit.read(entry.name, limit)
        )

    def read_listed(self, path: str, limit: int) -> bytes:
        """The same of what is listed as a file."""
        return self.read(path, limit)

    def _target(self, folder: str, link: str) -> tuple[str, str]:
        """Where a link leads: from which folder, and the path from there."""
        entry = self._commit.entries.get(link)
        if entry is None:
            written = self._now.folder(folder_of(link)).link(link.rpartition("/")[2]) or ""
        else:
            written = os.fsdecode(self._commit.read(entry.name, _MAX_LINK))
        absolute = PurePath(written).is_absolute()
        return ("", within(self.top, "", written)) if absolute else (folder, written)

    def _mode(self, path: str) -> int | None:
        """What there was at a path without links on the way, as a mode; None for nothing."""
        if path not in self._modes:
            self._modes[path] = self._mode_of(path)
        return self._modes[path]

    def _mode_of(self, path: str) -> int | None:
        entry = self._commit.entries.get(path)
        if entry is not None:
            return stat.S_IFDIR | 0o755 if entry.mode == _MODULE else entry.mode
        if path in self._names or not path:
            return stat.S_IFDIR | 0o755
        if path in self._gone or not stat.S_ISDIR(self._mode(folder_of(path)) or 0):
            return None
        try:
            return self._now.lstat(path).st_mode if self._is_plain(folder_of(path)) else None
        except (OSError, ValueError):
            return None

    def _is_plain(self, folder: str) -> bool:
        """Whether the disk has a folder there, too, and not a link to another one."""
        return self._now.real(folder) == folder

    def _disk_names(self, folder: str) -> Iterator[tuple[str, Kind]]:
        try:
            if self._is_plain(folder):
                yield from self._now.folder(folder).names()
        except (OSError, ValueError):
            return


def _about(mode: int | None) -> os.stat_result:
    if mode is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    return os.stat_result((mode, 0, 0, 1, 0, 0, 0, 0, 0, 0))
