"""Running helm and kustomize on copies: without a network, and not longer than they may take."""

from __future__ import annotations

import os
import subprocess
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING

from gracelint.base.values import dataclass
from gracelint.files.program import find, limited
from gracelint.files.tree import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

SECONDS = 30
"""What one rendering may take; a large chart takes less than one."""

_MEMORY = 4_000_000  # kB of address space: the programs reserve a good part of one GB before use
_DEAD = "http://127.0.0.1:9"
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_LIMITS = ("-v", _MEMORY, "-t", SECONDS, "-f", 65_536)


@dataclass(frozen=True, slots=True)
class Done:
    """What a program wrote. error: why there is nothing to read; "" where all went well."""

    text: str
    error: str = ""
    late: bool = False


class Runner:
    """Runs programs in `folder`, which holds nothing but copies; none comes from below `root`."""

    def __init__(self, folder: Path, root: Path) -> None:
        self.root = root
        self.home = folder / "home"
        self.home.mkdir(exist_ok=True)
        self._apart: tuple[str, ...] | None = None

    def run(self, program: Path, *words: str) -> Done:
        """What the program says, at most `MAX_BYTES` of it."""
        with TemporaryFile() as out, TemporaryFile() as err:
            command = [*self._wrapped(), *limited([str(program), *words], *_LIMITS)]
            late = self._finish(command, out, err)
            if late is None:
                return Done("", f"`{program.name}` took longer than {SECONDS} seconds", late=True)
            said, text = _read(err), _read(out)
        if late:
            return Done("", said.strip() or f"`{program.name}` ended with exit code {late}")
        if len(text) >= MAX_BYTES:
            return Done("", f"it renders to more than {MAX_BYTES // 1_000_000} MB")
        return Done(text)

    def _finish(self, command: Sequence[str], out: IO[bytes], err: IO[bytes]) -> int | None:
        """The exit code; None when it had to be ended, with everything that it started."""
        import signal

        child = subprocess.Popen(  # noqa: S603
            command,
            cwd=self.home,
            env=dict(self._environment()),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        try:
            return child.wait(SECONDS)
        except subprocess.TimeoutExpired:
            return None
        finally:
            if child.returncode is None:
                if os.name == "nt":
                    child.kill()
                else:
                    os.killpg(child.pid, signal.SIGKILL)
                child.wait()

    def _environment(self) -> Iterator[tuple[str, str]]:
        for name in ("HOME", "PATH", "TMPDIR", "USERPROFILE", "KUBECONFIG"):
            yield name, str(self.home)
        for name in _PROXIES:
            yield name, _DEAD
        if "SYSTEMROOT" in os.environ:
            yield "SYSTEMROOT", os.environ["SYSTEMROOT"]

    def _wrapped(self) -> tuple[str, ...]:
        """What stands before the command: a network of its own without a way out."""
        if os.name == "nt":
            return ()
        if self._apart is None:
            self._apart = self._alone()
        return self._apart

    def _alone(self) -> tuple[str, ...]:
        unshare = find("unshare", self.root)
        for flags in ("-n", "-rn"):
            command = (str(unshare), flags, "--")
            if unshare is not None and self._works(*command, "/bin/sh", "-c", ":"):
                return command
        return ()

    @staticmethod
    def _works(*command: str) -> bool:
        try:
            done = subprocess.run(command, capture_output=True, timeout=10, check=False)  # noqa: S603
        except (OSError, subprocess.SubprocessError):
            return False
        return done.returncode == 0


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read(MAX_BYTES).decode("utf-8", "replace")
