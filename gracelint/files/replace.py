"""Putting a file in the place of another: whole or not at all, and with all that it had."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from gracelint.files.door import Refused, regular

if TYPE_CHECKING:
    from gracelint.files.door import Door, Folder

_CHANGED = "it has changed since it was read"


def sealed(door: Door, path: str) -> str | None:
    """Why a file must not be replaced; None where nothing speaks against it."""
    folder, name, about = door.place(path)
    if about is None:
        return None
    with suppress(Refused):
        regular(about)
        if about.st_nlink > 1:
            return f"it has {about.st_nlink} names (hard links), and only this one would change"
        if not about.st_mode & 0o222 or not folder.may(name, os.W_OK):
            return "it is read-only"
        foreign = hasattr(os, "geteuid") and os.geteuid() not in {0, about.st_uid}
        return "it belongs to somebody else" if foreign else None
    return "it is no regular file"


def replace(door: Door, path: str, data: bytes, before: bytes) -> None:
    """Let the file that reads `before` read `data`, with its mode, owner and attributes.

    Refused where that cannot be, or where it no longer reads `before`.
    """
    if (why := sealed(door, path)) is not None:
        raise Refused(why)
    folder, name, _ = door.place(path)
    old = folder.open(name, os.O_RDONLY)
    try:
        about = os.fstat(old)
        regular(about)
        new, draft = _draft(folder)
        try:
            with os.fdopen(new, "wb") as file:
                file.write(data)
                file.flush()
                _dress(old, new, about)
                os.fsync(new)
            _unchanged(folder, name, old, about, before)
            folder.rename(draft, name)
        except BaseException:
            _drop(folder, draft)
            raise
    finally:
        os.close(old)


def create(door: Door, path: str, data: bytes) -> None:
    """Write a file that may be there already; other names of it keep what they read."""
    folder, name, about = door.place(path)
    if about is not None:
        regular(about)
        if not about.st_mode & 0o222 or not folder.may(name, os.W_OK):
            raise Refused("it is read-only")
    new, draft = _draft(folder, 0o666)
    try:
        with os.fdopen(new, "wb") as file:
            file.write(data)
            file.flush()
            if about is not None and hasattr(os, "fchmod"):
                os.fchmod(new, stat.S_IMODE(about.st_mode))
        folder.rename(draft, name)
    except BaseException:
        _drop(folder, draft)
        raise


def _draft(folder: Folder, mode: int = 0o600) -> tuple[int, str]:
    """A new file beside the one that it will replace."""
    name = f".gracelint-{os.urandom(8).hex()}"
    return folder.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), name


def _drop(folder: Folder, draft: str) -> None:
    with suppress(OSError):
        folder.unlink(draft)


def _dress(old: int, new: int, about: os.stat_result) -> None:
    """Give a new file the owner, mode and extended attributes of the old one."""
    if not hasattr(os, "fchown"):
        return
    fresh = os.fstat(new)
    if (fresh.st_uid, fresh.st_gid) != (about.st_uid, about.st_gid):
        try:
            os.fchown(new, about.st_uid, about.st_gid)
        except OSError:
            raise Refused("its owner and group cannot be kept") from None
    os.fchmod(new, stat.S_IMODE(about.st_mode))
    if hasattr(os, "listxattr"):
        _attributes(old, new)


def _attributes(old: int, new: int) -> None:
    wanted = {name: os.getxattr(old, name) for name in _named(old)}
    for name in _named(new) - wanted.keys():
        with suppress(OSError):
            os.removexattr(new, name)
    for name, value in wanted.items():
        with suppress(OSError):
            os.setxattr(new, name, value)
    if {name: os.getxattr(new, name) for name in _named(new)} != wanted:
        raise Refused("its extended attributes cannot be kept")


def _named(handle: int) -> set[str]:
    try:
        return set(os.listxattr(handle))
    except OSError:
        return set()


def _unchanged(folder: Folder, name: str, old: int, about: os.stat_result, before: bytes) -> None:
    """Refused where the name or the contents are no longer what they were."""
    os.lseek(old, 0, os.SEEK_SET)
    with os.fdopen(os.dup(old), "rb") as file:
        if file.read(len(before) + 1) != before:
            raise Refused(_CHANGED)
    now = folder.stat(name)
    if (now.st_dev, now.st_ino, now.st_nlink) != (about.st_dev, about.st_ino, about.st_nlink):
        raise Refused(_CHANGED)
