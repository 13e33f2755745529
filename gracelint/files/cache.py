"""What is kept for a user from one run to the next, in the user's own folder for such things."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from gracelint.base.typed import TYPE_CHECKING
from gracelint.files.whole import below, real

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Self

MAX_TEXT = 8_000_000
"""Bytes of one text; what is larger is not kept."""

MAX_TEXTS, MAX_BYTES = 200, 64_000_000
"""Of all texts; what was not used for the longest time goes first."""


class Cache:
    """Texts of ASCII characters by name. folder: where they lie, absolute.

    They are read and written only where no other user can write; each is put there as a whole.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder

    @classmethod
    def of_user(cls) -> Self | None:
        """That of whoever runs this; None where nothing says where it is."""
        base = os.environ.get("XDG_CACHE_HOME", "")
        if not os.path.isabs(base):
            home = os.path.expanduser("~")
            base = os.path.join(home, ".cache")
            if sys.platform == "darwin":
                base = os.path.join(home, "Library", "Caches")
            elif os.name == "nt":
                base = os.environ.get("LOCALAPPDATA", "")
        return cls(os.path.join(base, "gracelint", "runs")) if os.path.isabs(base) else None

    def is_apart(self, roots: Iterable[str]) -> bool:
        """Whether it lies outside of trees: what is in one may come from anybody."""
        place = real(self._folder)
        return all(below(place, root) is None for root in roots)

    def read(self, name: str) -> str:
        """What is kept by a name; OSError where that is nothing."""
        path = os.path.join(self._folder, name)
        self._guard()
        with open(path, encoding="ascii") as file:
            text = file.read(MAX_TEXT)
        with suppress(OSError):
            os.utime(path)  # it has been used
        return text

    def write(self, name: str, text: str) -> None:
        """Keep a text; OSError where that cannot be done."""
        if len(text) > MAX_TEXT:
            return
        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        self._guard()
        path = os.path.join(self._folder, name)
        draft = f"{path}.{os.getpid()}"
        try:
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(handle, "w", encoding="ascii") as file:
                file.write(text)
            os.replace(draft, path)
        except OSError:
            with suppress(OSError):
                os.unlink(draft)
            raise
        self._make_room()

    def _guard(self) -> None:
        """PermissionError where others can write to the folder."""
        about = os.stat(self._folder)
        if hasattr(os, "geteuid") and (about.st_mode & 0o022 or about.st_uid != os.geteuid()):
            raise PermissionError(self._folder)

    def _make_room(self) -> None:
        with os.scandir(self._folder) as listed:
            found = [(entry.stat(), entry.path) for entry in listed]
        found.sort(key=lambda one: one[0].st_mtime_ns, reverse=True)
        size = 0
        for number, (about, path) in enumerate(found, 1):
            size += about.st_size
            if number > MAX_TEXTS or size > MAX_BYTES:
                with suppress(OSError):
                    os.unlink(path)
