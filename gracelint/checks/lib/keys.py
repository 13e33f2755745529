"""The keys with which Compose, quadlets, ECS and Fly say how a container is stopped, for edits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from gracelint.base.edit import Edit

if TYPE_CHECKING:
    from gracelint.model.workload import Workload

What: TypeAlias = Literal["init", "signal", "grace"]

NAMES: dict[str, dict[What, str]] = {
    "compose": {"init": "init", "signal": "stop_signal", "grace": "stop_grace_period"},
    "quadlet": {"init": "RunInit", "signal": "StopSignal", "grace": "StopTimeout"},
    "ecs": {"init": "initProcessEnabled", "grace": "stopTimeout"},
    "fly": {"signal": "kill_signal", "grace": "kill_timeout"},
}


def name(workload: Workload, what: What) -> str:
    """What the key is called where the workload is declared; "" where there is none."""
    key = NAMES.get(workload.kind, {}).get(what, "")
    return key[:1].upper() + key[1:] if _in_template(workload) else key


def _in_template(workload: Workload) -> bool:
    """Whether an ECS task stands in CloudFormation, whose keys begin with a capital."""
    place = workload.place
    return workload.kind == "ecs" and place is not None and "Name" in place.entries


def spelled(workload: Workload, value: str) -> str:
    """How a text is written in the file that declares the workload, where that is no YAML."""
    return _toml(value) if workload.kind == "fly" else value


def add(workload: Workload, what: What, value: bool | int | str) -> Edit | None:
    """State a key that the workload does not have yet; None where the file cannot hold it."""
    key = name(workload, what)
    if not key:
        return None
    if workload.kind == "quadlet":
        return _line_behind(workload, f"{key}={_plain(value)}")
    if workload.kind == "fly":
        return _top_level(workload, f"{key} = {_toml(value)}")
    place = workload.place
    if place is None:
        return None
    if workload.kind == "ecs" and what == "init":
        return _linux_parameter(workload, key, value)
    from gracelint.syntax.yaml import editing

    return editing.add_key(place.node, key, value)


def _plain(value: bool | int | str) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _toml(value: bool | int | str) -> str:
    return f'"{value}"' if isinstance(value, str) else _plain(value)


def _line_behind(workload: Workload, line: str) -> Edit:
    """A line behind the one that declares the workload."""
    source, number = workload.source, workload.declared.first.line
    at = source.offset(number) + len(source.line(number))
    return Edit(source.span(at, at), source.newline + line)


def _top_level(workload: Workload, line: str) -> Edit | None:
    """A line behind the last key that stands in no table, else at the top of the file."""
    from gracelint.syntax.toml import parse

    source = workload.source
    ends = [entry.value.end for entry in parse(source) if len(entry.path) == 1]
    if not ends:
        return Edit(source.span(0, 0), line + source.newline)
    number = source.position(max(ends)).line
    at = source.offset(number) + len(source.line(number))
    return Edit(source.span(at, at), source.newline + line)


def _linux_parameter(workload: Workload, key: str, value: bool | int | str) -> Edit | None:
    place = workload.place
    if place is None:
        return None
    outer = "LinuxParameters" if _in_template(workload) else "linuxParameters"
    from gracelint.syntax.yaml import editing

    stated = place.node.get(outer)
    if stated is None:
        return editing.add_key(place.node, outer, {key: value})
    return editing.add_key(stated, key, value) if stated.get(key) is None else None
