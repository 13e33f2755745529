"""How many instructions `gracelint check Dockerfile` takes, in units of `python -c pass`.

    python benchmarks/instructions.py

Needs valgrind. Run it with the interpreter of an environment in which gracelint is installed, not
editable. Unlike seconds, the counts are the same each time, whatever else the machine does; they
differ from one build of Python to another, so that only counts of one machine can be compared.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from startup import DOCKERFILE

VALGRIND = ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")


def instructions(command: list[str], folder: str) -> int:
    """How many instructions a command takes."""
    env = {**os.environ, "PYTHONHASHSEED": "0"}
    done = subprocess.run(
        [*VALGRIND, *command], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    found = re.search(r"I +refs: +([0-9,]+)", done.stderr)
    if found is None:
        sys.exit(f"valgrind tells no count: {done.stderr[-300:]}")
    return int(found[1].replace(",", ""))


def main() -> None:
    """Count and print."""
    check = [sys.executable, "-m", "gracelint", "check", "--no-cache", "Dockerfile"]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "Dockerfile").write_text(DOCKERFILE, encoding="utf-8")
        subprocess.run(check, cwd=folder, capture_output=True, check=False)  # writes the bytecode
        base = instructions([sys.executable, "-c", "pass"], folder)
        whole = instructions(check, folder)
    print(f"python -c pass: {base / 1e6:.1f} million instructions")
    print(f"gracelint check Dockerfile: {whole / 1e6:.1f} million instructions")
    print(f"ratio: {whole / base:.2f}")


if __name__ == "__main__":
    main()
