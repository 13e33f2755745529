"""gracelint beside the other linters that are installed, on inputs that are built here.

    python benchmarks/compare.py [RUNS]

Run it with the interpreter of an environment in which gracelint is installed, not editable.
hadolint, tally and checkov are taken from PATH where they are there. Commands that are compared run
in turn, RUNS times (5 unless given). What is printed are ratios: to `python -c pass` for gracelint
alone, to gracelint for the others; in brackets the smallest and the largest of the single turns.
A table of where the time goes within gracelint follows.
"""

from __future__ import annotations

import cProfile
import os
import pstats
import random
import shutil
import subprocess
import sys
import tempfile
import time
from io import StringIO
from pathlib import Path
from statistics import median

PEERS = {
    "hadolint": ("hadolint", "--no-fail"),
    "tally": ("tally", "lint"),
    "checkov": (
        "checkov",
        "--quiet",
        "--compact",
        "--soft-fail",
        "--framework",
        "dockerfile",
        "-f",
    ),
}
BASES = ("debian:12-slim", "python:3.12-slim", "node:22-bookworm-slim", "alpine:3.20")
RUNS = (
    "apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/*",
    'set -eux; if [ "$KIND" = x ]; then echo a > /etc/x; fi; for p in a b; do mkdir /srv/$p; done',
    "useradd -m app && chown -R app /srv",
    'curl -fsSL "$URL" | tar -xz -C /opt && ln -s /opt/x /usr/bin/x',
    "find / -name '*.pyc' -delete; chmod 755 /srv/run",
)


def dockerfile(chance: random.Random, number: int) -> str:
    """An ordinary Dockerfile of two stages."""
    base = chance.choice(BASES)
    lines = [f"FROM {base} AS build", "WORKDIR /src", "COPY . ."]
    lines += [f"RUN {chance.choice(RUNS)} # {chance.randrange(9)}" for _ in range(6)]
    lines += [f"FROM {base}", "ENV URL=http://localhost KIND=x", "COPY --from=build /src /srv"]
    lines += [f"RUN {chance.choice(RUNS)} # {chance.randrange(9)}" for _ in range(6)]
    return "\n".join([*lines, "USER app", f'ENTRYPOINT ["/srv/server{number}"]', ""])


def entrypoint(functions: int = 45) -> str:
    """A long script with many functions, tests of variables, and a server that it starts twice."""
    lines = ["#!/bin/bash", "set -eo pipefail"]
    for n in range(functions):
        lines += [
            f"setup_{n}() {{",
            f'\tlocal value="${{OPTION_{n}:-}}" file=/run/secrets/option_{n}',
            '\tif [ -f "$file" ]; then value="$(cat "$file")"; fi',
            f'\tcase "$value" in yes) echo "{n} on" >> /etc/app.conf ;; *) : ;; esac',
            "}",
        ]
    lines += [f"setup_{n}" for n in range(functions)]
    lines += ["if [ ! -d /data/ready ]; then", "\t/app/server --init &", "\tpid=$!"]
    lines += ["\tfor i in {30..0}; do if /app/ping; then break; fi; sleep 1; done"]
    return "\n".join([*lines, '\tkill "$pid"; wait "$pid"', "fi", 'exec "$@"', ""])


def manifest(number: int) -> str:
    """One file in six is a Deployment, the others are other tools' data."""
    if number % 6:
        return "list:\n" + "".join(f"  - {{id: {i}, text: 'entry {i}'}}\n" for i in range(60))
    return (
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web{number}}}\nspec:\n"
        "  template:\n    spec:\n      terminationGracePeriodSeconds: 45\n      containers:\n"
        f"        - {{name: web, image: registry.example/web:{number}}}\n"
    )


def inputs(root: Path) -> None:
    """Write what is checked below a folder."""
    chance = random.Random(7)  # noqa: S311
    files = {"one/Dockerfile": "FROM debian:12-slim\nENTRYPOINT /app/server\n"}
    files["long/Dockerfile"] = 'FROM debian:12\nCOPY run.sh /\nENTRYPOINT ["/run.sh"]\nCMD ["/a"]\n'
    files["long/run.sh"] = entrypoint()
    files |= {f"ordinary/d{n}/Dockerfile": dockerfile(chance, n) for n in range(600)}
    files |= {f"manifests/{n % 50}/f{n}.yaml": manifest(n) for n in range(3000)}
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


def seconds(command: list[str], folder: Path) -> float:
    """How long a command takes."""
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    if done.returncode not in {0, 1}:
        sys.exit(f"{command[0]} ended with {done.returncode}: {done.stderr.decode()[-300:]}")
    return time.perf_counter() - start


def ratios(slow: list[str], fast: list[str], folder: Path, runs: int) -> str:
    """How many times as long the first command takes."""
    seconds(fast, folder)  # what is read from the disk or compiled once
    pairs = [(seconds(slow, folder), seconds(fast, folder)) for _ in range(runs)]
    found = sorted(a / b for a, b in pairs)
    middle = median(a for a, _ in pairs)
    return f"{median(found):8.1f} ({found[0]:.1f} to {found[-1]:.1f})   {middle:8.2f} s"


def profile(root: Path) -> str:
    """Where the time goes: the functions that take most of it, with what they call."""
    from gracelint.files.tree import Files
    from gracelint.model.options import Options
    from gracelint.session.session import Session

    measured = cProfile.Profile()
    measured.runcall(Session(Files(root), Options()).run, ["ordinary", "long"])
    text = StringIO()
    pstats.Stats(measured, stream=text).sort_stats("cumulative").print_stats("gracelint", 25)
    return text.getvalue()


def main() -> None:
    """Build the inputs, measure and print."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    own = [str(Path(sys.executable).parent / "gracelint"), "check", "--no-cache"]
    bare = [sys.executable, "-c", "pass"]
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} processors, {runs} runs each")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        inputs(root)
        print("\ngracelint, in starts of the bare interpreter")
        for name in ("one", "long", "manifests", "ordinary"):
            print(f"{name:>12} {ratios([*own, name], bare, root, runs)}", flush=True)
        files = sorted(str(path.relative_to(root)) for path in root.glob("ordinary/*/Dockerfile"))
        print("\nothers on the 600 ordinary Dockerfiles, in times of gracelint")
        for name, (program, *options) in PEERS.items():
            if shutil.which(program):
                command = [program, *options, *files]
                print(f"{name:>12} {ratios(command, [*own, 'ordinary'], root, runs)}", flush=True)
        print("\n" + profile(root))


if __name__ == "__main__":
    main()
