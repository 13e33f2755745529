"""A container engine for the tests: start it, give it base images, run a launch, stop it, watch.

`Engine` speaks the engine's HTTP interface over its unix socket, so that a launch costs a few
requests and no client process. The server beside this file (`app/server`) is the application
that every launch starts; its diary tells who was told and who finished.
"""

from __future__ import annotations

import http.client
import io
import json
import os
import shutil
import socket
import subprocess
import tarfile
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENT_TIMEOUT = 60.0
BUILD_TIMEOUT = 900.0
STILL = 0.6
TICK, BUSY, RESTLESS, LOOKS = 0.25, 0.012, 20.0, 40
SERVER = Path(__file__).parent / "app" / "server"


class EngineError(Exception):
    """The engine refused a request; the text is its own message."""


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


@dataclass(frozen=True, slots=True)
class Observed:
    """What a stop did: a verdict, and the facts it rests on.

    `verdict` is graceful, abandoned, killed or exits. `apps`, `told` and `clean` count the
    stand-in servers that had started, heard the signal and finished. `took` is in seconds.
    """

    verdict: str
    exit: int
    apps: int = 0
    told: int = 0
    clean: int = 0
    took: float = 0.0
    tree: tuple[str, ...] = ()
    output: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """How to start one container: an image, and what overrides its configuration."""

    image: str
    entrypoint: tuple[str, ...] | None = None
    command: tuple[str, ...] | None = None
    mounts: dict[str, str] = field(default_factory=dict)
    env: tuple[str, ...] = ()
    stop_signal: str | None = None
    init: bool = False
    pid: str = ""
    grace: int = 2
    workdir: str | None = None
    settle: float = 4.0


class Engine:
    """A running container engine, reached through the unix socket at `path`."""

    def __init__(self, path: str) -> None:
        self.path = path

    def call(
        self,
        method: str,
        url: str,
        body: Any = None,
        *,
        raw: bytes | BinaryIO | None = None,
        timeout: float = CLIENT_TIMEOUT,
    ) -> tuple[int, bytes]:
        """Send one request; return status and body. Raises EngineError from status 400 on."""
        connection = _Connection(self.path, timeout)
        headers = {"Content-Type": "application/json" if raw is None else "application/x-tar"}
        payload = raw if raw is not None else (json.dumps(body) if body is not None else None)
        try:
            connection.request(method, url, payload, headers)
            response = connection.getresponse()
            data = response.read()
        finally:
            connection.close()
        if response.status >= 400:
            raise EngineError(data.decode(errors="replace"))
        return response.status, data

    def json(self, method: str, url: str, body: Any = None) -> Any:
        """Send one request and decode the answer."""
        data = self.call(method, url, body)[1]
        return json.loads(data) if data else None

    def labels(self, image: str) -> dict[str, str] | None:
        """The labels of an image; None where the engine holds none of this name."""
        try:
            return dict(self.json("GET", f"/images/{image}/json")["Config"]["Labels"] or {})
        except EngineError:
            return None

    def import_image(self, name: str, tag: str, archive: BinaryIO) -> None:
        """Make an image of a root file system, given as a tar archive."""
        url = f"/images/create?fromSrc=-&repo={name}&tag={tag}"
        _raise_error_in(self.call("POST", url, raw=archive)[1])

    def build(self, name: str, files: dict[str, bytes], *, network: bool = False) -> None:
        """Build the image `name` from a context of files; `Dockerfile` is among them.

        Every file is executable. network: the build may fetch packages, as this machine does.
        Raises EngineError with the builder's message.
        """
        context = _context(files)
        mode = "host" if network else "none"
        url = f"/build?t={quote(name)}&networkmode={mode}&rm=1&forcerm=1"
        _raise_error_in(self.call("POST", url, raw=context, timeout=BUILD_TIMEOUT)[1])

    def observe(self, run: Run) -> Observed:
        """Start the launch, wait until it lives, stop it, and say what happened."""
        with tempfile.TemporaryDirectory(prefix="gracelint-log-") as folder:
            Path(folder).chmod(0o777)
            container = self._create(run, folder)
            try:
                return self._stop(container, run, Path(folder))
            finally:
                self.call("DELETE", f"/containers/{container}?force=1&v=1")

    @contextmanager
    def pause(self, image: str, command: tuple[str, ...]) -> Iterator[str]:
        """A container that only holds its namespaces open while the block lasts; its id."""
        body = {"Image": image, "Entrypoint": command, "HostConfig": {"NetworkMode": "none"}}
        container = str(self.json("POST", "/containers/create", body)["Id"])
        try:
            self.call("POST", f"/containers/{container}/start")
            yield container
        finally:
            self.call("DELETE", f"/containers/{container}?force=1&v=1")

    def _create(self, run: Run, folder: str) -> str:
        body: dict[str, Any] = {
            "Image": run.image,
            "Env": list(run.env),
            "HostConfig": {
                "NetworkMode": "none",
                "Init": run.init,
                "PidMode": run.pid,
                "Binds": [f"{folder}:/log", *(f"{a}:{b}:ro" for b, a in run.mounts.items())],
            },
        }
        if run.entrypoint is not None:
            body["Entrypoint"] = list(run.entrypoint)
        if run.command is not None:
            body["Cmd"] = list(run.command)
        if run.stop_signal is not None:
            body["StopSignal"] = run.stop_signal
        if run.workdir is not None:
            body["WorkingDir"] = run.workdir
        return str(self.json("POST", "/containers/create", body)["Id"])

    def _stop(self, container: str, run: Run, folder: Path) -> Observed:
        try:
            self.call("POST", f"/containers/{container}/start")
        except EngineError as error:
            return Observed("exits", 127, output=str(error))
        tree = self._settle(container, folder, run.settle)
        if tree is None:
            code = self.json("GET", f"/containers/{container}/json")["State"]["ExitCode"]
            return Observed("exits", code, output=self.output(container))
        started = time.monotonic()
        self.call("POST", f"/containers/{container}/stop?t={run.grace}")
        took = time.monotonic() - started
        state = self.json("GET", f"/containers/{container}/json")
        code = state["State"]["ExitCode"]
        counts = {word: len(pids) for word, pids in _diary(folder).items()}
        apps, told, clean = (counts.get(word, 0) for word in ("start", "told", "clean"))
        by_kill = (run.stop_signal or state["Config"].get("StopSignal") or "").upper()
        killed = code == 137 and (took > run.grace - 0.2 or by_kill in {"KILL", "SIGKILL", "9"})
        verdict = "killed" if killed else "graceful" if clean == apps else "abandoned"
        return Observed(
            verdict, code, apps, told, clean, round(took, 1), tree, self.output(container)
        )

    def _settle(self, container: str, folder: Path, patience: float) -> tuple[str, ...] | None:
        """Wait until every server has started and nothing more happens; the tree.

        Nothing happens where no server starts and hardly any processor time is used, for STILL
        seconds, or `patience` where no server appears. None: the container ended by itself.
        """
        known, worked, began = 0, 0.0, time.monotonic()
        since = began
        while True:
            time.sleep(TICK)
            started, used = len(_diary(folder).get("start", set())), self._work(container)
            busy = used - worked > BUSY and time.monotonic() - began < RESTLESS
            if started != known or busy:
                known, since = started, time.monotonic()
            worked = used
            if not used and self._processes(container) is None:
                return None
            if time.monotonic() - since > (STILL if known else patience):
                tree = self._resting(container)
                if tree is None or sum("python3 /app/server" in x for x in tree) <= known:
                    return tree
                since = time.monotonic() - STILL

    def _resting(self, container: str) -> tuple[str, ...] | None:
        """The command lines, once no process runs or waits for a disk, three looks in a row.

        None once the container has ended.
        """
        looks = 0
        for _ in range(LOOKS):
            processes = self._processes(container)
            if processes is None:
                return None
            looks = 0 if any(state[0] in "RD" for state, _ in processes) else looks + 1
            if looks == 3:
                break
            time.sleep(TICK)
        return tuple(line for _, line in processes)

    def _work(self, container: str) -> float:
        """The seconds of processor time that the container has used; 0 once it has ended."""
        found = self.json("GET", f"/containers/{container}/stats?stream=false&one-shot=true")
        return float(found["cpu_stats"]["cpu_usage"]["total_usage"]) / 1e9

    def _processes(self, container: str) -> list[tuple[str, str]] | None:
        """The states and command lines of the processes; None once the container has ended."""
        try:
            url = f"/containers/{container}/top?ps_args=-eo%20pid,stat,args"
            # None stands for no processes, where the container ends in this moment.
            return [(row[1], row[2]) for row in self.json("GET", url)["Processes"] or ()]
        except EngineError:
            state = self.json("GET", f"/containers/{container}/json")["State"]
            return [] if state["Running"] else None

    def output(self, container: str) -> str:
        """The last lines of both streams."""
        raw = self.call("GET", f"/containers/{container}/logs?stdout=1&stderr=1&tail=40")[1]
        text, at = bytearray(), 0
        while at + 8 <= len(raw):
            size = int.from_bytes(raw[at + 4 : at + 8], "big")
            text += raw[at + 8 : at + 8 + size]
            at += 8 + size
        return text.decode(errors="replace")


def _diary(folder: Path) -> dict[str, set[str]]:
    entries: dict[str, set[str]] = {}
    try:
        lines = (folder / "app").read_text().splitlines()
    except FileNotFoundError:
        return entries
    for line in lines:
        word, _, pid = line.partition(" ")
        entries.setdefault(word, set()).add(pid)
    return entries


def _raise_error_in(answer: bytes) -> None:
    for line in answer.splitlines():
        message = json.loads(line).get("error")
        if message:
            raise EngineError(message)


def _context(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o755
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def why_no_engine() -> str | None:
    """The reason why no engine can be had here, or None."""
    host = os.environ.get("DOCKER_HOST", "")
    if host:
        return None if host.startswith("unix://") else f"DOCKER_HOST is {host}, not a unix socket"
    if os.geteuid() != 0:
        return "DOCKER_HOST is not set, and starting dockerd takes root"
    missing = [tool for tool in ("dockerd", "containerd", "runc") if not shutil.which(tool)]
    if missing:
        return f"DOCKER_HOST is not set, and {', '.join(missing)} is not installed"
    return None


@contextmanager
def running_engine() -> Iterator[Engine]:
    """The engine of DOCKER_HOST, else one of our own for as long as the block lasts."""
    host = os.environ.get("DOCKER_HOST", "")
    if host:
        yield _given(host.removeprefix("unix://"))
        return
    folder = _own_folder()
    with (folder / "log").open("wb") as log:
        daemon = subprocess.Popen(_daemon_arguments(folder), stdout=log, stderr=log)
    try:
        yield _answering(folder, daemon)
    finally:
        _end(daemon)
        _remove(folder)


def _given(path: str) -> Engine:
    engine = Engine(path)
    try:
        engine.call("GET", "/_ping")
    except OSError as error:
        raise EngineError(f"the engine of DOCKER_HOST does not answer: {error}") from error
    return engine


def _own_folder() -> Path:
    """A folder whose name leaves room for a socket's, which may have 107 characters."""
    above = tempfile.gettempdir() if len(tempfile.gettempdir()) < 60 else "/tmp"
    return Path(tempfile.mkdtemp(prefix="gracelint-engine-", dir=above))


def _end(daemon: subprocess.Popen[bytes]) -> None:
    daemon.terminate()
    try:
        daemon.wait(timeout=60)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait()


def _remove(folder: Path) -> None:
    """Delete the folder; first detach what a daemon that did not end in order left mounted."""
    table = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
    points = [line.split(" ")[1] for line in table.splitlines()]
    for point in reversed([p for p in points if p.startswith(f"{folder}/")]):
        subprocess.run(["umount", "--lazy", point], check=False, capture_output=True)
    shutil.rmtree(folder, ignore_errors=True)


def _daemon_arguments(folder: Path) -> list[str]:
    # A temporary folder's name may end in an underscore, a namespace's may not.
    namespace = f"gracelint-{os.getpid()}"
    # Should the tests be killed, the daemon ends with them.
    tied = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
    return [
        *tied,
        "dockerd",
        "--iptables=false",
        "--bridge=none",
        "--shutdown-timeout=3",
        f"--containerd-namespace={namespace}",
        f"--containerd-plugins-namespace={namespace}-plugins",
        "--storage-driver=overlay2",
        f"--data-root={folder}/data",
        f"--exec-root={folder}/exec",
        f"--pidfile={folder}/pid",
        f"--host=unix://{folder}/sock",
    ]


def _answering(folder: Path, daemon: subprocess.Popen[bytes]) -> Engine:
    engine = Engine(str(folder / "sock"))
    for _ in range(150):
        if daemon.poll() is not None:
            break
        try:
            engine.call("GET", "/_ping")
        except (OSError, EngineError):
            time.sleep(0.2)
        else:
            return engine
    raise EngineError((folder / "log").read_text(errors="replace")[-2000:])
