"""A door that keeps in mind what it was asked, so that the same can be asked again later."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from gracelint.base.typed import TYPE_CHECKING, TypeVar
from gracelint.files.door import Door

try:
    from _blake2 import blake2b  # hashlib has the same, and loads OpenSSL for others
except ImportError:
    from hashlib import blake2b

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping

    from gracelint.files.door import Kind, Question

T = TypeVar("T")

MAX_ASKED = 100_000
"""Whoever asks more is not remembered."""

_DIGEST = 16  # bytes


class Noted(Door):
    """What it was asked of the disk, with a digest of each answer.

    whole: whether everything that was looked at was asked here, and answered in one way.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        super().__init__(root)
        self.asked: dict[Question, str] = {}
        self.whole = True

    def elsewhere(self) -> None:
        """As `Door` has it."""
        self.whole = False

    def answers(self) -> Mapping[Question, str] | None:
        """As `Door` has it."""
        return self.asked if self.whole else None

    def note(self, answers: Mapping[Question, str] | None) -> None:
        """As `Door` has it."""
        if not self.whole:
            return
        for question, answer in (answers or {}).items():
            if self.asked.setdefault(question, answer) != answer:
                answers = None
        self.whole = answers is not None and len(self.asked) <= MAX_ASKED

    def stat(self, path: str) -> os.stat_result:
        """As `Door` has it."""
        return self._noted(("stat", path, 0), partial(super().stat, path), _mode)

    def lstat(self, path: str) -> os.stat_result:
        """As `Door` has it."""
        return self._noted(("lstat", path, 0), partial(super().lstat, path), _mode)

    def real(self, path: str) -> str:
        """As `Door` has it."""
        return self._noted(("real", path, 0), partial(super().real, path), str)

    def names(self, path: str) -> dict[str, Kind]:
        """As `Door` has it."""
        return self._noted(("names", path, 0), partial(super().names, path), _listing)

    def read(self, path: str, limit: int) -> bytes:
        """As `Door` has it."""
        return self._noted(("read", path, limit), partial(super().read, path, limit), digest)

    def read_listed(self, path: str, limit: int) -> bytes:
        """As `Door` has it."""
        ask = partial(super().read_listed, path, limit)
        return self._noted(("read_listed", path, limit), ask, digest)

    def _noted(self, question: Question, ask: Callable[[], T], shorten: Callable[[T], str]) -> T:
        try:
            answer = ask()
        except (OSError, ValueError) as error:
            self.note({question: _failure(error)})
            raise
        self.note({question: shorten(answer)})
        return answer


def answers_as_before(root: str, asked: Iterable[tuple[str, str, int, str]]) -> bool:
    """Whether the disk below a folder answers as it did. asked: questions with their answers."""
    door = Noted(root)
    for method, path, limit, answer in asked:
        with suppress(OSError, ValueError):
            _ASKED[method](door, path, *((limit,) if limit else ()))
        if door.asked.get((method, path, limit)) != answer:
            return False
    return True


_ASKED: Mapping[str, Callable[..., object]] = {
    "stat": Noted.stat,
    "lstat": Noted.lstat,
    "real": Noted.real,
    "names": Noted.names,
    "read": Noted.read,
    "read_listed": Noted.read_listed,
}


def _mode(about: os.stat_result) -> str:
    return f"{about.st_mode:o}"


def _listing(names: Mapping[str, Kind]) -> str:
    return digest(repr(sorted(names.items())).encode("utf-8", "surrogateescape"))


def digest(data: bytes) -> str:
    """What stands for bytes: other bytes have another one."""
    return blake2b(data, digest_size=_DIGEST).hexdigest()


def _failure(error: OSError | ValueError) -> str:
    return f"{type(error).__name__} {error}"
