"""Stop every launch of the tables on the engine and write what became of each to measured/.

`python tests/engine/measure.py` measures all of them; with words behind it, those whose
names, with the table's before them (`shells/script__exec@dash`), contain one of the words, and
keeps the others. Where what the model tells is what the engine did, an entry of the atlas that the
launch is about gets it as its evidence. It takes the same engine as the tests do. Raises
SystemExit where none can be had, and at the end where a launch could not be built or differs.
"""

from __future__ import annotations

import sys
from typing import Any

import evidence
import record
from batch import FAILURES, Observations, image_of
from engine import Engine, EngineError, Observed, Run, running_engine, why_no_engine
from images import PACKAGES, SUITE, make_base_images
from launches import Launch, launches

FROM_PIP = "import importlib.metadata as m; print('{name}', m.version('{name}'), sep='\\t')"
FROM_NPM = "'{name}\\t' + require('/usr/local/lib/node_modules/{name}/package.json').version"
VERSION = {
    "": "dpkg-query -W {name}",
    "pip": f'python3 -c "{FROM_PIP}"',
    "npm": f'node -p "{FROM_NPM}"',
}


def versions(engine: Engine) -> dict[str, str]:
    """The versions of the engine's parts, and of the packages in the base images."""
    parts = engine.json("GET", "/version")
    found = {c["Name"].lower(): c["Version"] for c in parts["Components"]}
    found["kernel"] = parts["KernelVersion"].partition("-")[0]
    packages = versions_of(engine, "debian:12-slim", (*PACKAGES, "coreutils", "util-linux"))
    return {"debian": SUITE, **found, **packages}


def versions_of(engine: Engine, image: str, packages: tuple[str, ...]) -> dict[str, str]:
    """The versions of packages in an image: Debian's, or with `pip:` or `npm:` before the name."""
    lines = []
    for package in packages:
        tool, _, name = package.rpartition(":")
        lines.append(VERSION[tool].format(name=name))
    command = ("sh", "-c", "\n".join(lines))
    output = engine.observe(Run(image, entrypoint=command, command=(), settle=60)).output
    return dict(sorted(line.split("\t") for line in output.splitlines() if "\t" in line))


def facts(launch: Launch, observed: Observed, packages: dict[str, str]) -> dict[str, Any]:
    """What is kept of an observation."""
    found: dict[str, Any] = {"verdict": observed.verdict}
    if observed.apps:
        found |= {"apps": observed.apps, "told": observed.told, "clean": observed.clean}
    if launch.name.startswith("program-"):
        found |= {"exit": observed.exit, "seconds": observed.took}
    return found | ({"packages": packages} if packages else {})


def measure(engine: Engine, words: list[str]) -> list[str]:
    """Write the files anew; what could not be measured. words: parts of names; none: all."""
    every = list(launches(every=True))
    chosen = {
        x.name: x
        for x in every
        if not words or any(word in f"{x.table}/{x.name}" for word in words)
    }
    used = versions(engine)
    seen = Observations(engine, chosen)
    failures = []
    for name, launch in chosen.items():
        try:
            observed = seen[name]
        except FAILURES as error:
            observed = Observed("unbuilt", 0, output=str(error))
        last = observed.output.strip().splitlines()[-3:] if observed.verdict == "exits" else []
        print(" | ".join((f"{name}: {observed.verdict}", *last)), flush=True)  # noqa: T201
        if observed.verdict == "unbuilt":
            failures.append(f"{name}: {observed.output}")
        else:
            packages = {}
            if launch.packages:
                packages = versions_of(engine, image_of(engine, launch), launch.packages)
            keep(every, launch, facts(launch, observed, packages), used)
    return failures + evidence.write(chosen.values())


def keep(every: list[Launch], launch: Launch, found: dict[str, Any], used: dict[str, str]) -> None:
    """Put the facts of one launch into its table's file, in the table's order."""
    both = record.read(launch.table)["launches"] | {launch.name: found}
    names = [x.name for x in every if x.table == launch.table and x.name in both]
    record.write(launch.table, used, {name: both[name] for name in names})


def main() -> None:
    """Measure on whatever engine there is."""
    reason = why_no_engine()
    if reason:
        raise SystemExit(reason)
    try:
        with running_engine() as engine:
            make_base_images(engine)
            failures = measure(engine, sys.argv[1:])
    except EngineError as error:
        raise SystemExit(f"no container engine: {error}") from error
    if failures:
        raise SystemExit("\n".join(failures))


if __name__ == "__main__":
    main()
