"""Bake files: the images that `docker buildx bake` builds, with their stages and arguments.

Source: the Bake file reference (targets, inherits, args, matrix, variables with defaults).
A variable has its default, which the environment of whoever builds may replace.
"""

from __future__ import annotations

import json
from itertools import islice, product
from typing import TYPE_CHECKING, Any, TypeAlias

from gracelint.base import lazy
from gracelint.base.paths import folder_of, seen_from
from gracelint.base.values import dataclass
from gracelint.discover.builds import Built, last_part
from gracelint.syntax.hcl import UNKNOWN, Expression, Hcl

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gracelint.base.source import Source

MAX_SIZE = 200_000
"""Larger files are not read."""

MAX_TARGETS = 1000
"""Of a file's targets, and of what they build, so many are read."""

_VARIABLE = lazy.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class _Target:
    """A target as it is written. start, end: the place of its name."""

    name: str
    start: int
    end: int
    attributes: Mapping[str, Any]


_File: TypeAlias = tuple[dict[str, _Target], dict[str, Any], list[Any]]
"""What a file says: its targets by name, its variables, and the targets of each of its groups."""


def bake(source: Source) -> Iterator[Built]:
    """Every image that a bake file's targets build from a Dockerfile, in HCL or JSON."""
    if len(source.text) <= MAX_SIZE:
        yield from islice(_built(source), MAX_TARGETS)


def _built(source: Source) -> Iterator[Built]:
    read = _json if source.path.endswith(".json") else _hcl
    targets, variables, groups = read(source.text)
    grouped = {name for group in groups for name in _listed(_worked(group, variables))}
    parents = {
        parent
        for target in targets.values()
        for parent in _listed(_worked(target.attributes.get("inherits"), variables))
    }
    for target in targets.values():
        for given in _combinations(target.attributes, variables):
            inherited = _inherited(target.name, targets, given)
            attributes = {key: _worked(value, given) for key, value in inherited.items()}
            if (
                _listed(attributes.get("tags"))
                or target.name in grouped
                or target.name not in parents
            ):
                yield from _images(source, target, attributes)


def _listed(value: Any) -> list[str]:
    """The texts of a list."""
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _images(source: Source, target: _Target, attributes: Mapping[str, Any]) -> Iterator[Built]:
    """What a target builds: one for each tag, or one without a reference."""
    folder = folder_of(source.path)
    context, name = attributes.get("context", "."), attributes.get("dockerfile", "Dockerfile")
    if not (isinstance(context, str) and isinstance(name, str)):
        return
    where = seen_from(folder, context)
    path = None if where is None else seen_from(where, name)
    if path is None or "dockerfile-inline" in attributes:
        return
    stage, span = attributes.get("target"), source.span(target.start, target.end)
    if not (stage is None or isinstance(stage, str)):
        return  # which stage it is cannot be told, and the last one is a guess
    args = attributes.get("args")
    plain = {k: v for k, v in args.items() if isinstance(v, str)} if isinstance(args, dict) else {}
    for tag in [tag for tag in _listed(attributes.get("tags")) if tag] or [""]:
        service = last_part(tag) if tag else target.name
        yield Built(service, span, tag or None, where, path, None, stage, plain)


def _inherited(
    name: str, targets: Mapping[str, _Target], variables: Mapping[str, Any]
) -> dict[str, Any]:
    """A target's attributes with those that it inherits; what stands nearer counts, args by key."""
    order: list[str] = []
    queue = [name]
    while queue and len(order) < 50:
        current = queue.pop(0)
        if current in order or current not in targets:
            continue
        order.append(current)
        parents = _worked(targets[current].attributes.get("inherits"), variables)
        queue += _listed(parents)[::-1]
    attributes: dict[str, Any] = {}
    for each in reversed(order):
        direct = dict(targets[each].attributes)
        args = _worked(direct.get("args"), variables)
        before = attributes.get("args")
        if isinstance(args, dict) and isinstance(before, dict):
            direct["args"] = {**before, **args}
        elif isinstance(args, dict):
            direct["args"] = args
        attributes.update(direct)
    return attributes


def _combinations(
    attributes: Mapping[str, Any], variables: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    """The variables as they stand, or once for each combination of a matrix."""
    matrix = _worked(attributes.get("matrix"), variables)
    if not isinstance(matrix, dict) or not matrix:
        yield variables
        return
    axes = [values if isinstance(values, list) else [values] for values in matrix.values()]
    for chosen in product(*axes):
        yield {**variables, **dict(zip(matrix, chosen, strict=True))}


def _worked(value: Any, variables: Mapping[str, Any]) -> Any:
    """A value as it is written in HCL or in JSON, worked out."""
    if isinstance(value, Expression):
        return value.value(variables)
    if isinstance(value, str):
        return _filled(value, variables)
    if isinstance(value, list):
        return [_worked(each, variables) for each in value]
    if isinstance(value, dict):
        return {key: _worked(each, variables) for key, each in value.items()}
    return value


def _filled(text: str, variables: Mapping[str, Any]) -> Any:
    """A text of JSON with its variables; UNKNOWN where one of them is, or something else is."""
    for name in _VARIABLE.findall(text):
        if not isinstance(variables.get(name), str):
            return UNKNOWN
    whole = _VARIABLE.sub(lambda match: variables[match[1]], text)
    return UNKNOWN if "${" in whole or "%{" in whole else whole


def _hcl(text: str) -> _File:
    file = Hcl(text)
    variables: dict[str, Any] = {}
    for block in file.blocks:
        if block.kind == "variable" and block.labels and "default" in block.attributes:
            variables[block.labels[0]] = block.attributes["default"].value(variables)
    for name, expression in file.attributes.items():
        variables[name] = expression.value(variables)
    targets = [b for b in file.blocks if b.kind == "target" and b.labels][:MAX_TARGETS]
    by_name = {b.labels[0]: _Target(b.labels[0], b.start, b.end, b.attributes) for b in targets}
    groups = [block.attributes.get("targets") for block in file.blocks if block.kind == "group"]
    return by_name, variables, groups


def _json(text: str) -> _File:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return {}, {}, []
    targets = data.get("target") if isinstance(data, dict) else None
    given = data.get("variable") if isinstance(data, dict) else None
    variables = {
        name: body.get("default")
        for name, body in (given.items() if isinstance(given, dict) else ())
        if isinstance(body, dict)
    }
    by_name: dict[str, _Target] = {}
    for name, body in list(targets.items())[:MAX_TARGETS] if isinstance(targets, dict) else ():
        if isinstance(body, dict):
            start = max(text.find(f'"{name}"') + 1, 0)
            by_name[name] = _Target(name, start, start + len(name), body)
    groups = data.get("group") if isinstance(data, dict) else None
    bodies = groups.values() if isinstance(groups, dict) else ()
    return by_name, variables, [body.get("targets") for body in bodies if isinstance(body, dict)]
