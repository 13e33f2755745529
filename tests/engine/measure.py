"""Stop every launch of the table on the engine and write what became of each to measured.json.

`python tests/engine/measure.py` measures all of them; with words behind it, those whose names
contain one of the words, and keeps the others. It takes the same engine as the tests do. Raises
SystemExit where none can be had, and where a launch cannot be built.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from batch import observe_all
from engine import Engine, EngineError, Run, running_engine, why_no_engine
from images import PACKAGES, SUITE, make_base_images
from launches import launches

MEASURED = Path(__file__).parent / "measured.json"


def read() -> dict[str, Any]:
    """What was measured: `with` names the versions, `verdicts` has one for each launch's name."""
    return json.loads(MEASURED.read_text(encoding="utf-8")) if MEASURED.exists() else {}


def versions(engine: Engine) -> dict[str, str]:
    """The versions of the engine's parts, and of the packages in the base images."""
    parts = engine.json("GET", "/version")
    found = {c["Name"].lower(): c["Version"] for c in parts["Components"]}
    found["kernel"] = parts["KernelVersion"].partition("-")[0]
    listing = ("dpkg-query", "-W", *PACKAGES, "coreutils", "util-linux")
    output = engine.observe(Run("debian:12-slim", entrypoint=listing)).output
    packages = dict(line.split("\t") for line in output.splitlines() if "\t" in line)
    return {"debian": SUITE, **found, **dict(sorted(packages.items()))}


def measure(engine: Engine, words: list[str]) -> None:
    """Write the file anew. words: parts of names; none: all."""
    every = list(launches(every=True))
    chosen = {x.name: x for x in every if not words or any(word in x.name for word in words)}
    seen = observe_all(engine, chosen)
    unbuilt = [f"{name}: {o.output}" for name, o in seen.items() if o.verdict == "unbuilt"]
    if unbuilt:
        raise SystemExit("\n".join(unbuilt))
    old = read().get("verdicts", {})
    new = {name: o.verdict for name, o in seen.items()}
    verdicts = {x.name: new.get(x.name, old.get(x.name)) for x in every}
    write(versions(engine), {name: verdict for name, verdict in verdicts.items() if verdict})


def write(with_versions: dict[str, str], verdicts: dict[str, str]) -> None:
    """Write the file."""
    text = json.dumps({"with": with_versions, "verdicts": verdicts}, indent=1)
    MEASURED.write_text(text + "\n", encoding="utf-8")


def main() -> None:
    """Measure on whatever engine there is."""
    reason = why_no_engine()
    if reason:
        raise SystemExit(reason)
    try:
        with running_engine() as engine:
            make_base_images(engine)
            measure(engine, sys.argv[1:])
    except EngineError as error:
        raise SystemExit(f"no container engine: {error}") from error


if __name__ == "__main__":
    main()
