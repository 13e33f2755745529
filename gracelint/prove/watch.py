"""Following the processes of a container to their ends, from outside and without any rights.

A descriptor of a process (`pidfd`) tells when it ends, and from Linux 6.15 on how: that is what
tells a process that had finished from one that the kernel killed with PID 1.
"""

from __future__ import annotations

import os
import select
import struct
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from gracelint.base.values import dataclass, field, replace
from gracelint.model.proof import Witness
from gracelint.prove import processes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gracelint.model.proof import Signals
    from gracelint.prove.processes import Row

EVERY = 0.02
"""Seconds between two looks for processes that have begun meanwhile."""

_LOOKS = 20  # for how a process ended, 10 ms apart
_INFO = struct.Struct("=QQ11Ii")  # struct pidfd_info of linux/pidfd.h, 64 bytes
_INFO_EXIT = 1 << 3
_GET_INFO = (3 << 30) | (64 << 16) | (0xFF << 8) | 11


@dataclass(slots=True)
class _Followed:
    """A process. fd: None where there was none to be had. ended: by the clock of `time`."""

    row: Row
    fd: int | None
    later: bool
    ended: float | None = None
    exit: int | None = None
    after: Signals | None = None


@dataclass(slots=True)
class Watch:
    """The processes below one of this machine. first: its number."""

    first: int
    followed: dict[int, _Followed] = field(default_factory=dict)
    _poll: select.poll = field(default_factory=select.poll)

    def look(self, *, later: bool = True) -> None:
        """See who is there. later: what is new has begun since the stop."""
        for row in processes.here(self.first):
            old = self.followed.get(row.pid)
            if old is not None:
                old.after = old.after if row.state == "Z" else row.signals
                continue
            fd = _open(row.pid)
            self.followed[row.pid] = _Followed(row, fd, later)
            if fd is not None:
                self._poll.register(fd, select.POLLIN)

    def follow(self, over: Callable[[], bool], until: float) -> None:
        """Watch until `over` and all processes are gone, or the clock says `until`."""
        while time.monotonic() < until:
            self._note(self._poll.poll(EVERY * 1000))
            if over() and all(one.ended is not None for one in self.followed.values()):
                return
            self.look()

    def _note(self, events: Iterable[tuple[int, int]]) -> None:
        now = time.monotonic()
        ready = {fd for fd, _ in events}
        for one in self.followed.values():
            gone = one.fd in ready if one.fd is not None else not _there(one.row.pid)
            if one.ended is None and gone:
                one.ended = now
                if one.fd is not None:
                    self._poll.unregister(one.fd)

    def close(self) -> None:
        """Ask how each of them ended, which is known once its parent has asked, and let go."""
        looks = _LOOKS
        for one in self.followed.values():
            if one.fd is not None:
                if one.ended is not None:
                    one.exit = _exit(one.fd, looks)
                    looks = 1 if one.exit is None else looks
                os.close(one.fd)
                one.fd = None

    def witnesses(self, since: float) -> tuple[Witness, ...]:
        """What was seen. since: when the stop was asked for."""
        return tuple(
            replace(
                witness(one.row, later=one.later),
                ended=None if one.ended is None else max(0.0, one.ended - since),
                exit=one.exit,
                after=one.after,
            )
            for one in self.followed.values()
        )


def witness(row: Row, *, later: bool = False) -> Witness:
    """A process of which nothing else was seen."""
    return Witness(row.pid, row.parent, row.words, row.inner, row.signals, later=later)


def _open(pid: int) -> int | None:
    opening = getattr(os, "pidfd_open", None)  # Linux alone has it
    with suppress(OSError):
        return None if opening is None else int(opening(pid))
    return None


def _there(pid: int) -> bool:
    return (processes.PROC / str(pid)).exists()


def _exit(fd: int, looks: int) -> int | None:
    """An exit status, or minus a signal; None where the kernel does not tell."""
    import fcntl

    asked = bytearray(_INFO.pack(_INFO_EXIT, *[0] * 13))
    for _ in range(looks):
        try:
            fcntl.ioctl(fd, _GET_INFO, asked)
        except OSError:
            return None
        info = _INFO.unpack(asked)
        if info[0] & _INFO_EXIT:
            status: int = info[-1] & 0xFFFF
            return -(status & 0x7F) if status & 0x7F else status >> 8
        time.sleep(0.01)
        asked = bytearray(_INFO.pack(_INFO_EXIT, *[0] * 13))
    return None
