"""A chart's files as they are given to helm: read through the tree, with what it depends on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base.edit import Edit, applied
from gracelint.base.paths import confined, name_of, seen_from
from gracelint.base.source import Source
from gracelint.base.values import dataclass, field
from gracelint.discover.charts import CHART, chart
from gracelint.files.tree import FileProblem
from gracelint.syntax.yaml import editing
from gracelint.syntax.yaml.parse import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.base.source import Span
    from gracelint.discover.charts import Chart, Dependency
    from gracelint.files.tree import Files
    from gracelint.syntax.yaml.node import Node

MOST_FILES = 4_000
MOST_BYTES = 60_000_000
"""A folder that holds more than this is no chart."""

_DEEPEST = 8


class Unrenderable(Exception):  # noqa: N818
    """A chart or kustomization that is not rendered; the message says why.

    late: it took too long.
    """

    def __init__(self, message: str, *, late: bool = False) -> None:
        super().__init__(message)
        self.late = late


@dataclass(slots=True)
class Copy:
    """What helm is given. files: bytes by path in the copy. origins: the tree's path of each file.

    packed: for the folders of charts that are not in the tree the entry that asks for them.
    chains: the keys below which the values of the chart in a folder stand. unread: what is left
    out, and why.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    packed: dict[str, Span] = field(default_factory=dict)
    chains: dict[str, list[tuple[str, ...]]] = field(default_factory=lambda: {"": [()]})
    unread: list[tuple[str, str]] = field(default_factory=list)
    size: int = 0

    def add(self, path: str, data: bytes, origin: str | None) -> None:
        """Take a file in; Unrenderable when there is no end to it."""
        self.files[path] = data
        self.size += len(data)
        if origin is not None:
            self.origins[path] = origin
        if len(self.files) > MOST_FILES or self.size > MOST_BYTES:
            raise Unrenderable("the folder holds too much for a chart")


def copied(files: Files, top: Chart) -> Copy:
    """The chart with its subcharts; Unrenderable when it cannot be copied."""
    copy = Copy()
    _lay(copy, files, top, "", ())
    queue = [""]
    while queue:
        queue += _name_values(copy, queue.pop())
    return copy


def _lay(copy: Copy, files: Files, parent: Chart, at: str, above: tuple[str, ...]) -> None:
    """Lay a chart's files at `at`. above: the folders of the charts that brought it in."""
    start = f"{parent.folder}/" if parent.folder else ""
    for path in files.everything(parent.folder):
        inner = path.removeprefix(start)
        try:
            data = files.data(path)
        except FileProblem as problem:
            if inner.startswith(("templates/", "charts/")) or "/" not in inner:
                copy.unread.append((path, problem.message))
            continue
        if inner.startswith("charts/") and inner.count("/") == 1 and inner.endswith(".tgz"):
            _unpack(copy, data, parent, at)
        else:
            copy.add(at + inner, data, path)
    _lay_dependencies(copy, files, parent, at, (*above, parent.folder))


def _lay_dependencies(
    copy: Copy, files: Files, parent: Chart, at: str, above: tuple[str, ...]
) -> None:
    """Copy in what lies beside the chart; take out what is nowhere."""
    there = {name for _, name in _subcharts(copy, at)}
    missing: list[Dependency] = []
    for needed in parent.dependencies:
        if needed.chart in there:
            continue
        beside = _beside(files, parent, needed)
        if beside is None or beside.folder in above or len(above) > _DEEPEST:
            missing.append(needed)
        else:
            _lay(copy, files, beside, f"{at}charts/{needed.chart}/", above)
    if missing:
        _leave_out(copy, parent, at, missing)


def _beside(files: Files, parent: Chart, needed: Dependency) -> Chart | None:
    """The chart in the tree that a dependency with a `file://` address means."""
    path = needed.repository.removeprefix("file://")
    folder = seen_from(parent.folder, path) if path != needed.repository else None
    return None if folder is None else chart(files, folder)


def _leave_out(copy: Copy, parent: Chart, at: str, missing: list[Dependency]) -> None:
    """Take out of the copy what would keep helm from rendering the rest."""
    if parent.listed is None:
        return
    source = parent.listed.span.source
    gone = {id(needed.node) for needed in missing}
    indexes = [i for i, node in enumerate(parent.listed.children) if id(node) in gone]
    if len(indexes) == len(parent.listed.children):
        edits = [Edit(parent.listed.span, " []")]
    else:
        deletions = (editing.delete_item(parent.listed, index) for index in indexes)
        edits = [edit for edit in deletions if edit is not None]
    copy.files[at + name_of(source.path)] = source.encode(applied(source.text, edits))
    values = _root(copy, f"{at}values.yaml")
    for needed in missing:
        if values is None or not _switched_off(values, needed.condition):
            said = f"its dependency `{needed.chart}` is not in charts/"
            copy.unread.append((source.path, f"{said}; `helm dependency build` gets it"))


def _switched_off(values: Node, condition: str) -> bool:
    """Whether the default values say no to a dependency; the first path that says anything does."""
    for path in filter(None, condition.split(",")):
        said = values.find(*path.strip().split("."))
        if said is not None and isinstance(said.data, bool):
            return not said.data
    return False


def _root(copy: Copy, path: str) -> Node | None:
    """The mapping in a YAML file of the copy."""
    data = copy.files.get(path)
    read = parse(Source.decode(path, data)) if data is not None else None
    root = next(read.roots(), None) if read is not None else None
    return root if root is not None and root.kind == "mapping" else None


def _subcharts(copy: Copy, at: str) -> Iterator[tuple[str, str]]:
    """The folders, with a final `/`, in the `charts` of the chart at `at`, and their names."""
    start = f"{at}charts/"
    for path in list(copy.files):
        inner = path.removeprefix(start)
        if path.startswith(start) and inner.count("/") == 1 and inner.endswith(f"/{CHART}"):
            folder, root = path.removesuffix(CHART), _root(copy, path)
            yield folder, (root.string("name") if root else None) or name_of(folder[:-1])


def _name_values(copy: Copy, at: str) -> Iterator[str]:
    """Say for each subchart of the chart at `at` where its values stand; the subcharts' folders."""
    root = _root(copy, at + CHART) or _root(copy, f"{at}requirements.yaml")
    needed = root.sequence("dependencies") if root is not None else ()
    for folder, name in _subcharts(copy, at):
        called = [n.string("alias") or name for n in needed if n.string("name") == name]
        outer = copy.chains[at]
        copy.chains[folder] = [(*c, alias) for c in outer for alias in called or [name]]
        yield folder


def _unpack(copy: Copy, data: bytes, parent: Chart, at: str) -> None:
    """Lay the files of a packed chart; one that cannot be unpacked is left to helm as it is."""
    import io
    import tarfile
    import zlib

    left = MOST_BYTES - copy.size
    try:
        with tarfile.TarFile.gzopen(None, fileobj=io.BytesIO(data)) as packed:
            for member in packed:
                left -= member.size + 512
                if left < 0:
                    raise Unrenderable("a packed dependency holds too much for a chart")
                if not member.isfile():
                    continue
                body = packed.extractfile(member)
                path = f"{at}charts/{confined('', member.name)}"
                copy.add(path, body.read() if body else b"", None)
                top = f"{at}charts/{member.name.split('/')[0]}/"
                copy.packed.setdefault(top, _asking(parent, top))
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        copy.unread.append((parent.source.path, f"a packed dependency cannot be read: {error}"))


def _asking(parent: Chart, folder: str) -> Span:
    """The entry of a chart's file that asks for the chart in a folder."""
    name = name_of(folder[:-1])
    asked = (needed.node.span for needed in parent.dependencies if needed.chart == name)
    return next(asked, parent.source.span(0, 0))
