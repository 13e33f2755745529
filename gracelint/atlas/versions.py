"""Versions in the tags of images.

A tag may float: `1.19` is the last build of 1.19, and a tag without a version the last of all.
"""

from __future__ import annotations

from gracelint.base import lazy
from gracelint.base.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LATEST = "latest"
_NUMBERS = lazy.compile(r"v?([0-9]{1,9}(?:\.[0-9]{1,9}){0,5})(?:[^0-9.].*)?")


def of_tag(tag: str) -> str:
    """The version that a tag begins with (`1.19` of `1.19-alpine`), else `latest`."""
    first = tag.partition("-")[0]
    if first.isdecimal() and first.isascii() and len(first) < 10:
        return first
    match = _NUMBERS.fullmatch(first)
    return match[1] if match else LATEST


def fits(version: str, wanted: Iterable[str]) -> bool:
    """Whether a version is one of those that an entry names.

    `8` is 8 and what is below it, `==1.18` that tag alone, `>=1.19.5` it and later ones, `<2` those
    before, `~=9.5.23` the later ones of 9.5.
    """
    return any(_fits(version, one) for one in wanted)


def _fits(version: str, wanted: str) -> bool:
    text = wanted.lstrip("=<>~")
    operator = wanted[: len(wanted) - len(text)]
    if operator in {"", "=="}:
        return version == text or (not operator and version.startswith(f"{text}."))
    if version == LATEST:
        return operator == ">="
    tag, limit = _parts(version), _parts(text)
    late = tag >= limit[: len(tag)]
    if operator == "~=":
        return late and len(tag) >= len(limit) - 1 and tag[: len(limit) - 1] == limit[:-1]
    return late if operator == ">=" else not late


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())
