"""Which files make up a Compose project: their names, overrides and `COMPOSE_FILE`.

Source: Compose documentation, "Pre-defined environment variables"; compose-go 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.paths import folder_of, join, name_of, seen_from
from gracelint.declare.compose.interpolate import dotenv
from gracelint.discover.compose import BASE_NAMES, OVERRIDE_NAMES

if TYPE_CHECKING:
    from gracelint.files.tree import Files


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
    bases = [join(folder, base) for base in BASE_NAMES]
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
