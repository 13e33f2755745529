"""What a git work tree tracks, read from its index alone.

git itself is not asked: its settings, which whoever wrote the tree may have written as well, can
make it run programs and open connections. The format is described in git's own documentation
(gitformat-index); what it says of other versions than 2 to 4 is not read.
"""

from __future__ import annotations

import os
import stat
import struct
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from gracelint.base.paths import folder_of, join
from gracelint.files.door import Door

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 200_000_000
_MAX_NAME = 4_096
_LINK, _FOLDER = 0o160000, 0o040000
_EXTENDED, _LENGTH = 0x4000, 0x0FFF


def tracked(door: Door, top: str) -> Iterator[tuple[str, bool]]:
    """The paths that the work tree at `top` tracks, from there, and whether they are submodules.

    None where there is no index, or none that can be read.
    """
    with suppress(OSError, ValueError, struct.error, IndexError):
        yield from _entries(_index(door, join(top, ".git")))


def _index(door: Door, git: str) -> bytes:
    """The index of a work tree."""
    place = home(door, git)
    return b"" if place is None else place[0].read(join(place[1], "index"), MAX_BYTES)


def home(door: Door, git: str) -> tuple[Door, str] | None:
    """Where git keeps what it knows of the work tree whose `.git` stands at a path.

    A door and the path from it. A `.git` file is only followed out of the tree to what names it,
    else there is none. OSError where nothing can be read.
    """
    if not stat.S_ISREG(door.stat(git).st_mode):
        return door, git
    written = os.fsdecode(door.read(git, _MAX_NAME)).partition("gitdir:")[2].strip()
    if "\0" in written or len(written) > _MAX_NAME // 2:
        return None
    door.elsewhere()
    place = Path(os.path.realpath(door.root / folder_of(git) / written))
    if place.is_relative_to(door.root):
        return door, "" if place == door.root else place.relative_to(door.root).as_posix()
    there = Door(place)
    named = os.fsdecode(there.read("gitdir", _MAX_NAME)).strip()
    if "\0" in named:
        return None
    return (
        (there, "") if os.path.realpath(place / named) == str(door.root / door.real(git)) else None
    )


def _entries(data: bytes) -> Iterator[tuple[str, bool]]:
    signature, version, count = struct.unpack_from(">4sII", data)
    if signature != b"DIRC" or not 2 <= version <= 4:
        return
    fixed = _fixed(data, version)
    at, name = 12, b""
    for _ in range(count):
        (mode,) = struct.unpack_from(">I", data, at + 24)
        (flags,) = struct.unpack_from(">H", data, at + fixed - 2)
        start = at + fixed + 2 * bool(flags & _EXTENDED)
        if version == 4:
            dropped, start = _number(data, start)
            name = name[: max(len(name) - dropped, 0)]
        else:
            name = b""
        end = data.index(b"\0", start)
        name += data[start:end]
        if len(name) > _MAX_NAME:
            return
        at = end + 1 if version == 4 else at + (end - at + 8) // 8 * 8
        if mode != _FOLDER:
            yield os.fsdecode(name), mode == _LINK


def _fixed(data: bytes, version: int) -> int:
    """How long an entry is before its name: hashes have 20 bytes or 32, which the first one tells.

    Its flags say how long its name is.
    """
    (flags,) = struct.unpack_from(">H", data, 72)
    start = 12 + 62 + 2 * bool(flags & _EXTENDED)
    if version == 4:
        start = _number(data, start)[1]
    return 62 if data.index(b"\0", start) - start == flags & _LENGTH else 74


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A number of variable length, and where it ends."""
    value = data[at] & 0x7F
    while data[at] & 0x80:
        at += 1
        if value > _MAX_NAME:
            raise ValueError
        value = (value + 1) << 7 | data[at] & 0x7F
    return value, at + 1
