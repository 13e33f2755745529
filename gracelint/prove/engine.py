"""A container engine on this machine, by the interface that Docker and Podman both speak."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gracelint.base.values import dataclass, field
from gracelint.images.engine import client
from gracelint.images.layers import ImageProblem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SECONDS = 60
"""That an answer may take, a stop's grace period aside."""

_LOG = "16m"
"""Of what a container writes, Docker keeps no more; Podman's way of keeping it is left alone."""

MARK = "gracelint.prove"
"""The label of everything that is made here; its value is the same for all of one run."""


class EngineError(Exception):
    """Something that an engine refuses, or that there is none; the message is one line."""


@dataclass(frozen=True, slots=True)
class Mount:
    """A file or folder of the engine's machine, and where the container has it."""

    source: str
    target: str
    writable: bool = False


@dataclass(frozen=True, slots=True)
class Container:
    """What an engine is asked to start. None is what the image says.

    volumes: where it has empty ones. pid: the PID namespace, as engines write it. network: a
    network's name, or `none`. memory: bytes; 0 for any. processes: how many there may be at once; 0
    for any.
    """

    image: str
    entrypoint: tuple[str, ...] | None = None
    command: tuple[str, ...] | None = None
    env: tuple[str, ...] = ()
    user: str | None = None
    workdir: str | None = None
    stop_signal: str | None = None
    init: bool = False
    pid: str = ""
    mounts: tuple[Mount, ...] = ()
    volumes: tuple[str, ...] = ()
    network: str = "none"
    aliases: tuple[str, ...] = ()
    memory: int = 0
    processes: int = 0
    health: Mapping[str, Any] | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    name: str | None = None


@dataclass(frozen=True, slots=True)
class State:
    """A container's. pid: of its first process, on the engine's machine; 0 when it is over.

    exit: meaningful once it has ended. health: "" where nobody asks for it.
    """

    running: bool
    exit: int
    pid: int
    started: str = ""
    health: str = ""
    error: str = ""
    out_of_memory: bool = False


class Engine:
    """An engine that answers.

    api: docker's `APIClient`. kind: `docker` or `podman`. address: where it listens. served:
    whether it is one that was started for this run. version: with its name, for people. env: what
    its client gets, taken once: while another thread changes the variables they cannot be listed.
    """

    def __init__(self, api: Any, kind: str = "docker", address: str = "") -> None:
        self.api = api
        self.kind = kind
        self.address = address
        self.served = False
        self.version = ""
        self.env = {name: v for name, v in os.environ.items() if name != "DOCKER_CONTEXT"}

    def create(self, asked: Container) -> str:
        """Make a container; its id."""
        body = _body(asked)
        if self.kind == "docker":
            body["HostConfig"]["LogConfig"] = {"Type": "json-file", "Config": {"max-size": _LOG}}
        try:
            with self._asked():
                container = self.api.create_container_from_config(body, asked.name)
        except EngineError as error:
            if "no command" in str(error).lower():
                raise EngineError("it starts nothing: it has neither CMD nor ENTRYPOINT") from error
            raise
        return str(container["Id"])

    def start(self, container: str) -> None:
        """Start it; EngineError where its command cannot be run."""
        with self._asked():
            self.api.start(container)

    def stop(self, container: str, grace: int) -> None:
        """Stop it as `docker stop` does; comes back when it has ended."""
        with self._asked():
            self.api.stop(container, timeout=grace)

    def remove(self, container: str) -> None:
        """Kill it if need be, and take it and its own volumes away."""
        with self._asked():
            self.api.remove_container(container, force=True, v=True)

    def state(self, container: str) -> State:
        """How it is."""
        with self._asked():
            state = self.api.inspect_container(container)["State"]
        return State(
            bool(state["Running"]),
            int(state["ExitCode"]),
            int(state["Pid"]),
            str(state.get("StartedAt") or ""),
            str((state.get("Health") or state.get("Healthcheck") or {}).get("Status") or ""),
            str(state.get("Error") or ""),
            bool(state.get("OOMKilled")),
        )

    def stop_signal(self, container: str) -> str:
        """The signal that it is stopped with, as it is written."""
        with self._asked():
            config = self.api.inspect_container(container)["Config"]
        return str(config.get("StopSignal") or "SIGTERM")

    def image(self, name: str) -> Mapping[str, Any] | None:
        """What the engine knows of an image; None where it holds none of this name."""
        import docker

        with self._asked():
            try:
                image: Mapping[str, Any] = self.api.inspect_image(name)
            except docker.errors.NotFound:
                return None
        return image

    def top(self, container: str, columns: str) -> list[list[str]] | None:
        """Its processes, a row each; None once it has ended.

        columns: as `ps -o` takes them; the last one may hold blanks.
        """
        try:
            with self._asked():
                table = self.api.top(container, f"-eo {columns}")
        except EngineError:
            return [] if self.state(container).running else None
        # None stands for no processes, where the container ends in this moment.
        return [_cells(row, columns.count(",")) for row in table["Processes"] or ()]

    def work(self, container: str) -> float:
        """The seconds of processor time that it has used; 0 once it has ended."""
        try:
            with self._asked():
                stats = self.api.stats(container, stream=False, one_shot=True)
        except EngineError:
            if self.state(container).running:
                raise
            return 0.0
        return float(stats["cpu_stats"]["cpu_usage"]["total_usage"]) / 1e9

    def output(self, container: str, lines: int = 40) -> str:
        """The last lines that it wrote."""
        with self._asked():
            raw: bytes = self.api.logs(container, tail=lines)
        return raw.decode(errors="replace")

    @contextmanager
    def _asked(self) -> Iterator[None]:
        """What goes wrong in here is the engine's answer, or that there is none."""
        with asked():
            yield


def _cells(row: list[str], splits: int) -> list[str]:
    """A row; Podman leaves it in one text."""
    return list(row) if len(row) > 1 else row[0].split(None, splits)


def _body(asked: Container) -> dict[str, Any]:
    """A container as the interface has it."""
    host: dict[str, Any] = {
        "NetworkMode": asked.network,
        "Init": asked.init,
        "PidMode": asked.pid,
        "Mounts": [
            {"Type": "bind", "Source": m.source, "Target": m.target, "ReadOnly": not m.writable}
            for m in asked.mounts
        ],
    }
    if asked.memory:
        host |= {"Memory": asked.memory, "MemorySwap": asked.memory}
    if asked.processes:
        host["PidsLimit"] = asked.processes
    body: dict[str, Any] = {"Image": asked.image, "Env": list(asked.env), "HostConfig": host}
    body |= {"Labels": dict(asked.labels), "Volumes": {path: {} for path in asked.volumes}}
    if asked.aliases:
        ends = {asked.network: {"Aliases": list(asked.aliases)}}
        body["NetworkingConfig"] = {"EndpointsConfig": ends}
    given = {
        "Entrypoint": None if asked.entrypoint is None else list(asked.entrypoint),
        "Cmd": None if asked.command is None else list(asked.command),
        "User": asked.user,
        "WorkingDir": asked.workdir,
        "StopSignal": asked.stop_signal,
        "Healthcheck": asked.health,
    }
    return body | {key: value for key, value in given.items() if value is not None}


@contextmanager
def asked() -> Iterator[None]:
    """Let what the Docker SDK raises be an EngineError."""
    import docker
    import requests

    try:
        yield
    except docker.errors.APIError as error:
        raise EngineError(" ".join(str(error.explanation or error).split())) from error
    except (docker.errors.DockerException, requests.RequestException, OSError) as error:
        said = " ".join(str(error).split())
        raise EngineError(f"the engine does not answer: {said[:300]}") from error


@contextmanager
def connected(name: str | None) -> Iterator[Engine]:
    """An engine for as long as the block lasts.

    name: `docker`, `podman`, or the path of a socket; None for Docker where it answers, else
    Podman. EngineError where none answers.
    """
    try:
        import docker  # noqa: F401
    except ImportError:
        raise EngineError("it takes the Docker SDK: pip install 'gracelint[engine]'") from None
    if name == "podman":
        with _podman() as engine:
            yield engine
        return
    try:
        engine = _answering(_address(name), "docker")
    except EngineError as refused:
        if name is not None:
            raise
        with _second(refused) as engine:
            yield engine
        return
    try:
        yield engine
    finally:
        engine.api.close()


@contextmanager
def _second(refused: EngineError) -> Iterator[Engine]:
    """Podman, where Docker does not answer."""
    with _podman(f"no engine answers. Docker: {refused}. Podman: ") as engine:
        yield engine


def _address(name: str | None) -> str:
    """Where Docker listens: as its own client would find it, or a socket that was named."""
    if name not in {None, "docker"}:
        if not os.path.exists(str(name)):  # noqa: PTH110
            raise EngineError(f"there is no socket {name}")
        return f"unix://{os.path.abspath(str(name))}"  # noqa: PTH100
    import docker.context

    given = os.environ.get("DOCKER_HOST")
    if given:
        return given
    with asked():
        current = docker.context.ContextAPI.get_current_context()
    return str(current.Host if current is not None else "unix:///var/run/docker.sock")


def _refuse(address: str) -> None:
    """EngineError, in words, for a socket at which nobody answers."""
    import socket

    scheme, _, path = address.partition("://")
    if scheme != "unix":
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as tried:
        try:
            tried.connect(path)
        except FileNotFoundError:
            raise EngineError(f"there is no socket {path}") from None
        except PermissionError:
            raise EngineError(
                f"the socket {path} is not for you: it takes its group, or sudo"
            ) from None
        except OSError as error:
            raise EngineError(f"nobody answers at {path}: {error.strerror or error}") from None


def _answering(address: str, kind: str) -> Engine:
    import docker

    _refuse(address)
    with asked():
        from_environment = os.environ.get("DOCKER_HOST") == address
        keys = docker.utils.kwargs_from_env() if from_environment else {}
        api = docker.APIClient(**{**keys, "base_url": address, "timeout": SECONDS})
        api.ping()
        parts = api.version(api_version=False)
    names = {one["Name"]: one["Version"] for one in parts.get("Components") or ()}
    is_podman = "Podman Engine" in names
    engine = Engine(api, "podman" if is_podman else kind, address)
    engine.version = (
        f"Podman {names['Podman Engine']}" if is_podman else f"Docker {parts['Version']}"
    )
    return engine


@contextmanager
def _podman(before: str = "") -> Iterator[Engine]:
    """Podman's service for as long as the block lasts; it needs none that runs all the time."""
    try:
        [program, *_] = client("podman")
    except ImageProblem as error:
        raise EngineError(f"{before}{error}") from error
    with tempfile.TemporaryDirectory(prefix="gracelint-") as folder:
        socket = os.path.join(folder, "sock")  # noqa: PTH118
        words = [program, "system", "service", "--time=0", f"unix://{socket}"]
        quiet = subprocess.DEVNULL
        service = subprocess.Popen(words, stdin=quiet, stdout=quiet, stderr=subprocess.PIPE)  # noqa: S603
        try:
            engine = _served(service, socket, before)
            engine.served = True
            try:
                yield engine
            finally:
                engine.api.close()
        finally:
            service.terminate()
            service.communicate()


def _served(service: subprocess.Popen[bytes], socket: str, before: str) -> Engine:
    ends = time.monotonic() + SECONDS
    while time.monotonic() < ends and service.poll() is None:
        if os.path.exists(socket):  # noqa: PTH110
            try:
                return _answering(f"unix://{socket}", "podman")
            except EngineError:
                pass
        time.sleep(0.05)
    said = service.communicate()[1] if service.poll() is not None else b""
    text = " ".join(said.decode(errors="replace").split())[-300:]
    raise EngineError(f"{before}podman does not answer: {text or 'it says nothing'}")
