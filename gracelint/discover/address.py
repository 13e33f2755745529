"""Where the repository lives, as git has it: CI systems name images after that.

Sources: git-config(1); GitHub's contexts (github.repository); GitLab's predefined variables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base import lazy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gracelint.files.tree import Files

_ORIGIN = lazy.compile(r"\[remote \"origin\"\][^\[]*?\burl[ \t]*=[ \t]*(\S+)")
_URL = lazy.compile(
    r"(?:(?:https?|ssh|git)://(?:[^/@\s]*@)?|[\w.-]+@)"
    r"([\w.-]+)(?::[0-9]+(?=/))?[:/]+([\w.~-]+(?:/[\w.~-]+)+)/?"
)


def predefined(files: Files) -> Mapping[str, str]:
    """What CI systems put in for the repository: `github.repository`, `CI_PROJECT_PATH` and more.

    Nothing where its remote `origin` is not known.
    """
    config = files.read(".git/config")
    origin = _ORIGIN.search(config.text) if config is not None else None
    address = _URL.fullmatch(origin[1]) if origin is not None else None
    if address is None:
        return {}
    host, path = address[1].lower(), address[2].lower().removesuffix(".git")
    owner, _, name = path.rpartition("/")
    registry = f"registry.{host}"
    return {
        "github.repository": path,
        "github.repository_owner": owner,
        "github.event.repository.name": name,
        "gitea.repository": path,
        "gitea.repository_owner": owner,
        "forgejo.repository": path,
        "GITHUB_REPOSITORY": path,
        "GITHUB_REPOSITORY_OWNER": owner,
        "CI_PROJECT_PATH": path,
        "CI_PROJECT_NAMESPACE": owner,
        "CI_PROJECT_NAME": name,
        "CI_REGISTRY": registry,
        "CI_REGISTRY_IMAGE": f"{registry}/{path}",
    }
