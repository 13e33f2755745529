"""What Compose and pods add, on real engines: overrides, signals, clocks, PID namespaces.

A Compose service is started as Compose starts it: its keys become options of the engine. Pods are
played by podman (`podman kube play`); it needs Debian's packages podman, catatonit and runc, and
root. Everything that gracelint predicts comes from the compose.yaml or pod.yaml alone.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import images
import pytest
from batch import AT_ONCE, gracelint
from engine import PODMAN, SERVER, EngineError, Observed, Run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from engine import Engine

pytestmark = pytest.mark.engine

PAUSE = ("catatonit", "-P")
DOCKERFILE = """\
FROM debian:12-slim
COPY server /app/server
COPY entrypoint.sh /entrypoint.sh
ENTRYPOINT ["/entrypoint.sh"]
CMD ["/app/server"]
"""
ENTRYPOINT = '#!/bin/sh\nexec "$@"\n'
SLOW = "trap 'sleep 3; kill $$p; wait $$p; exit' TERM; /app/server & p=$$!; wait"
BEHIND = "sh -c '/app/server; true'"


@dataclass(frozen=True)
class Service:
    """A service of a project: its keys, and the verdict that its stop has to have.

    told: the verdict of a trace, where it is another.
    """

    keys: dict[str, Any]
    verdict: str
    dockerfile: str = DOCKERFILE
    told: str = ""


SERVICES = {
    "as-built": Service({}, "graceful"),
    "command-replaces-cmd": Service({"command": "/app/server --quick"}, "graceful"),
    "command-is-no-shell-text": Service({"command": BEHIND}, "killed"),
    "entrypoint-drops-cmd": Service({"entrypoint": "/app/server"}, "graceful"),
    "entrypoint-and-command": Service(
        {"entrypoint": ["sh", "-c"], "command": ["/app/server; true"]}, "killed"
    ),
    "entrypoint-emptied": Service(
        {"entrypoint": [], "command": ["sh", "-c", "/app/server; true"]}, "killed"
    ),
    "entrypoint-drops-init": Service(
        {"entrypoint": ["sleep", "infinity"]},
        "killed",
        'FROM debian:12-slim\nENTRYPOINT ["tini", "--"]\nCMD ["sleep", "infinity"]\n',
    ),
    "entrypoint-keeps-init": Service(
        {"command": ["sleep", "infinity"]},
        "graceful",
        'FROM debian:12-slim\nENTRYPOINT ["tini", "--"]\nCMD ["sleep", "1d"]\n',
    ),
    "init": Service({"init": True, "command": "sleep infinity"}, "graceful"),
    "no-init": Service({"command": "sleep infinity"}, "killed"),
    "signal-handled": Service({"stop_signal": "SIGQUIT"}, "graceful"),
    "signal-of-the-image": Service({}, "killed", DOCKERFILE + "STOPSIGNAL SIGUSR1\n"),
    "signal-over-the-image": Service(
        {"stop_signal": "TERM"}, "graceful", DOCKERFILE + "STOPSIGNAL SIGUSR1\n"
    ),
    "signal-unhandled-under-init": Service(
        {"init": True, "stop_signal": "USR1"}, "abandoned", told="cut-off"
    ),
    "grace-too-short": Service(
        {"entrypoint": ["sh", "-c", SLOW], "stop_grace_period": "1s"}, "killed"
    ),
    "grace-enough": Service(
        {"entrypoint": ["sh", "-c", SLOW], "stop_grace_period": "0m8s"}, "graceful"
    ),
    "pid-host": Service({"pid": "host"}, "graceful"),
    "pid-host-shell-in-front": Service({"pid": "host", "command": BEHIND}, "abandoned"),
    "pid-host-no-handler": Service({"pid": "host", "command": "sleep infinity"}, "graceful"),
    "pid-shared": Service({"pid": "service:pause"}, "graceful"),
    "pid-shared-shell-in-front": Service({"pid": "service:pause", "command": BEHIND}, "abandoned"),
    "pid-shared-no-handler": Service(
        {"pid": "service:pause", "command": "sleep infinity"}, "graceful"
    ),
    "pid-shared-init": Service(
        {"pid": "service:pause", "init": True, "command": BEHIND}, "abandoned"
    ),
}


def words(value: str | list[str]) -> tuple[str, ...]:
    """A command as Compose splits it, with its literal dollars."""
    found = shlex.split(value) if isinstance(value, str) else value
    return tuple(word.replace("$$", "$") for word in found)


def as_run(keys: dict[str, Any], image: str) -> Run:
    """What Compose asks the engine for."""
    run = Run(image, init=keys.get("init", False), stop_signal=keys.get("stop_signal"))
    if "entrypoint" in keys:
        run = replace(run, entrypoint=words(keys["entrypoint"]))
    if "command" in keys:
        run = replace(run, command=words(keys["command"]))
    seconds = keys.get("stop_grace_period", "2s").removeprefix("0m").removesuffix("s")
    return replace(run, grace=int(seconds), pid=keys.get("pid", ""))


def observe(engine: Engine, name: str, service: Service) -> Observed:
    image = f"gracelint-service-{name}"
    files = {"Dockerfile": service.dockerfile, "entrypoint.sh": ENTRYPOINT}
    context = {path: text.encode() for path, text in files.items()}
    engine.build(image, {**context, "server": SERVER.read_bytes()})
    run = as_run(service.keys, image)
    if run.pid != "service:pause":
        return engine.observe(run)
    with engine.pause("debian:12-slim", PAUSE) as pause:
        return engine.observe(replace(run, pid=f"container:{pause}"))


def traced(folder: Path, files: dict[str, str], container: str) -> dict[str, Any]:
    """`gracelint trace` of the one service or container of that name."""
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in files.items():
        (folder / path).write_text(text, encoding="utf-8")
    found = gracelint("trace", "--output-format", "json", str(folder))["workloads"]
    [one] = [w for w in found if container in {w["name"], w["container"]}]
    return dict(one)


def project(service: Service) -> dict[str, str]:
    """The files of a project: the service, and one that holds its namespaces open."""
    keys = {"build": ".", **service.keys}
    pause = {"image": "debian:12-slim", "command": list(PAUSE)}
    text = json.dumps({"services": {"app": keys, "pause": pause}}, indent=1)
    return {
        "compose.yaml": text,
        "Dockerfile": service.dockerfile,
        "entrypoint.sh": ENTRYPOINT,
        "server": SERVER.read_text(encoding="utf-8"),
    }


@pytest.fixture(scope="module")
def observed(engine: Engine) -> dict[str, Observed]:
    """What the engine does with every service; several run at once."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        done = pool.map(lambda name: observe(engine, name, SERVICES[name]), SERVICES)
        return dict(zip(SERVICES, done, strict=True))


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_stops_as_predicted(
    name: str, observed: dict[str, Observed], tmp_path: Path
) -> None:
    service = SERVICES[name]
    assert observed[name].verdict == service.verdict, observed[name]
    told = traced(tmp_path, project(service), "app")["verdict"]
    assert told == (service.told or service.verdict)


INIT = {"private": True, "host": False, "service:pause": False}


@pytest.mark.parametrize("pid", INIT)
def test_the_engines_init_is_there_only_in_a_namespace_of_its_own(
    pid: str, engine: Engine, tmp_path: Path
) -> None:
    keys = {"init": True} | ({} if pid == "private" else {"pid": pid})
    service = Service(keys, "graceful")
    observed = observe(engine, f"init-{pid.partition(':')[0]}", service)
    assert any("docker-init" in line for line in observed.tree) is INIT[pid], observed.tree
    files = project(service)
    root = traced(tmp_path, files, "app")["processes"]
    assert (root["role"] == "init") is INIT[pid]
    found = gracelint("check", "--exit-zero", "--output-format", "json", str(tmp_path))["findings"]
    assert ("GL311" in {one["code"] for one in found}) is not INIT[pid]


ENDS = {"TERM": True, "INT": True, "QUIT": False, "HUP": False, "USR1": False}


@pytest.mark.parametrize("signal", ENDS)
def test_a_signal_to_process_1_reaches_the_pause_process(signal: str, engine: Engine) -> None:
    """As GL308 says: TERM and INT end the sandbox, and nothing else does anything."""
    with engine.pause("debian:12-slim", PAUSE) as pause:
        shell = ("sh", "-c", f"kill -{signal} 1; exec sleep 1000")
        body = {
            "Image": "debian:12-slim",
            "Entrypoint": shell,
            "HostConfig": {"NetworkMode": "none", "PidMode": f"container:{pause}"},
        }
        other = str(engine.json("POST", "/containers/create", body)["Id"])
        try:
            engine.call("POST", f"/containers/{other}/start")
            ended = _ends(engine, pause)
            assert ended is ENDS[signal]
            assert _ends(engine, other) is ended, "everything in the namespace ends with it"
        finally:
            engine.call("DELETE", f"/containers/{other}?force=1&v=1")


def _ends(engine: Engine, container: str, patience: float = 2.0) -> bool:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if not engine.json("GET", f"/containers/{container}/json")["State"]["Running"]:
            return True
        time.sleep(0.05)
    return False


# Pods ------------------------------------------------------------------------------------------

PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
IMAGE = "localhost/gracelint-base:1"


class Podman:
    """podman with storage of its own below `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "containers.conf").write_text(PODMAN)
        self.env = {**os.environ, "CONTAINERS_CONF": str(folder / "containers.conf")}

    def __call__(self, *arguments: str) -> str:
        """Run one command; its output. Raises EngineError with what podman says."""
        places = (f"--root={self.folder}/root", f"--runroot={self.folder}/run")
        command = ("podman", *places, "--storage-driver=overlay", *arguments)
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=self.env)
        if done.returncode:
            raise EngineError(f"podman {arguments[0]}: {done.stderr[-1500:]}")
        return done.stdout


@pytest.fixture(scope="module")
def podman(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Podman]:
    """podman that can play pods; skips where it cannot be had."""
    missing = [tool for tool in ("podman", "runc", "catatonit") if not shutil.which(tool)]
    if missing or os.geteuid() != 0:
        pytest.skip(f"pods need root and podman; not installed: {', '.join(missing) or 'nothing'}")
    running = Podman(tmp_path_factory.mktemp("podman"))
    try:
        archive = images._archive(images._key())
        running("import", "--change", f"ENV {PATH}", str(archive), IMAGE)
    except EngineError as error:
        pytest.skip(f"podman does not work here: {error}")
    yield running
    running("pod", "rm", "--all", "--force")
    running("rmi", "--all", "--force")


def pod(name: str, command: list[str], *, shared: bool, folder: Path) -> dict[str, Any]:
    """A pod whose container `app` has the server at /app and its diary at /log."""
    places = {"app": str(SERVER.parent), "log": str(folder)}
    app = {
        "name": "app",
        "image": IMAGE,
        "imagePullPolicy": "Never",
        "command": command,
        "volumeMounts": [{"name": place, "mountPath": f"/{place}"} for place in places],
    }
    other = {**app, "name": "other", "command": ["sleep", "1000"]}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {
            "shareProcessNamespace": shared,
            "hostNetwork": True,
            "terminationGracePeriodSeconds": 2,
            "containers": [app, other],
            "volumes": [
                {"name": place, "hostPath": {"path": path}} for place, path in places.items()
            ],
        },
    }


SHELL = ["dash", "-c", "/app/server; true"]
PODS = {
    "own-server": (["/app/server"], False, "graceful"),
    "own-shell-in-front": (SHELL, False, "killed"),
    "own-no-handler": (["sleep", "1000"], False, "killed"),
    "shared-server": (["/app/server"], True, "graceful"),
    "shared-shell-in-front": (SHELL, True, "abandoned"),
    "shared-no-handler": (["sleep", "1000"], True, "graceful"),
    "shared-init": (["tini", "-s", "--", "/app/server"], True, "graceful"),
    "shared-init-over-shell": (["tini", "-s", "--", *SHELL], True, "abandoned"),
}


@pytest.mark.parametrize("name", PODS)
def test_a_pod_stops_as_predicted(name: str, podman: Podman, tmp_path: Path) -> None:
    command, shared, verdict = PODS[name]
    log = tmp_path / "log"
    log.mkdir()
    manifest = json.dumps(pod(name, command, shared=shared, folder=log))
    (tmp_path / "pod.json").write_text(manifest)
    podman("kube", "play", str(tmp_path / "pod.json"))
    try:
        _wait_for(log, "start" if "server" in str(command) else "")
        began = time.monotonic()
        podman("stop", "--time", "2", f"{name}-app")
        took = time.monotonic() - began
        state = json.loads(podman("inspect", f"{name}-app"))[0]["State"]
    finally:
        podman("pod", "rm", "--force", name)
    diary = (log / "app").read_text() if (log / "app").exists() else ""
    killed = state["ExitCode"] == 137 and took > 1.8
    clean = diary.count("clean") == diary.count("start")
    assert ("killed" if killed else "graceful" if clean else "abandoned") == verdict, diary
    settings = f'[images."{IMAGE}"]\nshell = "dash"\n'
    files = {"pod.json": manifest, "gracelint.toml": settings}
    assert traced(tmp_path / "files", files, "app")["verdict"] == verdict


def _wait_for(log: Path, word: str, patience: float = 10.0) -> None:
    """Until the diary has the word; for a moment where nothing writes one."""
    deadline = time.monotonic() + (patience if word else 0.5)
    while time.monotonic() < deadline:
        if word and (log / "app").exists() and word in (log / "app").read_text():
            return
        time.sleep(0.05)
    assert not word, "the server has not started"


def test_process_1_of_a_pod_that_shares_its_namespace_is_not_the_application(
    podman: Podman, tmp_path: Path
) -> None:
    for shared in (True, False):
        name = f"first-{shared}".lower()
        text = json.dumps(pod(name, ["sleep", "1000"], shared=shared, folder=tmp_path))
        (tmp_path / "pod.json").write_text(text)
        podman("kube", "play", str(tmp_path / "pod.json"))
        try:
            seen = podman("exec", f"{name}-app", "ps", "-eo", "pid,args")
        finally:
            podman("pod", "rm", "--force", name)
        first = next(line for line in seen.splitlines() if line.split()[0] == "1")
        assert ("sleep" in first) is not shared, seen
        assert (seen.count("sleep 1000") == 2) is shared, "the other container's is seen, too"
