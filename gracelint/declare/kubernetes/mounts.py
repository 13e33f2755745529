"""What a pod's volumes put into a container: the scripts of ConfigMaps, and what they hide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.declare.kubernetes.words import lookup
from gracelint.model.workload import ImageFile, ImageFiles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.declare.kubernetes.words import Maps
    from gracelint.model.pod import PodSpec
    from gracelint.syntax.yaml.parse import Node

_DEFAULT_MODE = 0o644


def mounted(pod: PodSpec, container: Node, image: ImageFiles, maps: Maps) -> ImageFiles:
    """The files of `image` under the volumes that the container mounts."""
    mounts = [m for m in container.sequence("volumeMounts") if m.string("mountPath")]
    if not mounts:
        return image
    entries = {file.path: file for file in image}
    volumes = {volume.string("name"): volume for volume in pod.node.sequence("volumes")}
    for mount in mounts:
        at = "/" + (mount.string("mountPath") or "").strip("/")
        for path in [p for p in entries if _covers(at, p)]:
            entries[path] = ImageFile(path, None, reason="a volume is mounted over it")
        volume = volumes.get(mount.string("name"))
        if volume is not None:
            entries.update(_files(pod, volume, mount, at, maps))
    return ImageFiles(entries, complete=image.complete)


def _covers(mount: str, path: str) -> bool:
    return path == mount or path.startswith(mount.rstrip("/") + "/")


def _files(
    pod: PodSpec, volume: Node, mount: Node, at: str, maps: Maps
) -> Iterator[tuple[str, ImageFile]]:
    part = mount.string("subPath")
    for path, node, mode in _contents(pod, volume, maps):
        if part is None:
            target = f"{at}/{path}"
        elif path == part:
            target = at
        elif path.startswith(part + "/"):
            target = at + path.removeprefix(part)
        else:
            continue
        yield target, _file(target, node, mode)


def _file(path: str, node: Node | None, mode: int | None) -> ImageFile:
    executable = None if mode is None else bool(mode & 0o111)
    if node is None:
        return ImageFile(path, None, executable, "its ConfigMap is not among the files")
    return ImageFile(path, node.text(), executable, origins=(node.span,))


def _contents(
    pod: PodSpec, volume: Node, maps: Maps
) -> Iterator[tuple[str, Node | None, int | None]]:
    """Path in the volume, text (None when not in sight) and mode of each known file."""
    sources = [(volume.get("configMap"), _mode(volume.get("configMap")))]
    projected = volume.get("projected")
    if projected is not None:
        mode = _mode(projected)
        sources += [(s.get("configMap"), mode) for s in projected.sequence("sources")]
    for source, default in sources:
        if source is not None and source.kind == "mapping":
            yield from _of_map(pod, source, default, maps)


def _of_map(
    pod: PodSpec, source: Node, default: int | None, maps: Maps
) -> Iterator[tuple[str, Node | None, int | None]]:
    found = lookup(maps, pod.namespace, source.string("name") or "")
    data = {} if found is None else dict(found.data)
    items = [item for item in source.sequence("items") if item.kind == "mapping"]
    if not items:
        yield from ((key, node, default) for key, node in data.items())
    for item in items:
        own = item.get("mode")
        mode = default if own is None else _number(own)
        yield item.string("path") or "", data.get(item.string("key") or ""), mode


def _mode(source: Node | None) -> int | None:
    stated = None if source is None else source.get("defaultMode")
    return _DEFAULT_MODE if stated is None else _number(stated)


def _number(node: Node) -> int | None:
    return node.data if isinstance(node.data, int) else None
