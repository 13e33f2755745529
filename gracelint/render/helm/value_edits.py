"""Edits of rendered text as edits of the values that wrote it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.render import trees
from gracelint.render.changes import changed, put

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gracelint.base.edit import Edit
    from gracelint.render.helm.lines import Lines
    from gracelint.render.helm.template import Action, Template
    from gracelint.render.helm.values import Values
    from gracelint.render.spots import Choice
    from gracelint.syntax.yaml.node import Node
    from gracelint.syntax.yaml.parse import YamlFile


def in_values(file: YamlFile, values: Values, edits: Sequence[Edit]) -> tuple[Edit, ...] | None:
    """The same change of what values files say; None where that is not what is changed."""
    pair = changed(file, edits)
    if not pair:
        return None
    root, changes = pair
    at = [(change.path if change.into is None else change.path[:-1]) for change in changes]
    nodes = [trees.find(root, path) for path in at]
    leaves = [_first(path, node) for path, node in zip(at, nodes, strict=True) if node is not None]
    values.decide(leaf for leaf in leaves if leaf is not None)
    options = [
        _edit(values, change, *leaf) for change, leaf in zip(changes, leaves, strict=True) if leaf
    ]
    edits_made = tuple(edit for edit in options if edit is not None)
    return edits_made if len(edits_made) == len(changes) else None


def _first(path: trees.Path, node: Node) -> tuple[trees.Path, Node] | None:
    """The first scalar of what stands at a path."""
    first = next(trees.leaves(node, 1), None)
    return None if first is None else ((*path, *first[0]), first[1])


def _edit(values: Values, change: trees.Change, path: trees.Path, leaf: Node) -> Edit | None:
    """The change in the values file that the first scalar concerned comes from."""
    choice = values.of(leaf)
    if choice is None or choice.node.value != leaf.value:
        return None
    step = change.path if change.into is None else change.path[:-1]
    node = above(choice, path, len(path) - len(step))
    return None if node is None else put(node, change)


def above(choice: Choice, path: trees.Path, steps: int) -> Node | None:
    """What is so many steps above a scalar of values, if the same keys lead down to it."""
    if steps and choice.path[-steps:] != path[-steps:]:
        return None
    return trees.find(choice.root, choice.path[: len(choice.path) - steps])


def switched_on(
    file: YamlFile, lines: Lines, values: Values, edits: Sequence[Edit]
) -> list[Edit] | None:
    """Changes of values for a key that the template writes where they ask for it.

    None where the template has no line for the key, so that one has to be added.
    """
    _, changes = changed(file, edits) or (None, [])
    change = changes[0] if len(changes) == 1 else None
    if change is None or change.into is None or change.new is None or change.new.kind != "scalar":
        return None
    first = lines.line(change.into.span.start)
    above, key = dict(lines.written(max(first - 1, 0))), str(change.path[-1])
    actions = [
        (number, action)
        for number, _ in lines.written(first)
        for action in _writing(lines.templates[number], above.get(number, 1), key)
    ]
    if not actions:
        return None
    data = trees.plain(change.new)
    return [edit for number, action in actions for edit in values.settings(number, action, data)]


def _writing(template: Template, line: int, key: str) -> Iterator[Action]:
    """The actions that write the value of a key behind a line, before the next document."""
    source = template.source
    start = source.offset(line)
    end = source.text.find("\n---", start)
    for action in template.actions:
        if start <= action.start and (end < 0 or action.start < end) and action.kind == "output":
            line_start = source.text.rfind("\n", 0, action.start) + 1
            if source.text[line_start : action.start].strip() == f"{key}:":
                yield action
