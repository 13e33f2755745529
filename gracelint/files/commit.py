"""A commit of a work tree, read by git from its objects alone.

git is given a repository of our own: a temporary folder with a configuration that we write, in
which only the objects and the names of commits are those of the work tree. So nothing that the
tree configures (hooks, filters, monitors, remotes, attributes) is ever seen by git, and what a
partial clone lacks is not fetched. Nothing is checked out or written into the work tree.
"""

from __future__ import annotations

import os
import re
import subprocess
import weakref
from contextlib import suppress
from tempfile import TemporaryFile
from threading import Timer
from typing import IO, TYPE_CHECKING

from gracelint.base.values import dataclass
from gracelint.files.door import Refused
from gracelint.files.program import find, limited
from gracelint.files.repository import MAX_FILES, Shown, TooMany

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

SECONDS = 60
"""What one question to git may take."""

MAX_ANSWER = 50_000_000
"""Bytes of an answer: a small tree can hold itself over and over and have files without end."""

_MEMORY = 1_000_000  # kB of data: an object of a few bytes can be packed from one without end


class NoCommit(Exception):  # noqa: N818
    """A commit that cannot be read; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file at a commit. mode: as git has it, `0o120000` for a link. name: of its object."""

    mode: int
    name: str


class Commit:
    """The commit `rev` of the work tree at `root`; NoCommit where it cannot be read.

    entries: every file by its path from the root, submodules among them. renamed: paths that the
    index has, with what they were called. unborn: there is no commit yet, and so nothing in it.
    """

    def __init__(self, root: Path, rev: str) -> None:
        self.rev = rev
        self.unborn = False
        program = find("git", root)
        if program is None:
            raise NoCommit("git is not in PATH")
        self._git = _Git(program, _shown(root, rev))
        self.entries: Mapping[str, Entry] = {}
        self.renamed: Mapping[str, str] = {}
        name = self._git.ask("rev-parse", "--verify", "-q", "--end-of-options", f"{rev}^{{commit}}")
        if name is not None:
            self._fill(name.strip())
        elif self._is_unborn(rev):
            self.unborn = True
        else:
            raise NoCommit(self._with_left(self._missing(rev)))

    def _with_left(self, said: str) -> str:
        """What is said of a failure, and what of the repository was not read."""
        first, more = self._git.shown.left[:1], len(self._git.shown.left) - 1
        return "; ".join([said, *first]) + (f", and {more} more" if more > 0 else "")

    def _is_unborn(self, rev: str) -> bool:
        """Whether there is no commit where `rev` leads, because there is none yet."""
        if self._git.shown.left or self._git.ask("rev-parse", "--verify", "-q", "HEAD") is not None:
            return False
        return rev in {"HEAD", "@"} or self._git.ask("for-each-ref", "--count=1") == ""

    def _fill(self, name: str) -> None:
        listed = self._git.ask("ls-tree", "-r", "-z", "--full-tree", name)
        partial = any(self._git.shown.folder.glob("objects/pack/*.promisor"))
        if partial and (listed is None or self._lacks(name)):
            how = f"`git diff --stat {self.rev} HEAD` gets it"
            raise NoCommit(f"this partial clone does not have all of {self.rev}: {how}")
        if listed is None:
            said = f"the files of {self.rev} cannot be read: {self._git.said}"
            raise NoCommit(self._with_left(said))
        self.entries = dict(_entry(line) for line in listed.split("\0")[:-1])
        renames = self._git.ask("diff-index", "--cached", "-M", "--diff-filter=R", "-r", "-z", name)
        words = (renames or "").split("\0")
        self.renamed = {new: old for old, new in zip(words[1::3], words[2::3], strict=False)}

    def read(self, name: str, limit: int) -> bytes:
        """The first bytes of an object; OSError where it is not there."""
        return self._git.read(name, limit)

    def _lacks(self, name: str) -> bool:
        """Whether any file of a commit is missing."""
        words = ("--objects", "--no-walk", "--missing=print", name)
        listed = self._git.ask("rev-list", *words)
        return listed is None or listed.startswith("?") or "\n?" in listed

    def _missing(self, rev: str) -> str:
        """Why there is no such commit, and what to do."""
        otherwise = "give a branch, a tag or a hash of this repository"
        if not rev:
            return f"no commit is named; {otherwise}"
        if (self._git.shown.folder / "shallow").exists():
            deeper = re.fullmatch(r"(?:HEAD|@)(?:\^[0-2]?|~(\d{0,4}))", rev)
            number = deeper[1] or "1" if deeper else ""
            how = f"--deepen={number}" if number else "--unshallow"
            return f"this shallow clone does not have {rev}: `git fetch {how}` gets it"
        from gracelint.base.near import hint

        listed = self._git.ask("for-each-ref", "--count=1000", "--format=%(refname:short)")
        if listed is None:
            return f"the names of commits cannot be read: {self._git.said}"
        if rev in listed.split():
            return f"the commit of {rev} is not in this repository, which is damaged"
        return f"there is no commit {rev}; {hint(rev, listed.split(), otherwise)}"


def _entry(line: str) -> tuple[str, Entry]:
    about, _, path = line.partition("\t")
    mode, _, name = about.split(" ")
    return path, Entry(int(mode, 8), name)


def _shown(root: Path, rev: str) -> Shown:
    """What git is shown of a work tree; NoCommit where it is none."""
    try:
        return Shown(root, histories="@{" in rev)
    except TooMany:
        raise NoCommit(
            f"{root} has more than {MAX_FILES:,} commits' names and objects that are not packed:"
            " `git pack-refs --all` and `git gc` pack them"
        ) from None
    except OSError as error:
        why = f": {error.strerror}" if isinstance(error, Refused) else ""
        raise NoCommit(f"{root} is no git work tree that can be read{why}") from None


class _Git:
    """git over a repository of our own. said: what it last complained of."""

    def __init__(self, program: Path, shown: Shown) -> None:
        self.shown = shown
        self.said = ""
        self._program = program
        self._reader: subprocess.Popen[bytes] | None = None

    def ask(self, *words: str) -> str | None:
        """What a command writes; None where it fails."""
        with TemporaryFile() as complaints:
            try:
                status, data = self._answer(words, complaints)
            except (OSError, ValueError) as error:
                raise NoCommit(f"git cannot be asked: {error}") from None
            complaints.seek(0)
            self.said = " ".join(complaints.read(4_096).decode("utf-8", "replace").split())
        if len(data) > MAX_ANSWER:
            size = MAX_ANSWER // 1_000_000
            raise NoCommit(f"the answer of `git {words[0]}` is longer than {size} MB")
        return None if status else os.fsdecode(data)

    def _answer(self, words: Sequence[str], complaints: IO[bytes]) -> tuple[int, bytes]:
        """The exit status and what is written, no more than it takes to see that it is too much."""
        child = subprocess.Popen(  # noqa: S603
            self._command(*words),
            cwd=self.shown.scratch.root,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
        )
        guard = Timer(SECONDS, child.kill)
        guard.start()
        try:
            assert child.stdout is not None
            data = child.stdout.read(MAX_ANSWER + 1)
            if len(data) > MAX_ANSWER:
                child.kill()
            child.stdout.close()
            return child.wait(), data
        finally:
            guard.cancel()

    def read(self, name: str, limit: int) -> bytes:
        """The first bytes of an object; OSError where it is not there."""
        reader = self._reader or self._start()
        guard = Timer(SECONDS, reader.kill)
        guard.start()
        try:
            assert reader.stdin is not None
            assert reader.stdout is not None
            reader.stdin.write(f"{name}\n".encode())
            reader.stdin.flush()
            about = reader.stdout.readline().split()
            if len(about) != 3 or not about[2].isdigit():
                raise OSError(0, "git does not have its text: this clone is partial or damaged")
            size = int(about[2])
            data = reader.stdout.read(min(size, limit))
            if size >= limit:  # the rest is not for us
                self._stop()
            else:
                reader.stdout.read(1)
            return data
        finally:
            guard.cancel()

    def _start(self) -> subprocess.Popen[bytes]:
        self._reader = subprocess.Popen(  # noqa: S603
            self._command("cat-file", "--batch"),
            cwd=self.shown.scratch.root,
            env=self._environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        weakref.finalize(self, _ended, self._reader)
        return self._reader

    def _stop(self) -> None:
        if self._reader is not None:
            _ended(self._reader)
            self._reader = None

    def _command(self, *words: str) -> list[str]:
        return limited([str(self._program), "--no-pager", *words], "-d", _MEMORY)

    def _environment(self) -> dict[str, str]:
        """Nothing of the person's own, and nothing that could lead to a program or a network."""
        root = str(self.shown.scratch.root)
        environment = dict.fromkeys(
            ("HOME", "PATH", "TMPDIR", "USERPROFILE", "XDG_CONFIG_HOME"), root
        )
        environment |= {
            "GIT_DIR": str(self.shown.folder),
            "GIT_INDEX_FILE": str(self.shown.folder / "index"),
        }
        environment |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
        environment |= {
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_ALLOW_PROTOCOL": "none",
            "GIT_ATTR_NOSYSTEM": "1",
        }
        environment |= {"GIT_NO_REPLACE_OBJECTS": "1", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
        if "SYSTEMROOT" in os.environ:
            environment["SYSTEMROOT"] = os.environ["SYSTEMROOT"]
        return environment


def _ended(reader: subprocess.Popen[bytes]) -> None:
    reader.kill()
    for stream in (reader.stdin, reader.stdout):
        with suppress(OSError):
            stream.close()  # type: ignore[union-attr]
    reader.wait()
