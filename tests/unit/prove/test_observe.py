"""Containers observed: an engine's recorded answers, and processes of this machine for its own."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from gracelint.model.proof import Seen, Witness
from gracelint.prove.engine import Engine, EngineError
from gracelint.prove.observe import Way, observe, verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

WAY = Way(3, "SIGTERM", ready="up")
LINUX = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="it takes Linux")
CHILD = "sh -c 'echo up; exec sleep 1000'"
TRAP = f"trap 'kill $p; wait $p; exit 7' TERM; {CHILD} & p=$!; wait"
SPARED = "trap '' TERM; echo up; sleep 1000"
DIES = f"{CHILD}; true"


class Docker:
    """What the SDK's client answers of a container that is a process of this machine.

    Its `stop` sends TERM to that process, and KILL when the grace period is over. stranger: the
    engine says the number of another process, as one on another machine may.
    """

    def __init__(self, script: str, *, stranger: bool = False) -> None:
        self.script = script
        self.stranger = stranger
        self.process: subprocess.Popen[bytes] | None = None
        self.started = ""

    def start(self, _container: str) -> None:
        words = ["sh", "-c", self.script]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, start_new_session=True)
        assert self.process.stdout is not None
        self.process.stdout.readline()
        self.started = datetime.now(UTC).isoformat().replace("+00:00", "123Z")

    def inspect_container(self, _container: str) -> Any:
        assert self.process is not None
        code = self.process.poll()
        state = {"Running": code is None, "Pid": self.process.pid, "StartedAt": self.started}
        if self.stranger:
            state["Pid"] = os.getpid()
        return {"State": {**state, "ExitCode": (code or 0) if (code or 0) >= 0 else 128 - code}}

    def stop(self, _container: str, timeout: int) -> None:
        assert self.process is not None
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout)
        self.end()

    def end(self) -> None:
        """Let nothing of it be left over."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def logs(self, _container: str, tail: int) -> bytes:
        return b"up\n"

    def top(self, _container: str, _columns: str) -> Any:
        assert self.process is not None
        rows = [str(self.process.pid), "1", "S", "0", "0", "4002", "sh -c x"]
        return {"Processes": [rows]}


@pytest.fixture
def docker(request: pytest.FixtureRequest) -> Iterator[Docker]:
    made = Docker(request.param)
    yield made
    made.end()


@LINUX
@pytest.mark.parametrize("docker", [TRAP], indirect=True)
def test_a_process_that_catches_the_signal_is_seen_to_end_by_itself(docker: Docker) -> None:
    seen = observe(Engine(docker), "x", WAY)
    first = seen.processes[0]
    assert (seen.seen, seen.exit, seen.waited) == (Seen.GRACEFUL, 7, "its output matched `up`")
    assert first.signals is not None
    assert "TERM" in first.signals.caught
    assert first.words[-1] == TRAP
    assert [one.exit for one in seen.processes if one.parent == first.pid] == [-signal.SIGTERM]


@LINUX
@pytest.mark.parametrize("docker", [SPARED], indirect=True)
def test_who_ignores_the_signal_is_killed_when_the_grace_period_is_over(docker: Docker) -> None:
    seen = observe(Engine(docker), "x", Way(1, "SIGTERM", ready="up"))
    assert (seen.seen, seen.exit) == (Seen.KILLED, 137)
    assert seen.processes[0].signals is not None
    assert "TERM" in seen.processes[0].signals.ignored


@LINUX
@pytest.mark.parametrize("docker", [DIES], indirect=True)
def test_what_is_left_when_the_first_process_ends_is_there_longer_than_it(docker: Docker) -> None:
    first, child = observe(Engine(docker), "x", WAY).processes
    assert first.ended is not None
    assert child.ended is None or child.ended >= first.ended


def test_a_container_that_ends_by_itself_has_exited_with_its_last_words() -> None:
    docker = Docker("echo up; exit 3")
    seen = observe(Engine(docker), "x", Way(3, "SIGTERM", ready="never"))
    docker.end()
    assert (seen.seen, seen.exit, seen.output) == (Seen.EXITS, 3, ("up",))


def test_from_afar_it_is_said_what_could_not_be_seen() -> None:
    docker = Docker(TRAP, stranger=True)
    try:
        # This process has been there for longer than the container.
        docker.start("x")
        docker.started = "2001-01-01T00:00:00.123456789Z"
        docker.start = lambda _container: None  # type: ignore[method-assign]
        seen = observe(Engine(docker), "x", WAY)
    finally:
        docker.end()
    assert seen.processes[0].signals is not None
    assert seen.processes[0].signals.caught == frozenset({"INT", "TERM"})
    assert any("not on this machine" in note for note in seen.notes)


def test_output_that_never_matches_is_an_error() -> None:
    docker = Docker(TRAP)
    try:
        with pytest.raises(EngineError, match="did not match `never` within 0 s"):
            observe(Engine(docker), "x", Way(3, "SIGTERM", ready="never", patience=0))
    finally:
        docker.end()


def witness(pid: int, parent: int | None, **more: Any) -> Witness:
    return Witness(pid, parent, ("x",), **more)


@pytest.mark.parametrize(
    ("child", "status", "took", "seen"),
    [
        ({"ended": 0.4, "exit": 0}, 0, 0.5, Seen.GRACEFUL),
        ({"ended": 0.5, "exit": -9}, 0, 0.5, Seen.ABANDONED),
        ({"ended": 0.5, "exit": -9, "counts": False}, 0, 0.5, Seen.GRACEFUL),
        ({"ended": 0.5}, 0, 0.5, Seen.UNCLEAR),
        ({"ended": 0.1}, 0, 0.5, Seen.GRACEFUL),
        ({"ended": 3.0, "exit": -9}, 137, 3.0, Seen.KILLED),
    ],
    ids=["finished", "killed with PID 1", "a helper", "not seen", "long before", "time is over"],
)
def test_what_a_stop_came_to(child: dict[str, Any], status: int, took: float, seen: Seen) -> None:
    first = witness(1, None, ended=took, exit=0)
    assert verdict((first, witness(2, 1, **child)), status, took, WAY) == seen


def test_a_stop_signal_that_is_kill_kills_at_once() -> None:
    first = witness(1, None, ended=0.1, exit=-9)
    assert verdict((first,), 137, 0.1, Way(3, "SIGKILL")) == Seen.KILLED
