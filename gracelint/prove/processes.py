"""The processes of a container as the machine of its engine shows them.

Where the engine runs on this machine, /proc tells of them, and nothing is executed inside of the
container. Else what the engine's `top` says is all that there is.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from gracelint.base.signals import name_of
from gracelint.base.values import dataclass
from gracelint.model.proof import Signals

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gracelint.prove.engine import Engine

PROC = Path("/proc")
MAX_PROCESSES = 2_000
"""Of a container with more of them, no more are looked at."""

_NEAR = 5.0  # seconds that two clocks may tell different beginnings of one process


@dataclass(frozen=True, slots=True)
class Row:
    """A process at one moment. See `Witness`. state: as `ps` has it (`S`, `R`, `D`, `Z`)."""

    pid: int
    parent: int | None
    words: tuple[str, ...]
    state: str
    inner: int | None = None
    signals: Signals | None = None


def signals(masks: Mapping[str, str]) -> Signals:
    """The sets of signals in masks of hexadecimal digits, by `caught`, `ignored` and `blocked`.

    ps writes `<` before one that has no room for all of its digits.
    """
    return Signals(**{name: _names(text.lstrip("<>")) for name, text in masks.items()})


def _names(mask: str) -> frozenset[str]:
    try:
        bits = int(mask, 16)
    except ValueError:
        return frozenset()
    names = (name_of(number) for number in range(1, 65) if bits >> (number - 1) & 1)
    return frozenset(name for name in names if name is not None)


def is_here(pid: int, container: str, started: str) -> bool:
    """Whether the process of that number on this machine is a container's first one.

    It is where its cgroup is named after the container, or where it began when that did.
    """
    with suppress(OSError, ValueError):
        if pid and container in (PROC / str(pid) / "cgroup").read_text():
            return True
        return bool(pid) and abs(_began(pid) - _moment(started)) < _NEAR
    return False


def _began(pid: int) -> float:
    """When a process began, in seconds since the epoch."""
    ticks = int(_stat(PROC / str(pid))[19])
    lines = (PROC / "stat").read_text().splitlines()
    boot = next(int(line.split()[1]) for line in lines if line.startswith("btime"))
    return boot + ticks / os.sysconf("SC_CLK_TCK")


def _moment(written: str) -> float:
    from datetime import datetime

    # Nine digits of a second are more than the standard library reads.
    whole, _, rest = written.partition(".")
    zone = rest.lstrip("0123456789") if rest else ""
    return datetime.fromisoformat(whole + zone).timestamp()


def _stat(folder: Path) -> list[str]:
    """The fields of /proc/PID/stat from the third on, the state."""
    return (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()


def here(first: int) -> Iterator[Row]:
    """The process `first` of this machine and all below it, parents first; none once it is gone."""
    queue: list[tuple[int, int | None]] = [(first, None)]
    for _ in range(MAX_PROCESSES):
        if not queue:
            return
        pid, parent = queue.pop(0)
        row = _row(pid, parent)
        if row is not None:
            yield row
            queue += [(child, pid) for child in _children(pid)]


def _children(pid: int) -> list[int]:
    children: list[int] = []
    with suppress(OSError):
        for task in (PROC / str(pid) / "task").iterdir():
            with suppress(OSError):
                children += map(int, (task / "children").read_text().split())
    return sorted(children)


def _row(pid: int, parent: int | None) -> Row | None:
    folder = PROC / str(pid)
    try:
        words = (folder / "cmdline").read_bytes()
        lines = (folder / "status").read_text(errors="replace").splitlines()
    except OSError:
        return None
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    masks = {
        name: fields[key].strip()
        for name, key in (("caught", "SigCgt"), ("ignored", "SigIgn"), ("blocked", "SigBlk"))
        if key in fields
    }
    inner = fields.get("NSpid", "").split()
    return Row(
        pid,
        parent,
        _words(words) or (f"[{fields.get('Name', '?').strip()}]",),
        fields.get("State", "?").strip()[:1],
        int(inner[-1]) if inner else None,
        signals(masks) if len(masks) == 3 else None,
    )


def _words(cmdline: bytes) -> tuple[str, ...]:
    """A command line; one that a program has written over may end in any number of NULs."""
    text = cmdline.rstrip(b"\0").decode("utf-8", "surrogateescape")
    return tuple(text.split("\0")) if text else ()


_FULL = "pid,ppid,stat,blocked,ignored,caught,args"
_PLAIN = "pid,ppid,stat,args"


def listed(engine: Engine, container: str) -> list[Row] | None:
    """The processes as the engine lists them; None once it has ended."""
    rows = engine.top(container, _FULL)
    full = bool(rows) and all(len(row) == 7 for row in rows or ())
    if rows is not None and not full:
        rows = engine.top(container, _PLAIN)
    if rows is None:
        return None
    pids = {row[0] for row in rows}
    return [_listed(row, pids, full=full) for row in rows if len(row) >= 4 and row[0].isdigit()]


def _listed(row: list[str], pids: set[str], *, full: bool) -> Row:
    pid, above, state = row[:3]
    masks = dict(zip(("blocked", "ignored", "caught"), row[3:6], strict=True)) if full else None
    parent = int(above) if above in pids else None
    return Row(
        int(pid),
        parent,
        (row[-1],),
        state[:1],
        signals=None if masks is None else signals(masks),
    )


class Eyes(Protocol):
    """How the processes of one container are looked at."""

    def rows(self) -> list[Row] | None:
        """Those that there are, the first one first; None once the container has ended."""

    def work(self) -> float:
        """The seconds of processor time that they have used; 0 once the container has ended."""


class Near:
    """Through /proc. first: the number of the container's first process."""

    def __init__(self, first: int) -> None:
        self.first = first

    def rows(self) -> list[Row] | None:
        """See `Eyes`."""
        rows = list(here(self.first))
        return None if not rows or rows[0].state == "Z" else rows

    def work(self) -> float:
        """See `Eyes`; those that have ended count with the parents that waited for them."""
        ticks = 0
        for row in self.rows() or ():
            with suppress(OSError):
                ticks += sum(map(int, _stat(PROC / str(row.pid))[11:15]))
        return ticks / os.sysconf("SC_CLK_TCK")


class Far:
    """Through the engine alone."""

    def __init__(self, engine: Engine, container: str) -> None:
        self._engine = engine
        self._container = container

    def rows(self) -> list[Row] | None:
        """See `Eyes`."""
        return listed(self._engine, self._container)

    def work(self) -> float:
        """See `Eyes`."""
        return self._engine.work(self._container)


def eyes(engine: Engine, container: str) -> Near | Far:
    """The best that there are for a container that has been started."""
    state = engine.state(container)
    near = is_here(state.pid, container, state.started)
    return Near(state.pid) if near else Far(engine, container)


def resting(seen: Eyes, *, every: float = 0.25, looks: int = 40) -> list[Row] | None:
    """The processes once none runs or waits for a disk, three looks in a row.

    None once the container has ended. Whoever never rests is looked at all the same.
    """
    rows: list[Row] = []
    quiet = 0
    for _ in range(looks):
        listing = seen.rows()
        if listing is None:
            return None
        rows = listing
        quiet = 0 if any(row.state in "RD" for row in rows) else quiet + 1
        if quiet == 3:
            break
        time.sleep(every)
    return rows
