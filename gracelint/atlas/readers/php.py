"""PHP's extension `pcntl`, by which programs handle signals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base import lazy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gracelint.model.entries import BaseImage

_INSTALLS = lazy.compile(r"(?:docker-php-ext-install|install-php-extensions)\b([^&;|]*)")
_JOBS = lazy.compile(r"""-j\s*["']?\$(?:\([^)]*\)|\w+)""")
_SCRIPT = lazy.compile(r"(?:^|[;&|])\s*(?:RUN\s+)?(?:(?:ba)?sh\s+)?[\w./-]+\.sh\b")


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
