"""Write the list [told] of disagreements.toml anew, from what is told now and what was measured.

`python tests/engine/disagreements.py`, as a rule to delete lines.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import record
from batch import predictions, write_folder
from launches import launches


def main() -> None:
    """Trace every launch and compare."""
    measured = record.measured()
    every = list(launches(every=True))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        for launch in every:
            write_folder(root / launch.name, launch)
        told = predictions(root)
    wrong = {}
    for launch in every:
        facts, verdict = measured.get(launch.name), told.get(launch.name, "nothing")
        if facts and not record.agrees(verdict, facts["verdict"], unknown=bool(launch.open)):
            wrong[launch.name] = verdict
    record.write_disagreements(wrong, record.disagreements("fixed"))


if __name__ == "__main__":
    main()
