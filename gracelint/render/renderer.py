"""What a run renders: its charts, each as often as there are lists of values files for it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from gracelint.base.paths import join
from gracelint.base.values import dataclass, field
from gracelint.files.scratch import Scratch
from gracelint.files.tree import FileProblem
from gracelint.model.result import Unread
from gracelint.render.copy import Unrenderable, copied
from gracelint.render.helm import Helm
from gracelint.render.programs import Runner, find

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from gracelint.base.source import Source
    from gracelint.discover.charts import Chart
    from gracelint.files.tree import Files
    from gracelint.model.options import Options
    from gracelint.render.copy import Copy
    from gracelint.render.helm import ChartRendering
    from gracelint.syntax.yaml.parse import YamlFile

Lists = tuple[tuple[str, ...], ...]


@dataclass(slots=True)
class Renderings:
    """What came of rendering. folders: of the charts of which there is something to say.

    unread: what could not be rendered, and why. partly: values with which a chart that is rendered
    otherwise could not be.
    """

    charts: list[ChartRendering] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    partly: list[Unread] = field(default_factory=list)

    def add(self, other: Renderings) -> None:
        """Take in what came of something else."""
        self.charts += other.charts
        self.folders += other.folders
        self.unread += other.unread
        self.partly += other.partly

    def files(self) -> Iterator[YamlFile]:
        """The rendered manifests."""
        yield from (chart.file for chart in self.charts)

    def templates(self) -> Iterator[tuple[Source, set[int]]]:
        """The templates in the tree, with the numbers of the lines that wrote something."""
        found: dict[str, tuple[Source, set[int]]] = {}
        for chart in self.charts:
            for source, lines in chart.templates():
                found.setdefault(source.path, (source, set()))[1].update(lines)
        yield from found.values()

    def values(self) -> Iterator[Source]:
        """The values files that charts are rendered with."""
        found = {source.path: source for chart in self.charts for source in chart.given()}
        yield from found.values()

    def texts(self) -> dict[str, Source]:
        """The files of the tree that something is rendered from, by path."""
        return {s.path: s for s in (*(t for t, _ in self.templates()), *self.values())}

    def owns(self, path: str) -> bool:
        """Whether a file only says something as a part of what is rendered."""
        inside = (path[len(f) + 1 if f else 0 :] for f in self.folders if _below(path, f))
        return any(inner.startswith(("templates/", "charts/")) for inner in inside)


class Renderer:
    """Renders what lies in a tree; what has not changed since the last time is not done again."""

    def __init__(self, files: Files, options: Options) -> None:
        self.files = files
        self.options = options
        self._scratch: Scratch | None = None
        self._known: dict[tuple[str, str], Renderings] = {}
        self._programs: dict[str, Path | None] = {}

    def render(self, charts: Iterable[Chart]) -> Renderings:
        """Everything that can be rendered of these."""
        whole = Renderings()
        for chart in charts:
            if chart.library:
                whole.folders.append(chart.folder)
                continue
            whole.add(self._chart(chart))
        return whole

    def _program(self, name: str) -> Path | None:
        if name not in self._programs:
            self._programs[name] = find(name, self.files.root)
        return self._programs[name]

    def _chart(self, chart: Chart) -> Renderings:
        helm, where = self._program("helm"), chart.folder or "."
        if self.options.render == "never":
            said = "is a chart, and `render` is `never`"
            return Renderings(unread=[Unread(where, said)])
        if helm is None:
            said = "is a chart, and there is no `helm` in PATH to render it"
            return Renderings(unread=[Unread(where, said)])
        try:
            copy = copied(self.files, chart)
            lists = tuple(self._lists(chart))
            key = (chart.folder, _digest(copy, self.files, lists))
            if key not in self._known:
                self._known[key] = self._rendered(chart, copy, lists, helm)
        except Unrenderable as problem:
            return Renderings(unread=[Unread(where, str(problem))])
        except FileProblem as problem:
            return Renderings(unread=[Unread(problem.path, problem.message)])
        return self._known[key]

    def _rendered(self, chart: Chart, copy: Copy, lists: Lists, helm: Path) -> Renderings:
        if self._scratch is None:
            self._scratch = Scratch()
        runner = Runner(self._scratch.root, self.files.root)
        renderer = Helm(self.files, self._scratch, runner, helm)
        text = renderer.prepare(chart, copy, f"{len(self._known)}")
        found, failed = Renderings(unread=[Unread(*each) for each in copy.unread]), []
        for values in lists:
            try:
                found.charts.append(renderer.render(text, values))
            except Unrenderable as problem:
                failed.append(Unread(chart.folder or ".", str(problem)))
                if problem.late:
                    break
        if found.charts:
            found.folders.append(chart.folder)
            found.partly += failed
        else:
            found.unread += failed[:1]
        return found

    def _lists(self, chart: Chart) -> Iterator[tuple[str, ...]]:
        """The lists of values files that a chart is rendered with."""
        yield ()
        folder = join(chart.folder, "ci")
        for name in self.files.names(folder):
            if name.endswith(("-values.yaml", "-values.yml")):
                yield (join(folder, name),)
        yield from self.options.charts.get(chart.folder, ())


def _below(path: str, folder: str) -> bool:
    return not folder or path.startswith(f"{folder}/")


def _digest(copy: Copy, files: Files, lists: Lists) -> str:
    """A name for everything that goes into a rendering."""
    known = hashlib.sha256()
    for path, data in sorted(copy.files.items()):
        known.update(f"{path}\0{len(data)}\0".encode("utf-8", "surrogatepass") + data)
    for values in lists:
        for path in values:
            data = files.data(path)
            known.update(f"{path}\0{len(data)}\0".encode("utf-8", "surrogatepass") + data)
        known.update(b"\0\0")
    return known.hexdigest()
