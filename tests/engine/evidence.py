"""Write into the atlas's entries which launches measured them.

A launch measures an entry where it is of the kind `wrapper` or `program` and names it by `runs`, or
by its own name. Only what the model tells as the engine did it is evidence of the entry.
"""

from __future__ import annotations

import re
import tempfile
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import launches as tables
import record
from batch import predictions, write_folder

from gracelint.atlas.compile import DATA

if TYPE_CHECKING:
    from collections.abc import Iterable

    from launches import Launch

FOLDERS = ("wrappers", "inits", "programs")
_EVIDENCE = re.compile(r"\n*^\[\[evidence\]\]\n(?:(?!\[).*\n?)*", re.MULTILINE)


def write(measured: Iterable[Launch]) -> list[str]:
    """Name the tables' entries of these launches in the atlas; what stands against it, by entry."""
    wanted = {launch.name for launch in measured}
    groups = defaultdict(list)
    for launch in tables.launches(every=True):
        if launch.entry and launch.runs:
            groups[launch.entry].append(launch)
    groups = {entry: of for entry, of in groups.items() if wanted & {x.name for x in of}}
    facts = record.measured()
    predicted = _predicted([launch for of in groups.values() for launch in of])
    against = []
    for entry, of in groups.items():
        wrong = [
            f"{x.name}: {predicted.get(x.name)}, and the engine: {facts[x.name]['verdict']}"
            for x in of
            if x.name in facts
            and not record.agrees(
                predicted.get(x.name, "nothing"), facts[x.name]["verdict"], unknown=bool(x.open)
            )
        ]
        path = file_of(of[0])
        if wrong or path is None:
            against += wrong or [f"{entry}: the atlas has no entry {of[0].runs}"]
        elif all(x.name in facts for x in of):
            _name(path, entry, facts[of[0].name].get("packages", {}))
    return against


def file_of(launch: Launch) -> Path | None:
    """The file of the entry that a launch measures, first of its own kind; None without one."""
    folders = sorted(
        FOLDERS, key=lambda folder: not folder.startswith(launch.entry.partition(".")[0])
    )
    paths = (DATA / folder / f"{launch.runs}.toml" for folder in folders)
    return next((path for path in paths if path.exists()), None)


def _predicted(every: list[Launch]) -> dict[str, str]:
    with tempfile.TemporaryDirectory(prefix="gracelint-launches-") as folder:
        root = Path(folder).resolve()
        for launch in every:
            write_folder(root / launch.name, launch)
        return predictions(root)


def _name(path: Path, entry: str, packages: dict[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    items: list[dict[str, Any]] = tomllib.loads(text).get("evidence", [])
    old = next((item for item in items if item["kind"] == "measured"), {})
    named = dict.fromkeys([*old.get("launch", "").split(), entry])
    new = {"kind": "measured", "launch": " ".join(named), "version": _version(packages)}
    if packages == {}:
        new["version"] = old.get("version", "Debian 12")
    if "says" in old:
        new["says"] = old["says"]
    kept = [new, *(item for item in items if item["kind"] == "source")]
    blocks = [
        "\n[[evidence]]\n" + "".join(f"{key} = {_quoted(value)}\n" for key, value in item.items())
        for item in kept
    ]
    path.write_text(_EVIDENCE.sub("", text).rstrip() + "\n" + "".join(blocks), encoding="utf-8")


def _version(packages: dict[str, str]) -> str:
    """`runit 2.1.2 on Debian 12`: without epoch and the distribution's own revision."""
    plain = {name: re.sub(r"^\d+:|[-+~].*$", "", text) for name, text in packages.items()}
    return ", ".join(f"{name} {text}" for name, text in plain.items()) + " on Debian 12"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
