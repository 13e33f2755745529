"""Helm charts: which folders are such, what they depend on, and which files are theirs."""

from __future__ import annotations

from gracelint.base import lazy
from gracelint.base.paths import folder_of, join, name_of
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gracelint.base.source import Source
    from gracelint.files.tree import Files
    from gracelint.syntax.yaml.node import Node

CHART = "Chart.yaml"
_YAML = lazy.compile(r"Chart\.yaml|values[\w.-]*\.ya?ml")


@dataclass(frozen=True, slots=True)
class Dependency:
    """What a chart says it needs. node: its entry. name: what its folder and values are called."""

    node: Node
    chart: str
    name: str
    repository: str
    condition: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A folder with a Chart.yaml. file: where the dependencies stand, if there are any.

    library: it holds only what other charts use, and renders to nothing.
    """

    folder: str
    source: Source
    name: str
    library: bool = False
    dependencies: tuple[Dependency, ...] = ()
    listed: Node | None = None

    @property
    def templates(self) -> str:
        """The folder of its templates, with a final `/`."""
        return f"{join(self.folder, 'templates')}/"


def charts(files: Files, paths: Iterable[str]) -> list[Chart]:
    """The charts whose Chart.yaml is among `paths`, without those that are packed into another."""
    folders = {folder_of(path) for path in paths if name_of(path) == CHART}
    outer = (folder for folder in sorted(folders) if not _packed(folder, folders))
    candidates = (chart(files, folder) for folder in outer)
    return [each for each in candidates if each is not None]


def _packed(folder: str, folders: set[str]) -> bool:
    parts = folder.split("/")
    return any(p == "charts" and "/".join(parts[:i]) in folders for i, p in enumerate(parts))


def chart_around(files: Files, path: str) -> str | None:
    """The folder of the outermost chart that a file is a part of; None for none."""
    steps = path.split("/")
    for index in range(len(steps)):
        folder, (first, *rest) = "/".join(steps[:index]), steps[index:]
        inner = first in {"templates", "charts", "ci"} if rest else _YAML.fullmatch(first)
        if inner and files.is_file(join(folder, CHART)):
            return folder
    return None


def chart(files: Files, folder: str) -> Chart | None:
    """The chart in a folder; None where its Chart.yaml cannot be read."""
    from gracelint.syntax.yaml.parse import parse

    source = files.read(join(folder, CHART))
    root = None if source is None else next(parse(source).roots(), None)
    if source is None or root is None or root.kind != "mapping":
        return None
    listed = root.get("dependencies")
    if listed is None and (old := files.read(join(folder, "requirements.yaml"))) is not None:
        top = next(parse(old).roots(), None)
        listed = None if top is None else top.get("dependencies")
    entries = () if listed is None or listed.kind != "sequence" else listed.children
    needed = (_dependency(node) for node in entries)
    return Chart(
        folder,
        source,
        root.string("name") or name_of(folder),
        root.string("type") == "library",
        tuple(each for each in needed if each is not None),
        listed,
    )


def _dependency(node: Node) -> Dependency | None:
    name = node.string("name") if node.kind == "mapping" else None
    if name is None:
        return None
    alias, repository = node.string("alias") or name, node.string("repository") or ""
    return Dependency(node, name, alias, repository, node.string("condition") or "")
