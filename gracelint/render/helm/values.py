"""Values of a chart: which scalar in a values file wrote a piece of what is rendered.

A scalar is only named when an expression that wrote the line names it, and when changing it in the
copy changes that line.
"""

from __future__ import annotations

import json
from itertools import takewhile
from typing import TYPE_CHECKING, Protocol

from gracelint.base.edit import Edit, applied
from gracelint.base.values import dataclass
from gracelint.render import trees
from gracelint.render.helm.references import EACH, Names
from gracelint.render.rendering import Again
from gracelint.render.spots import Choice
from gracelint.syntax.yaml import editing
from gracelint.syntax.yaml.parse import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gracelint.base.source import Source
    from gracelint.render.helm.lines import Lines
    from gracelint.render.helm.references import Path
    from gracelint.render.helm.template import Action
    from gracelint.syntax.yaml.editing import Data
    from gracelint.syntax.yaml.node import Node

_MOST_LEAVES = 400
_MOST_CANDIDATES = 6
_MOST_RUNS = 12
"""So many times at most is a chart rendered to find out about values."""


@dataclass(frozen=True, slots=True)
class Question:
    """Where a scalar of the rendered text comes from. choices: what it may be, the likeliest first.

    lines: the indexes of the first and the last line on which it stands.
    """

    leaf: Node
    lines: tuple[int, int]
    choices: tuple[Choice, ...]


class Rendering(Again, Protocol):
    """A chart as it is rendered with some values."""

    lines: Lines

    def is_test(self, source: Source) -> bool:
        """Whether a file is there for tests alone."""

    def given_to(self, number: int) -> Iterator[tuple[Source, list[Path]]]:
        """The values files that count for a template, with the keys below which they do."""


class Values:
    """The values that a rendering was made with."""

    def __init__(self, rendering: Rendering) -> None:
        self.rendering = rendering
        self._names: dict[int, Names] = {}
        self._roots: dict[str, Node | None] = {}
        self._places: dict[tuple[int, int], Choice | None] = {}

    def decide(self, leaves: Iterable[tuple[trees.Path, Node]]) -> None:
        """Find out for all of these scalars, given with their paths, where they come from."""
        asked = [self._question(*one) for one in leaves if _place(one[1]) not in self._places]
        self._places |= {_place(question.leaf): None for question in asked}
        for question, choice in decided(self.rendering, [q for q in asked if q.choices]):
            self._places[_place(question.leaf)] = choice

    def of(self, leaf: Node) -> Choice | None:
        """The scalar in a values file that one that was decided on was taken from."""
        return self._places.get(_place(leaf))

    def _question(self, path: trees.Path, leaf: Node) -> Question:
        lines = self.rendering.lines
        place = lines.line(leaf.span.start), lines.line(max(leaf.span.end - 1, leaf.span.start))
        likely = list(self._likely(place[0]))
        exact = [c for c in likely if c.node.value == leaf.value and leaf.value]
        exact.sort(key=lambda c: -_alike(c.path, path))
        loose = [c for c in likely if _resembles(c.node.value, leaf.value)]
        chosen = dict.fromkeys([*exact, *loose])
        return Question(leaf, place, tuple(chosen)[:_MOST_CANDIDATES])

    def settings(self, number: int, action: Action, value: Data) -> Iterator[Edit]:
        """Edits of values files that give what an action of a template names another value.

        Where it is stated already goes before where it would be new; the chart's own defaults are
        the last of the files to count, and the first to be added to.
        """
        files = [
            (root, [(*prefix, *path) for prefix in prefixes])
            for path in self._named(number, action)
            for source, prefixes in self.rendering.given_to(number)
            if not self.rendering.is_test(source) and (root := self._root(source)) is not None
        ]
        stated = [(root, path) for root, paths in files for path in paths]
        edits = [_replaced(trees.find(root, path), value) for root, path in stated]
        edits += [_added(root, path, value) for root, path in reversed(stated)]
        yield from (edit for edit in edits if edit is not None)

    def _named(self, number: int, action: Action) -> list[Path]:
        """The paths that an action of a template names."""
        if number not in self._names:
            self._names[number] = Names(self.rendering.lines.templates[number])
        return [path for path in self._names[number].of(action) if path]

    def _likely(self, line: int) -> Iterator[Choice]:
        """The scalars below everything that the expressions behind a line name."""
        lines = self.rendering.lines
        for mark in lines.written(line):
            paths = [p for action in lines.actions(mark) for p in self._named(mark[0], action)]
            for path in dict.fromkeys(paths):
                yield from self._below(mark[0], path)

    def _below(self, number: int, path: Path) -> Iterator[Choice]:
        """The scalars at and below a path of the chart that a template belongs to."""
        for source, prefixes in self.rendering.given_to(number):
            root = self._root(source)
            if root is None:
                continue
            for prefix in prefixes:
                whole = path if path[0] == "global" else (*prefix, *path)
                for start, node in _at(root, whole):
                    for way, leaf in trees.leaves(node, _MOST_LEAVES):
                        if leaf.alias_span is None and not leaf.is_null:
                            yield Choice(source, root, (*start, *way), leaf)

    def _root(self, source: Source) -> Node | None:
        if source.path not in self._roots:
            root = next(parse(source).roots(), None)
            self._roots[source.path] = root if root and root.kind == "mapping" else None
        return self._roots[source.path]


def _replaced(node: Node | None, value: Data) -> Edit | None:
    """Another value where there is one that is no collection, or an empty one."""
    if node is None or node.kind == "scalar":
        return None if node is None else editing.replace_scalar(node, value)
    empty = not node.items and not node.children
    return Edit(node.span, json.dumps(value)) if empty and node.alias_span is None else None


def _added(root: Node, path: trees.Path, value: Data) -> Edit | None:
    """A new key in the mapping that is to hold it."""
    above = trees.find(root, path[:-1])
    if above is None or above.kind != "mapping":
        return None
    return editing.add_key(above, str(path[-1]), value)


def _alike(one: trees.Path, other: trees.Path) -> int:
    """How many steps two paths have in common at their ends."""
    pairs = zip(reversed(one), reversed(other), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _place(leaf: Node) -> tuple[int, int]:
    return leaf.span.start, leaf.span.end


def _at(root: Node, path: Path) -> Iterator[tuple[trees.Path, Node]]:
    """What stands at a path, in which `EACH` is any element."""
    leaves: list[tuple[trees.Path, Node]] = [((), root)]
    for step in path:
        further: list[tuple[trees.Path, Node]] = []
        for way, node in leaves[:_MOST_LEAVES]:
            if step == EACH:
                further += [((*way, key), below) for key, below, _ in trees.parts(node)]
            elif (below := node.get(step)) is not None:
                further.append(((*way, step), below))
        leaves = further
    yield from leaves


def _resembles(value: str, written: str) -> bool:
    return "{{" in value or (len(value) > 1 and value in written)


def decided(rendering: Again, questions: Sequence[Question]) -> Iterator[tuple[Question, Choice]]:
    """Each question that a choice answers, with that choice."""
    left, runs = [(question, question.choices) for question in questions], _MOST_RUNS
    while left and runs:
        batches, changed = [left], []
        while batches and runs:
            batch = batches.pop()
            tried = _tried(rendering, batch)
            runs -= 1
            if tried is None and len(batch) > 1:
                middle = len(batch) // 2
                batches += [batch[:middle], batch[middle:]]
            else:
                changed += [one[0] for one, hit in zip(batch, tried or (), strict=False) if hit]
        yield from ((q, choices[0]) for q, choices in left if q in changed)
        left = [(q, choices[1:]) for q, choices in left if q not in changed and choices[1:]]


def _tried(
    rendering: Again, batch: Sequence[tuple[Question, tuple[Choice, ...]]]
) -> list[bool] | None:
    """For each question whether its first choice shows on its lines; None where others moved."""
    edits: dict[tuple[str, trees.Path], tuple[Source, Edit, str]] = {}
    for _, (choice, *_) in batch:
        key = (choice.source.path, choice.path)
        if key not in edits and (changed := _changed(choice.node, len(edits))) is not None:
            edits[key] = (choice.source, *changed)
    by_file: dict[str, tuple[Source, list[Edit]]] = {}
    for source, edit, _ in edits.values():
        by_file.setdefault(source.path, (source, []))[1].append(edit)
    texts = {
        path: applied(source.text, replacements) for path, (source, replacements) in by_file.items()
    }
    lines = rendering.again(texts).split("\n")
    before = rendering.file.source.text.split("\n")
    if len(lines) != len(before):
        return None
    reached = []
    for question, (choice, *_) in batch:
        attempt = edits.get((choice.source.path, choice.path))
        first, last = question.lines
        moved = (i for i in range(first, last + 1) if lines[i] != before[i])
        reached.append(attempt is not None and any(attempt[2] in lines[i] for i in moved))
    return reached


def _changed(node: Node, number: int) -> tuple[Edit, str] | None:
    """Another value of the same kind, and the text by which to know it."""
    value = node.data
    if isinstance(value, bool):
        edit, shown = editing.replace_scalar(node, not value), json.dumps(not value)
    elif isinstance(value, int):
        shown = str(70_000 + number)
        edit = editing.replace_scalar(node, 70_000 + number)
    else:
        shown = f"-gl{number}"
        end = node.value.find("\n")
        edit = Edit.insert(node.text(), len(node.value) if end < 0 else end, shown)
    return None if edit is None else (edit, shown)
