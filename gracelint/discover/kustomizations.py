"""Kustomizations: which folders are such, and which files and folders they name."""

from __future__ import annotations

from gracelint.base.paths import folder_of, join, name_of, seen_from, upwards
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gracelint.base.source import Source
    from gracelint.files.tree import Files
    from gracelint.syntax.yaml.node import Node

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")

# Every other field holds paths, those included that later versions may bring.
_NO_PATHS = frozenset(
    {"apiVersion", "kind", "metadata", "namespace", "namePrefix", "nameSuffix", "commonLabels"}
    | {"commonAnnotations", "labels", "images", "replicas", "vars", "buildMetadata"}
    | {"sortOptions", "generatorOptions"}
)
_PATHS_IN = {
    "configMapGenerator": ("files", "envs", "env"),
    "secretGenerator": ("files", "envs", "env"),
    "patches": ("path",),
    "patchesJson6902": ("path",),
    "replacements": ("path",),
    "openapi": ("path",),
}


@dataclass(frozen=True, slots=True)
class Kustomization:
    """A folder with a kustomization file. root: its mapping."""

    folder: str
    source: Source
    root: Node

    @property
    def is_component(self) -> bool:
        """Whether it only says what others include."""
        return self.root.string("kind") == "Component"

    def patches(self) -> Iterator[str]:
        """The paths of files that are parts of objects, to be laid over those objects."""
        for key in ("patchesStrategicMerge", "patches"):
            for entry in self.root.sequence(key):
                name = entry.value if entry.kind == "scalar" else _path(entry)
                path = seen_from(self.folder, name) if name else None
                if path is not None:
                    yield path

    def references(self) -> Iterator[tuple[str, Node]]:
        """The fields and scalars that name files or folders, or hold what a file would."""
        entries = ((key.value, value) for key, value in self.root.items if key.value != "<<")
        merged = ((key, value) for key, (_, value) in self.root.entries().items())
        for key, value in dict.fromkeys((*entries, *merged)):
            if key in _PATHS_IN:
                holders = (value, *value.children)
                named = [h.get(name) for h in holders for name in _PATHS_IN[key]]
            else:
                named = [] if key in _NO_PATHS else [value]
            yield from ((key, text) for each in named if each is not None for text in _texts(each))


def _path(entry: Node) -> str | None:
    return entry.string("path") if entry.kind == "mapping" else None


def _texts(top: Node) -> Iterator[Node]:
    """The scalars among what a field holds, without the keys of mappings."""
    for node in top.walk():
        scalars = (n for n in (*node.children, *(v for _, v in node.items)) if n.kind == "scalar")
        yield from (scalar for scalar in scalars if not scalar.is_null)
    if top.kind == "scalar" and not top.is_null:
        yield top


def kustomizations(files: Files, paths: Iterable[str]) -> list[Kustomization]:
    """The kustomizations whose files are among `paths`, in order; one a folder."""
    folders = sorted({folder_of(path) for path in paths if name_of(path) in NAMES})
    overlays = (kustomization(files, folder) for folder in folders)
    return [each for each in overlays if each is not None]


def patched_by(files: Files, path: str) -> Kustomization | None:
    """The kustomization, in a folder that a file lies in, that lays it over an object."""
    for folder in upwards(folder_of(path)):
        found = kustomization(files, folder.strip("/"))
        if found is not None and path in found.patches():
            return found
    return None


def kustomization(files: Files, folder: str) -> Kustomization | None:
    """The kustomization in a folder; None where there is none that can be read."""
    from gracelint.syntax.yaml.parse import parse

    sources = (
        files.read(join(folder, name)) for name in NAMES if files.is_file(join(folder, name))
    )
    source = next((source for source in sources if source is not None), None)
    root = next(parse(source).roots(), None) if source is not None else None
    if source is None or root is None or root.kind != "mapping":
        return None
    return Kustomization(folder, source, root)
