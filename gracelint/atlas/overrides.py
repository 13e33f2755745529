"""Entries of the settings in front of the atlas's own."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from gracelint.atlas.argv import base_name, first_value, grammar, parse
from gracelint.atlas.images import Reference, canonical
from gracelint.base.values import replace
from gracelint.model.entries import BaseImage, Program, Reaction, Wrapped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gracelint.base.facts import Word

    Table = Mapping[str, Mapping[str, Any]]

SOURCE = "the settings"
_BEHAVIOURS = frozenset({"exec", "forward", "swallow", "die", "detach"})


def _entry(table: Table, argv: Sequence[Word]) -> tuple[str, Mapping[str, Any]]:
    command = first_value(argv) or ""
    for name in (command, base_name(command)):
        if name in table:
            return name, table[name]
    return "", {}


def wrapper(table: Table, argv: Sequence[Word]) -> Wrapped | None:
    """A wrapper of the settings: `behaviour`, and `flags`, `values` and `skip` as its grammar."""
    name, entry = _entry(table, argv)
    behaviour = entry.get("behaviour")
    if behaviour not in _BEHAVIOURS:
        return None
    own = {k: " ".join(v) if isinstance(v, list) else v for k, v in entry.items()}
    parsed = parse(argv[1:], grammar(own))
    role = "init" if entry.get("init") else "wrapper"
    return Wrapped(
        key=name,
        role=role,  # type: ignore[arg-type]
        behaviour=behaviour,
        source=SOURCE,
        inner=parsed.rest or None,
        target=entry.get("target", "child"),
        kill_after=entry.get("kill-after"),
        reaps=entry.get("reaps"),
        reason="" if parsed.rest else parsed.problem or "no command follows",
    )


def program(table: Table, argv: Sequence[Word], known: Program | None) -> Program | None:
    """A program of the settings: `signals`, `graceful-signal`, `stops-in`, `lifetime`, …"""
    name, entry = _entry(table, argv)
    if not entry or "behaviour" in entry:
        return known
    found = known or Program(key=name, source=SOURCE, lifetime="long")
    changes: dict[str, Any] = {"source": SOURCE}
    signals = {_plain(k): Reaction(v) for k, v in entry.get("signals", {}).items()}
    if signals:
        changes["reactions"] = {**found.reactions, **signals}
    for key in ("graceful-signal", "stops-in", "lifetime", "reaps", "spawns", "drains"):
        if key in entry:
            value = entry[key]
            changes[key.replace("-", "_")] = _plain(value) if key == "graceful-signal" else value
    return replace(found, **changes)


def _plain(signal: str) -> str:
    return signal.upper().removeprefix("SIG")


def base(table: Table, reference: str, known: BaseImage | None) -> BaseImage | None:
    """An image of the settings: `shell`, `entrypoint`, `cmd`, `stop-signal`, `init`."""
    parsed = Reference.parse(reference)
    untagged = f"{parsed.host}/{parsed.path}".removeprefix("/")
    names = (reference, untagged, canonical(parsed))
    entry = next((table[name] for name in names if name in table), None)
    if entry is None or not set(entry) & {"shell", "entrypoint", "cmd", "stop-signal", "init"}:
        return known
    found = known or BaseImage(key=untagged, source=SOURCE, sh=None, entrypoint=None, cmd=None)
    return replace(found, source=SOURCE, **_image_changes(entry))


def _image_changes(entry: Mapping[str, Any]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if "shell" in entry:
        changes["sh"] = entry["shell"]
    if "stop-signal" in entry:
        changes["stop_signal"] = entry["stop-signal"]
    if "init" in entry:
        changes["init"] = entry["init"]
    for key in ("entrypoint", "cmd"):
        if key in entry:
            value = entry[key]
            changes[key] = tuple(shlex.split(value) if isinstance(value, str) else value)
    return changes
