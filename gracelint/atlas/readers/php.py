"""PHP's extension `pcntl`, by which programs handle signals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.base import lazy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gracelint.atlas.call import Started
    from gracelint.model.entries import BaseImage

Fields = dict[str, Any]

_MEND = "Build the image with PHP's extension `pcntl`, by which it finishes what it has in hand"

_INSTALLS = lazy.compile(r"(?:docker-php-ext-install|install-php-extensions)\b([^&;|]*)")
_JOBS = lazy.compile(r"""-j\s*["']?\$(?:\([^)]*\)|\w+)""")
_SCRIPT = lazy.compile(r"(?:^|[;&|])\s*(?:RUN\s+)?(?:(?:ba)?sh\s+)?[\w./-]+\.sh\b")


def by_pcntl(started: Started, fields: Fields) -> tuple[Fields, bool | None]:
    """What a command that handles signals by `pcntl` does, and whether it is there."""
    has = has_pcntl(started.image, started.view.commands()) if started.view is not None else True
    if has:
        return fields, has
    lost: Fields = {**fields, "reactions": {}, "graceful_signal": None}
    return (lost if has is None else {**lost, "rest": "default", "mend": _MEND}), has


def messenger(started: Started, fields: Fields) -> Fields:
    """Symfony's worker, which lets its message end."""
    return by_pcntl(started, fields)[0] if started.first == "messenger:consume" else fields


def has_pcntl(image: BaseImage | None, commands: Sequence[str]) -> bool | None:
    """Whether PHP has it: the official image only where a RUN adds it; None: open.

    commands: the RUN instructions of the image, as they are written.
    """
    if image is None or not _is_official(image.key):
        return True
    if any("pcntl" in command for command in commands):
        return True
    return None if any(map(_is_open, commands)) else False


def _is_official(key: str) -> bool:
    """Whether it is PHP's own image, or built on it as that stands."""
    return key.split("-", maxsplit=1)[0] == "php" or key == "dunglas/frankenphp"


def _is_open(command: str) -> bool:
    """Whether a RUN may install extensions that it does not name."""
    named = (_JOBS.sub("", match[1]) for match in _INSTALLS.finditer(command))
    return bool(_SCRIPT.search(command)) or any("$" in words for words in named)
