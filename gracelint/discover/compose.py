"""Which documents are Compose files: by their names, and by what stands in them.

Sources: Compose documentation, "The Compose file"; compose-go 2; Convox documentation,
"convox.yml".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gracelint.syntax.yaml.parse import Node, YamlFile

BASE_NAMES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
OVERRIDE_NAMES = (
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
)


def is_named(path: str) -> bool:
    """Whether a file is called as Compose files are."""
    name = path.rpartition("/")[2].lower()
    return name.startswith(("compose", "docker-compose")) and name.endswith((".yml", ".yaml"))


def is_first_version(root: Node) -> bool:
    """Whether a document is written as before there was a `version`: services and nothing else.

    docker-compose 1 reads such a file, Compose 2 does not.
    """
    if root.kind != "mapping" or not is_named(root.span.source.path):
        return False
    values = [node for _, node in root.items]
    return bool(values) and all(v.entry("image") or v.entry("build") for v in values)


def services_of(root: Node) -> Node | None:
    """The mapping of a document's services."""
    if root.kind != "mapping":
        return None
    return root if is_first_version(root) else root.get("services")


def is_compose(file: YamlFile) -> bool:
    """Whether a file describes services, or includes files that do."""
    return any(_described(root) for root in file.roots())


def _described(root: Node) -> bool:
    if root.kind != "mapping" or root.entry("apiVersion") or root.entry("kind"):
        return False
    if root.span.source.path.rpartition("/")[2].lower().startswith("convox."):
        return False
    services = services_of(root)
    if services is not None and services.kind == "mapping":
        given = [node for _, node in services.items if node.kind == "mapping"]
        named = is_named(root.span.source.path)
        if not named and any(node.entry(key) for node in given for key in _FOREIGN):
            return False
        return any(_is_service(node) for node in given)
    return services is None and root.entry("include") is not None and _only_compose_keys(root)


def _is_service(node: Node) -> bool:
    keys = ("image", "build", "command", "entrypoint", "extends", "stop_grace_period", "init")
    return any(node.entry(key) for key in keys)


_FOREIGN = (
    *("git_url", "git_branch", "use_habitus", "use_habitus_step", "dockerfile_path"),
    *("domain", "health", "internal", "singleton", "termination"),
)
"""Keys of services in Cloud 66's service.yml and in Convox's manifest, which Compose does not
have."""


def _only_compose_keys(root: Node) -> bool:
    keys = {"name", "version", "include", "volumes", "networks", "configs", "secrets", "models"}
    return all(key in keys or key.startswith("x-") for key in root.entries())
