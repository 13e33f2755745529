"""Which version of a package a project asks for, by the files beside its program.

Sources: package.json(5) and package-lock.json(5) of npm, with its ranges; yarn.lock;
pnpm-lock.yaml; the requirements of pip.
"""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase

from gracelint.atlas.versions import fits
from gracelint.base import lazy
from gracelint.base.paths import absolute, upwards
from gracelint.base.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gracelint.model.entries import ImageView

_LONGEST = 4_000_000  # characters
_NAME = lazy.compile(r"(?:@[\w.-]+/)?[\w.-]+")
_PLAIN = lazy.compile(r"[=v]?(\d{1,9}(?:\.\d{1,9}){2})")
_RANGE = lazy.compile(r"([\^~])[v=]?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?(?:-[\w.-]+)?")
_PART = lazy.compile(r"[v=]?(\d{1,9})(?:\.(\d{1,9}))?(?:\.[xX*])?")
_FAR = "999999999"


def version_fits(
    view: ImageView | None, folder: str, package: str, wanted: Sequence[str]
) -> bool | None:
    """Whether the version that a project has of a package is one of those that an entry names.

    folder: where its program runs; the nearest folder from there up that names the package counts.
    None where no file says it, or one allows both.
    """
    if view is None or not _NAME.fullmatch(package):
        return None
    for base in upwards(folder):
        span = _asked(view, base, package)
        if span is None:
            continue
        first, last = (fits(version, wanted) for version in span)
        return first if first == last else None
    return None


def asks_for(manifest: str, packages: Sequence[str]) -> bool:
    """Whether the text of a package.json names one of these packages; `*` for any letters."""
    named = [name for group in _groups(manifest) for name in group]
    return any(fnmatchcase(name, package) for package in packages for name in named)


def _asked(view: ImageView, folder: str, package: str) -> tuple[str, str] | None:
    """The lowest and the highest version that a folder's files allow; None: they name none."""
    asked = _of_manifest(_text(view, folder, "package.json"), package)
    if asked is None:
        return _of_requirements(_text(view, folder, "requirements.txt"), package)
    for base in upwards(folder):  # a lock file stands at the root of workspaces
        locked = _installed(_text(view, base, "package-lock.json"), base, folder, package)
        for name, pattern in _LOCKS:
            text = _text(view, base, name)
            locked.update(re.findall(pattern.format(re.escape(package)), text) if text else ())
        believed = [version for version in locked if _within(version, asked)]
        if len(believed) == 1:
            return believed[0], believed[0]
    return asked


def _installed(text: str, base: str, folder: str, package: str) -> set[str]:
    """The version that package-lock.json in `base` has for what runs in `folder`: of the places
    where it is installed, the nearest from there up counts, if its version is a plain one.
    """
    found = re.findall(_PLACES.format(re.escape(package)), text) if text else ()
    places: dict[str, set[str]] = {}
    for place, version in found:
        places.setdefault(absolute(place, base), set()).add(version)
    nearest = next((p for f in upwards(folder) if (p := absolute(f, "/")) in places), "")
    return {version for version in places.get(nearest, ()) if _PLAIN.fullmatch(version)}


def _within(version: str, asked: tuple[str, str]) -> bool:
    """Whether a lock file's version is one that is asked for, and not a leftover or another's."""
    first, last = asked
    return first == _FAR or (fits(version, [f">={first}"]) and fits(last, [f">={version}"]))


def _text(view: ImageView, folder: str, name: str) -> str:
    text = view.text(absolute(name, folder))
    return text.text if text is not None and len(text.text) <= _LONGEST else ""


_PLACES = (
    r'"((?:[^"\n]{{0,400}}/)?)node_modules/{}": \{{\s{{0,20}}(?:"version": "([^"\n]{{1,60}})")?'
)
_LOCKS = (
    ("yarn.lock", r'(?m)^"?{}@[^\n]{{0,400}}:\n  version:? "?(\d[\d.]{{0,30}})"?$'),
    ("pnpm-lock.yaml", r"(?m)^ {{2,8}}'?/?{}[@/](\d[\d.]{{0,30}})(?:\([^\n]{{0,900}})?'?:"),
)


def _of_manifest(text: str, package: str) -> tuple[str, str] | None:
    """What package.json asks for; anything goes where its words are not a plain range."""
    for group in _groups(text):
        asked = group.get(package)
        if isinstance(asked, str):
            return _span(asked.strip())
    return None


def _groups(text: str) -> Iterator[dict[str, object]]:
    """What package.json names, with what it asks for of each, by the kind of need."""
    try:
        manifest = json.loads(text or "null")
    except (ValueError, RecursionError):
        return
    for key in ("dependencies", "devDependencies", "peerDependencies"):
        group = manifest.get(key) if isinstance(manifest, dict) else None
        if isinstance(group, dict):
            yield group


def _span(asked: str) -> tuple[str, str]:
    if asked in {"latest", "next", "canary"}:
        return _FAR, _FAR
    if plain := _PLAIN.fullmatch(asked):
        return plain[1], plain[1]
    if found := _RANGE.fullmatch(asked):
        sign, *parts = found.groups()
        given = [part for part in parts if part is not None]
        first = ".".join([*given, "0", "0"][:3])
        fixed = given[:2] if sign == "~" else _fixed(given)
        return first, ".".join([*fixed, _FAR, _FAR][:3])
    if found := _PART.fullmatch(asked):
        given = [part for part in found.groups() if part is not None]
        return ".".join([*given, "0", "0"][:3]), ".".join([*given, _FAR, _FAR][:3])
    return "0", _FAR


def _fixed(given: Sequence[str]) -> Sequence[str]:
    """What `^` leaves as it is: all up to the first number that is not 0."""
    at = next((i for i, part in enumerate(given) if part != "0"), len(given) - 1)
    return given[: at + 1]


def _of_requirements(text: str, package: str) -> tuple[str, str] | None:
    for line in text.splitlines():
        name, pinned, version = line.partition("#")[0].partition("==")
        if name.partition("[")[0].strip().lower().replace("_", "-") == package.lower():
            plain = _PLAIN.fullmatch(version.partition(";")[0].strip()) if pinned else None
            return (plain[1], plain[1]) if plain is not None else ("0", _FAR)
    return None
