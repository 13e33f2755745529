"""Which files make up a Compose project: their names, overrides and `COMPOSE_FILE`.

Source: Compose documentation, "Pre-defined environment variables"; compose-go 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from gracelint.base.paths import folder_of, join, name_of, seen_from
from gracelint.declare.compose.interpolate import dotenv
from gracelint.discover.compose import BASE_NAMES, OVERRIDE_NAMES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from gracelint.files.tree import Files
    from gracelint.syntax.yaml.parse import YamlFile

_COMMON_NAMES = tuple(
    f"{stem}.{word}.{end}"
    for stem in ("compose", "docker-compose")
    for word in ("base", "common")
    for end in ("yml", "yaml")
)
"""What people call the file that those for environments have in common."""

Above: TypeAlias = "Sequence[str] | None"
"""The files that are merged over a project's first one; None for those of the usual names."""


def base_of(path: str, files: Files) -> str | None:
    """The file that an override file is merged over; None when `path` is no override file."""
    folder, name = folder_of(path), name_of(path)
    listed = _listed_files(folder, files)
    if path in listed:
        return listed[0] if path != listed[0] and files.exists(listed[0]) else None
    if name not in OVERRIDE_NAMES:
        return None
    bases = [join(folder, base) for base in BASE_NAMES]
    return next((base for base in bases if files.exists(base)), None)


def beside(path: str, files: Files) -> str | None:
    """The project's first file beside one that is for an environment, by its name."""
    folder, name = folder_of(path), name_of(path)
    stems = [base.rpartition(".")[0] for base in BASE_NAMES]
    if name in {*BASE_NAMES, *OVERRIDE_NAMES} or not name.startswith(tuple(f"{s}." for s in stems)):
        return None
    common = () if name in _COMMON_NAMES else _COMMON_NAMES
    bases = [join(folder, base) for base in (*BASE_NAMES, *common)]
    return next((base for base in bases if files.exists(base)), None)


def _listed_files(folder: str, files: Files) -> list[str]:
    """The files of the project as `COMPOSE_FILE` in the folder's `.env` lists them."""
    source = files.read(join(folder, ".env"))
    if source is None or "COMPOSE_FILE" not in source.text:
        return []
    variables = dotenv(source.text, {})
    apart = variables.get("COMPOSE_PATH_SEPARATOR", ":") or ":"
    paths = variables.get("COMPOSE_FILE", "").split(apart)
    return [listed for path in paths if path and (listed := seen_from(folder, path)) is not None]


def over(path: str, files: Files) -> list[str]:
    """The files that are merged over a project's first one."""
    folder, name = folder_of(path), name_of(path)
    listed = _listed_files(folder, files)
    if path in listed:
        return listed[1:] if path == listed[0] else []
    overrides = (join(folder, name) for name in OVERRIDE_NAMES)
    return [p for p in overrides if files.exists(p)][:1] if name in BASE_NAMES else []


class Projects:
    """Which projects a run has, where more than the names of files says so.

    given: lists of files, each a project's first one and what is merged over it (the settings' and
    those that were named together). parts: files that others take in below or above one another.
    """

    def __init__(self, given: Iterable[Sequence[str]], parts: Iterable[str] = ()) -> None:
        self._given = tuple(tuple(each) for each in given)
        self._taken = {path for each in self._given for path in each} | set(parts)

    def of(self, path: str) -> list[Above]:
        """What is merged over a file, once for each project that it is the first file of."""
        above: list[Above] = [each[1:] for each in self._given if each[0] == path]
        return above or ([] if path in self._taken else [None])


def named_together(named: Collection[str], files: Files) -> Iterator[list[str]]:
    """A project's first file and the one for an environment that is named with it.

    Where several are, each is taken for a project of its own.
    """
    groups: dict[str, list[str]] = {}
    for path in named:
        base = beside(path, files)
        if base is not None and base in named and path not in over(base, files):
            groups.setdefault(base, []).append(path)
    for base, above in groups.items():
        if len(above) == 1:
            yield [base, *(path for path in over(base, files) if path in named), *above]


def included_together(compose: Iterable[YamlFile]) -> Iterator[str]:
    """The files of which an `include` lists several, to be merged over one another."""
    for file in compose:
        folder = folder_of(file.source.path)
        for root in file.roots():
            for item in root.sequence("include") if root.kind == "mapping" else ():
                listed = item.sequence("path") if item.kind == "mapping" else ()
                paths = (seen_from(folder, node.value) for node in listed)
                yield from (path for path in paths if path is not None and len(listed) > 1)
