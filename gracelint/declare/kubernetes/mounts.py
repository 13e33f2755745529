"""What a pod's volumes put into a container: scripts of ConfigMaps and Secrets, what they hide."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from gracelint.base.values import dataclass
from gracelint.declare.kubernetes.objects import secret_name
from gracelint.declare.kubernetes.words import lookup
from gracelint.model.workload import ImageFile, ImageFiles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from gracelint.declare.kubernetes.words import Maps
    from gracelint.model.pod import PodSpec
    from gracelint.syntax.yaml.parse import Node

_DEFAULT_MODE = 0o644


class MountedFiles(ImageFiles):
    """An image's files under a pod's volumes; a file is made when it is asked for."""

    __slots__ = ("_image", "_mounts")

    def __init__(self, image: ImageFiles, mounts: Sequence[_Mount]) -> None:
        super().__init__({}, complete=image.complete)
        self._image = image
        self._mounts = mounts

    def get(self, path: str) -> ImageFile | None:
        """The file at an absolute path; the mount that is named last is on top."""
        hidden = False
        for mount in reversed(self._mounts):
            if not _covers(mount.at, path):
                continue
            if (file := mount.file(path)) is not None:
                return _hidden(path) if hidden else file
            hidden = True
        file = self._image.get(path)
        return _hidden(path) if hidden and file is not None else file

    def commands(self) -> tuple[str, ...]:
        """The RUN instructions of the image."""
        return self._image.commands()

    def paths(self) -> Iterable[str]:
        """Those of the image, and those of the volumes that are not there already."""
        paths = dict.fromkeys(self._image.paths())
        for mount in self._mounts:
            paths.update(dict.fromkeys(mount.paths()))
        return paths

    def __iter__(self):  # type: ignore[no-untyped-def]
        return (file for path in self.paths() if (file := self.get(path)) is not None)


@dataclass(frozen=True, slots=True)
class _Part:
    """A ConfigMap or Secret in a volume. data: None where it is not among the files.

    items: path in the volume, key and mode of what is chosen; None: everything, under its key.
    """

    data: Mapping[str, Node] | None
    items: Mapping[str, tuple[str, int | None]] | None
    mode: int | None
    kind: str = "ConfigMap"

    def paths(self) -> Iterable[str]:
        """Where its files are in the volume."""
        return (self.data or ()) if self.items is None else self.items

    def file(self, inside: str, path: str) -> ImageFile | None:
        """The file at a path in the volume, which is `path` in the container."""
        if self.items is None:
            key, mode = inside, self.mode
        elif inside in self.items:
            key, mode = self.items[inside]
        else:
            return None
        node = (self.data or {}).get(key)
        if node is None and self.items is None:
            return None
        executable = None if mode is None else bool(mode & 0o111)
        if node is None:
            return ImageFile(path, None, executable, f"its {self.kind} is not among the files")
        refused = executable is False
        return ImageFile(path, node.text(), executable, origins=(node.span,), refused=refused)


@dataclass(frozen=True, slots=True)
class _Mount:
    """A volume at `at`, or what is at the path `part` in it."""

    at: str
    part: str | None
    parts: Sequence[_Part]

    def file(self, path: str) -> ImageFile | None:
        """The file that it puts at a path of the container."""
        inside = path.removeprefix(self.at).removeprefix("/" if self.part is None else "")
        files = (one.file((self.part or "") + inside, path) for one in reversed(self.parts))
        return next((file for file in files if file is not None), None)

    def paths(self) -> Iterator[str]:
        """The paths in the container of all that it puts there."""
        for path in (path for one in self.parts for path in one.paths()):
            if self.part is None:
                yield f"{self.at.rstrip('/')}/{path}"
            elif _covers(self.part, path):
                yield self.at + path.removeprefix(self.part)


def mounted(pod: PodSpec, container: Node, image: ImageFiles, maps: Maps) -> ImageFiles:
    """The files of `image` under the volumes that the container mounts."""
    volumes = {volume.string("name"): volume for volume in pod.node.sequence("volumes")}
    mounts = [
        _Mount(
            "/" + where.strip("/"),
            mount.string("subPath"),
            tuple(_parts(pod, volumes.get(mount.string("name")), maps)),
        )
        for mount in container.sequence("volumeMounts")
        if (where := mount.string("mountPath"))
    ]
    return MountedFiles(image, mounts) if mounts else image


def _covers(mount: str, path: str) -> bool:
    return path == mount or path.startswith(mount.rstrip("/") + "/")


def _hidden(path: str) -> ImageFile:
    return ImageFile(path, None, reason="a volume is mounted over it")


def _parts(pod: PodSpec, volume: Node | None, maps: Maps) -> Iterator[_Part]:
    """The ConfigMaps and Secrets of a volume."""
    if volume is None:
        return
    projected = volume.get("projected")
    sources = [(volume, None), *((s, projected) for s in _sources(projected))]
    for (below, around), (key, named, name_of) in product(sources, _KINDS):
        source = below.get(key) if below.kind == "mapping" else None
        if source is not None and source.kind == "mapping":
            default = _mode(source if around is None else around)
            name = source.string(named if around is None else "name") or ""
            data_of = lookup(maps, pod.namespace, name_of(name))
            kind = key[0].upper() + key[1:]
            data = None if data_of is None else data_of.data
            yield _Part(data, _items(source, default), default, kind)


def _sources(projected: Node | None) -> Sequence[Node]:
    return () if projected is None else projected.sequence("sources")


_KINDS: tuple[tuple[str, str, Callable[[str], str]], ...] = (
    ("configMap", "name", str),
    ("secret", "secretName", secret_name),
)
"""The keys of volumes, and of the names in them; how what is named so is looked up."""


def _items(source: Node, default: int | None) -> dict[str, tuple[str, int | None]] | None:
    items = [item for item in source.sequence("items") if item.kind == "mapping"]
    return {
        path: (
            key,
            default if (stated := item.get("mode")) is None else _number(stated),
        )
        for item in items
        if (path := item.string("path")) and (key := item.string("key"))
    } or None


def _mode(source: Node | None) -> int | None:
    stated = None if source is None else source.get("defaultMode")
    return _DEFAULT_MODE if stated is None else _number(stated)


def _number(node: Node) -> int | None:
    return node.data if isinstance(node.data, int) else None
