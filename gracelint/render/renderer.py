"""What a run renders: charts, with each list of values for them, and kustomizations."""

from __future__ import annotations

import hashlib
from itertools import islice
from typing import TYPE_CHECKING

from gracelint.base.paths import join
from gracelint.base.values import dataclass, field
from gracelint.files.program import find
from gracelint.files.scratch import Scratch
from gracelint.files.tree import FileProblem
from gracelint.model.result import Unread
from gracelint.render.helm.copy import Unrenderable, copied
from gracelint.render.helm.run import Helm
from gracelint.render.kustomize.overlay import overlay
from gracelint.render.kustomize.run import Kustomize
from gracelint.render.programs import Runner

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from gracelint.base.source import Source
    from gracelint.discover.charts import Chart
    from gracelint.discover.kustomizations import Kustomization
    from gracelint.files.tree import Files
    from gracelint.model.options import Options
    from gracelint.render.helm.copy import Copy
    from gracelint.render.kustomize.overlay import Overlay
    from gracelint.render.rendering import Rendering
    from gracelint.syntax.yaml.parse import YamlFile

Lists = tuple[tuple[str, ...], ...]

_KUSTOMIZE = {"kustomize": ("build",), "kubectl": ("kustomize",)}
_LATE = 3  # so many may take too long before no more are tried


@dataclass(slots=True)
class Renderings:
    """What came of rendering. folders: of the charts of which there is something to say.

    parts: the paths of files that kustomizations are made of. unread: what could not be rendered,
    and why. partly: values with which a chart that is rendered otherwise could not be.
    """

    renderings: list[Rendering] = field(default_factory=list)
    folders: set[str] = field(default_factory=set)
    parts: set[str] = field(default_factory=set)
    unread: list[Unread] = field(default_factory=list)
    partly: list[Unread] = field(default_factory=list)

    def add(self, other: Renderings) -> None:
        """Take in what came of something else."""
        self.renderings += other.renderings
        self.folders |= other.folders
        self.parts |= other.parts
        self.unread += other.unread
        self.partly += other.partly

    def files(self) -> Iterator[YamlFile]:
        """The rendered manifests."""
        yield from (one.file for one in self.renderings)

    def templates(self) -> Iterator[tuple[Source, set[int]]]:
        """The templates in the tree, with the numbers of the lines that wrote something."""
        sources: dict[str, tuple[Source, set[int]]] = {}
        for one in self.renderings:
            for source, lines in one.templates():
                sources.setdefault(source.path, (source, set()))[1].update(lines)
        yield from sources.values()

    def given(self) -> Iterator[Source]:
        """The values files of charts, and the YAML files that kustomizations are made of."""
        yield from {
            source.path: source for one in self.renderings for source in one.given()
        }.values()

    def texts(self) -> dict[str, Source]:
        """The files of the tree that something is rendered from, by path."""
        return {s.path: s for s in (*(t for t, _ in self.templates()), *self.given())}

    def owns(self, path: str) -> bool:
        """Whether a file only says something as a part of what is rendered."""
        return path in self.parts or within(path, self.folders)


def within(path: str, folders: Collection[str]) -> bool:
    """Whether a file is a template or a subchart's of a chart in one of the folders."""
    steps = path.split("/")
    return any(
        step in {"templates", "charts"} and "/".join(steps[:index]) in folders
        for index, step in enumerate(steps)
    )


class Renderer:
    """Renders what lies in a tree; what has not changed since the last time is not done again."""

    def __init__(self, files: Files, options: Options) -> None:
        self.files = files
        self.options = options
        self._scratch: Scratch | None = None
        self._renderings: dict[tuple[str, str], Renderings] = {}
        self._programs: dict[str, Path | None] = {}
        self._late = 0

    def render(self, charts: Iterable[Chart], others: Sequence[Kustomization] = ()) -> Renderings:
        """Everything that can be rendered of these; what others build on is rendered with them."""
        whole = Renderings()
        for chart in charts:
            whole.add(self._chart(chart))
        alive: dict[str, Overlay] = {}
        for one in others:
            try:
                if not one.is_component:
                    alive[one.folder] = overlay(self.files, one)
            except Unrenderable as problem:
                whole.unread.append(Unread(one.source.path, str(problem)))
        tried: set[str] = set()
        while todo := _outermost(alive, tried):
            tried |= todo.keys()
            for folder, each in todo.items():
                renderings = self._overlay(each)
                whole.add(renderings)
                if not renderings.renderings:
                    del alive[folder]
        return whole

    def _program(self, name: str) -> Path | None:
        if name not in self._programs:
            self.files.door.elsewhere()  # it depends on PATH, and on what the program does
            self._programs[name] = find(name, self.files.root)
        return self._programs[name]

    def _runner(self) -> tuple[Scratch, Runner]:
        if self._late >= _LATE:
            raise Unrenderable("others took too long to render, so that this was not tried")
        if self._scratch is None:
            self._scratch = Scratch()
        return self._scratch, Runner(self._scratch.root, self.files.root)

    # Kustomizations

    def _overlay(self, each: Overlay) -> Renderings:
        path = each.top.source.path
        name = next((n for n in _KUSTOMIZE if self._program(n) is not None), None)
        program = self._program(name) if name is not None else None
        if self.options.render == "never" or program is None or name is None:
            missing = "there is neither `kustomize` nor `kubectl` in PATH to render it"
            why = "`render` is `never`" if self.options.render == "never" else missing
            return Renderings(unread=[Unread(path, f"it is a kustomization, and {why}")])
        try:
            key = (path, _digest(sorted(each.files.items())))
            if key not in self._renderings:
                renderer = Kustomize(*self._runner(), program, _KUSTOMIZE[name])
                rendering = renderer.render(each, f"{len(self._renderings)}")
                self._renderings[key] = Renderings(renderings=[rendering], parts=set(each.files))
            return self._renderings[key]
        except Unrenderable as problem:
            self._late += problem.late
            return Renderings(unread=[Unread(path, str(problem))])

    # Charts

    def _chart(self, chart: Chart) -> Renderings:
        helm, where = self._program("helm"), chart.folder or "."
        if chart.library:
            return Renderings(folders={chart.folder})
        if self.options.render == "never" or helm is None:
            missing = "there is no `helm` in PATH to render it"
            why = "`render` is `never`" if self.options.render == "never" else missing
            return Renderings(unread=[Unread(where, f"it is a chart, and {why}")])
        try:
            copy, lists = copied(self.files, chart), tuple(self._lists(chart))
            values = ((path, self.files.data(path)) for each in lists for path in each)
            key = (chart.folder, _digest([*sorted(copy.files.items()), *values]))
            if key not in self._renderings:
                self._renderings[key] = self._rendered(chart, copy, lists, helm)
            return self._renderings[key]
        except Unrenderable as problem:
            return Renderings(unread=[Unread(where, str(problem))])
        except FileProblem as problem:
            return Renderings(unread=[Unread(problem.path, problem.message)])

    def _rendered(self, chart: Chart, copy: Copy, lists: Lists, helm: Path) -> Renderings:
        renderer = Helm(self.files, *self._runner(), helm)
        text = renderer.prepare(chart, copy, f"{len(self._renderings)}")
        renderings, failed = Renderings(unread=[Unread(*each) for each in copy.unread]), []
        for values in lists:
            try:
                renderings.renderings.append(renderer.render(text, values))
            except Unrenderable as problem:
                failed.append(Unread(chart.folder or ".", str(problem)))
                if problem.late:
                    self._late += 1
                    break
        if renderings.renderings:
            renderings.folders.add(chart.folder)
            renderings.partly += failed
        else:
            renderings.unread += failed[:1]
        return renderings

    def _lists(self, chart: Chart) -> Iterator[tuple[str, ...]]:
        """The lists of values files that a chart is rendered with."""
        yield ()
        folder = join(chart.folder, "ci")
        for name in self.files.names(folder):
            if name.endswith(("-values.yaml", "-values.yml")):
                yield (join(folder, name),)
        yield from self.options.charts.get(chart.folder, ())


def _outermost(overlays: Mapping[str, Overlay], tried: set[str]) -> dict[str, Overlay]:
    """Those that no other builds on, without what was tried; one of a circle stands for it."""
    used = {folder for each in overlays.values() for folder in each.folders()}
    outermost = {f: each for f, each in overlays.items() if f not in used and f not in tried}
    done = {folder for f in tried & overlays.keys() for folder in overlays[f].folders()}
    left = (f for f in overlays if f not in done and f not in tried)
    return outermost or {f: overlays[f] for f in islice(left, 1)}


def _digest(parts: Iterable[tuple[str, bytes]]) -> str:
    """A name for everything that goes into a rendering."""
    digest = hashlib.sha256()
    for path, data in parts:
        digest.update(f"{path}\0{len(data)}\0".encode("utf-8", "surrogatepass"))
        digest.update(data)
    return digest.hexdigest()
