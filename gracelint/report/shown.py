"""Paths as people may use them where they are: sources know theirs from the root alone."""

from __future__ import annotations

import os

from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gracelint.base.edit import Edit
    from gracelint.base.source import Source, Span
    from gracelint.model.finding import Finding, Fix, Label
    from gracelint.model.result import Result
    from gracelint.model.workload import Workload


class Shown:
    """What files are called from a folder: below it by the way there, elsewhere with `..`.

    Where the folder is not below the root of a file, the file is called by its whole path.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._folder = os.fspath(folder)
        self._paths: dict[tuple[str, str], str] = {}
        self._sources: dict[int, tuple[Source, Source]] = {}

    def __call__(self, source: Source) -> str:
        """The path of a source."""
        return self.path(source.root, source.path)

    def path(self, root: str, path: str) -> str:
        """The same for a path below a root; as it is where no root is given."""
        if not root:
            return path
        display = self._paths.get((root, path))
        if display is None:
            below, whole = f"{self._folder}/", f"{root}/{path}"
            seen = whole.removeprefix(below) if path and whole.startswith(below) else None
            display = self._paths[root, path] = seen or self._seen(root, path)
        return display

    def _seen(self, root: str, path: str) -> str:
        from pathlib import Path

        whole, folder = Path(root) / path, Path(self._folder)
        if whole.is_relative_to(folder):
            return whole.relative_to(folder).as_posix()
        if folder.is_relative_to(root):
            return Path(os.path.relpath(whole, folder)).as_posix()
        return whole.as_posix()

    def name(self, workload: Workload) -> str:
        """What a launch is called; a Dockerfile's by its path."""
        of_file = workload.kind == "dockerfile" or not workload.name
        return self(workload.source) if of_file else workload.name

    def result(self, result: Result) -> Result:
        """The result for a report: places are in files that have these paths, and so are launches
        that are called by their file.
        """
        launches = [story.workload for story in result.stories]
        names = {(one.source.root, one.name): self.name(one) for one in launches}
        return replace(
            result,
            findings=tuple(self._finding(one, names) for one in result.findings),
            suppressed=tuple(self._finding(one, names) for one in result.suppressed),
            baselined=tuple(self._finding(one, names) for one in result.baselined),
            repaired=tuple(self._finding(one, names) for one in result.repaired),
        )

    def _finding(self, finding: Finding, names: Mapping[tuple[str, str], str]) -> Finding:
        root = finding.primary.span.source.root
        return replace(
            finding,
            workloads=tuple(names.get((root, name), name) for name in finding.workloads),
            primary=self._label(finding.primary),
            causes=tuple(map(self._label, finding.causes)),
            related=tuple(map(self._label, finding.related)),
            fixes=tuple(map(self._fix, finding.fixes)),
        )

    def _label(self, label: Label) -> Label:
        return replace(label, span=self._span(label.span))

    def _fix(self, fix: Fix) -> Fix:
        return replace(fix, edits=tuple(map(self._edit, fix.edits)))

    def _edit(self, edit: Edit) -> Edit:
        return replace(edit, span=self._span(edit.span))

    def _span(self, span: Span) -> Span:
        source = span.source
        if id(source) not in self._sources:
            self._sources[id(source)] = (source, source.renamed(self(source)))
        return self._sources[id(source)][1].span(span.start, span.end)


AS_THEY_ARE = Shown("/")
"""For sources without a root."""
