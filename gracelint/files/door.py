"""The disk below one folder, which nothing that is named or linked in there leads out of.

Every folder on the way is opened in the one before it, never by its whole path, and links are
followed by hand. So a folder that is exchanged for a link between two looks at it changes nothing.
Where the system cannot open relative to a folder (Windows), each step is looked at before it is
taken, which leaves that moment in between.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from functools import cached_property

from gracelint.base.paths import folder_of, join, name_of
from gracelint.base.typed import TYPE_CHECKING, Literal, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    Question = tuple[str, str, int]  # a method's name, a path, and how many bytes are to be read
    Kind = Literal["folder", "file", "link", "other"]

BY_HANDLE = {os.open, os.stat, os.readlink, os.rename, os.unlink} <= os.supports_dir_fd
"""Whether the system opens files relative to a folder that is open already."""

MAX_LINKS = 40
"""A path over more links leads nowhere, as in the kernel."""

MAX_NAMES = 20_000
"""A folder of more entries is read no further."""

_MAX_OPEN = 100
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_FOLDER = getattr(os, "O_PATH", 0) | getattr(os, "O_DIRECTORY", 0) | _NO_LINK
_QUIET = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)


class Refused(OSError):  # noqa: N818
    """Something that this module does not do; the message says why."""

    def __init__(self, why: str) -> None:
        super().__init__(errno.EPERM, why)


class Outside(Refused):
    """A path that leads out of the root."""

    def __init__(self) -> None:
        super().__init__("it leads out of the folder that is checked")


class Folder:
    """A folder within the root, open as long as this lives. real: its path without links."""

    __slots__ = ("_close", "_path", "fd", "real")

    def __init__(self, fd: int | None, path: str, real: str) -> None:
        self.fd = fd
        self._path = path
        self.real = real
        self._close = os.close

    def __del__(self) -> None:
        if self.fd is not None:
            self._close(self.fd)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a handle is of no use to another process")

    def _at(self, name: str) -> str:
        return name if self.fd is not None else f"{self._path}/{name}"

    def open(self, name: str, flags: int, mode: int = 0o600) -> int:
        """A handle for what has this name, unless that is a link."""
        return os.open(self._at(name), flags | _NO_LINK | _QUIET, mode, dir_fd=self.fd)

    def enter(self, name: str) -> Folder:
        """The folder of this name, unless that is a link."""
        path, real = f"{self._path}/{name}", join(self.real, name)
        if self.fd is not None:
            return Folder(os.open(name, os.O_RDONLY | _FOLDER, dir_fd=self.fd), path, real)
        if not stat.S_ISDIR(self.stat(name).st_mode) or self.link(name) is not None:
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        return Folder(None, path, real)

    def stat(self, name: str) -> os.stat_result:
        """What there is of this name, links themselves."""
        return os.stat(self._at(name), dir_fd=self.fd, follow_symlinks=False)

    def link(self, name: str) -> str | None:
        """Where a link points to, with `/`; None for what is none."""
        try:
            target = os.readlink(self._at(name), dir_fd=self.fd)
        except (OSError, ValueError):
            return None
        return target.replace(os.sep, "/")

    def may(self, name: str, mode: int) -> bool:
        """Whether the system would let this process read or write it."""
        return os.access(self._at(name), mode, dir_fd=self.fd)

    def make(self, name: str) -> None:
        """Make a folder of this name, unless there is one."""
        with suppress(FileExistsError):
            os.mkdir(self._at(name), dir_fd=self.fd)

    def unlink(self, name: str) -> None:
        """Remove a file."""
        os.unlink(self._at(name), dir_fd=self.fd)

    def rename(self, name: str, to: str) -> None:
        """Give a file the name of another one, which then is gone."""
        os.replace(self._at(name), self._at(to), src_dir_fd=self.fd, dst_dir_fd=self.fd)

    def names(self) -> Iterator[tuple[str, Kind]]:
        """What is in it, in no order; no more than `MAX_NAMES`."""
        handle = None
        if self.fd is not None:
            handle = os.open(".", os.O_RDONLY | os.O_DIRECTORY, dir_fd=self.fd)
        try:
            with os.scandir(self._path if handle is None else handle) as listed:
                for entry, _ in zip(listed, range(MAX_NAMES), strict=False):
                    yield entry.name, _kind(entry)
        finally:
            if handle is not None:
                os.close(handle)


def _kind(entry: os.DirEntry[str]) -> Kind:
    if entry.is_file(follow_symlinks=False):  # as most are
        return "file"
    if entry.is_dir(follow_symlinks=False):
        return "folder"
    return "link" if entry.is_symlink() else "other"


def _read(folder: Folder, name: str, limit: int) -> bytes:
    handle = folder.open(name, os.O_RDONLY)
    try:
        about = os.fstat(handle)
        regular(about)
        return _first(handle, limit, about.st_size)
    finally:
        os.close(handle)


class Door:
    """The way to everything below `root`, an absolute path without links.

    Paths are strings with `/` from there; "" is the root itself. Every method raises OSError where
    the system does, and `Outside` where a path leads out.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self.top = os.fspath(root)
        self._top: Folder | None = None
        self._open: dict[str, Folder] = {}
        self._links = 0

    @cached_property
    def root(self) -> Path:
        """The root as a path."""
        from pathlib import Path

        return Path(self.top)

    def folder(self, path: str) -> Folder:
        """The folder at a path, open."""
        self._links = MAX_LINKS
        return self._reach(path)

    def place(self, path: str) -> tuple[Folder, str, os.stat_result | None]:
        """The folder and the name that a path leads to over all links, and what is there."""
        self._links = MAX_LINKS
        while True:
            name = name_of(path)
            if name in {"", ".", ".."}:
                folder = self._reach(path)
                return folder, ".", folder.stat(".")
            folder = self._reach(folder_of(path))
            try:
                about = folder.stat(name)
            except FileNotFoundError:
                return folder, name, None
            target = folder.link(name) if stat.S_ISLNK(about.st_mode) else None
            if target is None:
                return folder, name, about
            path = self._seen(folder, target)

    def stat(self, path: str) -> os.stat_result:
        """What is there, over all links."""
        about = self.place(path)[2]
        if about is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        return about

    def lstat(self, path: str) -> os.stat_result:
        """What is there, a link itself."""
        return self.folder(folder_of(path)).stat(name_of(path) or ".")

    def real(self, path: str) -> str:
        """The path without links."""
        folder, name, _ = self.place(path)
        return folder.real if name == "." else join(folder.real, name)

    def read(self, path: str, limit: int) -> bytes:
        """The first `limit` bytes of a regular file."""
        folder, name, about = self.place(path)
        if about is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        regular(about)
        return _read(folder, name, limit)

    def read_listed(self, path: str, limit: int) -> bytes:
        """The same of what its folder's listing says to be a regular file, no link."""
        folder, _, name = path.rpartition("/")
        if name in {"", ".", ".."}:
            return self.read(path, limit)
        try:
            return _read(self.folder(folder), name, limit)
        except OSError:  # it has become something else since
            return self.read(path, limit)

    def names(self, path: str) -> dict[str, Kind]:
        """What is in the folder at a path, in no order; no more than `MAX_NAMES`."""
        return dict(self.folder(path).names())

    def elsewhere(self) -> None:
        """Be told that what is looked at rests on more than what lies behind this door."""

    def answers(self) -> Mapping[Question, str] | None:
        """What it was asked, with digests of its answers; None where that is not all. `Noted`
        keeps it in mind, a plain door nothing.
        """
        return {}

    def note(self, answers: Mapping[Question, str] | None) -> None:
        """Take in what another process was answered at the same door."""

    def _reach(self, path: str) -> Folder:
        if path in self._open:  # as for nearly all files, which come folder by folder
            return self._open[path]
        current, done = self._root(), ""
        for part in path.split("/"):
            if part not in {"", "."}:
                done = join(done, part)
                current = self._open.get(done) or self._keep(done, self._enter(current, part))
        return current

    def _root(self) -> Folder:
        if self._top is None:
            fd = None
            if BY_HANDLE:
                fd = os.open(self.top, os.O_RDONLY | _FOLDER & ~_NO_LINK)
            self._top = Folder(fd, self.top.rstrip("/"), "")
        return self._top

    def _keep(self, path: str, folder: Folder) -> Folder:
        if len(self._open) >= _MAX_OPEN:
            del self._open[next(iter(self._open))]
        self._open[path] = folder
        return folder

    def _enter(self, folder: Folder, name: str) -> Folder:
        if name == "..":
            if not folder.real:
                raise Outside
            return self._reach(folder_of(folder.real))
        try:
            return folder.enter(name)
        except OSError:
            target = folder.link(name)
            if target is None:
                raise
        return self._reach(self._seen(folder, target))

    def _seen(self, folder: Folder, target: str) -> str:
        """The path, perhaps still with `..`, of what a link in a folder points to."""
        self._links -= 1
        if self._links < 0:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        return within(self.top, folder.real, target)


def within(root: str, folder: str, target: str) -> str:
    """The path, perhaps still with `..`, from `root` of what a link in a folder points to."""
    if not os.path.isabs(target):
        return join(folder, target)
    top = root.replace(os.sep, "/").rstrip("/") + "/"
    if not f"{target}/".startswith(top):
        raise Outside
    return target[len(top) :]


def _first(handle: int, limit: int, size: int) -> bytes:
    """The first `limit` bytes of a file of this size, which may be growing.

    Room is made for what there is: making it for the limit takes longer than reading the file.
    """
    data = os.read(handle, min(size + 1, limit))
    more = data if not size or len(data) > size else b""  # the kernel's own files have size 0
    while more and len(data) < limit:
        more = os.read(handle, limit - len(data))
        data += more
    return data


def regular(about: os.stat_result) -> None:
    """Refused for what is no regular file, which might never end or block."""
    if not stat.S_ISREG(about.st_mode):
        raise Refused(f"it is {'a folder' if stat.S_ISDIR(about.st_mode) else 'no regular file'}")
