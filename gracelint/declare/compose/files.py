"""Which files make up a Compose project: their names, overrides and `COMPOSE_FILE`.

Source: Compose documentation, "Pre-defined environment variables"; compose-go 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.declare.compose.interpolate import dotenv

if TYPE_CHECKING:
    from gracelint.files.tree import Files

BASE_NAMES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
OVERRIDE_NAMES = (
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
)


def join(folder: str, path: str) -> str | None:
    """`path` seen from `folder`, as a path below the root; None where it leads out of it."""
    if path.startswith(("/", "~")):
        return None
    parts: list[str] = []
    for part in f"{folder}/{path}".split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)


def folder_of(path: str) -> str:
    """The folder that a file is in, "" for the root."""
    return path.rpartition("/")[0]


def is_named(path: str) -> bool:
    """Whether a file is called as Compose files are."""
    name = path.rpartition("/")[2].lower()
    return name.startswith(("compose", "docker-compose")) and name.endswith((".yml", ".yaml"))


def base_of(path: str, files: Files) -> str | None:
    """The file that an override file is merged over; None when `path` is no override file."""
    folder, name = folder_of(path), path.rpartition("/")[2]
    listed = _listed_files(folder, files)
    if path in listed:
        return listed[0] if path != listed[0] and files.exists(listed[0]) else None
    if name not in OVERRIDE_NAMES:
        return None
    bases = [f"{folder}/{base}".lstrip("/") for base in BASE_NAMES]
    return next((base for base in bases if files.exists(base)), None)


def _listed_files(folder: str, files: Files) -> list[str]:
    """The files of the project as `COMPOSE_FILE` in the folder's `.env` lists them."""
    source = files.read(f"{folder}/.env".lstrip("/"))
    if source is None or "COMPOSE_FILE" not in source.text:
        return []
    variables = dotenv(source.text, {})
    apart = variables.get("COMPOSE_PATH_SEPARATOR", ":") or ":"
    paths = variables.get("COMPOSE_FILE", "").split(apart)
    return [found for path in paths if path and (found := join(folder, path)) is not None]


def over(path: str, files: Files) -> list[str]:
    """The files that are merged over a project's first one."""
    folder, name = folder_of(path), path.rpartition("/")[2]
    listed = _listed_files(folder, files)
    if path in listed:
        return listed[1:] if path == listed[0] else []
    overrides = (f"{folder}/{name}".lstrip("/") for name in OVERRIDE_NAMES)
    return [p for p in overrides if files.exists(p)][:1] if name in BASE_NAMES else []
