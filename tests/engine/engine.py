"""A container engine for the tests: start it, give it base images, run a launch, stop it, watch.

`Engine` is the one that `gracelint prove` speaks to, with what only the tests need. The server
beside this file (`app/server`) is the application that every launch starts; its diary tells who was
told and who finished.
"""

from __future__ import annotations

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

import docker

from gracelint.model.proof import Seen
from gracelint.prove import engine as product
from gracelint.prove.engine import Container, EngineError, Mount
from gracelint.prove.observe import Way, settle, verdict
from gracelint.prove.processes import eyes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gracelint.prove.processes import Row

CLIENT_TIMEOUT = 60.0
BUILD_TIMEOUT = 900.0
STILL = 0.6
PATIENCE = 600.0
LOOKS = 40
SERVER = Path(__file__).parent / "app" / "server"

PODMAN = """\
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""
"""What lets podman run inside of a container or a virtual machine: its containers.conf."""


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
    """How to start one container: an image, and what overrides its configuration.

    before: what is run in it, as a hook, before it is stopped.
    """

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
    before: tuple[str, ...] = ()


class Engine(product.Engine):
    """A running container engine, reached through the unix socket at `path`."""

    def __init__(self, path: str) -> None:
        with product.asked():
            super().__init__(docker.APIClient(base_url=f"unix://{path}", timeout=CLIENT_TIMEOUT))
            # Threads would look for proxies in the environment, which pytest changes meanwhile
            self.api.trust_env = False
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
        kind = "application/json" if raw is None else "application/x-tar"
        payload = raw if raw is not None else (json.dumps(body) if body is not None else None)
        with product.asked():
            response = self.api.request(
                method,
                f"{self.api.base_url}{url}",
                data=payload,
                headers={"Content-Type": kind},
                timeout=timeout,
            )
        if response.status_code >= 400:
            raise EngineError(response.text)
        return response.status_code, response.content

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
            container = self.create(_container(run, folder))
            try:
                return self._stop(container, run, Path(folder))
            finally:
                self.remove(container)

    @contextmanager
    def pause(self, image: str, command: tuple[str, ...]) -> Iterator[str]:
        """A container that only holds its namespaces open while the block lasts; its id."""
        container = self.create(Container(image, entrypoint=command))
        try:
            self.start(container)
            yield container
        finally:
            self.remove(container)

    def _stop(self, container: str, run: Run, folder: Path) -> Observed:
        try:
            self.start(container)
        except EngineError as error:
            return Observed("exits", 127, output=str(error))
        rows = self._settle(container, folder, run.settle)
        if rows is None:
            return Observed("exits", self.state(container).exit, output=self.output(container))
        started = time.monotonic()
        if run.before:
            hook = self.json("POST", f"/containers/{container}/exec", {"Cmd": run.before})
            self.call("POST", f"/exec/{hook['Id']}/start", {"Detach": False})
        self.stop(container, run.grace)
        took = time.monotonic() - started
        code = self.state(container).exit
        counts = {word: len(pids) for word, pids in _diary(folder).items()}
        apps, told, clean = (counts.get(word, 0) for word in ("start", "told", "clean"))
        seen = verdict((), code, took, Way(run.grace, self.stop_signal(container)))
        what = seen.value if seen is Seen.KILLED or clean == apps else "abandoned"
        tree = tuple(" ".join(row.words) for row in rows)
        return Observed(what, code, apps, told, clean, round(took, 1), tree, self.output(container))

    def _settle(self, container: str, folder: Path, patience: float) -> list[Row] | None:
        """Wait until every server has started and nothing more happens; None once it has ended.

        Nothing happens for STILL seconds, or `patience` where no server appears.
        """
        rows: list[Row] | None = None
        seen = eyes(self, container)
        for _ in range(LOOKS):
            rows = settle(
                seen,
                lambda: len(_diary(folder).get("start", ())),
                lambda known: STILL if known else patience,
                patience=PATIENCE,
            )
            servers = sum("python3 /app/server" in " ".join(row.words) for row in rows or ())
            if servers <= len(_diary(folder).get("start", ())):
                break
        return rows


def _container(run: Run, folder: str) -> Container:
    return Container(
        run.image,
        entrypoint=run.entrypoint,
        command=run.command,
        env=run.env,
        workdir=run.workdir,
        stop_signal=run.stop_signal,
        init=run.init,
        pid=run.pid,
        mounts=(
            Mount(folder, "/log", writable=True),
            *(Mount(source, target) for target, source in run.mounts.items()),
        ),
    )


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
    try:
        return Engine(path)
    except EngineError as error:
        raise EngineError(f"the engine of DOCKER_HOST: {error}") from error


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
    for _ in range(150):
        if daemon.poll() is not None:
            break
        if _listens(str(folder / "sock")):
            return Engine(str(folder / "sock"))
        time.sleep(0.2)
    raise EngineError((folder / "log").read_text(errors="replace")[-2000:])


def _listens(path: str) -> bool:
    """Whether an engine answers at a socket; docker's client leaves one open where none does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asked:
        asked.settimeout(CLIENT_TIMEOUT)
        try:
            asked.connect(path)
            asked.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
            return b" 200 " in asked.recv(64)
        except OSError:
            return False
