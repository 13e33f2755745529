"""How long `gracelint check Dockerfile` takes, in units of `python -c pass`.

Run it with the interpreter of an environment in which gracelint is installed, not editable:

    python benchmarks/startup.py [RUNS]

Both are run RUNS times (11 unless given), in turn, and their medians are compared.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

DOCKERFILE = """\
FROM debian:12
COPY . /app
WORKDIR /app
ENTRYPOINT ["node", "server.js"]
"""


def seconds(command: list[str], folder: str) -> float:
    """How long a command takes."""
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, capture_output=True, check=False)
    return time.perf_counter() - start


def main() -> None:
    """Measure and print."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 11
    nothing = [sys.executable, "-c", "pass"]
    check = [str(Path(sys.executable).parent / "gracelint"), "check", "--no-cache", "Dockerfile"]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "Dockerfile").write_text(DOCKERFILE, encoding="utf-8")
        seconds(check, folder)  # writes the bytecode
        pairs = [(seconds(nothing, folder), seconds(check, folder)) for _ in range(runs)]
    base, whole = (median(column) for column in zip(*pairs, strict=True))
    print(f"python -c pass: {base * 1000:.1f} ms, median of {runs}")
    print(f"gracelint check Dockerfile: {whole * 1000:.1f} ms")
    print(f"ratio: {whole / base:.1f}")


if __name__ == "__main__":
    main()
