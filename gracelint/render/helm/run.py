"""Charts as helm renders them, once for each list of values files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.base import lazy
from gracelint.base.paths import join, name_of
from gracelint.base.source import Rendered, Source
from gracelint.base.values import dataclass, field
from gracelint.discover.charts import CHART
from gracelint.render.helm import template
from gracelint.render.helm.copy import Unrenderable
from gracelint.render.helm.lines import Lines
from gracelint.render.helm.marks import Marks
from gracelint.render.helm.template_edits import in_template
from gracelint.render.helm.value_edits import in_values, switched_on
from gracelint.render.helm.values import Values
from gracelint.syntax.yaml.parse import maybe_kubernetes, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from gracelint.base.edit import Edit
    from gracelint.base.source import Span
    from gracelint.discover.charts import Chart
    from gracelint.files.scratch import Scratch
    from gracelint.files.tree import Files
    from gracelint.render.helm.copy import Copy
    from gracelint.render.helm.lines import Mark
    from gracelint.render.helm.template import Template
    from gracelint.render.programs import Done, Runner
    from gracelint.syntax.yaml.parse import YamlFile

RELEASE = "release"
"""The name under which charts are rendered; it stands in the names of objects."""

_NAMED = lazy.compile(r"[\w./-]+/templates/[\w./-]+")
_SUM = lazy.compile(r"\b[0-9a-f]{32,128}\b")
_ATTEMPTS = 6  # as many files may do without marks before all have to


@dataclass(slots=True)
class ChartText:
    """A chart's copy with what does not depend on values.

    folder: where it is laid, below the scratch folder. templates: by number, of the files that lie
    in the tree. foreign: by number, what stands for the others. marked: the templates with marks,
    by path in the copy.
    """

    chart: Chart
    copy: Copy
    folder: str
    marks: Marks
    templates: dict[int, Template] = field(default_factory=dict)
    foreign: dict[int, Span] = field(default_factory=dict)
    marked: dict[str, bytes] = field(default_factory=dict)

    def folder_of(self, number: int) -> str:
        """The folder in the copy, with a final `/`, of the chart that a template belongs to."""
        path = list(self.marked)[number]
        return max((f for f in self.copy.chains if path.startswith(f)), key=len)


@dataclass(slots=True)
class ChartRendering:
    """What helm makes of a chart with some values files (paths in the tree)."""

    helm: Helm
    text: ChartText
    values: tuple[str, ...]
    file: YamlFile
    lines: Lines
    _origins: Values | None = None

    @property
    def origins(self) -> Values:
        """Where its scalars come from."""
        if self._origins is None:
            self._origins = Values(self)
        return self._origins

    def is_test(self, source: Source) -> bool:
        """Whether a values file is there for the chart's tests alone."""
        return source.path.startswith(f"{join(self.text.chart.folder, 'ci')}/")

    def again(self, texts: Mapping[str, str]) -> str:
        """What it would be if files of the tree, by path, read otherwise; "" where it fails."""
        return self.helm.again(self.text, self.values, texts)

    @property
    def whole(self) -> str:
        """The folder of the chart."""
        return self.text.chart.folder

    def candidates(self, edits: tuple[Edit, ...], near: str) -> Iterator[tuple[Edit, ...]]:
        """Changes of templates or of values that may come to these edits of the rendered text."""
        del near  # each has one place
        switches = switched_on(self.file, self.lines, self.origins, edits)
        if switches is not None:
            yield from ((edit,) for edit in switches)
            return
        in_templates = [in_template(self.lines, edit) for edit in edits]
        if all(in_templates):
            yield tuple(edit for edit in in_templates if edit is not None)
        values = in_values(self.file, self.origins, edits)
        if values is not None and not any(self.is_test(edit.span.source) for edit in values):
            yield values

    def given(self) -> Iterator[Source]:
        """The values files in the tree, what overrides others first."""
        yield from (source for source, _ in self._given())

    def given_to(self, number: int) -> Iterator[tuple[Source, list[tuple[str, ...]]]]:
        """The values files that count for a template, with the keys below which they do."""
        folder, chains = self.text.folder_of(number), self.text.copy.chains
        for source, other in self._given():
            if folder.startswith(other):
                depth = len(chains[other][0])
                yield source, [chain[depth:] for chain in chains[folder]]

    def _given(self) -> Iterator[tuple[Source, str]]:
        """The values files in the tree, with the folders in the copy of the charts they are for."""
        copy = self.text.copy
        packed = ((f, copy.origins.get(f"{f}values.yaml")) for f in sorted(copy.chains, key=len))
        for folder, path in (*(("", path) for path in reversed(self.values)), *packed):
            source = None if path is None else self.helm.files.read(path)
            if source is not None:
                yield source, folder

    def templates(self) -> Iterator[tuple[Source, set[int]]]:
        """The templates in the tree, with the numbers of the lines that wrote something."""
        lines: dict[int, set[int]] = {}
        for file, line in (mark for marks in self.lines.marks for mark in marks):
            lines.setdefault(file, set()).add(line)
        for number, each in self.text.templates.items():
            yield each.source, lines.get(number, set())


class Helm:
    """Renders charts of a tree."""

    def __init__(self, files: Files, scratch: Scratch, runner: Runner, program: Path) -> None:
        self.files = files
        self.scratch = scratch
        self.runner = runner
        self.program = program

    def prepare(self, chart: Chart, copy: Copy, folder: str) -> ChartText:
        """The chart's copy, laid in a folder where helm reads it."""
        read = {path: self._template(copy, path) for path in sorted(copy.files) if _is_text(path)}
        parsed = {path: template.parse(s) for path, s in read.items() if s is not None}
        text = ChartText(chart, copy, folder, Marks.unlike(t.source.text for t in parsed.values()))
        for number, (path, each) in enumerate(parsed.items()):
            text.marked[path] = each.source.encode(text.marks.put(each, number))
            if path in copy.origins:
                text.templates[number] = each
            else:
                text.foreign[number] = _standing_in(copy, path) or chart.source.span(0, 0)
        self.scratch.fill(f"{folder}/clean", copy.files)
        self.scratch.fill(f"{folder}/marked", {**copy.files, **text.marked})
        return text

    def _template(self, copy: Copy, path: str) -> Source | None:
        origin = copy.origins.get(path)
        if origin is None:
            return Source.decode(path, copy.files[path])
        return self.files.read(origin)

    def render(self, text: ChartText, values: tuple[str, ...]) -> ChartRendering:
        """The chart with these values; Unrenderable with helm's own words."""
        laid = {f"{n}.yaml": self.files.data(path) for n, path in enumerate(values)}
        words = self._flags(f"{text.folder}/values", laid)
        clean = self._run(f"{text.folder}/clean", words)
        if clean.error:
            raise Unrenderable(placed(clean.error, text, values), late=clean.late)
        marks = self._marks(text, clean.text, words)
        first = text.chart.source.span(0, 0)
        lines = Lines(clean.text, marks, text.templates, text.foreign, first)
        source = Rendered(_called(text.chart, values), clean.text, lines)
        return ChartRendering(self, text, values, parse(source, maybe_kubernetes), lines)

    def again(self, text: ChartText, values: tuple[str, ...], texts: Mapping[str, str]) -> str:
        """What the chart would be if files of the tree read otherwise; "" where it fails."""
        copy, folder = text.copy, f"{text.folder}/again"
        changed = {p: texts[origin] for p, origin in copy.origins.items() if origin in texts}
        if not (self.scratch.root / folder).exists():
            self.scratch.fill(folder, copy.files)
        self.scratch.put(folder, {p: self._encoded(copy.origins[p], t) for p, t in changed.items()})
        laid = {f"{n}.yaml": self._data(path, texts) for n, path in enumerate(values)}
        done = self._run(folder, self._flags(f"{text.folder}/values-again", laid))
        self.scratch.put(folder, {path: copy.files[path] for path in changed})
        return done.text

    def _data(self, path: str, texts: Mapping[str, str]) -> bytes:
        return self._encoded(path, texts[path]) if path in texts else self.files.data(path)

    def _encoded(self, path: str, text: str) -> bytes:
        return self.files.load(path).encode(text)

    def _flags(self, folder: str, laid: Mapping[str, bytes]) -> list[str]:
        top = self.scratch.fill(folder, laid)
        return [word for name in laid for word in ("-f", str(top / name))]

    def _run(self, folder: str, words: Sequence[str]) -> Done:
        root = self.scratch.root / folder
        return self.runner.run(self.program, "template", RELEASE, str(root), *words)

    def _marks(self, text: ChartText, clean: str, words: Sequence[str]) -> list[tuple[Mark, ...]]:
        """The marks of each line of the clean text, where both renderings agree."""
        unmarked: set[str] = set()
        for _ in range(_ATTEMPTS):
            done = self._run(f"{text.folder}/marked", words)
            if not done.error:
                return agreed(clean.split("\n"), *text.marks.take(done.text))
            inner = {name.partition("/")[2] for name in _NAMED.findall(done.error)}
            culprits = (inner & text.marked.keys()) - unmarked
            if not culprits:  # what is named includes the marks of a definition
                parts = {path for path in text.marked if name_of(path)[:1] == "_"}
                culprits = parts - unmarked
                self._mark_again(text, unmarked - parts)
                unmarked &= parts
            if not culprits or done.late:
                break
            unmarked |= culprits
            unmarked_files = {path: text.copy.files[path] for path in culprits}
            self.scratch.put(f"{text.folder}/marked", unmarked_files)
        return [()] * (clean.count("\n") + 1)

    def _mark_again(self, text: ChartText, paths: Iterable[str]) -> None:
        files = {path: text.marked[path] for path in paths}
        self.scratch.put(f"{text.folder}/marked", files)


def _is_text(path: str) -> bool:
    """Whether helm takes a file of a chart for a template that writes objects."""
    return "/templates/" in f"/{path}" and name_of(path).lower() != "notes.txt"


def _standing_in(copy: Copy, path: str) -> Span | None:
    return next((at for folder, at in copy.packed.items() if path.startswith(folder)), None)


def _called(chart: Chart, values: tuple[str, ...]) -> str:
    """What a rendering is called: no file has this name."""
    return f"{join(chart.folder, CHART)} ({', '.join(values) or 'default values'})"


def placed(said: str, text: ChartText, values: tuple[str, ...]) -> str:
    """What helm says, on one line and with the files' own paths."""
    line = said[max(said.find("Error:"), 0) :].partition("\n\n")[0]
    line = " ".join(line.removeprefix("Error:").split())
    for name in sorted({*_NAMED.findall(line)}, key=len, reverse=True):
        origin = text.copy.origins.get(name.partition("/")[2])
        line = line.replace(name, origin) if origin is not None else line
    given = f" with {', '.join(values)}" if values else ""
    return f"helm does not render it{given}: {line[:400]}"


def agreed(
    clean: Sequence[str], lines: Sequence[str], marks: Sequence[tuple[Mark, ...]]
) -> list[tuple[Mark, ...]]:
    """The marks that hold for the clean lines: those of lines that are the same in both."""
    agreement: list[tuple[Mark, ...]] = [()] * len(clean)
    one, other = _documents(clean), _documents(lines)
    if len(one) != len(other):
        return agreement
    for (start, end), (begin, stop) in zip(one, other, strict=True):
        same = end - start == stop - begin
        odd = False
        for index in range(min(end - start, stop - begin)):
            if _alike(clean[start + index], lines[begin + index]):
                odd = False
            elif not same or odd:
                break
            else:
                odd = True  # one line alone: something worked out of what has marks in it
            agreement[start + index] = marks[begin + index]
        for index in range(0 if same else min(end - start, stop - begin)):
            if clean[end - 1 - index] != lines[stop - 1 - index]:
                break
            agreement[end - 1 - index] = marks[stop - 1 - index]
    return agreement


def _alike(one: str, other: str) -> bool:
    """Whether two lines are the same but for checksums, which are taken over what has marks."""
    return one == other or (len(one) == len(other) and _SUM.sub("", one) == _SUM.sub("", other))


def _documents(lines: Sequence[str]) -> list[tuple[int, int]]:
    """Where documents start and end; those in which nothing but comments stand are none."""
    starts = [index for index, line in enumerate(lines) if line.rstrip() == "---"]
    parts = zip([0, *starts], [*starts, len(lines)], strict=True)
    return [
        (start, end)
        for start, end in parts
        if any(line.strip() and not line.startswith(("#", "---")) for line in lines[start:end])
    ]
