"""Running many launches, and asking gracelint about them."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import SERVER, Engine, EngineError, Observed, Run
from images import BASES, make_language_image

if TYPE_CHECKING:
    from launches import Launch

AT_ONCE = int(os.environ.get("GRACELINT_ENGINE_JOBS", "16"))
FAILURES = (EngineError, OSError)
SHARED = "container:PAUSE"
PAUSE_IMAGE, PAUSE = "debian:12-slim", ("catatonit", "-P")
_BUILT: set[str] = set()
_BUILDING: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
GRACELINT = (sys.executable, "-m", "gracelint")


class Observations(Mapping[str, Observed]):
    """What the engine does with launches, by name: several at once, each waited for when asked.

    A launch that the engine failed on raises that failure when it is asked for, and no other does.
    """

    def __init__(self, engine: Engine, todo: dict[str, Launch]) -> None:
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self._runs = {
            name: self._pool.submit(observe, engine, launch) for name, launch in todo.items()
        }

    def __getitem__(self, name: str) -> Observed:
        return self._runs[name].result()

    def __iter__(self) -> Iterator[str]:
        return iter(self._runs)

    def __len__(self) -> int:
        return len(self._runs)

    def close(self) -> None:
        """Start no more of them, and wait for those that run."""
        self._pool.shutdown(cancel_futures=True)


def observe(engine: Engine, launch: Launch) -> Observed:
    """Build one launch as its Dockerfile says, start it, stop it.

    What cannot be built gives the verdict `unbuilt`. What the engine fails on is tried once more.
    """
    try:
        return _observed(engine, launch)
    except FAILURES:
        return _observed(engine, launch)


def _observed(engine: Engine, launch: Launch) -> Observed:
    try:
        image = image_of(engine, launch)
    except EngineError as error:
        return Observed("unbuilt", 0, output=str(error))
    with tempfile.TemporaryDirectory(prefix="gracelint-files-") as folder:
        mounts = {}
        for name, target in launch.mounts.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(launch.files[name].encode())
            path.chmod(0o755)
            mounts[target] = str(path)
        return _observe(engine, launch, image, mounts)


def image_of(engine: Engine, launch: Launch) -> str:
    """The launch's image, built once for all that differ in nothing but mounted files."""
    files = {name: "" if name in launch.mounts else text for name, text in launch.files.items()}
    digest = hashlib.sha256(json.dumps(sorted(files.items())).encode()).hexdigest()[:16]
    image = f"gracelint-launch-{digest}"
    with _BUILDING[image]:
        if image not in _BUILT:
            for base in _bases(launch):
                with _BUILDING[base]:
                    make_language_image(engine, base)
            context = {name: text.encode() for name, text in files.items()}
            context["server"] = SERVER.read_bytes()
            engine.build(image, context, network="apt-get" in launch.files["Dockerfile"])
            _BUILT.add(image)
    return image


def _bases(launch: Launch) -> list[str]:
    words = [line.split() for line in launch.files["Dockerfile"].splitlines()]
    return [w[1] for w in words if w[:1] == ["FROM"] and w[1] in BASES]


def _observe(engine: Engine, launch: Launch, image: str, mounts: dict[str, str]) -> Observed:
    options = list(launch.options)
    run = Run(
        image,
        mounts=mounts,
        grace=launch.grace,
        init="--init" in options,
        stop_signal=_value(options, "--stop-signal"),
        pid=_value(options, "--pid") or "",
        settle=launch.settle,
        env=launch.env,
    )
    if run.pid != SHARED:
        return engine.observe(run)
    with engine.pause(PAUSE_IMAGE, PAUSE) as container:
        return engine.observe(replace(run, pid=f"container:{container}"))


def _value(options: list[str], name: str) -> str | None:
    return options[options.index(name) + 1] if name in options else None


def write_folder(folder: Path, launch: Launch) -> None:
    """Write the launch's files, and a compose.yaml if it is started with options."""
    for name, text in launch.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    if launch.compose:
        (folder / "compose.yaml").write_text(launch.compose, encoding="utf-8")


def read_folder(folder: Path, launch: Launch) -> dict[str, str]:
    """The launch's files as they are on the disk now."""
    return {name: (folder / name).read_bytes().decode() for name in launch.files}


def predictions(root: Path) -> dict[str, str]:
    """`gracelint trace` over a folder of launches: the verdict of each, by its folder's name.

    A launch with a compose.yaml is judged by its service, any other by its Dockerfile.
    """
    verdicts: dict[str, str] = {}
    for workload in gracelint("trace", "--output-format", "json", str(root))["workloads"]:
        name = _launch_of(workload["path"], root)
        composed = (root / name / "compose.yaml").exists()
        if workload["kind"] == ("compose" if composed else "dockerfile"):
            verdicts[name] = workload["verdict"]
    return verdicts


def findings(root: Path) -> dict[str, list[dict[str, Any]]]:
    """`gracelint check` over a folder of launches: the findings of each, by its folder's name."""
    found: dict[str, list[dict[str, Any]]] = {}
    for finding in gracelint("check", "--output-format", "json", str(root))["findings"]:
        found.setdefault(_launch_of(finding["path"], root), []).append(finding)
    return found


def gracelint(*arguments: str) -> Any:
    """Run gracelint and decode what it prints. Raises AssertionError where it fails."""
    done = subprocess.run([*GRACELINT, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr[-2000:]
    return json.loads(done.stdout)


def _launch_of(path: str, root: Path) -> str:
    return (Path.cwd() / path).resolve().relative_to(root).parts[0]
