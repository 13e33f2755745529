"""Write [told] and [silent] of disagreements.toml anew, from what was measured and is told now.

`python tests/engine/disagreements.py`, as a rule to delete lines.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import record
from batch import findings, gracelint, predictions, write_folder
from launches import Launch, launches


def wrongly_told(every: list[Launch], root: Path) -> dict[str, str]:
    """The verdicts told of measured launches that are not what was measured."""
    measured, told = record.measured(), predictions(root)
    wrong = {}
    for launch in every:
        facts, verdict = measured.get(launch.name), told.get(launch.name, "nothing")
        if facts and not record.agrees(verdict, facts["verdict"], unknown=bool(launch.open)):
            wrong[launch.name] = verdict
    return wrong


def silently_lost(every: list[Launch], root: Path, wrong: dict[str, str]) -> dict[str, str]:
    """What is told after all fixes of launches that lose their application, and reported no more.

    Changes the files below `root`. Launches in `wrong` are left out.
    """
    measured = record.measured()
    gracelint("check", "--fix", "--unsafe-fixes", "--output-format", "json", str(root))
    told, left = predictions(root), findings(root)
    silent = {}
    for launch in every:
        lost = measured.get(launch.name, {}).get("verdict") in record.LOST
        after = told.get(launch.name, "nothing")
        mended = record.AS_SEEN.get(after, after) == "graceful"
        if lost and launch.name not in wrong and not mended and not left.get(launch.name):
            silent[launch.name] = after
    return silent


def main() -> None:
    """Trace every launch, repair it, trace it again, and compare."""
    every = list(launches(every=True))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        for launch in every:
            write_folder(root / launch.name, launch)
        wrong = wrongly_told(every, root)
        silent = silently_lost(every, root, wrong)
    fixed = record.disagreements("fixed")
    record.write_disagreements({"told": wrong, "silent": silent, "fixed": fixed})


if __name__ == "__main__":
    main()
