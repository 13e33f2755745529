"""What was measured of each launch, and on which of them the model is known to be wrong."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

MEASURED = Path(__file__).parent / "measured"
DISAGREEMENTS = Path(__file__).parent / "disagreements.toml"
AS_SEEN = {"cut-off": "graceful"}
"""What an engine sees of it: not what a program that ends at once has lost."""
LOST = {"killed", "abandoned"}
"""Verdicts of launches that lose their application."""
HEAD = """\
# Where the model is known to be wrong. A line that is no longer true fails its test: delete it.
# [told]: launches of which something else is told than what the engine did.
# [silent]: launches that are told to lose it after all fixes, with nothing left to report.
# [fixed]: launches that do lose it after all fixes, with nothing left to report.
# `python tests/engine/disagreements.py` writes [told] and [silent] anew.
"""


def read(table: str) -> dict[str, Any]:
    """What was measured of one table: `with` names the versions, `launches` has facts by name.

    Facts are `verdict`; of the stand-in applications that started, `apps`, how many were `told`
    and how many finished (`clean`); of a program, `exit`, `seconds` and its packages' versions.
    """
    path = MEASURED / f"{table}.json"
    empty: dict[str, Any] = {"with": {}, "launches": {}}
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else empty


def measured() -> dict[str, dict[str, Any]]:
    """The facts of every launch that was measured, by name."""
    return {
        name: facts
        for path in sorted(MEASURED.glob("*.json"))
        for name, facts in read(path.stem)["launches"].items()
    }


def write(table: str, versions: dict[str, str], launches: dict[str, dict[str, Any]]) -> None:
    """Write what was measured of one table, a line a launch."""
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(launches[name])}" for name in launches)
    head = json.dumps(versions, indent=1).replace("\n", "\n ")
    text = f'{{\n "with": {head},\n "launches": {{\n{lines}\n }}\n}}\n'
    MEASURED.mkdir(exist_ok=True)
    (MEASURED / f"{table}.json").write_text(text, encoding="utf-8")


def disagreements(kind: str) -> dict[str, str]:
    """Where the model is known to be wrong: a verdict by launch.

    kind: `told`, `silent` or `fixed`, as the file's first lines say.
    """
    found = tomllib.loads(DISAGREEMENTS.read_text(encoding="utf-8"))
    return dict(found.get(kind, {}))


def write_disagreements(lists: dict[str, dict[str, str]]) -> None:
    """Write the lists by kind, a line a launch, in the names' order."""
    lines = [HEAD]
    for kind, entries in lists.items():
        lines += [f"\n[{kind}]\n", *(f'"{name}" = "{entries[name]}"\n' for name in sorted(entries))]
    DISAGREEMENTS.write_text("".join(lines), encoding="utf-8")


def agrees(told: str, observed: str, *, unknown: bool = False) -> bool:
    """Whether a verdict told is the one observed.

    unknown: the files do not tell what happens, so that saying so is right as well.
    """
    return AS_SEEN.get(told, told) == observed or (unknown and told == "unknown")
