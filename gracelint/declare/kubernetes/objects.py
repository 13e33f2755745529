"""Kubernetes objects in files: lists taken apart, Services and ConfigMaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.model.pod import ConfigMap, Namespace, Service
from gracelint.syntax.yaml.node import Node

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gracelint.syntax.yaml.parse import YamlFile


def objects(file: YamlFile) -> Iterator[Node]:
    """Every API object in a file, those in lists and OpenShift templates included, once each."""
    queue = list(reversed(list(file.roots())))
    seen: set[tuple[int, int]] = set()
    while queue:
        root = queue.pop()
        kind = root.string("kind") if root.kind == "mapping" else None
        place = (root.span.start, root.span.end)
        if kind is None or place in seen:
            continue
        seen.add(place)
        inner = _inner(root, kind)
        if inner:
            queue += reversed(inner)
        elif root.string("apiVersion") is not None:
            yield root


def _inner(root: Node, kind: str) -> Sequence[Node]:
    if kind == "Template":
        return root.sequence("objects")
    if not kind.endswith("List"):
        return ()
    items = root.sequence("items")
    if kind == "List":
        return items
    return [_typed(root, kind, item) for item in items]


def _typed(root: Node, kind: str, item: Node) -> Node:
    """An item of a typed list, with the kind and version that the list gives it."""
    entries = root.entries()
    if item.kind != "mapping" or item.get("kind") is not None or "apiVersion" not in entries:
        return item
    key, value = entries["kind"]
    entry = Node(
        "scalar", value.span, kind.removesuffix("List"), value.style, None, None, value.span
    )
    pairs = ((key, entry), entries["apiVersion"], *item.items)
    return Node("mapping", item.span, "", item.style, None, None, item.alias_span, pairs)


def _of_kinds(file: YamlFile, *kinds: str) -> Iterator[Node]:
    """The objects of these kinds of the API's core; most files do not even have the words."""
    if not any(kind in file.source.text for kind in kinds):
        return
    for root in objects(file):
        if root.string("kind") in kinds and root.string("apiVersion") == "v1":
            yield root


def services(file: YamlFile) -> list[Service]:
    """The Services of a file that select pods by labels."""
    listed = []
    for root in _of_kinds(file, "Service"):
        selector = text_map(root.get("spec"), "selector")
        if selector:
            texts = {key: node.value for key, node in selector.items()}
            listed.append(Service(*_identity(root), texts, root))
    return listed


def config_maps(file: YamlFile) -> list[ConfigMap]:
    """The ConfigMaps of a file, and its Secrets as far as they are plain text."""
    listed = []
    for root in _of_kinds(file, "ConfigMap", "Secret"):
        name, namespace = _identity(root)
        if root.string("kind") == "ConfigMap":
            listed.append(ConfigMap(name, namespace, text_map(root, "data"), root))
        else:
            texts = text_map(root, "stringData")
            listed.append(ConfigMap(secret_name(name), namespace, texts, root))
    return listed


def secret_name(name: str) -> str:
    """What a Secret is called among the ConfigMaps, of which none can be called so."""
    return f"Secret/{name}"


def namespaces(file: YamlFile) -> list[Namespace]:
    """The Namespaces of a file."""
    return [Namespace(_identity(root)[0], root) for root in _of_kinds(file, "Namespace")]


def _identity(root: Node) -> tuple[str, str]:
    metadata = root.get("metadata")
    if metadata is None:
        return "", ""
    return metadata.string("name") or "", metadata.string("namespace") or ""


def text_map(node: Node | None, key: str) -> dict[str, Node]:
    """The scalars of the mapping at `key`, by their keys."""
    below = None if node is None else node.get(key)
    if below is None or below.kind != "mapping":
        return {}
    return {k: v for k, (_, v) in below.entries().items() if v.kind == "scalar"}
