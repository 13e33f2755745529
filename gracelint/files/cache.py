"""What is kept for a user from one run to the next, in the user's own folder for such things."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import suppress

from gracelint.base.typed import TYPE_CHECKING
from gracelint.files.whole import above, below, real

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Self

MAX_TEXT = 8_000_000
"""Bytes of one text; what is larger is not kept."""

MAX_TEXTS, MAX_BYTES = 200, 64_000_000
"""Of all texts; what was not used for the longest time goes first."""

_PLAIN = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class Cache:
    """Texts of ASCII characters by name, each put there as a whole.

    They are read and written only where nobody else can write. base: the absolute folder in which
    programs keep such things.
    """

    def __init__(self, base: str) -> None:
        self._folders = (os.path.join(base, "gracelint"), os.path.join(base, "gracelint", "runs"))
        self._folder = self._folders[-1]

    @classmethod
    def of_user(cls) -> Self | None:
        """That of whoever runs this; None where nothing says where it is."""
        base = os.environ.get("XDG_CACHE_HOME", "")
        if os.path.isabs(base):
            return cls(base)
        home = os.path.expanduser("~")
        if not os.path.isabs(home) or not _is_own(home):
            return None
        if sys.platform == "darwin":
            return cls(os.path.join(home, "Library", "Caches"))
        if os.name == "nt":
            base = os.environ.get("LOCALAPPDATA", "")
            return cls(base) if os.path.isabs(base) else None
        return cls(os.path.join(home, ".cache"))

    def is_apart(self, folders: Iterable[str]) -> bool:
        """Whether it lies outside of folders and the work trees that they are in: what is there may
        come from anybody.
        """
        place = real(self._folder)
        trees = {
            tree
            for folder in folders
            for tree in (folder, *above(folder))
            if tree == folder or os.path.lexists(os.path.join(tree, ".git"))
        }
        return all(below(place, real(tree)) is None for tree in trees)

    def read(self, name: str) -> str:
        """What is kept by a name; OSError where that is nothing."""
        self._guard()
        handle = os.open(os.path.join(self._folder, name), os.O_RDONLY | _PLAIN)
        with open(handle, encoding="ascii") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise PermissionError(name)
            return file.read(MAX_TEXT)

    def used(self, name: str) -> None:
        """Be told that what is kept by a name was of use, and so should stay."""
        with suppress(OSError):
            os.utime(os.path.join(self._folder, name))

    def write(self, name: str, text: str) -> None:
        """Keep a text; OSError where that cannot be done."""
        if len(text) > MAX_TEXT:
            return
        os.makedirs(os.path.dirname(self._folders[0]), mode=0o700, exist_ok=True)
        for folder in self._folders:
            with suppress(FileExistsError):
                os.mkdir(folder, mode=0o700)
        self._guard()
        path = os.path.join(self._folder, name)
        draft = f"{path}.{os.urandom(8).hex()}"
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with open(handle, "w", encoding="ascii") as file:
                file.write(text)
            os.replace(draft, path)
        except OSError:
            with suppress(OSError):
                os.unlink(draft)
            raise
        self._make_room()

    def _guard(self) -> None:
        """PermissionError where others can write, or have put a link there."""
        if not all(map(_is_own, self._folders)):
            raise PermissionError(self._folder)

    def _make_room(self) -> None:
        with os.scandir(self._folder) as listed:
            found = [(entry.stat(follow_symlinks=False), entry.path) for entry in listed]
        found.sort(key=lambda one: one[0].st_mtime_ns, reverse=True)
        size = 0
        for number, (about, path) in enumerate(found, 1):
            size += about.st_size
            if number > MAX_TEXTS or size > MAX_BYTES:
                with suppress(OSError):
                    os.unlink(path)


def _is_own(folder: str) -> bool:
    """Whether it is a folder, no link, that only whoever runs this can write to."""
    try:
        about = os.lstat(folder)
    except OSError:
        return False
    if not stat.S_ISDIR(about.st_mode):
        return False
    if not hasattr(os, "geteuid"):
        return True
    return about.st_uid == os.geteuid() and not about.st_mode & 0o022
