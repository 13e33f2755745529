"""What known shells, inits, wrappers, programs and base images do, as data with evidence.

`Atlas` is the whole of it, with the entries that settings add or change; the functions of this
module ask the atlas without any. Data is read when it is first asked for.
"""

from __future__ import annotations

from gracelint.atlas import images as _images
from gracelint.atlas import programs as _programs
from gracelint.atlas import wrappers as _wrappers
from gracelint.atlas.commands import (
    Trait,
    in_locks,
    installs,
    instead,
    leaves_in_group,
    only_developers,
    plain_words,
    says,
    stop,
)
from gracelint.atlas.images import helper, of_any_tag, system
from gracelint.atlas.libraries import libraries, library
from gracelint.atlas.programs import mark, spawns, system_inits, used_spawns
from gracelint.atlas.running import lifetimes as _lifetimes
from gracelint.atlas.shells import is_shell, shell, shell_key
from gracelint.atlas.wrappers import engine_init, options_for
from gracelint.base.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from gracelint.base.facts import Word
    from gracelint.model.entries import BaseImage, ImageView, Program, Shell, Wrapped
    from gracelint.model.lock import LockedImage

__all__ = [
    "Atlas",
    "Trait",
    "base",
    "engine_init",
    "helper",
    "in_locks",
    "installs",
    "instead",
    "is_shell",
    "leaves_in_group",
    "libraries",
    "library",
    "mark",
    "of_any_tag",
    "only_developers",
    "options_for",
    "plain_words",
    "program",
    "says",
    "shell",
    "shell_key",
    "short_lived",
    "spawns",
    "stop",
    "system",
    "system_inits",
    "used_spawns",
    "wrapper",
]


class Atlas:
    """The atlas with a user's own entries in front.

    images: by reference or by its repository, the tables of `images."NAME"` in the settings.
    programs: by the command's name, those of `programs."NAME"`. locked: images as they were read,
    by their normalised reference.
    """

    __slots__ = ("images", "locked", "programs")

    def __init__(
        self,
        images: Mapping[str, Mapping[str, Any]] | None = None,
        programs: Mapping[str, Mapping[str, Any]] | None = None,
        locked: Mapping[str, LockedImage] | None = None,
    ) -> None:
        self.images = images or {}
        self.programs = programs or {}
        self.locked = locked or {}

    def shell(self, key: str) -> Shell | None:
        """The shell under an atlas key; None when there is none."""
        return shell(key)

    def shell_key(self, command: str, args: Sequence[Word], sh: str) -> tuple[str, int] | None:
        """Which shell `command` is where /bin/sh is `sh`, and how many words belong to it."""
        return shell_key(command, args, sh)

    def wrapper(
        self,
        argv: Sequence[Word],
        env: Mapping[str, str],
        view: ImageView | None = None,
        workdir: str = "/",
        image: BaseImage | None = None,
    ) -> Wrapped | None:
        """What a wrapper starts; None when `argv` is no known wrapper."""
        overridden = None
        if self.programs:
            from gracelint.atlas import overrides

            overridden = overrides.wrapper(self.programs, argv, env, view, workdir, image)
        return overridden or _wrappers.wrapper(argv, env, view, workdir, image)

    def program(
        self,
        argv: Sequence[Word],
        env: Mapping[str, str] | None = None,
        view: ImageView | None = None,
        workdir: str = "/",
        image: BaseImage | None = None,
    ) -> Program | None:
        """What a program does on signals; None when the atlas does not know it."""
        entry = _programs.program(argv, env, view, workdir, image)
        if not self.programs:
            return entry
        from gracelint.atlas import overrides

        return overrides.program(self.programs, argv, env or {}, entry)

    def of_image(
        self, argv: Sequence[Word], image: BaseImage | None, env: Mapping[str, str]
    ) -> Program | None:
        """What an image's own program does, where `argv` starts that with an interpreter."""
        return _programs.of_image(argv, image, env)

    def short_lived(self, argv: Sequence[Word]) -> bool | None:
        """Whether a command surely ends soon (True) or surely serves on (False)."""
        entry = self.program(argv)
        if entry is not None and entry.lifetime in {"short", "long"}:
            return entry.lifetime == "short"
        return _lifetimes.short_lived(argv)

    @staticmethod
    def reads_input(argv: Sequence[Word]) -> bool:
        """Whether a command reads from its input what it is to do."""
        return _lifetimes.reads_input(argv)

    def base(self, reference: str) -> BaseImage | None:
        """What an image brings along; None when nothing is known of it.

        The settings say it first, then what was read from the image, then the atlas.
        """
        image = _images.base(reference)
        if not self.locked and not self.images:
            return image
        from gracelint.atlas import overrides

        locked = self.locked.get(_images.normal(reference)) if self.locked else None
        image = image if locked is None else overrides.locked_image(locked, image)
        return overrides.base(self.images, reference, image) if self.images else image


def with_overrides(
    images: Mapping[str, Mapping[str, Any]],
    programs: Mapping[str, Mapping[str, Any]],
    locked: Mapping[str, LockedImage] | None = None,
) -> Atlas:
    """The atlas with the entries of a user's settings, and the images that a lock knows."""
    return Atlas(images, programs, locked)


_plain = Atlas()
wrapper = _plain.wrapper
program = _plain.program
short_lived = _plain.short_lived
base = _plain.base
